package firewall

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// sampling is a web ACL whose default action, rules and group rules are sampled, each under a metric
// of its own name.
func sampling(rules ...api.FirewallRule) api.WebACL {
	def := definition(rules...)
	def.Samples = "acl"
	for i := range def.Rules {
		def.Rules[i].Samples = def.Rules[i].Name
	}
	group := def.RuleGroups["arn:group"]
	for i := range group.Rules {
		group.Rules[i].Samples = group.Rules[i].Name
	}
	return def
}

// everything asks for all samples of a metric that there may be.
func (a *ACL) everything(metric string) Samples {
	now := a.clock.Now()
	return a.Samples(metric, now.Add(-sampleAge), now, 500)
}

// told is what tells the samples of the rules below from one another.
func told(s *Sample) string {
	parts := []string{string(s.Action)}
	for _, part := range []string{string(s.Overrides), s.GroupRule} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	for _, line := range s.Inserted {
		parts = append(parts, line.Name+"="+line.Value)
	}
	if s.Status != 0 {
		parts = append(parts, fmt.Sprint(s.Status))
	}
	if s.Captcha != nil {
		parts = append(parts, fmt.Sprint("captcha ", s.Captcha.Code, " ", s.Captcha.Failure))
	}
	return strings.Join(parts, " ")
}

// The members are those of SampledHTTPRequest, whose page tells what each of them is.
func TestWhatIsSampled(t *testing.T) {
	group := func(override string, s api.RuleGroupStatement) api.FirewallRule {
		s.ARN = "arn:group"
		return api.FirewallRule{
			Name: "group", Priority: 2, OverrideAction: override,
			Statement: api.Statement{RuleGroup: &s},
		}
	}
	linux := managed("LinuxRuleSet")
	seen := &api.RuleAction{
		Type: "Count", InsertHeaders: []api.CustomHeader{{Name: "seen", Value: "1"}},
	}
	teapot := &api.RuleAction{Type: "Block", Response: &api.CustomResponse{Code: 429}}
	for _, r := range []struct {
		name   string
		rules  []api.FirewallRule
		target string
		metric string
		want   []string
	}{
		{"the default action", nil, "/", "acl", []string{"ALLOW"}},
		{"the default action under its own name", nil, "/", "Default_Action", []string{"ALLOW"}},
		{
			"a rule that decides is no default action",
			[]api.FirewallRule{rule1("b", 1, action1("Block"), yes)},
			"/", "acl", nil,
		},
		{"a block", []api.FirewallRule{rule1("b", 1, action1("Block"), yes)}, "/", "b", []string{"BLOCK"}},
		{"its own response", []api.FirewallRule{rule1("b", 1, teapot, yes)}, "/", "b", []string{"BLOCK 429"}},
		{
			"a count, with what it tells the backend",
			[]api.FirewallRule{rule1("c", 1, seen, yes)},
			"/", "c",
			[]string{"COUNT x-amzn-waf-seen=1"},
		},
		{
			"a count before a block tells no backend",
			[]api.FirewallRule{rule1("c", 1, seen, yes), rule1("b", 2, teapot, yes)},
			"/", "c",
			[]string{"COUNT"},
		},
		{
			"a CAPTCHA",
			[]api.FirewallRule{rule1("p", 1, action1("Captcha"), yes)},
			"/", "p",
			[]string{"CAPTCHA 405 captcha 405 TOKEN_MISSING"},
		},
		{"a rule that does not match", []api.FirewallRule{rule1("b", 1, action1("Block"), no)}, "/", "b", nil},
		{
			"rules of an own group, under the metric of the rule that refers to it",
			[]api.FirewallRule{group("None", api.RuleGroupStatement{})},
			"/?a=1&b=2", "group",
			[]string{"COUNT own#first", "BLOCK own#second"},
		},
		{
			"and under their own",
			[]api.FirewallRule{group("None", api.RuleGroupStatement{})},
			"/?a=1&b=2", "second",
			[]string{"BLOCK own#second"},
		},
		{
			"a group that only counts",
			[]api.FirewallRule{group("Count", api.RuleGroupStatement{})},
			"/?b=2", "group",
			[]string{"COUNT own#second"},
		},
		{
			"an overridden rule", []api.FirewallRule{group("None", api.RuleGroupStatement{
				Overrides: map[string]api.RuleAction{"second": {Type: "Count"}},
			})}, "/?b=2", "group", []string{"COUNT BLOCK own#second"},
		},
		{
			"a rule of a managed group",
			[]api.FirewallRule{linux},
			"/?f=/proc/version", "LinuxRuleSet",
			[]string{"BLOCK AWS#AWSManagedRulesLinuxRuleSet#LFI_QUERYSTRING"},
		},
		{
			"all metrics, each match once",
			[]api.FirewallRule{rule1("c", 1, action1("Count"), yes), group("None", api.RuleGroupStatement{})},
			"/?a=1", AllSamples,
			[]string{"COUNT", "COUNT own#first", "ALLOW"},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			acl := compiled(t, sampling(r.rules...))
			acl.Inspect(request(r.target))
			found := acl.everything(r.metric)
			var got []string
			for i := range found.Requests {
				got = append(got, told(&found.Requests[i]))
			}
			if diff := cmp.Diff(r.want, got); diff != "" || found.Population != len(r.want) {
				t.Errorf("of %d (-want +got):\n%s", found.Population, diff)
			}
		})
	}
}

