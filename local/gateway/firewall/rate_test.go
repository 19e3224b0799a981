package firewall

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func rate(s api.RateBasedStatement) api.FirewallRule {
	if s.Limit == 0 {
		s.Limit = 10
	}
	if s.Window == 0 {
		s.Window = 60
	}
	return api.FirewallRule{
		Name: "rate", Action: action1("Block"), Statement: api.Statement{RateBased: &s},
	}
}

func TestAggregateKeys(t *testing.T) {
	header, cookie := api.RateKey{Kind: "Header", Name: "X"}, api.RateKey{Kind: "Cookie", Name: "c"}
	custom := func(keys ...api.RateKey) api.RateBasedStatement {
		return api.RateBasedStatement{KeyType: "CUSTOM_KEYS", Keys: keys, ForwardedIP: first}
	}
	kind := func(kind string) api.RateBasedStatement { return custom(api.RateKey{Kind: kind}) }
	post := bytes1(api.FieldToMatch{Kind: "Method"}, "EXACTLY", "POST")
	lower := api.RateKey{Kind: "QueryArgument", Name: "a", Transformations: []string{"LOWERCASE"}}
	forwarded := api.RateBasedStatement{KeyType: "FORWARDED_IP", ForwardedIP: first}
	for _, r := range []struct {
		name      string
		statement api.RateBasedStatement
		full      *exchange.Request // sent eleven times: the last one is over the limit
		other     *exchange.Request // sent then
		wantFull  bool
		wantOther bool
	}{
		{
			"an address",
			api.RateBasedStatement{KeyType: "IP"},
			from("1.1.1.1"), from("1.1.1.2"), true, false,
		},
		{
			"a forwarded address", forwarded, from("1.1.1.1", "X-Forwarded-For: 2.2.2.2"),
			from("1.1.1.2", "X-Forwarded-For: 2.2.2.2, 3.3.3.3"), true, true,
		},
		{"no forwarded address", forwarded, from("1.1.1.1"), from("1.1.1.1"), false, false},
		{
			"no valid forwarded address matches by fallback", forwarded,
			from("1.1.1.1", "X-Forwarded-For: 2.2.2.2"), from("1.1.1.1", "X-Forwarded-For: x"), true, true,
		},
		{
			"everything that the scope holds",
			api.RateBasedStatement{KeyType: "CONSTANT", ScopeDown: &post},
			posted("a"), request("/dev/orders"), true, false,
		},
		{"a header", custom(header), from("1.1.1.1", "X: a"), from("1.1.1.1", "X: b"), true, false},
		{
			"requests without the header do not count", custom(header), from("1.1.1.1"),
			from("1.1.1.1"), false, false,
		},
		{
			"a tuple", custom(header, cookie), request("/", "X: a", "Cookie: c=1"),
			request("/", "X: a", "Cookie: c=2"), true, false,
		},
		{"an argument, transformed", custom(lower), request("/?a=X"), request("/?a=x&b"), true, true},
		{"the query string", kind("QueryString"), request("/?a"), request("/?b"), true, false},
		{"the method", kind("HTTPMethod"), request("/a"), posted(""), true, false},
		{"the path", kind("UriPath"), request("/a"), request("/b"), true, false},
		{"an autonomous system", kind("ASN"), from("203.0.113.1"), from("203.0.113.2"), true, true},
		{
			"an address and a path", custom(api.RateKey{Kind: "IP"}, api.RateKey{Kind: "UriPath"}),
			from("1.1.1.1"), from("1.1.1.2"), true, false,
		},
		{
			"a forwarded address and a path",
			custom(api.RateKey{Kind: "ForwardedIP"}, api.RateKey{Kind: "UriPath"}),
			request("/a", "X-Forwarded-For: 2.2.2.2"),
			request("/b", "X-Forwarded-For: 2.2.2.2"), true, false,
		},
		{
			"no fingerprint matches by fallback",
			custom(api.RateKey{Kind: "JA3Fingerprint", Fallback: "MATCH"}),
			request("/"), request("/"), true, true,
		},
		{
			"no fingerprint does not match by fallback",
			custom(api.RateKey{Kind: "JA4Fingerprint", Fallback: "NO_MATCH"}), request("/"), request("/"),
			false, false,
		},
		{
			"no labels of the namespace", custom(api.RateKey{Kind: "LabelNamespace", Name: "l:"}),
			request("/"), request("/"), false, false,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			acl := compiled(t, definition(rate(r.statement)))
			var verdict Verdict
			for range 11 {
				verdict = acl.Inspect(r.full)
			}
			if got := verdict.Action == Block; got != r.wantFull {
				t.Errorf("got the eleventh blocked: %v, want %v", got, r.wantFull)
			}
			verdict = acl.Inspect(r.other)
			if got := verdict.Action == Block; got != r.wantOther {
				t.Errorf("got the other one blocked: %v, want %v", got, r.wantOther)
			}
		})
	}
}

