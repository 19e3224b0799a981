package httpapi_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestManyCallsAtOnce(t *testing.T) {
	s := start(t, nil)
	token := s.token(t, "orders/read")
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 25 {
				reply := s.api.Serve(context.Background(), s.request("GET /orders/7", token))
				if reply.Status != 200 {
					t.Errorf("got %d", reply.Status)
				}
			}
		})
	}
	group.Wait()
	if got := len(s.observer.records); got != 400 {
		t.Errorf("%d records, want 400", got)
	}
}

// silent observes nothing.
type silent struct{}

func (silent) Observe(*exchange.Record) {}

// rushing is a clock on which no bucket runs dry: each look at it is a millisecond later.
type rushing struct {
	clock.System
	looks *atomic.Int64
}

func (c rushing) Now() time.Time { return time.UnixMilli(1_767_323_045_000 + c.looks.Add(1)).UTC() }

func BenchmarkServe(b *testing.B) {
	output := []byte(`{"statusCode":200,"headers":{"content-type":"application/json"},` +
		`"body":"{\"id\":\"o-1\",\"status\":\"open\"}"}`)
	compiled, err := httpapi.New(definition(), httpapi.Dependencies{
		Clock: rushing{looks: &atomic.Int64{}}, Observer: silent{}, Keys: keys{},
		Invoker: invoker(func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
			return exchange.Invoked{Payload: output}, nil
		}),
	})
	if err != nil {
		b.Fatal(err)
	}
	s := &setup{clock: clock.NewManual(time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC))}
	common := []string{
		"User-Agent: curl/8.5.0", "Accept: */*", "Accept-Encoding: gzip", "Content-Type: " +
			"application/json",
	}
	open := s.request("GET /dev/health?page=2", common...)
	guarded := s.request("GET /dev/orders/7?page=2", append(common, s.token(b, "orders/read"))...)
	for name, request := range map[string]*exchange.Request{"open": open, "JWT": guarded} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if reply := compiled.Serve(context.Background(), request); reply.Status != 200 {
					b.Fatal(reply.Status, string(reply.Body))
				}
			}
		})
	}
}
