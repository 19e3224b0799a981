package firewall

import (
	"slices"
	"time"
)

// rule is a compiled rule: with a statement and an action, or with a rule group.
type rule struct {
	name   string
	kind   string // of a web ACL's rule: REGULAR, RATE_BASED, GROUP, MANAGED_RULE_GROUP
	match  node
	labels []string // fully qualified
	action *action
	group  *group
	parts  []string // the kinds of parts of requests that its statement looks at

	captcha, challenge time.Duration // for which a token holds
	overrides          Action        // what action stands in the place of; "" for none
	excluded           bool
	samples            *reservoir // nil for none
}

// group is a compiled rule group where a rule refers to it.
type group struct {
	id        string // ARN, or vendor and name
	name      string // in samples: own, AWS#AWSManagedRulesCommonRuleSet
	rules     []rule
	scope     node // scope-down statement; nil for every request
	onlyCount bool // OverrideAction Count
}

// run applies a rule and returns the rule that ends the inspection: itself or one of its group; nil
// when the next rule has its turn.
func (in *inspection) run(r *rule) (ends *rule) {
	if r.group == nil {
		return in.apply(r, Match{Rule: r.name})
	}
	g := r.group
	if g.scope != nil && !g.scope.matches(in) {
		return nil
	}
	if in.acl.log != nil {
		in.verdict.Groups = append(in.verdict.Groups, r.name)
	}
	for i := range g.rules {
		as := Match{Rule: r.name, GroupRule: g.rules[i].name}
		decides := in.apply(&g.rules[i], as)
		if decides == nil {
			continue
		}
		if !g.onlyCount {
			return decides
		}
		// The group's result is overridden; what it decided stays decided.
		as.Action, as.Ended = decides.action.kind, true
		in.counted(decides, as)
		return nil
	}
	return nil
}

// apply returns the rule if it matches and its action ends the inspection.
func (in *inspection) apply(r *rule, as Match) *rule {
	in.details = in.details[:0]
	if !r.match.matches(in) {
		return nil
	}
	for _, name := range r.labels { // before the action takes effect
		in.label(name)
	}
	as.Action = r.action.kind
	switch as.Action {
	case Count:
	case Captcha:
		in.verdict.Captcha = in.checkToken(Captcha, r.captcha)
		if in.verdict.Captcha.Failure != "" {
			return r
		}
	case Challenge:
		in.verdict.Challenge = in.checkToken(Challenge, r.challenge)
		if in.verdict.Challenge.Failure != "" {
			return r
		}
	default:
		return r
	}
	in.counted(r, as)
	r.action.insertInto(&in.verdict)
	return nil
}

func (in *inspection) counted(r *rule, as Match) {
	as.Overrides, as.Excluded, as.Details = r.overrides, r.excluded, in.found()
	in.verdict.Counted = append(in.verdict.Counted, as)
	if as.Ended {
		as.Action = Count // what became of it, not what the group's rule decided
	}
	in.hit(hit{rule: r, action: r.action, kind: as.Action})
}

// found returns what the statement of the rule under way tells of its match.
func (in *inspection) found() []MatchDetail {
	if len(in.details) == 0 {
		return nil
	}
	return slices.Clone(in.details)
}
