package release

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// blindLooks is how many looks in a row may fail: metrics are late at times, but a release that
	// nobody can see is taken back.
	blindLooks = 3
	// slowAtLeast keeps differences nobody feels from counting as slow.
	slowAtLeast = 20 * time.Millisecond
)

// bake looks at a step until it has been healthy for as long as the plan says, is worse, or has
// waited long enough for calls.
func (e *Engine) bake(ctx context.Context, record *Record, at Position) (Verdict, error) {
	plan := record.first().Plan
	since, err := e.Clock.Now(ctx)
	if err != nil {
		return Verdict{}, err
	}
	blind := 0
	for {
		if err := e.Clock.Sleep(ctx, plan.Interval); err != nil {
			return Verdict{}, err
		}
		now, err := e.Clock.Now(ctx)
		if err != nil {
			return Verdict{}, err
		}
		verdict, err := e.look(ctx, record, Query{At: at, From: since, To: now})
		switch {
		case errors.As(err, new(*Refusal)):
			return Verdict{}, err
		case err != nil:
			if blind++; blind == blindLooks || ctx.Err() != nil {
				return Verdict{}, fmt.Errorf("looking at %s: %w", e.Target.Name(), err)
			}
			continue
		}
		blind = 0
		waited := now.Sub(since)
		switch {
		case verdict.Outcome == Worse:
			return verdict, nil
		case verdict.Outcome == Healthy && waited >= plan.Bake:
			return verdict, nil
		case verdict.Outcome == TooFew && waited >= plan.Bake+plan.Patience:
			verdict.Why += fmt.Sprintf(" within %s: nothing is known of it", waited.Round(time.Second))
			return verdict, nil
		}
	}
}

// still refuses to go on when another process ended or resumed the release, or somebody moved the
// target. Who asks holds the lock.
func (e *Engine) still(ctx context.Context, record *Record) error {
	if err := record.refresh(); err != nil {
		return err
	}
	if last := record.last(); !record.Open() {
		return refuse("release %s was %s by %s meanwhile: %s", record.ID, last.Event, last.By, last.Why)
	}
	if now, by := record.turns(); record.turn > 0 && record.turn != now {
		return refuse("release %s was resumed by %s meanwhile, and goes on there", record.ID, by)
	}
	return e.stands(ctx, record)
}

// look judges what was served at a step so far, and writes that down, if the release is still this
// process's.
func (e *Engine) look(ctx context.Context, record *Record, q Query) (Verdict, error) {
	alarms, err := e.Target.Alarms(ctx)
	if err != nil {
		return Verdict{}, err
	}
	samples, slow, err := e.sample(ctx, record, q)
	if err != nil {
		return Verdict{}, err
	}
	verdict := record.first().Plan.Rules.Judge(samples, slow)
	if len(alarms) > 0 {
		verdict = Verdict{Worse, "in ALARM: " + strings.Join(alarms, ", ")}
	}
	unlock, err := e.Records.lock(e.Target.Name())
	if err != nil {
		return Verdict{}, err
	}
	defer unlock()
	if err := e.still(ctx, record); err != nil {
		return Verdict{}, err
	}
	return verdict, e.note(ctx, record, Entry{
		Event: Looked, Position: q.At, Samples: &samples, Verdict: &verdict,
	})
}

// sample counts the calls of both sides. What is slow is told by the 99th percentile of what served
// before the release, else of the baseline beside the candidate. The baseline serves nothing at the
// last step: what it served since the release began stands for it, or when that is little, in the
// hour before.
func (e *Engine) sample(
	ctx context.Context, record *Record, q Query,
) (samples Samples, slow time.Duration, err error) {
	first := record.first()
	whole := Query{At: q.At, From: first.Time, To: q.To}
	before, err := e.Target.Sample(ctx, Query{
		At: *first.Begin, From: first.Time.Add(-lookBack), To: first.Time,
	})
	if err == nil && before.Baseline.Calls == 0 {
		before, err = e.Target.Sample(ctx, whole)
	}
	if err != nil {
		return Samples{}, 0, err
	}
	q.Slow = max(before.Baseline.P99, slowAtLeast)
	whole.Slow = q.Slow
	samples, err = e.Target.Sample(ctx, q)
	if err == nil && q.At.Percent == 100 {
		samples.Baseline, err = e.alone(ctx, first, whole)
	}
	return samples, q.Slow, err
}

// alone counts what the baseline served since the release began. A plan that gives the candidate all
// calls at once leaves it nothing there: then the hour before is counted, up to the minute in which
// the candidate came.
func (e *Engine) alone(ctx context.Context, first Entry, whole Query) (Sample, error) {
	within, err := e.Target.Sample(ctx, whole)
	if err != nil || within.Baseline.Calls >= first.Plan.Rules.MinCalls {
		return within.Baseline, err
	}
	before, err := e.Target.Sample(ctx, Query{
		At: *first.Begin, From: first.Time.Add(-lookBack), To: first.Time.Add(-time.Minute),
		Slow: whole.Slow,
	})
	if before.Baseline.Calls > within.Baseline.Calls {
		return before.Baseline, err
	}
	return within.Baseline, err
}

// lookBack is how far back what served before is looked at.
const lookBack = time.Hour
