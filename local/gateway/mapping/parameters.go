package mapping

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/jsonpath"
	"portico/local/gateway/vtl"
)

// Place is where a mapped parameter goes.
type Place string

// The places: of the integration request, and of the method response.
const (
	Header         Place = "header"
	Query          Place = "querystring"
	Path           Place = "path"
	ResponseHeader Place = "response header"
)

// Mapped is a parameter with the values that a call gives it.
type Mapped struct {
	Place  Place
	Name   string
	Values []string // one, but of multivaluequerystring each
}

// Parameters are compiled parameter mappings, in the order of their targets' names.
type Parameters struct{ mappings []parameter }

type parameter struct {
	place  Place
	name   string
	source source
}

// ErrInvalidBody says that a body which begins like JSON is none. Of a request it means 400 with
// AWS's "Invalid JSON in request body", of a response 500.
var ErrInvalidBody = errors.New("the body begins like JSON and is none")

var requestTargets = []struct {
	prefix string
	place  Place
}{
	{"integration.request.header.", Header},
	{"integration.request.querystring.", Query},
	{"integration.request.path.", Path},
}

// CompileRequest compiles an integration's requestParameters: integration.request.header.X, .path.X
// or .querystring.X from a method.request.… expression.
func CompileRequest(parameters map[string]string) (*Parameters, error) {
	return compile(parameters, true)
}

// CompileResponse compiles an integration response's responseParameters: method.response.header.X
// from an integration.response.… expression.
func CompileResponse(parameters map[string]string) (*Parameters, error) {
	return compile(parameters, false)
}

func compile(parameters map[string]string, request bool) (*Parameters, error) {
	p := &Parameters{}
	for _, target := range slices.Sorted(maps.Keys(parameters)) {
		place, name, err := parseTarget(target, request)
		if err != nil {
			return nil, err
		}
		from, err := parseSource(parameters[target], request)
		if err != nil {
			return nil, fmt.Errorf("parameter mapping %q: %w", target, err)
		}
		p.mappings = append(p.mappings, parameter{place, name, from})
	}
	return p, nil
}

func parseTarget(target string, request bool) (place Place, name string, err error) {
	if !request {
		name, ok := strings.CutPrefix(target, "method.response.header.")
		if !ok || !isName(name) {
			return "", "", fmt.Errorf("parameter mapping to %q: the target must be "+
				"method.response.header.NAME", target)
		}
		return ResponseHeader, name, nil
	}
	for _, known := range requestTargets {
		if name, ok := strings.CutPrefix(target, known.prefix); ok && isName(name) {
			return known.place, name, nil
		}
	}
	return "", "", fmt.Errorf("parameter mapping to %q: the target must be "+
		"integration.request.{header|querystring|path}.NAME", target)
}

// isName reports whether AWS takes a name in a mapping: ^[a-zA-Z0-9._$-]+$.
func isName(name string) bool {
	for i := range len(name) {
		c := name[i]
		alphanumeric := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !alphanumeric && strings.IndexByte("._$-", c) < 0 {
			return false
		}
	}
	return name != ""
}

// Apply returns the parameters that have a value; one whose source is missing is not sent.
func (p *Parameters) Apply(in *Input) ([]Mapped, error) {
	if p == nil || len(p.mappings) == 0 {
		return nil, nil
	}
	mapped := make([]Mapped, 0, len(p.mappings))
	var body document
	for i := range p.mappings {
		m := &p.mappings[i]
		values, err := m.source.values(in, &body)
		if err != nil {
			return nil, err
		}
		if len(values) > 0 {
			mapped = append(mapped, Mapped{Place: m.place, Name: m.name, Values: values})
		}
	}
	return mapped, nil
}

// source is where a value comes from, compiled.
type source struct {
	kind sourceKind
	name string // of what is read; the text of a literal
	path *jsonpath.Path
	deep bool // the path leads into errorMessage, which may hold a JSON text
}

type sourceKind uint8

const (
	fromLiteral sourceKind = iota + 1
	fromContext
	fromStageVariable
	fromPath
	fromQuery
	fromQueries
	fromHeader
	fromHeaders
	fromBackendHeader
	fromBackendHeaders
	fromBody
	fromBodyPath
)

// expressions are the sources that end in a name, for requests and for responses.
var expressions = []struct {
	prefix            string
	kind              sourceKind
	request, response bool
}{
	{"context.", fromContext, true, true},
	{"stageVariables.", fromStageVariable, true, true},
	{"method.request.path.", fromPath, true, false},
	{"method.request.querystring.", fromQuery, true, false},
	{"method.request.multivaluequerystring.", fromQueries, true, false},
	{"method.request.header.", fromHeader, true, false},
	{"method.request.multivalueheader.", fromHeaders, true, false},
	{"method.request.body.", fromBodyPath, true, false},
	{"integration.response.header.", fromBackendHeader, false, true},
	{"integration.response.multivalueheader.", fromBackendHeaders, false, true},
	{"integration.response.body.", fromBodyPath, false, true},
}

