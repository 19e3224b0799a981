package websocketapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
)

// expression is a compiled selection expression ("WebSocket selection expressions").
type expression struct{ parts []part }

// part is a literal text or a variable.
type part struct {
	kind variableKind
	text string // of a literal; the name of a header
	path []step // into the body of the message
}

type variableKind uint8

const (
	literal variableKind = iota
	ofBody
	ofStatus
	ofHeader
	ofHeaders
)

// step goes to a member of an object, or to an element of a list.
type step struct {
	name  string
	index int // -1: a name
}

// variable is one that an expression may name; a prefix that ends in a dot goes on with a name.
type variable struct {
	prefix string
	kind   variableKind
}

// requestVariables are those of Api.RouteSelectionExpression, Route.ModelSelectionExpression and
// Integration.TemplateSelectionExpression.
func requestVariables() []variable { return []variable{{"request.body.", ofBody}} }

// responseVariables are those of IntegrationResponse.TemplateSelectionExpression.
func responseVariables() []variable {
	return append(requestVariables(),
		variable{"integration.response.statuscode", ofStatus},
		variable{"integration.response.header.", ofHeader},
		variable{"integration.response.multivalueheader.", ofHeaders})
}

// compileExpression reads "$request.body.action", the composite
// "${request.body.a}/${request.body.b}", or a static text, in which a backslash takes the meaning
// from a dollar sign: "\$default".
func compileExpression(text string, variables []variable) (*expression, error) {
	if text == "" {
		return nil, errors.New("it is empty, want one like $request.body.action")
	}
	if whole, ok := strings.CutPrefix(text, "$"); ok && !strings.HasPrefix(whole, "{") {
		p, err := compileVariable(whole, variables)
		return &expression{parts: []part{p}}, err
	}
	e := &expression{}
	for text != "" {
		at := strings.IndexAny(text, `\$`)
		if at < 0 {
			e.parts = append(e.parts, part{text: text})
			return e, nil
		}
		if at > 0 {
			e.parts = append(e.parts, part{text: text[:at]})
		}
		p, rest, err := compileSpecial(text[at:], variables)
		if err != nil {
			return nil, err
		}
		e.parts, text = append(e.parts, p), rest
	}
	return e, nil
}

// compileSpecial reads what begins with a backslash or a dollar sign.
func compileSpecial(text string, variables []variable) (p part, rest string, err error) {
	if text[0] == '\\' {
		if len(text) == 1 {
			return part{text: text}, "", nil
		}
		return part{text: text[1:2]}, text[2:], nil
	}
	inner, rest, closed := strings.Cut(text, "}")
	name, opened := strings.CutPrefix(inner, "${")
	if !opened || !closed {
		return part{}, "", notReadable(text, variables)
	}
	p, err = compileVariable(name, variables)
	return p, rest, err
}

// compileVariable reads "request.body.action" or "integration.response.header.X".
func compileVariable(text string, variables []variable) (part, error) {
	for _, known := range variables {
		name, ok := strings.CutPrefix(text, known.prefix)
		if !ok || known.kind == ofStatus && name != "" {
			continue
		}
		if known.kind == ofBody {
			steps, err := compilePath(name)
			return part{kind: ofBody, path: steps}, err
		}
		if known.kind != ofStatus && (name == "" || strings.ContainsAny(name, "${} /")) {
			return part{}, fmt.Errorf("%q names no header", text)
		}
		return part{kind: known.kind, text: name}, nil
	}
	return part{}, notReadable("$"+text, variables)
}

func notReadable(text string, variables []variable) error {
	var allowed strings.Builder
	for _, known := range variables {
		allowed.WriteString("${" + known.prefix)
		if strings.HasSuffix(known.prefix, ".") {
			allowed.WriteString("…")
		}
		allowed.WriteString("}, ")
	}
	return fmt.Errorf(`cannot read %q, allowed are %sstatic text and \$`, text, allowed.String())
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

// selectable is what the expressions of a call select from.
type selectable struct {
	body   string          // of the message
	status string          // of the integration's answer
	header exchange.Header // of the integration's answer

	document any // the body, once it is parsed
	parsed   bool
	valid    bool
}

// isJSON reports whether the message is JSON.
func (s *selectable) isJSON() bool {
	if !s.parsed {
		s.parsed = true
		decoder := json.NewDecoder(strings.NewReader(s.body))
		decoder.UseNumber()
		if err := decoder.Decode(&s.document); err == nil {
			_, err = decoder.Token()
			s.valid = errors.Is(err, io.EOF)
		}
	}
	return s.valid
}

// evaluate returns the key that the expression selects. It evaluates once: what a variable yields
// is not read again. A variable that is not there is empty.
func (e *expression) evaluate(from *selectable) string {
	var b strings.Builder
	for _, p := range e.parts {
		switch p.kind {
		case literal:
			b.WriteString(p.text)
		case ofBody:
			if from.isJSON() {
				b.WriteString(javaText(follow(from.document, p.path)))
			}
		case ofStatus:
			b.WriteString(from.status)
		case ofHeader:
			b.WriteString(from.header.Get(p.text))
		case ofHeaders:
			b.WriteString(strings.Join(from.header.Values(p.text), ","))
		}
	}
	return b.String()
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
