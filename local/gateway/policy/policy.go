// Package policy reads IAM policy documents and evaluates them.
//
// The documents that Lambda authorizers return and the resource policies of APIs go through it; who
// asks supplies the action, the resource and the condition keys of the call. An explicit deny wins
// over any allow. It knows nothing of API Gateway: how a decision becomes an answer, and how two
// policies combine, is for the asker. It has no permission boundaries and no session policies.
package policy

import "strconv"

// Effect is what a policy says of a request.
type Effect string

// The effects. NoMatch is the implicit deny: no statement speaks of the request.
const (
	NoMatch Effect = "NoMatch"
	Allow   Effect = "Allow"
	Deny    Effect = "Deny"
)

// Policy is a parsed document; it is read-only and may be used by many calls at once.
type Policy struct {
	statements []statement
}

// Request is what is asked of a policy.
type Request struct {
	Action   string // "execute-api:Invoke"
	Resource string // an ARN
	// Conditions are the values of condition keys: "aws:SourceIp". Names compare without case.
	Conditions map[string][]string
	// Principals are the ARNs, account ids and services the caller goes by. They matter only to
	// statements that name a principal other than "*".
	Principals []string
}

// Decision is what a policy says, and which statement said it.
type Decision struct {
	Effect    Effect
	Statement string // its Sid, or its place: "#2"; "" for NoMatch
}

// statement is one entry of a document. A list that is nil was not written.
type statement struct {
	name                        string
	effect                      Effect
	actions, notActions         []pattern // lower case: actions compare without case
	resources, notResources     []pattern
	principals, notPrincipals   []pattern
	conditions                  []condition
	hasPrincipal, hasNotPrincip bool
}

// Evaluate returns the decision about r: an explicit deny wins over any allow.
func (p *Policy) Evaluate(r Request) Decision {
	decision := Decision{Effect: NoMatch}
	for i := range p.statements {
		s := &p.statements[i]
		if s.effect == Allow && decision.Effect == Allow || !s.covers(&r) {
			continue
		}
		decision = Decision{Effect: s.effect, Statement: s.name}
		if s.effect == Deny {
			return decision
		}
	}
	return decision
}

// covers reports whether every element of s holds for r.
func (s *statement) covers(r *Request) bool {
	action := lower(r.Action)
	if s.actions != nil && !anyMatches(s.actions, action, r.Conditions) ||
		s.notActions != nil && anyMatches(s.notActions, action, r.Conditions) {
		return false
	}
	if s.resources != nil && !anyMatches(s.resources, r.Resource, r.Conditions) ||
		s.notResources != nil && anyMatches(s.notResources, r.Resource, r.Conditions) {
		return false
	}
	if s.hasPrincipal && !namesCaller(s.principals, r) ||
		s.hasNotPrincip && namesCaller(s.notPrincipals, r) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r.Conditions) {
			return false
		}
	}
	return true
}

// namesCaller reports whether one of the principals is the caller; "*" is everyone.
func namesCaller(principals []pattern, r *Request) bool {
	for _, p := range principals {
		if p.text == "*" {
			return true
		}
		for _, name := range r.Principals {
			if p.text == name {
				return true
			}
		}
	}
	return false
}

func anyMatches(patterns []pattern, value string, keys map[string][]string) bool {
	for i := range patterns {
		if patterns[i].matches(value, keys) {
			return true
		}
	}
	return false
}

func statementName(sid string, index int) string {
	if sid != "" {
		return sid
	}
	return "#" + strconv.Itoa(index+1)
}
