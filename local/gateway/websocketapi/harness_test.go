package websocketapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/websocketapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	functions = "arn:aws:lambda:us-east-1:123456789012:function:"
	secret    = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

func uri(function string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + functions + function +
		"/invocations"
}

// definition is an API with every predefined route, two of its own, and stages dev and prod.
func definition() api.WebSocket {
	route := func(key string, twoWay bool) api.Route {
		r := api.Route{Key: key, AuthorizationType: "NONE", IntegrationID: "i"}
		if twoWay {
			r.RouteResponseSelectionExpression, r.HasRouteResponse = "$default", true
		}
		return r
	}
	return api.WebSocket{
		ID: "a1b2c3d4e5", Name: "realtime",
		Account:                  api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		RouteSelectionExpression: "$request.body.action",
		Routes: []api.Route{
			route("$connect", false), route("$disconnect", false), route("$default", true),
			route("echo", true), route("silent", false),
		},
		Integrations: map[string]api.V2Integration{
			"i": {ID: "i", Type: "AWS_PROXY", URI: uri("realtime:live"), TimeoutMillis: 29000},
		},
		Authorizers: map[string]api.V2Authorizer{
			"z": {
				ID: "z", Name: "gate", Type: "REQUEST", URI: uri("authorizer"),
				IdentitySource: []string{"route.request.querystring.token"},
			},
		},
		Stages: []api.Stage{
			{Name: "dev", Variables: map[string]string{"table": "t"}}, {Name: "prod"},
		},
	}
}

// authorized returns definition with the authorizer on $connect.
func authorized() api.WebSocket {
	def := definition()
	def.Routes[0].AuthorizationType, def.Routes[0].AuthorizerID = "CUSTOM", "z"
	return def
}

// event is what a test reads of an event.
type event struct {
	RequestContext struct {
		RouteKey, EventType, ConnectionID, Stage, DisconnectReason, RequestID string
		DisconnectStatusCode                                                  int
		Authorizer                                                            map[string]any
	}
	Body string
}

// invoker is a function in memory: it keeps every invocation and answers with answer.
type invoker struct {
	answer func(ctx context.Context, e event, in exchange.Invocation) (string, error)

	mu    sync.Mutex // guards calls
	calls []exchange.Invocation
}

func (i *invoker) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	i.mu.Lock()
	i.calls = append(i.calls, in)
	i.mu.Unlock()
	var e event
	if err := json.Unmarshal(in.Payload, &e); err != nil {
		return exchange.Invoked{}, err
	}
	answer, err := i.answer(ctx, e, in)
	if text, failed := strings.CutPrefix(answer, "!"); failed {
		return exchange.Invoked{Payload: []byte(text), FunctionError: "Unhandled"}, err
	}
	return exchange.Invoked{Payload: []byte(answer)}, err
}

func (i *invoker) events(kind string) []event {
	i.mu.Lock()
	defer i.mu.Unlock()
	var events []event
	for _, call := range i.calls {
		var e event
		_ = json.Unmarshal(call.Payload, &e)
		if e.RequestContext.EventType == kind {
			events = append(events, e)
		}
	}
	return events
}

// fine answers every event with 200, and a message with its own body.
func fine(_ context.Context, e event, _ exchange.Invocation) (string, error) {
	body, err := json.Marshal(e.Body)
	return `{"statusCode":200,"body":` + string(body) + `}`, err
}

type observer struct {
	mu      sync.Mutex // guards records
	records []*exchange.Record
	seen    chan *exchange.Record
}

func (o *observer) Observe(r *exchange.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var kept exchange.Record
	r.Keep(&kept)
	o.records = append(o.records, &kept)
	o.seen <- &kept
}

type keyring struct{}

func (keyring) Secret(id string) (authorize.Credential, bool) {
	return authorize.Credential{
		SecretAccessKey: secret, AccountID: "123456789012",
		PrincipalARN: "arn:aws:iam::123456789012:user/ada",
	}, id == "AKIDEXAMPLE"
}

// mayEverything lets the user of keyring do all there is.
const mayEverything = `{"Statement":{"Sid":"All","Effect":"Allow","Action":"*","Resource":"*"}}`

