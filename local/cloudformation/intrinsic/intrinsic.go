// Package intrinsic evaluates the functions of CloudFormation templates: Ref, Fn::GetAtt, Fn::Sub
// and the rest.
//
// It stands between package document, which reads a template, and package cloudformation, which
// knows what the names in it mean: every name is asked of Names. Faults are collected, so that
// one run reports all of them. The package knows no section, no resource type, and expands no
// macro.
package intrinsic

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"portico/local/cloudformation/document"
)

// Names answers what functions refer to. An error that is ErrReported stays silent.
type Names interface {
	// Ref answers a parameter, a pseudo parameter or the physical id of a resource.
	Ref(name string) (any, error)
	// Attribute answers Fn::GetAtt.
	Attribute(resource, attribute string) (any, error)
	// Import answers Fn::ImportValue.
	Import(export string) (any, error)
}

// ErrReported says that the cause was reported where it arose.
var ErrReported = errors.New("reported elsewhere")

// Removed stands for AWS::NoValue: what holds it drops it.
type Removed struct{}

// Fault is one thing that cannot be evaluated.
type Fault struct {
	Path    string // of the property, "Properties.Integration.Uri"
	At      document.Position
	Message string
}

// Evaluator evaluates the values of one template.
type Evaluator struct {
	Names      Names
	Condition  func(name string) (bool, error) // answers a condition by its name
	Mappings   *document.Node                  // the section, nil when there is none
	Region     string                          // of the stack, for Fn::GetAZs
	Extensions bool                            // the template asks for AWS::LanguageExtensions
	Rules      bool                            // Truth may use what only the Rules section may
}

// Value evaluates n, which stands at path. The value is meaningless when ok is false; the reasons
// are the faults, or were reported elsewhere.
func (e *Evaluator) Value(n *document.Node, path string) (value any, faults []Fault, ok bool) {
	r := &run{Evaluator: e}
	value, ok = r.value(n, path)
	return value, r.faults, ok
}

// Truth evaluates a condition.
func (e *Evaluator) Truth(n *document.Node, path string) (truth bool, faults []Fault, ok bool) {
	r := &run{Evaluator: e}
	truth, ok = r.truth(n, path)
	return truth, r.faults, ok
}

// run is one evaluation.
type run struct {
	*Evaluator
	faults []Fault
}

func (r *run) fail(n *document.Node, path, format string, args ...any) (any, bool) {
	fault := Fault{Path: path, At: n.At, Message: fmt.Sprintf(format, args...)}
	r.faults = append(r.faults, fault)
	return nil, false
}

// answered turns the answer of Names into a value.
func (r *run) answered(n *document.Node, path string, value any, err error) (any, bool) {
	switch {
	case err == nil:
		return value, true
	case errors.Is(err, ErrReported):
		return nil, false
	default:
		return r.fail(n, path, "%s", err)
	}
}

// value evaluates any node.
func (r *run) value(n *document.Node, path string) (any, bool) {
	switch n.Kind {
	case document.Null:
		return r.fail(n, path, "'null' values are not allowed in templates")
	case document.List:
		return r.items(n, path)
	case document.Map:
		return r.object(n, path)
	default:
		return n.Plain(), true
	}
}

func (r *run) items(n *document.Node, path string) (any, bool) {
	list, complete := make([]any, 0, len(n.Items)), true
	for i, item := range n.Items {
		value, ok := r.value(item, path+"["+strconv.Itoa(i)+"]")
		complete = complete && ok
		if _, removed := value.(Removed); !removed {
			list = append(list, value)
		}
	}
	return list, complete
}

