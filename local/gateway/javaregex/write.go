package javaregex

import (
	"strconv"
	"strings"
)

// dialect is the language an expression is written in for the matcher that runs it.
type dialect uint8

const (
	linear       dialect = iota // Go's
	linearPlain                 // Go's, for plain texts only: some ASCII, no ends of lines
	backtracking                // regexp2's
)

// maxWritten bounds an expression with all of its sets spelled out, in bytes.
const maxWritten = 1 << 20

// writer writes a tree in a dialect.
type writer struct {
	strings.Builder
	dialect dialect
	full    bool // the match must take the whole text
	failed  bool // the dialect cannot say it
}

// write returns the expression in a dialect; ok is false when the dialect cannot say it.
func write(n *node, d dialect, full bool) (expression string, ok bool) {
	w := &writer{dialect: d, full: full}
	if full {
		w.WriteString(`\A(?:`)
	}
	w.node(n, full)
	if full {
		w.WriteString(`)\z`)
	}
	return w.String(), !w.failed && w.Len() <= maxWritten
}

// node writes n; last says that nothing follows it in the expression.
func (w *writer) node(n *node, last bool) {
	if w.failed || w.Len() > maxWritten {
		return
	}
	switch n.kind {
	case oneOf:
		w.set(n.set)
	case concat:
		for i, sub := range n.subs {
			if isLast := i == len(n.subs)-1; sub.kind == alternate || sub.kind == concat {
				w.wrapped("(?:", sub, last && isLast)
			} else {
				w.node(sub, last && isLast)
			}
		}
	case alternate:
		for i, sub := range n.subs {
			if i > 0 {
				w.WriteByte('|')
			}
			w.node(sub, last)
		}
	case capture:
		w.wrapped("(", n.subs[0], last)
	case repeat:
		w.repeat(n)
	case begin:
		w.WriteString(`\A`)
	case end:
		w.WriteString(`\z`)
	case lineBegin, lineEnd:
		w.line(n, last)
	case boundary:
		w.boundary(n)
	case newline:
		w.WriteString("(?:\r\n|[\n-\r\u0085\u2028\u2029])")
	case never:
		w.set(nil)
	case atomic, look, backReference, lastMatch, grapheme:
		w.beyond(n)
	}
}

func (w *writer) wrapped(opening string, n *node, last bool) {
	w.WriteString(opening)
	w.node(n, last)
	w.WriteByte(')')
}

// beyond writes what Go's expressions do not have.
func (w *writer) beyond(n *node) {
	if w.dialect != backtracking {
		w.failed = true
		return
	}
	switch n.kind {
	case atomic:
		w.wrapped("(?>", n.subs[0], false)
	case look:
		opening := "(?"
		if n.behind {
			opening += "<"
		}
		if n.negated {
			opening += "!"
		} else {
			opening += "="
		}
		w.wrapped(opening, n.subs[0], false)
	case backReference:
		opening, closing := `(?:\k<`, `>)`
		if n.fold {
			opening = `(?i:\k<`
		}
		w.WriteString(opening + strconv.Itoa(n.group) + closing)
	case lastMatch:
		w.WriteString(`\G`)
	case grapheme:
		w.WriteString(`\X`)
	}
}

func (w *writer) repeat(n *node) {
	// Go and Java part ways when what is repeated can be empty.
	if n.mode == possessive || n.max != 1 && n.subs[0].nullable() {
		if w.dialect != backtracking {
			w.failed = true
			return
		}
	}
	if n.mode == possessive {
		w.WriteString("(?>")
		defer w.WriteByte(')')
	}
	switch n.subs[0].kind {
	case oneOf:
		w.node(n.subs[0], false)
	case newline: // repeated, it does not part \r from \n
		w.failed = w.failed || w.dialect != backtracking
		w.WriteString("(?:\r\n|\r(?!\n)|[\n\v\f\u0085\u2028\u2029])")
	default:
		w.wrapped("(?:", n.subs[0], false)
	}
	w.count(n)
	if n.mode == lazy {
		w.WriteByte('?')
	}
}

func (w *writer) count(n *node) {
	switch {
	case n.min == 0 && n.max == 1:
		w.WriteByte('?')
	case n.min == 0 && n.max == unbounded:
		w.WriteByte('*')
	case n.min == 1 && n.max == unbounded:
		w.WriteByte('+')
	default:
		w.WriteString("{" + strconv.Itoa(n.min))
		if n.max != n.min {
			w.WriteByte(',')
		}
		if n.max != n.min && n.max != unbounded {
			w.WriteString(strconv.Itoa(n.max))
		}
		w.WriteByte('}')
	}
}

