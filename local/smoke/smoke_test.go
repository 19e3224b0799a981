package smoke

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"portico/local/replay"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gateway answers as an API does, with words that are its own.
func gateway(t *testing.T, name string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"ok","requestId":"%s-1","since":"2026-11-22T10:00:00Z"}`, name)
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		switch body, _ := io.ReadAll(r.Body); {
		case r.Header.Get("Authorization") == "":
			w.Header().Set("Www-Authenticate", "Bearer "+name)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"message":"Unauthorized"}`)
		case len(body) > 1000:
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		default:
			w.WriteHeader(http.StatusCreated)
			fmt.Fprintf(w, `{"id":"%s","items":%s,"token":%q}`, name, body, r.Header.Get("Authorization"))
		}
	})
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"orders":[{"id":%q}]}`, r.PathValue("id"))
	})
	calls := 0
	mux.HandleFunc("GET /busy", func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls > 3 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	mux.HandleFunc("/live", talk)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// talk answers pings, and closes when a message is long.
func talk(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("token") == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for {
		_, text, err := conn.Read(r.Context())
		switch {
		case err != nil:
			return
		case len(text) > 100:
			_ = conn.Close(websocket.StatusMessageTooBig, "too big")
			return
		}
		_ = conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"pong"}`))
	}
}

const cases = `
api: public
variables: {place: orders}
cases:
  - name: health
    request: {path: /health}
    expect: {status: 200, headers: {Content-Type: application/json}, body: {status: ok, "...": true}}
  - name: no token
    request: {method: POST, path: "/{{place}}"}
    expect: {status: 401, headers: {Www-Authenticate: "^Bearer"}, body: {message: Unauthorized}}
  - name: placed
    request: {method: POST, path: /orders, headers: {Authorization: "{{token scope=orders/write}}"}, json: [1]}
    expect: {status: 201, body: {id: "{{any}}", items: [1], token: "{{regex:^T}}"}}
  - name: read
    compare: shape
    request: {path: "/orders/{{before.2.body.id}}"}
    expect: {status: 200, body: {orders: [{id: "{{any}}"}]}}
  - name: too large
    request: {method: POST, path: /orders, headers: {Authorization: "{{token}}"}, fill: 1001}
    expect: {status: 413}
  - name: throttled
    times: 10
    request: {path: /busy}
    expect: {status: 429, headers: {Retry-After: "*"}}
  - name: no token, no connection
    connect: {path: /live}
    expect: {status: 401}
  - name: a conversation
    connect: {path: /live, query: {token: "{{token}}"}}
    expect: {status: 101}
    messages:
      - {send: {action: ping}, receive: {type: pong}}
      - {fill: 200, closed: 1009}
`

