package websocketapi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"

	"portico/local/gateway/exchange"
)

// rawClient is a client that writes frames as it likes.
type rawClient struct {
	net.Conn
	r *bufio.Reader
}

func (g *gateway) raw() *rawClient {
	g.t.Helper()
	dialer := ws.Dialer{}
	conn, buffered, _, err := dialer.Dial(context.Background(),
		"ws"+strings.TrimPrefix(g.URL, "http")+"/dev")
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = conn.Close() })
	if buffered == nil {
		buffered = bufio.NewReader(conn)
	}
	return &rawClient{Conn: conn, r: buffered}
}

// CloseWrite ends what the client sends, as one that still reads.
func (c *rawClient) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

func frame(fin bool, code ws.OpCode, body []byte) []byte {
	f := ws.NewFrame(code, fin, body)
	return ws.MustCompileFrame(ws.MaskFrame(f))
}

// next reads the next frame; an error means that the gateway has hung up.
func (c *rawClient) next() (ws.Frame, error) {
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return ws.Frame{}, err
	}
	header, err := ws.ReadHeader(c.r)
	if err != nil {
		return ws.Frame{}, err
	}
	payload := make([]byte, header.Length)
	_, err = io.ReadFull(c.r, payload)
	return ws.Frame{Header: header, Payload: payload}, err
}

func TestPingIsAnsweredByTheGateway(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	client := g.raw()
	if _, err := client.Write(frame(true, ws.OpPing, []byte("hi"))); err != nil {
		t.Fatal(err)
	}
	f, err := client.next()
	if err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "hi" {
		t.Errorf("answer %v %q, error %v", f.Header, f.Payload, err)
	}
	if got := g.invoker.events("MESSAGE"); len(got) != 0 {
		t.Errorf("the ping was delivered: %+v", got)
	}
}

func TestDisconnects(t *testing.T) {
	tests := []struct {
		name       string
		do         func(g *gateway, conn *websocket.Conn, client *rawClient)
		wantCode   int
		wantReason string
	}{
		{
			"the client closes with a code and reason",
			func(_ *gateway, conn *websocket.Conn, _ *rawClient) { _ = conn.Close(3001, "done here") },
			3001, "done here",
		},
		{
			"the client closes with a code alone",
			func(_ *gateway, conn *websocket.Conn, _ *rawClient) { _ = conn.Close(1001, "") },
			1001, "",
		},
		{
			"the client closes without a status",
			func(g *gateway, _ *websocket.Conn, client *rawClient) {
				_, _ = client.Write(frame(true, ws.OpClose, nil))
				if f, err := client.next(); err != nil || f.Header.OpCode != ws.OpClose {
					g.t.Errorf("answer %v, error %v", f.Header, err)
				}
				if _, err := client.next(); !errors.Is(err, io.EOF) {
					g.t.Errorf("after the close frames: %v, want the end", err)
				}
			}, 1005, "Client-side close frame status not set",
		},
		{
			"the client hangs up",
			func(_ *gateway, _ *websocket.Conn, client *rawClient) { _ = client.Close() },
			1006, "Connection closed abnormally",
		},
		{
			"ten minutes without a message",
			func(g *gateway, conn *websocket.Conn, _ *rawClient) {
				g.clock.Advance(10 * time.Minute)
				if code, reason := g.ended(conn); code != 1001 || reason != "Going away" {
					g.t.Errorf("closed with %d %q", code, reason)
				}
			}, 1001, "Going away",
		},
		{
			"two hours, however busy",
			func(g *gateway, conn *websocket.Conn, _ *rawClient) {
				for range 13 {
					g.clock.Advance(9 * time.Minute)
					g.send(conn, `{"action":"echo"}`)
					g.receive(conn)
				}
				g.clock.Advance(3 * time.Minute)
				if code, _ := g.ended(conn); code != 1001 {
					g.t.Errorf("closed with %d", code)
				}
			}, 1001, "Going away",
		},
		{
			"the API closes",
			func(g *gateway, conn *websocket.Conn, _ *rawClient) {
				closed := g.closing(context.Background())
				if code, _ := g.ended(conn); code != 1001 {
					g.t.Errorf("closed with %d", code)
				}
				<-closed
				if _, response, err := g.try("/dev", nil); err == nil || response.StatusCode != 503 {
					g.t.Errorf("an upgrade after close: %v, %v", response, err)
				}
			}, 1001, "Going away",
		},
		{
			"the client does not answer the gateway's close frame",
			func(g *gateway, _ *websocket.Conn, client *rawClient) {
				g.clock.Advance(10 * time.Minute)
				_, _ = client.next()
				g.clock.Advance(2 * time.Second)
			}, 1001, "Going away",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, definition(), &invoker{answer: fine})
			var conn *websocket.Conn
			var client *rawClient
			if strings.HasPrefix(test.name, "the client closes without") ||
				strings.HasPrefix(test.name, "the client hangs") ||
				strings.HasPrefix(test.name, "the client does not") {
				client = g.raw()
			} else {
				conn = g.dial("/dev")
			}
			test.do(g, conn, client)
			record := g.record("DISCONNECT")
			events := g.invoker.events("DISCONNECT")
			if len(events) != 1 || record.Route != "$disconnect" || record.Status != 200 {
				t.Fatalf("%d events, record %+v", len(events), record)
			}
			got := events[0].RequestContext
			if got.DisconnectStatusCode != test.wantCode || got.DisconnectReason != test.wantReason {
				t.Errorf("$disconnect: %d %q, want %d %q", got.DisconnectStatusCode,
					got.DisconnectReason, test.wantCode, test.wantReason)
			}
		})
	}
}

func TestAMessageKeepsTheConnectionFromIdling(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	client := g.raw()
	for range 3 {
		g.clock.Advance(9 * time.Minute)
		_, _ = client.Write(frame(true, ws.OpPing, nil))
		if f, err := client.next(); err != nil || f.Header.OpCode != ws.OpPong {
			t.Fatalf("answer %v, error %v", f.Header, err)
		}
	}
}

func TestCloseCancelsWhatTakesTooLong(t *testing.T) {
	called := make(chan struct{})
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "MESSAGE" {
				close(called)
				<-ctx.Done()
			}
			return "", ctx.Err()
		},
	})
	def := definition()
	def.Routes = def.Routes[2:] // without $connect
	g.mu.Lock()
	g.api = g.compile(def)
	g.mu.Unlock()
	conn := g.dial("/dev")
	g.send(conn, "x")
	<-called
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g.current().Close(ctx)
	if r := g.record("MESSAGE"); r.Status != 503 || r.Reason() != "the API is being closed" {
		t.Errorf("record: status %d, reason %q", r.Status, r.Reason())
	}
}
