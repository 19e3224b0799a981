package firewall

// rule is a compiled rule: with a statement and an action, or with a rule group.
type rule struct {
	name   string
	match  node
	labels []string // fully qualified
	action *action
	group  *group
}

// group is a compiled rule group where a rule refers to it.
type group struct {
	rules     []rule
	scope     node // scope-down statement; nil for every request
	onlyCount bool // OverrideAction Count
}

// run applies a rule and returns the action that ends the inspection, with the rule of the rule
// group that it comes from; nil when the next rule has its turn.
func (in *inspection) run(r *rule) (inner string, ends *action) {
	if r.group == nil {
		return "", in.apply(r, Match{Rule: r.name})
	}
	g := r.group
	if g.scope != nil && !g.scope.matches(in) {
		return "", nil
	}
	for i := range g.rules {
		as := Match{Rule: r.name, GroupRule: g.rules[i].name}
		act := in.apply(&g.rules[i], as)
		if act == nil {
			continue
		}
		if g.onlyCount { // the group's result is overridden; what it decided stays decided
			in.verdict.Counted = append(in.verdict.Counted, as)
			return "", nil
		}
		return as.GroupRule, act
	}
	return "", nil
}

// apply returns the rule's action if the rule matches and the action ends the inspection.
func (in *inspection) apply(r *rule, as Match) *action {
	if !r.match.matches(in) {
		return nil
	}
	for _, name := range r.labels { // before the action takes effect
		in.label(name)
	}
	if r.action.kind == count {
		in.verdict.Counted = append(in.verdict.Counted, as)
		r.action.insertInto(&in.verdict)
		return nil
	}
	return r.action
}
