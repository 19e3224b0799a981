package vtl

import (
	"strconv"
	"strings"
)

// operators are the binary ones, by how strongly they bind; a longer one stands before its prefix.
var operators = [][]operator{
	{{"||", opOr}, {"or", opOr}},
	{{"&&", opAnd}, {"and", opAnd}},
	{{"==", opEqual}, {"eq", opEqual}, {"!=", opNotEqual}, {"ne", opNotEqual}},
	{
		{"<=", opLessEqual},
		{"le", opLessEqual},
		{"<", opLess},
		{"lt", opLess},
		{">=", opGreaterEqual},
		{"ge", opGreaterEqual},
		{">", opGreater},
		{"gt", opGreater},
	},
	{{"+", '+'}, {"-", '-'}},
	{{"*", '*'}, {"/", '/'}, {"%", '%'}},
}

type operator struct {
	text string
	code byte
}

const (
	opOr byte = iota + 1
	opAnd
	opEqual
	opNotEqual
	opLess
	opLessEqual
	opGreater
	opGreaterEqual
)

// expression reads a whole expression of #set, #if or #elseif.
func (p *parser) expression() (expr, error) {
	if err := p.deeper(p.base + p.at); err != nil {
		return nil, err
	}
	defer p.shallower()
	return p.binary(0)
}

func (p *parser) binary(level int) (expr, error) {
	if level == len(operators) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		p.space()
		at := p.at
		code := p.operator(operators[level])
		if code == 0 {
			return left, nil
		}
		var right expr
		if right, err = p.binary(level + 1); err == nil {
			left = combine(code, left, right, p.base+at)
		}
	}
	return nil, err
}

func combine(code byte, left, right expr, at int) expr {
	switch {
	case code == opOr || code == opAnd:
		return &logic{or: code == opOr, left: left, right: right}
	case code <= opGreaterEqual:
		return &comparison{op: code, left: left, right: right}
	}
	return &arithmetic{at: at, op: code, left: left, right: right}
}

// operator reads one of the operators, if one stands here; a number's sign belongs to the number.
func (p *parser) operator(among []operator) byte {
	rest := p.text[p.at:]
	for _, o := range among {
		if !strings.HasPrefix(rest, o.text) {
			continue
		}
		if isLetter(o.text[0]) && wordLength(rest) != len(o.text) {
			continue
		}
		if o.code == '-' && numberLength(rest) > 0 {
			continue
		}
		p.at += len(o.text)
		return o.code
	}
	return 0
}

func (p *parser) unary() (expr, error) {
	p.space()
	rest := p.text[p.at:]
	size := 0
	switch {
	case strings.HasPrefix(rest, "!") && !strings.HasPrefix(rest, "!="):
		size = 1
	case strings.HasPrefix(rest, "not") && wordLength(rest) == 3:
		size = 3
	case strings.HasPrefix(rest, "("):
		return p.group()
	}
	if size == 0 {
		return p.argument()
	}
	if err := p.deeper(p.base + p.at); err != nil {
		return nil, err
	}
	defer p.shallower()
	p.at += size
	operand, err := p.unary()
	return &negation{operand}, err
}

func (p *parser) group() (expr, error) {
	p.at++
	inner, err := p.expression()
	if err != nil {
		return nil, err
	}
	p.space()
	return inner, p.expect(')')
}

// argument reads a literal or a reference: what a method takes.
func (p *parser) argument() (expr, error) {
	if p.at >= len(p.text) {
		return nil, p.unexpected("a value")
	}
	switch c := p.text[p.at]; c {
	case '"', '\'':
		return p.stringLiteral(c)
	case '$', '\\':
		return p.reference()
	case '[':
		return p.list()
	case '{':
		return p.mapLiteral()
	}
	rest := p.text[p.at:]
	if size := numberLength(rest); size > 0 {
		p.at += size
		return number(rest[:size]), nil
	}
	switch rest[:wordLength(rest)] {
	case "true":
		p.at += len("true")
		return constant{true}, nil
	case "false":
		p.at += len("false")
		return constant{false}, nil
	}
	return nil, p.unexpected("a value")
}

// numberLength returns the length of the number text begins with; "1..3" begins with "1".
func numberLength(text string) int {
	at := 0
	if strings.HasPrefix(text, "-") {
		at++
	}
	whole := at
	at = skipDigits(text, at)
	whole = at - whole
	if at < len(text) && text[at] == '.' && !(whole > 0 && strings.HasPrefix(text[at:], "..")) {
		end := skipDigits(text, at+1)
		if whole == 0 && end == at+1 {
			return 0
		}
		at = end
	} else if whole == 0 {
		return 0
	}
	if at < len(text) && (text[at] == 'e' || text[at] == 'E') {
		exponent := at + 1
		if exponent < len(text) && (text[exponent] == '+' || text[exponent] == '-') {
			exponent++
		}
		if end := skipDigits(text, exponent); end > exponent {
			at = end
		}
	}
	return at
}

func skipDigits(text string, at int) int {
	for at < len(text) && isDigit(text[at]) {
		at++
	}
	return at
}

func number(text string) expr {
	if !strings.ContainsAny(text, ".eE") {
		return constant{parseInteger(text)}
	}
	f, _ := strconv.ParseFloat(text, 64)
	return constant{f}
}

// list reads [a, b] or [1..3].
func (p *parser) list() (expr, error) {
	at := p.at
	p.at++
	p.space()
	if p.at < len(p.text) && p.text[p.at] == ']' {
		p.at++
		return &listLiteral{}, nil
	}
	if r, ok, err := p.rangeLiteral(at); ok || err != nil {
		return r, err
	}
	items, err := p.arguments(']')
	return &listLiteral{items: items}, err
}

// rangeLiteral reads the inside of a range, if it is one.
func (p *parser) rangeLiteral(start int) (r *rangeLiteral, ok bool, err error) {
	back, depth := p.at, p.depth
	from, err := p.argument()
	p.space()
	if err != nil || !strings.HasPrefix(p.text[p.at:], "..") {
		p.at, p.depth = back, depth
		return nil, false, nil
	}
	p.at += 2
	p.space()
	to, err := p.argument()
	if err != nil {
		return nil, false, err
	}
	p.space()
	return &rangeLiteral{at: p.base + start, from: from, to: to}, true, p.expect(']')
}

func (p *parser) mapLiteral() (expr, error) {
	if err := p.deeper(p.base + p.at); err != nil {
		return nil, err
	}
	defer p.shallower()
	p.at++
	m := &mapLiteral{}
	p.space()
	if p.at < len(p.text) && p.text[p.at] == '}' {
		p.at++
		return m, nil
	}
	for {
		key, err := p.mapPart(':')
		if err != nil {
			return nil, err
		}
		value, err := p.mapPart(0)
		if err != nil {
			return nil, err
		}
		m.keys, m.values = append(m.keys, key), append(m.values, value)
		if p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++
			continue
		}
		return m, p.expect('}')
	}
}

// mapPart reads a key with its colon, or a value.
func (p *parser) mapPart(after byte) (expr, error) {
	p.space()
	part, err := p.argument()
	if err != nil {
		return nil, err
	}
	p.space()
	if after == 0 {
		return part, nil
	}
	return part, p.expect(after)
}
