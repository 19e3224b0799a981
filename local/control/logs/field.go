package logs

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// field is a condition of a JSON pattern: on a field, or joined of others.
type field struct {
	join  string // "&&", "||"; "" for a condition on a field
	parts []*field

	path     selector
	operator string // = != < <= > >= NULL TRUE FALSE MISSING
	text     string // what is compared with
	number   float64
	isNumber bool
	regex    *regexp.Regexp
}

// selector is the way to a field: names and indexes, -1 for every item.
type selector []any

// parseMessage reads an event that is a JSON object.
func parseMessage(message string) (map[string]any, bool) {
	if !strings.HasPrefix(strings.TrimLeft(message, " \t"), "{") {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(message)))
	decoder.UseNumber()
	var document map[string]any
	return document, decoder.Decode(&document) == nil
}

// find returns what a selector leads to.
func (s selector) find(in any) []any {
	if len(s) == 0 {
		return []any{in}
	}
	switch step := s[0].(type) {
	case string:
		if object, ok := in.(map[string]any); ok {
			if inner, ok := object[step]; ok {
				return s[1:].find(inner)
			}
		}
	case int:
		list, _ := in.([]any)
		if step >= 0 && step < len(list) {
			return s[1:].find(list[step])
		}
		if step < 0 {
			var all []any
			for _, item := range list {
				all = append(all, s[1:].find(item)...)
			}
			return all
		}
	}
	return nil
}

// holds says whether a document fits.
func (f *field) holds(document map[string]any) bool {
	switch f.join {
	case "&&":
		return !slices.ContainsFunc(f.parts, func(p *field) bool { return !p.holds(document) })
	case "||":
		return slices.ContainsFunc(f.parts, func(p *field) bool { return p.holds(document) })
	}
	found := f.path.find(document)
	if f.operator == "MISSING" {
		return len(found) == 0
	}
	return slices.ContainsFunc(found, f.fits)
}

func (f *field) fits(value any) bool {
	switch f.operator {
	case "NULL":
		return value == nil
	case "TRUE", "FALSE":
		return value == (f.operator == "TRUE")
	}
	switch value := value.(type) {
	case json.Number:
		number, err := value.Float64()
		if err != nil || !f.isNumber {
			return f.operator == "!=" && err == nil
		}
		return f.compares(number)
	case string:
		switch f.operator {
		case "=":
			return f.isText(value)
		case "!=":
			return !f.isText(value)
		}
	}
	return false
}

func (f *field) compares(number float64) bool {
	switch f.operator {
	case "=":
		return number == f.number
	case "!=":
		return number != f.number
	case "<":
		return number < f.number
	case "<=":
		return number <= f.number
	case ">":
		return number > f.number
	}
	return number >= f.number
}

// isText compares a text, in which a pattern's asterisks stand for anything.
func (f *field) isText(value string) bool {
	if f.regex != nil {
		return f.regex.MatchString(value)
	}
	parts := strings.Split(f.text, "*")
	if len(parts) == 1 {
		return value == f.text
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(value) < len(first)+len(last) || !strings.HasPrefix(value, first) ||
		!strings.HasSuffix(value, last) {
		return false
	}
	middle := value[len(first) : len(value)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(middle, part)
		if at < 0 {
			return false
		}
		middle = middle[at+len(part):]
	}
	return true
}

// fieldParser reads a JSON pattern.
type fieldParser struct{ rest string }

// parseFields compiles a pattern like { ($.a = 1 && $.b.c = "x*") || $.d IS TRUE }.
func parseFields(text string) (*field, error) {
	p := &fieldParser{rest: strings.TrimPrefix(text, "{")}
	made, err := p.joined("||")
	if err != nil {
		return nil, err
	}
	if !p.take("}") {
		return nil, badPattern("a brace is not closed")
	}
	if p.skip(); p.rest != "" {
		return nil, badPattern("something follows the closing brace")
	}
	return made, nil
}

func (p *fieldParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *fieldParser) take(text string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, text)
	if ok {
		p.rest = rest
	}
	return ok
}

