package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object whose keys have an order. Its values are object, []any, string, number,
// int, bool and nil.
type object []member

type member struct {
	key   string
	value any
}

// number is a number as it was written.
type number string

func (o *object) put(key string, value any) { *o = append(*o, member{key, value}) }

// putText puts a string, unless it is empty.
func (o *object) putText(key, value string) {
	if value != "" {
		o.put(key, value)
	}
}

// putTexts puts a list of strings, unless it is empty.
func (o *object) putTexts(key string, values []string) {
	if len(values) > 0 {
		o.put(key, texts(values))
	}
}

// putMap puts a map of strings in the order of its keys, unless it is empty.
func (o *object) putMap(key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	var inner object
	for _, name := range sortedKeys(values) {
		inner.put(name, values[name])
	}
	o.put(key, inner)
}

// putObject puts an object, unless it is empty.
func (o *object) putObject(key string, value object) {
	if len(value) > 0 {
		o.put(key, value)
	}
}

func texts(values []string) []any {
	all := make([]any, 0, len(values))
	for _, value := range values {
		all = append(all, value)
	}
	return all
}

func sortedKeys[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }

// parse reads JSON with its keys in their order.
func parse(text []byte) (any, error) {
	decoder := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	value, err := parseValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); err == nil {
		return nil, fmt.Errorf("there is more than one value")
	}
	return value, nil
}

func parseValue(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case jsontext.KindBeginObject:
		all := object{}
		for decoder.PeekKind() != jsontext.KindEndObject {
			name, err := decoder.ReadToken()
			if err != nil {
				return nil, err
			}
			key := name.String()
			value, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			all.put(key, value)
		}
		_, err = decoder.ReadToken()
		return all, err
	case jsontext.KindBeginArray:
		all := []any{}
		for decoder.PeekKind() != jsontext.KindEndArray {
			value, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			all = append(all, value)
		}
		_, err = decoder.ReadToken()
		return all, err
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return number(token.String()), nil
	case jsontext.KindTrue, jsontext.KindFalse:
		return token.Bool(), nil
	}
	return nil, nil
}

// appendJSON writes a value as AWS prints exports: two blanks for each level, blanks around colons,
// lists on one line.
func appendJSON(out []byte, value any, depth int) []byte {
	switch value := value.(type) {
	case object:
		if len(value) == 0 {
			return append(out, "{ }"...)
		}
		inner := "\n" + strings.Repeat("  ", depth+1)
		out = append(out, '{')
		for i, one := range value {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, inner...)
			out = append(appendScalar(out, one.key), " : "...)
			out = appendJSON(out, one.value, depth+1)
		}
		return append(append(out, inner[:len(inner)-2]...), '}')
	case []any:
		if len(value) == 0 {
			return append(out, "[ ]"...)
		}
		out = append(out, "[ "...)
		for i, item := range value {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = appendJSON(out, item, depth)
		}
		return append(out, " ]"...)
	}
	return appendScalar(out, value)
}

func appendScalar(out []byte, value any) []byte {
	switch value := value.(type) {
	case string:
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(value) // of a string, it cannot fail
		return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
	case number:
		return append(out, value...)
	case int:
		return strconv.AppendInt(out, int64(value), 10)
	case bool:
		return strconv.AppendBool(out, value)
	}
	return append(out, "null"...)
}
