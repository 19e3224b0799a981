package firewall

import "slices"

// RuleInfo is a rule of a web ACL, or one of a rule group that a rule refers to.
type RuleInfo struct {
	Rule      string
	GroupRule string // "" for a rule of the web ACL's own
	Action    Action
	// Inspects are the kinds of parts of requests that its statement looks at, by AWS's names.
	Inspects []string
	Rate     bool // it counts requests over time
}

// Rules returns the rules in the order in which they have their turn.
func (a *ACL) Rules() []RuleInfo {
	var all []RuleInfo
	for i := range a.rules {
		r := &a.rules[i]
		if r.group == nil {
			all = append(all, RuleInfo{
				Rule: r.name, Action: r.action.kind, Inspects: slices.Clone(r.parts),
				Rate: r.kind == "RATE_BASED",
			})
			continue
		}
		for j := range r.group.rules {
			inner := &r.group.rules[j]
			all = append(all, RuleInfo{
				Rule: r.name, GroupRule: inner.name, Action: inner.action.kind,
				Inspects: slices.Clone(inner.parts), Rate: inner.kind == "RATE_BASED",
			})
		}
	}
	return all
}
