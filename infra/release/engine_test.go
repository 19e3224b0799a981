package release

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is a target that serves calls at a steady rate while its clock moves.
type fake struct {
	mu       sync.Mutex
	now      time.Time
	at       Position
	rate     float64 // calls per second
	errors   func(f *fake) float64
	slow     float64 // share of the candidate's calls that are slow
	alarms   func(f *fake) []string
	onSleep  func(f *fake)
	onMove   func(f *fake, to Position) error
	begin    time.Time
	blind    bool
	served   []served
	previous []Position
}

// served is a time in which a position served.
type served struct {
	from, to time.Time
	percent  float64
}

func newFake() *fake {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return &fake{
		now: now, begin: now, at: Position{Baseline: "d1"}, rate: 20,
		errors: func(*fake) float64 { return 0 }, alarms: func(*fake) []string { return nil },
	}
}

func (f *fake) Name() string { return "stage prod of partner" }

func (f *fake) Read(context.Context) (Position, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, nil
}

func (f *fake) Move(_ context.Context, _, to Position) error {
	if f.onMove != nil {
		if err := f.onMove(f, to); err != nil {
			return err
		}
	}
	f.set(to)
	return nil
}

func (f *fake) set(to Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = to
	f.previous = append(f.previous, to)
}

func (f *fake) Sample(_ context.Context, q Query) (Samples, error) {
	if f.blind {
		return Samples{}, errors.New("metrics are not to be had")
	}
	calls := f.rate * max(f.begin.Sub(q.From).Seconds(), 0) // before it began the baseline was alone
	var shared float64
	for _, was := range f.served {
		if !was.from.Before(q.From) && !was.to.After(q.To) {
			calls += f.rate * was.to.Sub(was.from).Seconds()
			shared += f.rate * was.to.Sub(was.from).Seconds() * was.percent / 100
		}
	}
	candidate := int64(shared)
	baseline := int64(calls) - candidate
	s := Samples{
		Baseline:  Sample{Calls: baseline, Errors: baseline / 1000, P50: 10 * time.Millisecond, P99: 80 * time.Millisecond},
		Candidate: Sample{Calls: candidate, Errors: int64(float64(candidate) * f.errors(f))},
	}
	if q.Slow > 0 {
		s.Baseline.Slow = baseline / 100
		s.Candidate.Slow = max(candidate/100, int64(f.slow*float64(candidate)))
	}
	return s, nil
}

func (f *fake) Alarms(context.Context) ([]string, error) { return f.alarms(f), nil }

func (f *fake) Now(context.Context) (time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now, nil
}

func (f *fake) Sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	f.served = append(f.served, served{f.now, f.now.Add(d), f.at.Percent})
	f.now = f.now.Add(d)
	f.mu.Unlock()
	if f.onSleep != nil {
		f.onSleep(f)
	}
	return ctx.Err()
}

func engineFor(f *fake, dir string) *Engine {
	return &Engine{Target: f, Clock: f, Records: Records{Dir: dir}, By: "ann"}
}

// lastOf returns the newest record, and wants one that is readable from its beginning to its end.
func lastOf(t *testing.T, dir string) *Record {
	t.Helper()
	record, err := (Records{Dir: dir}).latest("stage prod of partner")
	if err != nil || record == nil {
		t.Fatalf("the record: %v %v", record, err)
	}
	return record
}

func TestReleasesEndWithOneDeployment(t *testing.T) {
	for _, row := range []struct {
		name    string
		change  func(*fake)
		outcome string
		why     string
	}{
		{"a healthy candidate is promoted", func(*fake) {}, Promoted, "calls failed"},
		{
			"one whose errors rise is taken back",
			func(f *fake) {
				f.errors = func(f *fake) float64 {
					if f.at.Percent >= 50 {
						return 0.05
					}
					return 0
				}
			},
			RolledBack, "at 50 %",
		},
		{
			"one that is slow is taken back", func(f *fake) { f.slow = 0.2 },
			RolledBack, "took more than 80ms",
		},
		{
			"one that nobody calls is taken back", func(f *fake) { f.rate = 0.01 },
			RolledBack, "nothing is known of it",
		},
		{
			"one in whose middle an alarm goes off is taken back",
			func(f *fake) {
				f.alarms = func(f *fake) []string {
					if f.at.Percent == 25 {
						return []string{"partner-5xx"}
					}
					return nil
				}
			},
			RolledBack, "at 25 %: in ALARM: partner-5xx",
		},
		{
			"one whose metrics cannot be read is taken back", func(f *fake) { f.blind = true },
			RolledBack, "metrics are not to be had",
		},
		{
			"one that cannot be moved is taken back",
			func(f *fake) {
				f.onMove = func(_ *fake, to Position) error {
					if to.Percent == 25 {
						return errors.New("the stack rolled back")
					}
					return nil
				}
			},
			RolledBack, "the stack rolled back",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, dir := newFake(), t.TempDir()
			row.change(f)
			result, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
			if err != nil {
				t.Fatal(err)
			}
			if result.Outcome != row.outcome || !strings.Contains(result.Why, row.why) {
				t.Errorf("got %+v, want %s, …%s…", result, row.outcome, row.why)
			}
			want := Position{Baseline: "d1"}
			if row.outcome == Promoted {
				want.Baseline = "d2"
			}
			if f.at != want {
				t.Errorf("it ends with %s, want %s", f.at, want)
			}
			last := lastOf(t, dir).last()
			if last.Event != row.outcome || last.Why != result.Why || last.By != "ann" {
				t.Errorf("the record ends with %+v", last)
			}
		})
	}
}

