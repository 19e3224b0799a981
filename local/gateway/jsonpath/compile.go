package jsonpath

import (
	"strconv"
	"strings"
)

// maxDepth bounds how deep filters and function arguments nest.
const maxDepth = 50

// Compile parses a path; one that does not begin with $ or @ is taken to begin with "$.".
func Compile(text string) (*Path, error) {
	p := &parser{source: text, text: strings.Trim(text, " ")}
	if !strings.HasPrefix(p.text, "$") && !strings.HasPrefix(p.text, "@") {
		p.text = "$." + p.text
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.fault("%q does not belong to a path", p.text[p.at:])
	}
	path.text = text
	return path, nil
}

type parser struct {
	source string // for errors
	text   string
	at     int
	depth  int
	inside bool // a filter or arguments: blanks, operators and brackets end a path
}

func (p *parser) fault(format string, args ...any) error {
	return &Error{Path: p.source, At: p.at, Message: sprintf(format, args...)}
}

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// path reads a path from its $ or @ on.
func (p *parser) path() (*Path, error) {
	start := p.at
	p.at++
	path := &Path{}
	if !p.ended() && p.peek() != '.' && p.peek() != '[' {
		return nil, p.fault("illegal character %q, expected '.' or '['", p.peek())
	}
	for !p.ended() {
		if err := p.token(path); err != nil {
			return nil, err
		}
	}
	path.text = p.text[start:p.at]
	p.invert(path)
	path.definite = true
	for i := range path.tokens {
		path.tokens[i].leaf = i == len(path.tokens)-1
		path.tokens[i].upstream = path.definite
		path.definite = path.definite && path.tokens[i].definite()
	}
	return path, nil
}

// ended reports whether nothing of a path follows.
func (p *parser) ended() bool {
	if p.at >= len(p.text) {
		return true
	}
	return p.inside && strings.IndexByte(" \t\r\n<>=!~)&|,]", p.text[p.at]) >= 0
}

// invert makes sum of $..x out of $..x.sum(), as Jayway does.
func (p *parser) invert(path *Path) {
	if len(path.tokens) == 0 || path.tokens[0].kind != scan {
		return
	}
	last := len(path.tokens) - 1
	if path.tokens[last].kind != function {
		return
	}
	over := path.tokens[:last:last]
	if name := path.tokens[last].name; name == "length" || name == "size" {
		over = append(over, token{kind: wildcard}) // these count the children of what is found
	}
	over[len(over)-1].leaf = true
	path.over = &Path{text: path.text, tokens: over}
	path.tokens = []token{path.tokens[last]}
}

// token reads the next token: .name, .name(), .*, .., or something in brackets.
func (p *parser) token(path *Path) error {
	if p.peek() == '[' {
		return p.bracket(path)
	}
	if p.peek() == '.' {
		p.at++
		if p.peek() == '.' {
			p.at++
			path.tokens = append(path.tokens, token{kind: scan})
		}
		if p.ended() {
			return p.fault("a path must not end with '.' or '..'")
		}
		if p.peek() == '.' {
			return p.fault("'.' is not valid here")
		}
		if p.peek() == '[' {
			return p.bracket(path)
		}
	}
	if p.peek() == '*' {
		p.at++
		path.tokens = append(path.tokens, token{kind: wildcard})
		return nil
	}
	return p.name(path)
}

func (p *parser) name(path *Path) error {
	start := p.at
	for !p.ended() && p.peek() != '.' && p.peek() != '[' && p.peek() != '(' {
		if p.peek() == ' ' {
			return p.fault("a name with blanks needs brackets: ['my name']")
		}
		p.at++
	}
	name := p.text[start:p.at]
	if name == "" {
		return p.fault("a name is missing")
	}
	if p.peek() != '(' {
		path.tokens = append(path.tokens, token{kind: property, names: []string{name}})
		return nil
	}
	p.at++
	arguments, err := p.arguments(name)
	if err != nil {
		return err
	}
	path.tokens = append(path.tokens, token{kind: function, name: name, arguments: arguments})
	return nil
}