func load(t *testing.T, text string) []Set {
	t.Helper()
	file := filepath.Join(t.TempDir(), "cases.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sets, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

func target(name string, server *httptest.Server) Target {
	return Target{
		Name: name, URLs: map[string]string{"shop-public": server.URL}, Runner: true,
		Token: func(_ context.Context, asked replay.TokenRequest) (string, error) {
			return "T" + strings.Join(asked.Scopes, " "), nil
		},
	}
}

func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestCasesAreHeldAgainstWhatIsExpected(t *testing.T) {
	run := Run{Sets: load(t, cases), Target: target("here", gateway(t, "one")), Client: client(t)}
	report, err := run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range report.Results {
		if len(result.Unexpected) > 0 || result.Skipped != "" {
			t.Errorf("%s: %v %s", result.Case, result.Unexpected, result.Skipped)
		}
	}
	var b strings.Builder
	if report.WriteTable(&b); !strings.Contains(b.String(), "8 as expected, 0 differ, 0 skipped") {
		t.Errorf("the table is %s", &b)
	}
}

func TestTwoAnswersAreCompared(t *testing.T) {
	other := target("there", gateway(t, "two"))
	run := Run{
		Sets: load(t, cases), Target: target("here", gateway(t, "one")), Against: &other,
		Client: client(t),
	}
	report, err := run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	differences := map[string]string{}
	for _, result := range report.Results {
		if len(result.Differences) > 0 {
			differences[result.Case] = strings.Join(result.Differences, "\n")
		}
	}
	want := `header Www-Authenticate: here "Bearer one", there "Bearer two"`
	if len(differences) != 1 || differences["no token"] != want {
		t.Errorf("the differences are %q, want one: %s", differences, want)
	}
	if report.Differ() != 1 {
		t.Errorf("%d cases differ", report.Differ())
	}
}

func TestWhatIsUnexpectedIsNamed(t *testing.T) {
	server := gateway(t, "one")
	for name, row := range map[string]struct{ text, want string }{
		"a status": {
			"request: {path: /health}\n    expect: {status: 204}", "status: got 200, want 204",
		},
		"a header that is missing": {
			"request: {path: /health}\n    expect: {status: 200, headers: {Etag: '*'}}",
			`header Etag: missing, want "*"`,
		},
		"a header that must not be there": {
			"request: {path: /health}\n    expect: {status: 200, headers: {Content-Type: ''}}",
			`header Content-Type: got "application/json", want none`,
		},
		"a member": {
			"request: {path: /health}\n    expect: {status: 200, body: {status: bad, '...': true}}",
			`body $.status: got "ok", want "bad"`,
		},
		"a text": {
			"request: {path: /health}\n    expect: {status: 200, body: fine}", `want "fine"`,
		},
		"a message": {
			"connect: {path: /live, query: {token: t}}\n    expect: {status: 101}\n" +
				"    messages: [{send: x, receive: {type: ping}}]",
			`message 1 $.type: got "pong", want "ping"`,
		},
		"a connection that stays": {
			"connect: {path: /live, query: {token: t}}\n    expect: {status: 101}\n" +
				"    messages: [{send: x, closed: 1009}, {send: y}]",
			"message 1: got an open connection, want a close with 1009",
		},
	} {
		t.Run(name, func(t *testing.T) {
			sets := load(t, "api: public\ncases:\n  - name: one\n    "+row.text+"\n")
			report, err := (&Run{Sets: sets, Target: target("here", server), Client: client(t)}).Do(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(report.Results[0].Unexpected, "\n"); !strings.Contains(got, row.want) {
				t.Errorf("unexpected is %q, want %q", got, row.want)
			}
		})
	}
}

func TestWhatIsNeededIsNamed(t *testing.T) {
	server := gateway(t, "one")
	bare := Target{Name: "AWS", URLs: map[string]string{"public": server.URL}}
	sets := load(t, `
api: public
cases:
  - {name: fine, request: {path: /health}, expect: {status: 200}}
  - {name: token, request: {headers: {Authorization: "{{token}}"}}, expect: {status: 200}}
  - {name: key, request: {headers: {X-API-Key: "{{key}}"}}, expect: {status: 200}}
  - {name: elsewhere, api: partner, request: {path: /}, expect: {status: 200}}
  - {name: here, only: runner, request: {path: /}, expect: {status: 200}}
`)
	report, err := (&Run{Sets: sets, Target: bare, Client: client(t)}).Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"", "needs a token: --token, or --client-id and --client-secret",
		"needs an API key: --api-key VALUE", "needs the address of API partner: AWS has public",
		"needs a runner",
	} {
		if got := report.Results[i].Skipped; got != want {
			t.Errorf("%s: skipped because it %q, want %q", report.Results[i].Case, got, want)
		}
	}
}

func TestAThrottleThatNobodyAskedForRecovers(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 1 {
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(server.Close)
	var waited time.Duration
	run := Run{
		Sets:   load(t, "api: public\ncases: [{name: one, request: {}, expect: {status: 200}}]\n"),
		Target: target("here", server), Client: client(t),
		Wait: func(_ context.Context, d time.Duration) { waited += d },
	}
	report, err := run.Do(t.Context())
	if err != nil || report.Differ() != 0 || waited != 2*time.Second {
		t.Errorf("%d differ after %v, %v", report.Differ(), waited, err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	sets := load(t, "api: a\ncases: [{name: one, request: {path: /}, expect: {status: 200}}]\n")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, scheme := range []string{"http", "ws"} {
		at := Target{URLs: map[string]string{"a": strings.Replace(gone.URL, "http", scheme, 1)}}
		if scheme == "ws" {
			sets[0].Cases[0].Connect, sets[0].Cases[0].Request = sets[0].Cases[0].Request, nil
		}
		_, err := (&Run{Sets: sets, Target: at, Client: client(t)}).Do(t.Context())
		if err == nil || !strings.Contains(err.Error(), "nobody answers at "+scheme) {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestCasesThatAreRefused(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"no YAML":         {"cases: [\n", " at L"},
		"an unknown key":  {"api: a\ncase: []\n", "line 2"},
		"an empty file":   {" ", "is empty, want cases"},
		"no cases":        {"api: a\n", "has no cases"},
		"no name":         {"api: a\ncases: [{request: {}, expect: {status: 200}}]\n", "case 1 has no name"},
		"no API":          {"cases: [{name: x, request: {}, expect: {status: 200}}]\n", "names no api"},
		"no request":      {"api: a\ncases: [{name: x, expect: {status: 200}}]\n", "one of request and connect"},
		"no status":       {"api: a\ncases: [{name: x, request: {}}]\n", "expect.status is 0"},
		"two bodies":      {"api: a\ncases: [{name: x, request: {body: a, fill: 1}, expect: {status: 200}}]\n", "several bodies"},
		"no path":         {"api: a\ncases: [{name: x, request: {path: a}, expect: {status: 200}}]\n", "begins with /"},
		"a bad pattern":   {"api: a\ncases: [{name: x, request: {}, expect: {status: 200, headers: {A: '^('}}}]\n", "expect.headers.A"},
		"a comparison":    {"api: a\ncases: [{name: x, compare: all, request: {}, expect: {status: 200}}]\n", `compare is "all"`},
		"a reserved name": {"api: a\nvariables: {key: x}\ncases: [{name: x, request: {}, expect: {status: 200}}]\n", "cannot be a variable"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "cases.yaml")
			if err := os.WriteFile(file, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(file); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("the error is %v, want one with %q", err, row.want)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), "gone.yaml")); err == nil {
		t.Error("a file that is missing is no error")
	}
	if _, err := Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no file with cases") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestAVariableWithoutAValue(t *testing.T) {
	sets := load(t, "api: a\ncases: [{name: x, request: {path: '/{{stage}}'}, expect: {status: 200}}]\n")
	_, err := (&Run{Sets: sets, Target: Target{}, Client: client(t)}).Do(t.Context())
	if err == nil || !strings.Contains(err.Error(), "--set stage=VALUE") {
		t.Errorf("the error is %v", err)
	}
}

func TestMasks(t *testing.T) {
	for text, want := range map[string]string{
		"c0ffee00-1234-1234-1234-123456789abc": "<id>",
		"at 2026-11-22T10:11:12.5Z":            "at <time>",
		"Sun, 22 Nov 2026 10:11:12 GMT":        "<time>",
		"since 1763806272000":                  "since <time>",
		"JKJaXmPLvHcESHA=":                     "<id>",
		"from 192.0.2.1":                       "from <address>",
		"Unauthorized":                         "Unauthorized",
		"version 12 of 100":                    "version 12 of 100",
	} {
		if got := mask(text); got != want {
			t.Errorf("%q is masked as %q, want %q", text, got, want)
		}
	}
	got, err := json.Marshal(maskBody(`{"orderId":"a","etag":5,"name":"b","idle":"c","after":"x"}`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"after":"\u003cafter\u003e","etag":"\u003cetag\u003e","idle":"c","name":"b",` +
		`"orderId":"\u003corderid\u003e"}`
	if string(got) != want {
		t.Errorf("the members are masked as %s, want %s", got, want)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(cases)
	f.Add("cases: [{name: x}]")
	file := filepath.Join(f.TempDir(), "cases.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sets, err := Load(file)
		if err == nil && len(sets[0].Cases) == 0 {
			t.Errorf("%q is read as no cases", text)
		}
	})
}
