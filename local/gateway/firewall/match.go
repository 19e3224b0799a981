package firewall

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// AWS's limits on patterns.
const (
	maxSearch = 200
	maxRegex  = 512
	maxSet    = 10
)

// textNode matches when one value of a view passes a test.
type textNode struct {
	view  int
	test  func(string) bool
	about *MatchDetail // what logs tell of a match; nil for nothing
}

func (n *textNode) matches(in *inspection) bool {
	s := in.see(n.view)
	if s.forced != free {
		return s.forced == forcedMatch
	}
	found := slices.ContainsFunc(s.values, n.test)
	if found && n.about != nil {
		in.details = append(in.details, *n.about)
	}
	return found
}

// textStatement compiles a statement on a part of the request.
func (c *compiler) textStatement(s *api.Statement) (node, error) {
	switch {
	case s.ByteMatch != nil:
		test, cost, err := byteTest(s.ByteMatch)
		if err != nil {
			return nil, err
		}
		return c.textNode(s.ByteMatch.Field, s.ByteMatch.Transformations, test, cost)
	case s.SizeConstraint != nil:
		test, err := sizeTest(s.SizeConstraint.Operator, s.SizeConstraint.Size)
		if err != nil {
			return nil, err
		}
		return c.textNode(s.SizeConstraint.Field, s.SizeConstraint.Transformations, test, 1)
	case s.RegexMatch != nil:
		c.spend(3, s.RegexMatch.Field.Kind, s.RegexMatch.Transformations)
		return c.regexes(s.RegexMatch.Field, s.RegexMatch.Transformations,
			[]string{s.RegexMatch.Pattern})
	case s.RegexPatternSet != nil:
		patterns, err := c.patternSet(s.RegexPatternSet.ARN)
		if err != nil {
			return nil, err
		}
		c.spend(25, s.RegexPatternSet.Field.Kind, s.RegexPatternSet.Transformations)
		return c.regexes(s.RegexPatternSet.Field, s.RegexPatternSet.Transformations, patterns)
	case s.SQLiMatch != nil:
		return c.sqliMatch(s.SQLiMatch)
	case s.XSSMatch != nil:
		return c.xssMatch(s.XSSMatch)
	}
	return nil, errors.New("the rule has no statement")
}

func (c *compiler) textNode(
	field api.FieldToMatch, chain []string, test func(string) bool, cost int,
) (*textNode, error) {
	c.spend(cost, field.Kind, chain)
	index, err := c.view(field, chain)
	if err != nil {
		return nil, err
	}
	return &textNode{view: index, test: test}, nil
}

// spend adds the capacity units of a statement.
func (c *compiler) spend(base int, kind string, chain []string) {
	if kind == "JsonBody" {
		base *= 2
	}
	if kind == "AllQueryArguments" {
		base += 10
	}
	for _, name := range chain {
		if name != "NONE" {
			base += 10
		}
	}
	c.capacity += base
}

func byteTest(s *api.ByteMatchStatement) (func(string) bool, int, error) {
	search := s.Search
	if search == "" || len(search) > maxSearch {
		return nil, 0, fmt.Errorf("search string of %d bytes, allowed are 1 to %d",
			len(search), maxSearch)
	}
	switch s.Position {
	case "EXACTLY":
		return func(text string) bool { return text == search }, 2, nil
	case "STARTS_WITH":
		return func(text string) bool { return strings.HasPrefix(text, search) }, 2, nil
	case "ENDS_WITH":
		return func(text string) bool { return strings.HasSuffix(text, search) }, 2, nil
	case "CONTAINS":
		return func(text string) bool { return strings.Contains(text, search) }, 10, nil
	case "CONTAINS_WORD":
		if strings.IndexFunc(search, func(r rune) bool { return !isWord(r) }) >= 0 {
			return nil, 0, fmt.Errorf("search string %q: CONTAINS_WORD takes letters, digits and _", search)
		}
		return func(text string) bool { return containsWord(text, search) }, 10, nil
	}
	return nil, 0, fmt.Errorf("positional constraint %q, allowed are EXACTLY, STARTS_WITH, "+
		"ENDS_WITH, CONTAINS, CONTAINS_WORD", s.Position)
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
}

// containsWord finds word where no letter, digit or _ is beside it. A word that begins inside a run
// of such characters cannot fit, so the search goes on behind each hit.
func containsWord(text, word string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(word)
		before := start == 0 || !isWord(rune(text[start-1]))
		after := end == len(text) || !isWord(rune(text[end]))
		if before && after {
			return true
		}
		from = end
	}
}

func sizeTest(operator string, size int) (func(string) bool, error) {
	switch operator {
	case "EQ":
		return func(text string) bool { return len(text) == size }, nil
	case "NE":
		return func(text string) bool { return len(text) != size }, nil
	case "LE":
		return func(text string) bool { return len(text) <= size }, nil
	case "LT":
		return func(text string) bool { return len(text) < size }, nil
	case "GE":
		return func(text string) bool { return len(text) >= size }, nil
	case "GT":
		return func(text string) bool { return len(text) > size }, nil
	}
	return nil, fmt.Errorf("comparison operator %q, allowed are EQ, NE, LE, LT, GE, GT", operator)
}

// patternSet returns the patterns of a set.
func (c *compiler) patternSet(arn string) ([]string, error) {
	set, ok := c.def.RegexPatternSets[arn]
	if !ok {
		return nil, fmt.Errorf("there is no regex pattern set %s", arn)
	}
	if len(set.Patterns) == 0 || len(set.Patterns) > maxSet {
		return nil, fmt.Errorf("regex pattern set %s has %d patterns, allowed are 1 to %d",
			arn, len(set.Patterns), maxSet)
	}
	return set.Patterns, nil
}