func TestAHealthyReleaseGoesEveryStep(t *testing.T) {
	f := newFake()
	if _, err := engineFor(f, t.TempDir()).Start(t.Context(), "d2", DefaultPlan()); err != nil {
		t.Fatal(err)
	}
	var shares []float64
	for _, at := range f.previous {
		shares = append(shares, at.Percent)
	}
	want := []float64{5, 25, 50, 100, 0}
	if len(shares) != len(want) {
		t.Fatalf("got %v, want %v", shares, want)
	}
	for i := range want {
		if shares[i] != want[i] {
			t.Fatalf("got %v, want %v", shares, want)
		}
	}
	if took := f.now.Sub(f.begin); took != DefaultPlan().Duration() {
		t.Errorf("it took %s, want %s", took, DefaultPlan().Duration())
	}
}

// killed runs a release whose process ends as soon as stop says so of an entry of its record.
func killed(t *testing.T, f *fake, dir string, stop func(Entry) bool) {
	t.Helper()
	e := engineFor(f, dir)
	e.Watch = func(entry Entry) {
		if stop(entry) {
			runtime.Goexit()
		}
	}
	var running sync.WaitGroup
	running.Go(func() { _, _ = e.Start(t.Context(), "d2", DefaultPlan()) })
	running.Wait()
}

func TestAKilledReleaseIsResumed(t *testing.T) {
	for _, row := range []struct {
		name    string
		stop    func(Entry) bool
		outcome string
		change  func(*fake)
	}{
		{
			"before it moved", func(e Entry) bool { return e.Event == Started }, Promoted, nil,
		},
		{
			"while it moved",
			func(e Entry) bool { return e.Event == Moving && e.Position.Percent == 25 }, Promoted, nil,
		},
		{
			"while it looked",
			func(e Entry) bool { return e.Event == Looked && e.Position.Percent == 50 }, Promoted, nil,
		},
		{
			"while it promoted",
			func(e Entry) bool { return e.Event == Moving && e.Position.Candidate == "" }, Promoted, nil,
		},
		{
			"while it was taken back", func(e Entry) bool { return e.Event == RollingBack }, RolledBack,
			func(f *fake) { f.errors = func(*fake) float64 { return 1 } },
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, dir := newFake(), t.TempDir()
			if row.change != nil {
				row.change(f)
			}
			killed(t, f, dir, row.stop)
			e := engineFor(f, dir)
			var refused *Refusal
			if _, err := e.Start(t.Context(), "d3", DefaultPlan()); !errors.As(err, &refused) {
				t.Errorf("a second release is not refused: %v", err)
			}
			result, err := e.Resume(t.Context())
			if err != nil || result.Outcome != row.outcome || f.at.Candidate != "" {
				t.Fatalf("got %+v %v, and %s", result, err, f.at)
			}
			if record := lastOf(t, dir); record.Open() {
				t.Error("the record is open")
			}
		})
	}
}

func TestWhatSomebodyElseMovedIsLeftAlone(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	f.onSleep = func(f *fake) {
		if f.at.Percent == 25 {
			f.set(Position{Baseline: "d9"})
		}
	}
	_, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
	var refused *Refusal
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "it serves d9 alone") {
		t.Errorf("got %v", err)
	}
	if f.at.Baseline != "d9" {
		t.Errorf("it serves %s", f.at)
	}
	if last := lastOf(t, dir).last(); last.Event != Refused || !strings.Contains(last.Why, "somebody else") {
		t.Errorf("the record ends with %+v", last)
	}
	f.onSleep = nil
	result, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
	if err != nil || result.Outcome != Promoted || f.at.Baseline != "d2" {
		t.Errorf("the release after it: %+v %v", result, err)
	}
}

func TestStatusOfARelease(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	f.alarms = func(*fake) []string { return []string{"partner-p99"} }
	e := engineFor(f, dir)
	before, err := e.Status(t.Context())
	if err != nil || before.Release != "" || before.Verdict != nil || before.Samples.Baseline.Calls != 72000 {
		t.Errorf("of an hour without a release: %+v %v", before, err)
	}
	f.alarms = func(*fake) []string { return nil }
	var within Status
	f.onSleep = func(f *fake) {
		if f.at.Percent == 100 {
			f.slow = 0.5
			within, err = e.Status(t.Context())
		}
	}
	if _, err := e.Start(t.Context(), "d2", DefaultPlan()); err != nil {
		t.Fatal(err)
	}
	if err != nil || within.Release == "" || within.Since != f.begin || within.Samples.Baseline.Calls == 0 ||
		within.Verdict.Outcome != Worse || !strings.Contains(within.Verdict.Why, "took more than 80ms") {
		t.Errorf("of one at its last step: %+v %+v %v", within, within.Verdict, err)
	}
}