// joined reads conditions with an operator between them; && binds more than ||.
func (p *fieldParser) joined(operator string) (*field, error) {
	next := func() (*field, error) { return p.joined("&&") }
	if operator == "&&" {
		next = p.one
	}
	first, err := next()
	if err != nil {
		return nil, err
	}
	all := &field{join: operator, parts: []*field{first}}
	for p.take(operator) {
		one, err := next()
		if err != nil {
			return nil, err
		}
		all.parts = append(all.parts, one)
	}
	if len(all.parts) == 1 {
		return first, nil
	}
	return all, nil
}

func (p *fieldParser) one() (*field, error) {
	if p.take("(") {
		inner, err := p.joined("||")
		if err == nil && !p.take(")") {
			err = badPattern("a parenthesis is not closed")
		}
		return inner, err
	}
	path, err := p.selector()
	if err != nil {
		return nil, err
	}
	f := &field{path: path}
	for words, operator := range map[string]string{
		"IS NULL": "NULL", "IS TRUE": "TRUE", "IS FALSE": "FALSE", "NOT EXISTS": "MISSING",
	} {
		if p.take(words) {
			f.operator = operator
			return f, nil
		}
	}
	for _, operator := range []string{"!=", "<=", ">=", "=", "<", ">"} {
		if p.take(operator) {
			f.operator = operator
			return f, p.operand(f)
		}
	}
	return nil, badPattern("an operator is missing")
}

// selector reads $.a.b[0]["c d"].
func (p *fieldParser) selector() (selector, error) {
	if !p.take("$") {
		return nil, badPattern("a selector has to begin with $")
	}
	var path selector
	for {
		switch {
		case strings.HasPrefix(p.rest, "."):
			end := 1
			for end < len(p.rest) && !strings.ContainsRune(" \t.[=!<>)}&|", rune(p.rest[end])) {
				end++
			}
			if end == 1 {
				return nil, badPattern("a selector has an empty name")
			}
			path, p.rest = append(path, p.rest[1:end]), p.rest[end:]
		case strings.HasPrefix(p.rest, "["):
			inner, rest, ok := strings.Cut(p.rest[1:], "]")
			index, err := strconv.Atoi(inner)
			switch quoted := strings.Trim(inner, `"'`); {
			case ok && err == nil && index >= 0:
				path = append(path, index)
			case ok && inner == "*":
				path = append(path, -1)
			case ok && quoted != inner && quoted != "":
				path = append(path, quoted)
			default:
				return nil, badPattern("a selector has an index that cannot be read")
			}
			p.rest = rest
		case len(path) == 0:
			return nil, badPattern("a selector names no field")
		default:
			return path, nil
		}
	}
}

// operand reads what a field is compared with.
func (p *fieldParser) operand(f *field) error {
	p.skip()
	switch {
	case strings.HasPrefix(p.rest, `"`):
		quoted, rest, ok := unquote(p.rest)
		if !ok {
			return badPattern("a quotation is not closed")
		}
		f.text, p.rest = quoted, rest
		return p.onlyEqual(f)
	case strings.HasPrefix(p.rest, "%"):
		inner, rest, ok := strings.Cut(p.rest[1:], "%")
		regex, err := regexp.Compile(inner)
		if !ok || err != nil {
			return badPattern("a regular expression cannot be read")
		}
		f.regex, p.rest = regex, rest
		return p.onlyEqual(f)
	}
	end := 0
	for end < len(p.rest) && !strings.ContainsRune(" \t)}&|", rune(p.rest[end])) {
		end++
	}
	if end == 0 {
		return badPattern("what a field is compared with is missing")
	}
	f.text, p.rest = p.rest[:end], p.rest[end:]
	var err error
	f.number, err = strconv.ParseFloat(f.text, 64)
	if f.isNumber = err == nil; f.isNumber {
		return nil
	}
	return p.onlyEqual(f)
}

func (p *fieldParser) onlyEqual(f *field) error {
	if f.operator != "=" && f.operator != "!=" {
		return badPattern("texts are compared by = and != alone")
	}
	return nil
}
