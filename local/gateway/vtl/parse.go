package vtl

import "strings"

// compiler is what a template and the templates inside its strings share.
type compiler struct {
	names  []string
	slots  map[string]int
	macros map[string]*macro
	depth  int
}

// slot returns the place of a variable in the state of a rendering.
func (c *compiler) slot(name string) int {
	at, ok := c.slots[name]
	if !ok {
		at = len(c.names)
		c.slots[name] = at
		c.names = append(c.names, name)
	}
	return at
}

// deeper guards against nesting that would exhaust the stack; the caller calls shallower.
func (c *compiler) deeper(at int) error {
	if c.depth++; c.depth > maxNesting {
		return faultf(at, "blocks or expressions are nested more than %d deep", maxNesting)
	}
	return nil
}

func (c *compiler) shallower() { c.depth-- }

// parser reads one text: a template or the inside of a string.
type parser struct {
	*compiler
	text string
	at   int
	base int // where text begins in the template
}

// ending is what a block ends with.
type ending int

const (
	atEOF ending = iota
	atEnd
	atElse
	atElseIf
)

func (e ending) String() string { return [...]string{"<EOF>", "#end", "#else", "#elseif"}[e] }

func (p *parser) fault(at int, format string, args ...any) error {
	return faultf(p.base+at, format, args...)
}

// unexpected says what stands where something else was expected.
func (p *parser) unexpected(want string) error {
	if p.at >= len(p.text) {
		return p.fault(len(p.text), "the template ends where %s is expected", want)
	}
	found := p.text[p.at:]
	if end := strings.IndexAny(found[1:], " \t\r\n"); end >= 0 {
		found = found[:end+1]
	}
	return p.fault(p.at, "%q stands where %s is expected", found[:min(len(found), 20)], want)
}

func (p *parser) template() (*block, error) {
	b, end, err := p.block()
	if err != nil {
		return nil, err
	}
	if end != atEOF {
		return nil, p.fault(p.at, "%s without #if, #foreach, #macro or #define", end)
	}
	return b, nil
}

// block reads statements up to the end, or past the #end, #else or #elseif that ends them.
func (p *parser) block() (*block, ending, error) {
	if err := p.deeper(p.base + p.at); err != nil {
		return nil, 0, err
	}
	defer p.shallower()
	b := &block{}
	for p.at < len(p.text) {
		end, err := p.statement(b)
		if err != nil || end != atEOF {
			return b, end, err
		}
	}
	return b, atEOF, nil
}

// statement reads what begins here; atEOF means that the block goes on.
func (p *parser) statement(b *block) (ending, error) {
	if after := p.matchSet(); after > 0 {
		return atEOF, p.set(b, after)
	}
	switch p.text[p.at] {
	case '\\':
		return atEOF, p.backslashes(b)
	case '$':
		return atEOF, p.dollar(b)
	case '#':
		return p.hash(b)
	}
	end := strings.IndexAny(p.text[p.at:], "$#\\")
	if end < 0 {
		end = len(p.text) - p.at
	}
	b.addText(p.text[p.at : p.at+end])
	p.at += end
	return atEOF, nil
}

// matchSet returns where the inside of a #set( begins that stands here, else 0. The blanks before
// it belong to it: they print nothing.
func (p *parser) matchSet() int {
	at := skipBlanks(p.text, p.at)
	if at >= len(p.text) || p.text[at] != '#' {
		return 0
	}
	rest := p.text[at:]
	switch {
	case strings.HasPrefix(rest, "#set"):
		at += len("#set")
	case strings.HasPrefix(rest, "#{set}"):
		at += len("#{set}")
	case p.spacedSet(at) > 0:
		at = p.spacedSet(at)
	default:
		return 0
	}
	for at < len(p.text) && p.text[at] == ' ' {
		at++
	}
	if at < len(p.text) && p.text[at] == '(' {
		return at + 1
	}
	return 0
}

// spacedSet returns the end of "# set" at the beginning of a line, which API Gateway takes for
// #set, else 0.
func (p *parser) spacedSet(hash int) int {
	if hash > 0 && p.text[hash-1] != '\n' {
		return 0
	}
	at := skipBlanks(p.text, hash+1)
	if at == hash+1 || !strings.HasPrefix(p.text[at:], "set") {
		return 0
	}
	return at + len("set")
}

