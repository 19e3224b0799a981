// Package policy reads IAM policy documents and evaluates them.
//
// The documents that Lambda authorizers return and the resource policies of APIs go through it; who
// asks supplies the action, the resource and the condition keys of the call. An explicit deny wins
// over any allow. It knows nothing of API Gateway: how a decision becomes an answer, and how two
// policies combine, is for the asker. A permissions boundary is one more policy to it.
package policy

import (
	"slices"
	"strconv"
)

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
	// Alias is another spelling of the same resource, "" when it has none: what is denied under either
	// spelling is denied, what is allowed under an alias alone is not allowed.
	Alias string
	// Conditions are the values of condition keys: "aws:SourceIp". Names compare without case.
	Conditions map[string][]string
	// Principals are the ARNs of the caller itself: its user, or its session and the role behind it.
	// They matter only to statements that name a principal other than "*"; nobody in particular
	// calls when there is none.
	Principals []string
	// Accounts are the names of the caller's whole account: its id, and the ARN of its root.
	Accounts []string
	// Bounded says that the caller has a permissions boundary: no NotPrincipal of a deny spares it
	// ("IAM JSON policy elements: NotPrincipal").
	Bounded bool
}

// Decision is what a policy says, and which statement said it.
type Decision struct {
	Effect    Effect
	Statement string // its Sid, or its place: "#2"; "" for NoMatch
	// Delegated says of an Allow that it names the caller's account and not the caller: the account
	// may hand the permission on, and within it an identity-based policy has to.
	Delegated bool
}

// statement is one entry of a document. A list that is nil was not written.
type statement struct {
	name                        string
	effect                      Effect
	actions, notActions         []pattern // lower case: actions compare without case
	resources, notResources     []pattern
	principals, notPrincipals   []string // of kind AWS; no other kind calls APIs
	conditions                  []condition
	hasPrincipal, hasNotPrincip bool
}

// Evaluate returns the decision about r: an explicit deny wins over any allow, and an allow of the
// caller itself over one of its account.
func (p *Policy) Evaluate(r Request) Decision {
	decision := Decision{Effect: NoMatch}
	action := lower(r.Action)
	for i := range p.statements {
		s := &p.statements[i]
		settled := decision.Effect == Allow && !decision.Delegated
		if s.effect == Allow && settled || !s.speaksOf(&r, action) {
			continue
		}
		decision = Decision{
			Effect: s.effect, Statement: s.name,
			Delegated: s.effect == Allow && s.hasPrincipal && !names(s.principals, r.Principals),
		}
		if s.effect == Deny {
			return decision
		}
	}
	return decision
}

// NamesPrincipals reports whether a statement names a principal other than everyone. On a method
// without IAM authorization nobody is that principal.
func (p *Policy) NamesPrincipals() bool {
	for i := range p.statements {
		for _, name := range p.statements[i].principals {
			if name != everyone {
				return true
			}
		}
	}
	return false
}

// everyone is the principal that stands for all callers, known or not.
const everyone = "*"

// The elements of a statement that may not hold for a request.
const (
	nothing     = ""
	inAction    = "Action"
	inResource  = "Resource"
	inPrincipal = "Principal"
)

// speaksOf reports whether s holds for r, a deny also under the alias of the resource.
func (s *statement) speaksOf(r *Request, action string) bool {
	if s.miss(r, action) == nothing {
		return true
	}
	if s.effect != Deny || r.Alias == "" {
		return false
	}
	same := *r
	same.Resource = r.Alias
	return s.miss(&same, action) == nothing
}

// miss returns the first element of s that does not hold for r, or nothing when s speaks of it.
// action is that of r in lower case.
func (s *statement) miss(r *Request, action string) string {
	if s.actions != nil && !anyMatches(s.actions, action, r.Conditions) ||
		s.notActions != nil && anyMatches(s.notActions, action, r.Conditions) {
		return inAction
	}
	if s.resources != nil && !anyMatches(s.resources, r.Resource, r.Conditions) ||
		s.notResources != nil && anyMatches(s.notResources, r.Resource, r.Conditions) {
		return inResource
	}
	if s.hasPrincipal && !names(s.principals, r.Principals) && !names(s.principals, r.Accounts) ||
		s.hasNotPrincip && s.spares(r) {
		return inPrincipal
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r.Conditions) {
			return s.conditions[i].String()
		}
	}
	return nothing
}

// spares reports whether NotPrincipal excepts the caller. A deny spares only whom it names together
// with the account, because AWS checks the account first; an allow gives nothing to either.
func (s *statement) spares(r *Request) bool {
	direct, account := names(s.notPrincipals, r.Principals), names(s.notPrincipals, r.Accounts)
	if s.effect == Deny {
		return !r.Bounded && direct && (account || len(r.Accounts) == 0)
	}
	return direct || account
}

// names reports whether one of the principals is one of the caller's names.
func names(principals, callers []string) bool {
	for _, p := range principals {
		if p == everyone || slices.Contains(callers, p) {
			return true
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
