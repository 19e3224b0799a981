package javaregex

import (
	"fmt"
	"math"
	"strings"
)

// SyntaxError says why a text is no regular expression, in Java's words where Java has them.
type SyntaxError struct {
	Expression  string
	Index       int // near which the fault is, in code points from 0
	Description string
}

// Error returns the description with its place and the expression.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s near index %d of %q", e.Description, e.Index, e.Expression)
}

type flags struct{ fold, multi, dotAll, unixLines, unicodeFold, comments, unicodeClasses bool }

const (
	maxDepth = 200     // of groups and classes in each other
	maxSize  = 1 << 16 // of an expression, in code points
	eof      = rune(-1)
)

// parser reads an expression as java.util.regex.Pattern does.
type parser struct {
	expression string
	text       []rune // without \Q…\E
	at         int
	flags      flags
	groups     int
	names      map[string]int
	depth      int
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{
		Expression: p.expression, Index: max(p.at-1, 0), Description: fmt.Sprintf(format, args...),
	}
}

// char returns the character at a place.
func (p *parser) char(at int) rune {
	if at >= len(p.text) {
		return eof
	}
	return p.text[at]
}

// peek returns the next character; with the flag x, blanks and comments before it are passed.
func (p *parser) peek() rune {
	for p.flags.comments {
		for isBlank(p.char(p.at)) {
			p.at++
		}
		if p.char(p.at) != '#' {
			break
		}
		for c := p.char(p.at); c != eof && !p.endsLine(c); c = p.char(p.at) {
			p.at++
		}
	}
	return p.char(p.at)
}

// next passes a character and returns the one after it.
func (p *parser) next() rune {
	p.at++
	return p.peek()
}

// read returns the next character and passes it.
func (p *parser) read() rune {
	c := p.peek()
	p.at++
	return c
}

func isBlank(c rune) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func (p *parser) endsLine(c rune) bool {
	if p.flags.unixLines {
		return c == '\n'
	}
	return c > 0 && strings.ContainsRune("\n\r\u0085\u2028\u2029", c)
}

// unquoted replaces \Q…\E by its characters, with a backslash where they could mean more.
func unquoted(expression string) []rune {
	var out []rune
	for expression != "" {
		before, after, quoted := cutEscape(expression, 'Q')
		out = append(out, []rune(before)...)
		if !quoted {
			return out
		}
		literal, rest, _ := strings.Cut(after, `\E`)
		for i, c := range []rune(literal) {
			switch {
			case c >= '0' && c <= '9' && i == 0:
				out = append(out, '\\', 'x', '3', c) // not a part of an escape before
				continue
			case c < 0x80 && !isAlnum(c):
				out = append(out, '\\')
			}
			out = append(out, c)
		}
		expression = rest
	}
	return out
}

// cutEscape cuts around the first escape of a letter.
func cutEscape(text string, letter byte) (before, after string, found bool) {
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if text[i+1] == letter {
			return text[:i], text[i+2:], true
		}
		i++
	}
	return text, "", false
}

func isDigit(c rune) bool { return c >= '0' && c <= '9' }
func isAlpha(c rune) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlnum(c rune) bool { return isDigit(c) || isAlpha(c) }

// parse reads the whole expression.
func (p *parser) parse() (*node, error) {
	p.text = unquoted(p.expression)
	if len(p.text) > maxSize {
		return nil, p.fail("the expression has more than %d characters", maxSize)
	}
	n, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		p.at++
		return nil, p.fail("Unmatched closing ')'")
	}
	return n, nil
}

func (p *parser) alternatives() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("more than %d groups stand in each other", maxDepth)
	}
	defer func() { p.depth-- }()
	var choices []*node
	for {
		n, err := p.sequence()
		if err != nil {
			return nil, err
		}
		choices = append(choices, n)
		if p.peek() != '|' {
			break
		}
		p.at++
	}
	if len(choices) == 1 {
		return choices[0], nil
	}
	return &node{kind: alternate, subs: choices}, nil
}

func (p *parser) sequence() (*node, error) {
	sequence := &node{kind: concat}
	for {
		switch p.peek() {
		case eof, '|', ')':
			return sequence, nil
		}
		n, err := p.item()
		if err != nil {
			return nil, err
		}
		if n != nil {
			sequence.subs = append(sequence.subs, n)
		}
	}
}

// item reads an atom with its quantifier; nil for flags alone.
func (p *parser) item() (n *node, err error) {
	switch c := p.peek(); c {
	case '?', '*', '+':
		p.at++
		return nil, p.fail("Dangling meta character '%c'", c)
	case '{': // Java repeats the empty text
		n = &node{kind: empty}
	case '(':
		n, err = p.parseGroup()
	default:
		n, err = p.atom(c)
	}
	if n == nil || err != nil {
		return nil, err
	}
	return p.quantified(n)
}

func (p *parser) atom(c rune) (*node, error) {
	switch c {
	case '[':
		chars, err := p.class(true)
		return &node{kind: oneOf, set: chars}, err
	case '\\':
		return p.escape()
	}
	p.at++
	switch c {
	case '^':
		if p.flags.multi {
			return &node{kind: lineBegin, unix: p.flags.unixLines}, nil
		}
		return &node{kind: begin}, nil
	case '$':
		return &node{kind: lineEnd, multi: p.flags.multi, unix: p.flags.unixLines}, nil
	case '.':
		return &node{kind: oneOf, set: p.anyChar()}, nil
	}
	return p.literal(c), nil
}

func (p *parser) literal(c rune) *node {
	return &node{kind: oneOf, set: p.cased(single(c))}
}

// cased adds what a set matches besides when case is ignored.
func (p *parser) cased(s set) set {
	if !p.flags.fold {
		return s
	}
	return s.folded(p.flags.unicodeFold)
}

func (p *parser) anyChar() set {
	switch {
	case p.flags.dotAll:
		return set{{0, maxRune}}
	case p.flags.unixLines:
		return single('\n').negate()
	}
	return terminators.negate()
}

// quantified reads the quantifier after an atom, if there is one.
func (p *parser) quantified(n *node) (*node, error) {
	q := &node{kind: repeat, subs: []*node{n}, max: unbounded}
	switch p.peek() {
	case '?':
		q.max = 1
	case '*':
	case '+':
		q.min = 1
	case '{':
		if err := p.counts(q); err != nil {
			return nil, err
		}
		p.at-- // to the brace
	default:
		return n, nil
	}
	switch p.next() {
	case '?':
		q.mode = lazy
		p.at++
	case '+':
		q.mode = possessive
		p.at++
	}
	return q, nil
}

// counts reads {n}, {n,} or {n,m}.
func (p *parser) counts(q *node) (err error) {
	if !isDigit(p.char(p.at + 1)) {
		return p.fail("Illegal repetition")
	}
	p.at++
	if q.min, err = p.number(); err != nil {
		return err
	}
	q.max = q.min
	if p.peek() == ',' {
		q.max = unbounded
		if p.next() != '}' {
			if q.max, err = p.number(); err != nil {
				return err
			}
		}
	}
	if p.read() != '}' {
		return p.fail("Unclosed counted closure")
	}
	if q.max != unbounded && q.max < q.min {
		return p.fail("Illegal repetition range")
	}
	return nil
}

func (p *parser) number() (int, error) {
	n := 0
	for isDigit(p.peek()) {
		if n = n*10 + int(p.read()-'0'); n > math.MaxInt32 {
			return 0, p.fail("Illegal repetition range")
		}
	}
	return n, nil
}
