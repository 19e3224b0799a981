package logs

import (
	"regexp"
	"strings"
	"unicode"
)

// pattern is a filter pattern, compiled.
type pattern struct {
	all, any, none []term // of an unstructured pattern
	fields         *field // of a JSON pattern; nil for the others
}

// term is what a text may have in it.
type term struct {
	text  string
	regex *regexp.Regexp // in the place of text
}

func (t *term) isIn(text string) bool {
	if t.regex != nil {
		return t.regex.MatchString(text)
	}
	return strings.Contains(text, t.text)
}

// matches says whether a pattern takes an event: all of one without terms.
func (p *pattern) matches(message string) bool {
	if p.fields != nil {
		document, ok := parseMessage(message)
		return ok && p.fields.holds(document)
	}
	for i := range p.none {
		if p.none[i].isIn(message) {
			return false
		}
	}
	for i := range p.all {
		if !p.all[i].isIn(message) {
			return false
		}
	}
	if len(p.any) == 0 || len(p.all)+len(p.none) > 0 { // question marks among other terms are ignored
		return true
	}
	for i := range p.any {
		if p.any[i].isIn(message) {
			return true
		}
	}
	return false
}

func badPattern(why string) error { return invalid("Invalid filter pattern: " + why) }

// parsePattern compiles a filter pattern.
func parsePattern(text string) (*pattern, error) {
	trimmed := strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(trimmed, "{"):
		fields, err := parseFields(trimmed)
		if err != nil {
			return nil, err
		}
		return &pattern{fields: fields}, nil
	case strings.HasPrefix(trimmed, "["):
		return nil, badPattern("patterns of space-delimited events are not evaluated here")
	}
	p := &pattern{}
	for rest := trimmed; rest != ""; rest = strings.TrimLeftFunc(rest, unicode.IsSpace) {
		into := &p.all
		switch rest[0] {
		case '?':
			into, rest = &p.any, rest[1:]
		case '-':
			into, rest = &p.none, rest[1:]
		}
		found, after, err := parseTerm(rest)
		if err != nil {
			return nil, err
		}
		if rest = after; found.text != "" || found.regex != nil {
			*into = append(*into, found)
		}
	}
	return p, nil
}

// parseTerm reads a term at the beginning of a text.
func parseTerm(text string) (t term, rest string, err error) {
	switch {
	case strings.HasPrefix(text, `"`):
		quoted, rest, ok := unquote(text)
		if !ok {
			return t, "", badPattern("a quotation is not closed")
		}
		return term{text: quoted}, rest, nil
	case strings.HasPrefix(text, "%"):
		inner, rest, ok := strings.Cut(text[1:], "%")
		if !ok {
			return t, "", badPattern("a regular expression is not closed")
		}
		regex, err := regexp.Compile(inner)
		if err != nil {
			return t, "", badPattern("the regular expression %" + inner + "% cannot be read")
		}
		return term{regex: regex}, rest, nil
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	word := text[:end]
	if word == "" || strings.ContainsFunc(word, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		return t, "", invalid("Invalid character(s) in term '" + word + "'")
	}
	return term{text: word}, text[end:], nil
}

// unquote reads a quoted text; a backslash keeps what follows it.
func unquote(text string) (quoted, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == '"':
			return b.String(), text[i+1:], true
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}
