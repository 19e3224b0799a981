package firewall

// ManagedGroupInfo is a managed rule group of AWS's that is honoured.
type ManagedGroupInfo struct {
	Name           string
	LabelNamespace string // "awswaf:managed:aws:core-rule-set:"
	Capacity       int    // WCU
	Lists          bool   // it has lists of addresses, and no versions
	Rules          []ManagedRuleInfo
}

// ManagedRuleInfo is a rule of such a group.
type ManagedRuleInfo struct {
	Name   string
	Action Action
	Label  string // fully qualified
}

// DescribeManagedGroups returns the groups of ManagedGroups, with their rules.
func DescribeManagedGroups() []ManagedGroupInfo {
	var all []ManagedGroupInfo
	for _, group := range managedGroups() {
		made := ManagedGroupInfo{
			Name: group.name, LabelNamespace: "awswaf:managed:aws:" + group.label + ":",
			Capacity: group.capacity,
		}
		for _, rule := range group.rules {
			action := Block
			if rule.counts {
				action = Count
			}
			made.Lists = made.Lists || rule.list
			made.Rules = append(made.Rules, ManagedRuleInfo{
				Name: rule.name, Action: action, Label: made.LabelNamespace + rule.label,
			})
		}
		all = append(all, made)
	}
	return all
}
