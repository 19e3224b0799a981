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
	id    int // -1: it has no needles, and always runs
	width int // of its longest match; unbounded for any length
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
		n.expressions = append(n.expressions, expression{
			Regexp: compiled, id: id, width: width(pattern),
		})
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
		if n.find(text, in.findings(n.view, i)) {
			return true
		}
	}
	return false
}

// find runs the expressions that have a needle in the text: around their needles if these are few,
// else over all of it.
func (n *regexNode) find(text string, found *findings) bool {
	var run [maxRuns]*regexp.Regexp
	promising := 0
	for i := range n.expressions {
		e := &n.expressions[i]
		if e.id >= 0 && found.counts[e.id] == 0 {
			continue
		}
		if e.id >= 0 && found.counts[e.id] <= maxPlaces && e.width != unbounded {
			matched, sure := e.around(text, found.places)
			if matched {
				return true
			}
			if sure {
				continue
			}
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

// around runs an expression in windows around its needles. A match that ends where a window does
// may take the window's end for that of the text: then nothing is sure.
func (e *expression) around(text string, places []place) (matched, sure bool) {
	end := 0 // of the window before
	for _, at := range places {
		if int(at.id) != e.id {
			continue
		}
		from, to := max(int(at.end)-e.width-2, 0), min(int(at.end)+e.width+2, len(text))
		if from < end && to <= end {
			continue
		}
		end = to
		found := e.FindStringIndex(text[from:to])
		if found == nil {
			continue
		}
		if found[0] == 0 && from > 0 || found[1] == to-from && to < len(text) {
			return false, false
		}
		return true, true
	}
	return false, true
}

// findings returns which needles the i-th value of a view has.
func (in *inspection) findings(index, i int) *findings {
	s, scanner := &in.seen[index], &in.acl.views[index].scanner
	if !s.scanned {
		s.scanned = true
		for len(s.found) < len(s.values) {
			s.found = append(s.found, findings{})
		}
		for v, value := range s.values {
			scanner.scan(value, &s.found[v])
		}
	}
	return &s.found[i]
}
