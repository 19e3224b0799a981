package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/exchange"
)

// crowd looks one key up from many goroutines and returns their results once each has one.
func crowd(ctx context.Context, c *Cache, n int) func() (results []Result, errs []error) {
	results, errs := make([]Result, n), make([]error, n)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() {
			results[i], errs[i] = c.Find(ctx, Lookup{Key: "a", TTL: ttl})
		})
	}
	return func() ([]Result, []error) {
		calls.Wait()
		return results, errs
	}
}

func TestSingleFlight(t *testing.T) {
	for _, r := range []struct {
		name  string
		end   func(*Cache, *Fill)
		hits  int
		keeps string
	}{
		{"calls that miss together make one call", func(_ *Cache, f *Fill) {
			_ = f.Store(ok("one"))
		}, 64, "one"},
		{"they do not share a reply that is not kept", func(_ *Cache, f *Fill) {
			_ = f.Store(exchange.Reply{Status: 503})
		}, 0, "own"},
		{"they go on by themselves when the call fails", func(_ *Cache, f *Fill) {
			f.Abandon()
		}, 0, "own"},
		{"they share a reply that a flush forbids to keep", func(c *Cache, f *Fill) {
			c.Flush()
			_ = f.Store(ok("one"))
		}, 64, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(Options{})
				leader := find(t, c, Lookup{Key: "a", TTL: ttl})
				wait := crowd(t.Context(), c, 64)
				synctest.Wait()
				r.end(c, leader.Fill)
				results, errs := wait()
				hits, fills := 0, map[*Fill]bool{leader.Fill: true}
				for i, result := range results {
					if errs[i] != nil {
						t.Fatal(errs[i])
					}
					if result.Hit {
						hits++
						continue
					}
					if fills[result.Fill] {
						t.Error("two calls have the same to fill")
					}
					fills[result.Fill] = true
					_ = result.Fill.Store(ok("own"))
				}
				if hits != r.hits {
					t.Errorf("got %d hits, want %d", hits, r.hits)
				}
				if got := holds(t, c, "a"); got != r.keeps {
					t.Errorf("it keeps %q, want %q", got, r.keeps)
				}
			})
		})
	}
}

func TestAReplyThatComesBeforeTheFetchIsTaken(t *testing.T) {
	c := New(Options{Clock: manual()})
	keep(t, c, "a", ok("one"))
	// A call that looked too early, when nothing was kept, now wants to fetch.
	found, _, own := c.join(Lookup{Key: "a", TTL: ttl})
	if own || found == nil {
		t.Error("a key was fetched a second time")
	}
}

func TestAWaitEndsWithItsCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{})
		leader := find(t, c, Lookup{Key: "a", TTL: ttl})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, errs := crowd(ctx, c, 2)()
		for _, err := range errs {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
		}
		if reason := leader.Fill.Store(ok("one")); reason != "" {
			t.Error(reason)
		}
	})
}

func TestOneCallPerKeyUnderParallelClients(t *testing.T) {
	c := New(Options{})
	var fetched [8]atomic.Int64
	var calls sync.WaitGroup
	for range 64 {
		calls.Go(func() {
			for range 200 {
				n := rand.IntN(len(fetched))
				result, err := c.Find(t.Context(), Lookup{Key: Key(rune(n + 1)), TTL: time.Hour})
				if err != nil {
					t.Error(err)
				}
				if !result.Hit {
					fetched[n].Add(1)
					_ = result.Fill.Store(ok("{}"))
				}
			}
		})
	}
	calls.Wait()
	for n := range fetched {
		if got := fetched[n].Load(); got != 1 {
			t.Errorf("key %d was fetched %d times", n, got)
		}
	}
	stats := c.Stats()
	if stats.Misses != int64(len(fetched)) || stats.Hits+stats.Misses != 64*200 {
		t.Errorf("got %+v", stats)
	}
}

// TestAReplyNeverCrosses lets calls, refreshes, failures, flushes and the clock loose on a cache
// that is too small: whatever comes back is the reply to an equal call, and who asks for a new
// reply gets no kept one.
func TestAReplyNeverCrosses(t *testing.T) {
	now := manual()
	c := New(Options{Clock: now, Bytes: 20_000})
	var calls sync.WaitGroup
	for range 32 {
		calls.Go(func() {
			for range 500 {
				crossOnce(t, c)
				if rand.IntN(100) == 0 {
					now.Advance(ttl / 10)
				}
				if rand.IntN(200) == 0 {
					c.Flush()
				}
			}
		})
	}
	calls.Wait()
	if stats := c.Stats(); stats.Hits == 0 || stats.Misses == 0 {
		t.Errorf("nothing was tried: %+v", stats)
	}
}

func crossOnce(t *testing.T, c *Cache) {
	who := fmt.Sprint(rand.IntN(2), rand.IntN(3), rand.IntN(30))
	look := Lookup{Key: Key(who), TTL: ttl, Refresh: rand.IntN(20) == 0}
	result, err := c.Find(t.Context(), look)
	if err != nil {
		t.Error(err)
		return
	}
	switch {
	case result.Hit:
		if got, _, _ := strings.Cut(string(result.Reply.Body), "|"); got != who {
			t.Errorf("%s got the reply to %s", who, got)
		}
		if look.Refresh {
			t.Errorf("%s asked for a new reply and got a kept one", who)
		}
		result.Reply.Header.Set("Content-Type", "mine")
	case rand.IntN(10) == 0:
		result.Fill.Abandon()
	default:
		_ = result.Fill.Store(ok(who + "|" + strings.Repeat("x", rand.IntN(500))))
	}
}

func BenchmarkHit(b *testing.B) {
	c := New(Options{})
	keys := benchKeys(b)
	value := values("00000000-0000-0000-0000-000000000000")
	keep(b, c, keys.Key("d1", "GET", value), ok(strings.Repeat("x", 1_000)))
	b.ReportAllocs()
	for b.Loop() {
		look := Lookup{Key: keys.Key("d1", "GET", value), TTL: ttl}
		if result, _ := c.Find(b.Context(), look); !result.Hit {
			b.Fatal("not kept")
		}
	}
}

func BenchmarkMiss(b *testing.B) {
	c := New(Options{Bytes: 1 << 20})
	keys := benchKeys(b)
	reply := ok(strings.Repeat("x", 1_000))
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		text := fmt.Sprint(n)
		look := Lookup{Key: keys.Key("d1", "GET", values(text)), TTL: ttl}
		result, _ := c.Find(b.Context(), look)
		if reason := result.Fill.Store(reply); reason != "" {
			b.Fatal(reason)
		}
	}
}

func BenchmarkHitParallel(b *testing.B) {
	c := New(Options{})
	keep(b, c, "a", ok(strings.Repeat("x", 1_000)))
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			_, _ = c.Find(context.Background(), Lookup{Key: "a", TTL: ttl})
		}
	})
}

func benchKeys(b *testing.B) *Keys {
	keys, err := CompileKeys(nil, method("method.request.path.id"))
	if err != nil {
		b.Fatal(err)
	}
	return keys
}
