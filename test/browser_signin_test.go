package test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"portico/local/runner"
)

var screenshots = flag.String("screenshots", "", "the folder that pictures of pages are written into")

// TestABrowserSignsIn has a single-page application sign a person in by authorization code with
// PKCE, and call the public API with the token; the application stands on an origin of its own.
func TestABrowserSignsIn(t *testing.T) {
	browser := startBrowser(t)
	app := startPage(t)
	stranger := startPage(t) // the same page, where nobody allowed it
	r := startReference(t, runner.Options{App: signInAssembly(t, app.origin)})
	pool := r.App().UserPools[0]
	app.config = map[string]string{
		"domain": r.URL() + "/_portico/cognito/" + pool.ID, "client": r.webClient(t),
		"redirect": app.origin + "/", "api": r.public.URL, "scope": "openid email orders/read orders/write",
	}
	stranger.config = app.config

	browser.do(t, "opening the application", chromedp.Navigate(app.origin+"/"), appears("#sign-in"))
	browser.picture(t, "1-signed-out")
	if got := browser.call(t, `call('GET', '/orders')`); got.Status != 401 {
		t.Errorf("a call without a token was answered %d %s, want 401", got.Status, got.Body)
	}

	browser.do(t, "going to the sign-in page", click("#sign-in"), appears("#username"))
	browser.picture(t, "2-sign-in")
	browser.do(t, "signing in", typed("#username", "ada"), typed("#claims", "customer=c-browser"),
		click("button"), appears("#orders li"))
	browser.picture(t, "3-signed-in")
	for script, want := range map[string]string{
		"document.getElementById('state').textContent": "signed in as ada@example.com",
		"document.getElementById('orders').innerText":  "browser: 2 × tea, placed",
		"location.href": app.origin + "/",
	} {
		if got := browser.text(t, script); got != want {
			t.Errorf("%s is %q, want %q", script, got, want)
		}
	}
	token, err := json.Marshal(browser.text(t, "tokens.access_token"))
	if err != nil {
		t.Fatal(err)
	}
	withToken := "call('GET', '/orders', " + string(token) + ")"
	if got := browser.call(t, withToken); got.Status != 200 {
		t.Errorf("a call with the token was answered %d %s, want 200", got.Status, got.Body)
	}

	browser.do(t, "opening the application elsewhere", chromedp.Navigate(stranger.origin+"/"),
		appears("#sign-in"))
	for name, script := range map[string]string{
		"without a token": `call('GET', '/orders')`, "with a token": withToken,
	} {
		if got := browser.call(t, script); !strings.Contains(got.Failed, "Failed to fetch") {
			t.Errorf("a page of another origin, %s: %+v, want the browser to refuse", name, got)
		}
	}
	browser.text(t, "config.redirect = location.origin + '/'")
	browser.do(t, "signing in from elsewhere", click("#sign-in"), appears("p.wrong"))
	browser.picture(t, "4-redirect-mismatch")
	if got := browser.text(t, "document.body.innerText"); !strings.Contains(got, "redirect_mismatch") {
		t.Errorf("an address that the client does not have: %s", got)
	}
}

// webClient finds the app client that people sign in with.
func (r *reference) webClient(t *testing.T) string {
	t.Helper()
	for _, client := range r.App().UserPools[0].Clients {
		if len(client.CallbackURLs) > 0 {
			return client.ID
		}
	}
	t.Fatal("the user pool has no app client for people")
	return ""
}

// page is the single-page application, served.
type page struct {
	origin string
	config map[string]string // set before the browser comes
}

func startPage(t *testing.T) *page {
	t.Helper()
	p := &page{}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir("testdata/signin")))
	mux.HandleFunc("/config.json", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(p.config)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.origin = strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	return p
}

// signInAssembly is the assembly of the reference application, but that people come to its web client
// from a page at origin.
func signInAssembly(t *testing.T, origin string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "cdk.out")
	if err := os.CopyFS(dir, os.DirFS(assemblyOfDev(t))); err != nil {
		t.Fatal(err)
	}
	changeTemplate(t, filepath.Join(dir, "portico-dev-identity.template.json"),
		"AWS::Cognito::UserPoolClient", func(properties map[string]any) {
			if _, forPeople := properties["CallbackURLs"]; forPeople {
				properties["CallbackURLs"] = []any{origin + "/"}
			}
		})
	changeTemplate(t, filepath.Join(dir, "portico-dev-public.template.json"),
		"AWS::ApiGatewayV2::Api", func(properties map[string]any) {
			cors, _ := properties["CorsConfiguration"].(map[string]any)
			cors["AllowOrigins"] = []any{origin}
		})
	return dir
}

// changeTemplate changes the properties of the resources of a type.
func changeTemplate(t *testing.T, path, kind string, change func(map[string]any)) {
	t.Helper()
	editTemplate(t, path, func(resources map[string]any) {
		changed := 0
		for _, value := range resources {
			resource, _ := value.(map[string]any)
			if properties, ok := resource["Properties"].(map[string]any); ok && resource["Type"] == kind {
				change(properties)
				changed++
			}
		}
		if changed == 0 {
			t.Fatalf("%s has %d resources of the type %s, want some", path, changed, kind)
		}
	})
}

// editTemplate changes the resources of a synthesized template.
func editTemplate(t *testing.T, path string, edit func(resources map[string]any)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	resources, _ := template["Resources"].(map[string]any)
	edit(resources)
	if text, err = json.Marshal(template); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// browser is a headless Chromium with one page.
type browser struct{ ctx context.Context }

func startBrowser(t *testing.T) *browser {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium is installed, and the test needs a browser; apt-get install chromium installs it")
	}
	const patience = 2 * time.Minute
	limited, stop := context.WithTimeout(t.Context(), patience)
	t.Cleanup(stop)
	allocated, end := chromedp.NewExecAllocator(limited, append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(900, 800))...)
	t.Cleanup(end)
	ctx, closePage := chromedp.NewContext(allocated)
	t.Cleanup(closePage)
	b := &browser{ctx}
	b.do(t, "starting the browser", chromedp.Navigate("about:blank"))
	return b
}

func appears(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func typed(selector, text string) chromedp.Action[chromedp.Void] {
	return chromedp.SendKeys(chromedp.CSS(selector), text)
}

// do has the browser do what a person does.
func (b *browser) do(t *testing.T, doing string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		page, _ := chromedp.Run(context.WithoutCancel(b.ctx),
			chromedp.Evaluate[string]("location.href + ' ' + document.body.innerText"))
		t.Fatalf("%s: %v; at %s", doing, err, page)
	}
}

// text returns what a script in the page comes to.
func (b *browser) text(t *testing.T, script string) string {
	t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return text
}

// fetched is what a call of a page came to.
type fetched struct {
	Status int             `json:"status"`
	Body   json.RawMessage `json:"body"`
	Failed string          `json:"failed"` // by the browser
}

// call runs a call in the page.
func (b *browser) call(t *testing.T, script string) fetched {
	t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[fetched](
		script+".catch(wrong => ({ failed: String(wrong) }))", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// picture keeps what the browser shows, if -screenshots asks for it.
func (b *browser) picture(t *testing.T, name string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(*screenshots, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