func TestASampleTellsTheRequest(t *testing.T) {
	def := sampling(rule1("b", 1, action1("Block"), yes))
	def.Protected = []api.DataProtection{
		protect("SINGLE_HEADER", "SUBSTITUTION", "authorization"),
		protect("SINGLE_QUERY_ARGUMENT", "HASH", "card"),
	}
	// Redacted fields are of the log alone, says the page of VisibilityConfig.
	def.Log = &api.FirewallLog{
		DestinationARN: logGroup1, Redacted: []api.FieldToMatch{{Kind: "UriPath"}, {Kind: "QueryString"}},
	}
	acl := compiled(t, def)
	r := request("/dev/orders?card=42&x=1", "Authorization: secret")
	r.Protocol, r.Body = "HTTP/1.1", []byte("body")
	acl.Inspect(r)
	r.Header[0].Value = "changed" // what is kept is a copy
	want := Samples{
		Population: 1, Begin: acl.clock.Now().Add(-sampleAge), End: acl.clock.Now(),
		Requests: []Sample{{
			At: acl.clock.Now(), Weight: 1, Action: Block, ClientIP: "203.0.113.9", Country: "US",
			URI: "/dev/orders?card=" + hashOf("42") + "&x=1", Method: "GET", Version: "HTTP/1.1",
			Headers: exchange.Header{
				{Name: "Host", Value: "api.example.com"},
				{Name: "User-Agent", Value: "Mozilla/5.0"},
				{Name: "Authorization", Value: "REDACTED"},
			},
			Labels: []string{labels + "l:b"},
		}},
	}
	if diff := cmp.Diff(want, acl.everything("b")); diff != "" {
		t.Errorf("samples (-want +got):\n%s", diff)
	}
}

func TestOnlyWhatIsEnabledIsSampled(t *testing.T) {
	def := definition(rule1("c", 1, action1("Count"), yes))
	def.Metric, def.Rules[0].Metric = "acl", "c"
	acl := compiled(t, def)
	acl.Inspect(request("/"))
	for _, metric := range []string{"acl", "c", DefaultAction, AllSamples} {
		if got := acl.everything(metric); got.Population != 0 {
			t.Errorf("%s: got %+v, want none", metric, got)
		}
	}
}

func TestTimesOfSamples(t *testing.T) {
	c := start()
	acl, err := New(sampling(), dependencies(c))
	if err != nil {
		t.Fatal(err)
	}
	began := c.Now()
	for range 4 { // at 0, 1, 2 and 3 hours
		acl.Inspect(request("/"))
		c.Advance(time.Hour)
	}
	c.Advance(-time.Hour)
	now := c.Now()
	at := func(hours float64) time.Time { return began.Add(time.Duration(hours * float64(time.Hour))) }
	for _, r := range []struct {
		name       string
		from, to   float64
		want       int
		begin, end float64
	}{
		{"the last three hours, both ends in", 0, 3, 4, 0, 3},
		{"a part", 0.5, 2.5, 2, 0.5, 2.5},
		{"nothing", 2.1, 2.9, 0, 2.1, 2.9},
		{"more than three hours", -9, 9, 4, 0, 9},
	} {
		got := acl.Samples("acl", at(r.from), at(r.to), 500)
		if got.Population != r.want || len(got.Requests) != r.want ||
			!got.Begin.Equal(at(r.begin)) || !got.End.Equal(at(r.end)) {
			t.Errorf("%s: got %+v", r.name, got)
		}
	}
	c.Advance(90 * time.Minute)
	if got := acl.Samples("acl", began, c.Now(), 500); got.Population != 2 {
		t.Errorf("%s later: got %d, want the 2 of the last three hours", c.Now().Sub(now), got.Population)
	}
}

