package vtl

import "strings"

// set reads a #set from behind its parenthesis on.
func (p *parser) set(b *block, after int) error {
	p.at = after
	p.space()
	target, err := p.reference()
	if err != nil {
		return err
	}
	p.space()
	if strings.HasPrefix(p.text[p.at:], "==") {
		return p.unexpected(`"="`)
	}
	if err := p.expect('='); err != nil {
		return err
	}
	value, err := p.expression()
	if err != nil {
		return err
	}
	p.space()
	if err := p.expect(')'); err != nil {
		return err
	}
	p.at = skipLine(p.text, p.at)
	b.add(&setNode{target: target, value: value})
	return nil
}

// directive reads a directive or a macro call from behind its name on.
func (p *parser) directive(b *block, name string, after int) (ending, error) {
	start := p.at
	p.at = after
	switch name {
	case "end":
		p.at = skipLine(p.text, p.at)
		return atEnd, nil
	case "else":
		p.at = skipLine(p.text, p.at)
		return atElse, nil
	case "elseif":
		return atElseIf, nil
	case "if":
		return atEOF, p.ifDirective(b, start)
	case "include", "parse", "evaluate":
		return atEOF, p.fault(start, "#%s is not available in a mapping template", name)
	}
	args, opened, err := p.directiveArgs()
	if err != nil {
		return atEOF, err
	}
	switch name {
	case "foreach":
		return atEOF, p.foreach(b, start, args)
	case "macro":
		return atEOF, p.macro(start, args)
	case "define":
		return atEOF, p.define(b, start, args)
	case "literal":
		return atEOF, p.literal(b, start)
	case "stop":
		b.add(stopNode{})
		return atEOF, nil
	case "break":
		return atEOF, p.breakDirective(b, start, args)
	}
	return atEOF, p.macroCall(b, macroCall{at: p.base + start, name: name, args: args}, opened)
}

// condition reads the parenthesis of #if and #elseif.
func (p *parser) condition() (expr, error) {
	p.space()
	if err := p.expect('('); err != nil {
		return nil, err
	}
	condition, err := p.expression()
	if err != nil {
		return nil, err
	}
	p.space()
	if err := p.expect(')'); err != nil {
		return nil, err
	}
	p.at = skipLine(p.text, p.at)
	return condition, nil
}

func (p *parser) ifDirective(b *block, start int) error {
	node := &ifNode{}
	for end := atElseIf; end != atEnd; {
		branch := branch{}
		var err error
		if end == atElseIf {
			if branch.condition, err = p.condition(); err != nil {
				return err
			}
		}
		before := end
		if branch.body, end, err = p.block(); err != nil {
			return err
		}
		node.branches = append(node.branches, branch)
		if end == atEOF {
			return p.fault(start, "#if without #end")
		}
		if before == atElse && end != atEnd {
			return p.fault(p.at, "%s after #else", end)
		}
	}
	b.add(node)
	return nil
}

// body reads the block of a directive up to its #end.
func (p *parser) body(start int, name string) (*block, error) {
	body, end, err := p.block()
	switch {
	case err != nil:
		return nil, err
	case end == atEOF:
		return nil, p.fault(start, "#%s without #end", name)
	case end != atEnd:
		return nil, p.fault(p.at, "%s inside #%s", end, name)
	}
	return body, nil
}

// word is an argument that is a bare word: the name of a macro, or "in".
type word string

func (word) value(*state) (any, error) { return nil, nil }

// directiveArgs reads the arguments of a directive, which blanks or commas divide; opened says
// whether there was a parenthesis at all.
func (p *parser) directiveArgs() (args []expr, opened bool, err error) {
	back := p.at
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '(' {
		p.at = back
		return nil, false, nil
	}
	p.at++
	for {
		p.space()
		if p.at < len(p.text) && p.text[p.at] == ')' {
			p.at = skipLine(p.text, p.at+1)
			return args, true, nil
		}
		if len(args) > 0 && p.at < len(p.text) && p.text[p.at] == ',' {
			p.at++
			p.space()
		}
		arg, err := p.directiveArg()
		if err != nil {
			return nil, true, err
		}
		args = append(args, arg)
	}
}

func (p *parser) directiveArg() (expr, error) {
	rest := p.text[p.at:]
	name := rest[:wordLength(rest)]
	if name == "" || name == "true" || name == "false" {
		return p.argument()
	}
	p.at += len(name)
	return word(name), nil
}

func (p *parser) foreach(b *block, start int, args []expr) error {
	var item *reference
	if len(args) > 0 {
		item, _ = args[0].(*reference)
	}
	if item == nil || len(args) > 3 {
		return p.fault(start, "#foreach needs ($item in list)")
	}
	for i, arg := range args {
		if w, isWord := arg.(word); isWord && i != 1 {
			return p.fault(start, "%q is no argument for #foreach($item in list)", string(w))
		}
	}
	body, err := p.body(start, "foreach")
	if err != nil || len(args) < 3 { // without a list nothing is rendered
		return err
	}
	b.add(&foreachNode{
		at: p.base + start, item: item.slot, list: args[2], body: body,
		count: p.slot("velocityCount"), hasNext: p.slot("velocityHasNext"),
		scope: p.slot("foreach"),
	})
	return nil
}

func (p *parser) macro(start int, args []expr) error {
	if len(args) == 0 {
		return p.fault(start, "#macro needs a name: #macro(name $argument …)")
	}
	name, ok := args[0].(word)
	if !ok {
		return p.fault(start, "the name of a #macro is a word without quotes")
	}
	m := &macro{name: string(name)}
	for _, arg := range args[1:] {
		param := -1 // a value in place of a name takes an argument nobody reads
		if ref, ok := arg.(*reference); ok {
			param = ref.slot
		}
		m.params = append(m.params, param)
	}
	body, err := p.body(start, "macro")
	if err != nil {
		return err
	}
	m.body = body
	if p.macros[m.name] == nil { // the first one stays, as in Velocity
		p.macros[m.name] = m
	}
	return nil
}

func (p *parser) define(b *block, start int, args []expr) error {
	var target *reference
	if len(args) == 1 {
		target, _ = args[0].(*reference)
	}
	if target == nil {
		return p.fault(start, "#define needs one reference: #define($name)")
	}
	body, err := p.body(start, "define")
	if err == nil {
		b.add(&defineNode{slot: target.slot, body: body})
	}
	return err
}

// literal keeps the text of its block as it is written.
func (p *parser) literal(b *block, start int) error {
	from := p.at
	if _, err := p.body(start, "literal"); err != nil {
		return err
	}
	text := p.text[from:p.at]
	b.addText(text[:max(strings.LastIndex(text, "#end"), strings.LastIndex(text, "#{end}"))])
	return nil
}

func (p *parser) breakDirective(b *block, start int, args []expr) error {
	if len(args) > 1 {
		return p.fault(start, "#break takes one scope at most")
	}
	node := &breakNode{at: p.base + start}
	if len(args) == 1 {
		node.scope = args[0]
	}
	b.add(node)
	return nil
}

// macroCall adds a call whose arguments are read; a name after @ has a body.
func (p *parser) macroCall(b *block, call macroCall, opened bool) error {
	start := call.at - p.base
	if plain, found := strings.CutPrefix(call.name, "@"); found && opened {
		body, err := p.body(start, call.name)
		if err != nil {
			return err
		}
		call.name, call.body, call.bodySlot = plain, body, p.slot("bodyContent")
	}
	call.source = p.text[start:p.at]
	b.add(&call)
	return nil
}
