package test

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"portico/local/runner"
)

const firewallApp = "testdata/firewall"

// shop is the app of testdata/firewall, served.
type shop struct {
	*runner.Runner
	url    string // of the stage
	state  string
	client *http.Client
}

func startShop(t *testing.T, o runner.Options) *shop {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s := &shop{state: t.TempDir(), client: &http.Client{Jar: jar, Transport: transport}}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	o.Dir, o.State = firewallApp, s.state
	s.Runner = runner.Start(t, o)
	s.url = s.Addresses()[0].URL
	return s
}

// ask makes a call with header lines, and returns the answer with its body.
func (s *shop) ask(t *testing.T, method, at, body string, lines ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

const (
	wantsPage = "Accept: text/html"
	sendsForm = "Content-Type: application/x-www-form-urlencoded"
)

var (
	puzzleField = regexp.MustCompile(`name="aws-waf-puzzle" value="([^"]+)"`)
	puzzleSum   = regexp.MustCompile(`What is (\d+) plus (\d+)\?`)
)

// solvePuzzle is the form that a person sends who solves a CAPTCHA page.
func solvePuzzle(t *testing.T, page string) string {
	t.Helper()
	sealed, sum := puzzleField.FindStringSubmatch(page), puzzleSum.FindStringSubmatch(page)
	if sealed == nil || sum == nil {
		t.Fatalf("no puzzle on the page:\n%s", page)
	}
	a, _ := strconv.Atoi(sum[1])
	b, _ := strconv.Atoi(sum[2])
	return url.Values{
		"aws-waf-puzzle": {html.UnescapeString(sealed[1])}, "aws-waf-answer": {strconv.Itoa(a + b)},
	}.Encode()
}

func TestACaptchaIsSolvedOverTheWire(t *testing.T) {
	s := startShop(t, runner.Options{})
	at := s.Clock()
	at.Freeze()
	guarded := s.url + "/orders?puzzle=1"
	if got, body := s.ask(t, "GET", guarded, ""); got.StatusCode != 405 || body != "" ||
		got.Header.Get("x-amzn-waf-action") != "captcha" {
		t.Errorf("a program got %d %v %q, want 405 and no page", got.StatusCode, got.Header, body)
	}
	got, page := s.ask(t, "GET", guarded, "", wantsPage)
	if got.StatusCode != 405 || got.Header.Get("Content-Type") != "text/html; charset=UTF-8" {
		t.Fatalf("a browser got %d %v, want 405 and a page", got.StatusCode, got.Header)
	}
	got, _ = s.ask(t, "POST", guarded, solvePuzzle(t, page), wantsPage, sendsForm)
	where, err := got.Location()
	if err != nil || got.StatusCode != 303 || where.String() != guarded {
		t.Fatalf("the solution got %d to %v, %v, want 303 to %s", got.StatusCode, where, err, guarded)
	}
	if got, body := s.ask(t, "GET", guarded, ""); got.StatusCode != 200 || body != `{"human": "yes"}` {
		t.Errorf("with the token: %d %s, want 200 and the rule's header", got.StatusCode, body)
	}
	at.Advance(60 * time.Second)
	if got, _ := s.ask(t, "GET", guarded, ""); got.StatusCode != 200 {
		t.Errorf("after 60 s: %d, want 200", got.StatusCode)
	}
	at.Advance(time.Second)
	if got, _ := s.ask(t, "GET", guarded, ""); got.StatusCode != 405 {
		t.Errorf("after 61 s: %d, want 405", got.StatusCode)
	}
}

func TestABrowserPassesAChallengeAndAPersonACaptcha(t *testing.T) {
	browser := startBrowser(t)
	s := startShop(t, runner.Options{})
	browser.do(t, "passing the challenge", chromedp.Navigate(s.url+"/orders?silent=1"),
		chromedp.WaitVisible(chromedp.CSS("pre")))
	if got := browser.text(t, "document.body.innerText"); !strings.Contains(got, `"human"`) {
		t.Errorf("behind the challenge is %q", got)
	}
	browser.do(t, "meeting the CAPTCHA", chromedp.Navigate(s.url+"/orders?puzzle=1"),
		appears("input[name=aws-waf-answer]"))
	browser.picture(t, "firewall-captcha")
	sum := puzzleSum.FindStringSubmatch(browser.text(t, "document.body.innerText"))
	if sum == nil {
		t.Fatal("the page asks for no sum")
	}
	a, _ := strconv.Atoi(sum[1])
	b, _ := strconv.Atoi(sum[2])
	browser.do(t, "solving it", typed("input[name=aws-waf-answer]", strconv.Itoa(a+b)),
		click("button"), chromedp.WaitVisible(chromedp.CSS("pre")))
	if got := browser.text(t, "document.body.innerText"); !strings.Contains(got, `"human": "yes"`) {
		t.Errorf("behind the CAPTCHA is %q", got)
	}
}

func TestAWebACLBlocksAndLogs(t *testing.T) {
	s := startShop(t, runner.Options{})
	attack := s.url + "/orders?q=1%27%20union%20select%201--"
	got, body := s.ask(t, "GET", attack, "", "Authorization: secret")
	if got.StatusCode != 403 || body != `{"message":"Forbidden"}` ||
		got.Header.Get("x-amzn-ErrorType") != "ForbiddenException" {
		t.Errorf("got %d %v %s", got.StatusCode, got.Header, body)
	}
	if got, _ := s.ask(t, "GET", s.url+"/orders", ""); got.StatusCode != 200 {
		t.Errorf("an ordinary call got %d", got.StatusCode)
	}
	for range 10 {
		s.ask(t, "GET", s.url+"/orders", "", "client: busy")
	}
	if got, _ := s.ask(t, "GET", s.url+"/orders", "", "client: busy"); got.StatusCode != 429 {
		t.Errorf("the eleventh call got %d, want 429", got.StatusCode)
	}
	log, err := os.ReadFile(filepath.Join(s.state, "logs", "aws-waf-logs-public.log"))
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, line := range bytes.Split(bytes.TrimSpace(log), []byte("\n")) {
		var record struct{ Action, TerminatingRuleID string }
		if err := json.Unmarshal(line, &record); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rules = append(rules, record.Action+" "+record.TerminatingRuleID)
	}
	if got := strings.Join(rules, ", "); got != "BLOCK sql, BLOCK rate" {
		t.Errorf("the log has %s, want the two blocks", got)
	}
	if bytes.Contains(log, []byte("secret")) || !bytes.Contains(log, []byte("REDACTED")) {
		t.Errorf("the log tells the authorization:\n%s", log)
	}
}

func TestAWebACLProtectsAUserPool(t *testing.T) {
	s := startShop(t, runner.Options{})
	pool := s.App().UserPools[0]
	base := s.URL() + "/_portico/cognito/" + pool.ID
	login := base + "/login?response_type=code&client_id=" + pool.Clients[0].ID +
		"&redirect_uri=" + url.QueryEscape("http://localhost:5173/")
	const robot = "User-Agent: Robot/1"
	if got, body := s.ask(t, "GET", login, "", robot); got.StatusCode != 403 ||
		strings.TrimSpace(body) != `{"message":"Forbidden"}` {
		t.Errorf("a robot got %d %s", got.StatusCode, body)
	}
	if got, _ := s.ask(t, "POST", base+"/oauth2/token", "", robot, sendsForm); got.StatusCode != 403 {
		t.Errorf("a robot got %d for a token", got.StatusCode)
	}
	if got, _ := s.ask(t, "GET", login, ""); got.StatusCode != 200 {
		t.Errorf("a person got %d", got.StatusCode)
	}
	if got, _ := s.ask(t, "GET", base+"/.well-known/jwks.json", "", robot); got.StatusCode != 200 {
		t.Errorf("a robot got %d for the public keys", got.StatusCode)
	}
	got, _ := s.ask(t, "POST", base+"/oauth2/token", "grant_type=password&username=mallory", sendsForm)
	if got.StatusCode == 409 {
		t.Error("the web ACL was told a name")
	}
	got, _ = s.ask(t, "POST", base+"/oauth2/token", "grant_type=mallory", sendsForm)
	if got.StatusCode != 409 {
		t.Errorf("got %d, want the rule's own response", got.StatusCode)
	}
}

// A pool with a domain name of its own is served at the runner's address like any other, and so is
// what its web ACL makes of requests.
func TestAWebACLProtectsAPoolWithACustomDomain(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(firewallApp, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const prefix, custom = "Domain: people}", "Domain: auth.example.com, " +
		"CustomDomainConfig: {CertificateArn: arn:aws:acm:us-east-1:123456789012:certificate/c}}"
	if !bytes.Contains(source, []byte(prefix)) {
		t.Fatalf("the template has no %q", prefix)
	}
	dir := t.TempDir()
	changed := bytes.Replace(source, []byte(prefix), []byte(custom), 1)
	for name, text := range map[string][]byte{
		"template.yaml": changed, "portico.yaml": []byte("template: template.yaml\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := runner.Start(t, runner.Options{Dir: dir})
	s := &shop{Runner: r, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	base := r.URL() + "/_portico/cognito/" + r.App().UserPools[0].ID
	const robot = "User-Agent: Robot/1"
	for _, row := range []struct {
		method, path string
		guarded      bool
	}{
		{"GET", "/login", true},
		{"POST", "/login", true},
		{"GET", "/logout", true},
		{"GET", "/oauth2/authorize", true},
		{"POST", "/oauth2/token", true},
		{"POST", "/oauth2/revoke", true},
		{"GET", "/oauth2/userInfo", true},
		{"GET", "/.well-known/jwks.json", false},
		{"GET", "/.well-known/openid-configuration", false},
	} {
		got, body := s.ask(t, row.method, base+row.path, "", robot)
		if blocked := got.Header.Get("x-amzn-ErrorType") == "ForbiddenException"; blocked != row.guarded {
			t.Errorf("a robot got %d %s for %s %s", got.StatusCode, body, row.method, row.path)
		}
		got, body = s.ask(t, row.method, base+row.path, "")
		if got.StatusCode == 403 && got.Header.Get("x-amzn-ErrorType") != "" {
			t.Errorf("a person got %d %s for %s %s", got.StatusCode, body, row.method, row.path)
		}
	}
}

func TestAWebACLIsTriedOnRecordedRequests(t *testing.T) {
	report, err := runner.TryFirewall(t.Context(), runner.Options{
		Dir: firewallApp, State: t.TempDir(),
	}, runner.FirewallTrial{WebACL: "public", Files: []string{
		firewallApp + "/requests.http", firewallApp + "/access.log",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if report.Requests != 5 || report.Actions["ALLOW"] != 1 || report.Refused != 4 ||
		report.Unread != 1 || report.Capacity != 700+200+25+32+1+10+10 {
		t.Errorf("got %+v", report)
	}
	decided := map[string]int{}
	for _, rule := range report.Rules {
		if rule.Decided > 0 {
			decided[rule.Rule+"/"+rule.GroupRule] = rule.Decided
		}
		if rule.GroupRule == "SQLi_BODY" && strings.Join(rule.Unseen, ",") != "body" {
			t.Errorf("SQLi_BODY could not see %v, want the body", rule.Unseen)
		}
	}
	for _, name := range []string{
		"embargo/", "reputation/AWSManagedIPReputationList", "sql/SQLi_QUERYARGUMENTS", "sql/SQLi_BODY",
	} {
		if decided[name] != 1 {
			t.Errorf("%s decided %d times, want once; all: %v", name, decided[name], decided)
		}
	}
	var out strings.Builder
	report.WriteTable(&out, false)
	for _, want := range []string{
		"web ACL public, 978 WCU: 5 requests, 1 ALLOW, 4 BLOCK",
		"requests.http:7  BLOCK by sql/SQLi_BODY: POST /dev/orders",
		"body of 3 requests", "source address of 2 requests",
		"1 lines are no request, like testdata/firewall/access.log:4:",
		"awswaf:managed:aws:sql-database:SQLi_Body",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, out.String())
		}
	}
}

func TestFirewallTestExits(t *testing.T) {
	binary := buildCommand(t)
	clean := filepath.Join(t.TempDir(), "clean.http")
	if err := os.WriteFile(clean, []byte("GET /dev/orders HTTP/1.1\nUser-Agent: curl/8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		name, want string
		code       int
		arguments  []string
	}{
		{"0 when all come in", "1 ALLOW", 0, []string{"--acl", "public", clean}},
		{"1 when one would not", "1 BLOCK", 1, []string{
			"--acl", "public", firewallApp + "/requests.http",
		}},
		{"2 without requests", "", 2, []string{"--acl", "public"}},
		{"2 for an unknown web ACL", "", 2, []string{"--acl", "gone", clean}},
		{"2 when it must be named", "", 2, []string{clean}},
		{"JSON", `"refused": 0`, 0, []string{"--acl", "public", "--json", clean}},
	} {
		t.Run(r.name, func(t *testing.T) {
			out, code := runFirewallTest(t, binary, r.arguments)
			if code != r.code || !strings.Contains(out, r.want) {
				t.Errorf("got exit code %d and %s, want %d and %q", code, out, r.code, r.want)
			}
		})
	}
}

// runFirewallTest runs the command, and returns what it prints and its exit code.
func runFirewallTest(t *testing.T, binary string, arguments []string) (string, int) {
	t.Helper()
	app, err := filepath.Abs(firewallApp)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary,
		append([]string{"-C", app, "firewall", "test"}, arguments...)...)
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}
