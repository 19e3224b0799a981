package firewall

import (
	"errors"
	"fmt"
	"slices"

	"portico/local/gateway/api"
)

// errNoDetector is why web ACLs with SQLi and XSS statements are refused without Injections.
var errNoDetector = errors.New("SQLi and XSS statements are not honoured: " +
	"there is nothing that detects injections")

// sqliMatch compiles a SQLi statement.
//
// Unlike AWS: what else the level HIGH finds is not public. Here it finds our own patterns of
// injected SQL beside what LOW finds.
func (c *compiler) sqliMatch(s *api.SQLiMatchStatement) (node, error) {
	if c.deps.Injections == nil {
		return nil, errNoDetector
	}
	switch s.Sensitivity {
	case "LOW":
		return c.textNode(s.Field, s.Transformations, c.deps.Injections.SQLi, 20)
	case "HIGH":
	default:
		return nil, fmt.Errorf("sensitivity level %q, allowed are LOW, HIGH", s.Sensitivity)
	}
	low, err := c.textNode(s.Field, s.Transformations, c.deps.Injections.SQLi, 30)
	if err != nil {
		return nil, err
	}
	own := c.context
	own.managed = true
	var more node
	err = c.within(own, func() (err error) {
		chain := append(slices.Clone(s.Transformations), "LOWERCASE")
		more, err = c.regexes(s.Field, chain, sqlPatterns())
		return err
	})
	return orNode{low, more}, err
}

func (c *compiler) xssMatch(s *api.XSSMatchStatement) (node, error) {
	if c.deps.Injections == nil {
		return nil, errNoDetector
	}
	return c.textNode(s.Field, s.Transformations, c.deps.Injections.XSS, 40)
}
