package openapi

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlReader turns YAML nodes into nodes. Aliases are written out, so that every value has one
// place in the tree.
type yamlReader struct {
	faults []Warning
	made   int // nodes
}

func parseYAML(data []byte) (*node, []Warning) {
	var stream yaml.Node
	if err := yaml.Load(data, &stream); err != nil {
		return nil, []Warning{yamlFault(err)}
	}
	if stream.Kind != yaml.DocumentNode || len(stream.Content) != 1 {
		return nil, []Warning{{Line: 1, Column: 1, Message: "The file holds no document."}}
	}
	r := &yamlReader{}
	root := r.value(stream.Content[0], 0)
	if len(r.faults) > 0 {
		return nil, r.faults[:1]
	}
	return root, nil
}

// yamlFault takes place and message out of an error of the YAML library.
func yamlFault(err error) Warning {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return Warning{Message: "It is not well-formed YAML: " + err.Error() + "."}
	}
	message := strings.TrimPrefix(load.Message, "yaml: ")
	if load.ContextMsg != "" {
		message = load.ContextMsg + ": " + message
	}
	return Warning{
		Line: load.Mark.Line, Column: load.Mark.Column,
		Message: "It is not well-formed YAML: " + message + ".",
	}
}

func (r *yamlReader) fault(y *yaml.Node, format string, args ...any) *node {
	r.faults = append(r.faults, Warning{
		Line: y.Line, Column: y.Column, Message: fmt.Sprintf(format, args...),
	})
	return &node{}
}

func (r *yamlReader) value(y *yaml.Node, depth int) *node {
	if r.made++; depth > maxDepth || r.made > maxNodes {
		return r.fault(y, "It has too many values, or they are nested too deep.")
	}
	if len(r.faults) > 0 {
		return &node{}
	}
	n := &node{line: y.Line, column: y.Column}
	switch y.Kind {
	case yaml.ScalarNode:
		scalar(n, y)
	case yaml.SequenceNode:
		n.kind = list
		for at, item := range y.Content {
			n.add(strconv.Itoa(at), r.value(item, depth+1))
		}
	case yaml.MappingNode:
		n.kind = object
		r.entries(n, y, depth)
	case yaml.AliasNode:
		if y.Alias == nil {
			return r.fault(y, "The alias names nothing.")
		}
		return r.value(y.Alias, depth+1)
	default:
		return r.fault(y, "This YAML feature is none that JSON has.")
	}
	return n
}

func (r *yamlReader) entries(n *node, y *yaml.Node, depth int) {
	seen := map[string]bool{}
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		value := r.value(y.Content[i+1], depth+1)
		switch {
		case key.Kind != yaml.ScalarNode:
			r.fault(key, "A key is a list, an object or an alias.")
		case key.Tag == "!!merge":
			merged = append(merged, value)
		case seen[key.Value]:
			r.fault(key, "The key %q stands twice in one object.", key.Value)
		default:
			seen[key.Value] = true
			n.add(key.Value, value)
		}
	}
	for _, value := range merged {
		n.merge(value, seen)
	}
}

// merge adds the entries of "<<", an object or a list of them, that n does not have itself.
func (n *node) merge(value *node, seen map[string]bool) {
	for _, item := range value.items() {
		n.merge(item, seen)
	}
	for _, entry := range value.entries() {
		if !seen[entry.key] {
			seen[entry.key] = true
			n.add(entry.key, entry)
		}
	}
}

// numeral is what stays a number: JSON's own form. 010, 0x1F, 1_000, .5 and .inf are kept as the
// text that was written, and so are dates.
var numeral = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle |
	yaml.FoldedStyle

// scalar reads a scalar: plain numbers in JSON's form, true, false and null are what they say,
// and all else is text. Unlike AWS: yes, no, on and off stay text.
func scalar(n *node, y *yaml.Node) {
	n.kind, n.text = text, y.Value
	if y.Style&quoted != 0 || y.Tag == "!!str" && y.Style&yaml.TaggedStyle != 0 {
		return
	}
	switch y.Value {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		n.kind, n.text = boolean, strings.ToLower(y.Value)
	case "", "~", "null", "Null", "NULL":
		n.kind, n.text = null, ""
	default:
		if numeral.MatchString(y.Value) {
			n.kind = number
		}
	}
}
