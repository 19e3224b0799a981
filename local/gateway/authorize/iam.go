package authorize

import (
	"fmt"
	"strings"
	"sync/atomic"

	"portico/local/gateway/policy"
)

// Principals are the policies of the roles and users that may sign calls, compiled. The zero value
// knows nobody: only a resource policy then lets a caller in.
type Principals struct {
	known map[string]*principal // by key
	live  *Live                 // in whose place those that were set last stand; nil for none
}

// Live are principals that change while calls are judged by them: each call by those that were set
// when it is judged. The zero value knows nobody.
type Live struct {
	now atomic.Pointer[map[string]*principal]
}

// Set makes these the ones that count; nobody may add to them any more.
func (l *Live) Set(p Principals) { l.now.Store(&p.known) }

// Principals returns the ones to judge by.
func (l *Live) Principals() Principals { return Principals{live: l} }

// principal is what one role or user is allowed.
type principal struct {
	policies   []*policy.Policy
	boundaries []*policy.Policy // at most one on AWS; empty: no boundary
}

// Add parses an identity-based policy of a role or user. The name is its ARN, or the plain name
// of roles and users of the APIs' own account.
func (p *Principals) Add(name string, document []byte) error {
	parsed, err := policy.Parse(document)
	if err != nil {
		return fmt.Errorf("a policy of %s: %w", name, err)
	}
	of := p.of(name)
	of.policies = append(of.policies, parsed)
	return nil
}

// Bound parses the permissions boundary of a role or user, named as for Add: what it does not
// allow, no identity-based policy gives.
func (p *Principals) Bound(name string, document []byte) error {
	parsed, err := policy.Parse(document)
	if err != nil {
		return fmt.Errorf("the permissions boundary of %s: %w", name, err)
	}
	of := p.of(name)
	of.boundaries = append(of.boundaries, parsed)
	return nil
}

func (p *Principals) of(name string) *principal {
	if p.known == nil {
		p.known = map[string]*principal{}
	}
	if strings.HasPrefix(name, "arn:") {
		name = Credential{PrincipalARN: name}.key()
	}
	if p.known[name] == nil {
		p.known[name] = &principal{}
	}
	return p.known[name]
}

// find returns all that is known of the caller: by its ARN, and by its plain name.
func (p Principals) find(c *IAMCall) principal {
	var found principal
	everybody := p.known
	if p.live != nil {
		if now := p.live.now.Load(); now != nil {
			everybody = *now
		}
	}
	add := func(key string) {
		if known := everybody[key]; known != nil {
			found.policies = append(found.policies, known.policies...)
			found.boundaries = append(found.boundaries, known.boundaries...)
		}
	}
	add(c.Caller.key())
	if _, name := c.Caller.identity(); c.sameAccount() {
		add(name)
	}
	return found
}

// IAMCall is one signed call to be judged.
type IAMCall struct {
	// Action is execute-api:Invoke, execute-api:ManageConnections or execute-api:InvalidateCache.
	Action   string
	Resource string // an ARN
	Alias    string // another spelling of the resource; see policy.Request
	Caller   Credential
	// APIAccount is the account of the API, and so of its resource policy.
	APIAccount string
	// Conditions are the keys that the request gives (aws:SourceIp, aws:UserAgent); those of the
	// caller are added to them.
	Conditions     map[string][]string
	ResourcePolicy *policy.Policy // nil: none
}

func (c *IAMCall) sameAccount() bool {
	return c.Caller.AccountID != "" && c.Caller.AccountID == c.APIAccount
}

// IAMDecision says whether a call may pass.
type IAMDecision struct {
	Allowed  bool
	Explicit bool   // a statement denies it
	Why      string // names policy and statement
}

