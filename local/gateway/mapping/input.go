package mapping

import (
	"portico/local/gateway/exchange"
	"portico/local/gateway/vtl"
)

// input is $input.
type input struct {
	r      *rendering
	params *vtl.Map
}

var _ vtl.Object = (*input)(nil)

// Property knows body: the raw text, or {} of nothing.
func (i *input) Property(name string) any {
	if name != "body" {
		return nil
	}
	return string(i.body())
}

// body returns the body: {} of nothing, also for JSON paths.
func (i *input) body() []byte {
	if len(i.r.in.Body) == 0 {
		return []byte("{}")
	}
	return i.r.in.Body
}

// Call knows json, path and params.
func (i *input) Call(method string, args []any) (any, bool, error) {
	if method == "params" && len(args) == 0 {
		return i.allParams(), true, nil
	}
	if len(args) != 1 {
		return nil, false, nil
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, false, nil
	}
	switch method {
	case "params":
		value, _ := i.r.in.Params.find(text)
		return value, true, nil
	case "path":
		value, _, err := i.find(text)
		return value, true, err
	case "json":
		value, found, err := i.find(text)
		if err != nil || !found {
			return `""`, true, err
		}
		return string(vtl.AppendJSON(nil, value)), true, nil
	}
	return nil, false, nil
}

// String prints nothing: $input itself has no text.
func (i *input) String() string { return "" }

func (i *input) find(text string) (value any, found bool, err error) {
	path, err := i.r.paths.compile(text)
	if err != nil {
		return nil, false, err
	}
	i.r.document.parse(i.body())
	if !i.r.document.valid {
		return nil, false, nil
	}
	return path.Get(model{}, i.r.document.value)
}

// allParams is $input.params(): maps of path, querystring and header.
func (i *input) allParams() *vtl.Map {
	if i.params != nil {
		return i.params
	}
	p := &i.r.in.Params
	i.params = vtl.NewMap(3)
	i.params.Put("path", fieldsMap(p.Path, false))
	i.params.Put("querystring", fieldsMap(p.Query, false))
	i.params.Put("header", fieldsMap(p.Header, true))
	return i.params
}

// fieldsMap keeps the first or the last of repeated names.
func fieldsMap(fields []exchange.Field, first bool) *vtl.Map {
	m := vtl.NewMap(len(fields))
	for i := range fields {
		if first {
			if _, has := m.GetString(fields[i].Name); has {
				continue
			}
		}
		m.Put(fields[i].Name, fields[i].Value)
	}
	return m
}

// find looks for a parameter in the path, then the query string, then the header. Names compare as
// they are written.
func (p *Params) find(name string) (value string, ok bool) {
	if value, ok = last(p.Path, name); ok {
		return value, true
	}
	if value, ok = last(p.Query, name); ok {
		return value, true
	}
	for i := range p.Header {
		if p.Header[i].Name == name {
			return p.Header[i].Value, true
		}
	}
	return "", false
}

func last(fields []exchange.Field, name string) (value string, ok bool) {
	for i := len(fields) - 1; i >= 0; i-- {
		if fields[i].Name == name {
			return fields[i].Value, true
		}
	}
	return "", false
}
