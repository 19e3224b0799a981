package iam

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/policy"
)

// maxTrust is how many characters a document may have that says who may assume a role.
const maxTrust = 2_048

// checkTrust refuses a document that IAM would not take for who may assume a role.
func (c *call) checkTrust(text string) error {
	if !json.Valid([]byte(text)) {
		return malformed("This policy contains invalid Json")
	}
	read, ok := parseDocument(text)
	if !ok {
		return malformed("Syntax errors in policy.")
	}
	for _, s := range read.statements {
		if err := c.checkTrustStatement(s); err != nil {
			return err
		}
	}
	if size(text) > maxTrust {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	if _, err := policy.Parse(evaluable(read)); err != nil {
		return malformed("Syntax errors in policy.")
	}
	return nil
}

// evaluable gives the statements a resource, which trust policies have none of, so that they parse.
func evaluable(read document) []byte {
	var all []statement
	for _, s := range read.statements {
		own := maps.Clone(s)
		own["Resource"] = "*"
		all = append(all, own)
	}
	text, err := json.Marshal(map[string]any{"Version": latest, "Statement": all})
	if err != nil { // it was read from JSON
		return nil
	}
	return text
}

func (c *call) checkTrustStatement(s statement) error {
	for _, name := range []string{"Resource", "NotResource"} {
		if s.has(name) {
			return malformed("Has prohibited field %s", name)
		}
	}
	if !s.has("Effect") {
		return malformed("Missing required field Effect")
	}
	if !s.has("Action", "NotAction") {
		return malformed("Missing required field Action")
	}
	if !s.has("Principal", "NotPrincipal") {
		return malformed("Missing required field Principal")
	}
	if !s.wellFormed() || s["Effect"] != "Allow" && s["Effect"] != "Deny" {
		return malformed("Syntax errors in policy.")
	}
	actions, _ := s.texts("Action")
	others, _ := s.texts("NotAction")
	for _, action := range slices.Concat(actions, others) {
		if !assumes(action) {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	for _, name := range []string{"Principal", "NotPrincipal"} {
		if err := c.checkPrincipal(s[name]); err != nil {
			return err
		}
	}
	return nil
}

// assumes says whether an action is one of those that trust policies are about.
func assumes(action string) bool {
	vendor, name, _ := strings.Cut(action, ":")
	if vendor != "sts" {
		return false
	}
	for _, known := range []string{
		"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "TagSession",
		"SetSourceIdentity", "SetContext",
	} {
		before, _, wild := strings.Cut(name, "*")
		if strings.EqualFold(name, known) || wild && strings.HasPrefix(known, before) {
			return true
		}
	}
	return false
}

// The shapes of principals: an account, and the ARN of whoever is in one.
var (
	accountShape   = regexp.MustCompile(`^(arn:aws[a-z-]*:iam::)?[0-9]{12}(:root)?$`)
	principalShape = regexp.MustCompile(
		`^arn:aws[a-z-]*:(iam|sts)::([0-9]{12}):(role|user|assumed-role|federated-user)/(.+)$`)
	serviceShape = regexp.MustCompile(`^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$`)
)

// checkPrincipal refuses principals that IAM cannot find: roles and users of the account must exist.
func (c *call) checkPrincipal(given any) error {
	if given == nil || given == "*" {
		return nil
	}
	kinds, ok := given.(map[string]any)
	if !ok {
		return malformed(`Invalid principal in policy: "STAR":"%v"`, given)
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		all, ok := statement(kinds).texts(name)
		if !ok {
			return malformed("Syntax errors in policy.")
		}
		for _, one := range all {
			if !c.isPrincipal(name, one) {
				return malformed("Invalid principal in policy: %q:%q", strings.ToUpper(name), one)
			}
		}
	}
	return nil
}

func (c *call) isPrincipal(kindOf, name string) bool {
	switch kindOf {
	case "AWS":
		return name == "*" || accountShape.MatchString(name) || c.isSomebody(name)
	case "Service":
		return serviceShape.MatchString(name)
	case "Federated":
		return name != "" && !strings.ContainsAny(name, " *")
	}
	return false
}

// isSomebody says whether an ARN is of a role or user. Those of other accounts are not known here,
// and taken for granted.
func (c *call) isSomebody(arn string) bool {
	parts := principalShape.FindStringSubmatch(arn)
	if parts == nil {
		return false
	}
	if parts[2] != c.account.ID || parts[3] == "federated-user" {
		return true
	}
	if parts[3] == "assumed-role" {
		name, _, _ := strings.Cut(parts[4], "/")
		_, err := c.entity(role, name)
		return err == nil
	}
	k := map[string]kind{"role": role, "user": user}[parts[3]]
	found, err := c.entity(k, parts[4][strings.LastIndexByte(parts[4], '/')+1:])
	return err == nil && found.ARN == arn
}
