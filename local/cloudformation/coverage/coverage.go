// Package coverage says of every property in a template whether the runner honours it.
//
// It stands between reading a template and serving it: a table declares each property path of the
// known resource types once, and Check lists what the template really uses. Nothing that a
// template configures is passed over in silence. The package knows no property of any type
// itself; the tables are declared beside the code that reads the properties.
package coverage

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"portico/local/cloudformation"
)

// Status says what becomes of a property.
type Status string

// The three things that can become of a property.
const (
	Honoured    Status = "honoured"
	Irrelevant  Status = "irrelevant"
	NotHonoured Status = "not honoured"
)

// Rule declares what becomes of the property at a path.
//
// A path names properties from the resource's Properties on: "Integration.Type",
// "MethodSettings[].HttpMethod" for every item of a list, "Variables.*" for every key of a map, and
// "Tags.**" for Tags and all that lies below it. The most exact rule of those that match decides: a
// written name before "*", and both before "**".
type Rule struct {
	Path   string
	Status Status
	Why    string
	// Values limit the rule to these values. Several rules of the same path are tried in the order
	// of the table; a value that none of them lists is not honoured.
	Values []string
}

// Table holds the rules by resource type. A type with an empty list has no property that is known.
type Table map[string][]Rule

// Finding is what becomes of one property that a template sets.
type Finding struct {
	Stack    string `json:"stack"`
	Resource string `json:"resource"`       // logical id
	Path     string `json:"path,omitempty"` // aws:cdk:path
	Type     string `json:"type"`
	Property string `json:"property,omitempty"` // empty: the resource as a whole
	Value    string `json:"value,omitempty"`
	Status   Status `json:"status"`
	Why      string `json:"why,omitempty"`
}

// String returns the finding as one line.
func (f Finding) String() string {
	text := f.Stack + ": " + f.Resource + " (" + f.Type + ")"
	if f.Property != "" {
		text += ": " + f.Property
	}
	if f.Value != "" {
		text += " = " + strconv.Quote(f.Value)
	}
	text += ": " + string(f.Status)
	if f.Why != "" {
		text += ": " + f.Why
	}
	return text
}

// Totals count findings by status.
type Totals struct {
	Honoured    int `json:"honoured"`
	Irrelevant  int `json:"irrelevant"`
	NotHonoured int `json:"notHonoured"`
}

// String returns the totals as one line.
func (t Totals) String() string {
	return fmt.Sprintf("%d honoured, %d irrelevant, %d not honoured",
		t.Honoured, t.Irrelevant, t.NotHonoured)
}

// Summary counts findings by status.
func Summary(findings []Finding) Totals {
	var t Totals
	for _, f := range findings {
		switch f.Status {
		case Honoured:
			t.Honoured++
		case Irrelevant:
			t.Irrelevant++
		default:
			t.NotHonoured++
		}
	}
	return t
}

// Only returns the findings of one status, in their order.
func Only(findings []Finding, status Status) []Finding {
	var kept []Finding
	for _, f := range findings {
		if f.Status == status {
			kept = append(kept, f)
		}
	}
	return kept
}

// Check lists what becomes of every property in a: by stack in deployment order, then by logical
// id, then by property path.
func Check(a *cloudformation.Assembly, t Table) []Finding {
	compiled := make(map[string]*branch, len(t))
	for resourceType, rules := range t {
		compiled[resourceType] = compile(rules)
	}
	var all []Finding
	for _, s := range a.Stacks {
		for _, r := range s.Resources {
			all = append(all, checkResource(r, compiled)...)
		}
	}
	return all
}

func checkResource(r *cloudformation.Resource, compiled map[string]*branch) []Finding {
	about := Finding{
		Stack: r.Stack.Name, Resource: r.LogicalID, Path: r.Path, Type: r.Type,
	}
	root, known := compiled[r.Type]
	if !known {
		about.Status, about.Why = unknownType(r.Type)
		return []Finding{about}
	}
	w := walk{about: about}
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		w.visit(root.below(name), name, r.Properties[name])
	}
	if len(w.found) == 0 { // the resource itself is known, and configures nothing
		about.Status, about.Why = Honoured, "no properties are set"
		return []Finding{about}
	}
	return w.found
}

// unknownType stops the start for what belongs to the gateway, and lets the rest of the application
// pass: a bucket or an alarm is no control over a call.
func unknownType(resourceType string) (Status, string) {
	for _, prefix := range []string{
		"AWS::ApiGateway", "AWS::Lambda", "AWS::WAFv2", "AWS::Serverless",
	} {
		if strings.HasPrefix(resourceType, prefix) {
			return NotHonoured, resourceType + " is not served yet"
		}
	}
	return Irrelevant, "not part of the gateway; not provided locally"
}