// object evaluates a function, or every value of a plain object.
func (r *run) object(n *document.Node, path string) (any, bool) {
	if len(n.Entries) == 1 {
		if name := n.Entries[0].Key; name == "Ref" || strings.HasPrefix(name, "Fn::") {
			return r.call(name, n.Entries[0].Value, path)
		}
	}
	object, complete := make(map[string]any, len(n.Entries)), true
	for _, e := range n.Entries {
		if strings.HasPrefix(e.Key, "Fn::") {
			r.fail(&document.Node{At: e.At}, path,
				"%s must be the only key of its object, which has %d", e.Key, len(n.Entries))
			complete = false
			continue
		}
		value, ok := r.value(e.Value, Join(path, e.Key))
		complete = complete && ok
		if _, removed := value.(Removed); !removed {
			object[e.Key] = value
		}
	}
	return object, complete
}

// Join appends the key of an object to the path of a property; a key with a dot stands in brackets.
func Join(path, key string) string {
	switch {
	case path == "":
		return key
	case strings.ContainsAny(key, ".[] '"):
		return path + "['" + key + "']"
	default:
		return path + "." + key
	}
}

// call evaluates one function.
func (r *run) call(name string, arg *document.Node, path string) (any, bool) {
	switch name {
	case "Ref":
		return r.ref(arg, path)
	case "Fn::GetAtt":
		return r.getAtt(arg, path)
	case "Fn::Sub":
		return r.sub(arg, path)
	case "Fn::Join":
		return r.join(arg, path)
	case "Fn::Select":
		return r.selectItem(arg, path)
	case "Fn::Split":
		return r.split(arg, path)
	case "Fn::If":
		return r.choose(arg, path)
	case "Fn::FindInMap":
		return r.findInMap(arg, path)
	case "Fn::ImportValue":
		return r.importValue(arg, path)
	case "Fn::Base64":
		return r.base64(arg, path)
	case "Fn::GetAZs":
		return r.zones(arg, path)
	case "Fn::Cidr":
		return r.cidr(arg, path)
	case "Fn::Length", "Fn::ToJsonString":
		return r.extension(name, arg, path)
	}
	return r.unserved(name, arg, path)
}

func (r *run) unserved(name string, arg *document.Node, path string) (any, bool) {
	switch {
	case name == "Fn::Transform":
		return r.fail(arg, path, "Fn::Transform is not served: macros run on AWS only")
	case strings.HasPrefix(name, "Fn::ForEach"):
		return r.fail(arg, path, "Fn::ForEach is not served yet")
	case isCondition(name):
		return r.fail(arg, path, "%s is for the Conditions and Rules sections only", name)
	}
	return r.fail(arg, path, "%s is not a function of CloudFormation", name)
}

// Text returns a scalar as CloudFormation writes it into a string.
func Text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// text evaluates a node that must be a string.
func (r *run) text(n *document.Node, path, what string) (string, bool) {
	value, ok := r.value(n, path)
	if !ok {
		return "", false
	}
	text, ok := Text(value)
	if !ok {
		r.fail(n, path, "%s must be a string, not %s", what, kindOf(value))
	}
	return text, ok
}

// list evaluates a node that must be a list.
func (r *run) list(n *document.Node, path, what string) ([]any, bool) {
	value, ok := r.value(n, path)
	if !ok {
		return nil, false
	}
	list, ok := value.([]any)
	if !ok {
		r.fail(n, path, "%s must be a list, not %s", what, kindOf(value))
	}
	return list, ok
}

// arguments returns the items of a list of least to most arguments.
func (r *run) arguments(
	n *document.Node, path, function string, counts [2]int,
) ([]*document.Node, bool) {
	least, most := counts[0], counts[1]
	if n.Kind == document.List && len(n.Items) >= least && len(n.Items) <= most {
		return n.Items, true
	}
	got := n.Kind.String()
	if n.Kind == document.List {
		got = "a list of " + strconv.Itoa(len(n.Items))
	}
	want := strconv.Itoa(least)
	if most != least {
		want += " to " + strconv.Itoa(most)
	}
	r.fail(n, path, "%s wants a list of %s values, not %s", function, want, got)
	return nil, false
}

func kindOf(value any) string {
	switch value.(type) {
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case Removed:
		return "AWS::NoValue"
	}
	return "nothing"
}
