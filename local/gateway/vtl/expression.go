package vtl

import (
	"errors"
	"fmt"
)

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// constant is a literal.
type constant struct{ literal any }

func (c constant) value(*state) (any, error) { return c.literal, nil }

// interpolation is a string with references or directives inside.
type interpolation struct {
	body  *block
	blank bool // the body ends in a blank that is not part of the string
}

func (e *interpolation) value(s *state) (any, error) {
	text, err := s.capture(e.body)
	if err == nil && e.blank && text != "" {
		text = text[:len(text)-1]
	}
	return text, err
}

type listLiteral struct{ items []expr }

func (e *listLiteral) value(s *state) (any, error) {
	list := &List{Items: make([]any, 0, len(e.items))}
	for _, item := range e.items {
		value, err := item.value(s)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, value)
	}
	return list, nil
}

type rangeLiteral struct {
	at       int
	from, to expr
}

// value is null when an end is no number.
func (e *rangeLiteral) value(s *state) (any, error) {
	from, err := e.from.value(s)
	if err != nil {
		return nil, err
	}
	to, err := e.to.value(s)
	if err != nil || !isNumber(from) || !isNumber(to) {
		return nil, err
	}
	first, last := int64(int32(toLong(from))), int64(int32(toLong(to)))
	step, size := int64(1), last-first+1
	if first >= last {
		step, size = -1, first-last+1
	}
	if size > maxElements {
		return nil, faultf(e.at, "a range has %d elements, allowed are %d", size, maxElements)
	}
	list := &List{Items: make([]any, size)}
	for i := range list.Items {
		list.Items[i] = int32(first + step*int64(i))
	}
	return list, nil
}

type mapLiteral struct{ keys, values []expr }

func (e *mapLiteral) value(s *state) (any, error) {
	m := NewMap(len(e.keys))
	for i := range e.keys {
		key, err := e.keys[i].value(s)
		if err != nil {
			return nil, err
		}
		value, err := e.values[i].value(s)
		if err != nil {
			return nil, err
		}
		m.Put(key, value)
	}
	return m, nil
}

// truth says whether an expression holds as a condition: a reference unless it is null or false, a
// comparison and true by themselves; a string or number that stands alone never does, as in
// Velocity 1.7.
func truth(s *state, e expr) (bool, error) {
	switch e.(type) {
	case *reference, *comparison, *logic, *negation, constant:
	default:
		_, err := e.value(s)
		return false, err
	}
	value, err := e.value(s)
	if yes, isBool := value.(bool); isBool || err != nil {
		return yes, err
	}
	_, isReference := e.(*reference)
	return isReference && value != nil, nil
}

type logic struct {
	or          bool
	left, right expr
}

func (e *logic) value(s *state) (any, error) {
	left, err := truth(s, e.left)
	if err != nil || left == e.or {
		return left, err
	}
	return boxed(truth(s, e.right))
}

func boxed(yes bool, err error) (any, error) { return yes, err }

type negation struct{ operand expr }

func (e *negation) value(s *state) (any, error) {
	yes, err := truth(s, e.operand)
	return !yes, err
}

type comparison struct {
	op          byte
	left, right expr
}

func (e *comparison) value(s *state) (any, error) {
	left, err := e.left.value(s)
	if err != nil {
		return nil, err
	}
	right, err := e.right.value(s)
	if err != nil {
		return nil, err
	}
	switch e.op {
	case opEqual:
		return same(left, right), nil
	case opNotEqual:
		return !same(left, right), nil
	}
	if !isNumber(left) || !isNumber(right) {
		return false, nil
	}
	order := compareNumbers(left, right)
	switch e.op {
	case opLess:
		return order < 0, nil
	case opLessEqual:
		return order <= 0, nil
	case opGreater:
		return order > 0, nil
	}
	return order >= 0, nil
}

// same is the operator ==: numbers by value, values of one class by content, others by what they
// print. In API Gateway null also equals "".
func same(left, right any) bool {
	if left == nil || right == nil {
		return isNothing(left) && isNothing(right)
	}
	if a, ok := left.(string); ok {
		if b, ok := right.(string); ok {
			return a == b
		}
	}
	if isNumber(left) && isNumber(right) {
		return compareNumbers(left, right) == 0
	}
	if oneClass(left, right) {
		return equal(left, right)
	}
	return String(left) == String(right)
}

func isNothing(value any) bool { return value == nil || value == "" }

func oneClass(left, right any) bool {
	switch left.(type) {
	case *List:
		_, ok := right.(*List)
		return ok
	case *Map:
		_, ok := right.(*Map)
		return ok
	case *Entry:
		_, ok := right.(*Entry)
		return ok
	case bool:
		_, ok := right.(bool)
		return ok
	}
	return false
}

type arithmetic struct {
	at          int
	op          byte
	left, right expr
}

// value is null when an operand is no number, unless a string is added to.
func (e *arithmetic) value(s *state) (any, error) {
	left, err := e.left.value(s)
	if err != nil {
		return nil, err
	}
	right, err := e.right.value(s)
	if err != nil {
		return nil, err
	}
	if e.op == '+' {
		if text, joined, err := concatenate(left, right); joined {
			s.steps += cost(text)
			return text, placed(e.at, err)
		}
	}
	if !isNumber(left) || !isNumber(right) {
		return nil, nil
	}
	if e.op == '%' && base(left, right) == 5 {
		return nil, faultf(e.at, "the modulo of a BigDecimal cannot be calculated")
	}
	return calculate(e.op, left, right), nil
}

var errTooLong = errors.New("a text is longer than a template may render")

// concatenate joins two values if one is a string; null adds nothing.
func concatenate(left, right any) (text any, joined bool, err error) {
	_, leftText := left.(string)
	_, rightText := right.(string)
	if !leftText && !rightText {
		return nil, false, nil
	}
	a, b := orEmpty(left), orEmpty(right)
	if len(a)+len(b) > maxOutput {
		return nil, true, errTooLong
	}
	return a + b, true, nil
}

func orEmpty(value any) string {
	if value == nil {
		return ""
	}
	return String(value)
}
