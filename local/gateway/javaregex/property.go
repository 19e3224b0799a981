package javaregex

import (
	"strings"
	"unicode"
)

var (
	terminators = charsOf("\n\r\u0085\u2028\u2029")
	horizontal  = charsOf(" \t\u00a0\u1680\u180e\u202f\u205f\u3000").union(set{{0x2000, 0x200a}})
	vertical    = charsOf("\n\v\f\r\u0085\u2028\u2029")
	asciiDigit  = set{{'0', '9'}}
	asciiLetter = set{{'A', 'Z'}, {'a', 'z'}}
	asciiPunct  = set{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}
	asciiSpace  = set{{'\t', '\r'}, {' ', ' '}}
	hexDigit    = set{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}
)

// posix are the classes of \p{…} that are ASCII's.
var posix = map[string]set{
	"ASCII": {{0, 0x7F}}, "Alpha": asciiLetter, "Digit": asciiDigit, "Punct": asciiPunct,
	"Alnum": {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}, "Lower": {{'a', 'z'}}, "Upper": {{'A', 'Z'}},
	"Graph": {{'!', '~'}}, "Print": {{' ', '~'}}, "Blank": {{'\t', '\t'}, {' ', ' '}},
	"Cntrl": {{0, 0x1F}, {0x7F, 0x7F}}, "XDigit": hexDigit, "Space": asciiSpace,
	"all": {{0, maxRune}}, "L1": {{0, 0xFF}},
}

// blocks are the most used of Unicode's, by their names without blanks, dashes and underscores.
var blocks = map[string]set{
	"BASICLATIN": {{0, 0x7F}}, "LATIN1SUPPLEMENT": {{0x80, 0xFF}}, "GREEK": {{0x370, 0x3FF}},
	"LATINEXTENDEDA": {{0x100, 0x17F}}, "LATINEXTENDEDB": {{0x180, 0x24F}},
	"CYRILLIC": {{0x400, 0x4FF}}, "HEBREW": {{0x590, 0x5FF}}, "ARABIC": {{0x600, 0x6FF}},
	"HIRAGANA": {{0x3040, 0x309F}}, "KATAKANA": {{0x30A0, 0x30FF}},
	"CJKUNIFIEDIDEOGRAPHS": {{0x4E00, 0x9FFF}}, "GENERALPUNCTUATION": {{0x2000, 0x206F}},
}

func digits(all bool) set {
	if all {
		return fromTables(unicode.Nd)
	}
	return asciiDigit
}

func spaces(all bool) set {
	if all {
		return fromTables(unicode.White_Space)
	}
	return asciiSpace
}

func words(all bool) set {
	if all {
		return alphabetic().union(fromTables(unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control))
	}
	return set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
}

func alphabetic() set { return fromTables(unicode.L, unicode.Nl, unicode.Other_Alphabetic) }

func assigned() set {
	return fromTables(unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.Cc,
		unicode.Cf, unicode.Co, unicode.Cs)
}

// property reads the name after \p or \P.
func (p *parser) property() (set, error) {
	name := ""
	if c := p.peek(); c != '{' {
		if c == eof {
			return nil, p.fail("Unknown character property name {}")
		}
		p.at++
		name = string(c)
	} else {
		from := p.at + 1
		for p.at < len(p.text) && p.text[p.at] != '}' {
			p.at++
		}
		if p.at++; p.at > len(p.text) {
			return nil, p.fail("Unclosed character family")
		}
		if name = string(p.text[from : p.at-1]); name == "" {
			return nil, p.fail("Empty character family")
		}
	}
	chars, ok := p.named(name)
	if !ok {
		return nil, p.fail("Unknown character property name {%s}", name)
	}
	return chars, nil
}

func (p *parser) named(name string) (set, bool) {
	if kind, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(kind) {
		case "sc", "script":
			return script(value)
		case "blk", "block":
			return block(value)
		case "gc", "general_category":
			return p.category(value)
		}
		return nil, false
	}
	if value, ok := strings.CutPrefix(name, "In"); ok {
		return block(value)
	}
	if value, ok := strings.CutPrefix(name, "Is"); ok {
		if chars, known := p.unicodeProperty(value); known {
			return chars, true
		}
		if chars, known := p.category(value); known {
			return chars, true
		}
		return script(value)
	}
	if p.flags.unicodeClasses {
		if _, known := posix[name]; known && name != "all" && name != "L1" && name != "ASCII" {
			return p.unicodeProperty(posixNames[name])
		}
	}
	if value, ok := strings.CutPrefix(name, "java"); ok {
		return p.javaProperty(value)
	}
	return p.category(name)
}