// bracket reads ['name'], [1], [1,2], [1:2], [*] or [?(…)].
func (p *parser) bracket(path *Path) error {
	p.at++
	p.blanks()
	var next token
	var err error
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		next, err = p.names(c)
	case c == '*':
		p.at++
		next = token{kind: wildcard}
	case c == '?':
		next, err = p.filter()
	case c >= '0' && c <= '9' || c == '-' || c == ':':
		next, err = p.positions()
	default:
		err = p.fault("expected ?, ', 0-9 or * after '['")
	}
	if err != nil {
		return err
	}
	p.blanks()
	if p.peek() != ']' {
		return p.fault("']' is missing")
	}
	p.at++
	path.tokens = append(path.tokens, next)
	return nil
}

func (p *parser) names(quote byte) (token, error) {
	t := token{kind: property}
	for {
		p.blanks()
		if p.peek() != quote {
			return t, p.fault("a name in %c is missing", quote)
		}
		name, err := p.quoted()
		if err != nil {
			return t, err
		}
		t.names = append(t.names, name)
		p.blanks()
		if p.peek() != ',' {
			return t, nil
		}
		p.at++
	}
}

// quoted reads a text in quotes with JSON's escapes.
func (p *parser) quoted() (string, error) {
	quote, start := p.peek(), p.at+1
	for end := start; end < len(p.text); end++ {
		switch p.text[end] {
		case '\\':
			end++
		case quote:
			p.at = end + 1
			return unescape(p.text[start:end]), nil
		}
	}
	return "", p.fault("%c is not closed", quote)
}

var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'b': '\b', 'f': '\f'}

func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			out.WriteByte(c)
			continue
		}
		i++
		if text[i] == 'u' && i+5 <= len(text) {
			if code, err := strconv.ParseUint(text[i+1:i+5], 16, 16); err == nil {
				out.WriteRune(rune(code))
				i += 4
				continue
			}
		}
		if plain, ok := escapes[text[i]]; ok {
			out.WriteByte(plain)
			continue
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// positions reads what stands between brackets for a list.
func (p *parser) positions() (token, error) {
	end := strings.IndexByte(p.text[p.at:], ']')
	if end < 0 {
		return token{}, p.fault("']' is missing")
	}
	inner := strings.TrimSpace(p.text[p.at : p.at+end])
	t := token{kind: index}
	parts := strings.Split(inner, ",")
	if strings.Contains(inner, ":") {
		t.kind = slice
		parts = strings.Split(inner, ":")
		parts = parts[:2] // Jayway ignores a step
	}
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" && t.kind == slice {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return t, p.fault("%q is no position in a list", part)
		}
		t.positions = append(t.positions, n)
		if t.kind == slice && i == 0 {
			t.hasFrom = true
		} else if t.kind == slice {
			t.hasTo = true
		}
	}
	if len(t.positions) == 0 {
		return t, p.fault("a slice needs a number: [1:], [:2] or [1:2]")
	}
	p.at += end
	return t, nil
}

// arguments reads what a function takes, past the closing bracket.
func (p *parser) arguments(name string) ([]argument, error) {
	takes, ok := functions[name]
	if !ok {
		return nil, p.fault("function %s() does not exist or is not served", name)
	}
	var arguments []argument
	for {
		p.blanks()
		if p.peek() == ')' {
			p.at++
			break
		}
		if len(arguments) > 0 {
			if p.peek() != ',' {
				return nil, p.fault("the arguments of %s() are not closed", name)
			}
			p.at++
			p.blanks()
		}
		a, err := p.argument()
		if err != nil {
			return nil, err
		}
		arguments = append(arguments, a)
	}
	if len(arguments) < takes.least || len(arguments) > takes.most {
		return nil, p.fault("%s() takes %d to %d arguments", name, takes.least, takes.most)
	}
	return arguments, nil
}

func (p *parser) argument() (argument, error) {
	if c := p.peek(); c == '$' || c == '@' {
		path, err := p.nested()
		return argument{path: path}, err
	}
	literal, err := p.literal()
	return argument{literal: literal}, err
}

// nested reads a path that stands inside a filter or among arguments.
func (p *parser) nested() (*Path, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fault("the path is nested too deep")
	}
	inside := p.inside
	p.inside = true
	path, err := p.path()
	p.inside = inside
	p.depth--
	return path, err
}
