package document

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlReader turns YAML nodes into nodes.
type yamlReader struct{ faults []Fault }

func parseYAML(data []byte) (root *Node, faults []Fault) {
	var stream yaml.Node
	if err := yaml.Load(data, &stream); err != nil {
		return nil, []Fault{yamlFault(err)}
	}
	r := &yamlReader{}
	if stream.Kind != yaml.DocumentNode || len(stream.Content) != 1 {
		r.fault(&stream, "the file holds no document")
	} else {
		root = r.value(stream.Content[0], 0)
	}
	if r.faults != nil {
		slices.SortStableFunc(r.faults, compare)
		return nil, r.faults
	}
	return root, nil
}

// yamlFault takes place and message out of an error of the YAML library.
func yamlFault(err error) Fault {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return Fault{Message: "not well-formed YAML: " + err.Error()}
	}
	at := Position{Line: load.Mark.Line, Column: load.Mark.Column}
	message := strings.TrimPrefix(load.Message, "yaml: ")
	if load.ContextMsg != "" {
		message = load.ContextMsg + ": " + message
	}
	return Fault{At: at, Message: "not well-formed YAML: " + message}
}

func (r *yamlReader) fault(y *yaml.Node, format string, args ...any) {
	r.faults = append(r.faults, Fault{At: place(y), Message: fmt.Sprintf(format, args...)})
}

func place(y *yaml.Node) Position { return Position{Line: y.Line, Column: y.Column} }

// value turns y into a node; a short tag wraps it into an object with one key.
func (r *yamlReader) value(y *yaml.Node, depth int) *Node {
	if depth > maxDepth {
		r.fault(y, "values are nested too deep")
		return &Node{}
	}
	n := r.untagged(y, depth)
	if !strings.HasPrefix(y.Tag, "!") || strings.HasPrefix(y.Tag, "!!") || y.Tag == "!" {
		return n
	}
	function := longForm(y.Tag[1:])
	if function == "" {
		r.fault(y, "the tag %s stands for no function of CloudFormation", y.Tag)
		return n
	}
	entry := Entry{Key: function, At: n.At, Value: n}
	return &Node{Kind: Map, At: n.At, Entries: []Entry{entry}}
}

func (r *yamlReader) untagged(y *yaml.Node, depth int) *Node {
	n := &Node{At: place(y)}
	switch y.Kind {
	case yaml.ScalarNode:
		r.scalar(n, y)
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			n.Items = append(n.Items, r.value(item, depth+1))
		}
	case yaml.MappingNode:
		n.Kind = Map
		r.entries(n, y, depth)
	case yaml.AliasNode:
		r.fault(y, "YAML aliases are not allowed in CloudFormation templates")
	default:
		r.fault(y, "this YAML feature is not allowed in CloudFormation templates")
	}
	return n
}

func (r *yamlReader) entries(n *Node, y *yaml.Node, depth int) {
	seen := make(map[string]Position)
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Kind != yaml.ScalarNode {
			r.fault(key, "a key must be a plain text, not a list, an object or an alias")
			continue
		}
		if key.Tag == "!!merge" {
			r.fault(key, "the merge key << is not allowed in CloudFormation templates")
			continue
		}
		if first, twice := seen[key.Value]; twice {
			r.faults = append(r.faults, duplicate(key.Value, place(key), first))
		}
		seen[key.Value] = place(key)
		value := r.value(y.Content[i+1], depth+1)
		n.Entries = append(n.Entries, Entry{Key: key.Value, At: place(key), Value: value})
	}
}

// number is what stays a number: JSON's own form. 010, 0x1F, 1_000, .5 and .inf are kept as the
// text that was written, and so are dates.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle |
	yaml.FoldedStyle

// scalar reads a scalar: plain numbers in JSON's form, true, false and null are what they say,
// and all else is text. Unlike AWS: yes, no, on and off stay text.
func (r *yamlReader) scalar(n *Node, y *yaml.Node) {
	n.Kind, n.Text = String, y.Value
	if slices.Contains([]string{"!!binary", "!!timestamp", "!!set", "!!omap"}, y.Tag) &&
		y.Style&yaml.TaggedStyle != 0 {
		r.fault(y, "the YAML tag %s is not allowed in CloudFormation templates", y.Tag)
		return
	}
	tagged := y.Style&yaml.TaggedStyle != 0
	if y.Style&quoted != 0 && !tagged || tagged && y.Tag == "!!str" {
		return
	}
	if tagged && !strings.HasPrefix(y.Tag, "!!") { // !Ref 123 names something
		return
	}
	switch y.Value {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		n.Kind, n.Text = Bool, strings.ToLower(y.Value)
	case "", "~", "null", "Null", "NULL":
		n.Kind, n.Text = Null, ""
	default:
		if number.MatchString(y.Value) {
			n.Kind = Number
		}
	}
}

// longForm returns the function that a short tag stands for.
func longForm(tag string) string {
	switch tag {
	case "Ref", "Condition":
		return tag
	case "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals",
		"FindInMap", "GetAZs", "GetAtt", "If", "ImportValue", "Join", "Length", "Not", "Or",
		"RefAll", "Select", "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll":
		return "Fn::" + tag
	}
	return ""
}
