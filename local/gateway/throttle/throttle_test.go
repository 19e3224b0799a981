package throttle

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/clock"
)

func at() *clock.Manual { return clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) }

func start(t testing.TB, c clock.Clock, levels ...Level) *Throttle {
	t.Helper()
	throttle, err := New(levels, c)
	if err != nil {
		t.Fatal(err)
	}
	return throttle
}

func TestABucketHoldsItsBurstAndRefillsAtItsRate(t *testing.T) {
	c := at()
	throttle := start(
		t,
		c,
		Level{Name: "route", Limits: map[string]Limit{"a": {Rate: 2, Burst: 3}}},
	)
	steps := []struct {
		name    string
		advance time.Duration
		want    int // calls that pass before one is refused
	}{
		{"it starts full", 0, 3},
		{"it is empty then", 0, 0},
		{"half a second gives one token", 500 * time.Millisecond, 1},
		{"a second gives two", time.Second, 2},
		{"an hour gives no more than the burst", time.Hour, 3},
	}
	for _, step := range steps {
		c.Advance(step.advance)
		got := 0
		for throttle.Allow("a").Allowed {
			got++
		}
		if got != step.want {
			t.Errorf("%s: %d calls passed, want %d", step.name, got, step.want)
		}
	}
}

func TestKeysHaveBucketsOfTheirOwn(t *testing.T) {
	throttle := start(t, at(), Level{Name: "route", Default: &Limit{Rate: 1, Burst: 1}})
	for _, key := range []string{"a", "b"} {
		if !throttle.Allow(key).Allowed {
			t.Errorf("the first call of %q was refused", key)
		}
		if throttle.Allow(key).Allowed {
			t.Errorf("the second call of %q passed", key)
		}
	}
}

func TestTheFirstLevelWithoutATokenRefuses(t *testing.T) {
	throttle := start(t, at(),
		Level{Name: "plan", Limits: map[string]Limit{"key": {Rate: 1, Burst: 1}}},
		Level{Name: "route", Default: &Limit{Rate: 5, Burst: 2}},
	)
	throttle.Allow("key", "r")
	got := throttle.Allow("key", "r")
	want := Decision{Level: "plan", Key: "key", Limit: Limit{Rate: 1, Burst: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the plan should refuse (-want +got):\n%s", diff)
	}
	if !throttle.Allow("", "r").Allowed {
		t.Error("the refused call took a token of the route")
	}
	got = throttle.Allow("other", "r")
	want = Decision{Level: "route", Key: "r", Limit: Limit{Rate: 5, Burst: 2}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the route should refuse (-want +got):\n%s", diff)
	}
	reason := `the route limit of 5 requests per second with a burst of 2 is used up for "r"`
	if got.Reason() != reason {
		t.Errorf("got %q, want %q", got.Reason(), reason)
	}
}

func TestNoLimitLetsPass(t *testing.T) {
	throttle := start(t, at(), Level{Name: "route", Limits: map[string]Limit{"a": {}}})
	if !throttle.Allow("b").Allowed {
		t.Error("a key without a limit was refused")
	}
	if throttle.Allow("a").Allowed {
		t.Error("a rate and burst of zero let a call pass")
	}
}

func TestNewRefusesNegativeLimits(t *testing.T) {
	_, err := New([]Level{{Name: "route", Limits: map[string]Limit{"GET /a": {Rate: -1}}}}, at())
	want := `throttling route "GET /a": rate -1 and burst 0, allowed are 0 and more`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestConcurrentCallsShareABucket(t *testing.T) {
	throttle := start(t, at(), Level{Name: "route", Default: &Limit{Rate: 1, Burst: 50}})
	var passed atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 20 {
				if throttle.Allow("a").Allowed {
					passed.Add(1)
				}
			}
		})
	}
	group.Wait()
	if passed.Load() != 50 {
		t.Errorf("%d calls passed, want 50", passed.Load())
	}
}

func BenchmarkAllow(b *testing.B) {
	throttle := start(
		b,
		clock.System{},
		Level{Name: "route", Default: &Limit{Rate: 1e9, Burst: 1e9}},
		AccountLevel(),
	)
	b.ReportAllocs()
	for b.Loop() {
		throttle.Allow("GET /orders", "account")
	}
}
