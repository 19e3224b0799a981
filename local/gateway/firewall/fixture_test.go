package firewall

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// detector stands for a real detector of injections: it knows the documented examples.
type detector struct{}

var (
	sqlAttack    = regexp.MustCompile(`(?i)' or |union select`)
	scriptAttack = regexp.MustCompile(`(?i)<script|onerror=`)
)

func (detector) SQLi(text string) bool { return sqlAttack.MatchString(text) }
func (detector) XSS(text string) bool  { return scriptAttack.MatchString(text) }

var _ Injections = detector{}

const labels = "awswaf:123456789012:webacl:acl:"

// definition is a web ACL that allows what no rule decides.
func definition(rules ...api.FirewallRule) api.WebACL {
	return api.WebACL{
		ARN: "arn:acl", Name: "acl", Account: api.Account{ID: "123456789012"},
		DefaultAction: api.RuleAction{Type: "Allow"}, BodyLimit: 16 << 10, Rules: rules,
		CustomResponseBodies: map[string]api.CustomResponseBody{
			"sorry": {ContentType: "APPLICATION_JSON", Content: `{"sorry":true}`},
		},
		IPSets: map[string]api.IPSet{
			"arn:v4": {
				ARN: "arn:v4", Version: "IPV4",
				Addresses: []string{"192.0.2.0/24", "198.51.100.7/32"},
			},
			"arn:v6": {ARN: "arn:v6", Version: "IPV6", Addresses: []string{"2001:db8::/32"}},
		},
		RegexPatternSets: map[string]api.RegexPatternSet{
			"arn:set": {ARN: "arn:set", Patterns: []string{`^cat`, `dogs?$`}},
		},
		RuleGroups: map[string]api.RuleGroup{"arn:group": {
			ARN: "arn:group", Name: "own", Capacity: 25,
			Rules: []api.FirewallRule{
				rule1("first", 1, action1("Count"), contains("QueryString", "a=")),
				rule1("second", 2, action1("Block"), contains("QueryString", "b=")),
			},
		}},
	}
}

func action1(kind string) *api.RuleAction { return &api.RuleAction{Type: kind} }

func rule1(name string, priority int, act *api.RuleAction, s api.Statement) api.FirewallRule {
	return api.FirewallRule{
		Name: name, Priority: priority, Action: act, Statement: s, Labels: []string{"l:" + name},
	}
}

// blocks is a rule that blocks by one statement.
func blocks(s api.Statement) api.FirewallRule {
	return rule1("rule", 0, action1("Block"), s)
}

func contains(kind, text string) api.Statement {
	return bytes1(api.FieldToMatch{Kind: kind}, "CONTAINS", text)
}

func bytes1(field api.FieldToMatch, position, text string, chain ...string) api.Statement {
	return api.Statement{ByteMatch: &api.ByteMatchStatement{
		Field: field, Position: position, Search: text, Transformations: chain,
	}}
}

func dependencies(c clock.Clock) Dependencies {
	return Dependencies{
		Clock: c, Injections: detector{},
		Places: []Place{
			{Prefix: prefix("203.0.113.0/24"), Country: "US", Region: "US-CA", ASN: 64500},
			{Prefix: prefix("203.0.113.128/25"), Country: "DE", ASN: 64501},
		},
	}
}

func start() *clock.Manual {
	return clock.NewManual(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
}

func compiled(t testing.TB, def api.WebACL) *ACL {
	t.Helper()
	acl, err := New(def, dependencies(start()))
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// request is a request like a browser's; the target holds path and query string.
func request(target string, lines ...string) *exchange.Request {
	path, query, _ := strings.Cut(target, "?")
	r := &exchange.Request{
		Method: "GET", RawPath: path, RawQuery: query, SourceIP: "203.0.113.9",
		Header: exchange.Header{
			{Name: "Host", Value: "api.example.com"}, {Name: "User-Agent", Value: "Mozilla/5.0"},
		},
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// posted is a request with a body.
func posted(body string) *exchange.Request {
	r := request("/dev/orders")
	r.Method, r.Body = "POST", []byte(body)
	return r
}

// from is a request of an address.
func from(address string, lines ...string) *exchange.Request {
	r := request("/dev/orders", lines...)
	r.SourceIP = address
	return r
}
