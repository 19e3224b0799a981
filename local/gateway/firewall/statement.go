package firewall

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// node is a compiled statement.
type node interface {
	matches(in *inspection) bool
}

type andNode []node

func (n andNode) matches(in *inspection) bool {
	for _, each := range n {
		if !each.matches(in) {
			return false
		}
	}
	return true
}

type orNode []node

func (n orNode) matches(in *inspection) bool {
	for _, each := range n {
		if each.matches(in) {
			return true
		}
	}
	return false
}

type notNode struct{ of node }

func (n notNode) matches(in *inspection) bool { return !n.of.matches(in) }

// statement compiles a statement that may be nested.
func (c *compiler) statement(s *api.Statement) (node, error) {
	switch {
	case s.And != nil:
		nodes, err := c.several(s.And, "AndStatement")
		return andNode(nodes), err
	case s.Or != nil:
		nodes, err := c.several(s.Or, "OrStatement")
		return orNode(nodes), err
	case s.Not != nil:
		of, err := c.statement(s.Not)
		return notNode{of}, err
	case s.GeoMatch != nil, s.ASNMatch != nil, s.IPSet != nil:
		return c.addressStatement(s)
	case s.LabelMatch != nil:
		return c.labelMatch(s.LabelMatch)
	case s.RateBased != nil, s.RuleGroup != nil, s.ManagedRuleGroup != nil:
		return nil, errors.New("a rate-based or rule group statement cannot be nested")
	}
	return c.textStatement(s)
}

func (c *compiler) several(statements []api.Statement, name string) ([]node, error) {
	if len(statements) < 2 {
		return nil, fmt.Errorf("%s has %d statements, it wants two at least", name, len(statements))
	}
	nodes := make([]node, len(statements))
	for i := range statements {
		var err error
		if nodes[i], err = c.statement(&statements[i]); err != nil {
			return nil, err
		}
	}
	return nodes, nil
}

// addressStatement compiles a statement on where a request comes from.
func (c *compiler) addressStatement(s *api.Statement) (node, error) {
	c.capacity++
	if s.GeoMatch != nil && s.GeoMatch.ForwardedIP != nil ||
		s.ASNMatch != nil && s.ASNMatch.ForwardedIP != nil ||
		s.IPSet != nil && s.IPSet.ForwardedIP != nil {
		c.parts = append(c.parts, "SingleHeader")
	}
	switch {
	case s.GeoMatch != nil:
		from, err := compileForwarded(s.GeoMatch.ForwardedIP)
		return &geoNode{countries: s.GeoMatch.Countries, from: from}, err
	case s.ASNMatch != nil:
		from, err := compileForwarded(s.ASNMatch.ForwardedIP)
		return &asnNode{asns: s.ASNMatch.ASNs, from: from}, err
	}
	def, ok := c.def.IPSets[s.IPSet.ARN]
	if !ok {
		return nil, fmt.Errorf("there is no IP set %s", s.IPSet.ARN)
	}
	if s.IPSet.ForwardedIP != nil && s.IPSet.ForwardedIP.Position == "ANY" {
		c.capacity += 4
	}
	set, err := addressSet(def)
	if err != nil {
		return nil, err
	}
	from, err := compileForwarded(s.IPSet.ForwardedIP)
	return &ipSetNode{set: set, from: from}, err
}

// labelNode matches a label, or any label of a namespace.
type labelNode struct {
	key       string // fully qualified
	namespace bool
}

func (c *compiler) labelMatch(s *api.LabelMatchStatement) (node, error) {
	c.capacity++
	n := &labelNode{key: c.qualified(s.Key), namespace: s.Scope == "NAMESPACE"}
	if s.Scope != "LABEL" && s.Scope != "NAMESPACE" {
		return nil, fmt.Errorf("label match scope %q, allowed are LABEL, NAMESPACE", s.Scope)
	}
	if s.Key == "" || n.namespace != strings.HasSuffix(s.Key, ":") {
		return nil, fmt.Errorf("label match key %q: a namespace ends with a colon, a label does not",
			s.Key)
	}
	return n, nil
}

func (n *labelNode) matches(in *inspection) bool {
	if !n.namespace {
		return slices.Contains(in.verdict.Labels, n.key)
	}
	return slices.ContainsFunc(in.verdict.Labels, func(label string) bool {
		return strings.HasPrefix(label, n.key)
	})
}
