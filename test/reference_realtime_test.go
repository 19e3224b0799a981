package test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"portico/local/runner"
)

// patience is how long a test waits for what must happen; it never waits longer than it takes.
const patience = 20 * time.Second

// socket is a client of the WebSocket API.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

// connect opens a connection with a token.
func (r *reference) connect(t *testing.T, token string) *socket {
	t.Helper()
	conn, err := r.dial(t.Context(), r.realtime.URL, token, "")
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socket{t: t, conn: conn}
}

// dial opens a connection, or returns why not.
func (r *reference) dial(
	ctx context.Context, url, token, host string,
) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if token != "" {
		url += "?token=" + strings.TrimPrefix(token, "Bearer ")
	}
	conn, response, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: r.client.Transport}, Host: host,
	})
	if err != nil && response != nil {
		body, _ := io.ReadAll(response.Body)
		return nil, &refusedError{
			answer: answer{response.StatusCode, response.Header, string(body)}, err: err,
		}
	}
	return conn, err
}

// refusedError is an upgrade that was answered otherwise.
type refusedError struct {
	answer answer
	err    error
}

// Error says what was answered.
func (e *refusedError) Error() string { return e.err.Error() + ": " + e.answer.body }

// say sends a message, and hear returns the next one that comes.
func (s *socket) say(text string) {
	s.t.Helper()
	if err := s.conn.Write(s.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		s.t.Fatalf("sending %s: %v", text, err)
	}
}

func (s *socket) hear() string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	kind, text, err := s.conn.Read(ctx)
	if err != nil {
		s.t.Fatalf("reading a message: %v", err)
	}
	if kind != websocket.MessageText {
		s.t.Errorf("got a %v message, want text", kind)
	}
	return string(text)
}

// exchange sends a message and wants this answer.
func (s *socket) exchange(text, want string) {
	s.t.Helper()
	s.say(text)
	if got := s.hear(); got != want {
		s.t.Errorf("%s was answered %s, want %s", text, got, want)
	}
}

// testRealtime follows orders over WebSocket while they change over HTTP.
func testRealtime(t *testing.T, r *reference) {
	t.Run("a subscriber hears of a changed order", func(t *testing.T) { testPush(t, r) })
	t.Run("another customer's order stays silent", func(t *testing.T) { testSilence(t, r) })
	t.Run("by host name on the main address", func(t *testing.T) { testRealtimeHost(t, r) })
	t.Run("a token decides who may connect", func(t *testing.T) { testConnect(t, r) })
	t.Run("connections take signed commands only", func(t *testing.T) { testManagement(t, r) })
}

func testPush(t *testing.T, r *reference) {
	mine := r.customer(t, "c-realtime")
	placed := r.place(t, mine)
	client := r.connect(t, mine)
	client.exchange(`{"action":"subscribe","orderId":"`+placed.ID+`"}`,
		`{"type":"subscribed","orderId":"`+placed.ID+`"}`)

	r.change(t, mine, placed.ID, "paid")
	var push struct {
		Type  string
		Order order
	}
	if err := json.Unmarshal([]byte(client.hear()), &push); err != nil {
		t.Fatal(err)
	}
	expected := placed
	expected.Status, expected.Version = "paid", 2
	if diff := cmp.Diff(expected, push.Order); diff != "" || push.Type != "order.changed" {
		t.Errorf("got a push of type %q, want order.changed; order (-want +got):\n%s", push.Type, diff)
	}

	client.exchange(`{"action":"unsubscribe","orderId":"`+placed.ID+`"}`,
		`{"type":"unsubscribed","orderId":"`+placed.ID+`"}`)
	r.change(t, mine, placed.ID, "shipped")
	// Pushes are sent before the change is answered: had one been, it would come before the pong.
	client.exchange(`{"action":"ping"}`, `{"type":"pong"}`)

	client.exchange(`no JSON`, `{"type":"error","message":"the message is no JSON"}`)
	client.exchange(`{"action":"dance"}`, `{"type":"error","message":"action is \"dance\"; `+
		`allowed: subscribe, unsubscribe, ping"}`)
	client.exchange(`{"action":"subscribe"}`,
		`{"type":"error","message":"orderId has 0 characters; allowed: 1 to 64"}`)
	if err := client.conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("closing: %v", err)
	}
}

func testSilence(t *testing.T, r *reference) {
	mine := r.customer(t, "c-realtime")
	placed := r.place(t, mine)
	other := r.connect(t, r.customer(t, "c-curious"))
	other.exchange(`{"action":"subscribe","orderId":"`+placed.ID+`"}`,
		`{"type":"subscribed","orderId":"`+placed.ID+`"}`)
	r.change(t, mine, placed.ID, "paid")
	other.exchange(`{"action":"ping"}`, `{"type":"pong"}`)
}

// change sets the status of an order on the public API.
func (r *reference) change(t *testing.T, token, id, status string) {
	t.Helper()
	got := r.call(t, request{
		method: "PATCH", url: r.public.URL + "/orders/" + id, body: `{"status":"` + status + `"}`,
		header: []string{"Authorization", token, "If-Match", "*"},
	})
	if got.status != http.StatusOK {
		t.Fatalf("changing order %s: %d %s", id, got.status, got.body)
	}
}

func testRealtimeHost(t *testing.T, r *reference) {
	url := strings.Replace(r.URL(), "http:", "ws:", 1) + "/" + r.environment
	conn, err := r.dial(t.Context(), url, r.customer(t, "c-host"),
		r.realtime.ID+".execute-api.localhost")
	if err != nil {
		t.Fatal(err)
	}
	client := &socket{t: t, conn: conn}
	client.exchange(`{"action":"ping"}`, `{"type":"pong"}`)
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("closing: %v", err)
	}
}

func testConnect(t *testing.T, r *reference) {
	read := r.scoped(t, "orders/read")
	rows := []struct {
		name, token string
		want        want
	}{
		{"no token", "", want{
			status: 401, body: `^\{"message": ?"Unauthorized"`,
			header: map[string]string{"X-Amzn-Errortype": "UnauthorizedException"},
		}},
		{"a tampered token", tampered(read), want{
			status: 401, body: `^\{"message": ?"Unauthorized"`,
		}},
		{
			"an expired token",
			r.token(t, runner.TokenRequest{
				Scopes: []string{"orders/read"}, Lifetime: -time.Minute,
			}),
			want{status: 401, body: `^\{"message": ?"Unauthorized"`},
		},
		{"a token without the scope", r.scoped(t, "orders/write"), want{
			status: 403, body: `^\{"message": ?"Forbidden"`,
			header: map[string]string{"X-Amzn-Errortype": "ForbiddenException"},
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			conn, err := r.dial(t.Context(), r.realtime.URL, row.token, "")
			if err == nil {
				_ = conn.CloseNow()
				t.Fatal("the connection was opened")
			}
			refused, ok := err.(*refusedError)
			if !ok {
				t.Fatal(err)
			}
			refused.answer.check(t, row.want)
		})
	}
}

func testManagement(t *testing.T, r *reference) {
	at := strings.Replace(r.realtime.URL, "ws:", "http:", 1) + "/@connections/L0SM9cOFvHcCIhw%3D"
	for _, method := range []string{"POST", "GET", "DELETE"} {
		r.call(t, request{method: method, url: at, body: "hello"}).check(t, want{
			status: 403, body: `^\{"message": ?"Missing Authentication Token"\}$`,
			header: map[string]string{"X-Amzn-Errortype": "MissingAuthenticationTokenException"},
		})
	}
}