func skipBlanks(text string, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
		at++
	}
	return at
}

// skipLine returns where the next line begins if only blanks stand before it, else at.
func skipLine(text string, at int) int {
	end := skipBlanks(text, at)
	switch {
	case strings.HasPrefix(text[end:], "\r\n"):
		return end + 2
	case end < len(text) && (text[end] == '\n' || text[end] == '\r'):
		return end + 1
	}
	return at
}

// backslashes reads a run of \ and what it escapes.
func (p *parser) backslashes(b *block) error {
	end := p.at
	for end < len(p.text) && p.text[end] == '\\' {
		end++
	}
	count := end - p.at
	if end < len(p.text) && p.text[end] == '$' {
		return p.dollar(b)
	}
	name, after := directiveName(p.text, end)
	switch {
	case name == "":
		b.addText(p.text[p.at:end])
		p.at = end
	case count%2 == 0:
		if name != "set" && p.isDirective(name) {
			count /= 2
		}
		b.addText(strings.Repeat(`\`, count))
		p.at = end
	case p.isDirective(name):
		b.addText(strings.Repeat(`\`, (count-1)/2) + p.text[end:after])
		p.at = after
	default:
		b.addText(p.text[p.at:after])
		p.at = after
	}
	return nil
}

// directiveName returns the name of a directive at a #, as #name or #{name}, and its end; "" when
// there is none.
func directiveName(text string, at int) (name string, end int) {
	if at >= len(text) || text[at] != '#' {
		return "", 0
	}
	rest := text[at+1:]
	braced := strings.HasPrefix(rest, "{")
	if braced {
		rest = rest[1:]
	}
	size := wordLength(rest)
	if size == 0 {
		return "", 0
	}
	if !braced {
		return rest[:size], at + 1 + size
	}
	if rest[0] == '@' || size == len(rest) || rest[size] != '}' {
		return "", 0
	}
	return rest[:size], at + 1 + size + 2
}

// wordLength returns the length of the directive's or argument's name that text begins with.
func wordLength(text string) int {
	if text == "" || !isLetter(text[0]) && text[0] != '_' && text[0] != '@' {
		return 0
	}
	end := 1
	for end < len(text) && (isLetter(text[end]) || isDigit(text[end]) ||
		text[end] == '_' || text[end] == '@') {
		end++
	}
	return end
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isDirective reports whether \#name is an escaped directive rather than text.
func (p *parser) isDirective(name string) bool {
	switch name {
	case "if", "else", "elseif", "end", "set", "foreach", "include", "parse", "macro", "literal",
		"evaluate", "break", "define", "stop":
		return true
	}
	return p.macros[name] != nil
}

// hash reads what begins with a #.
func (p *parser) hash(b *block) (ending, error) {
	rest := p.text[p.at:]
	switch {
	case strings.HasPrefix(rest, "##"):
		p.lineComment()
		return atEOF, nil
	case strings.HasPrefix(rest, "#*"):
		p.blockComment()
		return atEOF, nil
	case strings.HasPrefix(rest, "#[["):
		return atEOF, p.unparsed(b)
	}
	if name, after := directiveName(p.text, p.at); name != "" {
		return p.directive(b, name, after)
	}
	if p.dollarRun() > p.at+1 {
		return atEOF, p.dollar(b)
	}
	if len(rest) == 1 {
		return 0, p.fault(p.at, "the template ends after #")
	}
	b.addText("#")
	p.at++
	return atEOF, nil
}

func (p *parser) lineComment() {
	end := strings.IndexAny(p.text[p.at:], "\r\n")
	if end < 0 {
		p.at = len(p.text)
		return
	}
	p.at = skipLine(p.text, p.at+end)
}

func (p *parser) blockComment() {
	for p.at += 2; p.at < len(p.text); {
		switch rest := p.text[p.at:]; {
		case strings.HasPrefix(rest, "*#"):
			p.at += 2
			return
		case strings.HasPrefix(rest, "#*"): // "#*#" does not end a comment
			p.at += 2
		default:
			p.at++
		}
	}
}

func (p *parser) unparsed(b *block) error {
	end := strings.Index(p.text[p.at+3:], "]]#")
	if end < 0 {
		return p.fault(p.at, "#[[ without ]]#")
	}
	b.addText(p.text[p.at+3 : p.at+3+end])
	p.at += 3 + end + 3
	return nil
}
