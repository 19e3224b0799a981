package vtl

// macro is a #macro of the template.
type macro struct {
	name   string
	params []int // slots
	body   *block
}

// macroCall is #name(arguments) or #@name(arguments) body #end.
type macroCall struct {
	at       int
	name     string
	args     []expr
	source   string // printed when there is no such macro
	body     *block
	bodySlot int
}

// frame is a macro being rendered. Its arguments are evaluated whenever they are read, where the
// macro was called, until the macro sets them.
type frame struct {
	outer    *frame
	bindings []binding
}

type binding struct {
	slot  int
	arg   expr // nil: the value stands
	value any
}

func (f *frame) get(s *state, at int) (value any, found bool, err error) {
	for ; f != nil; f = f.outer {
		for i := range f.bindings {
			b := &f.bindings[i]
			if b.slot != at {
				continue
			}
			if b.arg == nil {
				return b.value, true, nil
			}
			inner := s.frame
			s.frame = f.outer
			value, err = b.arg.value(s)
			s.frame = inner
			return value, true, err
		}
	}
	return nil, false, nil
}

func (f *frame) put(at int, value any) {
	for i := range f.bindings {
		if f.bindings[i].slot == at {
			f.bindings[i] = binding{slot: at, value: value}
			return
		}
	}
}

func (n *macroCall) render(s *state) error {
	m := s.template.macros[n.name]
	if m == nil {
		s.out = append(s.out, n.source...)
		return nil
	}
	if s.depth >= maxMacroDepth {
		return faultf(n.at, "macros call each other more than %d deep at #%s", maxMacroDepth, n.name)
	}
	f, err := n.bind(s, m)
	if err != nil {
		return err
	}
	outer := s.frame
	s.frame = f
	s.depth++
	err = m.body.render(s)
	s.depth--
	s.frame = outer
	if stopsHere(err) {
		return nil
	}
	return err
}

// bind pairs arguments with parameters; one without an argument is the variable of that name.
func (n *macroCall) bind(s *state, m *macro) (*frame, error) {
	f := &frame{outer: s.frame, bindings: make([]binding, 0, len(m.params)+1)}
	for i, arg := range n.args {
		if name, isWord := arg.(word); isWord {
			return nil, faultf(n.at, "%q is no argument for the macro #%s", string(name), n.name)
		}
		if i >= len(m.params) {
			continue
		}
		b := binding{slot: m.params[i], arg: arg}
		if literal, ok := arg.(constant); ok {
			b = binding{slot: m.params[i], value: literal.literal}
		}
		f.bindings = append(f.bindings, b)
	}
	if n.body != nil {
		content := s.block(n.body, maxMacroDepth)
		f.bindings = append(f.bindings, binding{slot: n.bodySlot, value: content})
	}
	return f, nil
}

// defineNode is #define($name) … #end.
type defineNode struct {
	slot int
	body *block
}

func (n *defineNode) render(s *state) error {
	s.put(n.slot, s.block(n.body, 2))
	return nil
}

// blockValue is a block that is rendered wherever its reference stands, but not inside itself
// more often than Velocity allows.
type blockValue struct {
	state *state
	body  *block
	depth int
	limit int
}

var _ Object = (*blockValue)(nil)

// block makes a value of a block. Whoever gets it may ask for its text when the rendering is over.
func (s *state) block(body *block, limit int) *blockValue {
	s.outlives = true
	return &blockValue{state: s, body: body, limit: limit}
}

func (b *blockValue) render(s *state) error {
	if b.depth >= b.limit {
		return nil
	}
	b.depth++
	err := b.body.render(s)
	b.depth--
	if stopsHere(err) {
		return nil
	}
	return err
}

// Property is null: a block has none.
func (b *blockValue) Property(string) any { return nil }

// Call knows toString.
func (b *blockValue) Call(method string, args []any) (any, bool, error) {
	if method != "toString" || len(args) > 0 {
		return nil, false, nil
	}
	text, err := b.text()
	return text, true, err
}

// String returns what the block renders.
func (b *blockValue) String() string {
	text, _ := b.text()
	return text
}

func (b *blockValue) text() (string, error) {
	if b.state == nil {
		return "", nil
	}
	s := b.state
	start := len(s.out)
	err := b.render(s)
	text := string(s.out[start:])
	s.out = s.out[:start]
	return text, err
}