// total is how many requests samples stand for.
func total(s Samples) int {
	all := 0
	for _, one := range s.Requests {
		all += one.Weight
	}
	return all
}

func TestSamplesOfManyRequests(t *testing.T) {
	c := start()
	acl, err := New(sampling(), dependencies(c))
	if err != nil {
		t.Fatal(err)
	}
	began := c.Now()
	send := func(count int) {
		for range count {
			acl.Inspect(request("/"))
			c.Advance(time.Millisecond)
		}
	}
	send(600)
	got := acl.everything("acl")
	if got.Population != 600 || len(got.Requests) != 500 || total(got) != 600 {
		t.Errorf("of 600: got %d of %d with weight %d", len(got.Requests), got.Population, total(got))
	}
	if got := acl.Samples("acl", began, c.Now(), 7); len(got.Requests) != 7 || total(got) != 600 {
		t.Errorf("7 of 600: got %d with weight %d", len(got.Requests), total(got))
	}
	send(9_400)
	got = acl.everything("acl")
	// "WAF stops sampling after the 5,000th request. In that case, EndTime is the time that WAF
	// received the 5,000th request."
	late := got.End.Sub(began) - 5*time.Second
	if got.Population != 5_000 || len(got.Requests) > 500 || late.Abs() > 50*time.Millisecond {
		t.Errorf("of 10000: got %d of %d until %s", len(got.Requests), got.Population, got.End.Sub(began))
	}
	c.Advance(time.Second)
	acl.Inspect(request("/late"))
	found := acl.Samples("acl", c.Now(), c.Now(), 1)
	if len(found.Requests) != 1 || found.Requests[0].URI != "/late" {
		t.Errorf("a request after many: got %+v", found.Requests)
	}
	c.Advance(4 * time.Hour)
	acl.Inspect(request("/again"))
	if kept := len(acl.samples.byDefault.samples); kept != 1 {
		t.Errorf("after four hours %d samples are kept, want 1", kept)
	}
}

func TestTheMemoryOfSamplesIsBounded(t *testing.T) {
	acl := compiled(t, sampling(rule1("c", 1, action1("Count"), yes)))
	r := request("/", "X: "+strings.Repeat("x", 10_000))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 400 {
				acl.Inspect(r)
				if i%20 == 0 {
					acl.Samples(AllSamples, time.Time{}, acl.clock.Now(), 1)
				}
			}
		})
	}
	all.Wait()
	s := acl.samples
	used := 0
	for _, of := range []*reservoir{&s.all, s.metrics["acl"], s.metrics["c"]} {
		if len(of.samples) == 0 || len(of.samples) > maxSamples {
			t.Errorf("got %d samples of a metric", len(of.samples))
		}
		for _, one := range of.samples {
			used += one.of.bytes
		}
	}
	if used != s.bytes || used > maxSampleBytes {
		t.Errorf("got %d bytes, counted %d, allowed %d", used, s.bytes, maxSampleBytes)
	}
}

// A clock that is set back neither loses samples nor takes them from the future.
func TestSamplesOfAClockThatIsSetBack(t *testing.T) {
	c := clock.NewMovable(start())
	acl, err := New(sampling(), dependencies(c))
	if err != nil {
		t.Fatal(err)
	}
	began := c.Now()
	acl.Inspect(request("/"))
	c.Set(began.Add(-time.Hour))
	acl.Inspect(request("/"))
	if got := acl.everything("acl"); got.Population != 1 {
		t.Errorf("an hour ago: got %d, want 1", got.Population)
	}
	c.Set(began)
	if got := acl.everything("acl"); got.Population != 2 || !got.Requests[1].At.Equal(began) {
		t.Errorf("back again: got %+v, want 2 in their order", got)
	}
}
