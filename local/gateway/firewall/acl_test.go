package firewall

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

func labelled(scope, key string) api.Statement {
	return api.Statement{LabelMatch: &api.LabelMatchStatement{Scope: scope, Key: key}}
}

// aclRows are web ACLs whose rules work together.
func aclRows() []struct {
	name  string
	rules []api.FirewallRule
	want  Verdict
} {
	sorry := &api.RuleAction{Type: "Block", Response: &api.CustomResponse{
		Code: 429, BodyKey: "sorry", Headers: []api.CustomHeader{{Name: "Retry-After", Value: "5"}},
	}}
	insert := func(kind string) *api.RuleAction {
		return &api.RuleAction{Type: kind, InsertHeaders: []api.CustomHeader{{Name: "seen", Value: kind}}}
	}
	missing := &TokenCheck{Failure: "TOKEN_MISSING"}
	forbidden := Verdict{Action: Block, Rule: "b", Labels: []string{labels + "l:b"}}
	return []struct {
		name  string
		rules []api.FirewallRule
		want  Verdict
	}{
		{"no rule decides", nil, Verdict{Action: Allow, Rule: DefaultAction}},
		{"the lower priority comes first", []api.FirewallRule{
			rule1("a", 2, action1("Allow"), yes), rule1("b", 1, action1("Block"), yes),
		}, forbidden},
		{"allow ends the inspection", []api.FirewallRule{
			rule1("a", 1, action1("Allow"), yes), rule1("b", 2, action1("Block"), yes),
		}, Verdict{Action: Allow, Rule: "a", Labels: []string{labels + "l:a"}}},
		{"count goes on", []api.FirewallRule{
			rule1("a", 1, action1("Count"), yes), rule1("b", 2, action1("Block"), yes),
		}, Verdict{
			Action: Block, Rule: "b", Labels: []string{labels + "l:a", labels + "l:b"},
			Counted: []Match{{Rule: "a", Action: Count}},
		}},
		{"a custom response", []api.FirewallRule{rule1("b", 1, sorry, yes)}, Verdict{
			Action: Block, Rule: "b", Labels: []string{labels + "l:b"}, Status: 429,
			Headers: exchange.Header{
				{Name: "Retry-After", Value: "5"}, {Name: "Content-Type", Value: "application/json"},
			},
			Body: []byte(`{"sorry":true}`),
		}},
		{"headers for the backend, the later one wins", []api.FirewallRule{
			rule1("a", 1, insert("Count"), yes), rule1("b", 2, insert("Allow"), yes),
		}, Verdict{
			Action: Allow, Rule: "b", Labels: []string{labels + "l:a", labels + "l:b"},
			Counted:  []Match{{Rule: "a", Action: Count}},
			Inserted: exchange.Header{{Name: "x-amzn-waf-seen", Value: "Allow"}},
		}},
		{"labels match later", []api.FirewallRule{
			rule1("b", 2, action1("Block"), labelled("LABEL", "l:a")),
			rule1("a", 1, action1("Count"), yes),
		}, Verdict{
			Action: Block, Rule: "b", Labels: []string{labels + "l:a", labels + "l:b"},
			Counted: []Match{{Rule: "a", Action: Count}},
		}},
		{"labels do not match earlier", []api.FirewallRule{
			rule1("b", 1, action1("Block"), labelled("LABEL", "l:a")),
			rule1("a", 2, action1("Allow"), yes),
		}, Verdict{Action: Allow, Rule: "a", Labels: []string{labels + "l:a"}}},
		{"namespaces match", []api.FirewallRule{
			rule1("a", 1, action1("Count"), yes),
			rule1("b", 2, action1("Block"), labelled("NAMESPACE", labels+"l:")),
		}, Verdict{
			Action: Block, Rule: "b", Labels: []string{labels + "l:a", labels + "l:b"},
			Counted: []Match{{Rule: "a", Action: Count}},
		}},
		{"a geographic match labels what it does not match", []api.FirewallRule{
			{Name: "geo", Priority: 1, Action: action1("Block"), Statement: geo(nil, "FR")},
		}, Verdict{Action: Allow, Rule: DefaultAction, Labels: []string{
			"awswaf:clientip:geo:country:US", "awswaf:clientip:geo:region:US-CA",
		}}},
		{"a CAPTCHA without token", []api.FirewallRule{
			{Name: "c", Priority: 1, Action: insert("Captcha"), Statement: yes},
		}, Verdict{Action: Captcha, Rule: "c", Captcha: missing, Status: 405, Headers: exchange.Header{
			{Name: "x-amzn-waf-action", Value: "captcha"},
			{Name: "Cache-Control", Value: "no-store, max-age=0"},
		}}},
		{"a challenge without token", []api.FirewallRule{
			{Name: "c", Priority: 1, Action: action1("Challenge"), Statement: yes},
		}, Verdict{
			Action: Challenge, Rule: "c", Challenge: missing, Status: 202,
			Headers: exchange.Header{
				{Name: "x-amzn-waf-action", Value: "challenge"},
				{Name: "Cache-Control", Value: "no-store, max-age=0"},
			},
		}},
	}
}

