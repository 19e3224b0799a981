package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
)

// rule says whether a value fits, which may be absent.
type rule func(value any, exists bool) bool

func compileRule(item any) (rule, error) {
	operator, ok := item.(map[string]any)
	if !ok {
		return equals(item)
	}
	if len(operator) != 1 {
		return nil, errors.New("a rule has one operator")
	}
	for name, operand := range operator {
		r, err := compileOperator(name, operand)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return r, nil
	}
	return nil, nil
}

func compileOperator(name string, operand any) (rule, error) {
	switch name {
	case "prefix":
		return textual(operand, strings.HasPrefix)
	case "suffix":
		return textual(operand, strings.HasSuffix)
	case "equals-ignore-case":
		return textual(operand, strings.EqualFold)
	case "anything-but":
		return anythingBut(operand)
	case "numeric":
		return numeric(operand)
	case "exists":
		wanted, ok := operand.(bool)
		if !ok {
			return nil, errors.New("want true or false")
		}
		return func(_ any, exists bool) bool { return exists == wanted }, nil
	}
	return nil, errors.New("no such operator; there are prefix, suffix, equals-ignore-case, " +
		"anything-but, numeric and exists")
}

func textual(operand any, compare func(value, operand string) bool) (rule, error) {
	wanted, ok := operand.(string)
	if !ok || wanted == "" {
		return nil, errors.New("want a text that is not empty")
	}
	return func(value any, exists bool) bool {
		text, ok := value.(string)
		return exists && ok && compare(text, wanted)
	}, nil
}

// equals is the rule of a plain value.
func equals(wanted any) (rule, error) {
	switch w := wanted.(type) {
	case nil, bool, string:
		return func(value any, exists bool) bool { return exists && value == wanted }, nil
	case json.Number:
		number, err := w.Float64()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w, err)
		}
		return func(value any, exists bool) bool {
			got, ok := numberOf(value)
			return exists && ok && got == number
		}, nil
	}
	return nil, errors.New("want a text, a number, true, false, null, or an operator")
}

func numberOf(value any) (float64, bool) {
	written, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	number, err := written.Float64()
	return number, err == nil
}

func anythingBut(operand any) (rule, error) {
	items, isList := operand.([]any)
	if !isList {
		items = []any{operand}
	}
	if len(items) == 0 {
		return nil, errors.New("want at least one value")
	}
	var excluded []rule
	for _, item := range items {
		if _, nested := item.(map[string]any); nested {
			return nil, errors.New("no operator in it is read; want texts or numbers")
		}
		r, err := equals(item)
		if err != nil {
			return nil, err
		}
		excluded = append(excluded, r)
	}
	return func(value any, exists bool) bool {
		for _, is := range excluded {
			if is(value, exists) {
				return false
			}
		}
		return exists
	}, nil
}

// bound is one comparison of a numeric rule.
type bound struct {
	operator string
	limit    float64
}

func (b bound) holds(value float64) bool {
	switch b.operator {
	case "=":
		return value == b.limit
	case "<":
		return value < b.limit
	case "<=":
		return value <= b.limit
	case ">":
		return value > b.limit
	}
	return value >= b.limit
}

// numeric reads ["=", 1] or [">", 0, "<=", 5].
func numeric(operand any) (rule, error) {
	items, _ := operand.([]any)
	if len(items) != 2 && len(items) != 4 {
		return nil, errors.New(`want ["=", number] or a range such as [">", 0, "<=", 5]`)
	}
	var bounds []bound
	for i := 0; i < len(items); i += 2 {
		operator, _ := items[i].(string)
		limit, ok := numberOf(items[i+1])
		known := strings.Contains(" = < <= > >= ", " "+operator+" ") && operator != ""
		if !known || !ok || math.IsInf(limit, 0) {
			return nil, errors.New("want =, <, <=, > or >=, each before a number")
		}
		bounds = append(bounds, bound{operator: operator, limit: limit})
	}
	if len(bounds) == 2 && (bounds[0].operator[0] != '>' || bounds[1].operator[0] != '<' ||
		bounds[0].limit >= bounds[1].limit) {
		return nil, errors.New("a range has its lower bound first, and it must not be empty")
	}
	return func(value any, exists bool) bool {
		number, ok := numberOf(value)
		if !exists || !ok {
			return false
		}
		for _, b := range bounds {
			if !b.holds(number) {
				return false
			}
		}
		return true
	}, nil
}
