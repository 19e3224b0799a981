package jsonpath

import (
	"regexp"
	"strings"
)

// condition is a filter, or a part of one.
type condition interface {
	holds(e *evaluation, item any) (bool, error)
}

type anyOf []condition

func (c anyOf) holds(e *evaluation, item any) (bool, error) {
	for _, part := range c {
		if yes, err := part.holds(e, item); yes || err != nil {
			return yes, err
		}
	}
	return false, nil
}

type allOf []condition

func (c allOf) holds(e *evaluation, item any) (bool, error) {
	for _, part := range c {
		if yes, err := part.holds(e, item); !yes || err != nil {
			return false, err
		}
	}
	return true, nil
}

type not struct{ part condition }

func (c not) holds(e *evaluation, item any) (bool, error) {
	yes, err := c.part.holds(e, item)
	return !yes, err
}

// exists is a path that stands alone: it must, or must not, lead to something.
type exists struct {
	path *Path
	from byte // '$' or '@'
	want bool
}

func (c exists) holds(e *evaluation, item any) (bool, error) {
	from := item
	if c.from == '$' {
		from = e.root
	}
	_, found, err := c.path.get(e, from)
	return found == c.want, err
}

// relation compares two operands.
type relation struct {
	operator    string
	left, right operand
}

// filter reads [?(…)] from its ? on.
func (p *parser) filter() (token, error) {
	p.at++
	p.blanks()
	if p.peek() != '(' {
		return token{}, p.fault("a filter is written [?(…)]")
	}
	p.at++
	c, err := p.alternatives()
	if err != nil {
		return token{}, err
	}
	if p.blanks(); p.peek() != ')' {
		return token{}, p.fault("')' is missing")
	}
	p.at++
	return token{kind: filter, condition: c}, nil
}

func (p *parser) alternatives() (condition, error) {
	first, err := p.conjunction()
	parts := anyOf{first}
	for err == nil && p.next("||") {
		var part condition
		part, err = p.conjunction()
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return first, err
	}
	return parts, err
}

func (p *parser) conjunction() (condition, error) {
	first, err := p.operandOfAnd()
	parts := allOf{first}
	for err == nil && p.next("&&") {
		var part condition
		part, err = p.operandOfAnd()
		parts = append(parts, part)
	}
	if len(parts) == 1 {
		return first, err
	}
	return parts, err
}

// next reads an operator if it follows.
func (p *parser) next(operator string) bool {
	p.blanks()
	if !strings.HasPrefix(p.text[p.at:], operator) {
		return false
	}
	p.at += len(operator)
	return true
}

func (p *parser) operandOfAnd() (condition, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fault("the filter is nested too deep")
	}
	defer func() { p.depth-- }()
	p.blanks()
	switch p.peek() {
	case '!':
		p.at++
		part, err := p.operandOfAnd()
		if e, ok := part.(exists); ok && err == nil {
			e.want = !e.want
			return e, nil
		}
		return not{part}, err
	case '(':
		p.at++
		part, err := p.alternatives()
		if err != nil {
			return nil, err
		}
		if p.blanks(); p.peek() != ')' {
			return nil, p.fault("')' is missing")
		}
		p.at++
		return part, nil
	}
	return p.relation()
}

// operators are the ones served; the longer stands before its prefix.
var operators = []string{
	"===", "!==", "==", "!=", ">=", "<=", "=~", ">", "<",
	"noneof", "anyof", "subsetof", "contains", "nin", "in", "all", "size", "empty",
}

func (p *parser) relation() (condition, error) {
	left, err := p.operand()
	if err != nil {
		return nil, err
	}
	p.blanks()
	operator := p.operator()
	if operator == "" {
		if left.path == nil {
			return nil, p.fault("an operator is missing")
		}
		return exists{path: left.path, from: left.from, want: true}, nil
	}
	right, err := p.operand()
	if err != nil {
		return nil, err
	}
	if operator == "empty" && right.kind != isBoolean {
		return nil, p.fault("empty needs true or false")
	}
	return relation{operator: operator, left: left, right: right}, nil
}

// operator reads an operator; "" means that none follows.
func (p *parser) operator() string {
	rest := p.text[p.at:]
	for _, o := range operators {
		if len(rest) < len(o) || !strings.EqualFold(rest[:len(o)], o) {
			continue
		}
		isWord := o[0] >= 'a'
		if isWord && len(rest) > len(o) && rest[len(o)]|0x20 >= 'a' && rest[len(o)]|0x20 <= 'z' {
			continue
		}
		p.at += len(o)
		return o
	}
	return ""
}

func (p *parser) operand() (operand, error) {
	p.blanks()
	c := p.peek()
	if c == '$' || c == '@' {
		path, err := p.nested()
		return operand{path: path, from: c}, err
	}
	if c == '/' {
		return p.pattern()
	}
	return p.literal()
}

// pattern reads /expression/flags, which must match a whole text.
//
// Unlike AWS: expressions are Go's, without lookaround and backreferences.
func (p *parser) pattern() (operand, error) {
	start := p.at + 1
	end := start
	for end < len(p.text) && p.text[end] != '/' {
		if p.text[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(p.text) {
		return operand{}, p.fault("the pattern is not closed")
	}
	flags := end + 1
	for flags < len(p.text) && strings.IndexByte("imsUxud", p.text[flags]) >= 0 {
		flags++
	}
	kept := ""
	for _, flag := range p.text[end+1 : flags] {
		if flag == 'x' {
			return operand{}, p.fault("the flag x is not supported")
		}
		if strings.ContainsRune("ims", flag) {
			kept += string(flag)
		}
	}
	expression := strings.ReplaceAll(p.text[start:end], `\/`, "/")
	if kept != "" {
		kept = "(?" + kept + ")"
	}
	re, err := regexp.Compile(kept + `\A(?:` + expression + `)\z`)
	if err != nil {
		return operand{}, p.fault("%v", err)
	}
	p.at = flags
	return operand{kind: isPattern, pattern: re}, nil
}
