package firewall

import (
	"regexp"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func FuzzInspect(f *testing.F) {
	rules := everything()
	for i, rows := range [][]statementRow{
		textRows(), addressRows(), logicRows(), fieldRows(), jsonRows(),
	} {
		for j, r := range rows {
			rules = append(rules, rule1("r"+string(rune('a'+i))+strings.Repeat("x", j),
				1_000*(i+1)+j, action1("Count"), r.statement))
		}
	}
	acl := compiled(f, definition(rules...))
	f.Add("/dev/orders", "a=1&b=%u0041", "X-Forwarded-For", "1.1.1.1, x", `{"a":[1,"b"]}`, "1.2.3.4")
	f.Add("/a/../../x", "q=${jndi:ldap://x}", "Cookie", "a=1; b", "<script>", "::1")
	f.Fuzz(func(t *testing.T, path, query, name, value, body, source string) {
		r := &exchange.Request{
			Method: "POST", RawPath: path, RawQuery: query, Body: []byte(body), SourceIP: source,
			Header: exchange.Header{{Name: "User-Agent", Value: "x"}, {Name: name, Value: value}},
		}
		one, two := acl.Inspect(r), acl.Inspect(r)
		if one.Action != two.Action || one.Rule != two.Rule || len(one.Labels) != len(two.Labels) {
			t.Errorf("the same request gets %+v, then %+v", one, two)
		}
	})
}

// FuzzNeedles holds what is looked for first against the expression itself.
func FuzzNeedles(f *testing.F) {
	f.Add(`a(?:bc|de)+f?`, "xbcdea")
	f.Add(`'[ )]*(?:or|and)`, "' or")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		compiled, err := regexp.Compile(pattern)
		if err != nil || !compiled.MatchString(text) {
			return
		}
		var s scanner
		id := s.register(needles(pattern))
		s.build()
		var found findings
		s.scan(text, &found)
		if id >= 0 && found.counts[id] == 0 {
			t.Errorf("%q matches %q, which has none of %q", pattern, text, needles(pattern))
		}
	})
}

func TestNeedles(t *testing.T) {
	for _, r := range []struct{ name, pattern, want string }{
		{"a literal", "abc", "abc"},
		{"alternatives", "ab+(?:cd|efg)", "cd efg"},
		{"the rarest part", `[a-z]+://\d+`, "://"},
		{"what may be missing does not count", "(?:abc)?d", ""},
		{"without regard to case there are none", "(?i)abc", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := strings.Join(needles(r.pattern), " "); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

// ten are rules as customers write them.
func ten() []api.FirewallRule {
	limit := rate(api.RateBasedStatement{KeyType: "IP", Limit: 2_000_000_000, Window: 300})
	limit.Priority = 1
	rules := []api.FirewallRule{rule1("addresses", 0, action1("Block"), ipSet("arn:v4", nil)), limit}
	for i, s := range []api.Statement{
		geo(nil, "KP"), contains("UriPath", "/internal/"), size(query, "GT", 2_000),
		regex(uri, `^/dev/v[3-9]/`), bytes1(header("user-agent"), "CONTAINS", "curl", "LOWERCASE"),
		{RegexPatternSet: &api.RegexPatternSetStatement{Field: query, ARN: "arn:set"}},
		{And: []api.Statement{
			bytes1(api.FieldToMatch{Kind: "Method"}, "EXACTLY", "DELETE"), {Not: &yes},
		}},
		bytes1(api.FieldToMatch{
			Kind: "JsonBody", Pattern: "Included", Names: []string{"/customer"},
			Scope: "VALUE", Oversize: "CONTINUE",
		}, "EXACTLY", "c-666"),
	} {
		rules = append(rules, rule1("rule"+string(rune('a'+i)), 2+i, action1("Block"), s))
	}
	return rules
}

func ordinary(size int) *exchange.Request {
	r := request("/dev/v1/orders?limit=20&sort=-createdAt", "Accept: application/json",
		"Content-Type: application/json", "Cookie: session=eyJhbGciOiJIUzI1NiJ9.e30.x; theme=dark",
		"Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjLTEifQ.c2lnbmF0dXJl")
	item := `{"sku":"A-1234","quantity":2,"price":"19.90","note":"deliver before noon, or call"},`
	r.Method = "POST"
	r.Body = []byte(`{"customer":"c-1","items":[` + strings.Repeat(item, size/len(item)) + `{}]}`)
	return r
}

// BenchmarkInspect is a web ACL as customers write one. What AWS's groups cost beside it shows
// BenchmarkUsualGroups.
func BenchmarkInspect(b *testing.B) {
	common := managed("CommonRuleSet")
	common.Priority = 50
	acl, err := New(definition(append(ten(), common)...), Dependencies{
		Clock: start(), Injections: libinjectionDetector{},
	})
	if err != nil {
		b.Fatal(err)
	}
	call := ordinary(700)
	if got := acl.Inspect(call); !got.Allowed() {
		b.Fatal(got.Reason())
	}
	b.ReportAllocs()
	for b.Loop() {
		acl.Inspect(call)
	}
}
