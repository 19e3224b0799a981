package websocketapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/local/gateway/api"
)

// slowly gives a route of the stage dev a bucket of one token that fills once a second.
func slowly(routeKey string) api.WebSocket {
	def := definition()
	def.Stages[0].MethodSettings = map[string]api.MethodSettings{
		routeKey: {Throttle: &api.Throttle{Rate: 1, Burst: 1}},
	}
	return def
}

func TestMessagesOverTheRateAreToldSo(t *testing.T) {
	for _, key := range []string{"silent", "*"} {
		t.Run("by the settings of "+key, func(t *testing.T) {
			g := newGateway(t, slowly(key), &invoker{answer: fine})
			conn := g.dial("/dev")
			g.send(conn, `{"action":"silent"}`)
			if r := g.record("MESSAGE"); r.Status != http.StatusOK {
				t.Fatalf("the first message has status %d: %s", r.Status, r.Reason())
			}
			g.send(conn, `{"action":"silent"}`)
			r := g.record("MESSAGE")
			want := `{"message": "Too Many Requests", "connectionId":"` + r.Connection +
				`", "requestId":"` + r.RequestID + `"}`
			if got := g.receive(conn); got != want {
				t.Errorf("received %s, want %s", got, want)
			}
			if !strings.Contains(r.Reason(), "the route limit of 1 requests per second") {
				t.Errorf("got reason %q", r.Reason())
			}
			g.clock.Advance(time.Second)
			g.send(conn, `{"action":"silent"}`)
			if r := g.record("MESSAGE"); r.Status != http.StatusOK {
				t.Errorf("a second later a message has status %d: %s", r.Status, r.Reason())
			}
		})
	}
}

func TestUpgradesOverTheRateAreRefused(t *testing.T) {
	g := newGateway(t, slowly("$connect"), &invoker{answer: fine})
	g.dial("/dev")
	_, response, err := g.try("/dev", nil)
	if err == nil || response.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("got %v, want 429", response)
	}
	if _, _, err := g.try("/prod", nil); err != nil {
		t.Errorf("the other stage is held back too: %v", err)
	}
}

func TestAnAccountOpens500ConnectionsASecond(t *testing.T) {
	def := definition()
	def.Routes = nil // no $connect: every upgrade would be granted
	g := newGateway(t, def, &invoker{answer: fine})
	for range 500 {
		conn := g.dial("/dev")
		_ = conn.CloseNow()
	}
	if _, response, err := g.try("/dev", nil); err == nil || response.StatusCode != http.StatusTooManyRequests {
		t.Errorf("connection 501 within a second: got %v, want 429", response)
	}
}

func TestHeadersOverTheLimitAreRefused(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	header := http.Header{"X-Large": {strings.Repeat("x", 10_240)}}
	_, response, err := g.try("/dev", &websocket.DialOptions{HTTPHeader: header})
	if err == nil || response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %v, want 431", response)
	}
}
