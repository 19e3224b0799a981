package websocketapi_test

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/local/gateway/exchange"
)

// TestCloseEndsEveryConnection closes an API to which clients are connected that answer a close
// frame, and others that do not: each $disconnect runs, told 1001.
func TestCloseEndsEveryConnection(t *testing.T) {
	const each = 50
	g := newGateway(t, definition(), &invoker{answer: fine})
	var polite, deaf []*rawClient
	for range each {
		polite, deaf = append(polite, g.raw()), append(deaf, g.raw())
	}
	closed := g.closing(context.Background())
	for _, client := range polite {
		if got := client.hear(t); got != "close 1001" {
			t.Errorf("heard %s, want close 1001", got)
		}
		_, _ = client.Write([]byte(wire(closing, closeBody(1001, ""))))
	}
	for _, client := range deaf {
		if _, err := client.next(); err != nil {
			t.Error(err)
		}
	}
	g.advanceUntil(100*time.Millisecond, closed)
	told := g.invoker.events("DISCONNECT")
	if len(told) != 2*each {
		t.Errorf("$disconnect ran %d times, want %d", len(told), 2*each)
	}
	for _, e := range told {
		if e.RequestContext.DisconnectStatusCode != 1001 {
			t.Errorf("$disconnect was told %+v", e.RequestContext)
		}
	}
}

// advanceUntil moves the clock, again when what waits for it began to do so later.
func (g *gateway) advanceUntil(by time.Duration, done <-chan struct{}) {
	g.t.Helper()
	for {
		g.clock.Advance(by)
		select {
		case <-done:
			return
		default:
			runtime.Gosched()
		}
	}
}

// TestCloseDoesNotWaitForADisconnectThatHangs gives the API no time at all.
func TestCloseDoesNotWaitForADisconnectThatHangs(t *testing.T) {
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "DISCONNECT" {
				<-ctx.Done()
				return "", ctx.Err()
			}
			return fine(ctx, e, in)
		},
	})
	for range 10 {
		g.raw()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g.current().Close(ctx)
	if told := g.invoker.events("DISCONNECT"); len(told) != 10 {
		t.Errorf("$disconnect began %d times, want 10", len(told))
	}
	for range 10 {
		if r := g.record("DISCONNECT"); r.Status != 503 || r.Reason() != "the API is being closed" {
			t.Errorf("record: status %d, reason %q", r.Status, r.Reason())
		}
	}
}

// TestCloseRunsAFewDisconnectsAtATime closes an API with more connections than functions could be
// started for at once: each environment serves several.
func TestCloseRunsAFewDisconnectsAtATime(t *testing.T) {
	const connections, atOnce = 40, 16
	var running, most atomic.Int64
	began, release := make(chan struct{}, connections), make(chan struct{})
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "DISCONNECT" {
				now := running.Add(1)
				defer running.Add(-1)
				for before := most.Load(); now > before; before = most.Load() {
					most.CompareAndSwap(before, now)
				}
				began <- struct{}{}
				<-release
			}
			return fine(ctx, e, in)
		},
	})
	var ids []string
	for range connections {
		client := g.raw()
		ids = append(ids, g.record("CONNECT").Connection)
		go func() {
			_, _ = client.next()
			_ = client.Close()
		}()
	}
	closed := g.closing(context.Background())
	for range atOnce {
		<-began
	}
	for _, id := range ids { // all have ended by then, and wait for their turn
		for open := true; open; _, open = g.current().Holds("dev", id) {
			runtime.Gosched()
		}
	}
	close(release)
	<-closed
	if told := g.invoker.events("DISCONNECT"); len(told) != connections || most.Load() > atOnce {
		t.Errorf("$disconnect ran %d times, %d at once, want %d and at most %d", len(told),
			most.Load(), connections, atOnce)
	}
}

