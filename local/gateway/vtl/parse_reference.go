package vtl

import "strings"

// dollarRun returns the end of what stands before the name of a reference: "$", "$!", "\$", "#$"
// or several of these. It returns p.at when nothing does.
func (p *parser) dollarRun() int {
	end := p.at
	for {
		dollar := skipBackslashes(p.text, end)
		switch {
		case dollar < len(p.text) && p.text[dollar] == '$':
			end = dollar + 1
			if bang := skipBackslashes(p.text, end); bang < len(p.text) && p.text[bang] == '!' {
				end = bang + 1
			}
		case dollar == end && end < len(p.text) && p.text[end] == '#' && p.dollarAfter(end+1):
			end++
		default:
			return end
		}
	}
}

func (p *parser) dollarAfter(at int) bool {
	at = skipBackslashes(p.text, at)
	return at < len(p.text) && p.text[at] == '$'
}

func skipBackslashes(text string, at int) int {
	for at < len(text) && text[at] == '\\' {
		at++
	}
	return at
}

// isName reports whether the name of a reference begins at a place.
func (p *parser) isName(at int) bool {
	return at < len(p.text) && (isLetter(p.text[at]) || p.text[at] == '_')
}

// dollar reads a reference in text, or the text that only looks like one.
func (p *parser) dollar(b *block) error {
	start, end := p.at, p.dollarRun()
	braced := end < len(p.text) && p.text[end] == '{' && p.isName(end+1)
	if !braced && !p.isName(end) {
		return p.dollarText(b, end)
	}
	run := p.text[start:end]
	p.at = end
	ref, err := p.referenceName(start, braced)
	if err != nil {
		return err
	}
	if at := strings.Index(run, `\!`); at >= 0 {
		// $\!x is no reference: one backslash goes, the rest is text.
		p.slashBang(b, run, ref)
		return nil
	}
	escapes := skipBackslashes(run, 0)
	last := strings.LastIndexByte(run, '$')
	if escapes%2 == 1 {
		b.add(&escapedNode{ref: ref, prefix: run[:escapes/2], text: p.text[start+last : p.at]})
		return nil
	}
	b.addText(run[:escapes/2] + run[escapes:last])
	b.add(ref)
	return nil
}

func (p *parser) slashBang(b *block, run string, ref *reference) {
	first := strings.IndexByte(run, '$')
	slash := first + strings.IndexByte(run[first:], '\\')
	b.addText(run[:slash] + run[slash+1:] + ref.name)
}

// dollarText keeps a run that no name follows as text, with what Velocity loses of it.
func (p *parser) dollarText(b *block, end int) error {
	run := p.text[p.at:end]
	if end == len(p.text) {
		return p.fault(end-1, "the template ends after %q", run)
	}
	next := p.text[end]
	if next == '{' || next == '[' || next == '.' && strings.HasSuffix(run, "$") {
		b.addText(run)
		p.at = end
		if next == '{' { // else "{#if" might read on from inside
			b.addText("{")
			p.at++
		}
		return nil
	}
	name, _ := directiveName(p.text, end)
	p.at = end
	switch name {
	case "if", "elseif", "else", "end", "set":
		return nil
	}
	b.addText(keptOfRun(run))
	return nil
}

// keptOfRun drops "!" and the backslashes before it.
func keptOfRun(run string) string {
	var kept strings.Builder
	for at := 0; at < len(run); {
		end := skipBackslashes(run, at)
		if end < len(run) && run[end] != '!' {
			kept.WriteString(run[at : end+1])
		}
		at = end + 1
	}
	return kept.String()
}

// reference reads a reference inside a directive or among arguments.
func (p *parser) reference() (*reference, error) {
	start, end := p.at, p.dollarRun()
	braced := end < len(p.text) && p.text[end] == '{' && p.isName(end+1)
	if end == start || !braced && !p.isName(end) {
		return nil, p.unexpected("a reference")
	}
	p.at = end
	return p.referenceName(start, braced)
}

// referenceName reads a reference from its name on.
func (p *parser) referenceName(start int, braced bool) (*reference, error) {
	if braced {
		p.at++
	}
	name := p.identifier()
	ref := &reference{at: p.base + start, name: name, slot: p.slot(name)}
	if err := p.steps(ref); err != nil {
		return nil, err
	}
	if braced {
		if p.at >= len(p.text) || p.text[p.at] != '}' {
			return nil, p.unexpected(`"}"`)
		}
		p.at++
	}
	return ref, nil
}

func (p *parser) identifier() string {
	start := p.at
	for p.at < len(p.text) && (isLetter(p.text[p.at]) || isDigit(p.text[p.at]) ||
		p.text[p.at] == '_' || p.text[p.at] == '-') {
		p.at++
	}
	return p.text[start:p.at]
}

// steps reads the properties, calls and indexes after a reference's name.
func (p *parser) steps(ref *reference) error {
	for p.at < len(p.text) {
		switch {
		case p.text[p.at] == '[':
			index, err := p.index()
			if err != nil {
				return err
			}
			ref.steps = append(ref.steps, step{at: index.at, kind: byIndex, args: index.args})
		case p.text[p.at] == '.' && p.at+1 < len(p.text) && isLetter(p.text[p.at+1]):
			next, err := p.member()
			if err != nil {
				return err
			}
			ref.steps = append(ref.steps, next)
		default:
			return nil
		}
	}
	return nil
}

func (p *parser) index() (step, error) {
	at := p.at
	p.at++
	p.space()
	arg, err := p.argument()
	if err != nil {
		return step{}, err
	}
	p.space()
	if err := p.expect(']'); err != nil {
		return step{}, err
	}
	return step{at: p.base + at, kind: byIndex, args: []expr{arg}}, nil
}

// member reads .name or .name(arguments).
func (p *parser) member() (step, error) {
	p.at++
	at := p.at
	next := step{at: p.base + at, kind: byName, name: p.identifier()}
	if p.at >= len(p.text) || p.text[p.at] != '(' {
		return next, nil
	}
	p.at++
	next.kind = byCall
	if p.at < len(p.text) && p.text[p.at] == ')' {
		p.at++
		return next, nil
	}
	args, err := p.arguments(')')
	next.args = args
	return next, err
}

// arguments reads what stands between commas, and the bracket that closes.
func (p *parser) arguments(closing byte) ([]expr, error) {
	if err := p.deeper(p.base + p.at); err != nil {
		return nil, err
	}
	defer p.shallower()
	var args []expr
	for {
		p.space()
		arg, err := p.argument()
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
		p.space()
		if p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++
			continue
		}
		return args, p.expect(closing)
	}
}

func (p *parser) expect(c byte) error {
	if p.at >= len(p.text) || p.text[p.at] != c {
		return p.unexpected(`"` + string(c) + `"`)
	}
	p.at++
	return nil
}

func (p *parser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}