// line writes the ^ of every line and the forms of $.
func (w *writer) line(n *node, last bool) {
	switch {
	case n.kind == lineEnd && w.full && last:
		return // where nothing may follow, every $ stands
	case w.dialect == linear:
		w.failed = true
	case w.dialect == linearPlain && n.kind == lineEnd:
		w.WriteString(`\z`)
	case w.dialect == linearPlain:
		w.WriteString(`\A`)
	case n.kind == lineBegin && n.unix:
		w.WriteString(`(?:(?!\z)(?:\A|(?<=\n)))`) // never behind the last line
	case n.kind == lineBegin:
		w.WriteString("(?:(?!\\z)(?:\\A|(?<=[\n\u0085\u2028\u2029])|(?<=\r)(?!\n)))")
	case n.unix && n.multi:
		w.WriteString(`(?=\n|\z)`)
	case n.unix:
		w.WriteString(`(?=\n?\z)`)
	case n.multi:
		w.WriteString("(?=(?<!\r)\n|[\r\u0085\u2028\u2029]|\\z)")
	default:
		w.WriteString("(?=\r\n\\z|(?<!\r)\n\\z|[\r\u0085\u2028\u2029]\\z|\\z)")
	}
}

// The sides of a word's boundary: a word has letters, digits, _ and marks on a letter or digit.
const (
	wordBefore = `(?:(?<=[_\p{L}\p{Nd}])|(?<=[\p{L}\p{Nd}]\p{Mn}+))`
	wordAfter  = `(?:(?=[_\p{L}\p{Nd}])|(?<=[\p{L}\p{Nd}]\p{Mn}*)(?=\p{Mn}))`
)

func (w *writer) boundary(n *node) {
	if w.dialect == linear {
		w.failed = true
		return
	}
	if w.dialect == linearPlain {
		if n.negated {
			w.WriteString(`\B`)
		} else {
			w.WriteString(`\b`)
		}
		return
	}
	before, after := wordBefore, wordAfter
	if n.unicode {
		class := &writer{dialect: backtracking}
		class.set(words(true))
		before, after = "(?<="+class.String()+")", "(?="+class.String()+")"
	}
	notBefore, notAfter := "(?!"+before+")", "(?!"+after+")"
	if n.negated {
		w.WriteString("(?:" + before + after + "|" + notBefore + notAfter + ")")
		return
	}
	w.WriteString("(?:" + before + notAfter + "|" + notBefore + after + ")")
}

// set writes a set: a character for itself, or a class.
func (w *writer) set(s set) {
	switch {
	case len(s) == 1 && s[0].low == s[0].high && !isSurrogate(s[0].low):
		w.char(s[0].low)
		return
	case len(s) == 1 && s[0].low == 0 && s[0].high == maxRune:
		w.WriteString(`[\s\S]`)
		return
	}
	size := w.Len()
	w.WriteByte('[')
	written := w.Len()
	for _, part := range s {
		if part.low < firstSurrogate {
			w.span(part.low, min(part.high, firstSurrogate-1))
		}
		if part.high > lastSurrogate {
			w.span(max(part.low, lastSurrogate+1), part.high)
		}
	}
	if w.Len() > written {
		w.WriteByte(']')
		return
	}
	kept := w.String()[:size] // nothing: texts have no halves of surrogate pairs
	w.Reset()
	w.WriteString(kept + `[^\s\S]`)
}

const firstSurrogate, lastSurrogate = 0xD800, 0xDFFF

func isSurrogate(c rune) bool { return c >= firstSurrogate && c <= lastSurrogate }

func (w *writer) span(low, high rune) {
	w.char(low)
	if high > low {
		w.WriteByte('-')
		w.char(high)
	}
}

func (w *writer) char(c rune) {
	switch {
	case c < ' ' || c == 0x7F:
		const digits = "0123456789ABCDEF"
		w.WriteString(`\x`)
		w.WriteByte(digits[c>>4])
		w.WriteByte(digits[c&15])
		return
	case c < 0x80 && !isAlnum(c) && c != '_' && c != ' ':
		w.WriteByte('\\')
	}
	w.WriteRune(c)
}
