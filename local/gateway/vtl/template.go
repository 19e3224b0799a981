package vtl

import (
	"fmt"
	"strings"
	"sync"
)

// The limits that API Gateway sets, and those that keep one call from taking the machine.
const (
	// MaxTemplate is the size of a template in bytes.
	MaxTemplate = 300 << 10
	// MaxIterations is how often one #foreach runs; like Velocity, it then goes on after #end.
	MaxIterations = 1000

	maxOutput     = 16 << 20 // bytes a template may render, also inside strings
	maxSteps      = 2 << 20  // nodes a call may render
	maxMacroDepth = 20       // Velocity's velocimacro.max.depth
	maxNesting    = 200      // of blocks and expressions in a template
	maxElements   = 1 << 16  // of a range, a list or a map made by a template
)

// Context brings in a template's variables.
type Context interface {
	// Lookup returns the value of $name, or nil when there is none.
	Lookup(name string) any
}

// Template is a compiled template. It may be rendered by several goroutines at once.
type Template struct {
	name   string
	text   string
	root   *block
	names  []string // of the variables, by slot
	macros map[string]*macro
	states sync.Pool // of *state

	patterns patterns
}

// Error says what is wrong with a template, or went wrong in it, and where.
type Error struct {
	Template     string
	Line, Column int // from 1; columns count characters
	Message      string
}

// Error returns the message after its place.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: line %d, column %d: %s", e.Template, e.Line, e.Column, e.Message)
}

// Compile parses a template; name stands in errors.
func Compile(name, text string) (*Template, error) {
	if len(text) > MaxTemplate {
		return nil, &Error{Template: name, Line: 1, Column: 1, Message: fmt.Sprintf(
			"the template has %d bytes, allowed are %d", len(text), MaxTemplate)}
	}
	c := &compiler{slots: map[string]int{}, macros: map[string]*macro{}}
	p := &parser{compiler: c, text: text}
	root, err := p.template()
	if err != nil {
		return nil, located(name, text, err)
	}
	t := &Template{name: name, text: text, root: root, names: c.names, macros: c.macros}
	t.states.New = func() any { return &state{slots: make([]slot, len(t.names))} }
	return t, nil
}

// Render returns what the template makes of the variables.
func (t *Template) Render(ctx Context) (string, error) {
	s := t.states.Get().(*state)
	s.template, s.ctx = t, ctx
	err := t.root.render(s)
	text := string(s.out)
	if !s.outlives {
		s.reset()
		t.states.Put(s)
	}
	if err != nil && !isStop(err) {
		return "", located(t.name, t.text, err)
	}
	return text, nil
}

// Constant returns the text of a template that renders the same for every call.
func (t *Template) Constant() (string, bool) {
	var text strings.Builder
	for _, n := range t.root.nodes {
		literal, ok := n.(textNode)
		if !ok {
			return "", false
		}
		text.WriteString(string(literal))
	}
	return text.String(), true
}

// fault is an error whose place is still an offset.
type fault struct {
	at      int
	message string
}

func (f *fault) Error() string { return f.message }

func faultf(at int, format string, args ...any) *fault {
	return &fault{at: at, message: fmt.Sprintf(format, args...)}
}

// located turns a fault into an Error with line and column.
func located(name, text string, err error) error {
	f, ok := err.(*fault)
	if !ok {
		return &Error{Template: name, Line: 1, Column: 1, Message: err.Error()}
	}
	before := text[:min(max(f.at, 0), len(text))]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return &Error{Template: name, Line: line, Column: column, Message: f.message}
}
