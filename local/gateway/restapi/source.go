package restapi

import (
	"fmt"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

// source is where a parameter's value comes from, compiled from an expression such as
// method.request.header.X-Tenant.
type source struct {
	kind sourceKind
	name string              // of the header, parameter or variable; the value itself of a literal
	fold bool                // header names compare without case, as in identity sources
	path *mapping.Parameters // of fromBodyPath
}

type sourceKind int

const (
	fromLiteral sourceKind = iota + 1
	fromContext
	fromStageVariable
	fromHeader
	fromHeaders
	fromQuery
	fromQueries
	fromPath
	fromBody
	fromBodyPath
)

// sourcePrefixes are the expressions that end in a name.
var sourcePrefixes = []struct {
	prefix string
	kind   sourceKind
}{
	{"context.", fromContext},
	{"stageVariables.", fromStageVariable},
	{"method.request.header.", fromHeader},
	{"method.request.multivalueheader.", fromHeaders},
	{"method.request.querystring.", fromQuery},
	{"method.request.multivaluequerystring.", fromQueries},
	{"method.request.path.", fromPath},
}

func parseSource(expression string) (source, error) {
	inner, open := strings.CutPrefix(expression, "'")
	inner, closed := strings.CutSuffix(inner, "'")
	if open && closed {
		return source{kind: fromLiteral, name: inner}, nil
	}
	if expression == "method.request.body" {
		return source{kind: fromBody}, nil
	}
	if strings.HasPrefix(expression, "method.request.body.") {
		path, err := mapping.CompileRequest(map[string]string{
			"integration.request.header.value": expression,
		})
		return source{kind: fromBodyPath, path: path}, err
	}
	for _, known := range sourcePrefixes {
		if name, ok := strings.CutPrefix(expression, known.prefix); ok {
			return source{kind: known.kind, name: name}, nil
		}
	}
	return source{}, fmt.Errorf("expression %q is not served, served are 'a literal', context.X, "+
		"stageVariables.X, method.request.{header|multivalueheader|querystring|"+
		"multivaluequerystring|path}.X and method.request.body[.JSON path]", expression)
}

// value returns the value for a call; ok is false when there is none, and then nothing is sent.
func (s *source) value(c *call) (value string, ok bool) {
	switch s.kind {
	case fromLiteral:
		return s.name, true
	case fromContext:
		return c.vars.Lookup(s.name)
	case fromStageVariable:
		value, ok = c.stage.def.Variables[s.name]
		return value, ok
	case fromHeader:
		return lastOf(s.headerValues(c))
	case fromHeaders:
		return joined(s.headerValues(c))
	case fromQuery:
		return lastOf(s.queryValues(c))
	case fromQueries:
		return joined(s.queryValues(c))
	case fromPath:
		for i := range c.params {
			if c.params[i].Name == s.name {
				return c.params[i].Value, true
			}
		}
	case fromBody:
		return string(c.request.Body), len(c.request.Body) > 0
	case fromBodyPath:
		found, err := s.path.Apply(&mapping.Input{Body: c.request.Body})
		if err == nil && len(found) > 0 {
			return found[0].Values[0], true
		}
	}
	return "", false
}

// headerValues returns the values of the header, whose name is compared as it is written, as API
// Gateway does in mappings.
func (s *source) headerValues(c *call) []string {
	var values []string
	for _, field := range c.visibleHeader() {
		if field.Name == s.name || s.fold && sameName(field, s.name) {
			values = append(values, field.Value)
		}
	}
	return values
}

func sameName(field exchange.Field, name string) bool { return strings.EqualFold(field.Name, name) }

func (s *source) queryValues(c *call) []string {
	var values []string
	for i := range c.query {
		if c.query[i].Name == s.name {
			values = append(values, c.query[i].Value)
		}
	}
	return values
}

func lastOf(values []string) (string, bool) {
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

func joined(values []string) (string, bool) {
	return strings.Join(values, ","), len(values) > 0
}
