package model

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Input reads the input of an operation out of a request: params are the parts of its path. The
// error is an *Error in AWS's words: what cannot be read first, then all that breaks a constraint.
func (s *Service) Input(
	op *Operation, r *http.Request, params map[string]string, body []byte,
) (Object, error) {
	shape := s.Shapes[op.Input]
	if shape == nil {
		return Object{}, nil
	}
	var in Object
	var err error
	switch s.Protocol {
	case RESTJSON:
		in, err = s.restInput(shape, r, params, body)
	case Query:
		values, _ := url.ParseQuery(string(body))
		in, err = s.formObject(shape, values, "")
	case CBOR:
		in, err = s.cborBody(shape, body)
	default:
		in, err = s.jsonBody(shape, body)
	}
	if err != nil {
		return nil, err
	}
	return in, s.check(op, shape, in)
}

func (s *Service) restInput(
	shape *Shape, r *http.Request, params map[string]string, body []byte,
) (Object, error) {
	in, err := Object{}, error(nil)
	if shape.Payload == "" {
		if in, err = s.jsonBody(shape, body); err != nil {
			return nil, err
		}
	}
	query := r.URL.Query()
	for _, member := range shape.Members {
		value, err := any(nil), error(nil)
		switch {
		case member.Name == shape.Payload:
			value, err = s.payload(member, body)
		case member.At == "uri":
			value, err = s.scalar(member, params[member.Wire])
		case member.At == "querystring":
			value, err = s.queryValue(member, query)
		case member.At == "header" && r.Header.Get(member.Wire) != "":
			value, err = s.scalar(member, r.Header.Get(member.Wire))
		}
		if err != nil {
			return nil, err
		}
		if value != nil {
			in[member.Name] = value
		}
	}
	return in, nil
}

func (s *Service) payload(member Member, body []byte) (any, error) {
	shape := s.Shapes[member.Shape]
	if shape.Type == "blob" {
		return body, nil
	}
	in, err := s.jsonBody(shape, body)
	return in, err
}

func (s *Service) queryValue(member Member, query url.Values) (any, error) {
	switch shape := s.Shapes[member.Shape]; {
	case shape.Type == "map": // every parameter
		all := Object{}
		for name := range query {
			all[name] = query.Get(name)
		}
		return all, nil
	case !query.Has(member.Wire):
		return nil, nil
	case shape.Type == "list":
		return TextList(query[member.Wire]), nil
	}
	return s.scalar(member, query.Get(member.Wire))
}

// scalar reads a value that is a string in the request.
func (s *Service) scalar(member Member, text string) (any, error) {
	shape := s.Shapes[member.Shape]
	switch shape.Type {
	case "integer", "long":
		number, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, serialization("'%s' can not be converted to an Integer", text)
		}
		return number, nil
	case "double", "float", "timestamp":
		if at, err := time.Parse(time.RFC3339, text); err == nil && shape.Type == "timestamp" {
			return float64(at.UnixMilli()) / 1000, nil
		}
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, serialization("'%s' can not be converted to a Double", text)
		}
		return number, nil
	case "boolean":
		return strings.EqualFold(text, "true"), nil
	case "blob":
		return []byte(text), nil
	}
	return text, nil
}

func (s *Service) jsonBody(shape *Shape, body []byte) (Object, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return Object{}, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return nil, serialization("The request body is no JSON: %s", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, serialization("The request body holds more than one JSON value")
	}
	if tree == nil {
		return Object{}, nil
	}
	in, err := s.value(shape, tree)
	if err != nil {
		return nil, err
	}
	return in.(Object), nil
}

// value reads a JSON value as one of a shape. Of the messages only those of strings are recorded
// from AWS; the others are the words of its framework elsewhere.
func (s *Service) value(shape *Shape, from any) (any, error) {
	switch shape.Type {
	case "structure", "map":
		tree, ok := from.(map[string]any)
		if !ok {
			return nil, serialization("Unexpected value: expected a structure, got %s", classOf(from))
		}
		if shape.Type == "map" {
			return s.entries(shape, tree)
		}
		return s.members(shape, tree)
	case "list":
		items, ok := from.([]any)
		if !ok {
			return nil, serialization("Expected list or null")
		}
		return s.items(shape, items)
	}
	switch from.(type) {
	case map[string]any:
		return nil, serialization("Start of structure or map found where not expected.")
	case []any:
		return nil, serialization("Start of list found where not expected")
	}
	return s.plain(shape, from)
}