// posixNames are Unicode's properties for the POSIX names under the flag U.
var posixNames = map[string]string{
	"Alpha": "alphabetic", "Lower": "lowercase", "Upper": "uppercase", "Space": "white_space",
	"Punct": "punctuation", "XDigit": "hex_digit", "Alnum": "alnum", "Cntrl": "control",
	"Digit": "digit", "Blank": "blank", "Graph": "graph", "Print": "print",
}

// category is a general category or one of ASCII's classes. Where case is ignored, a case is any.
func (p *parser) category(name string) (set, bool) {
	if p.flags.fold {
		switch name {
		case "Lower", "Upper":
			name = "Alpha"
		case "Lu", "Ll", "Lt":
			name = "LC"
		}
	}
	if chars, ok := posix[name]; ok {
		return chars, true
	}
	switch name {
	case "LC":
		return fromTables(unicode.Lu, unicode.Ll, unicode.Lt), true
	case "LD":
		return fromTables(unicode.L, unicode.Nd), true
	case "Cn":
		return assigned().negate(), true
	case "C":
		return fromTables(unicode.C).union(assigned().negate()), true
	}
	table, ok := unicode.Categories[name]
	if !ok || len(name) > 2 {
		return nil, false
	}
	return fromTables(table), true
}

func script(name string) (set, bool) {
	for known, table := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return fromTables(table), true
		}
	}
	return nil, false
}

func block(name string) (set, bool) {
	chars, ok := blocks[strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToUpper(name))]
	return chars, ok
}

// unicodeProperty is a property that \p{Is…} knows besides categories and scripts.
func (p *parser) unicodeProperty(name string) (set, bool) {
	name = strings.ToLower(name)
	if p.flags.fold && (name == "lowercase" || name == "uppercase" || name == "titlecase") {
		return p.category("LC")
	}
	switch name {
	case "alphabetic":
		return alphabetic(), true
	case "letter":
		return fromTables(unicode.L), true
	case "ideographic":
		return fromTables(unicode.Ideographic), true
	case "lowercase":
		return fromTables(unicode.Ll, unicode.Other_Lowercase), true
	case "uppercase":
		return fromTables(unicode.Lu, unicode.Other_Uppercase), true
	case "titlecase":
		return fromTables(unicode.Lt), true
	case "white_space", "whitespace":
		return spaces(true), true
	case "control":
		return fromTables(unicode.Cc), true
	case "punctuation":
		return fromTables(unicode.P), true
	case "hex_digit", "hexdigit":
		return fromTables(unicode.Nd).union(fromTables(unicode.Hex_Digit)), true
	case "assigned":
		return assigned(), true
	case "digit":
		return digits(true), true
	case "alnum":
		return alphabetic().union(digits(true)), true
	case "blank":
		return fromTables(unicode.Zs).union(single('\t')), true
	case "graph":
		return graph(), true
	case "print":
		return graph().union(fromTables(unicode.Zs)).without(fromTables(unicode.Cc)), true
	case "word":
		return words(true), true
	case "join_control", "joincontrol":
		return fromTables(unicode.Join_Control), true
	case "noncharacter_code_point", "noncharactercodepoint":
		return fromTables(unicode.Noncharacter_Code_Point), true
	}
	return nil, false
}

func graph() set { return assigned().without(fromTables(unicode.Z, unicode.Cc, unicode.Cs)) }

// javaProperty is \p{java…}: what a method of Character says.
func (p *parser) javaProperty(name string) (set, bool) {
	switch name {
	case "LowerCase":
		return p.unicodeProperty("lowercase")
	case "UpperCase":
		return p.unicodeProperty("uppercase")
	case "TitleCase":
		return p.unicodeProperty("titlecase")
	case "Alphabetic":
		return alphabetic(), true
	case "Ideographic":
		return p.unicodeProperty("ideographic")
	case "Digit":
		return digits(true), true
	case "Defined":
		return assigned(), true
	case "Letter":
		return fromTables(unicode.L), true
	case "LetterOrDigit":
		return fromTables(unicode.L, unicode.Nd), true
	case "SpaceChar":
		return fromTables(unicode.Z), true
	case "Whitespace":
		return fromTables(unicode.Z).without(charsOf("\u00a0\u2007\u202f")).
			union(set{{'\t', '\r'}, {0x1C, 0x1F}}), true
	case "ISOControl":
		return set{{0, 0x1F}, {0x7F, 0x9F}}, true
	case "JavaIdentifierStart":
		return fromTables(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc), true
	case "JavaIdentifierPart":
		return fromTables(unicode.L, unicode.Nl, unicode.Sc, unicode.Pc, unicode.Nd, unicode.Mc,
			unicode.Mn, unicode.Cf).union(set{{0, 8}, {0xE, 0x1B}, {0x7F, 0x9F}}), true
	}
	return nil, false
}
