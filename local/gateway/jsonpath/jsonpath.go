// Package jsonpath finds values in JSON documents by paths of Jayway's dialect, which API Gateway's
// mapping templates and parameter mappings use.
//
// It stands below gateway/mapping. A path is compiled once and evaluated by any number of calls. It
// reads documents through a Model, so it neither parses JSON nor knows what a value is made of. It
// changes no document: Jayway's append() is refused.
package jsonpath

import (
	"errors"
	"fmt"
)

// Kind says what a value of a document is.
type Kind uint8

// The kinds of values.
const (
	Null Kind = iota
	Boolean
	Number
	Text
	List
	Object
)

// Model is how paths read a document's values, and make new ones.
type Model interface {
	Kind(value any) Kind
	// Len returns how many elements a list, or members an object has.
	Len(value any) int
	// Item returns the i-th element of a list.
	Item(list any, i int) any
	// Entry returns the i-th member of an object.
	Entry(object any, i int) (name string, value any)
	// Member returns a member of an object by its name.
	Member(object any, name string) (value any, ok bool)
	// Text returns a string, or a number or boolean as it prints.
	Text(value any) string
	// MakeList, MakeObject, MakeInt, MakeDouble and MakeText make values of results.
	MakeList(items []any) any
	MakeObject(names []string, values []any) any
	MakeInt(n int) any
	MakeDouble(f float64) any
	MakeText(text string) any
}

// Path is a compiled path.
type Path struct {
	text     string
	tokens   []token
	definite bool
	// over is the path whose values the function works on when the path has a scan before it:
	// $..x.sum() is sum of $..x.
	over *Path
}

// Error says why a text is no path.
type Error struct {
	Path    string
	At      int // offset in bytes
	Message string
}

// Error returns the path, the place and the message.
func (e *Error) Error() string {
	return fmt.Sprintf("JSON path %q at position %d: %s", e.Path, e.At, e.Message)
}

// maxSteps bounds what one evaluation visits: scans after scans multiply.
const maxSteps = 1 << 20

// ErrTooMuch is returned by Get for a path that visits too many values.
var ErrTooMuch = errors.New("the JSON path visits too many values")

// errNotFound ends an evaluation that has no result at all.
var errNotFound = errors.New("not found")

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Get returns what the path leads to: one value for a definite path, else a list of all. found is
// false where Jayway throws its PathNotFoundException.
func (p *Path) Get(m Model, document any) (value any, found bool, err error) {
	return p.get(&evaluation{model: m, root: document}, document)
}

func (p *Path) get(e *evaluation, from any) (value any, found bool, err error) {
	inner := &evaluation{model: e.model, root: e.root, steps: e.steps}
	start := from
	if p.over != nil {
		if start, found, err = p.over.get(e, from); err != nil || !found {
			return nil, false, err
		}
	}
	err = inner.follow(p.tokens, start)
	e.steps = inner.steps
	switch {
	case errors.Is(err, errNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !p.definite:
		return e.model.MakeList(inner.results), true, nil
	case len(inner.results) == 0:
		return nil, false, nil
	}
	return inner.results[len(inner.results)-1], true, nil
}