// Decide judges a signed call. A caller of the API's account needs an identity-based policy or the
// resource policy to allow it (AWS's table A), any other caller needs both (table B). An explicit
// deny of either wins, and a permissions boundary must allow what identity-based policies allow.
func (p Principals) Decide(c IAMCall) IAMDecision {
	known := p.find(&c)
	request := policy.Request{
		Action: c.Action, Resource: c.Resource, Alias: c.Alias,
		Conditions: c.Caller.Conditions(),
		Principals: c.Caller.names(), Accounts: c.Caller.accounts(),
		Bounded: len(known.boundaries) > 0,
	}
	for key, values := range c.Conditions {
		if _, own := request.Conditions[key]; !own { // what is known of the caller wins
			request.Conditions[key] = values
		}
	}
	kind, name := c.Caller.identity()
	identity := judge("the policies of "+kind+" "+name, request, known.policies...)
	var resource said
	if c.ResourcePolicy != nil {
		resource = judge("the resource policy", request, c.ResourcePolicy)
	}
	direct := request.Principals
	if request.Bounded {
		boundary := judge("the permissions boundary of "+kind+" "+name, request, known.boundaries...)
		if boundary.Effect == policy.NoMatch {
			direct = direct[:1]
		}
		identity = identity.within(boundary)
	}
	if c.sameAccount() && resource.Effect == policy.Allow {
		resource = resource.naming(direct)
	}
	return decide(identity, resource, &c)
}

// said is what the policies of one side say of a call together.
type said struct {
	policy.Decision
	by       string // "the policies of role admin"
	request  policy.Request
	policies []*policy.Policy
}

func judge(by string, request policy.Request, policies ...*policy.Policy) said {
	s := said{policy.Decision{Effect: policy.NoMatch}, by, request, policies}
	for _, each := range policies {
		switch d := each.Evaluate(request); {
		case d.Effect == policy.Deny:
			s.Decision = d
			return s
		case d.Effect == policy.Allow && (s.Effect != policy.Allow || s.Delegated):
			s.Decision = d
		}
	}
	return s
}

// within returns what identity-based policies give inside of a permissions boundary.
func (s said) within(boundary said) said {
	if s.Effect == policy.Deny || boundary.Effect == policy.Allow {
		return s
	}
	return boundary
}

// naming returns what a policy says that allows a call of its own account only to those it names: a
// statement for the whole account leaves the permission to the account's identity-based policies,
// and one for a role does not reach over the boundary of that role as one for its session does.
func (s said) naming(direct []string) said {
	request := s.request
	request.Principals = direct
	again := judge(s.by, request, s.policies...)
	if again.Effect == policy.Allow && again.Delegated {
		again.Effect = policy.NoMatch
	}
	return again
}

// String says which statement decided, or what kept those that allow from applying.
func (s said) String() string {
	switch s.Effect {
	case policy.Deny:
		return "statement " + s.Statement + " of " + s.by + " denies it"
	case policy.Allow:
		return "statement " + s.Statement + " of " + s.by + " allows it"
	}
	var reasons []string
	for _, each := range s.policies {
		reasons = append(reasons, each.Explain(s.request).String())
	}
	if reasons == nil {
		return s.by + " are none"
	}
	return s.by + ": " + strings.Join(reasons, "; ")
}

// outcome combines what identity-based policies, or a Lambda authorizer, say with what the resource
// policy says, by AWS's tables A and B ("How API Gateway resource policies affect authorization
// workflow").
func outcome(identity, resource policy.Effect, sameAccount bool) policy.Effect {
	allows := 0
	for _, effect := range []policy.Effect{identity, resource} {
		switch effect {
		case policy.Deny:
			return policy.Deny
		case policy.Allow:
			allows++
		}
	}
	if allows == 2 || allows == 1 && sameAccount {
		return policy.Allow
	}
	return policy.NoMatch
}

func decide(identity, resource said, c *IAMCall) IAMDecision {
	effect := outcome(identity.Effect, resource.Effect, c.sameAccount())
	decision := IAMDecision{Allowed: effect == policy.Allow, Explicit: effect == policy.Deny}
	switch {
	case resource.Effect == effect && identity.Effect != effect:
		decision.Why = resource.String()
	case identity.Effect == effect && (effect != policy.NoMatch || c.ResourcePolicy == nil):
		decision.Why = identity.String()
	case c.ResourcePolicy == nil: // allowed by its own policies, and denied all the same
		decision.Why = "the caller is of account " + c.Caller.AccountID + ", and the API of account " +
			c.APIAccount + " has no resource policy that lets it in"
	case identity.Effect == effect && resource.Effect == effect:
		decision.Why = identity.String() + "; " + resource.String()
	default:
		decision.Why = identity.String() + ", but the caller is of account " + c.Caller.AccountID +
			"; " + resource.String()
	}
	return decision
}
