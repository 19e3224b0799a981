package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"portico/local/runner"
)

// visited is what the page shows of a call that it may read, of one that it may not read headers of,
// and of one that the browser refused.
const (
	first, second = "200 1 visits=1 inner=null", "200 2 visits=2 inner=null"
	refused       = "refused: Failed to fetch"
)

// corsCall is a call that a page makes, and what it sees.
type corsCall struct{ name, api, path, options, want string }

const withCredentials = "{credentials: 'include'}"

// allowedCalls are made by a page on the origin that one of the APIs names. Cookies know no ports, so
// that only credentials decide whether the function is told of earlier visits.
var allowedCalls = []corsCall{
	{"with credentials", "known", "/visits", withCredentials, first},
	{"with credentials, once more", "known", "/visits", withCredentials, second},
	{"without credentials", "known", "/visits", "{credentials: 'omit'}", first},
	{
		"with a header that is listed", "known", "/visits",
		"{credentials: 'omit', headers: {'X-Known': '1'}}", first,
	},
	{
		"with JSON, which a preflight must allow", "known", "/visits",
		"{credentials: 'omit', method: 'POST', body: '{}', headers: {'Content-Type': 'application/json'}}",
		first,
	},
	{"with a header that is not listed", "known", "/visits", "{headers: {'X-Unknown': '1'}}", refused},
	{"by a method that is not listed", "known", "/visits", "{method: 'PUT'}", refused},
	{
		"a refusal of the API can be read", "known", "/guarded", withCredentials,
		`403 {"message":"Forbidden"} visits=null inner=null`,
	},
	{
		"a path that is none can be read", "known", "/nowhere", withCredentials,
		`404 {"message":"Not Found"} visits=null inner=null`,
	},
	{"without credentials", "everybody", "/visits", "{}", "200 1 visits=1 inner=secret"},
	{
		"with any header", "everybody", "/visits", "{headers: {'X-Unknown': '1'}}",
		"200 1 visits=1 inner=secret",
	},
	{"with credentials, which * never allows", "everybody", "/visits", withCredentials, refused},
	{"an API without a configuration", "silent", "/visits", "{}", refused},
}

// strangersCalls are made by the same page on an origin that nobody named.
var strangersCalls = []corsCall{
	{"with credentials", "known", "/visits", withCredentials, refused},
	{"without credentials", "known", "/visits", "{}", refused},
	{"with a header that is listed", "known", "/visits", "{headers: {'X-Known': '1'}}", refused},
	{"a refusal of the API", "known", "/guarded", "{}", refused},
	{"without credentials", "everybody", "/visits", "{}", "200 1 visits=1 inner=secret"},
}

// TestABrowserHoldsPagesToTheCORSConfiguration has a page on another origin call HTTP APIs.
func TestABrowserHoldsPagesToTheCORSConfiguration(t *testing.T) {
	browser := startBrowser(t)
	page, stranger := startCORSPage(t), startCORSPage(t)
	apis := startCORS(t, page)

	browser.do(t, "opening the page", chromedp.Navigate(page+"/"), appears("#calls"))
	browser.checkCORS(t, apis, allowedCalls)
	browser.picture(t, "cors-allowed")
	browser.do(t, "opening the page elsewhere", chromedp.Navigate(stranger+"/"), appears("#calls"))
	browser.checkCORS(t, apis, strangersCalls)
	browser.picture(t, "cors-stranger")
}

func (b *browser) checkCORS(t *testing.T, apis map[string]string, calls []corsCall) {
	t.Helper()
	for _, c := range calls {
		arguments, err := json.Marshal([]string{c.api + ": " + c.name, apis[c.api], c.path})
		if err != nil {
			t.Fatal(err)
		}
		script := "call(..." + string(arguments) + ", " + c.options + ")"
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		if got != c.want {
			t.Errorf("%s, %s: the page sees %q, want %q", c.api, c.name, got, c.want)
		}
	}
}

// startCORSPage serves the page and returns its origin.
func startCORSPage(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir("testdata/cors")))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
}

// startCORS serves the APIs that name origin, and returns their addresses by name.
func startCORS(t *testing.T, origin string) map[string]string {
	t.Helper()
	source, err := filepath.Abs("testdata/cors/visits")
	if err != nil {
		t.Fatal(err)
	}
	template, err := os.ReadFile("testdata/cors/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"template.yaml": strings.ReplaceAll(string(template), "@origin@", origin),
		"portico.yaml":  "template: template.yaml\nfunctions: {visits: {source: " + source + "}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := runner.Start(t, runner.Options{Dir: dir})
	apis := map[string]string{}
	for _, address := range r.Addresses() {
		apis[address.Name] = address.URL
	}
	return apis
}
