package runner

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startURLs serves testdata/urls.
func startURLs(t *testing.T) *Runner {
	t.Helper()
	source, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	settings := "functions:\n"
	for name, at := range map[string]string{"echo": "urls/echo", "busy": "urls/echo", "stream": "backends/stream"} {
		settings += fmt.Sprintf("  %s: {source: %s}\n", name, filepath.Join(source, at))
	}
	settings += "template: " + filepath.Join(source, "urls", "template.yaml") + "\n"
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return Start(t, Options{Dir: dir})
}

// addressOf returns where an API or function URL is reached.
func (r *Runner) addressOf(t *testing.T, name string) APIAddress {
	t.Helper()
	for _, address := range r.Addresses() {
		if address.Name == name {
			return address
		}
	}
	t.Fatalf("there is no %s among %+v", name, r.Addresses())
	return APIAddress{}
}

func ask(t *testing.T, method, target, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		out.Header[name] = values
	}
	if host := header.Get("Host"); host != "" {
		out.Host = host
	}
	in, err := http.DefaultClient.Do(out)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Body.Close()
	text, err := io.ReadAll(in.Body)
	if err != nil {
		t.Fatal(err)
	}
	return in, string(text)
}

func TestFunctionURLsAreServed(t *testing.T) {
	r := startURLs(t)
	echo := r.addressOf(t, "echo-url")
	t.Run("on a port of its own", func(t *testing.T) {
		in, text := ask(t, "POST", echo.URL+"/a%20b?q=1", "hello", http.Header{"Content-Type": {"text/plain"}})
		var event struct {
			RawPath, Body  string
			RequestContext struct {
				AccountID string `json:"accountId"`
				APIID     string `json:"apiId"`
				RequestID string `json:"requestId"`
			}
		}
		if err := json.Unmarshal([]byte(text), &event); err != nil || in.StatusCode != 200 {
			t.Fatalf("got %s: %s, %v", in.Status, text, err)
		}
		if event.RawPath != "/a%20b" || event.Body != "hello" || event.RequestContext.AccountID != "anonymous" ||
			event.RequestContext.APIID != echo.ID || event.RequestContext.RequestID != in.Header.Get("x-amzn-RequestId") {
			t.Errorf("got %s, and the id %s", text, in.Header.Get("x-amzn-RequestId"))
		}
	})
	t.Run("by its name on the main address", func(t *testing.T) {
		in, text := ask(t, "GET", r.URL()+"/", "", http.Header{"Host": {echo.ID + ".lambda-url.us-east-1.localhost:3000"}})
		if in.StatusCode != 200 || !strings.Contains(text, `"apiId":"`+echo.ID+`"`) {
			t.Errorf("got %s: %s", in.Status, text)
		}
	})
	t.Run("a name that there is not", func(t *testing.T) {
		in, text := ask(t, "GET", r.URL()+"/", "", http.Header{"Host": {"0123456789abcdefghijklmnopqrstuv.lambda-url.us-east-1.localhost:3000"}})
		if in.StatusCode != 403 || text != `{"Message":null}` || in.Header.Get("x-amzn-ErrorType") != "AccessDeniedException" {
			t.Errorf("got %s %v: %s", in.Status, in.Header, text)
		}
	})
	t.Run("a failure", func(t *testing.T) {
		if in, text := ask(t, "GET", echo.URL+"/?fail=1", "", nil); in.StatusCode != 502 || text != "Internal Server Error" {
			t.Errorf("got %s: %s", in.Status, text)
		}
	})
	t.Run("a body that makes too large an event", func(t *testing.T) {
		in, _ := ask(t, "POST", echo.URL+"/", strings.Repeat("x", 6<<20), http.Header{"Content-Type": {"text/plain"}})
		if in.StatusCode != 413 || in.Header.Get("x-amzn-ErrorType") != "RequestTooLargeException" {
			t.Errorf("got %s %v", in.Status, in.Header)
		}
	})
	t.Run("a preflight", func(t *testing.T) {
		in, _ := ask(t, "OPTIONS", echo.URL+"/", "", http.Header{
			"Origin": {"http://localhost:5173"}, "Access-Control-Request-Method": {"GET"},
		})
		if in.StatusCode != 200 || in.Header.Get("Access-Control-Allow-Origin") != "http://localhost:5173" {
			t.Errorf("got %s %v", in.Status, in.Header)
		}
	})
	t.Run("no concurrency", func(t *testing.T) {
		in, text := ask(t, "GET", r.addressOf(t, "busy-url").URL, "", nil)
		want := `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`
		if in.StatusCode != 429 || text != want {
			t.Errorf("got %s: %s", in.Status, text)
		}
	})
	t.Run("an alias with AWS_IAM and nobody's signature", func(t *testing.T) {
		in, text := ask(t, "GET", r.addressOf(t, "echo-live-url").URL, "", nil)
		if in.StatusCode != 403 || !strings.Contains(text, `{"Message":"Forbidden.`) {
			t.Errorf("got %s: %s", in.Status, text)
		}
	})
	t.Run("functions are told the local address", func(t *testing.T) {
		local := r.localized(r.App())
		for _, f := range local.Functions {
			f.Environment = local.Localize(f)
			if f.Name == "busy" && f.Environment["PEER"] != echo.URL+"/" {
				t.Errorf("got %s, want %s/", f.Environment["PEER"], echo.URL)
			}
		}
	})
	t.Run("the table names it", func(t *testing.T) {
		var table strings.Builder
		r.WriteTable(&table)
		if want := "function URL, " + echo.ID; !strings.Contains(table.String(), want) {
			t.Errorf("got %s, want %q in it", table.String(), want)
		}
	})
}