func principals(t *testing.T, documents ...string) authorize.Principals {
	t.Helper()
	var p authorize.Principals
	for _, document := range documents {
		if err := p.Add("arn:aws:iam::123456789012:user/ada", []byte(document)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// gateway is an API behind a server that does what executeapi does.
type gateway struct {
	*httptest.Server
	t        *testing.T
	clock    *clock.Manual
	invoker  *invoker
	observer *observer
	logs     chan string // lines of the access log
	policies []string    // of who signs

	mu  sync.Mutex // guards api
	api *websocketapi.API
}

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func newGateway(
	t *testing.T, def api.WebSocket, i *invoker, policies ...string,
) *gateway {
	t.Helper()
	if policies == nil {
		policies = []string{mayEverything}
	}
	g := &gateway{
		t: t, clock: clock.NewManual(start), invoker: i,
		observer: &observer{seen: make(chan *exchange.Record, 10_000)},
		logs:     make(chan string, 10_000), policies: policies,
	}
	g.api = g.compile(def)
	g.Server = httptest.NewServer(http.HandlerFunc(g.serve))
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what a test left open is cut
		g.current().Close(ctx)
		g.Server.Close()
	})
	return g
}

func (g *gateway) compile(def api.WebSocket) *websocketapi.API {
	g.t.Helper()
	return g.compileWith(def, func(*websocketapi.Dependencies) {})
}

func (g *gateway) compileWith(
	def api.WebSocket, with func(*websocketapi.Dependencies),
) *websocketapi.API {
	g.t.Helper()
	deps := websocketapi.Dependencies{
		Clock: g.clock, Invoker: g.invoker, Observer: g.observer, Secrets: keyring{},
		Principals: principals(g.t, g.policies...),
		AccessLog:  func(arn, line string) { g.logs <- arn + " " + line },
		Log:        slog.New(slog.DiscardHandler),
	}
	with(&deps)
	compiled, err := websocketapi.New(def, deps)
	if err != nil {
		g.t.Fatal(err)
	}
	return compiled
}

func (g *gateway) current() *websocketapi.API {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.api
}

func (g *gateway) serve(w http.ResponseWriter, r *http.Request) {
	path, query, _ := strings.Cut(r.RequestURI, "?")
	body, _ := io.ReadAll(r.Body)
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	call := &exchange.Request{
		Method: r.Method, RawPath: path, RawQuery: query, Protocol: r.Proto, Host: r.Host,
		Header: exchange.Header{{Name: "Host", Value: r.Host}}, Body: body, SourceIP: host,
		Received: g.clock.Now(),
	}
	for name, values := range r.Header {
		for _, value := range values {
			call.Header.Add(name, value)
		}
	}
	if r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		g.current().Upgrade(w, r, call)
		return
	}
	reply := g.current().Serve(r.Context(), call)
	for _, field := range reply.Header {
		w.Header()[field.Name] = append(w.Header()[field.Name], field.Value)
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body)
}

// dial connects a client, and fails the test when that is refused.
func (g *gateway) dial(path string) *websocket.Conn {
	g.t.Helper()
	conn, response, err := g.try(path, nil)
	if err != nil {
		g.t.Fatalf("dialing %s: %v (%v)", path, err, response)
	}
	return conn
}

func (g *gateway) try(path string, o *websocket.DialOptions) (
	*websocket.Conn, *http.Response, error,
) {
	conn, response, err := websocket.Dial(g.t.Context(), g.URL+path, o)
	if conn != nil {
		g.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, response, err
}

// record waits for the next record of a kind: CONNECT, MESSAGE, DISCONNECT or a method.
func (g *gateway) record(method string) *exchange.Record {
	g.t.Helper()
	for {
		select {
		case r := <-g.observer.seen:
			if r.Method == method {
				return r
			}
		case <-time.After(10 * time.Second):
			g.t.Fatalf("no record of a %s within 10 s", method)
		}
	}
}

func (g *gateway) send(conn *websocket.Conn, text string) {
	g.t.Helper()
	if err := conn.Write(g.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		g.t.Fatalf("sending %q: %v", text, err)
	}
}

func (g *gateway) receive(conn *websocket.Conn) string {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 10*time.Second)
	defer cancel()
	_, data, err := conn.Read(ctx)
	if err != nil {
		g.t.Fatalf("receiving: %v", err)
	}
	return string(data)
}

// closing closes the API; the channel is closed when it is.
func (g *gateway) closing(ctx context.Context) <-chan struct{} {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		g.current().Close(ctx)
	}()
	return closed
}

// ended reads until the gateway closes the connection, and returns its close frame.
func (g *gateway) ended(conn *websocket.Conn) (code int, reason string) {
	g.t.Helper()
	for {
		_, _, err := conn.Read(g.t.Context())
		var end websocket.CloseError
		if errors.As(err, &end) {
			return int(end.Code), end.Reason
		}
		if err != nil {
			g.t.Fatalf("the connection ended without a close frame: %v", err)
		}
	}
}

func compileError(def api.WebSocket) error {
	_, err := websocketapi.New(def, websocketapi.Dependencies{Clock: clock.System{}})
	return err
}

func selectKey(expression, body string) { websocketapi.SelectKey(expression, body) }
