package runner

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startBackends serves testdata/backends with these settings added to its own.
func startBackends(t *testing.T, settings string) (r *Runner, url string) {
	t.Helper()
	source, err := filepath.Abs("testdata/backends")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	settings = fmt.Sprintf("template: %s\nfunctions:\n  stream:\n    source: %s\n%s",
		filepath.Join(source, "template.yaml"), filepath.Join(source, "stream"), settings)
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	r = Start(t, Options{Dir: dir})
	return r, r.Addresses()[0].URL
}

func fetch(t *testing.T, url string) *http.Response {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestAFunctionStreamsToTheClient(t *testing.T) {
	open := make(chan struct{})
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-open }))
	defer gate.Close()
	_, url := startBackends(t, "")
	whole := fetch(t, url+"/stream?gate="+gate.URL)
	failing := fetch(t, url+"/stream?fail=1&gate="+gate.URL)
	for _, answer := range []*http.Response{whole, failing} {
		if answer.StatusCode != 201 || answer.Header.Get("Content-Type") != "text/event-stream" ||
			answer.Header.Get("Set-Cookie") != "a=1" {
			t.Errorf("got %s %v", answer.Status, answer.Header)
		}
		first := make([]byte, len("first"))
		if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "first" {
			t.Fatalf("got %q, %v, while the function runs", first, err)
		}
	}
	close(open)
	if rest, err := io.ReadAll(whole.Body); err != nil || string(rest) != "second" {
		t.Errorf("got %q, %v", rest, err)
	}
	if rest, err := io.ReadAll(failing.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v of a function that fails midway, want a cut connection", rest, err)
	}
}

func TestAPrivateTargetIsCalled(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Host+" "+r.URL.Path)
	}))
	defer backend.Close()
	_, url := startBackends(t, "privateTargets:\n  Link: "+backend.URL+"\n")
	body, err := io.ReadAll(fetch(t, url+"/private").Body)
	if err != nil || string(body) != "orders.internal /v1" {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestAFunctionElsewhereIsInvoked(t *testing.T) {
	var uri, signature string
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		uri, signature = r.RequestURI, r.Header.Get("Authorization")
		fmt.Fprint(w, `{"statusCode":200,"body":"from afar"}`)
	}))
	defer endpoint.Close()
	_, url := startBackends(t, "endpoints:\n  lambda: "+endpoint.URL+"\n")
	body, err := io.ReadAll(fetch(t, url+"/elsewhere").Body)
	if err != nil || string(body) != "from afar" {
		t.Errorf("got %q, %v", body, err)
	}
	const want = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A999999999999%3Afunction%3Afar/" +
		"invocations?Qualifier=live"
	if uri != want {
		t.Errorf("asked for %s, want %s", uri, want)
	}
	if !strings.Contains(signature, "/us-east-1/lambda/aws4_request") {
		t.Errorf("signed with %q", signature)
	}
}

func TestSettingsThatAreMissingAreNamed(t *testing.T) {
	r, url := startBackends(t, "")
	for _, row := range []struct{ path, want string }{
		{"/elsewhere", "AWS_ENDPOINT_URL_LAMBDA, or endpoints.lambda in portico.yaml"},
		{"/private", "privateTargets in portico.yaml"},
	} {
		if answer := fetch(t, url+row.path); answer.StatusCode != http.StatusInternalServerError {
			t.Errorf("%s: got %s, want 500", row.path, answer.Status)
		}
		if reason := r.calls.recent(1)[0].Reason(); !strings.Contains(reason, row.want) {
			t.Errorf("%s: the reason is %q, want one that says %q", row.path, reason, row.want)
		}
	}
}
