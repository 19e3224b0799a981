package firewall

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

func TestWhatAWSWouldNotTakeIsNamed(t *testing.T) {
	broken := func(change func(*api.WebACL)) api.WebACL {
		def := definition(blocks(yes))
		change(&def)
		return def
	}
	of := func(s api.Statement) api.WebACL { return definition(blocks(s)) }
	group := func(change func(*api.FirewallRule)) api.WebACL {
		rule := managed("CommonRuleSet")
		change(&rule)
		return definition(rule)
	}
	response := func(r api.CustomResponse) api.WebACL {
		return definition(rule1("rule", 0, &api.RuleAction{Type: "Block", Response: &r}, yes))
	}
	for _, r := range []struct {
		name string
		def  api.WebACL
		want string
	}{
		{
			"a default action that counts", broken(func(d *api.WebACL) { d.DefaultAction.Type = "Count" }),
			`default action "Count", allowed are Allow, Block`,
		},
		{
			"a body limit", broken(func(d *api.WebACL) { d.BodyLimit = 8 << 10 }),
			"8192 bytes, allowed are",
		},
		{
			"the same priority", definition(blocks(yes), rule1("other", 0, action1("Block"), yes)),
			"rules rule and other have the same priority 0",
		},
		{
			"the same name", definition(blocks(yes), rule1("rule", 1, action1("Block"), yes)),
			"two rules have the name rule",
		},
		{"no action", definition(api.FirewallRule{Name: "rule", Statement: yes}), "wants an action"},
		{"no statement", of(api.Statement{}), "the rule has no statement"},
		{
			"an unknown action", definition(rule1("rule", 0, action1("Drop"), yes)),
			`action "Drop", allowed`,
		},
		{"a reserved label", definition(api.FirewallRule{
			Name: "rule", Action: action1("Block"), Statement: yes, Labels: []string{"aws:x"},
		}), `"aws" is reserved`},
		{"a response code", response(api.CustomResponse{Code: 418}), "code 418, allowed are 200, 201"},
		{
			"a response body", response(api.CustomResponse{Code: 200, BodyKey: "x"}),
			`no custom response body "x"`,
		},
		{"a response header", response(api.CustomResponse{
			Code: 200, Headers: []api.CustomHeader{{Name: "content-type"}},
		}), "no Content-Type"},
		{"a long search string", of(contains("UriPath", strings.Repeat("x", 201))), "201 bytes"},
		{"a position", of(bytes1(uri, "AROUND", "x")), `positional constraint "AROUND", allowed`},
		{"lookahead", of(regex(uri, "a(?=b)")), "is not served"},
		{
			"a long expression", of(regex(uri, strings.Repeat("x", 513))),
			"513 characters, allowed are 512",
		},
		{"an unknown field", of(contains("Trailer", "x")), `field to match "Trailer" is unknown`},
		{"an unknown transformation", of(bytes1(uri, "EXACTLY", "x", "ROT13")), `"ROT13", known are`},
		{"a lonely And", of(api.Statement{And: []api.Statement{yes}}), "two at least"},
		{
			"a nested rate", of(api.Statement{Not: &api.Statement{RateBased: &api.RateBasedStatement{}}}),
			"cannot be nested",
		},
		{
			"a low rate", definition(rate(api.RateBasedStatement{KeyType: "IP", Limit: 9})),
			"rate limit 9, allowed are 10",
		},
		{
			"a window", definition(rate(api.RateBasedStatement{KeyType: "IP", Window: 30})),
			"window of 30 s, allowed are 60",
		},
		{
			"a constant rate of everything", definition(rate(api.RateBasedStatement{KeyType: "CONSTANT"})),
			"wants a scope-down statement",
		},
		{"an address as only custom key", definition(rate(api.RateBasedStatement{
			KeyType: "CUSTOM_KEYS", Keys: []api.RateKey{{Kind: "IP"}},
		})), "wants another beside it"},
		{"no IP set", of(ipSet("arn:gone", nil)), "no IP set arn:gone"},
		{"all addresses", broken(func(d *api.WebACL) {
			d.IPSets["arn:v4"] = api.IPSet{ARN: "arn:v4", Version: "IPV4", Addresses: []string{"0.0.0.0/0"}}
			d.Rules[0].Statement = ipSet("arn:v4", nil)
		}), "every range but /0"},
		{"an unknown managed group", group(func(r *api.FirewallRule) {
			r.Statement.ManagedRuleGroup.Name = "AWSManagedRulesBotControlRuleSet"
		}), "AWSManagedRulesBotControlRuleSet of AWS is not honoured; honoured are"},
		{
			"a group with an action", group(func(r *api.FirewallRule) { r.Action = action1("Block") }),
			"and no action",
		},
		{
			"no override action", group(func(r *api.FirewallRule) { r.OverrideAction = "" }),
			`override action "", allowed are None, Count`,
		},
		{"an override of no rule", definition(api.FirewallRule{
			Name: "rule", OverrideAction: "None", Statement: api.Statement{
				RuleGroup: &api.RuleGroupStatement{ARN: "arn:group", Excluded: []string{"third"}},
			},
		}), `rule group own has no rule "third"`},
		{"a namespace without colon", of(labelled("NAMESPACE", "a")), "a namespace ends with a colon"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := New(r.def, dependencies(start()))
			if err == nil || !strings.Contains(err.Error(), r.want) ||
				!strings.HasPrefix(err.Error(), "web ACL acl: ") {
				t.Errorf("got %v, want an error of web ACL acl that says %q", err, r.want)
			}
		})
	}
}

func TestInjectionStatementsWantADetector(t *testing.T) {
	for _, rule := range []api.FirewallRule{blocks(injected("LOW")), managed("CommonRuleSet")} {
		_, err := New(definition(rule), Dependencies{Clock: start()})
		if err == nil || !strings.Contains(err.Error(), "are not honoured") {
			t.Errorf("%s: got %v, want that such statements are not honoured", rule.Name, err)
		}
	}
}

func TestTooManyCapacityUnitsAreRefused(t *testing.T) {
	var rules []api.FirewallRule
	for i := range 120 { // 40 WCU each: 10 of the search and 30 of transformations
		s := bytes1(uri, "CONTAINS", "x", "LOWERCASE", "URL_DECODE", "CMD_LINE", "NONE")
		rules = append(rules, rule1("rule"+string(rune('a'+i%26))+string(rune('a'+i/26)), i,
			action1("Block"), s))
	}
	acl := compiled(t, definition(rules...))
	if acl.Capacity() != 120*40 {
		t.Errorf("got %d WCU, want %d", acl.Capacity(), 120*40)
	}
	more := rate(api.RateBasedStatement{KeyType: "CUSTOM_KEYS", Keys: fiveKeys()})
	more.Priority = 1_000
	extra := managed("KnownBadInputsRuleSet")
	extra.Priority = 1_001
	_, err := New(definition(append(rules, more, extra)...), dependencies(start()))
	const want = "take 5152 capacity units (WCU), allowed are 5000"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want that 5152 are too many", err)
	}
}

func fiveKeys() []api.RateKey {
	keys := []api.RateKey{{Kind: "IP"}, {Kind: "ASN"}, {Kind: "UriPath"}, {Kind: "HTTPMethod"}}
	return append(keys, api.RateKey{Kind: "QueryString"})
}
