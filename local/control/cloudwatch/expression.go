package cloudwatch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxExpression is how long an expression may be, which bounds how deep it is.
const maxExpression = 2048

// node is a part of an expression of metric math.
type node interface {
	// value computes it where metrics have the values that a scope has.
	value(s *scope) (value, error)
}

// parser reads an expression: one function for each precedence, the weakest first.
type parser struct {
	tokens []string
	at     int
}

// parseExpression compiles an expression of metric math. What is not computed here is named in the
// error.
func parseExpression(text string) (node, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("it has %d characters, allowed are %d", len(text), maxExpression)
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(text), " "); strings.EqualFold(first, "SELECT") {
		return nil, fmt.Errorf("queries of Metrics Insights (SELECT) are not evaluated here")
	}
	tokens, err := tokenize(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	made, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.tokens) {
		return nil, fmt.Errorf("%q is not expected", p.tokens[p.at])
	}
	return made, nil
}

// tokenize cuts an expression into names, numbers, quoted texts and operators.
func tokenize(text string) ([]string, error) {
	var tokens []string
	for at := 0; at < len(text); {
		c := rune(text[at])
		switch {
		case unicode.IsSpace(c):
			at++
			continue
		case c == '"' || c == '\'':
			end := strings.IndexRune(text[at+1:], c)
			if end < 0 {
				return nil, fmt.Errorf("a text is not closed")
			}
			tokens = append(tokens, `"`+text[at+1:at+1+end])
			at += end + 2
			continue
		case isWordByte(text[at]):
			end := at
			for end < len(text) && (isWordByte(text[end]) || text[end] == '.') {
				end++
			}
			tokens = append(tokens, text[at:end])
			at = end
			continue
		}
		length := 1
		if at+1 < len(text) && isOperatorPair(text[at:at+2]) {
			length = 2
		}
		if length == 1 && !strings.ContainsRune("+-*/^()[],<>", c) {
			return nil, fmt.Errorf("%q is not expected", c)
		}
		tokens = append(tokens, text[at:at+length])
		at += length
	}
	return tokens, nil
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isOperatorPair(text string) bool {
	switch text {
	case "==", "!=", "<=", ">=", "&&", "||":
		return true
	}
	return false
}

// precedence lists the operators of two operands, from those that bind least.
func precedence() [][]string {
	return [][]string{
		{"||", "OR"}, {"&&", "AND"}, {"==", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/"}, {"^"},
	}
}

func (p *parser) peek() string {
	if p.at >= len(p.tokens) {
		return ""
	}
	return p.tokens[p.at]
}

func (p *parser) take(token string) bool {
	if p.peek() != token {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(token string) error {
	if p.take(token) {
		return nil
	}
	if p.peek() == "" {
		return fmt.Errorf("%q is missing at the end", token)
	}
	return fmt.Errorf("%q stands where %q is expected", p.peek(), token)
}

// binary reads operators of a precedence, from left to right.
func (p *parser) binary(level int) (node, error) {
	levels := precedence()
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		at := slices.IndexFunc(levels[level], p.take)
		if at < 0 {
			return left, nil
		}
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		left = operation2{operator: levels[level][at], left: left, right: right}
	}
}

func (p *parser) unary() (node, error) {
	if p.take("-") {
		of, err := p.unary()
		return operation2{operator: "-", left: constant(0), right: of}, err
	}
	switch token := p.peek(); {
	case token == "":
		return nil, fmt.Errorf("it ends too early")
	case p.take("("):
		inner, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	case p.take("["):
		items, err := p.list("]")
		return items, err
	case token[0] == '"':
		p.at++
		return text(token[1:]), nil
	case token[0] >= '0' && token[0] <= '9':
		p.at++
		number, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", token)
		}
		return constant(number), nil
	case isWordByte(token[0]):
		p.at++
		return p.name(token)
	default:
		return nil, fmt.Errorf("%q is not expected", token)
	}
}

// name reads what begins with a name: a metric or a function.
func (p *parser) name(name string) (node, error) {
	if !p.take("(") {
		switch name {
		case "REPEAT", "LINEAR":
			return text(name), nil
		}
		if name[0] < 'a' || name[0] > 'z' {
			return nil, fmt.Errorf("%q is the id of no metric", name)
		}
		return reference(name), nil
	}
	do, ok := functions()[name]
	if !ok {
		return nil, fmt.Errorf("the function %s is not supported here", name)
	}
	arguments, err := p.list(")")
	if err != nil {
		return nil, err
	}
	if len(arguments) < do.least || len(arguments) > do.most {
		return nil, fmt.Errorf("the function %s takes %d to %d arguments, not %d", name, do.least,
			do.most, len(arguments))
	}
	return function{name: name, arguments: arguments, do: do.do}, nil
}

func (p *parser) list(end string) (array, error) {
	var items array
	if p.take(end) {
		return items, nil
	}
	for {
		item, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if !p.take(",") {
			return items, p.expect(end)
		}
	}
}

// references returns the ids of the metrics that an expression names. METRICS names all that are
// metrics, which is true.
func references(of node) (ids []string, all bool) {
	switch of := of.(type) {
	case reference:
		return []string{string(of)}, false
	case operation2:
		ids, all = references(of.left)
		more, also := references(of.right)
		return append(ids, more...), all || also
	case array:
		for _, item := range of {
			more, also := references(item)
			ids, all = append(ids, more...), all || also
		}
	case function:
		ids, all = references(of.arguments)
		all = all || of.name == "METRICS"
	}
	return ids, all
}
