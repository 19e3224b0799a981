package javaregex

import "strings"

// parseGroup reads what stands in parentheses; nil when it only sets flags.
func (p *parser) parseGroup() (*node, error) {
	before := p.flags
	if p.next() != '?' {
		p.groups++
		return p.closed(&node{kind: capture, group: p.groups}, before)
	}
	kind := p.char(p.at + 1)
	p.at += 2
	switch kind {
	case ':':
		return p.closed(&node{kind: concat}, before)
	case '=', '!':
		return p.closed(&node{kind: look, negated: kind == '!'}, before)
	case '>':
		return p.closed(&node{kind: atomic}, before)
	case '<':
		return p.afterLess(before)
	case '$', '@':
		return nil, p.fail("Unknown group type")
	}
	p.at--
	if err := p.setFlags(); err != nil {
		return nil, err
	}
	switch p.read() {
	case ')':
		return nil, nil
	case ':':
		return p.closed(&node{kind: concat}, before)
	}
	return nil, p.fail("Unknown inline modifier")
}

// closed reads the inside of a group and its end, where the flags are again what they were before.
func (p *parser) closed(group *node, before flags) (*node, error) {
	inside, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.read() != ')' {
		return nil, p.fail("Unclosed group")
	}
	p.flags = before
	group.subs = []*node{inside}
	return group, nil
}

// afterLess reads a named group, or a look behind.
func (p *parser) afterLess(before flags) (*node, error) {
	c := p.read()
	if c != '=' && c != '!' {
		name, err := p.groupName(c)
		if err != nil {
			return nil, err
		}
		if p.names[name] != 0 {
			return nil, p.fail("Named capturing group <%s> is already defined", name)
		}
		p.groups++
		p.names[name] = p.groups
		return p.closed(&node{kind: capture, group: p.groups}, before)
	}
	n, err := p.closed(&node{kind: look, behind: true, negated: c == '!'}, before)
	if err != nil {
		return nil, err
	}
	if _, bounded := n.subs[0].longest(); !bounded {
		return nil, p.fail("Look-behind group does not have an obvious maximum length")
	}
	return n, nil
}

// groupName reads a name up to the > behind it.
func (p *parser) groupName(c rune) (string, error) {
	if !isAlpha(c) {
		return "", p.fail("capturing group name does not start with a Latin letter")
	}
	var name strings.Builder
	for ; isAlnum(c); c = p.read() {
		name.WriteRune(c)
	}
	if c != '>' {
		return "", p.fail("named capturing group is missing trailing '>'")
	}
	return name.String(), nil
}

func (p *parser) setFlags() error {
	on := true
	for ; ; p.at++ {
		switch p.peek() {
		case 'i':
			p.flags.fold = on
		case 'm':
			p.flags.multi = on
		case 's':
			p.flags.dotAll = on
		case 'd':
			p.flags.unixLines = on
		case 'u':
			p.flags.unicodeFold = on
		case 'x':
			p.flags.comments = on
		case 'U':
			p.flags.unicodeClasses, p.flags.unicodeFold = on, on
		case 'c':
			return p.fail("canonical equivalence is not served")
		case '-':
			if !on {
				return nil
			}
			on = false
		default:
			return nil
		}
	}
}
