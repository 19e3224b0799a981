package jsonpath

import "fmt"

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

type tokenKind uint8

const (
	property tokenKind = iota + 1
	index
	slice
	wildcard
	scan
	filter
	function
)

// token is one step of a path.
type token struct {
	kind           tokenKind
	names          []string // of properties
	positions      []int
	hasFrom, hasTo bool // of a slice
	condition      condition
	name           string // of a function
	arguments      []argument
	leaf           bool // the last one
	upstream       bool // everything before it leads to one value
}

// definite reports whether the token leads to one value at most.
func (t *token) definite() bool {
	switch t.kind {
	case property:
		return len(t.names) == 1 || t.leaf
	case index:
		return len(t.positions) == 1
	case function:
		return true
	}
	return false
}

// evaluation is one walk along a path.
type evaluation struct {
	model   Model
	root    any
	results []any
	steps   int
}

// follow walks the tokens from a value on.
func (e *evaluation) follow(tokens []token, value any) error {
	if e.steps++; e.steps > maxSteps {
		return ErrTooMuch
	}
	if len(tokens) == 0 {
		e.results = append(e.results, value)
		return nil
	}
	t := &tokens[0]
	switch t.kind {
	case property:
		return e.properties(tokens, value)
	case index, slice:
		return e.positions(tokens, value)
	case wildcard:
		return e.children(value, func(child any) error { return e.follow(tokens[1:], child) })
	case filter:
		return e.filter(tokens, value)
	case function:
		result, err := e.call(t, value)
		if err != nil {
			return err
		}
		return e.follow(tokens[1:], result)
	}
	return e.scan(tokens[1:], value)
}

func (e *evaluation) properties(tokens []token, value any) error {
	t := &tokens[0]
	if e.model.Kind(value) != Object {
		return t.missing()
	}
	if len(t.names) > 1 && t.leaf {
		return e.merge(t, value)
	}
	for _, name := range t.names {
		member, ok := e.model.Member(value, name)
		if !ok {
			if t.leaf || !t.upstream || len(t.names) > 1 {
				continue
			}
			return errNotFound
		}
		if err := e.follow(tokens[1:], member); err != nil {
			return err
		}
	}
	return nil
}

// missing is what a value of the wrong kind means: nothing at all if it is the only one.
func (t *token) missing() error {
	if t.upstream {
		return errNotFound
	}
	return nil
}

// merge makes an object of the members that ['a','b'] names.
func (e *evaluation) merge(t *token, value any) error {
	var names []string
	var values []any
	for _, name := range t.names {
		if member, ok := e.model.Member(value, name); ok {
			names, values = append(names, name), append(values, member)
		}
	}
	return e.follow(nil, e.model.MakeObject(names, values))
}

func (e *evaluation) positions(tokens []token, value any) error {
	t := &tokens[0]
	if e.model.Kind(value) != List {
		return t.missing()
	}
	size := e.model.Len(value)
	if t.kind == slice {
		from, to := t.bounds(size)
		for i := from; i < to; i++ {
			if err := e.at(tokens[1:], value, i, size); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range t.positions {
		if i < 0 {
			i += size
		}
		if err := e.at(tokens[1:], value, i, size); err != nil {
			return err
		}
	}
	return nil
}

func (e *evaluation) at(rest []token, list any, i, size int) error {
	if i < 0 || i >= size {
		return nil
	}
	return e.follow(rest, e.model.Item(list, i))
}

// bounds returns the positions of a slice. Jayway counts from the end only in [-n:] and [:-n].
func (t *token) bounds(size int) (from, to int) {
	switch {
	case t.hasFrom && t.hasTo:
		return t.positions[0], min(t.positions[1], size)
	case t.hasFrom:
		from = t.positions[0]
		if from < 0 {
			from = max(from+size, 0)
		}
		return from, size
	}
	if to = t.positions[0]; to < 0 {
		to += size
	}
	return 0, min(to, size)
}

// children visits the elements of a list or the members of an object.
func (e *evaluation) children(value any, visit func(any) error) error {
	kind := e.model.Kind(value)
	if kind != List && kind != Object {
		return nil
	}
	for i := range e.model.Len(value) {
		var child any
		if kind == List {
			child = e.model.Item(value, i)
		} else {
			_, child = e.model.Entry(value, i)
		}
		if err := visit(child); err != nil {
			return err
		}
	}
	return nil
}

func (e *evaluation) filter(tokens []token, value any) error {
	t := &tokens[0]
	switch e.model.Kind(value) {
	case Object:
		yes, err := t.condition.holds(e, value)
		if err != nil || !yes {
			return err
		}
		return e.follow(tokens[1:], value)
	case List:
		for i := range e.model.Len(value) {
			item := e.model.Item(value, i)
			yes, err := t.condition.holds(e, item)
			if err != nil {
				return err
			}
			if yes {
				if err := e.follow(tokens[1:], item); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return t.missing()
}

// scan applies the tokens after ".." to a value and everything in it.
func (e *evaluation) scan(tokens []token, value any) error {
	kind := e.model.Kind(value)
	if kind != Object && kind != List || len(tokens) == 0 {
		return nil
	}
	if e.steps++; e.steps > maxSteps {
		return ErrTooMuch
	}
	if err := e.scanHere(tokens, value, kind); err != nil {
		return err
	}
	return e.children(value, func(child any) error { return e.scan(tokens, child) })
}

// scanHere applies the tokens to one value, if the first of them is about values like this one.
func (e *evaluation) scanHere(tokens []token, value any, kind Kind) error {
	t := &tokens[0]
	switch t.kind {
	case property:
		if kind != Object || t.definite() && !e.hasAll(value, t.names) {
			return nil
		}
	case index, slice:
		if kind != List {
			return nil
		}
	case filter:
		if yes, err := t.condition.holds(e, value); err != nil || !yes {
			return err
		}
	case function, scan:
		return nil
	}
	return e.follow(tokens, value)
}

func (e *evaluation) hasAll(object any, names []string) bool {
	for _, name := range names {
		if _, ok := e.model.Member(object, name); !ok {
			return false
		}
	}
	return true
}
