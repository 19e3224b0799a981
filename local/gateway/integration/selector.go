package integration

import (
	"cmp"
	"fmt"
	"slices"

	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

// Selector finds the integration response that an answer selects.
type Selector struct {
	patterns []selection
	standard int // the place of the response without a pattern, -1 for none
}

type selection struct {
	pattern *javaregex.Regexp
	place   int
}

// NewSelector compiles the selection patterns of responses, which are Java's regular expressions.
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
		pattern, err := javaregex.Compile(response.SelectionPattern)
		if err != nil {
			return nil, fmt.Errorf("selection pattern of integration response %s: %w",
				response.StatusCode, err)
		}
		s.patterns = append(s.patterns, selection{pattern, place})
	}
	return s, nil
}

// Select returns the place of the response for value: a status code, or the error message of a
// function. A pattern must match the whole value; of several the lowest status code wins. A pattern
// whose search takes too long does not match.
func (s *Selector) Select(value string) (place int, ok bool) {
	for i := range s.patterns {
		if matches, err := s.patterns[i].pattern.MatchFull(value); err == nil && matches {
			return s.patterns[i].place, true
		}
	}
	return s.standard, s.standard >= 0
}
