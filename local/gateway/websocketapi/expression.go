package websocketapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// expression is a compiled route selection expression.
type expression struct {
	parts []part
}

// part is a literal text, or a path into the body of the message.
type part struct {
	literal string
	path    []step // nil for a literal
}

// step goes to a member of an object, or to an element of a list.
type step struct {
	name  string
	index int // -1: a name
}

// compileExpression reads "$request.body.action", the composite
// "${request.body.a}/${request.body.b}", or a static text, in which a backslash takes the meaning
// from a dollar sign: "\$default".
func compileExpression(text string) (*expression, error) {
	if text == "" {
		return nil, errors.New("it is empty, want one like $request.body.action")
	}
	if path, whole := strings.CutPrefix(text, "$request.body."); whole {
		steps, err := compilePath(path)
		return &expression{parts: []part{{path: steps}}}, err
	}
	e := &expression{}
	for text != "" {
		at := strings.IndexAny(text, `\$`)
		if at < 0 {
			e.parts = append(e.parts, part{literal: text})
			return e, nil
		}
		if at > 0 {
			e.parts = append(e.parts, part{literal: text[:at]})
		}
		p, rest, err := compileSpecial(text[at:])
		if err != nil {
			return nil, err
		}
		e.parts, text = append(e.parts, p), rest
	}
	return e, nil
}

// compileSpecial reads what begins with a backslash or a dollar sign.
func compileSpecial(text string) (p part, rest string, err error) {
	if text[0] == '\\' {
		if len(text) == 1 {
			return part{literal: text}, "", nil
		}
		return part{literal: text[1:2]}, text[2:], nil
	}
	inner, rest, closed := strings.Cut(text, "}")
	path, ours := strings.CutPrefix(inner, "${request.body.")
	if !closed || !ours {
		return part{}, "", fmt.Errorf("cannot read %q, allowed are ${request.body.…}, static text "+
			`and \$`, text)
	}
	steps, err := compilePath(path)
	return part{path: steps}, rest, err
}

// compilePath reads "service.actions[0]".
func compilePath(path string) ([]step, error) {
	var steps []step
	for name := range strings.SplitSeq(path, ".") {
		name, indexes, indexed := strings.Cut(name, "[")
		if name == "" || strings.ContainsAny(name, "${} /") {
			return nil, fmt.Errorf("%q is no path into the body, want one like action or a.b[0]", path)
		}
		steps = append(steps, step{name: name, index: -1})
		if !indexed {
			continue
		}
		for text := range strings.SplitSeq(indexes, "[") {
			number, closed := strings.CutSuffix(text, "]")
			index, err := strconv.Atoi(number)
			if err != nil || !closed || index < 0 {
				return nil, fmt.Errorf("%q in the path %q is no index, want one like [0]", "["+text, path)
			}
			steps = append(steps, step{index: index})
		}
	}
	return steps, nil
}

// evaluate returns the route key of a message; isJSON is false when the message is not JSON.
func (e *expression) evaluate(body string) (key string, isJSON bool) {
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return "", false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", false
	}
	var b strings.Builder
	for _, p := range e.parts {
		if p.path == nil {
			b.WriteString(p.literal)
			continue
		}
		b.WriteString(javaText(follow(value, p.path)))
	}
	return b.String(), true
}

// follow returns what the path leads to, or nil.
func follow(value any, path []step) any {
	for _, s := range path {
		switch v := value.(type) {
		case map[string]any:
			if s.index >= 0 {
				return nil
			}
			value = v[s.name]
		case []any:
			if s.index < 0 || s.index >= len(v) {
				return nil
			}
			value = v[s.index]
		default:
			return nil
		}
	}
	return value
}

// javaText prints a value the way Java prints its collections: [a, b] and {k=v}; nothing is "".
func javaText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case []any:
		texts := make([]string, 0, len(v))
		for _, element := range v {
			texts = append(texts, javaText(element))
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case map[string]any:
		texts := make([]string, 0, len(v))
		for name, member := range v {
			texts = append(texts, name+"="+javaText(member))
		}
		sort.Strings(texts)
		return "{" + strings.Join(texts, ", ") + "}"
	}
	return ""
}
