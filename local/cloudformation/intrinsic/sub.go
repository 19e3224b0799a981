package intrinsic

import (
	"fmt"
	"strings"

	"portico/local/cloudformation/document"
)

// Part is a piece of the text of Fn::Sub: literal text, or a variable when Variable is not empty.
type Part struct {
	Text     string
	Variable string // "Name", "Resource.Attribute" or "AWS::Region"
}

// ParseSub splits the text of Fn::Sub at its ${variables}; ${!x} is the literal text ${x}.
func ParseSub(text string) ([]Part, error) {
	var parts []Part
	var literal strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		literal.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		switch {
		case !closed:
			return nil, fmt.Errorf("${%s is never closed", clip(rest))
		case strings.HasPrefix(name, "!"):
			literal.WriteString("${" + name[1:] + "}")
		case !isVariable(name):
			return nil, fmt.Errorf("${%s}: variable names in Fn::Sub syntax must contain only "+
				"alphanumeric characters, underscores, periods, and colons", clip(name))
		default:
			if literal.Len() > 0 {
				parts = append(parts, Part{Text: literal.String()})
				literal.Reset()
			}
			parts = append(parts, Part{Variable: name})
		}
		text = after
	}
	if literal.Len() > 0 {
		parts = append(parts, Part{Text: literal.String()})
	}
	return parts, nil
}

func isVariable(name string) bool {
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '_' && c != '.' && c != ':' {
			return false
		}
	}
	return name != "" && name[0] != '.' && name[len(name)-1] != '.'
}

// clip shortens a text for an error.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// sub takes a text, or [text, {variable: value}].
func (r *run) sub(n *document.Node, path string) (any, bool) {
	text, variables := n, (*document.Node)(nil)
	if n.Kind == document.List {
		args, ok := r.arguments(n, path, "Fn::Sub", [2]int{2, 2})
		if !ok {
			return nil, false
		}
		text, variables = args[0], args[1]
		if variables.Kind != document.Map {
			return r.fail(variables, path,
				"Fn::Sub wants an object of variables second, not %s", variables.Kind)
		}
	}
	if text.Kind != document.String {
		return r.fail(text, path, "Fn::Sub wants a text, not %s", text.Kind)
	}
	parts, err := ParseSub(text.Text)
	if err != nil {
		return r.fail(text, path, "%s", err)
	}
	var out strings.Builder
	complete := true
	for _, part := range parts {
		value, ok := part.Text, true
		if part.Variable != "" {
			value, ok = r.variable(text, variables, part.Variable, path)
		}
		complete = complete && ok
		out.WriteString(value)
	}
	return out.String(), complete
}

// variable answers one ${variable} of the text n.
func (r *run) variable(n, variables *document.Node, name, path string) (string, bool) {
	value, ok := any(nil), false
	if given := variables.Get(name); given != nil {
		value, ok = r.value(given, path)
	} else if resource, attribute, dotted := strings.Cut(name, "."); dotted {
		answer, err := r.Names.Attribute(resource, attribute)
		value, ok = r.answered(n, path, answer, err)
	} else {
		answer, err := r.Names.Ref(name)
		value, ok = r.answered(n, path, answer, err)
	}
	if !ok {
		return "", false
	}
	text, ok := Text(value)
	if !ok {
		r.fail(n, path, "the variable %s in Fn::Sub must be a string, not %s", name, kindOf(value))
	}
	return text, ok
}
