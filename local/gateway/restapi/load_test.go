package restapi_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

type quick struct{ output []byte }

func (q quick) Invoke(_ context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	if in.FunctionARN == guardARN {
		return exchange.Invoked{Payload: []byte(allowAll)}, nil
	}
	return exchange.Invoked{Payload: q.output, RequestID: "lambda-1"}, nil
}

type counter struct{ records atomic.Int64 }

func (c *counter) Observe(*exchange.Record) { c.records.Add(1) }

func loaded(t testing.TB) (*restapi.API, *counter) {
	w := newWorld()
	w.guard("TOKEN", nil)
	w.method("/health", "GET", mocked("200", `{"ok":true}`))
	seen := &counter{}
	compiled, err := restapi.New(w.def, restapi.Dependencies{
		Clock: clock.System{}, Observer: seen, Log: discard(),
		Invoker: quick{[]byte(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"id\":\"o-1\"}"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return compiled, seen
}

func TestManyCallsAtOnce(t *testing.T) {
	compiled, seen := loaded(t)
	var done sync.WaitGroup
	for i := range 400 {
		done.Go(func() {
			for _, r := range []struct {
				target string
				want   int
			}{
				{"/dev/guarded", 200}, {fmt.Sprintf("/dev/orders/%d?q=1", i), 200}, {"/dev/health", 200}, {"/dev", 403},
			} {
				call := request("GET", r.target, fmt.Sprintf("Authorization: %d", i%7))
				if got := compiled.Serve(t.Context(), call).Status; got != r.want {
					t.Errorf("%s: got %d, want %d", r.target, got, r.want)
				}
			}
		})
	}
	done.Wait()
	if got := seen.records.Load(); got != 1600 {
		t.Errorf("%d records, want 1600", got)
	}
}

func BenchmarkServe(b *testing.B) {
	compiled, _ := loaded(b)
	header := []string{
		"User-Agent: curl/8.5.0", "Accept: */*", "Authorization: Bearer abc", "Accept-Encoding: gzip",
		"Content-Type: application/json", "Cache-Control: no-cache",
	}
	for name, target := range map[string]string{
		"proxy": "/dev/orders/7?status=open", "authorizer": "/dev/guarded", "mock": "/dev/health", "refused": "/dev",
	} {
		b.Run(name, func(b *testing.B) {
			call := request("GET", target, header...)
			b.ReportAllocs()
			for b.Loop() {
				compiled.Serve(b.Context(), call)
			}
		})
	}
}
