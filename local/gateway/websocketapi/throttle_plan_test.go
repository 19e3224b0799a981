package websocketapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"portico/local/gateway/api"
)

// planned is keyed with limits on the plan of the stage dev, which has a second key.
func planned(limits api.UsagePlan) api.WebSocket {
	def := keyed(definition(), fromHeader)
	plan := &def.UsagePlans[0]
	plan.Throttle, plan.Quota = limits.Throttle, limits.Quota
	plan.Keys = append(plan.Keys, api.APIKey{ID: "k4", Value: otherKey, Enabled: true})
	return def
}

func TestUsagePlansHoldUpgrades(t *testing.T) {
	for _, r := range []struct {
		name, message, reason string
		limits                api.UsagePlan
		wait                  time.Duration // until the key may connect again
	}{
		{
			"by the throttle of the plan", "Too Many Requests",
			`the usage plan limit of 1 requests per second with a burst of 1 is used up for "basic/k1"`,
			api.UsagePlan{Throttle: &api.Throttle{Rate: 1, Burst: 1}},
			time.Second,
		},
		{
			"by its quota", "Limit Exceeded",
			"usage plan basic allows a key 1 calls per DAY, and API key k1 has made them",
			api.UsagePlan{Quota: &api.Quota{Limit: 1, Period: "DAY"}},
			24 * time.Hour,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			g := newGateway(t, planned(r.limits), &invoker{answer: fine})
			connect := func(key string, want int) (body string) {
				t.Helper()
				conn, response, err := g.try("/dev", &websocket.DialOptions{
					HTTPHeader: http.Header{"X-Api-Key": {key}},
				})
				if err == nil {
					_ = conn.CloseNow()
				}
				if response == nil || response.StatusCode != want {
					t.Fatalf("%s: got %v, want %d", key, response, want)
				}
				if want != http.StatusTooManyRequests {
					return ""
				}
				if got := response.Header.Get("X-Amzn-Errortype"); got != "LimitExceededException" ||
					response.Header.Get("Retry-After") != "" {
					t.Errorf("got headers %v", response.Header)
				}
				return readBody(t, response)
			}
			connect(goodKey, 101)
			g.record("CONNECT")
			body := connect(goodKey, 429)
			if !strings.HasPrefix(body, `{"message": "`+r.message+`", "connectionId":"`) {
				t.Errorf("got %s", body)
			}
			if got := g.record("CONNECT").Reason(); got != r.reason {
				t.Errorf("the reason is %q, want %q", got, r.reason)
			}
			connect(otherKey, 101)
			connect("", 403)
			g.clock.Advance(r.wait)
			connect(goodKey, 101)
		})
	}
}

// An open connection is counted once: its messages show no key.
func TestMessagesDoNotUseTheQuota(t *testing.T) {
	g := newGateway(t, planned(api.UsagePlan{
		Throttle: &api.Throttle{Rate: 1, Burst: 1}, Quota: &api.Quota{Limit: 1, Period: "DAY"},
	}), &invoker{answer: fine})
	conn, _, err := g.try("/dev", &websocket.DialOptions{HTTPHeader: http.Header{"X-Api-Key": {goodKey}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		g.send(conn, `{"action":"echo"}`)
		if got := g.receive(conn); got != `{"action":"echo"}` {
			t.Errorf("received %s", got)
		}
	}
}
