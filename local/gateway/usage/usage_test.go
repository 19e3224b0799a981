package usage

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func open(t testing.TB, c clock.Clock, folder string) *Store {
	t.Helper()
	s, err := Open(Options{Clock: c, Folder: folder})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func basic(quota *api.Quota) *api.UsagePlan {
	return &api.UsagePlan{ID: "plan1", Name: "basic", Quota: quota}
}

// drain counts the calls that pass before one is refused.
func drain(m *Meter) (passed int) {
	for {
		if _, ok := m.Take(); !ok {
			return passed
		}
		passed++
	}
}

func TestAQuotaIsForAPeriod(t *testing.T) {
	for _, r := range []struct {
		name         string
		quota        api.Quota
		start, later string
		first, again int // calls that pass at the start, and later
	}{
		{"a day ends at midnight UTC", api.Quota{Limit: 2, Period: "DAY"}, "2026-03-04T23:59:58Z", "2026-03-05T00:00:00Z", 2, 2},
		{"a day goes on", api.Quota{Limit: 2, Period: "DAY"}, "2026-03-04T00:00:00Z", "2026-03-04T23:59:59Z", 2, 0},
		{"midnight elsewhere is none", api.Quota{Limit: 2, Period: "DAY"}, "2026-03-04T23:00:00+02:00", "2026-03-05T01:00:00+02:00", 2, 0},
		{"a week begins on Sunday", api.Quota{Limit: 1, Period: "WEEK"}, "2026-03-07T12:00:00Z", "2026-03-08T00:00:00Z", 1, 1},
		{"a week goes on", api.Quota{Limit: 1, Period: "WEEK"}, "2026-03-08T00:00:00Z", "2026-03-14T23:59:59Z", 1, 0},
		{"a month begins on the first", api.Quota{Limit: 3, Period: "MONTH"}, "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z", 3, 3},
		{"a month goes on", api.Quota{Limit: 3, Period: "MONTH"}, "2026-03-01T00:00:00Z", "2026-03-31T23:59:59Z", 3, 0},
		{"February has 29 days in 2028", api.Quota{Limit: 1, Period: "MONTH"}, "2028-02-28T00:00:00Z", "2028-02-29T23:59:59Z", 1, 0},
		{"the offset is taken off the first period only", api.Quota{Limit: 3, Offset: 2, Period: "WEEK"}, "2026-03-04T12:00:00Z", "2026-03-08T12:00:00Z", 1, 3},
		{"nothing is left of it", api.Quota{Limit: 1, Offset: 6, Period: "WEEK"}, "2026-03-04T12:00:00Z", "2026-03-11T12:00:00Z", 0, 1},
		{"a limit of 0", api.Quota{Period: "DAY"}, "2026-03-04T12:00:00Z", "2026-03-05T12:00:00Z", 0, 0},
		{"a clock that is set back", api.Quota{Limit: 2, Period: "DAY"}, "2026-03-05T12:00:00Z", "2026-03-04T12:00:00Z", 2, 2},
	} {
		t.Run(r.name, func(t *testing.T) {
			start := at(t, r.start)
			c := clock.NewManual(start)
			m := open(t, c, "").Meter(basic(&r.quota), "k1")
			if got := drain(m); got != r.first {
				t.Errorf("%d calls passed, want %d", got, r.first)
			}
			c.Advance(at(t, r.later).Sub(start))
			if got := drain(m); got != r.again {
				t.Errorf("%d calls passed later, want %d", got, r.again)
			}
		})
	}
}

func TestMetersOfAKeyAndPlanCountTogether(t *testing.T) {
	s := open(t, clock.NewManual(at(t, "2026-03-04T12:00:00Z")), "")
	plan := basic(&api.Quota{Limit: 3, Period: "DAY"})
	first, second := s.Meter(plan, "k1"), s.Meter(plan, "k1")
	first.Take()
	if left, ok := second.Take(); left != 1 || !ok {
		t.Errorf("got %d, %v, want 1 left", left, ok)
	}
	if got := drain(s.Meter(plan, "k2")); got != 3 {
		t.Errorf("another key has %d calls, want 3", got)
	}
	other := *plan
	other.ID = "plan2"
	if got := drain(s.Meter(&other, "k1")); got != 3 {
		t.Errorf("in another plan the key has %d calls, want 3", got)
	}
	if got := drain(s.Meter(basic(&api.Quota{Limit: 10, Period: "WEEK"}), "k1")); got != 8 {
		t.Errorf("with the quota of a week instead %d calls are left, want 8", got)
	}
	if left, ok := s.Meter(basic(nil), "k1").Take(); left != Unlimited || !ok {
		t.Errorf("without a quota got %d, %v", left, ok)
	}
}

// A quota never admits one too many, however many clients there are.
func TestAQuotaIsExact(t *testing.T) {
	for seed := range uint64(20) {
		roll := rand.New(rand.NewPCG(seed, 1))
		c := clock.NewManual(at(t, "2026-03-04T23:00:00Z"))
		s := open(t, c, "")
		quota := api.Quota{Limit: roll.IntN(300), Offset: roll.IntN(7), Period: "WEEK"}
		var passed, refused atomic.Int64
		var clients sync.WaitGroup
		for range 64 {
			m := s.Meter(basic(&quota), "k1")
			clients.Go(func() {
				for range 8 {
					if _, ok := m.Take(); ok {
						passed.Add(1)
					} else {
						refused.Add(1)
					}
				}
			})
		}
		c.Advance(2 * time.Hour) // over midnight, within the week
		clients.Wait()
		want := min(int64(max(quota.Limit-quota.Offset, 0)), 64*8)
		if passed.Load() != want || refused.Load() != 64*8-want {
			t.Errorf("seed %d, %+v: %d passed and %d were refused, want %d to pass", seed, quota,
				passed.Load(), refused.Load(), want)
		}
	}
}

func TestUsageIsReadByDay(t *testing.T) {
	c := clock.NewManual(at(t, "2026-03-06T12:00:00Z")) // a Friday
	s := open(t, c, "")
	plan := basic(&api.Quota{Limit: 10, Period: "WEEK"})
	one, two := s.Meter(plan, "k1"), s.Meter(plan, "k2")
	s.Meter(plan, "k3")
	for _, calls := range []int{3, 2, 1} { // Friday, Saturday, Sunday
		for range calls {
			one.Take()
		}
		c.Advance(24 * time.Hour)
	}
	two.Take() // on Monday
	got, err := s.GetUsage(Query{PlanID: "plan1", From: "2026-03-05", To: "2026-03-09"})
	if err != nil {
		t.Fatal(err)
	}
	want := Usage{
		PlanID: "plan1", From: "2026-03-05", To: "2026-03-09", Items: map[string][]Day{
			"k1": {{0, 10}, {3, 7}, {2, 5}, {1, 9}, {0, 9}},
			"k2": {{0, 10}, {0, 10}, {0, 10}, {0, 10}, {1, 9}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err = s.GetUsage(Query{PlanID: "plan1", KeyID: "k3", From: "2026-03-09", To: "2026-03-09"})
	if diff := cmp.Diff(map[string][]Day{"k3": {{0, 10}}}, got.Items); diff != "" || err != nil {
		t.Errorf("one key: %v (-want +got):\n%s", err, diff)
	}
}

func TestQueriesThatAreRefused(t *testing.T) {
	s := open(t, clock.NewManual(at(t, "2026-03-06T12:00:00Z")), "")
	s.Meter(basic(nil), "k1")
	for _, r := range []struct {
		name, want string
		query      Query
	}{
		{"an unknown plan", "Invalid Usage Plan ID specified", Query{"p", "", "2026-01-01", "2026-01-02"}},
		{"an unknown key", "Invalid API Key identifier specified", Query{"plan1", "k", "2026-01-01", "2026-01-02"}},
		{"a date that is none", `start date "1.1.": want one like 2016-12-31`, Query{"plan1", "", "1.1.", "2026-01-02"}},
		{"an end before the start", "usage from 2026-01-02 to 2026-01-01: allowed are 1 to 92 days", Query{"plan1", "", "2026-01-02", "2026-01-01"}},
		{"a year", "usage from 2025-01-01 to 2026-01-01: allowed are 1 to 92 days", Query{"plan1", "", "2025-01-01", "2026-01-01"}},
	} {
		if _, err := s.GetUsage(r.query); err == nil || err.Error() != r.want {
			t.Errorf("%s: got %v, want %s", r.name, err, r.want)
		}
	}
}

func TestWhatRemainsIsSet(t *testing.T) {
	c := clock.NewManual(at(t, "2026-03-06T12:00:00Z"))
	s := open(t, c, "")
	plan := basic(&api.Quota{Limit: 2, Offset: 1, Period: "WEEK"})
	m := s.Meter(plan, "k1")
	drain(m)
	got, err := s.UpdateUsage("plan1", "k1", 5)
	if diff := cmp.Diff(map[string][]Day{"k1": {{1, 5}}}, got.Items); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if left, _ := m.Take(); left != 4 {
		t.Errorf("%d are left, want 4", left)
	}
	if _, err := s.UpdateUsage("plan1", "k1", 1); err != nil || drain(m) != 1 {
		t.Errorf("it was set again: %v", err)
	}
	c.Advance(7 * 24 * time.Hour)
	if got := drain(m); got != 2 {
		t.Errorf("a week later %d calls pass, want the quota's 2", got)
	}
	s.Meter(&api.UsagePlan{ID: "open"}, "k1")
	for _, r := range []struct {
		plan, key string
		remaining int
		want      error
	}{
		{"p", "k1", 1, ErrUnknownPlan},
		{"plan1", "k", 1, ErrUnknownKey},
		{"open", "k1", 1, nil},
		{"plan1", "k1", -1, nil},
	} {
		_, err := s.UpdateUsage(r.plan, r.key, r.remaining)
		if err == nil || r.want != nil && !errors.Is(err, r.want) {
			t.Errorf("%+v: got %v", r, err)
		}
	}
}

func BenchmarkTake(b *testing.B) {
	s, err := Open(Options{Clock: clock.NewMovable(clock.System{}), Folder: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	m := s.Meter(basic(&api.Quota{Limit: 1 << 40, Period: "MONTH"}), "k1")
	b.ReportAllocs()
	for b.Loop() {
		m.Take()
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
