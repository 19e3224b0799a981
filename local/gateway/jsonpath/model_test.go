package jsonpath_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"

	"portico/local/gateway/jsonpath"
)

// object is a JSON object in order.
type object struct {
	names  []string
	values []any
}

// model reads what parse makes: nil, bool, json.Number, string, []any, *object.
type model struct{}

var _ jsonpath.Model = model{}

func (model) Kind(value any) jsonpath.Kind {
	switch value.(type) {
	case bool:
		return jsonpath.Boolean
	case json.Number:
		return jsonpath.Number
	case string:
		return jsonpath.Text
	case []any:
		return jsonpath.List
	case *object:
		return jsonpath.Object
	}
	return jsonpath.Null
}

func (model) Len(value any) int {
	if o, ok := value.(*object); ok {
		return len(o.names)
	}
	return len(value.([]any))
}

func (model) Item(list any, i int) any { return list.([]any)[i] }

func (model) Entry(value any, i int) (string, any) {
	return value.(*object).names[i], value.(*object).values[i]
}

func (model) Member(value any, name string) (any, bool) {
	o := value.(*object)
	for i := range o.names {
		if o.names[i] == name {
			return o.values[i], true
		}
	}
	return nil, false
}

func (model) Text(value any) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	return value.(string)
}

func (model) MakeList(items []any) any { return items }

func (model) MakeObject(names []string, values []any) any { return &object{names, values} }

func (model) MakeInt(n int) any { return json.Number(strconv.Itoa(n)) }

func (model) MakeDouble(f float64) any {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if f == float64(int64(f)) {
		text += ".0"
	}
	return json.Number(text)
}

func (model) MakeText(text string) any { return text }

func parse(t testing.TB, text string) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	return parseNext(t, decoder)
}

func parseNext(t testing.TB, decoder *json.Decoder) any {
	t.Helper()
	token, err := decoder.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			list = append(list, parseNext(t, decoder))
		}
		_, _ = decoder.Token()
		return list
	case json.Delim('{'):
		o := &object{}
		for decoder.More() {
			name, _ := decoder.Token()
			o.names = append(o.names, name.(string))
			o.values = append(o.values, parseNext(t, decoder))
		}
		_, _ = decoder.Token()
		return o
	}
	return token
}

func show(value any) string {
	switch v := value.(type) {
	case []any:
		text := "["
		for i, item := range v {
			if i > 0 {
				text += ","
			}
			text += show(item)
		}
		return text + "]"
	case *object:
		text := "{"
		for i := range v.names {
			if i > 0 {
				text += ","
			}
			text += show(v.names[i]) + ":" + show(v.values[i])
		}
		return text + "}"
	}
	text, _ := json.Marshal(value)
	return string(text)
}
