package test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"portico/local/runner"
)

// TestThousandConcurrentCalls makes 1,000 calls of all three APIs at the same moment: each gets the
// answer it asked for, and nothing is left behind. It takes the environment uat, whose limits let
// so many come at once.
func TestThousandConcurrentCalls(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) }) // when the runner is closed
	r := startReference(t, runner.Options{App: synthesize(t, "uat")})
	wishes := wishesOf(t, r)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	results := make(chan string, 1000)
	total := 0
	for _, w := range wishes {
		for range w.times {
			total++
			ready.Add(1)
			done.Go(func() {
				ready.Done()
				<-start
				if err := w.make(t.Context()); err != nil {
					results <- fmt.Sprintf("%s: %v", w.name, err)
				}
			})
		}
	}
	if total != 1000 {
		t.Errorf("%d calls are made, want 1000", total)
	}
	ready.Wait()
	close(start)
	done.Wait()
	close(results)
	counts := map[string]int{}
	for result := range results {
		counts[result]++
	}
	for _, result := range slices.Sorted(maps.Keys(counts)) {
		t.Errorf("%d times %s", counts[result], result)
	}
}

// wish is a call to make many times.
type wish struct {
	name  string
	times int
	make  func(context.Context) error
}

// wishesOf says what is called, in which number, and what each must be answered.
func wishesOf(t *testing.T, r *reference) []wish {
	t.Helper()
	mine := r.customer(t, "c-load")
	placed := r.place(t, mine)
	authorized := []string{"Authorization", mine}
	withKey := append([]string{"X-API-Key", r.key}, authorized...)
	calls := func(status int, q request) func(context.Context) error {
		return func(ctx context.Context) error {
			got, err := r.do(ctx, q)
			if err == nil && got.status != status {
				err = fmt.Errorf("got %d, want %d: %s", got.status, status, got.body)
			}
			return err
		}
	}
	public, partner := r.public.URL, r.partner.URL
	return []wish{
		{"reading an order", 250, calls(http.StatusOK, request{
			method: "GET", url: public + "/orders/" + placed.ID, header: authorized,
		})},
		{"placing an order", 200, calls(http.StatusCreated, request{
			method: "POST", url: public + "/orders", header: authorized, body: draft,
		})},
		{"reading without a token", 50, calls(http.StatusUnauthorized, request{
			method: "GET", url: public + "/orders",
		})},
		{"reading as a partner", 200, calls(http.StatusOK, request{
			method: "GET", url: partner + "/v1/orders/" + placed.ID, header: withKey,
		})},
		{"reading as a partner without a key", 50, calls(http.StatusForbidden, request{
			method: "GET", url: partner + "/v1/orders", header: authorized,
		})},
		{"asking for health", 50, calls(http.StatusOK, request{
			method: "GET", url: partner + "/health",
		})},
		{"looking for what is not there", 50, calls(http.StatusForbidden, request{
			method: "GET", url: partner + "/v1/nothing",
		})},
		{"asking for a preflight", 50, calls(http.StatusNoContent, request{
			method: "OPTIONS", url: partner + "/v1/orders",
		})},
		{"subscribing", 100, func(ctx context.Context) error {
			return r.subscribe(ctx, mine, placed.ID)
		}},
	}
}

// subscribe connects, subscribes to an order, and leaves.
func (r *reference) subscribe(ctx context.Context, token, orderID string) error {
	conn, err := r.dial(ctx, r.realtime.URL, token, "")
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	message := `{"action":"subscribe","orderId":"` + orderID + `"}`
	if err := conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return err
	}
	_, text, err := conn.Read(ctx)
	if err != nil {
		return err
	}
	var reply struct{ Type string }
	if err := json.Unmarshal(text, &reply); err != nil || reply.Type != "subscribed" {
		return fmt.Errorf("answered %s", text)
	}
	return conn.Close(websocket.StatusNormalClosure, "")
}
