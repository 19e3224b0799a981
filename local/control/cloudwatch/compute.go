package cloudwatch

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// series are values by time, in seconds of the epoch.
type series map[int64]float64

// value is what a part of an expression computes to: a number, a series, or several series.
type value struct {
	number float64
	one    series
	many   []series
	text   string
	is     kind
}

type kind int

const (
	isNumber kind = iota
	isSeries
	isMany
	isText
)

func (k kind) String() string {
	return [...]string{"a number", "a time series", "several time series", "a text"}[k]
}

// scope is what an expression is computed on.
type scope struct {
	values   map[string]value // by id
	metrics  []string         // ids of the queries that are metrics, in their order
	from, to time.Time
	period   time.Duration
}

// grid returns the times of the scope's periods.
func (s *scope) grid() []int64 {
	var times []int64
	for at := s.from; at.Before(s.to); at = at.Add(s.period) {
		times = append(times, at.Unix())
	}
	return times
}

type (
	constant   float64
	text       string
	reference  string
	array      []node
	operation2 struct {
		operator    string
		left, right node
	}
	function struct {
		name      string
		arguments array
		do        func(s *scope, arguments []value) (value, error)
	}
)

func (c constant) value(*scope) (value, error) { return value{number: float64(c)}, nil }

func (t text) value(*scope) (value, error) { return value{text: string(t), is: isText}, nil }

func (r reference) value(s *scope) (value, error) {
	if v, ok := s.values[string(r)]; ok {
		return v, nil
	}
	return value{}, fmt.Errorf("there is no metric with the id %s", string(r))
}

func (a array) value(s *scope) (value, error) {
	made := value{is: isMany}
	for _, item := range a {
		v, err := item.value(s)
		switch {
		case err != nil:
			return v, err
		case v.is == isSeries:
			made.many = append(made.many, v.one)
		case v.is == isMany:
			made.many = append(made.many, v.many...)
		default:
			return v, fmt.Errorf("a list holds time series, not %s", v.is)
		}
	}
	return made, nil
}

func (f function) value(s *scope) (value, error) {
	arguments := make([]value, 0, len(f.arguments))
	for _, argument := range f.arguments {
		v, err := argument.value(s)
		if err != nil {
			return v, err
		}
		arguments = append(arguments, v)
	}
	v, err := f.do(s, arguments)
	if err != nil {
		return v, fmt.Errorf("function %s: %w", f.name, err)
	}
	return v, nil
}

func (o operation2) value(s *scope) (value, error) {
	left, err := o.left.value(s)
	if err != nil {
		return left, err
	}
	right, err := o.right.value(s)
	if err != nil {
		return right, err
	}
	return combine(o.operator, left, right)
}

// combine computes an operator point by point: only where both sides have one.
func combine(operator string, left, right value) (value, error) {
	do := operators()[operator]
	switch {
	case left.is == isText || right.is == isText:
		return value{}, fmt.Errorf("a text cannot be computed with")
	case left.is == isMany && right.is == isMany:
		return value{}, fmt.Errorf("two lists cannot be computed with each other")
	case left.is == isMany || right.is == isMany:
		made := value{is: isMany}
		for _, one := range append(slices.Clone(left.many), right.many...) {
			l, r := left, right
			if left.is == isMany {
				l = value{one: one, is: isSeries}
			} else {
				r = value{one: one, is: isSeries}
			}
			v, err := combine(operator, l, r)
			if err != nil {
				return v, err
			}
			made.many = append(made.many, v.one)
		}
		return made, nil
	case left.is == isNumber && right.is == isNumber:
		return value{number: do(left.number, right.number)}, nil
	}
	times := left.one
	if left.is == isNumber {
		times = right.one
	}
	made := series{}
	for at := range times {
		l, inLeft := left.point(at)
		r, inRight := right.point(at)
		if v := do(l, r); inLeft && inRight && !math.IsNaN(v) && !math.IsInf(v, 0) {
			made[at] = v
		}
	}
	return value{one: made, is: isSeries}, nil
}

// point returns the value at a time: that of a number is the same at all times.
func (v value) point(at int64) (float64, bool) {
	if v.is == isNumber {
		return v.number, true
	}
	number, ok := v.one[at]
	return number, ok
}

func operators() map[string]func(a, b float64) float64 {
	truth := func(is func(a, b float64) bool) func(a, b float64) float64 {
		return func(a, b float64) float64 {
			if is(a, b) {
				return 1
			}
			return 0
		}
	}
	either := truth(func(a, b float64) bool { return a != 0 || b != 0 })
	both := truth(func(a, b float64) bool { return a != 0 && b != 0 })
	return map[string]func(a, b float64) float64{
		"+":  func(a, b float64) float64 { return a + b },
		"-":  func(a, b float64) float64 { return a - b },
		"*":  func(a, b float64) float64 { return a * b },
		"/":  func(a, b float64) float64 { return a / b },
		"^":  math.Pow,
		"==": truth(func(a, b float64) bool { return a == b }),
		"!=": truth(func(a, b float64) bool { return a != b }),
		"<":  truth(func(a, b float64) bool { return a < b }),
		"<=": truth(func(a, b float64) bool { return a <= b }),
		">":  truth(func(a, b float64) bool { return a > b }),
		">=": truth(func(a, b float64) bool { return a >= b }),
		"||": either, "OR": either, "&&": both, "AND": both,
	}
}

// times returns when a series has values, in order.
func (s series) times() []int64 { return slices.Sorted(maps.Keys(s)) }
