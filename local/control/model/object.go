package model

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Object is a structure or map of an input or output, by the names of AWS's models. Its values are
// Object, []any, string, int64, float64, bool, []byte and, in maps of strings, nil.
type Object map[string]any

// Has says whether a member is given.
func (o Object) Has(name string) bool { return o[name] != nil }

// Text returns a member that is a string, "" when it is absent.
func (o Object) Text(name string) string { text, _ := o[name].(string); return text }

// Bool returns a member that is a truth value, false when it is absent.
func (o Object) Bool(name string) bool { truth, _ := o[name].(bool); return truth }

// Bytes returns a member that is a blob.
func (o Object) Bytes(name string) []byte { blob, _ := o[name].([]byte); return blob }

// Int returns a member that is a whole number, 0 when it is absent.
func (o Object) Int(name string) int { return int(o.Number(name)) }

// Number returns a member that is a number, 0 when it is absent.
func (o Object) Number(name string) float64 {
	switch number := o[name].(type) {
	case int64:
		return float64(number)
	case float64:
		return number
	}
	return 0
}

// Object returns a member that is a structure or map; nil when it is absent.
func (o Object) Object(name string) Object { inner, _ := o[name].(Object); return inner }

// List returns the items of a member that is a list.
func (o Object) List(name string) []any { list, _ := o[name].([]any); return list }

// Objects returns the items of a member that is a list of structures.
func (o Object) Objects(name string) []Object {
	var all []Object
	for _, item := range o.List(name) {
		if object, ok := item.(Object); ok {
			all = append(all, object)
		}
	}
	return all
}

// Texts returns the items of a member that is a list of strings.
func (o Object) Texts(name string) []string {
	var all []string
	for _, item := range o.List(name) {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// TextMap returns a member that is a map of strings; nil when it has no entry.
func (o Object) TextMap(name string) map[string]string {
	inner := o.Object(name)
	if len(inner) == 0 {
		return nil
	}
	all := make(map[string]string, len(inner))
	for key := range inner {
		all[key] = inner.Text(key)
	}
	return all
}

// Keys returns the names of the members, sorted.
func (o Object) Keys() []string { return slices.Sorted(maps.Keys(o)) }

// Clone returns a copy that shares nothing with o.
func (o Object) Clone() Object {
	if o == nil {
		return nil
	}
	all := make(Object, len(o))
	for key, value := range o {
		all[key] = cloned(value)
	}
	return all
}

func cloned(value any) any {
	switch value := value.(type) {
	case Object:
		return value.Clone()
	case []any:
		all := make([]any, len(value))
		for i, item := range value {
			all[i] = cloned(item)
		}
		return all
	}
	return value
}

// Take copies the members of those names that from has.
func (o Object) Take(from Object, names ...string) Object {
	for _, name := range names {
		if value, ok := from[name]; ok && value != nil {
			o[name] = cloned(value)
		}
	}
	return o
}

// PutText sets a member, unless the text is empty.
func (o Object) PutText(name, text string) {
	if text != "" {
		o[name] = text
	}
}

// PutTexts sets a member that is a map of strings, unless it has no entry.
func (o Object) PutTexts(name string, texts map[string]string) {
	if len(texts) > 0 {
		o[name] = TextObject(texts)
	}
}

// TextList returns strings as a list of an Object.
func TextList(texts []string) []any {
	all := make([]any, 0, len(texts))
	for _, text := range texts {
		all = append(all, text)
	}
	return all
}

// TextObject returns a map of strings as an Object.
func TextObject(texts map[string]string) Object {
	all := make(Object, len(texts))
	for key, text := range texts {
		all[key] = text
	}
	return all
}

// UnmarshalJSON reads what was kept of an Object.
func (o *Object) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var read map[string]any
	if err := decoder.Decode(&read); err != nil {
		return err
	}
	*o, _ = kept(read).(Object)
	return nil
}

func kept(value any) any {
	switch value := value.(type) {
	case map[string]any:
		if value == nil {
			return nil
		}
		all := make(Object, len(value))
		for key, inner := range value {
			all[key] = kept(inner)
		}
		return all
	case []any:
		for i, item := range value {
			value[i] = kept(item)
		}
	case json.Number:
		return number(value)
	}
	return value
}

func number(from json.Number) any {
	if !strings.ContainsAny(from.String(), ".eE") {
		if whole, err := from.Int64(); err == nil {
			return whole
		}
	}
	float, _ := from.Float64()
	return float
}
