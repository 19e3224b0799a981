package firewall

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// groupRule compiles a rule that refers to a rule group.
func (c *compiler) groupRule(def *api.FirewallRule) (*group, error) {
	if c.context.inGroup {
		return nil, fmt.Errorf("a rule group must not refer to another")
	}
	if def.Action != nil {
		return nil, fmt.Errorf("a rule that refers to a rule group has an override action (None or " +
			"Count), and no action")
	}
	if len(def.Labels) > 0 {
		return nil, fmt.Errorf("a rule that refers to a rule group adds no labels")
	}
	made := &group{}
	switch def.OverrideAction {
	case "None":
	case "Count":
		made.onlyCount = true
	default:
		return nil, fmt.Errorf("override action %q, allowed are None, Count", def.OverrideAction)
	}
	if own := def.Statement.RuleGroup; own != nil {
		return made, c.ownGroup(made, own)
	}
	return made, c.managedGroup(made, def.Statement.ManagedRuleGroup)
}

// within compiles rules in another context, and returns to the present one.
func (c *compiler) within(inner context, compile func() error) error {
	outer := c.context
	c.context = inner
	err := compile()
	c.context = outer
	return err
}

func (c *compiler) ownGroup(made *group, s *api.RuleGroupStatement) error {
	def, ok := c.def.RuleGroups[s.ARN]
	if !ok {
		return fmt.Errorf("there is no rule group %s", s.ARN)
	}
	inner := context{
		prefix: "awswaf:" + c.def.Account.ID + ":rulegroup:" + def.Name + ":",
		bodies: def.CustomResponseBodies, inGroup: true,
	}
	before := c.capacity
	err := c.within(inner, func() (err error) {
		made.rules, err = c.rules(def.Rules)
		return err
	})
	if err != nil {
		return fmt.Errorf("rule group %s: %w", def.Name, err)
	}
	if used := c.capacity - before; used > def.Capacity {
		return fmt.Errorf("rule group %s: its rules take %d capacity units (WCU), its Capacity is %d",
			def.Name, used, def.Capacity)
	}
	made.id, made.name = def.ARN, def.Name
	c.capacity = before + def.Capacity // the group's own, whatever its rules take
	for _, name := range slices.Concat(s.Excluded, slices.Sorted(maps.Keys(s.Overrides))) {
		if !slices.ContainsFunc(made.rules, func(r rule) bool { return r.name == name }) {
			return fmt.Errorf("rule group %s has no rule %q to override", def.Name, name)
		}
	}
	return c.override(made, s.Excluded, s.Overrides)
}

func (c *compiler) managedGroup(made *group, s *api.ManagedRuleGroupStatement) error {
	known := managedGroups()
	at := slices.IndexFunc(known, func(g managedGroup) bool { return g.name == s.Name })
	if s.Vendor != "AWS" || at < 0 {
		return fmt.Errorf("managed rule group %s of %s is not honoured; honoured are %s of AWS",
			s.Name, s.Vendor, strings.Join(ManagedGroups(), ", "))
	}
	def := &known[at]
	if s.ScopeDown != nil {
		var err error
		if made.scope, err = c.statement(s.ScopeDown); err != nil {
			return fmt.Errorf("scope-down statement: %w", err)
		}
	}
	made.id, made.name = managedID(s), s.Vendor+"#"+s.Name
	capacity := c.capacity + def.capacity
	inner := context{
		prefix: "awswaf:managed:aws:" + def.label + ":", managed: true, inGroup: true,
	}
	err := c.within(inner, func() error { return c.managedRules(made, def) })
	c.capacity = capacity // AWS's own number, not that of our patterns
	if err != nil {
		return fmt.Errorf("managed rule group %s: %w", s.Name, err)
	}
	// Names that the group does not have are passed over: its rules change with its version.
	return c.override(made, s.Excluded, s.Overrides)
}

// managedID is how AWS's logs name a managed rule group.
func managedID(s *api.ManagedRuleGroupStatement) string {
	id := s.Vendor + "#" + s.Name
	if s.Version != "" {
		id += "#" + s.Version
	}
	return id
}

func (c *compiler) managedRules(made *group, def *managedGroup) error {
	captcha, challenge, err := c.immunity(api.Immunity{})
	if err != nil {
		return err
	}
	for i := range def.rules {
		r := &def.rules[i]
		compiled := rule{
			name: r.name, labels: []string{c.context.prefix + r.label}, action: &action{kind: Block},
			captcha: captcha, challenge: challenge,
		}
		if r.counts {
			compiled.action.kind = Count
		}
		c.parts = nil
		if compiled.match, err = c.managedMatch(r); err != nil {
			return fmt.Errorf("rule %s: %w", r.name, err)
		}
		compiled.parts = c.parts
		made.rules = append(made.rules, compiled)
	}
	return nil
}

// managedMatch compiles what a managed rule looks for, of which any is enough.
func (c *compiler) managedMatch(r *managedRule) (node, error) {
	if r.list {
		return c.listNode(r.name), nil
	}
	var any orNode
	if r.statement != nil {
		made, err := c.statement(r.statement)
		if err != nil {
			return nil, err
		}
		any = append(any, made)
	}
	if r.patterns != nil {
		made, err := c.regexes(r.field, r.chain, r.patterns)
		if err != nil {
			return nil, err
		}
		any = append(any, made)
	}
	if r.detect != nil {
		made, err := c.textNode(r.field, r.chain, r.detect, 0)
		if err != nil {
			return nil, err
		}
		any = append(any, made)
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return any, nil
}

// listNode matches the addresses that were given for a rule.
func (c *compiler) listNode(rule string) node {
	set := &ranges[struct{}]{}
	for _, prefix := range c.deps.Addresses[rule] {
		set.add(prefix, struct{}{})
	}
	return &ipSetNode{set: set}
}

// override changes the actions of single rules; custom bodies are those of the web ACL.
func (c *compiler) override(
	made *group, excluded []string, overrides map[string]api.RuleAction,
) error {
	for i := range made.rules {
		r := &made.rules[i]
		if slices.Contains(excluded, r.name) && r.action.kind != Count {
			r.overrides, r.excluded, r.action = r.action.kind, true, &action{kind: Count}
		}
		to, ok := overrides[r.name]
		if !ok {
			continue
		}
		act, err := c.action(to)
		if err != nil {
			return fmt.Errorf("override of rule %s: %w", r.name, err)
		}
		r.overrides, r.excluded, r.action = cmp.Or(r.overrides, r.action.kind), false, act
	}
	return nil
}
