package restapi_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

func TestACallInFlightDoesNotSeeTheClockMoved(t *testing.T) {
	for _, r := range []struct {
		name   string
		works  time.Duration
		status int
		took   time.Duration
	}{
		{"an answer in time is given", 2 * time.Second, 200, 2 * time.Second},
		{"the integration's timeout is 29 s of work", time.Minute, 504, 29 * time.Second},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				moved := clock.NewMovable(clock.System{})
				w.clock = moved
				w.def.Stages[0].AccessLog = &api.AccessLog{
					DestinationARN: "d", Format: "$context.responseLatency $context.integration.latency",
				}
				w.lambda.answers[functionARN] = func(ctx context.Context) (exchange.Invoked, error) {
					moved.Advance(time.Hour)
					moved.Freeze()
					select {
					case <-time.After(r.works):
					case <-ctx.Done():
					}
					return exchange.Invoked{Payload: []byte(`{"statusCode":200,"body":"ok"}`)}, nil
				}
				if got := w.get(t, "/dev/orders").Status; got != r.status {
					t.Errorf("got %d, want %d", got, r.status)
				}
				if want := fmt.Sprintf("d %d %[1]d", r.took.Milliseconds()); w.lines[0] != want {
					t.Errorf("logged %q, want %q", w.lines[0], want)
				}
				if got := w.records[0].Took; got != r.took {
					t.Errorf("took %v, want %v", got, r.took)
				}
			})
		})
	}
}
