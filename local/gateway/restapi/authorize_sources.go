package restapi

import (
	"fmt"
	"strings"
)

// identitySources reads the identity source expressions of an authorizer.
func identitySources(expression string) ([]source, error) {
	var sources []source
	for text := range strings.SplitSeq(expression, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		compiled, err := parseSource(text)
		if err != nil {
			return nil, err
		}
		switch compiled.kind {
		case fromHeader, fromQuery, fromStageVariable, fromContext:
		default:
			return nil, fmt.Errorf("identity source %q, allowed are method.request.header.NAME, "+
				"method.request.querystring.NAME, stageVariables.NAME and context.NAME", text)
		}
		compiled.fold = true
		sources = append(sources, compiled)
	}
	return sources, nil
}

// tokenSource reads the one header that a TOKEN or Cognito authorizer takes its token from.
func tokenSource(expression string) (source, error) {
	sources, err := identitySources(expression)
	if err != nil {
		return source{}, err
	}
	if len(sources) != 1 || sources[0].kind != fromHeader {
		return source{}, fmt.Errorf(
			"the identity source is %q, it must be one method.request.header.NAME", expression)
	}
	return sources[0], nil
}
