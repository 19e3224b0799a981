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
		{"a long response body", broken(func(d *api.WebACL) {
			d.CustomResponseBodies["long"] = api.CustomResponseBody{
				ContentType: "TEXT_PLAIN", Content: strings.Repeat("x", 10_241),
			}
			d.Rules[0].Action.Response = &api.CustomResponse{Code: 200, BodyKey: "long"}
		}), "10241 characters, allowed are 10240"},
		{
			"a short CAPTCHA immunity", broken(func(d *api.WebACL) { d.Immunity.Captcha = 59 }),
			"CAPTCHA immunity time of 59 s, allowed are 60 to 259200",
		},
		{"a short challenge immunity", broken(func(d *api.WebACL) {
			d.Rules[0].Immunity.Challenge = 299
		}), "challenge immunity time of 299 s, allowed are 300 to 259200"},
		{"a log elsewhere", broken(func(d *api.WebACL) {
			d.Log = &api.FirewallLog{DestinationARN: "arn:aws:s3:::aws-waf-logs-a"}
		}), "only log groups are kept here"},
		{"a log group of another name", broken(func(d *api.WebACL) {
			d.Log = &api.FirewallLog{DestinationARN: "arn:aws:logs:us-east-1:1:log-group:waf:*"}
		}), "AWS takes names that begin with aws-waf-logs-"},
		{"a redacted body", broken(func(d *api.WebACL) {
			d.Log = &api.FirewallLog{DestinationARN: logGroup1, Redacted: []api.FieldToMatch{body}}
		}), `redacted field "Body", allowed are`},
		{"a group that takes more than its capacity", broken(func(d *api.WebACL) {
			group := d.RuleGroups["arn:group"]
			group.Capacity = 19
			d.RuleGroups["arn:group"] = group
			d.Rules[0] = api.FirewallRule{Name: "rule", OverrideAction: "None", Statement: api.Statement{
				RuleGroup: &api.RuleGroupStatement{ARN: "arn:group"},
			}}
		}), "its rules take 20 capacity units (WCU), its Capacity is 19"},
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

// The costs are those of AWS's pages of rule statements.
func TestCapacityUnitsOfStatements(t *testing.T) {
	arguments := api.FieldToMatch{Kind: "AllQueryArguments"}
	json := api.FieldToMatch{
		Kind: "JsonBody", Pattern: "All", Scope: "ALL", Oversize: "CONTINUE",
	}
	for _, r := range []struct {
		name string
		rule api.FirewallRule
		want int
	}{
		{"a byte match", blocks(bytes1(uri, "EXACTLY", "x")), 2},
		{"one that starts with", blocks(bytes1(uri, "STARTS_WITH", "x")), 2},
		{"one that ends with", blocks(bytes1(uri, "ENDS_WITH", "x")), 2},
		{"one that contains", blocks(bytes1(uri, "CONTAINS", "x")), 10},
		{"one that contains a word", blocks(bytes1(uri, "CONTAINS_WORD", "x")), 10},
		{"a transformation", blocks(bytes1(uri, "EXACTLY", "x", "LOWERCASE")), 12},
		{"no transformation", blocks(bytes1(uri, "EXACTLY", "x", "NONE")), 2},
		{"all query arguments", blocks(bytes1(arguments, "EXACTLY", "x")), 12},
		{"a JSON body", blocks(bytes1(json, "CONTAINS", "x")), 20},
		{"a regular expression", blocks(regex(uri, "x")), 3},
		{"a set of patterns", blocks(api.Statement{RegexPatternSet: &api.RegexPatternSetStatement{
			Field: uri, ARN: "arn:set",
		}}), 25},
		{"a size", blocks(size(uri, "GT", 1)), 1},
		{"SQL injection", blocks(injected("LOW")), 20},
		{"SQL injection at the high level", blocks(injected("HIGH")), 30},
		{"cross-site scripting", blocks(api.Statement{XSSMatch: &api.XSSMatchStatement{Field: uri}}), 40},
		{"a country", blocks(geo(nil, "DE")), 1},
		{"a system", blocks(api.Statement{ASNMatch: &api.ASNMatchStatement{ASNs: []int{1}}}), 1},
		{"an IP set", blocks(ipSet("arn:v4", nil)), 1},
		{"an IP set of any forwarded address", blocks(ipSet("arn:v4", any10)), 5},
		{"a label", blocks(labelled("LABEL", "a")), 1},
		{"a rate", rate(api.RateBasedStatement{KeyType: "IP"}), 2},
		{
			"a rate of five keys", rate(api.RateBasedStatement{KeyType: "CUSTOM_KEYS", Keys: fiveKeys()}),
			152,
		},
		{"what is nested", blocks(api.Statement{And: []api.Statement{
			size(uri, "GT", 1), {Not: &api.Statement{Or: []api.Statement{yes, geo(nil, "DE")}}},
		}}), 3},
		{"a rule group costs its capacity", api.FirewallRule{
			Name: "group", OverrideAction: "None",
			Statement: api.Statement{RuleGroup: &api.RuleGroupStatement{ARN: "arn:group"}},
		}, 25},
		{"AWS's group costs what AWS says", managed("KnownBadInputsRuleSet"), 200},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := compiled(t, definition(r.rule)).Capacity(); got != r.want {
				t.Errorf("got %d WCU, want %d", got, r.want)
			}
		})
	}
}

func fiveKeys() []api.RateKey {
	keys := []api.RateKey{{Kind: "IP"}, {Kind: "ASN"}, {Kind: "UriPath"}, {Kind: "HTTPMethod"}}
	return append(keys, api.RateKey{Kind: "QueryString"})
}
