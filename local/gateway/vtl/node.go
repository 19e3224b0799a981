package vtl

import "errors"

// node is a part of a compiled template that prints.
type node interface {
	render(s *state) error
}

// expr is a part that has a value.
type expr interface {
	value(s *state) (any, error)
}

// state is one rendering.
type state struct {
	template *Template
	ctx      Context
	slots    []slot // of the variables
	frame    *frame // of the macro being rendered
	out      []byte
	args     []any // of the calls under way; nobody keeps a part of it
	steps    int
	depth    int  // of macros
	outlives bool // a block was made that renders in it, and may be kept longer than the rendering
}

// slot is a variable: unknown until it is set, or looked up in the context.
type slot struct {
	value any
	known bool
}

func (s *state) reset() {
	clear(s.slots)
	s.template, s.ctx, s.frame, s.steps, s.depth = nil, nil, nil, 0, 0
	clear(s.args[:cap(s.args)])
	s.out, s.args = s.out[:0], s.args[:0]
	if cap(s.out) > 1<<20 {
		s.out = nil
	}
}

// get returns a variable: an argument of the macro, what was set, or what the context has.
func (s *state) get(at int) (any, error) {
	if s.frame != nil {
		if value, found, err := s.frame.get(s, at); found {
			return value, err
		}
	}
	v := &s.slots[at]
	if !v.known {
		v.value, v.known = s.ctx.Lookup(s.template.names[at]), true
	}
	return v.value, nil
}

// put sets a variable; nil makes it null, whatever the context has.
func (s *state) put(at int, value any) {
	for f := s.frame; f != nil; f = f.outer {
		f.put(at, value)
	}
	s.slots[at] = slot{value: value, known: true}
}

// capture returns what b renders instead of printing it.
func (s *state) capture(b *block) (string, error) {
	start := len(s.out)
	err := b.render(s)
	text := string(s.out[start:])
	s.out = s.out[:start]
	return text, err
}

// stop ends a loop, a macro, a block or the rendering; it is an error only on its way up.
type stop struct {
	all   bool
	scope *foreachScope // nil: the nearest
}

func (*stop) Error() string { return "#break outside of its loop" }

func isStop(err error) bool {
	var s *stop
	return errors.As(err, &s)
}

// stopsHere reports whether err is a stop that ends at the nearest loop, macro or block.
func stopsHere(err error) bool {
	s, ok := err.(*stop)
	return ok && !s.all && s.scope == nil
}

// block is a list of nodes.
type block struct{ nodes []node }

func (b *block) add(n node) { b.nodes = append(b.nodes, n) }

func (b *block) addText(text string) {
	if text == "" {
		return
	}
	if last := len(b.nodes) - 1; last >= 0 {
		if before, ok := b.nodes[last].(textNode); ok {
			b.nodes[last] = before + textNode(text)
			return
		}
	}
	b.add(textNode(text))
}

func (b *block) render(s *state) error {
	for _, n := range b.nodes {
		if s.steps++; s.steps > maxSteps {
			return errors.New("the template takes too many steps")
		}
		if err := n.render(s); err != nil {
			return err
		}
	}
	if len(s.out) > maxOutput {
		return errors.New("the template renders too much")
	}
	return nil
}

type textNode string

func (n textNode) render(s *state) error {
	s.out = append(s.out, n...)
	return nil
}

type setNode struct {
	target *reference
	value  expr
}

func (n *setNode) render(s *state) error {
	value, err := n.value.value(s)
	if err != nil {
		return err
	}
	if len(n.target.steps) == 0 {
		s.put(n.target.slot, value)
		return nil
	}
	return n.target.assign(s, value)
}

// branch is one way through an #if; no condition means #else.
type branch struct {
	condition expr
	body      *block
}

type ifNode struct{ branches []branch }

func (n *ifNode) render(s *state) error {
	for i := range n.branches {
		b := &n.branches[i]
		if b.condition != nil {
			yes, err := truth(s, b.condition)
			if err != nil {
				return err
			}
			if !yes {
				continue
			}
		}
		return b.body.render(s)
	}
	return nil
}

type stopNode struct{}

func (stopNode) render(*state) error { return &stop{all: true} }

type breakNode struct {
	at    int
	scope expr
}

func (n *breakNode) render(s *state) error {
	if n.scope == nil {
		return &stop{}
	}
	value, err := n.scope.value(s)
	if err != nil {
		return err
	}
	scope, ok := value.(*foreachScope)
	if !ok {
		return faultf(n.at, "#break needs a scope such as $foreach")
	}
	return &stop{scope: scope}
}

// escapedNode is \$x: without the backslash when $x has a value, as it stands when not.
type escapedNode struct {
	ref    *reference
	prefix string
	text   string
}

func (n *escapedNode) render(s *state) error {
	value, err := n.ref.value(s)
	if err != nil {
		return err
	}
	s.out = append(s.out, n.prefix...)
	if value == nil {
		s.out = append(s.out, '\\')
	}
	s.out = append(s.out, n.text...)
	return nil
}
