package websocketapi_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/api"
	"portico/local/gateway/integration"
	"portico/local/gateway/websocketapi"
)

// arrived is a call as a backend got it.
type arrived struct {
	method, target, host, body string
	header                     http.Header
}

// serving starts a backend that keeps what it gets and answers with answer.
func serving(t *testing.T, answer http.HandlerFunc) (url string, calls chan arrived) {
	t.Helper()
	calls = make(chan arrived, 100)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- arrived{r.Method, r.RequestURI, r.Host, string(body), r.Header.Clone()}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

// answering answers every call with a status and a body.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Kind", "k1")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// calling is definition with another integration behind the routes echo (two-way) and silent.
func calling(other api.V2Integration) api.WebSocket {
	def := definition()
	other.ID, other.TimeoutMillis = "x", max(other.TimeoutMillis, 29_000)
	def.Integrations["x"] = other
	for i := range def.Routes {
		if key := def.Routes[i].Key; key == "echo" || key == "silent" {
			def.Routes[i].IntegrationID = "x"
		}
	}
	return def
}

// connecting is definition with another integration behind $connect.
func connecting(other api.V2Integration) api.WebSocket {
	def := calling(other)
	def.Routes[0].IntegrationID = "x"
	return def
}

// located is where backends are, by the name that the definition or a setting has for them.
type located map[string]string

func (l located) Endpoint(service string) (string, bool) {
	url, ok := l[service]
	return url, ok
}

func (l located) PrivateTarget(name string) (string, bool) {
	url, ok := l[name]
	return url, ok
}

func (l located) Backend(origin string) (string, error) {
	if url, ok := l[origin]; ok {
		return url, nil
	}
	return "", errors.New("nobody may call " + origin)
}

// newBackedGateway is newGateway with callers of backends.
func newBackedGateway(
	t *testing.T, def api.WebSocket, i *invoker, with func(*websocketapi.Dependencies),
) *gateway {
	t.Helper()
	g := newGateway(t, def, i)
	caller := integration.NewHTTP(g.clock)
	t.Cleanup(caller.Close)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.api = g.compileWith(def, func(deps *websocketapi.Dependencies) {
		deps.HTTP = caller
		deps.Credentials = func(string) aws.Credentials {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret}
		}
		if with != nil {
			with(deps)
		}
	})
	return g
}

// told sends a message and returns what the client gets, with the ids of the call taken out.
func (g *gateway) told(t *testing.T, message string) (text, reason string) {
	t.Helper()
	conn := g.dial("/dev")
	g.send(conn, message)
	record := g.record("MESSAGE")
	text = strings.NewReplacer(record.Connection, "C", record.RequestID, "R").Replace(g.receive(conn))
	return text, record.Reason()
}

// failure is what a client is told when a message was not served (websocket-api.md, section 8).
func failure(message string) string {
	return `{"message": "` + message + `", "connectionId":"C", "requestId":"R"}`
}

// plain is a JSON text as a map.
func plain(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return value
}
