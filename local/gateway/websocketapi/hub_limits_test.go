package websocketapi_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"portico/local/gateway/throttle"
	"portico/local/gateway/websocketapi"
)

// within serves an API whose account has these quotas.
func (g *gateway) within(quotas throttle.Quotas) {
	g.t.Helper()
	made := g.compileWith(definition(), func(deps *websocketapi.Dependencies) {
		deps.Buckets = throttle.New(g.clock, quotas)
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	made.Adopt(g.api)
	g.api = made
}

func TestAnAccountGetsFiveHundredConnectionsASecond(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	g.within(throttle.NewAccount("us-east-1"))
	for i := range 501 {
		client, response := g.write(handshake())
		if want := map[bool]int{true: 101, false: 429}[i < 500]; response.StatusCode != want {
			t.Fatalf("upgrade %d was answered %s, want %d", i+1, response.Status, want)
		}
		_ = client.Close()
	}
	g.clock.Advance(10 * time.Millisecond)
	for i, want := range []int{101, 101, 101, 101, 101, 429} {
		if _, response := g.write(handshake()); response.StatusCode != want {
			t.Errorf("10 ms later, upgrade %d was answered %s, want %d", i+1, response.Status, want)
		}
	}
}

// TestCommandsCountAgainstTheAccount sends more @connections calls than an account may make.
func TestCommandsCountAgainstTheAccount(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	conn := g.dial("/dev")
	path := "/dev/@connections/" + url.PathEscape(g.record("CONNECT").Connection)
	g.within(throttle.Quotas{
		Requests:    throttle.Limit{Rate: 1, Burst: 2},
		Connections: throttle.Limit{Rate: 1, Burst: 1},
	})
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		response := g.command(http.MethodPost, path, "hi")
		kind := response.Header.Get("x-amzn-ErrorType")
		limited := kind == "LimitExceededException"
		if response.StatusCode != want || limited != (want == http.StatusTooManyRequests) {
			t.Errorf("call %d was answered %d %q, want %d", i+1, response.StatusCode, kind, want)
		}
	}
	g.clock.Advance(time.Second)
	if response := g.command(http.MethodGet, path, ""); response.StatusCode != http.StatusOK {
		t.Errorf("a second later: %s", response.Status)
	}
	for range 2 {
		if got := g.receive(conn); got != "hi" {
			t.Errorf("received %s", got)
		}
	}
}