func (s *Service) members(shape *Shape, tree map[string]any) (any, error) {
	all := Object{}
	for _, member := range shape.Members {
		given := tree[member.Wire]
		if given == nil || member.At != "" {
			continue
		}
		value, err := s.value(s.Shapes[member.Shape], given)
		if err != nil {
			return nil, err
		}
		all[member.Name] = value
	}
	return all, nil
}

func (s *Service) entries(shape *Shape, tree map[string]any) (any, error) {
	all := make(Object, len(tree))
	for key, given := range tree {
		if given == nil {
			all[key] = nil
			continue
		}
		value, err := s.value(s.Shapes[shape.Value], given)
		if err != nil {
			return nil, err
		}
		all[key] = value
	}
	return all, nil
}

func (s *Service) items(shape *Shape, items []any) (any, error) {
	all := make([]any, 0, len(items))
	for _, given := range items {
		if given == nil {
			continue
		}
		value, err := s.value(s.Shapes[shape.Of], given)
		if err != nil {
			return nil, err
		}
		all = append(all, value)
	}
	return all, nil
}

func (s *Service) plain(shape *Shape, from any) (any, error) {
	switch shape.Type {
	case "string":
		if text, ok := from.(string); ok {
			return text, nil
		}
		return nil, serialization("%s can not be converted to an String", classOf(from))
	case "boolean":
		if truth, ok := from.(bool); ok {
			return truth, nil
		}
		return nil, serialization("%s can not be converted to an Boolean", classOf(from))
	case "integer", "long":
		given, ok := from.(json.Number)
		if !ok {
			return nil, serialization("%s can not be converted to an Integer", classOf(from))
		}
		if whole, isWhole := number(given).(int64); isWhole {
			return whole, nil
		}
		return nil, serialization("%s can not be converted to an Integer", given)
	case "double", "float", "timestamp":
		if given, ok := from.(json.Number); ok {
			float, _ := given.Float64()
			return float, nil
		}
		return nil, serialization("%s can not be converted to a Double", classOf(from))
	}
	text, ok := from.(string)
	blob, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return nil, serialization("%s can not be converted to a Blob", classOf(from))
	}
	return blob, nil
}

// classOf names the Java class that AWS has for a JSON value.
func classOf(value any) string {
	switch value.(type) {
	case bool:
		return "class java.lang.Boolean"
	case json.Number:
		return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
	case string:
		return "class java.lang.String"
	case []any:
		return "class java.util.ArrayList"
	}
	return "class java.util.LinkedHashMap"
}

// formObject reads a structure of the protocol Query: "Tags.member.1.Key=…".
func (s *Service) formObject(shape *Shape, form url.Values, under string) (Object, error) {
	all := Object{}
	for _, member := range shape.Members {
		name := under + member.Wire
		value, err := s.formValue(member, form, name)
		if err != nil {
			return nil, err
		}
		if value != nil {
			all[member.Name] = value
		}
	}
	return all, nil
}

func (s *Service) formValue(member Member, form url.Values, name string) (any, error) {
	shape := s.Shapes[member.Shape]
	switch shape.Type {
	case "structure":
		if inner, err := s.formObject(shape, form, name+"."); len(inner) > 0 || err != nil {
			return inner, err
		}
		return nil, nil
	case "list":
		var all []any
		for i := 1; ; i++ {
			item := Member{Name: "member", Shape: shape.Of}
			value, err := s.formValue(item, form, name+".member."+strconv.Itoa(i))
			if err != nil {
				return nil, err
			}
			if value == nil {
				break
			}
			all = append(all, value)
		}
		if all == nil {
			return nil, nil
		}
		return all, nil
	}
	if !form.Has(name) {
		return nil, nil
	}
	return s.scalar(member, form.Get(name))
}
