package websocketapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/mapping"
	"portico/local/gateway/payload"
)

// compileParameters compiles the RequestParameters of an integration ("Set up data mapping for
// WebSocket APIs"): integration.request.{header|querystring|path}.X from an expression. Where REST
// APIs say method.request, WebSocket APIs say route.request, and they know no path.
func compileParameters(parameters map[string]string) (*mapping.Parameters, error) {
	if len(parameters) == 0 {
		return nil, nil
	}
	translated := make(map[string]string, len(parameters))
	for _, target := range slices.Sorted(maps.Keys(parameters)) {
		expression, ok := translatedSource(parameters[target])
		if !ok {
			return nil, fmt.Errorf("parameter mapping %q: expression %q must be 'a literal', "+
				"context.NAME, stageVariables.NAME, route.request.{querystring|multivaluequerystring|"+
				"header|multivalueheader}.NAME or route.request.body[.JSON path]", target,
				parameters[target])
		}
		translated[target] = expression
	}
	return mapping.CompileRequest(translated)
}

func translatedSource(expression string) (string, bool) {
	isLiteral := len(expression) >= 2 && expression[0] == '\'' && strings.HasSuffix(expression, "'")
	if isLiteral {
		return expression, true
	}
	for _, prefix := range []string{"context.", "stageVariables."} {
		if name, ok := strings.CutPrefix(expression, prefix); ok {
			return expression, name != ""
		}
	}
	rest, ours := strings.CutPrefix(expression, "route.request.")
	known := rest == "body"
	for _, prefix := range []string{
		"querystring.", "header.", "multivaluequerystring.", "multivalueheader.", "body.",
	} {
		name, ok := strings.CutPrefix(rest, prefix)
		known = known || ok && name != ""
	}
	return "method.request." + rest, ours && known
}

// mapParameters writes down what the backend is sent beside the body. A parameter whose source is
// missing is left out; what the template overrides comes after and wins.
func (s *sending) mapParameters(c *call, parameters *mapping.Parameters) error {
	if parameters != nil {
		in := c.mappingInput([]byte(c.body))
		found, err := parameters.Apply(&in)
		if errors.Is(err, mapping.ErrInvalidBody) {
			return invalidJSON()
		}
		if err != nil {
			return misconfigured(err.Error())
		}
		for i := range found {
			s.mapParameter(&found[i])
		}
	}
	for _, override := range s.overrides.RequestHeader() {
		s.mapped.Header.Set(override.Name, strings.Join(override.Values, ","))
	}
	s.mapped.Query = replaced(s.mapped.Query, s.overrides.RequestQuery())
	paths := s.overrides.RequestPath()
	for _, override := range paths {
		for i := range override.Values {
			override.Values[i] = escapedPercent(override.Values[i])
		}
	}
	s.mapped.Path = replaced(s.mapped.Path, paths)
	return nil
}

func (s *sending) mapParameter(found *mapping.Mapped) {
	switch found.Place {
	case mapping.Header:
		s.mapped.Header.Add(found.Name, found.Values[0])
	case mapping.Query:
		for _, value := range found.Values {
			s.mapped.Query = append(s.mapped.Query, payload.Pair{Name: found.Name, Value: value})
		}
	case mapping.Path:
		s.mapped.Path = append(s.mapped.Path,
			payload.Pair{Name: found.Name, Value: escapedPercent(found.Values[0])})
	}
}

// escapedPercent returns a decoded text for a path, so that nothing in it is taken for an escape.
func escapedPercent(text string) string { return strings.ReplaceAll(text, "%", "%25") }

// replaced returns pairs with every one that is overridden taken out, and then the overrides.
func replaced(pairs []payload.Pair, with []mapping.Override) []payload.Pair {
	if len(with) == 0 {
		return pairs
	}
	kept := slices.DeleteFunc(pairs, func(pair payload.Pair) bool {
		return slices.ContainsFunc(with, func(o mapping.Override) bool { return o.Name == pair.Name })
	})
	for _, override := range with {
		for _, value := range override.Values {
			kept = append(kept, payload.Pair{Name: override.Name, Value: value})
		}
	}
	return kept
}