func TestReleasesThatAreRefused(t *testing.T) {
	for _, row := range []struct {
		name, candidate, want string
		at                    Position
	}{
		{"a canary left behind", "d2", "has a canary that no release", Position{Baseline: "d1", Candidate: "d0", Percent: 5}},
		{"the deployment that serves", "d1", "serves d1 already", Position{Baseline: "d1"}},
		{"nothing", "", "nothing to release", Position{Baseline: "d1"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFake()
			f.at = row.at
			_, err := engineFor(f, t.TempDir()).Start(t.Context(), row.candidate, DefaultPlan())
			var refused *Refusal
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), row.want) || f.at != row.at {
				t.Errorf("got %v, and %s", err, f.at)
			}
		})
	}
}

func TestAReleaseWaitsForTheMinuteOfTheOneBefore(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	f.now = f.now.Add(20 * time.Second)
	f.begin = f.now
	for _, candidate := range []string{"d2", "d3"} {
		if _, err := engineFor(f, dir).Start(t.Context(), candidate, DefaultPlan()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := (Records{Dir: dir}).All("")
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	ended, began := all[0].last().Time, all[1].first().Time
	if want := ended.Truncate(time.Minute).Add(time.Minute); began != want {
		t.Errorf("after the end at %s it begins at %s, want %s", ended, began, want)
	}
}

func TestACanaryLeftBehindIsEnded(t *testing.T) {
	for _, promote := range []bool{true, false} {
		f := newFake()
		f.at = Position{Baseline: "d1", Candidate: "d2", Percent: 5}
		e := engineFor(f, t.TempDir())
		end, want := e.Rollback, "d1"
		if promote {
			end, want = e.Promote, "d2"
		}
		if _, err := end(t.Context(), "left behind"); err != nil || f.at != (Position{Baseline: want}) {
			t.Errorf("got %v, and %s", err, f.at)
		}
	}
}

func TestARollbackEndsWhatADeploymentMadeOfTheCanary(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	killed(t, f, dir, func(e Entry) bool { return e.Event == Looked })
	f.set(Position{Baseline: "d1", Candidate: "d3", Percent: 5})
	result, err := engineFor(f, dir).Rollback(t.Context(), "what is d3?")
	if err != nil || result.Outcome != RolledBack || f.at != (Position{Baseline: "d1"}) {
		t.Errorf("got %+v %v, and %s", result, err, f.at)
	}
	all, err := (Records{Dir: dir}).All("")
	if err != nil || len(all) != 2 || all[0].last().Event != Refused || all[1].last().Why != "what is d3?" {
		t.Errorf("the records: %+v %v", all, err)
	}
}

func TestARollbackByAnotherProcessEndsTheRelease(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	other := engineFor(f, dir)
	other.By = "bob"
	asked := false
	f.onSleep = func(f *fake) {
		if f.at.Percent == 50 && !asked {
			asked = true
			if _, err := other.Rollback(t.Context(), "customers call"); err != nil {
				t.Error(err)
			}
		}
	}
	_, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
	var refused *Refusal
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "rolled back by bob meanwhile") {
		t.Errorf("got %v", err)
	}
	if f.at != (Position{Baseline: "d1"}) {
		t.Errorf("it ends with %s", f.at)
	}
}

func TestARollbackWhilePromotingUndoesThePromotion(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	other := engineFor(f, dir)
	var waiting sync.WaitGroup
	f.onMove = func(f *fake, to Position) error {
		if to == (Position{Baseline: "d2"}) { // the lock is held: the rollback waits for it
			waiting.Go(func() {
				if _, err := other.Rollback(context.WithoutCancel(t.Context()), "too late?"); err != nil {
					t.Error(err)
				}
			})
		}
		return nil
	}
	if _, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan()); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()
	if f.at != (Position{Baseline: "d1"}) {
		t.Errorf("it ends with %s", f.at)
	}
	all, err := (Records{Dir: dir}).All("")
	if err != nil || len(all) != 2 || all[1].last().Why != "too late?" {
		t.Errorf("the records: %v %v", all, err)
	}
}

func TestAnInterruptedReleaseIsTakenBack(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f, dir := newFake(), t.TempDir()
	f.onSleep = func(f *fake) {
		if f.at.Percent == 25 {
			cancel()
		}
	}
	result, err := engineFor(f, dir).Start(ctx, "d2", DefaultPlan())
	if err != nil || result.Outcome != RolledBack || result.Why != "the release was interrupted" {
		t.Errorf("got %+v %v", result, err)
	}
	if f.at != (Position{Baseline: "d1"}) {
		t.Errorf("it ends with %s", f.at)
	}
}
