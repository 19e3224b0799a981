// Package filter matches messages with the patterns of event source mappings (Control which events
// Lambda sends to your function).
//
// It stands before a batch is worked on: package poller asks it which messages a function gets.
// Patterns are compiled when a template is read. Only the operators that Lambda documents are read;
// those that only EventBridge has (wildcard, cidr, nested anything-but) are refused.
package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// maxDepth bounds how deep patterns nest.
const maxDepth = 32

// Pattern is a compiled pattern.
type Pattern struct {
	body node // nil admits every message
	text bool // body is a rule for plain text
}

// node is an object of a pattern, or a list of rules for one value.
type node interface {
	matches(value any, exists bool) bool
}

// Compile reads a pattern for records of SQS, which are matched by their body alone.
func Compile(text string) (*Pattern, error) {
	value, err := decode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the pattern is no JSON: %w", err)
	}
	object, ok := value.(map[string]any)
	if !ok || len(object) == 0 {
		return nil, errors.New("a pattern must be an object such as " +
			`{"body": {"kind": ["order"]}}`)
	}
	for key := range object {
		if key != "body" {
			return nil, fmt.Errorf("%s: mappings of SQS queues match by body only", key)
		}
	}
	p := &Pattern{}
	_, p.text = object["body"].([]any)
	if p.body, err = compile(object["body"], "body", 0); err != nil {
		return nil, err
	}
	return p, nil
}

// decode reads one JSON value, with numbers as they are written.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if decoder.More() {
		return nil, errors.New("more than one value")
	}
	return value, nil
}

// Matches reports whether a message's body fits. A pattern for text fits plain text only, one for
// an object JSON only; what does not fit is discarded.
func (p *Pattern) Matches(body string) bool {
	value, err := decode([]byte(body))
	_, isObject := value.(map[string]any)
	_, isList := value.([]any)
	isJSON := err == nil && (isObject || isList)
	if p.text {
		return !isJSON && p.body.matches(body, true)
	}
	return isJSON && p.body.matches(value, true)
}

func compile(value any, at string, depth int) (node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%.60s…: a pattern nests at most %d levels", at, maxDepth)
	}
	switch v := value.(type) {
	case map[string]any:
		return compileObject(v, at, depth)
	case []any:
		return compileRules(v, at)
	}
	return nil, fmt.Errorf("%s: want an object, or a list of rules", at)
}

// object matches a value of which each field fits.
type object struct {
	fields map[string]node
	or     []node // one of which must fit; nil asks for nothing
}

func compileObject(fields map[string]any, at string, depth int) (node, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("%s: an object of a pattern names at least one field", at)
	}
	compiled := object{fields: map[string]node{}}
	for name, value := range fields {
		if name != "$or" {
			field, err := compile(value, at+"."+name, depth+1)
			if err != nil {
				return nil, err
			}
			compiled.fields[name] = field
			continue
		}
		choices, ok := value.([]any)
		if !ok || len(choices) < 2 {
			return nil, fmt.Errorf("%s.$or: want a list of at least two objects", at)
		}
		for _, choice := range choices {
			fields, ok := choice.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s.$or: want a list of objects", at)
			}
			one, err := compileObject(fields, at+".$or", depth+1)
			if err != nil {
				return nil, err
			}
			compiled.or = append(compiled.or, one)
		}
	}
	return compiled, nil
}

// matches is true for a list when it is for one of its items.
func (o object) matches(value any, _ bool) bool {
	if items, ok := value.([]any); ok {
		for _, item := range items {
			if o.matches(item, true) {
				return true
			}
		}
		return false
	}
	fields, _ := value.(map[string]any) // nil has no field
	for name, rule := range o.fields {
		field, exists := fields[name]
		if !rule.matches(field, exists) {
			return false
		}
	}
	if o.or == nil {
		return true
	}
	for _, choice := range o.or {
		if choice.matches(value, true) {
			return true
		}
	}
	return false
}

// rules are what one value may be; one of them must fit.
type rules []rule

func compileRules(list []any, at string) (node, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: want at least one rule in the list", at)
	}
	var compiled rules
	for _, item := range list {
		r, err := compileRule(item)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		compiled = append(compiled, r)
	}
	return compiled, nil
}

// matches is true for a list when one of its items fits.
func (r rules) matches(value any, exists bool) bool {
	items, isList := value.([]any)
	if !isList {
		return r.fits(value, exists)
	}
	for _, item := range items {
		if r.fits(item, true) {
			return true
		}
	}
	return len(items) == 0 && r.fits(nil, false)
}

func (r rules) fits(value any, exists bool) bool {
	_, inner := value.(map[string]any)
	for _, one := range r {
		if one(value, exists && !inner) { // only leaves exist
			return true
		}
	}
	return false
}