func parseSource(expression string, request bool) (source, error) {
	if len(expression) >= 2 && expression[0] == '\'' && strings.HasSuffix(expression, "'") {
		return source{kind: fromLiteral, name: expression[1 : len(expression)-1]}, nil
	}
	if request && expression == "method.request.body" ||
		!request && expression == "integration.response.body" {
		return source{kind: fromBody}, nil
	}
	for _, known := range expressions {
		name, ok := strings.CutPrefix(expression, known.prefix)
		if !ok || name == "" || request && !known.request || !request && !known.response {
			continue
		}
		s := source{kind: known.kind, name: name}
		if s.kind != fromBodyPath {
			return s, nil
		}
		path, err := jsonpath.Compile("$." + name)
		s.path, s.deep = path, !request && strings.HasPrefix(name, "errorMessage.")
		return s, err
	}
	if request {
		return source{}, fmt.Errorf("expression %q must be 'a literal', context.NAME, "+
			"stageVariables.NAME, method.request.{path|querystring|multivaluequerystring|header|"+
			"multivalueheader}.NAME or method.request.body[.JSON path]", expression)
	}
	return source{}, fmt.Errorf("expression %q must be 'a literal', context.NAME, "+
		"stageVariables.NAME, integration.response.{header|multivalueheader}.NAME or "+
		"integration.response.body[.JSON path]", expression)
}

// values returns what a call has; none means that the parameter is not sent.
func (s *source) values(in *Input, body *document) ([]string, error) {
	switch s.kind {
	case fromLiteral:
		return []string{s.name}, nil
	case fromContext:
		if in.Variables == nil {
			return nil, nil
		}
		return one(in.Variables.Lookup(s.name))
	case fromStageVariable:
		value, ok := in.StageVariables[s.name]
		return one(value, ok)
	case fromPath:
		return one(last(in.Params.Path, s.name))
	case fromQuery:
		return one(last(in.Params.Query, s.name))
	case fromQueries:
		return named(in.Params.Query, s.name), nil
	case fromHeader:
		return one(last(in.Params.Header, s.name))
	case fromHeaders:
		return joined(in.Params.Header, s.name), nil
	case fromBackendHeader:
		return one(last(in.Backend, s.name))
	case fromBackendHeaders:
		return joined(in.Backend, s.name), nil
	case fromBody:
		if len(in.Body) == 0 {
			return []string{"{}"}, nil
		}
		return []string{string(in.Body)}, nil
	}
	return s.fromBody(in, body)
}

func one(value string, ok bool) ([]string, error) {
	if !ok {
		return nil, nil
	}
	return []string{value}, nil
}

func named(fields []exchange.Field, name string) []string {
	var values []string
	for i := range fields {
		if fields[i].Name == name {
			values = append(values, fields[i].Value)
		}
	}
	return values
}

func joined(fields []exchange.Field, name string) []string {
	values := named(fields, name)
	if len(values) == 0 {
		return nil
	}
	return []string{strings.Join(values, ",")}
}

// fromBody finds a value in the body. A body that does not begin like JSON counts as {}.
func (s *source) fromBody(in *Input, body *document) ([]string, error) {
	if body.parse(in.Body); !body.valid {
		if begin := strings.TrimSpace(string(in.Body)); begin != "" &&
			strings.IndexByte(`{['"`, begin[0]) >= 0 {
			return nil, ErrInvalidBody
		}
		return nil, nil
	}
	document := body.value
	if s.deep {
		document = opened(document)
	}
	value, found, err := s.path.Get(model{}, document)
	if err != nil || !found || value == nil {
		return nil, err
	}
	switch value.(type) {
	case *vtl.Map, *vtl.List:
		return []string{string(vtl.AppendJSON(nil, value))}, nil
	}
	return []string{vtl.String(value)}, nil
}

// opened returns a function's error with the JSON text in its errorMessage parsed.
func opened(document any) any {
	object, ok := document.(*vtl.Map)
	if !ok {
		return document
	}
	message, _ := object.GetString("errorMessage")
	text, ok := message.(string)
	if !ok {
		return document
	}
	inner, err := parseJSON([]byte(text))
	if err != nil {
		return document
	}
	copied := vtl.NewMap(1)
	copied.Put("errorMessage", inner)
	return copied
}
