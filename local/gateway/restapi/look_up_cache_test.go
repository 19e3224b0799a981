package restapi_test

import (
	"fmt"
	"sync"
	"testing"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

// ledger notes which request ids were told of.
type ledger struct {
	mu   sync.Mutex // guards told
	told map[string]string
}

func (l *ledger) Observe(r *exchange.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, known := l.told[r.RequestID]; known {
		l.told[r.RequestID] = before + " and again"
		return
	}
	l.told[r.RequestID] = r.Path
}

// The memory of a call that the cache answered is used again: nothing of it may come back.
func TestACallHoldsNothingOfTheOneBefore(t *testing.T) {
	w := secretive()
	w.def.Stages[0].Canary.PercentTraffic = 0
	w.method("/open", "GET", proxy())
	seen := &ledger{told: map[string]string{}}
	served, err := restapi.New(w.def, restapi.Dependencies{
		Clock: clock.System{}, Invoker: mirror{}, Observer: seen, Log: discard(),
	})
	if err != nil {
		t.Fatal(err)
	}
	const rounds, clients = 100, 8
	var calling sync.WaitGroup
	for client := range clients {
		calling.Go(func() {
			who := fmt.Sprint("who", client)
			for round := range rounds {
				id := fmt.Sprintf("00000000-0000-4000-8000-%06d%06d", client, round)
				root := fmt.Sprintf("Root=1-00000000-%012d%012d", client, round)
				kept := served.Serve(t.Context(), request("GET", "/dev/c/1", "Authorization: "+who,
					"x-amzn-RequestId: "+id, "X-Amzn-Trace-Id: "+root+";Parent=1;Sampled=1"))
				if got := string(kept.Body); got != "dev base GET 1 "+who {
					t.Errorf("got %q for %s", got, who)
				}
				if kept.Header.Get("x-amzn-RequestId") != id ||
					len(kept.Header.Values("x-amz-apigw-id")) != 1 {
					t.Errorf("got header %v, want the request id %s", kept.Header, id)
				}
				if got := kept.Header.Get("X-Amzn-Trace-Id"); got != root+";Parent=1;Sampled=1" {
					t.Errorf("got trace %s, want %s", got, root)
				}
				open := served.Serve(t.Context(), request("GET", "/dev/open"))
				if got := string(open.Body); got != "dev base GET  <nil>" {
					t.Errorf("got %q, want that nobody called", got)
				}
				if got := served.Serve(t.Context(), request("GET", "/gone/x")); got.Status != 403 {
					t.Errorf("got %d for a stage that is not there", got.Status)
				}
			}
		})
	}
	calling.Wait()
	if len(seen.told) != 3*rounds*clients {
		t.Errorf("%d request ids were told of, want %d", len(seen.told), 3*rounds*clients)
	}
	for id, path := range seen.told {
		if path != "/dev/c/1" && path != "/dev/open" && path != "/gone/x" {
			t.Errorf("request %s was told of as %s", id, path)
		}
	}
}
