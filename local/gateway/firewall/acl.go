package firewall

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// maxCapacity is how many capacity units (WCU) AWS allows a web ACL.
const maxCapacity = 5_000

// Dependencies are what a web ACL needs of its surroundings.
type Dependencies struct {
	Clock clock.Clock // rate-based rules count by it
	// Injections finds what SQLi and XSS statements look for; nil refuses web ACLs with such ones.
	Injections Injections
	// Places is the table of geographic and autonomous system matches; an address that no line holds
	// is in country XX and in autonomous system 0.
	Places []Place
	// Addresses fill the lists of AWS's managed IP rule groups, by the rule's name, like
	// "AWSManagedIPReputationList". AWS's own are not public, so they are empty unless given.
	Addresses map[string][]netip.Prefix
	// Secret signs tokens. With a random one in place of an empty one, tokens end with the web ACL.
	Secret []byte
	// Decided is told of every request that was inspected; nil tells nobody.
	Decided func(Verdict)
}

// Injections tells attacks from ordinary text.
type Injections interface {
	// SQLi says whether a text, put into a SQL statement, changes what it does.
	SQLi(text string) bool
	// XSS says whether a text, put into a page, runs a script.
	XSS(text string) bool
}

// ACL is a compiled web ACL. It may be used by many calls, and many stages, at once; they share the
// counts of its rate-based rules.
type ACL struct {
	arn           string
	clock         clock.Clock
	tokens        tokens
	log           *log // nil for none
	places        ranges[Place]
	views         []view
	rules         []rule
	defaultAction *action
	bodyLimit     int
	capacity      int
	inspections   sync.Pool
	decided       func(Verdict) // may be nil
	samples       *sampler
}

// New compiles a web ACL. An error names the rule that AWS would not take, or that is not honoured
// here.
func New(def api.WebACL, deps Dependencies) (*ACL, error) {
	if deps.Clock == nil {
		return nil, errors.New("a web ACL needs a clock")
	}
	a := &ACL{
		arn: def.ARN, clock: deps.Clock, bodyLimit: def.BodyLimit, tokens: newTokens(def, deps.Secret),
		decided: deps.Decided,
	}
	for _, place := range deps.Places {
		a.places.add(place.Prefix, place)
	}
	c := newCompiler(def, deps)
	if err := c.compile(a); err != nil {
		return nil, fmt.Errorf("web ACL %s: %w", def.Name, err)
	}
	if c.capacity > maxCapacity {
		return nil, fmt.Errorf("web ACL %s: its rules take %d capacity units (WCU), allowed are %d",
			def.Name, c.capacity, maxCapacity)
	}
	a.views, a.capacity, a.tokens.puzzles = c.views, c.capacity, c.captchas
	for i := range a.views {
		a.views[i].scanner.build()
	}
	return a, nil
}

// ARN returns the ARN of the web ACL.
func (a *ACL) ARN() string { return a.arn }

// Capacity returns the capacity units (WCU) of all rules.
func (a *ACL) Capacity() int { return a.capacity }

// Inspect decides on a request.
func (a *ACL) Inspect(r *exchange.Request) Verdict {
	if a.tokens.puzzles {
		if verdict, ok := a.solution(r); ok {
			return verdict
		}
	}
	in := a.begin(r)
	in.verdict.Rule = DefaultAction
	act, ends := a.defaultAction, (*rule)(nil)
	for i := range a.rules {
		rule := &a.rules[i]
		in.turn = rule
		decides := in.run(rule)
		if decides == nil {
			continue
		}
		in.verdict.Rule, in.verdict.Details = rule.name, in.found()
		in.verdict.Overrides = decides.overrides
		if decides != rule {
			in.verdict.GroupRule = decides.name
		}
		act, ends = decides.action, decides
		break
	}
	in.hit(hit{rule: ends, action: act, kind: act.kind, ends: true})
	return a.end(in, act)
}

// inspection is what one request needs while the rules look at it.
type inspection struct {
	acl     *ACL
	request *exchange.Request
	client  netip.Addr
	seen    []seen        // by view
	details []MatchDetail // of the rule under way
	verdict Verdict
	turn    *rule // of the web ACL, whose turn it is
	hits    []hit // that are sampled

	arguments, cookies       []pair
	hasArguments, hasCookies bool
	cookiesOversize, hasBody bool
	body                     string
}

// pair is a query argument or a cookie, as sent.
type pair struct{ name, value string }

func (a *ACL) begin(r *exchange.Request) *inspection {
	in, reused := a.inspections.Get().(*inspection)
	if !reused {
		in = &inspection{acl: a, seen: make([]seen, len(a.views))}
	}
	in.request = r
	in.client = clientAddress(r)
	return in
}

// clientAddress returns where a request comes from; the zero address when nobody knows.
func clientAddress(r *exchange.Request) netip.Addr {
	address, err := netip.ParseAddr(r.SourceIP)
	if err != nil {
		return netip.Addr{}
	}
	return address.Unmap().WithZone("")
}

// end makes the verdict, and puts the inspection aside for the next request.
func (a *ACL) end(in *inspection, act *action) Verdict {
	verdict := in.verdict
	a.decide(act, &verdict, in.request)
	if len(in.hits) > 0 {
		a.samples.add(a.clock.Now(), in, &verdict)
	}
	for i := range in.seen {
		s := &in.seen[i]
		clear(s.values)
		*s = seen{values: s.values[:0], found: s.found}
	}
	clear(in.arguments)
	clear(in.cookies)
	*in = inspection{
		acl: a, seen: in.seen, arguments: in.arguments[:0], cookies: in.cookies[:0],
		details: in.details[:0], hits: in.hits[:0],
	}
	a.inspections.Put(in)
	if a.decided != nil {
		a.decided(verdict)
	}
	return verdict
}
