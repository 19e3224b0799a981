package firewall

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

const logGroup1 = "arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-a:*"

// logged is what a web ACL logs of a request; nil for nothing.
func logged(t *testing.T, def api.WebACL, r *exchange.Request) map[string]any {
	t.Helper()
	acl := compiled(t, def)
	verdict := acl.Inspect(r)
	destination, record, ok := acl.Log(r, &verdict, LogSource{
		Name: "APIGW", ID: "123456789012:a1b2:dev", RequestID: "Ed0AiHF_CGYF-DA=",
	})
	if !ok {
		return nil
	}
	if destination != logGroup1 {
		t.Errorf("got destination %s", destination)
	}
	var read map[string]any
	if err := json.Unmarshal([]byte(record), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func logging(log api.FirewallLog, rules ...api.FirewallRule) api.WebACL {
	def := definition(rules...)
	log.DestinationARN = logGroup1
	def.Log = &log
	return def
}

// The keys and their forms are those of "Log fields" and "Log examples for web ACL traffic".
func TestLogOfABlockedRequest(t *testing.T) {
	sql := managed("SQLiRuleSet")
	sql.Priority = 5
	group := api.FirewallRule{
		Name: "own", Priority: 2, OverrideAction: "Count",
		Statement: api.Statement{RuleGroup: &api.RuleGroupStatement{ARN: "arn:group"}},
	}
	def := logging(api.FirewallLog{Redacted: []api.FieldToMatch{
		{Kind: "SingleHeader", Name: "user-agent"},
	}}, rule1("seen", 1, action1("Count"), yes), group, sql)
	r := request("/dev/orders?a=1&b='+or+1=1")
	r.Protocol = "HTTP/1.1"
	r.Body = []byte("four")
	none := []any{}
	want := map[string]any{
		"timestamp": 1793534400000.0, "formatVersion": 1.0, "webaclId": "arn:acl",
		"terminatingRuleId": "SQLiRuleSet", "terminatingRuleType": "MANAGED_RULE_GROUP",
		"action": "BLOCK",
		"terminatingRuleMatchDetails": []any{map[string]any{
			"conditionType": "SQL_INJECTION", "sensitivityLevel": "LOW", "location": "ALL_QUERY_ARGS",
			"matchedData": none,
		}},
		"httpSourceName": "APIGW", "httpSourceId": "123456789012:a1b2:dev",
		"ruleGroupList": []any{
			map[string]any{
				"ruleGroupId": "arn:group", "excludedRules": nil, "customerConfig": nil,
				"terminatingRule": map[string]any{
					"ruleId": "second", "action": "BLOCK", "ruleMatchDetails": none,
				},
				"nonTerminatingMatchingRules": []any{
					map[string]any{"ruleId": "first", "action": "COUNT", "ruleMatchDetails": none},
				},
			},
			map[string]any{
				"ruleGroupId": "AWS#AWSManagedRulesSQLiRuleSet", "excludedRules": nil, "customerConfig": nil,
				"terminatingRule": map[string]any{
					"ruleId": "SQLi_QUERYARGUMENTS", "action": "BLOCK", "ruleMatchDetails": []any{
						map[string]any{
							"conditionType": "SQL_INJECTION", "sensitivityLevel": "LOW",
							"location": "ALL_QUERY_ARGS", "matchedData": none,
						},
					},
				},
				"nonTerminatingMatchingRules": none,
			},
		},
		"rateBasedRuleList": none,
		"nonTerminatingMatchingRules": []any{
			map[string]any{"ruleId": "seen", "action": "COUNT", "ruleMatchDetails": none},
			map[string]any{"ruleId": "own", "action": "COUNT", "ruleMatchDetails": none},
		},
		"requestHeadersInserted": nil, "responseCodeSent": nil,
		"httpRequest": map[string]any{
			"clientIp": "203.0.113.9", "country": "US", "uri": "/dev/orders", "args": "a=1&b='+or+1=1",
			"httpVersion": "HTTP/1.1", "httpMethod": "GET", "requestId": "Ed0AiHF_CGYF-DA=",
			"headers": []any{
				map[string]any{"name": "Host", "value": "api.example.com"},
				map[string]any{"name": "User-Agent", "value": "REDACTED"},
			},
		},
		"labels": []any{
			map[string]any{"name": labels + "l:seen"},
			map[string]any{"name": "awswaf:123456789012:rulegroup:own:l:first"},
			map[string]any{"name": "awswaf:123456789012:rulegroup:own:l:second"},
			map[string]any{"name": "awswaf:managed:aws:sql-database:SQLi_QueryArguments"},
		},
		"requestBodySize": 4.0, "requestBodySizeInspectedByWAF": 4.0,
	}
	if diff := cmp.Diff(want, logged(t, def, r)); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

func TestPartsOfTheLog(t *testing.T) {
	insert := &api.RuleAction{
		Type: "Allow", InsertHeaders: []api.CustomHeader{{Name: "seen", Value: "yes"}},
	}
	own := &api.RuleAction{Type: "Block", Response: &api.CustomResponse{Code: 429}}
	limited := rate(api.RateBasedStatement{
		KeyType: "CUSTOM_KEYS", Limit: 10, Window: 120, ScopeDown: &yes,
		Keys: []api.RateKey{{Kind: "Header", Name: "dogname"}, {Kind: "IP"}},
	})
	limited.Action = action1("Count")
	excluded := managed("CommonRuleSet")
	excluded.Statement.ManagedRuleGroup.Version = "Version_1.4"
	excluded.Statement.ManagedRuleGroup.Excluded = []string{"GenericLFI_URIPATH"}
	excluded.Statement.ManagedRuleGroup.Overrides = map[string]api.RuleAction{
		"NoUserAgent_HEADER": {Type: "Count"},
	}
	everything := api.FirewallLog{Redacted: []api.FieldToMatch{
		{Kind: "UriPath"}, {Kind: "QueryString"}, {Kind: "Method"},
	}}
	bare := request("/a/../../x")
	bare.Header.Del("User-Agent")
	for _, r := range []struct {
		name    string
		def     api.WebACL
		request *exchange.Request
		times   int
		path    []string
		want    any
	}{
		{
			"headers for the backend", logging(api.FirewallLog{}, rule1("a", 1, insert, yes)),
			request("/"), 1,
			[]string{"requestHeadersInserted"},
			[]any{map[string]any{"name": "x-amzn-waf-seen", "value": "yes"}},
		},
		{
			"the code of a custom response", logging(api.FirewallLog{}, rule1("a", 1, own, yes)),
			request("/"), 1,
			[]string{"responseCodeSent"},
			429.0,
		},
		{
			"a CAPTCHA without token", logging(api.FirewallLog{}, rule1("a", 1, action1("Captcha"), yes)),
			request("/"), 1,
			[]string{"captchaResponse"},
			map[string]any{"responseCode": 405.0, "solveTimestamp": 0.0, "failureReason": "TOKEN_MISSING"},
		},
		{
			"a challenge without token",
			logging(api.FirewallLog{}, rule1("a", 1, action1("Challenge"), yes)), request("/"), 1,
			[]string{"challengeResponse"},
			map[string]any{"responseCode": 202.0, "solveTimestamp": 0.0, "failureReason": "TOKEN_MISSING"},
		},
		{
			"a rate-based rule", logging(api.FirewallLog{}, limited),
			request("/", "dogname: ella"), 11,
			[]string{"rateBasedRuleList"},
			[]any{map[string]any{
				"rateBasedRuleId": "rate", "rateBasedRuleName": "rate", "limitKey": "CUSTOMKEYS",
				"maxRateAllowed": 10.0, "evaluationWindowSec": "120", "customValues": []any{
					map[string]any{"key": "HEADER", "name": "dogname", "value": "ella"},
					map[string]any{"key": "IP", "value": "203.0.113.9"},
				},
			}},
		},
		{
			"an excluded rule and an overridden one", logging(api.FirewallLog{}, excluded), bare, 1,
			[]string{"ruleGroupList"},
			[]any{map[string]any{
				"ruleGroupId":     "AWS#AWSManagedRulesCommonRuleSet#Version_1.4",
				"terminatingRule": nil, "customerConfig": nil,
				"nonTerminatingMatchingRules": []any{map[string]any{
					"ruleId": "NoUserAgent_HEADER", "action": "COUNT", "overriddenAction": "BLOCK",
					"ruleMatchDetails": []any{},
				}},
				"excludedRules": []any{map[string]any{
					"exclusionType": "EXCLUDED_AS_COUNT", "ruleId": "GenericLFI_URIPATH",
				}},
			}},
		},
		{
			"a redacted path", logging(everything), request("/a?b"), 1,
			[]string{"httpRequest", "uri"},
			"REDACTED",
		},
		{
			"a redacted query", logging(everything), request("/a?b"), 1,
			[]string{"httpRequest", "args"},
			"REDACTED",
		},
		{
			"a redacted method", logging(everything), request("/a?b"), 1,
			[]string{"httpRequest", "httpMethod"},
			"REDACTED",
		},
		{
			"an unknown country", logging(api.FirewallLog{}), from("198.51.100.1"), 1,
			[]string{"httpRequest", "country"},
			"-",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			acl := compiled(t, r.def)
			var verdict Verdict
			for range r.times {
				verdict = acl.Inspect(r.request)
			}
			_, record, _ := acl.Log(r.request, &verdict, LogSource{})
			var got any
			if err := json.Unmarshal([]byte(record), &got); err != nil {
				t.Fatal(err)
			}
			for _, step := range r.path {
				got = got.(map[string]any)[step]
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", r.path, diff)
			}
		})
	}
}

func TestFiltersOfTheLog(t *testing.T) {
	rules := []api.FirewallRule{
		rule1("count", 1, action1("Count"), contains("QueryString", "count")),
		rule1("block", 2, action1("Block"), contains("QueryString", "block")),
	}
	excluded := managed("CommonRuleSet")
	excluded.Priority = 9
	excluded.Statement.ManagedRuleGroup.Excluded = []string{"GenericLFI_QUERYARGUMENTS"}
	rules = append(rules, excluded)
	keep := func(all bool, actions, names []string) api.FirewallLog {
		return api.FirewallLog{Drop: true, Filters: []api.FirewallLogFilter{
			{All: all, Actions: actions, Labels: names},
		}}
	}
	for _, r := range []struct {
		name, query string
		log         api.FirewallLog
		want        bool
	}{
		{"no filter keeps", "x", api.FirewallLog{}, true},
		{"the default drops", "x", api.FirewallLog{Drop: true}, false},
		{"an action", "block", keep(false, []string{"BLOCK"}, nil), true},
		{"another action", "x", keep(false, []string{"BLOCK"}, nil), false},
		{"a rule that counts", "count", keep(false, []string{"COUNT"}, nil), true},
		{"an excluded rule", "../../x", keep(false, []string{"EXCLUDED_AS_COUNT"}, nil), true},
		{"an excluded rule does not count", "../../x", keep(false, []string{"COUNT"}, nil), false},
		{"a label", "count", keep(false, nil, []string{labels + "l:count"}), true},
		{"any of two", "count", keep(false, []string{"BLOCK"}, []string{labels + "l:count"}), true},
		{"both of two", "count", keep(true, []string{"BLOCK"}, []string{labels + "l:count"}), false},
		{
			"both of two are met", "count=block",
			keep(true, []string{"BLOCK"}, []string{labels + "l:count"}), true,
		},
		{"the first filter decides", "block", api.FirewallLog{Filters: []api.FirewallLogFilter{
			{Drop: true, Actions: []string{"BLOCK"}}, {Actions: []string{"BLOCK"}},
		}}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			got := logged(t, logging(r.log, rules...), request("/?q="+r.query)) != nil
			if got != r.want {
				t.Errorf("got logged %v, want %v", got, r.want)
			}
		})
	}
}

func TestASolutionIsNotLogged(t *testing.T) {
	acl := guarded(t, start(), func(def *api.WebACL) {
		def.Log = &api.FirewallLog{DestinationARN: logGroup1}
	})
	page := acl.Inspect(browse("localhost", "/captcha"))
	r := solve(t, string(page.Body), "localhost", "/captcha", 0)
	verdict := acl.Inspect(r)
	if _, record, ok := acl.Log(r, &verdict, LogSource{}); ok {
		t.Errorf("got %s", record)
	}
}
