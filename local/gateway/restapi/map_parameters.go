package restapi

import (
	"errors"
	"net/url"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
	"portico/local/gateway/payload"
)

// requestMapping is what parameter mappings make of a call for the backend.
type requestMapping struct {
	parameters *mapping.Parameters // nil when there are none
	// verbatim are the parts of the client's path that go into the backend's as they were sent, by
	// the backend's name: decoding them would turn a%2Fb into two segments.
	verbatim map[string]string
}

func compileRequestMapping(parameters map[string]string) (requestMapping, error) {
	if len(parameters) == 0 {
		return requestMapping{}, nil
	}
	compiled, err := mapping.CompileRequest(parameters)
	m := requestMapping{parameters: compiled, verbatim: map[string]string{}}
	for key, expression := range parameters {
		to, isPath := strings.CutPrefix(key, "integration.request.path.")
		from, fromPath := strings.CutPrefix(expression, "method.request.path.")
		if isPath && fromPath {
			m.verbatim[to] = from
		}
	}
	return m, err
}

// mapParameters writes down what the backend is sent beside the body. A parameter without a source
// is left out; what templates override comes after and wins.
func (c *call) mapParameters(m *requestMapping) error {
	if m.parameters != nil {
		in := c.mappingInput(c.request.Body)
		found, err := m.parameters.Apply(&in)
		if err != nil {
			return mappingFault(err)
		}
		for i := range found {
			c.mapParameter(m, &found[i])
		}
	}
	c.overrideRequest()
	return nil
}

func mappingFault(err error) error {
	if errors.Is(err, mapping.ErrInvalidBody) {
		return invalidJSON()
	}
	return badConfiguration(err.Error())
}

func (c *call) mapParameter(m *requestMapping, found *mapping.Mapped) {
	switch found.Place {
	case mapping.Header:
		c.mapped.Header.Add(found.Name, found.Values[0])
	case mapping.Query:
		for _, value := range found.Values {
			c.mapped.Query = append(c.mapped.Query, payload.Pair{Name: found.Name, Value: value})
		}
	case mapping.Path:
		value := escapedPercent(found.Values[0])
		for _, param := range c.params {
			if param.Name == m.verbatim[found.Name] {
				value = param.Value
			}
		}
		c.mapped.Path = append(c.mapped.Path, payload.Pair{Name: found.Name, Value: value})
	}
}

// escapedPercent returns a decoded text for a path, so that nothing in it is taken for an escape.
func escapedPercent(text string) string { return strings.ReplaceAll(text, "%", "%25") }

func unescaped(value string) string {
	if text, err := url.PathUnescape(value); err == nil {
		return text
	}
	return value
}

// mappedHeaders returns the lines that response parameters make of a backend's answer; nothing else
// of its header goes to the client.
func (c *call) mappedHeaders(parameters *mapping.Parameters) (exchange.Header, error) {
	header := make(exchange.Header, 0, 8)
	if parameters == nil {
		return header, nil
	}
	in := mapping.Input{
		Body: c.backend.body, Backend: c.backend.header, StageVariables: c.stage.def.Variables,
		Variables: &c.vars,
	}
	found, err := parameters.Apply(&in)
	if err != nil {
		return nil, badConfiguration(err.Error())
	}
	for i := range found {
		if name, kept := integration.RemapMapped(found[i].Name); kept {
			header.Add(name, found[i].Values[0])
		}
	}
	return header, nil
}
