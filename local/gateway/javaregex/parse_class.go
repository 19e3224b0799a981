package javaregex

import "strings"

// classReader is a class in the making.
type classReader struct {
	chars   set
	any     bool // there is something in it, so that ] ends it
	negated bool
}

func (r *classReader) add(chars set) { r.chars, r.any = r.chars.union(chars), true }

func (r *classReader) result() set { return r.chars.negateIf(r.negated) }

// class reads a class whose [ is next. Without consume it reads an operand of &&, of which the
// character before is next, and leaves the ].
func (p *parser) class(consume bool) (set, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("more than %d classes stand in each other", maxDepth)
	}
	defer func() { p.depth-- }()
	r := &classReader{}
	c := p.next()
	if c == '^' && p.char(p.at-1) == '[' {
		r.negated = true
		c = p.next()
	}
	for ; ; c = p.peek() {
		switch {
		case c == '[':
			inner, err := p.class(true)
			if err != nil {
				return nil, err
			}
			r.add(inner)
		case c == '&' && p.char(p.at+1) == '&':
			if err := p.intersection(r); err != nil {
				return nil, err
			}
		case c == eof:
			return nil, p.fail("Unclosed character class")
		case c == ']' && r.any:
			if consume {
				p.at++
			}
			return r.result(), nil
		default:
			chars, err := p.classRange()
			if err != nil {
				return nil, err
			}
			r.add(chars)
		}
	}
}

// intersection reads what follows &&.
func (p *parser) intersection(r *classReader) error {
	p.at++
	right := &classReader{}
	for c := p.next(); c != ']' && c != '&'; c = p.peek() {
		if c == eof {
			return p.fail("Unclosed character class")
		}
		consume := c == '['
		if !consume {
			p.at--
		}
		operand, err := p.class(consume)
		if err != nil {
			return err
		}
		right.add(operand)
	}
	switch {
	case !r.any && !right.any:
		return p.fail("Bad class syntax")
	case !r.any:
		r.add(right.chars)
	case right.any:
		r.chars = r.chars.intersect(right.chars)
	}
	return nil
}

// classRange reads a character, a range, or an escape of a whole set.
func (p *parser) classRange() (set, error) {
	c := p.peek()
	if c == '\\' {
		letter := p.char(p.at + 1)
		p.at += 2
		if !(letter == 'v' && p.char(p.at) == '-') { // where a range begins, \v is one character
			if chars, ok, err := p.predefined(letter); ok || err != nil {
				return chars, err
			}
		}
		var err error
		if c, err = p.classEscape(letter); err != nil {
			return nil, err
		}
	} else {
		p.at++
	}
	if p.peek() != '-' {
		return p.cased(single(c)), nil
	}
	after := p.char(p.at + 1)
	if after == '[' || after == ']' {
		return p.cased(single(c)), nil
	}
	high := p.next()
	p.at++
	if high == '\\' {
		var err error
		p.at++
		if strings.ContainsRune("dDwWsShHVpP", p.char(p.at-1)) {
			return nil, p.fail("Illegal character range")
		}
		if high, err = p.classEscape(p.char(p.at - 1)); err != nil {
			return nil, err
		}
	}
	if high < c {
		return nil, p.fail("Illegal character range")
	}
	return p.cased(set{{c, high}}), nil
}

func (p *parser) classEscape(letter rune) (rune, error) {
	if letter == 'v' {
		return '\v', nil
	}
	return p.charEscape(letter)
}
