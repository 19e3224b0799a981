package iam

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/policy"
)

// latest is the version of policy documents.
const latest = "2012-10-17"

// statement is a statement of a document, as written.
type statement map[string]any

// document is what both kinds of documents have.
type document struct {
	version    any
	statements []statement
}

// parseDocument reads the outer shape of a document; ok is false for what has another.
func parseDocument(text string) (read document, ok bool) {
	var top map[string]any
	if json.Unmarshal([]byte(text), &top) != nil || top == nil {
		return document{}, false
	}
	for name := range top {
		if name != "Version" && name != "Id" && name != "Statement" {
			return document{}, false
		}
	}
	if id, given := top["Id"]; given {
		if _, isText := id.(string); !isText {
			return document{}, false
		}
	}
	read.version = top["Version"]
	if read.version != nil && read.version != latest && read.version != "2008-10-17" {
		return document{}, false
	}
	items, isList := top["Statement"].([]any)
	if !isList {
		items = []any{top["Statement"]}
	}
	for _, item := range items {
		one, isObject := item.(map[string]any)
		if !isObject {
			return document{}, false
		}
		read.statements = append(read.statements, one)
	}
	return read, len(items) > 0
}

// texts returns an element that is a string or a list of them.
func (s statement) texts(name string) (all []string, ok bool) {
	switch value := s[name].(type) {
	case nil:
		_, given := s[name]
		return nil, !given
	case string:
		return []string{value}, true
	case []any:
		for _, item := range value {
			text, isText := item.(string)
			if !isText {
				return nil, false
			}
			all = append(all, text)
		}
		return all, true
	}
	return nil, false
}

// has says whether any of the elements is there.
func (s statement) has(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := s[name]; return ok })
}

// wellFormed says whether a statement has the elements that IAM knows, in their shapes.
func (s statement) wellFormed() bool {
	for name := range s {
		if !slices.Contains([]string{
			"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal",
			"NotPrincipal",
		}, name) {
			return false
		}
	}
	for _, name := range []string{"Action", "NotAction", "Resource", "NotResource"} {
		if _, ok := s.texts(name); !ok {
			return false
		}
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}} {
		if s.has(pair[0]) && s.has(pair[1]) {
			return false
		}
	}
	if _, isText := s["Sid"].(string); s.has("Sid") && !isText {
		return false
	}
	if _, isObject := s["Condition"].(map[string]any); s.has("Condition") && !isObject {
		return false
	}
	effect, isText := s["Effect"].(string)
	return isText && (strings.EqualFold(effect, "Allow") || strings.EqualFold(effect, "Deny"))
}

// checkDocument refuses an identity-based policy that IAM would not take, in IAM's words and order.
func checkDocument(text string) error {
	read, ok := parseDocument(text)
	if !ok || !everyStatement(read, statement.wellFormed) {
		return malformed("Syntax errors in policy.")
	}
	if !everyStatement(read, func(s statement) bool { return !s.has("Principal", "NotPrincipal") }) {
		return malformed("Policy document should not specify a principal.")
	}
	if read.version != latest {
		return malformed("Policy document must be version %s or greater.", latest)
	}
	if !everyStatement(read, func(s statement) bool {
		return s["Effect"] == "Allow" || s["Effect"] == "Deny"
	}) {
		return malformed("The policy failed legacy parsing")
	}
	if err := checkSids(read); err != nil {
		return err
	}
	if !everyStatement(read, func(s statement) bool { return s.some("Action", "NotAction") }) {
		return malformed("Policy statement must contain actions.")
	}
	if !everyStatement(read, func(s statement) bool { return s.some("Resource", "NotResource") }) {
		return malformed("Policy statement must contain resources.")
	}
	if err := checkNames(read); err != nil {
		return err
	}
	if _, err := policy.Parse([]byte(text)); err != nil { // conditions
		return malformed("Syntax errors in policy.")
	}
	return nil
}

func everyStatement(read document, holds func(statement) bool) bool {
	return !slices.ContainsFunc(read.statements, func(s statement) bool { return !holds(s) })
}

// some says whether one of the elements has an item.
func (s statement) some(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		all, _ := s.texts(name)
		return len(all) > 0
	})
}

// sidShape is what names of statements are made of.
var sidShape = regexp.MustCompile(`^[0-9A-Za-z]*$`)

func checkSids(read document) error {
	seen := map[string]bool{}
	for _, s := range read.statements {
		sid, _ := s["Sid"].(string)
		if !sidShape.MatchString(sid) {
			return malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies " +
				"the regular expression [0-9A-Za-z]*")
		}
		if sid != "" && seen[sid] {
			return malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		seen[sid] = true
	}
	return nil
}

// checkNames checks the resources of all statements, then their actions.
func checkNames(read document) error {
	for _, check := range []struct {
		elements []string
		fault    func(string) string
	}{
		{[]string{"Resource", "NotResource"}, resourceFault},
		{[]string{"Action", "NotAction"}, actionFault},
	} {
		for _, s := range read.statements {
			for _, element := range check.elements {
				all, _ := s.texts(element)
				for _, text := range all {
					if fault := check.fault(text); fault != "" {
						return malformed("%s", fault)
					}
				}
			}
		}
	}
	return nil
}

// vendorShape is what the names of services are made of.
var vendorShape = regexp.MustCompile(`^[a-zA-Z0-9\-.]+$`)

func actionFault(action string) string {
	if action == "*" {
		return ""
	}
	vendor, name, ok := strings.Cut(action, ":")
	switch {
	case !ok:
		return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
	case strings.Contains(name, ":"):
		return "Actions/Condition can contain only one colon."
	case !vendorShape.MatchString(vendor) && vendor != "*":
		return "Vendor " + vendor + " is not valid"
	}
	return ""
}

// resourceFault says what is wrong with a resource, "" for nothing.
func resourceFault(resource string) string {
	if resource == "*" {
		return ""
	}
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) == 1 {
		return "Resource " + resource + ` must be in ARN format or "*".`
	}
	at := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return "*"
	}
	if !slices.Contains([]string{"aws", "aws-cn", "aws-us-gov", "*"}, parts[1]) || parts[0] != "arn" {
		return `Partition "` + parts[1] + `" is not valid for resource "arn:` + parts[1] + ":" + at(2) +
			":" + at(3) + ":" + at(4) + ":" + at(5) + `".`
	}
	switch {
	case len(parts) == 2:
		return "Resource vendor must be fully qualified and cannot contain regexes."
	case parts[2] == "iam" && at(3) != "":
		return "IAM resource " + resource + " cannot contain region information."
	case parts[2] == "s3" && at(3) != "":
		return "Resource " + resource + " can not contain region information."
	}
	return ""
}
