package websocketapi_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func TestMessages(t *testing.T) {
	tests := []struct {
		name, expression, text string
		wantRoute              string // "" when none matched
	}{
		{"a key with a route", "", `{"action":"echo"}`, "echo"},
		{"a key without a route", "", `{"action":"other"}`, "$default"},
		{"no key", "", `{"a":1}`, "$default"},
		{"text that is no JSON", "", `hello`, "$default"},
		{"JSON with something behind it", "", `{"action":"echo"} x`, "$default"},
		{"an empty message", "", ``, "$default"},
		{"a client cannot choose $connect", "", `{"action":"$connect"}`, "$default"},
		{"a client cannot choose $disconnect", "", `{"action":"$disconnect"}`, "$default"},
		{"a nested path", "$request.body.a.b", `{"a":{"b":"echo"}}`, "echo"},
		{"an element of a list", "$request.body.a[1]", `{"a":["x","echo"]}`, "echo"},
		{"a composite", "${request.body.a}${request.body.b}", `{"a":"ec","b":"ho"}`, "echo"},
		{"a composite with a missing part", "e${request.body.a}cho", `{}`, "echo"},
		{"an escaped dollar sign", `\$default`, `{"action":"echo"}`, "$default"},
		{"static text", "echo", `{}`, "echo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			def := definition()
			if test.expression != "" {
				def.RouteSelectionExpression = test.expression
			}
			g := newGateway(t, def, &invoker{answer: fine})
			conn := g.dial("/dev")
			g.send(conn, test.text)
			record := g.record("MESSAGE")
			if record.Route != test.wantRoute || record.Status != 200 || record.Function != "realtime" {
				t.Errorf("record: route %q, status %d, function %q, want route %q",
					record.Route, record.Status, record.Function, test.wantRoute)
			}
			messages := g.invoker.events("MESSAGE")
			if len(messages) != 1 || messages[0].Body != test.text {
				t.Errorf("events = %+v", messages)
			}
			if test.text == "" {
				return
			}
			if got := g.receive(conn); got != test.text {
				t.Errorf("received %q, want %q", got, test.text)
			}
		})
	}
}

func TestNewRefusesExpressions(t *testing.T) {
	for _, expression := range []string{
		"", "$request.header.x", "${request.body.a", "$request.body.", "$request.body.a[x]",
		"$request.body.a/b",
	} {
		def := definition()
		def.RouteSelectionExpression = expression
		if err := compileError(def); err == nil || !strings.Contains(err.Error(), "realtime") {
			t.Errorf("%q: error = %v, want one that names the API", expression, err)
		}
	}
}

func TestOneWayRoutesReturnNothing(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	conn := g.dial("/dev")
	g.send(conn, `{"action":"silent"}`)
	g.record("MESSAGE")
	g.send(conn, `{"action":"echo"}`)
	if got := g.receive(conn); got != `{"action":"echo"}` {
		t.Errorf("the first message received is %q", got)
	}
}

func TestMessageErrors(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*api.WebSocket)
		answer  string
		err     error
		want    string
		wantWhy string
	}{
		{
			name:   "no route and no $default",
			change: func(def *api.WebSocket) { def.Routes = def.Routes[:2] },
			want:   "Forbidden", wantWhy: "no $default",
		},
		{
			name: "the function fails", answer: `!{"errorMessage":"boom"}`,
			want: "Internal server error", wantWhy: "boom",
		},
		{
			name: "a malformed answer on a one-way route", answer: `null`,
			want: "Internal server error", wantWhy: "no statusCode",
		},
		{
			name: "Lambda refuses", err: &exchange.InvokeError{Code: "AccessDeniedException", Status: 403},
			want: "Internal server error", wantWhy: "AccessDeniedException",
		},
		{
			name: "a route that asks for what $connect alone has", want: "Forbidden",
			change:  func(def *api.WebSocket) { def.Routes[4].AuthorizationType = "AWS_IAM" },
			wantWhy: "$connect alone has authorization",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			def := definition()
			if test.change != nil {
				test.change(&def)
			}
			g := newGateway(t, def, &invoker{
				answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
					if e.RequestContext.EventType != "MESSAGE" {
						return fine(ctx, e, in)
					}
					return test.answer, test.err
				},
			})
			conn := g.dial("/dev")
			g.send(conn, `{"action":"silent"}`)
			record := g.record("MESSAGE")
			want := `{"message": "` + test.want + `", "connectionId":"` + record.Connection +
				`", "requestId":"` + record.RequestID + `"}`
			if got := g.receive(conn); got != want {
				t.Errorf("received %s, want %s", got, want)
			}
			if !strings.Contains(record.Reason(), test.wantWhy) {
				t.Errorf("reason %q, want %q", record.Reason(), test.wantWhy)
			}
		})
	}
}