// TestHostileClients has clients do what no client should. Each must be gone in the end, and a
// connection beside it must not notice.
func TestHostileClients(t *testing.T) {
	tests := []struct {
		name string
		do   func(g *gateway, c *rawClient)
		want int // what $disconnect is told
	}{
		{"vanishes", func(_ *gateway, c *rawClient) {
			_ = c.Conn.(*net.TCPConn).SetLinger(0) // its socket is reset
			_ = c.Close()
		}, 1006},
		{"half-closes", func(_ *gateway, c *rawClient) { _ = c.CloseWrite() }, 1006},
		{"half-closes inside a frame", func(_ *gateway, c *rawClient) {
			_, _ = c.Write([]byte(wire(text, "abc")[:7]))
			_ = c.CloseWrite()
		}, 1006},
		{"sends garbage", func(g *gateway, c *rawClient) {
			_, _ = c.Write([]byte(strings.Repeat("\xffGET / HTTP/1.1\r\n\r\n", 1000)))
			_, _ = c.next()
			g.clock.Advance(2 * time.Second)
		}, 1002},
		{"never ends a frame", func(g *gateway, c *rawClient) {
			_, _ = c.Write([]byte(wire(text, strings.Repeat("a", 1000))[:500]))
			g.clock.Advance(9 * time.Minute)
			_, _ = c.next()
			g.clock.Advance(2 * time.Second)
		}, 1001},
		{"sends fragments of nothing for ever", func(g *gateway, c *rawClient) {
			_, _ = c.Write([]byte(wire(textPart, "")))
			_, _ = c.Write([]byte(strings.Repeat(wire(proceed, ""), 10_000)))
			g.clock.Advance(9 * time.Minute)
			_, _ = c.next()
			g.clock.Advance(2 * time.Second)
		}, 1001},
		{"floods with messages and goes", func(_ *gateway, c *rawClient) {
			for range 200 {
				if _, err := c.Write([]byte(strings.Repeat(wire(text, "a"), 10))); err != nil {
					break
				}
			}
			_ = c.Close()
		}, 1006},
		{"asks, and never reads the answers", func(g *gateway, c *rawClient) {
			ask := []byte(wire(text, strings.Repeat("a", 32<<10)))
			for range 1000 { // 32 MB: more than the kernel's buffers hold
				_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
				if _, err := c.Write(ask); err != nil {
					break
				}
			}
			g.untilGone() // the close frame is queued, and its limit set
			g.clock.Advance(2 * time.Second)
		}, 1008},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, definition(), &invoker{answer: fine})
			good, bad := g.dial("/prod"), g.raw()
			g.clock.Advance(time.Minute) // so that the good one is not idle when the bad one is
			g.send(good, "there")
			g.receive(good)
			test.do(g, bad)
			for range 3 {
				g.send(good, "still there")
				if got := g.receive(good); got != "still there" {
					t.Errorf("the connection beside it received %s", got)
				}
			}
			g.untilDisconnect(test.want)
		})
	}
}

// untilGone waits until the connection of stage dev is being closed.
func (g *gateway) untilGone() {
	g.t.Helper()
	for _, e := range g.invoker.events("CONNECT") {
		path := "/dev/@connections/" + url.PathEscape(e.RequestContext.ConnectionID)
		for e.RequestContext.Stage == "dev" {
			if g.command("POST", path, "x").StatusCode == http.StatusGone {
				return
			}
			g.clock.Advance(time.Millisecond) // the account's tokens come again
		}
	}
}

// untilDisconnect waits for the $disconnect of a connection of stage dev.
func (g *gateway) untilDisconnect(want int) {
	g.t.Helper()
	for {
		g.record("DISCONNECT")
		for _, e := range g.invoker.events("DISCONNECT") {
			if e.RequestContext.Stage != "dev" {
				continue
			}
			if got := e.RequestContext.DisconnectStatusCode; got != want {
				g.t.Errorf("$disconnect was told %d, want %d", got, want)
			}
			return
		}
	}
}

// TestClientsThatNeverReadStayBounded floods with pings that nobody reads the answers to: what is
// kept for such a client has a limit, and in the end it is cut off.
func TestClientsThatNeverReadStayBounded(t *testing.T) {
	const clients, most = 8, 3 << 20 // bytes for each
	g := newGateway(t, definition(), &invoker{answer: fine})
	before := inUse()
	pings := []byte(strings.Repeat(wire(ping, strings.Repeat("p", 125)), 1000))
	var flooding sync.WaitGroup
	for range clients {
		c := g.raw()
		flooding.Go(func() {
			for range 100 { // 13 MB
				_ = c.SetWriteDeadline(time.Now().Add(10 * time.Second))
				if _, err := c.Write(pings); err != nil {
					return
				}
			}
		})
	}
	flooding.Wait()
	if grown := inUse() - before; grown > clients*most {
		t.Errorf("%d clients that never read hold %d bytes, want at most %d", clients, grown,
			clients*most)
	}
	for len(g.invoker.events("DISCONNECT")) < clients { // some answers may still be under way
		g.clock.Advance(5 * time.Second)
		runtime.Gosched()
	}
}

// TestAFloodRunsSoManyMessagesAtOnce holds every message until the flood has been stopped.
func TestAFloodRunsSoManyMessagesAtOnce(t *testing.T) {
	const atOnce = 16
	began, release := make(chan struct{}, 1000), make(chan struct{})
	var mu sync.Mutex
	running, most := 0, 0
	count := func(by int) {
		mu.Lock()
		defer mu.Unlock()
		running += by
		most = max(most, running)
	}
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "MESSAGE" {
				count(1)
				defer count(-1)
				began <- struct{}{}
				<-release
			}
			return fine(ctx, e, in)
		},
	})
	c := g.raw()
	if _, err := c.Write([]byte(strings.Repeat(wire(text, "a"), 500))); err != nil {
		t.Fatal(err)
	}
	for range atOnce {
		<-began
	}
	close(release)
	for range 500 {
		if got := c.hear(t); got != "text a" {
			t.Fatalf("heard %s", got)
		}
	}
	if most > atOnce {
		t.Errorf("%d messages ran at once, want at most %d", most, atOnce)
	}
}
