package firewall

import (
	"slices"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

// DefaultAction is the rule of a verdict that no rule decided, as AWS's logs name it.
const DefaultAction = "Default_Action"

// Action is what a web ACL decided, in the words of AWS's logs.
type Action string

// The actions. Count decides nothing: it is never a verdict's.
const (
	Allow     Action = "ALLOW"
	Block     Action = "BLOCK"
	Captcha   Action = "CAPTCHA"
	Challenge Action = "CHALLENGE"
	Count     Action = "COUNT"
)

// Verdict is what a web ACL decided about a request.
type Verdict struct {
	Action    Action
	Rule      string // the web ACL's rule that decided, or DefaultAction
	GroupRule string // the rule within the rule group, if Rule refers to one
	Overrides Action // what the rule would have done without an override; "" without one
	// Status, Headers and Body answer a request that may not come in. Status 0 means the gateway
	// response WAF_FILTERED.
	Status   int
	Headers  exchange.Header
	Body     []byte
	Inserted exchange.Header // for the backend, in place of what the client sent under these names
	Labels   []string        // fully qualified, in the order they were added
	Counted  []Match         // rules that matched and let the inspection go on
	Details  []MatchDetail   // what the rule that decided found
	Rates    []Rate          // of rate-based rules that matched
	Groups   []string        // rules whose rule group had a look; nil unless the web ACL logs
	// Captcha and Challenge are what the last such action made of the request's token; nil without.
	Captcha, Challenge *TokenCheck
	// Solved says that the request was no call, but the solution of a CAPTCHA.
	Solved bool
}

// Match is a rule that matched and let the inspection go on.
type Match struct {
	Rule      string
	GroupRule string // within the rule group that Rule refers to, else ""
	// Action is Count; Captcha or Challenge for a request with a valid token; and what the group's
	// rule decided where the group only counts.
	Action    Action
	Overrides Action // what the rule would have done without an override; "" without one
	Excluded  bool   // the override is an excluded rule
	Ended     bool   // it ended a group that only counts
	Details   []MatchDetail
}

// MatchDetail is what a SQLi or XSS statement tells of its match.
//
// Unlike AWS: the words that matched are not told.
type MatchDetail struct {
	Condition   string // SQL_INJECTION, XSS
	Sensitivity string // of SQL_INJECTION: LOW, HIGH
	Location    string // HEADER, URI, BODY, …
	Field       string // the header or argument; "" where the location says all
}

// String returns the names of the rule.
func (m Match) String() string {
	if m.GroupRule == "" {
		return m.Rule
	}
	return m.Rule + "/" + m.GroupRule
}

// decider is the rule that decided.
func (v *Verdict) decider() string {
	return Match{Rule: v.Rule, GroupRule: v.GroupRule}.String()
}

// Allowed says whether the call may come in.
func (v *Verdict) Allowed() bool { return v.Action == Allow }

// ResponseCode returns $context.wafResponseCode.
func (v *Verdict) ResponseCode() string {
	if v.Allowed() {
		return "WAF_ALLOW"
	}
	return "WAF_BLOCK"
}

// Reason says in words why a call may not come in.
func (v *Verdict) Reason() string {
	by := "rule " + v.decider()
	switch {
	case v.Solved:
		return "the client solved the web ACL's CAPTCHA, and is sent back with a token"
	case v.Rule == DefaultAction:
		by = "the default action"
	}
	switch v.Action {
	case Captcha:
		return "the web ACL wants a token, and the request has no valid one (" +
			v.Captcha.Failure + "): " + by + ", action CAPTCHA"
	case Challenge:
		return "the web ACL wants a token, and the request has no valid one (" +
			v.Challenge.Failure + "): " + by + ", action CHALLENGE"
	case Block:
		return "the web ACL blocks the request: " + by
	}
	return ""
}

// Facts returns what the mark of the step tells.
func (v *Verdict) Facts() []pipeline.Fact {
	facts := []pipeline.Fact{{Name: "action", Value: string(v.Action)}}
	if !v.Solved {
		facts = append(facts, pipeline.Fact{Name: "rule", Value: v.decider()})
	}
	if len(v.Counted) > 0 {
		counted := make([]string, len(v.Counted))
		for i, match := range v.Counted {
			counted[i] = match.String()
		}
		facts = append(facts, pipeline.Fact{Name: "counted", Value: strings.Join(counted, ", ")})
	}
	if len(v.Labels) > 0 {
		facts = append(facts, pipeline.Fact{Name: "labels", Value: strings.Join(v.Labels, ", ")})
	}
	return facts
}

// label adds a label, once.
func (in *inspection) label(name string) {
	if !slices.Contains(in.verdict.Labels, name) {
		in.verdict.Labels = append(in.verdict.Labels, name)
	}
}
