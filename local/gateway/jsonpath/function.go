package jsonpath

import (
	"math"
	"strconv"
	"strings"
)

// argument is what a function takes: a literal or what a path leads to.
type argument struct {
	path    *Path
	literal operand
}

// functions are the ones served, with how many arguments they take.
var functions = map[string]struct{ least, most int }{
	"length": {0, 1}, "size": {0, 1}, "keys": {0, 0}, "concat": {0, maxDepth},
	"min": {0, maxDepth}, "max": {0, maxDepth}, "avg": {0, maxDepth}, "sum": {0, maxDepth},
	"stddev": {0, maxDepth}, "first": {0, 0}, "last": {0, 0}, "index": {1, 1},
}

func (e *evaluation) call(t *token, value any) (any, error) {
	switch t.name {
	case "length", "size":
		return e.length(t, value)
	case "keys":
		return e.keys(value), nil
	case "concat":
		return e.concat(t, value)
	case "first", "last", "index":
		return e.pick(t, value)
	}
	numbers, err := e.numbers(t, value)
	if err != nil {
		return nil, err
	}
	if len(numbers) == 0 {
		return nil, errNotFound
	}
	return e.model.MakeDouble(aggregate(t.name, numbers)), nil
}

// length is of lists and objects; of anything else it is null.
func (e *evaluation) length(t *token, value any) (any, error) {
	if len(t.arguments) == 1 && t.arguments[0].path != nil {
		of, found, err := t.arguments[0].path.get(e, value)
		if err != nil || !found {
			return nil, err
		}
		value = of
	}
	switch e.model.Kind(value) {
	case List, Object:
		return e.model.MakeInt(e.model.Len(value)), nil
	}
	return nil, nil
}

func (e *evaluation) keys(value any) any {
	if e.model.Kind(value) != Object {
		return nil
	}
	names := make([]any, e.model.Len(value))
	for i := range names {
		name, _ := e.model.Entry(value, i)
		names[i] = e.model.MakeText(name)
	}
	return e.model.MakeList(names)
}

// given visits the elements of the list, then the arguments.
func (e *evaluation) given(t *token, value any, visit func(any)) error {
	each := func(child any) error {
		visit(child)
		return nil
	}
	if e.model.Kind(value) == List {
		if err := e.children(value, each); err != nil {
			return err
		}
	}
	for i := range t.arguments {
		a := &t.arguments[i]
		if a.path == nil {
			visit(a.literal)
			continue
		}
		of, found, err := a.path.get(e, e.root)
		switch {
		case err != nil:
			return err
		case !found:
			return errNotFound
		case e.model.Kind(of) == List:
			if err := e.children(of, each); err != nil {
				return err
			}
		default:
			visit(of)
		}
	}
	return nil
}

func (e *evaluation) concat(t *token, value any) (any, error) {
	var out strings.Builder
	err := e.given(t, value, func(part any) {
		if literal, ok := part.(operand); ok {
			out.WriteString(literal.text)
		} else if e.model.Kind(part) == Text {
			out.WriteString(e.model.Text(part))
		}
	})
	return e.model.MakeText(out.String()), err
}

func (e *evaluation) numbers(t *token, value any) ([]float64, error) {
	var numbers []float64
	err := e.given(t, value, func(part any) {
		text := ""
		if literal, ok := part.(operand); ok && literal.kind == isNumber {
			text = literal.text
		} else if !ok && e.model.Kind(part) == Number {
			text = e.model.Text(part)
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			numbers = append(numbers, f)
		}
	})
	return numbers, err
}

func aggregate(name string, numbers []float64) float64 {
	sum, squares := 0.0, 0.0
	least, most := numbers[0], numbers[0]
	for _, n := range numbers {
		sum += n
		squares += n * n
		least, most = min(least, n), max(most, n)
	}
	count := float64(len(numbers))
	switch name {
	case "min":
		return least
	case "max":
		return most
	case "avg":
		return sum / count
	case "stddev":
		return math.Sqrt(squares/count - sum*sum/count/count)
	}
	return sum
}

// pick returns the first, last or n-th element.
func (e *evaluation) pick(t *token, value any) (any, error) {
	if e.model.Kind(value) != List {
		return nil, errNotFound
	}
	size := e.model.Len(value)
	at := 0
	switch t.name {
	case "last":
		at = size - 1
	case "index":
		n, err := strconv.Atoi(t.arguments[0].literal.text)
		if err != nil {
			return nil, errNotFound
		}
		if at = n; at < 0 {
			at += size
		}
	}
	if at < 0 || at >= size {
		return nil, errNotFound
	}
	return e.model.Item(value, at), nil
}
