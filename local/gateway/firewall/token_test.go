package firewall

import (
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// guarded is a web ACL whose rules want tokens: of a CAPTCHA for /captcha, of a challenge for
// /challenge.
func guarded(t testing.TB, c clock.Clock, change func(*api.WebACL)) *ACL {
	t.Helper()
	def := definition(
		rule1("puzzle", 1, action1("Captcha"), bytes1(uri, "ENDS_WITH", "/captcha")),
		rule1("silent", 2, action1("Challenge"), bytes1(uri, "ENDS_WITH", "/challenge")),
	)
	if change != nil {
		change(&def)
	}
	deps := dependencies(c)
	deps.Secret = []byte("a secret of this machine")
	acl, err := New(def, deps)
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// browse is a request of a browser.
func browse(host, path string, lines ...string) *exchange.Request {
	r := request(path, append([]string{"Accept: text/html,*/*;q=0.8"}, lines...)...)
	r.Host = host
	r.Header.Set("Host", host)
	return r
}

var (
	puzzleOnPage = regexp.MustCompile(`name="aws-waf-puzzle" value="([^"]+)"`)
	sumOnPage    = regexp.MustCompile(`What is (\d+) plus (\d+)\?`)
	cookieOnPage = regexp.MustCompile(`document\.cookie = ("[^"]+");`)
)

// solve fills in the form of a CAPTCHA page; wrong is added to the right answer.
func solve(t *testing.T, page string, host, path string, wrong int) *exchange.Request {
	t.Helper()
	sum, sealed := sumOnPage.FindStringSubmatch(page), puzzleOnPage.FindStringSubmatch(page)
	if sum == nil || sealed == nil {
		t.Fatalf("the page has no puzzle:\n%s", page)
	}
	a, _ := strconv.Atoi(sum[1])
	b, _ := strconv.Atoi(sum[2])
	r := browse(host, path, "Content-Type: application/x-www-form-urlencoded")
	r.Method = "POST"
	r.Body = []byte("aws-waf-puzzle=" + url.QueryEscape(html.UnescapeString(sealed[1])) +
		"&aws-waf-answer=" + strconv.Itoa(a+b+wrong))
	return r
}

// solved is the cookie that solving the CAPTCHA gives.
func solved(t *testing.T, acl *ACL, host string) string {
	t.Helper()
	page := acl.Inspect(browse(host, "/dev/captcha"))
	answer := acl.Inspect(solve(t, string(page.Body), host, "/dev/captcha", 0))
	cookie, _, _ := strings.Cut(answer.Headers.Get("Set-Cookie"), ";")
	if answer.Status != 303 || !answer.Solved || cookie == "" {
		t.Fatalf("got %+v, want a redirect with a token", answer)
	}
	return "Cookie: theme=dark; " + cookie
}

func TestSolvingACaptchaLetsIn(t *testing.T) {
	acl := guarded(t, start(), nil)
	const host = "localhost:3001"
	page := acl.Inspect(browse(host, "/dev/a/captcha?x=1"))
	if page.Status != 405 || page.Captcha.Failure != "TOKEN_MISSING" {
		t.Fatalf("got %+v, want a page with status 405", page)
	}
	got := acl.Inspect(solve(t, string(page.Body), host, "/dev/a/captcha?x=1", 1))
	if got.Status != 405 || got.Solved || !puzzleOnPage.Match(got.Body) {
		t.Errorf("got %+v for a wrong answer, want another puzzle", got)
	}
	answer := acl.Inspect(solve(t, string(page.Body), host, "/dev/a/captcha?x=1", 0))
	if answer.Headers.Get("Location") != "./captcha?x=1" || answer.Allowed() {
		t.Errorf("got %+v, want that the client is sent to the same address", answer)
	}
	line := answer.Headers.Get("Set-Cookie")
	if !strings.HasSuffix(line, "; Path=/; Max-Age=345600; SameSite=Lax") {
		t.Errorf("got cookie %q", line)
	}
	const want = "the client solved the web ACL's CAPTCHA, and is sent back with a token"
	if answer.Reason() != want {
		t.Errorf("got reason %q, want %q", answer.Reason(), want)
	}
	cookie, _, _ := strings.Cut(line, ";")
	_, value, _ := strings.Cut(cookie, "=")
	for _, header := range []string{"Cookie: " + cookie, "x-aws-waf-token: " + value} {
		got := acl.Inspect(browse(host, "/dev/captcha", header))
		if !got.Allowed() || len(got.Counted) != 1 || got.Counted[0].Action != Captcha {
			t.Errorf("got %+v with %s, want that the rule counts", got, header)
		}
	}
}

func TestAPuzzleOfAnotherHostOrTimeIsNoSolution(t *testing.T) {
	c := start()
	acl := guarded(t, c, nil)
	page := acl.Inspect(browse("a.example", "/dev/captcha"))
	if got := acl.Inspect(solve(t, string(page.Body), "b.example", "/dev/captcha", 0)); got.Solved {
		t.Errorf("got %+v for another host", got)
	}
	c.Advance(5*time.Minute + time.Second)
	got := acl.Inspect(solve(t, string(page.Body), "a.example", "/dev/captcha", 0))
	if got.Solved || got.Status != 405 {
		t.Errorf("got %+v for an old puzzle, want another one", got)
	}
}

func TestAChallengePageHoldsTheToken(t *testing.T) {
	acl := guarded(t, start(), nil)
	page := acl.Inspect(browse("localhost", "/dev/challenge"))
	if page.Status != 202 || page.Headers.Get("x-amzn-waf-action") != "challenge" {
		t.Fatalf("got %+v, want a page with status 202", page)
	}
	script := cookieOnPage.FindSubmatch(page.Body)
	if script == nil {
		t.Fatalf("the page keeps no token:\n%s", page.Body)
	}
	line, err := strconv.Unquote(string(script[1]))
	if err != nil {
		t.Fatal(err)
	}
	cookie, _, _ := strings.Cut(line, ";")
	if got := acl.Inspect(browse("localhost", "/dev/challenge", "Cookie: "+cookie)); !got.Allowed() {
		t.Errorf("got %+v with the page's token", got)
	}
	got := acl.Inspect(browse("localhost", "/dev/captcha", "Cookie: "+cookie))
	if got.Allowed() || got.Captcha.Failure != "TOKEN_EXPIRED" {
		t.Errorf("got %+v, want that a challenge is no CAPTCHA", got)
	}
}

func TestWhoWantsNoPageGetsNone(t *testing.T) {
	acl := guarded(t, start(), nil)
	for path, want := range map[string]struct {
		status int
		action string
	}{"/dev/captcha": {405, "captcha"}, "/dev/challenge": {202, "challenge"}} {
		for _, accept := range []string{"", "*/*", "application/json"} {
			got := acl.Inspect(request(path, "Accept: "+accept))
			if got.Status != want.status || got.Headers.Get("x-amzn-waf-action") != want.action ||
				len(got.Body) > 0 || got.Headers.Has("Content-Type") {
				t.Errorf("%s with Accept %q: got %+v", path, accept, got)
			}
		}
	}
}

func TestImmunityTimes(t *testing.T) {
	for _, r := range []struct {
		name      string
		acl, rule api.Immunity
		after     time.Duration
		want      string
	}{
		{"300 seconds by default", api.Immunity{}, api.Immunity{}, 300 * time.Second, ""},
		{"and not longer", api.Immunity{}, api.Immunity{}, 301 * time.Second, "TOKEN_EXPIRED"},
		{"the web ACL's", api.Immunity{Captcha: 60}, api.Immunity{}, 61 * time.Second, "TOKEN_EXPIRED"},
		{
			"the rule's wins",
			api.Immunity{Captcha: 60},
			api.Immunity{Captcha: 600},
			600 * time.Second, "",
		},
		{
			"that of challenges is another",
			api.Immunity{Challenge: 600},
			api.Immunity{},
			301 * time.Second, "TOKEN_EXPIRED",
		},
		{"three days at most", api.Immunity{Captcha: 259_200}, api.Immunity{}, 72 * time.Hour, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := start()
			acl := guarded(t, c, func(def *api.WebACL) {
				def.Immunity, def.Rules[0].Immunity = r.acl, r.rule
			})
			cookie := solved(t, acl, "localhost")
			c.Advance(r.after)
			if got := acl.Inspect(browse("localhost", "/captcha", cookie)); got.Captcha.Failure != r.want {
				t.Errorf("got %q, want %q", got.Captcha.Failure, r.want)
			}
		})
	}
}

// The domains are those of the examples of "Specifying token domains and domain lists in AWS WAF".
func TestTokenDomains(t *testing.T) {
	example := []string{"example.com"}
	for _, r := range []struct {
		name     string
		domains  []string
		of, host string
		want     string
	}{
		{"the same host", nil, "api.example.com", "api.example.com", ""},
		{"the same host on another port", nil, "localhost:3001", "localhost:3002", ""},
		{"another host", nil, "api.example.com", "www.example.com", "TOKEN_DOMAIN_MISMATCH"},
		{"the apex is not below", nil, "example.com", "api.example.com", "TOKEN_DOMAIN_MISMATCH"},
		{"a listed domain", example, "api.example.com", "www.example.com", ""},
		{"a listed domain elsewhere", example, "example.com", "api.example.org", ""},
		{
			"no part of a listed domain", example, "apiexample.com", "www.example.com",
			"TOKEN_DOMAIN_MISMATCH",
		},
		{"a domain turned round", example, "example.api.com", "www.example.com", "TOKEN_DOMAIN_MISMATCH"},
	} {
		t.Run(r.name, func(t *testing.T) {
			acl := guarded(t, start(), func(def *api.WebACL) { def.TokenDomains = r.domains })
			got := acl.Inspect(browse(r.host, "/captcha", solved(t, acl, r.of)))
			if got.Captcha.Failure != r.want {
				t.Errorf("got %q, want %q", got.Captcha.Failure, r.want)
			}
		})
	}
}

func TestACookieIsForTheWholeListedDomain(t *testing.T) {
	acl := guarded(t, start(), func(def *api.WebACL) { def.TokenDomains = []string{"example.com"} })
	r := browse("api.example.com.localhost:3443", "/captcha")
	r.Domain, r.TLS = &exchange.Domain{Name: "api.example.com"}, true
	held := acl.tokens.renew(r, Captcha, start().Now())
	want := "; Path=/; Max-Age=345600; SameSite=Lax; Domain=example.com.localhost; Secure"
	if line := acl.tokens.cookie(r, held); !strings.HasSuffix(line, want) {
		t.Errorf("got %q, want it to end with %q", line, want)
	}
}

func TestForgedTokensAreInvalid(t *testing.T) {
	c := start()
	acl := guarded(t, c, nil)
	other := guarded(t, c, func(def *api.WebACL) { def.ARN = "arn:other" })
	for name, line := range map[string]string{
		"rubbish":            "Cookie: aws-waf-token=rubbish",
		"of another web ACL": solved(t, other, "localhost"),
		"with a changed end": solved(t, acl, "localhost") + "x",
		"a puzzle for a token": "Cookie: aws-waf-token=" +
			acl.tokens.seal("puzzle", token{Domain: "localhost", Captcha: c.Now().Unix()}),
	} {
		got := acl.Inspect(browse("localhost", "/captcha", line))
		if got.Captcha.Failure != "TOKEN_INVALID" {
			t.Errorf("%s: got %q, want TOKEN_INVALID", name, got.Captcha.Failure)
		}
	}
}

func TestTokensOutliveARestart(t *testing.T) {
	c := start()
	cookie := solved(t, guarded(t, c, nil), "localhost")
	if got := guarded(t, c, nil).Inspect(browse("localhost", "/captcha", cookie)); !got.Allowed() {
		t.Errorf("got %+v", got)
	}
}

func TestAValidTokenLetsTheInspectionGoOn(t *testing.T) {
	acl := guarded(t, start(), func(def *api.WebACL) {
		def.Rules[0].Action.InsertHeaders = []api.CustomHeader{{Name: "human", Value: "yes"}}
		def.Rules = append(def.Rules, rule1("after", 3, action1("Count"), labelled("LABEL", "l:puzzle")))
	})
	got := acl.Inspect(browse("localhost", "/captcha", solved(t, acl, "localhost")))
	if !got.Allowed() || len(got.Counted) != 2 || got.Inserted.Get("x-amzn-waf-human") != "yes" {
		t.Errorf("got %+v, want labels, headers and the next rule", got)
	}
}

// "AWS WAF applies token labels only when you use one of these intelligent threat mitigation managed
// rule groups" ("Types of token labels in AWS WAF"): of Bot Control, ATP and ACFP, which are refused.
func TestTokensPutNoLabelsOnRequests(t *testing.T) {
	acl := guarded(t, start(), func(def *api.WebACL) {
		group := managed("CommonRuleSet")
		group.Priority = 3
		def.Rules = append(def.Rules, group)
		for i, namespace := range []string{"awswaf:managed:token:", "awswaf:managed:captcha:"} {
			def.Rules = append(def.Rules, rule1("labelled"+strconv.Itoa(i), 4+i, action1("Block"),
				labelled("NAMESPACE", namespace)))
		}
	})
	for _, r := range []*exchange.Request{
		browse("localhost", "/"), browse("localhost", "/", solved(t, acl, "localhost")),
		browse("localhost", "/", "Cookie: aws-waf-token=rubbish"),
	} {
		if got := acl.Inspect(r); !got.Allowed() || len(got.Labels) > 0 {
			t.Errorf("got %+v, want no label", got)
		}
	}
	for _, name := range []string{"BotControlRuleSet", "ATPRuleSet", "ACFPRuleSet"} {
		_, err := New(definition(managed(name)), dependencies(start()))
		want := "AWSManagedRules" + name + " of AWS is not honoured"
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want that it is refused by name", name, err)
		}
	}
}
