package integration

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"

	"portico/local/gateway/api"
)

// Selector finds the integration response that an answer selects.
type Selector struct {
	patterns []selection
	standard int // the place of the response without a pattern, -1 for none
}

type selection struct {
	pattern *regexp.Regexp
	place   int
}

// NewSelector compiles the selection patterns of responses.
//
// Unlike AWS: patterns are Go's regular expressions, so look-around and back references of Java's
// are an error.
func NewSelector(responses []api.IntegrationResponse) (*Selector, error) {
	order := make([]int, len(responses))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(responses[a].StatusCode, responses[b].StatusCode)
	})
	s := &Selector{standard: -1}
	for _, place := range order {
		response := &responses[place]
		if response.SelectionPattern == "" {
			if s.standard < 0 {
				s.standard = place
			}
			continue
		}
		pattern, err := WholeMatch(response.SelectionPattern)
		if err != nil {
			return nil, fmt.Errorf("selection pattern of integration response %s: %w",
				response.StatusCode, err)
		}
		s.patterns = append(s.patterns, selection{pattern, place})
	}
	return s, nil
}

// Select returns the place of the response for value: a status code, or the error message of a
// function. A pattern must match the whole value; of several the lowest status code wins.
func (s *Selector) Select(value string) (place int, ok bool) {
	for i := range s.patterns {
		if s.patterns[i].pattern.MatchString(value) {
			return s.patterns[i].place, true
		}
	}
	return s.standard, s.standard >= 0
}

// WholeMatch compiles a regular expression that must match a whole value, as AWS's do.
func WholeMatch(expression string) (*regexp.Regexp, error) {
	compiled, err := regexp.Compile(`\A(?:` + expression + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("%q is no regular expression that is served: %w", expression, err)
	}
	return compiled, nil
}