func TestAFunctionURLStreams(t *testing.T) {
	open := make(chan struct{})
	gate := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-open }))
	defer gate.Close()
	r := startURLs(t)
	answer := fetch(t, r.addressOf(t, "stream-url").URL+"/?gate="+url.QueryEscape(gate.URL))
	if answer.StatusCode != 201 || answer.Header.Get("Content-Type") != "text/event-stream" || answer.Header.Get("Set-Cookie") != "a=1" {
		t.Errorf("got %s %v", answer.Status, answer.Header)
	}
	first := make([]byte, len("first"))
	if _, err := io.ReadFull(answer.Body, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v, while the function runs", first, err)
	}
	close(open)
	if rest, err := io.ReadAll(answer.Body); err != nil || string(rest) != "second" {
		t.Errorf("got %q, %v", rest, err)
	}
}

func TestAQuickCreatedAPIIsServed(t *testing.T) {
	in, text := ask(t, "POST", startURLs(t).addressOf(t, "quick").URL+"/any/path", "", nil)
	if in.StatusCode != 200 || !strings.Contains(text, `"routeKey":"$default"`) || !strings.Contains(text, `"rawPath":"/any/path"`) {
		t.Errorf("got %s: %s", in.Status, text)
	}
}

// The form of the answers is that of SQS's Query protocol, which AWS passes back (spec http-api.md §9).
func TestRoutesReachTheQueues(t *testing.T) {
	desk := startURLs(t).addressOf(t, "desk").URL
	in, text := ask(t, "POST", desk+"/orders", `{"text":"größer & more"}`, nil)
	var sent struct {
		XMLName xml.Name
		ID      string `xml:"SendMessageResult>MessageId"`
	}
	if err := xml.Unmarshal([]byte(text), &sent); err != nil || in.StatusCode != 200 || sent.XMLName.Local != "SendMessageResponse" ||
		sent.ID == "" || !strings.HasPrefix(in.Header.Get("Content-Type"), "text/xml") {
		t.Fatalf("got %s %v: %s, %v", in.Status, in.Header, text, err)
	}
	_, text = ask(t, "GET", desk+"/orders", "", nil)
	var received struct {
		Body   string `xml:"ReceiveMessageResult>Message>Body"`
		Handle string `xml:"ReceiveMessageResult>Message>ReceiptHandle"`
	}
	if err := xml.Unmarshal([]byte(text), &received); err != nil || received.Body != "größer & more" {
		t.Fatalf("got %s, %v", text, err)
	}
	in, text = ask(t, "DELETE", desk+"/orders?handle="+url.QueryEscape(received.Handle), "", nil)
	if in.StatusCode != 200 || !strings.Contains(text, "DeleteMessageResponse") {
		t.Errorf("got %s: %s", in.Status, text)
	}
	if in, text = ask(t, "DELETE", desk+"/all", "", nil); in.StatusCode != 200 || !strings.Contains(text, "PurgeQueueResponse") {
		t.Errorf("got %s: %s", in.Status, text)
	}
	if in, text = ask(t, "POST", desk+"/orders", `{"other":1}`, nil); in.StatusCode != 400 || text != `{"message":"Bad Request"}` {
		t.Errorf("without its parameter: got %s: %s", in.Status, text)
	}
}
