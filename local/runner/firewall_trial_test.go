package runner

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// remembering is a runner that remembers calls, or answers something else.
func remembering(t *testing.T, answer any) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != knobs+"calls" || r.URL.Query().Get("count") == "" {
			t.Errorf("got %s, want the calls", r.URL)
		}
		if text, ok := answer.(string); ok {
			_, _ = w.Write([]byte(text))
			return
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// guardedApp has a web ACL before one of two stages.
func guardedApp() *App {
	app := &App{}
	app.REST = []api.REST{{ID: "a1", Stages: []api.Stage{
		{Name: "dev", WebACL: "arn:acl"}, {Name: "open"},
	}}}
	return app
}

func TestOnlyCallsOfTheProtectedStageAreTried(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)
	record := func(id, stage, path string) exchange.Record {
		return exchange.Record{
			RequestID: path, APIID: id, Stage: stage, Method: "PUT", Path: path, Received: at,
		}
	}
	url := remembering(t, []exchange.Record{
		record("a1", "dev", "/dev/x"), record("a1", "open", "/open/x"), record("b2", "dev", "/dev/y"),
		record("", "", "/nowhere"), record("a1", "dev", ""),
	})
	var recorded recording
	if err := recorded.ask(t.Context(), guardedApp(), url+"/", "arn:acl"); err != nil {
		t.Fatal(err)
	}
	if len(recorded.requests) != 2 {
		t.Fatalf("got %d requests, want the two of the stage", len(recorded.requests))
	}
	got := recorded.requests[0]
	if got.Method != "PUT" || got.RawPath != "/dev/x" || !got.Received.Equal(at) ||
		got.Source != "call /dev/x" {
		t.Errorf("got %+v", got)
	}
	if want := lackAddress | lackHeaders | lackQuery | lackBody; got.Lacks != want {
		t.Errorf("got %b lacking, want %b: a record tells nothing of it", got.Lacks, want)
	}
	if got.Header.Get("User-Agent") != unknownAgent {
		t.Errorf("got header %v, want no rule to take it for a program without a name", got.Header)
	}
	if path := recorded.requests[1].RawPath; path != "/" {
		t.Errorf("got path %q for a call without one, want /", path)
	}
}

func TestWhoRemembersNoCallsIsNamed(t *testing.T) {
	for _, r := range []struct{ name, url, want string }{
		{"another server", remembering(t, "<html>"), "remembers: invalid character '<'"},
		{
			"nobody", "http://127.0.0.1:1",
			"the calls that http://127.0.0.1:1 remembers: asking the runner",
		},
		{"no address", "localhost:3000", "the calls that localhost:3000 remembers: "},
	} {
		t.Run(r.name, func(t *testing.T) {
			var recorded recording
			err := recorded.ask(t.Context(), guardedApp(), r.url, "arn:acl")
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want an error that says %q", err, r.want)
			}
		})
	}
}

func TestAWebACLIsFoundByNameOrARN(t *testing.T) {
	app := &App{}
	if _, _, err := app.webACL(""); err == nil || !strings.Contains(err.Error(), "has no web ACL") {
		t.Errorf("got %v without web ACLs", err)
	}
	app.WebACLs = []api.WebACL{{Name: "one", ARN: "arn:one"}}
	if name, arn, err := app.webACL(""); name != "one" || arn != "arn:one" || err != nil {
		t.Errorf("got %s, %s, %v for the only one", name, arn, err)
	}
	app.WebACLs = append(app.WebACLs, api.WebACL{Name: "two", ARN: "arn:two"})
	for _, r := range []struct{ called, want, wantErr string }{
		{"two", "arn:two", ""},
		{"arn:one", "arn:one", ""},
		{"", "", "which web ACL? The template has one, two"},
		{"three", "", `the template has no web ACL "three"; it has one, two`},
	} {
		_, arn, err := app.webACL(r.called)
		if arn != r.want || (err == nil) != (r.wantErr == "") ||
			err != nil && err.Error() != r.wantErr {
			t.Errorf("%q: got %s, %v", r.called, arn, err)
		}
	}
}
