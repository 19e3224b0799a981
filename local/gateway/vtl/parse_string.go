package vtl

import (
	"strconv"
	"strings"
)

// stringLiteral reads '…' or "…"; what stands between double quotes is a template.
func (p *parser) stringLiteral(quote byte) (expr, error) {
	start := p.at + 1
	end := stringEnd(p.text, start, quote)
	if end < 0 {
		return nil, p.fault(p.at, "the string that begins here does not end")
	}
	p.at = end + 1
	raw := p.text[start:end]
	text := raw
	if quote == '"' {
		var ok bool
		if text, ok = unescapeUnicode(text); !ok {
			return nil, p.fault(start, `\u needs four hexadecimal digits`)
		}
	}
	if q := string(quote); strings.Contains(text, q+q) {
		text = strings.ReplaceAll(text, q+q, q)
	}
	if quote == '\'' || !strings.ContainsAny(text, "$#") {
		return constant{text}, nil
	}
	return p.interpolated(text, start)
}

// interpolated compiles the inside of a string. Velocity adds a blank and takes it away again, so
// that "5 $" is no error; a line comment needs none.
func (p *parser) interpolated(text string, start int) (expr, error) {
	comment := strings.Contains(text, "##")
	if !comment {
		text += " "
	}
	if err := p.deeper(p.base + start); err != nil {
		return nil, err
	}
	defer p.shallower()
	inner := &parser{compiler: p.compiler, text: text, base: p.base + start}
	root, err := inner.template()
	if err != nil {
		return nil, err
	}
	return &interpolation{body: root, blank: !comment}, nil
}

// stringEnd returns where the string ends that began before start. Doubled quotes belong to the
// string if it ends after them; else it ended at the first of them.
func stringEnd(text string, start int, quote byte) int {
	fallback := -1
	for at := start; ; at++ {
		next := strings.IndexByte(text[at:], quote)
		if next < 0 {
			return fallback
		}
		at += next
		if at+1 >= len(text) || text[at+1] != quote {
			return at
		}
		if fallback < 0 {
			fallback = at
		}
		at++
	}
}

func unescapeUnicode(text string) (string, bool) {
	at := strings.Index(text, `\u`)
	if at < 0 {
		return text, true
	}
	var out strings.Builder
	for at >= 0 {
		if at+6 > len(text) {
			return "", false
		}
		code, err := strconv.ParseUint(text[at+2:at+6], 16, 16)
		if err != nil {
			return "", false
		}
		out.WriteString(text[:at])
		out.WriteRune(rune(code))
		text = text[at+6:]
		at = strings.Index(text, `\u`)
	}
	return out.String() + text, true
}