func TestLabelsAreAggregateKeys(t *testing.T) {
	country := api.FirewallRule{
		Name: "geo", Priority: 0, Action: action1("Count"), Statement: geo(nil, "US"),
	}
	limited := rate(api.RateBasedStatement{KeyType: "CUSTOM_KEYS", Keys: []api.RateKey{
		{Kind: "LabelNamespace", Name: "awswaf:clientip:geo:country:"},
	}})
	limited.Priority = 1
	acl := compiled(t, definition(country, limited))
	for range 10 {
		acl.Inspect(from("203.0.113.1"))
	}
	if got := acl.Inspect(from("203.0.113.2")); got.Action != Block {
		t.Errorf("got %s for the same country, want BLOCK", got.Action)
	}
	if got := acl.Inspect(from("203.0.113.200")); got.Action != Allow {
		t.Errorf("got %s for another country, want ALLOW", got.Action)
	}
}

func TestWindowsPass(t *testing.T) {
	clock := start()
	acl, err := New(definition(rate(api.RateBasedStatement{KeyType: "IP"})), dependencies(clock))
	if err != nil {
		t.Fatal(err)
	}
	blocked := func() bool {
		verdict := acl.Inspect(from("1.1.1.1"))
		return verdict.Action == Block
	}
	for i := range 10 {
		if blocked() {
			t.Fatalf("request %d is blocked, the limit is 10", i+1)
		}
		clock.Advance(time.Second)
	}
	clock.Advance(40 * time.Second) // 50 s after the first
	if !blocked() {
		t.Error("the eleventh request of a minute passes")
	}
	clock.Advance(20 * time.Second)
	if blocked() {
		t.Error("a request is blocked when the first ten are more than a minute ago")
	}
	clock.Advance(-time.Hour)
	if blocked() {
		t.Error("a request is blocked because the clock was turned back")
	}
	for i := range 20 {
		clock.Advance(time.Minute)
		if blocked() {
			t.Fatalf("request %d of one a minute is blocked after the clock was turned back", i+1)
		}
	}
}

func TestParallelClientsGetNoneTooMany(t *testing.T) {
	acl := compiled(t, definition(rate(api.RateBasedStatement{KeyType: "IP", Limit: 500})))
	var passed atomic.Int64
	var clients sync.WaitGroup
	for range 64 {
		clients.Go(func() {
			for range 20 {
				if verdict := acl.Inspect(from("1.1.1.1")); verdict.Allowed() {
					passed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	if passed.Load() != 500 {
		t.Errorf("got %d requests through, want 500", passed.Load())
	}
}

func TestManyKeysDoNotGrowWithoutBound(t *testing.T) {
	n := &rateNode{limit: 10, slots: 6, instances: map[string]*instance{}}
	at := start().Now()
	for i := range maxInstances + 500 {
		n.count(strconv.Itoa(i), at)
	}
	if len(n.instances) != maxInstances {
		t.Errorf("got %d instances, want %d", len(n.instances), maxInstances)
	}
	n.count("later", at.Add(time.Hour))
	if len(n.instances) != 1 {
		t.Errorf("got %d instances after an hour, want 1", len(n.instances))
	}
}
