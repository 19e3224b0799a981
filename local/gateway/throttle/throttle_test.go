package throttle

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/local/gateway/clock"
)

func at() *clock.Manual { return clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) }

func account(c clock.Clock) *Buckets { return New(c, NewAccount("us-east-1")) }

func (b *Buckets) route(key string, limit Limit) *Bucket {
	return b.Bucket(Name{API: "a", Level: Route, Key: key}, limit)
}

func TestABucketHoldsItsBurstAndRefillsAtItsRate(t *testing.T) {
	c := at()
	buckets := account(c)
	bucket := buckets.route("a", Limit{Rate: 2, Burst: 3})
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
		if got := drain(buckets, bucket); got != step.want {
			t.Errorf("%s: %d calls passed, want %d", step.name, got, step.want)
		}
	}
}

func drain(buckets *Buckets, bucket *Bucket) (passed int) {
	for buckets.Take(bucket).Allowed {
		passed++
	}
	return passed
}

func TestNamesHaveBucketsOfTheirOwn(t *testing.T) {
	buckets := account(at())
	one := Limit{Rate: 1, Burst: 1}
	for _, name := range []Name{
		{"a", Route, "r"},
		{"b", Route, "r"},
		{"a", Stage, "r"},
		{"a", Route, "s"},
		{"", Plan, "r"},
	} {
		if got := drain(buckets, buckets.Bucket(name, one)); got != 1 {
			t.Errorf("%v: %d calls passed, want 1", name, got)
		}
		if got := drain(buckets, buckets.Bucket(name, one)); got != 0 {
			t.Errorf("%v: the name gives a full bucket again", name)
		}
	}
}

func TestTheFirstLevelWithoutATokenRefuses(t *testing.T) {
	buckets := account(at())
	plan := buckets.Bucket(Name{Level: Plan, Key: "key"}, Limit{Rate: 1, Burst: 1})
	route := buckets.route("r", Limit{Rate: 5, Burst: 2})
	buckets.Take(plan, route)
	got := buckets.Take(plan, route)
	if got.Allowed || got.Bucket != plan || got.Tokens != 0 {
		t.Errorf("got %+v, want the plan to refuse", got)
	}
	if !buckets.Take(nil, route).Allowed {
		t.Error("the refused call took a token of the route")
	}
	got = buckets.Take(nil, route)
	if got.Allowed || got.Level() != Route || got.Left() != "0.000" {
		t.Errorf("got %+v, want the route to refuse", got)
	}
	reason := `the route limit of 5 requests per second with a burst of 2 is used up for "r"`
	if got.Reason() != reason {
		t.Errorf("got %q, want %q", got.Reason(), reason)
	}
}

func TestAPassedCallShowsTheEmptiestBucket(t *testing.T) {
	buckets := account(at())
	got := buckets.Take(buckets.route("r", Limit{Rate: 1, Burst: 9}), buckets.Requests())
	if !got.Allowed || got.Level() != Route || got.Left() != "8" || !got.Narrow() {
		t.Errorf("got %+v, want the route with 8 tokens", got)
	}
	if got := buckets.Take(buckets.Requests()); got.Narrow() || got.Left() != "4998" {
		t.Errorf("got %+v, want the account with 4998 tokens", got)
	}
	if got := buckets.Take(nil, nil); !got.Allowed || got.Narrow() {
		t.Errorf("without a bucket got %+v", got)
	}
}

func TestLimitsThatCannotBeMet(t *testing.T) {
	buckets := account(at())
	if buckets.Take(buckets.route("a", Limit{})).Allowed {
		t.Error("a rate and burst of zero let a call pass")
	}
	for _, limit := range []Limit{{Rate: -1}, {Burst: -1}} {
		if err := limit.Check(); err == nil {
			t.Errorf("%+v is allowed", limit)
		}
	}
	want := "rate -1 and burst 0, allowed are 0 and more"
	if err := (Limit{Rate: -1}).Check(); err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestADeploymentGoesOnWithTheTokens(t *testing.T) {
	c := at()
	buckets := account(c)
	drain(buckets, buckets.route("a", Limit{Rate: 1, Burst: 10}))
	c.Advance(5 * time.Second)
	for _, r := range []struct {
		name  string
		limit Limit
		want  int
	}{
		{"a lower burst holds less", Limit{Rate: 1, Burst: 3}, 3},
		{"a higher one is filled at its rate", Limit{Rate: 1, Burst: 100}, 0},
	} {
		if got := drain(buckets, buckets.route("a", r.limit)); got != r.want {
			t.Errorf("%s: %d calls passed, want %d", r.name, got, r.want)
		}
	}
}

func TestAClockThatIsSetBackStopsNothing(t *testing.T) {
	c := clock.NewMovable(at())
	buckets := account(c)
	bucket := buckets.route("a", Limit{Rate: 1, Burst: 1})
	drain(buckets, bucket)
	c.Advance(-24 * time.Hour)
	if drain(buckets, bucket) != 0 {
		t.Error("setting the clock back filled the bucket")
	}
	c.Advance(time.Second)
	if drain(buckets, bucket) != 1 {
		t.Error("a second later there is no token")
	}
}

func TestSmallRegionsHaveLess(t *testing.T) {
	for region, want := range map[string]Limit{
		"us-east-1": {10_000, 5_000}, "af-south-1": {2_500, 1_250}, "eu-south-1": {2_500, 1_250},
		"eu-central-1": {10_000, 5_000},
	} {
		if got := NewAccount(region).Requests; got != want {
			t.Errorf("%s: got %+v, want %+v", region, got, want)
		}
	}
}

// Over any interleaving of calls and of time a bucket admits at most its burst, and its rate for as
// long as it took.
func TestABucketAdmitsNoMore(t *testing.T) {
	for seed := range uint64(40) {
		roll := rand.New(rand.NewPCG(seed, 7))
		c := at()
		buckets := account(c)
		limit := Limit{Rate: float64(roll.IntN(50)), Burst: roll.IntN(20)}
		bucket := buckets.route("a", limit)
		var passed atomic.Int64
		var elapsed time.Duration
		for range 20 {
			var calls sync.WaitGroup
			for range 1 + roll.IntN(64) {
				calls.Go(func() {
					if buckets.Take(bucket).Allowed {
						passed.Add(1)
					}
				})
			}
			step := time.Duration(roll.IntN(100)) * time.Millisecond
			c.Advance(step) // while they call
			elapsed += step
			calls.Wait()
		}
		most := float64(limit.Burst) + limit.Rate*elapsed.Seconds()
		if got := passed.Load(); float64(got) > most+1e-6 {
			t.Errorf("seed %d: %d calls passed in %v, at most %v are admitted by %+v", seed, got,
				elapsed, most, limit)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	buckets := account(clock.NewMovable(clock.System{}))
	huge := Limit{Rate: 1e9, Burst: 1e9}
	plan := buckets.Bucket(Name{Level: Plan, Key: "key"}, huge)
	stage := buckets.Bucket(Name{Level: Stage, Key: "GET /a"}, huge)
	b.ReportAllocs()
	for b.Loop() {
		buckets.Take(plan, stage, buckets.Requests())
	}
}