func TestAMessageTakesTooLong(t *testing.T) {
	called := make(chan struct{})
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType != "MESSAGE" {
				return fine(ctx, e, in)
			}
			close(called)
			<-ctx.Done()
			return "", errors.New("gave up")
		},
	})
	conn := g.dial("/dev")
	g.send(conn, "x")
	<-called
	g.clock.Advance(29e9)
	if got := g.receive(conn); !strings.HasPrefix(got, `{"message": "Endpoint request timed out", `) {
		t.Errorf("received %s", got)
	}
}

func TestTheAuthorizersContextStaysWithTheConnection(t *testing.T) {
	g := newGateway(t, authorized(), answers(map[string]string{"AUTHORIZE": allow}))
	conn := g.dial("/dev?token=x")
	g.send(conn, `{"action":"echo"}`)
	g.receive(conn)
	_ = conn.Close(1000, "bye")
	g.record("DISCONNECT")
	want := map[string]any{"principalId": "ada", "integrationLatency": 0.0, "tenant": "t1", "n": "1"}
	for _, kind := range []string{"MESSAGE", "DISCONNECT"} {
		got := g.invoker.events(kind)
		if len(got) != 1 {
			t.Fatalf("%d events of %s", len(got), kind)
		}
		if diff := cmp.Diff(want, got[0].RequestContext.Authorizer); diff != "" {
			t.Errorf("%s: authorizer (-want +got):\n%s", kind, diff)
		}
	}
}

func TestAccessLog(t *testing.T) {
	def := definition()
	def.Stages[0].AccessLog = &api.AccessLog{
		DestinationARN: "arn:log", Format: "$context.eventType $context.routeKey $context.status",
	}
	g := newGateway(t, def, &invoker{answer: fine})
	conn := g.dial("/dev")
	g.send(conn, "x")
	g.receive(conn)
	_ = conn.Close(1000, "")
	for _, want := range []string{
		"CONNECT $connect 101", "MESSAGE $default 200", "DISCONNECT $disconnect 200",
	} {
		if got := <-g.logs; got != "arn:log "+want {
			t.Errorf("line %q, want %q", got, want)
		}
	}
}

func TestMessagesOfAConnectionRunAtOnceUpToALimit(t *testing.T) {
	const limit = 16
	var running, most atomic.Int64
	var once sync.Once
	release, full := make(chan struct{}), make(chan struct{})
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "MESSAGE" {
				now := running.Add(1)
				most.Store(max(most.Load(), now))
				if now == limit {
					once.Do(func() { close(full) })
				}
				<-release
				running.Add(-1)
			}
			return fine(ctx, e, in)
		},
	})
	conn := g.dial("/dev")
	for range limit + 4 {
		g.send(conn, `{"action":"echo"}`)
	}
	<-full
	close(release)
	for range limit + 4 {
		g.receive(conn)
	}
	if most.Load() > limit {
		t.Errorf("%d messages ran at once, want at most %d", most.Load(), limit)
	}
}

func TestARedeployedAPIKeepsItsConnections(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	conn := g.dial("/dev")
	def := definition()
	def.Routes = append(def.Routes[:3:3], api.Route{
		Key: "fresh", IntegrationID: "i", HasRouteResponse: true,
		RouteResponseSelectionExpression: "$default",
	})
	fresh, old := g.compile(def), g.current()
	fresh.Adopt(old)
	g.mu.Lock()
	g.api = fresh
	g.mu.Unlock()
	old.Close(t.Context())
	g.send(conn, `{"action":"fresh"}`)
	if got := g.receive(conn); got != `{"action":"fresh"}` {
		t.Errorf("received %q", got)
	}
	if record := g.record("MESSAGE"); record.Route != "fresh" {
		t.Errorf("route %q", record.Route)
	}
}

func FuzzSelectRoute(f *testing.F) {
	f.Add("$request.body.action", `{"action":"a"}`)
	f.Add("${request.body.a[0]}/${request.body.b.c}", `{"a":[{"x":[1,null]}],"b":{"c":{"k":"v"}}}`)
	f.Add(`\$default`, `x`)
	f.Fuzz(func(t *testing.T, expression, body string) {
		selectKey(expression, body)
	})
}
