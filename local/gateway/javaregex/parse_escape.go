package javaregex

import (
	"strconv"
	"unicode"
)

// escape reads what a backslash begins, outside of classes.
func (p *parser) escape() (*node, error) {
	c := p.char(p.at + 1)
	p.at += 2
	if chars, ok, err := p.predefined(c); ok || err != nil {
		return &node{kind: oneOf, set: chars}, err
	}
	switch c {
	case 'b', 'B':
		if c == 'b' && p.char(p.at) == '{' {
			return nil, p.fail("grapheme boundaries are not served")
		}
		return &node{kind: boundary, negated: c == 'B', unicode: p.flags.unicodeClasses}, nil
	case 'A':
		return &node{kind: begin}, nil
	case 'z':
		return &node{kind: end}, nil
	case 'Z':
		return &node{kind: lineEnd, unix: p.flags.unixLines}, nil
	case 'G':
		return &node{kind: lastMatch}, nil
	case 'R':
		return &node{kind: newline}, nil
	case 'X':
		return &node{kind: grapheme}, nil
	case 'k':
		return p.namedReference()
	}
	if c >= '1' && c <= '9' {
		return p.reference(int(c - '0')), nil
	}
	char, err := p.charEscape(c)
	if err != nil {
		return nil, err
	}
	return p.literal(char), nil
}

// reference reads the rest of a group's number: as many digits as there are groups for.
func (p *parser) reference(group int) *node {
	for isDigit(p.char(p.at)) {
		longer := group*10 + int(p.char(p.at)-'0')
		if longer > p.groups {
			break
		}
		group = longer
		p.at++
	}
	return &node{kind: backReference, group: group, fold: p.flags.fold}
}

func (p *parser) namedReference() (*node, error) {
	if p.read() != '<' {
		return nil, p.fail(`\k is not followed by '<' for named capturing group`)
	}
	name, err := p.groupName(p.read())
	if err != nil {
		return nil, err
	}
	if p.names[name] == 0 {
		return nil, p.fail("named capturing group <%s> does not exist", name)
	}
	return &node{kind: backReference, group: p.names[name], fold: p.flags.fold}, nil
}

// plainEscapes are the letters that stand for one character.
var plainEscapes = map[rune]rune{
	'a': 0x07, 'e': 0x1B, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// charEscape reads the escape of one character, of which c is passed.
func (p *parser) charEscape(c rune) (rune, error) {
	if char, ok := plainEscapes[c]; ok {
		return char, nil
	}
	switch c {
	case eof:
		return 0, p.fail("Unescaped trailing backslash")
	case '0':
		return p.octal()
	case 'x':
		return p.hexadecimal()
	case 'u':
		return p.unicodeEscape()
	case 'c':
		if p.at >= len(p.text) {
			return 0, p.fail("Illegal control escape sequence")
		}
		return p.read() ^ 64, nil
	case 'N':
		return 0, p.fail("names of characters are not served")
	}
	if isAlnum(c) {
		return 0, p.fail("Illegal/unsupported escape sequence")
	}
	return c, nil
}

// octal reads up to three digits, of which three begin with 0 to 3.
func (p *parser) octal() (rune, error) {
	value, size := rune(0), 0
	for size < 3 {
		c := p.char(p.at)
		if c < '0' || c > '7' || size == 2 && value > 0o37 {
			break
		}
		value = value*8 + c - '0'
		p.at++
		size++
	}
	if size == 0 {
		return 0, p.fail("Illegal octal escape sequence")
	}
	return value, nil
}

func (p *parser) hexadecimal() (rune, error) {
	const illegal = "Illegal hexadecimal escape sequence"
	if value, ok := p.hexDigits(2); ok {
		return value, nil
	}
	if p.char(p.at) != '{' {
		p.at++
		return 0, p.fail(illegal)
	}
	p.at++
	from := p.at
	for p.at < len(p.text) && unicode.Is(unicode.ASCII_Hex_Digit, p.text[p.at]) {
		p.at++
	}
	value, err := strconv.ParseUint(string(p.text[from:p.at]), 16, 32)
	if err != nil {
		return 0, p.fail(illegal)
	}
	if value > maxRune {
		return 0, p.fail("Hexadecimal codepoint is too big")
	}
	if p.read() != '}' {
		return 0, p.fail("Unclosed hexadecimal escape sequence")
	}
	return rune(value), nil
}

// hexDigits reads exactly size digits, or nothing.
func (p *parser) hexDigits(size int) (rune, bool) {
	if p.at+size > len(p.text) {
		return 0, false
	}
	value, err := strconv.ParseUint(string(p.text[p.at:p.at+size]), 16, 32)
	if err != nil {
		return 0, false
	}
	p.at += size
	return rune(value), true
}

// unicodeEscape reads four digits, and a second escape where both are one character.
func (p *parser) unicodeEscape() (rune, error) {
	value, ok := p.hexDigits(4)
	if !ok {
		p.at++
		return 0, p.fail("Illegal Unicode escape sequence")
	}
	if value < 0xD800 || value > 0xDBFF || p.char(p.at) != '\\' || p.char(p.at+1) != 'u' {
		return value, nil
	}
	after := p.at
	p.at += 2
	low, ok := p.hexDigits(4)
	if !ok || low < 0xDC00 || low > 0xDFFF {
		p.at = after
		return value, nil
	}
	return (value-0xD800)<<10 + (low - 0xDC00) + 0x10000, nil
}

// predefined reads the escapes of whole sets, of which c is passed.
func (p *parser) predefined(c rune) (chars set, ok bool, err error) {
	all := p.flags.unicodeClasses
	switch c {
	case 'd', 'D':
		chars = digits(all)
	case 'w', 'W':
		chars = words(all)
	case 's', 'S':
		chars = spaces(all)
	case 'h', 'H':
		chars = horizontal
	case 'v', 'V':
		chars = vertical
	case 'p', 'P':
		chars, err = p.property()
	default:
		return nil, false, nil
	}
	return chars.negateIf(c < 'a'), true, err
}
