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

// The actions.
const (
	Allow     Action = "ALLOW"
	Block     Action = "BLOCK"
	Captcha   Action = "CAPTCHA"
	Challenge Action = "CHALLENGE"
)

// Verdict is what a web ACL decided about a request.
type Verdict struct {
	Action    Action
	Rule      string // the web ACL's rule that decided, or DefaultAction
	GroupRule string // the rule within the rule group, if Rule refers to one
	// Status, Headers and Body answer a request that may not come in. Status 0 means the gateway
	// response WAF_FILTERED.
	Status   int
	Headers  exchange.Header
	Body     []byte
	Inserted exchange.Header // for the backend, in place of what the client sent under these names
	Labels   []string        // fully qualified, in the order they were added
	Counted  []Match         // rules that matched and only count
}

// Match is a rule that matched.
type Match struct {
	Rule      string
	GroupRule string // within the rule group that Rule refers to, else ""
}

// String returns the names of the rule.
func (m Match) String() string {
	if m.GroupRule == "" {
		return m.Rule
	}
	return m.Rule + "/" + m.GroupRule
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
	by := "rule " + Match{v.Rule, v.GroupRule}.String()
	if v.Rule == DefaultAction {
		by = "the default action"
	}
	switch v.Action {
	case Captcha, Challenge:
		return "the web ACL wants a token, and the request has no valid one: " + by + ", action " +
			string(v.Action)
	case Block:
		return "the web ACL blocks the request: " + by
	}
	return ""
}

// Facts returns what the mark of the step tells.
func (v *Verdict) Facts() []pipeline.Fact {
	facts := []pipeline.Fact{
		{Name: "action", Value: string(v.Action)},
		{Name: "rule", Value: Match{v.Rule, v.GroupRule}.String()},
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
