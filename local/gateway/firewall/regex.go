package firewall

import (
	"fmt"
	"regexp"
	"strings"

	"portico/local/gateway/api"
)

// maxRuns is how many expressions of one statement run one by one; of more, all run as one.
const maxRuns = 3

// regexNode matches when one of several expressions does, in one value of a view.
type regexNode struct {
	view        int
	expressions []expression
	joined      *regexp.Regexp // all of them
}

// expression is a regular expression with its place among the needles of the view.
type expression struct {
	*regexp.Regexp
	id int // -1: it has no needles, and always runs
}

// regexes compiles regular expressions, of which any may match.
//
// Unlike AWS: they are those of Go's package regexp. Both know neither back-references nor
// lookaround; matching is linear in the text.
func (c *compiler) regexes(
	field api.FieldToMatch, chain, patterns []string,
) (node, error) {
	index, err := c.view(field, chain)
	if err != nil {
		return nil, err
	}
	n := &regexNode{view: index}
	for _, pattern := range patterns {
		if len(pattern) > maxRegex && !c.context.managed {
			return nil, fmt.Errorf("regular expression of %d characters, allowed are %d",
				len(pattern), maxRegex)
		}
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("regular expression %q is not served: %w", pattern, err)
		}
		id := c.views[index].scanner.register(needles(pattern))
		n.expressions = append(n.expressions, expression{Regexp: compiled, id: id})
	}
	n.joined, err = regexp.Compile("(?:" + strings.Join(patterns, ")|(?:") + ")")
	if err != nil {
		return nil, fmt.Errorf("%d regular expressions together are not served: %w", len(patterns), err)
	}
	return n, nil
}

func (n *regexNode) matches(in *inspection) bool {
	s := in.see(n.view)
	if s.forced != free {
		return s.forced == forcedMatch
	}
	for i, text := range s.values {
		if n.find(text, in.hits(n.view, i)) {
			return true
		}
	}
	return false
}

// find runs the expressions that have a needle in the text.
func (n *regexNode) find(text string, hits bits) bool {
	var run [maxRuns]*regexp.Regexp
	promising := 0
	for i := range n.expressions {
		e := &n.expressions[i]
		if e.id >= 0 && !hits.has(e.id) {
			continue
		}
		if promising == maxRuns {
			return n.joined.MatchString(text)
		}
		run[promising] = e.Regexp
		promising++
	}
	for _, each := range run[:promising] {
		if each.MatchString(text) {
			return true
		}
	}
	return false
}

// hits returns which needles the i-th value of a view has.
func (in *inspection) hits(index, i int) bits {
	s, scanner := &in.seen[index], &in.acl.views[index].scanner
	words := scanner.words()
	if !s.scanned {
		s.scanned = true
		for _, value := range s.values {
			start := len(s.hits)
			for range words {
				s.hits = append(s.hits, 0)
			}
			scanner.scan(value, s.hits[start:])
		}
	}
	return s.hits[i*words : (i+1)*words]
}
