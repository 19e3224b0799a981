package websocketapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
)

// handshake is the request of RFC 6455, section 1.2, its lines as a test wants them: a line without
// a value is left out.
func handshake(change ...string) string {
	lines := []string{
		"GET /dev HTTP/1.1", "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
	}
	for _, line := range change {
		name, value, _ := strings.Cut(line, ": ")
		kept := lines[:0]
		for _, other := range lines {
			if !strings.HasPrefix(other, name+":") {
				kept = append(kept, other)
			}
		}
		if lines = kept; value != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// write sends bytes on a connection of its own and reads the head of the answer.
func (g *gateway) write(request string) (*rawClient, *http.Response) {
	g.t.Helper()
	conn, err := net.Dial("tcp", g.Listener.Addr().String())
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Write([]byte(request)); err != nil {
		g.t.Fatal(err)
	}
	client := &rawClient{Conn: conn, r: bufio.NewReader(conn)}
	response, err := http.ReadResponse(client.r, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	return client, response
}

func TestHandshakes(t *testing.T) {
	tests := []struct {
		name, request string
		want          int
		wantHeader    map[string]string
	}{
		{"that of the RFC", handshake(), 101, map[string]string{
			"Upgrade": "websocket", "Connection": "Upgrade",
			"Sec-Websocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
		}},
		{
			"another spelling", handshake("Upgrade: WebSocket", "Connection: keep-alive, upgrade"), 101, nil,
		},
		{
			"extensions and protocols that are offered",
			handshake("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
				"Sec-WebSocket-Protocol: chat, superchat"), 101,
			map[string]string{"Sec-Websocket-Extensions": "", "Sec-Websocket-Protocol": ""},
		},
		{"no Connection", handshake("Connection"), 400, nil},
		{"a Connection that upgrades nothing", handshake("Connection: keep-alive"), 400, nil},
		{"no key", handshake("Sec-WebSocket-Key"), 400, nil},
		{"a key of 15 bytes", handshake("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA"), 400, nil},
		{"a key that is no base64", handshake("Sec-WebSocket-Key: !!!!!!!!!!!!!!!!!!!!!!!!"), 400, nil},
		{
			"no version", handshake("Sec-WebSocket-Version"), 426,
			map[string]string{"Sec-Websocket-Version": "13"},
		},
		{
			"an older version", handshake("Sec-WebSocket-Version: 8"), 426,
			map[string]string{"Sec-Websocket-Version": "13"},
		},
		{
			"HTTP/1.0", strings.Replace(handshake(), "HTTP/1.1", "HTTP/1.0", 1), 400,
			map[string]string{"X-Amzn-Errortype": "BadRequestException"},
		},
		{
			"no Upgrade", handshake("Upgrade"), 403,
			map[string]string{"X-Amzn-Errortype": "ForbiddenException"},
		},
		{"another Upgrade", handshake("Upgrade: h2c"), 403, nil},
		{"another method", strings.Replace(handshake("Content-Length: 0"), "GET", "POST", 1), 403, nil},
		{"the path of no stage", strings.Replace(handshake(), "/dev", "/", 1), 403, nil},
		{"another stage", strings.Replace(handshake(), "/dev", "/prod", 1), 101, nil},
		{"a path below the stage", strings.Replace(handshake(), "/dev", "/dev/a", 1), 403, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, definition(), &invoker{answer: fine})
			_, response := g.write(test.request)
			if response.StatusCode != test.want {
				t.Errorf("answered %s, want %d", response.Status, test.want)
			}
			for name, want := range test.wantHeader {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if calls := len(g.invoker.events("CONNECT")); calls > 0 != (test.want == 101) {
				t.Errorf("$connect ran %d times", calls)
			}
		})
	}
}

func TestHTTP2CannotUpgrade(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	server := httptest.NewUnstartedServer(http.HandlerFunc(g.serve))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	response, err := server.Client().Get(server.URL + "/dev")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.ProtoMajor != 2 || response.StatusCode != http.StatusForbidden {
		t.Errorf("answered %s %s, want HTTP/2.0 403", response.Proto, response.Status)
	}
	// Nor can a server that passes the header on all the same: $connect does not run for nothing.
	request := httptest.NewRequest(http.MethodGet, "/dev", nil)
	request.Proto, request.ProtoMajor, request.ProtoMinor = "HTTP/2.0", 2, 0
	for _, line := range strings.Split(handshake(), "\r\n")[1:] {
		if name, value, ok := strings.Cut(line, ": "); ok {
			request.Header.Set(name, value)
		}
	}
	recorder := httptest.NewRecorder()
	g.serve(recorder, request)
	if recorder.Code != http.StatusBadRequest || len(g.invoker.events("CONNECT")) != 0 {
		t.Errorf("answered %d %s", recorder.Code, recorder.Body)
	}
}

func TestTheConnectEventHoldsTheUpgrade(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	request := strings.Replace(handshake("Origin: https://app.example.com"), "/dev",
		"/dev?room=a&room=b&who=%C3%A4da", 1)
	request = strings.Replace(request, "\r\n\r\n", "\r\nX-Tag: one\r\nx-tag: two\r\n\r\n", 1)
	if _, response := g.write(request); response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response.Status)
	}
	type event struct {
		Headers           map[string]string
		MultiValueHeaders map[string][]string
		Query             map[string]string   `json:"queryStringParameters"`
		MultiQuery        map[string][]string `json:"multiValueQueryStringParameters"`
	}
	var got event
	g.invoker.mu.Lock()
	defer g.invoker.mu.Unlock()
	if err := json.Unmarshal(g.invoker.calls[0].Payload, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event{
		Query:      map[string]string{"room": "b", "who": "äda"},
		MultiQuery: map[string][]string{"room": {"a", "b"}, "who": {"äda"}},
	}, event{Query: got.Query, MultiQuery: got.MultiQuery}); diff != "" {
		t.Errorf("query string (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"one", "two"}, got.MultiValueHeaders["X-Tag"]); diff != "" ||
		got.Headers["X-Tag"] != "two" || got.Headers["Origin"] != "https://app.example.com" {
		t.Errorf("headers %v, multi-value headers %v", got.Headers, got.MultiValueHeaders)
	}
}

// TestTheUpgradeWaitsForConnect sends a message together with the upgrade: nothing is answered, and
// the message is not read, before $connect has answered.
func TestTheUpgradeWaitsForConnect(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "CONNECT" {
				close(asked)
				<-release
			}
			return fine(ctx, e, in)
		},
	})
	go func() {
		<-asked
		if got := g.invoker.events("MESSAGE"); len(got) != 0 {
			t.Errorf("a message was delivered before $connect had answered: %v", got)
		}
		close(release)
	}()
	client, response := g.write(handshake() + wire(text, "early"))
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(response.Status)
	}
	if got := client.hear(t); got != "text early" {
		t.Errorf("heard %s", got)
	}
}