func TestRulesTogether(t *testing.T) {
	for _, r := range aclRows() {
		t.Run(r.name, func(t *testing.T) {
			got := compiled(t, definition(r.rules...)).Inspect(request("/dev/orders"))
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultBlock(t *testing.T) {
	def := definition()
	def.DefaultAction = api.RuleAction{Type: "Block", Response: &api.CustomResponse{Code: 404}}
	got := compiled(t, def).Inspect(request("/"))
	if got.Action != Block || got.Status != 404 || got.Rule != DefaultAction {
		t.Errorf("got %+v, want a block with status 404", got)
	}
	if want := "the web ACL blocks the request: the default action"; got.Reason() != want {
		t.Errorf("got reason %q, want %q", got.Reason(), want)
	}
}

func TestBrowsersGetAPage(t *testing.T) {
	acl := compiled(t, definition(rule1("c", 1, action1("Captcha"), yes)))
	got := acl.Inspect(request("/", "Accept: text/html,*/*"))
	if len(got.Body) == 0 || got.Headers.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Errorf("got %+v, want a page", got)
	}
}

func TestVerdictExplainsItself(t *testing.T) {
	acl := compiled(t, definition(
		rule1("a", 1, action1("Count"), yes), rule1("b", 2, action1("Block"), yes),
	))
	got := acl.Inspect(request("/"))
	if diff := cmp.Diff([]pipeline.Fact{
		{Name: "action", Value: "BLOCK"},
		{Name: "rule", Value: "b"},
		{Name: "counted", Value: "a"},
		{Name: "labels", Value: labels + "l:a, " + labels + "l:b"},
	}, got.Facts()); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if got.ResponseCode() != "WAF_BLOCK" || got.Reason() != "the web ACL blocks the request: rule b" {
		t.Errorf("got %s, %q", got.ResponseCode(), got.Reason())
	}
}

func TestOwnRuleGroups(t *testing.T) {
	const group = "awswaf:123456789012:rulegroup:own:l:"
	refer := func(override string, s api.RuleGroupStatement) api.FirewallRule {
		s.ARN = "arn:group"
		return api.FirewallRule{
			Name: "group", Priority: 1, OverrideAction: override,
			Statement: api.Statement{RuleGroup: &s},
		}
	}
	both := []string{group + "first", group + "second"}
	first := Match{Rule: "group", GroupRule: "first", Action: Count}
	second := Match{Rule: "group", GroupRule: "second", Action: Block, Ended: true}
	excluded := Match{
		Rule: "group", GroupRule: "second", Action: Count, Overrides: Block, Excluded: true,
	}
	for _, r := range []struct {
		name string
		rule api.FirewallRule
		want Verdict
	}{
		{"its rules decide", refer("None", api.RuleGroupStatement{}), Verdict{
			Action: Block, Rule: "group", GroupRule: "second", Labels: both, Counted: []Match{first},
		}},
		{"the group only counts", refer("Count", api.RuleGroupStatement{}), Verdict{
			Action: Allow, Rule: DefaultAction, Labels: both, Counted: []Match{first, second},
		}},
		{"an excluded rule counts", refer("None", api.RuleGroupStatement{
			Excluded: []string{"second"},
		}), Verdict{Action: Allow, Rule: DefaultAction, Labels: both, Counted: []Match{first, excluded}}},
		{"an overridden rule does what the web ACL says", refer("None", api.RuleGroupStatement{
			Overrides: map[string]api.RuleAction{"first": {
				Type: "Block", Response: &api.CustomResponse{Code: 403, BodyKey: "sorry"},
			}},
		}), Verdict{
			Action: Block, Rule: "group", GroupRule: "first", Overrides: Count, Labels: both[:1],
			Status:  403,
			Headers: exchange.Header{{Name: "Content-Type", Value: "application/json"}},
			Body:    []byte(`{"sorry":true}`),
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			got := compiled(t, definition(r.rule)).Inspect(request("/?a=1&b=2"))
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}
