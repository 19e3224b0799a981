package release

import (
	"context"
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
		if err := e.untouched(ctx, record); err != nil {
			return Verdict{}, err
		}
		verdict, err := e.look(ctx, record, Query{At: at, From: since, To: now})
		if err != nil {
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

// untouched refuses to go on when another process ended the release, or somebody moved the target.
func (e *Engine) untouched(ctx context.Context, record *Record) error {
	unlock, err := e.Records.lock(e.Target.Name())
	if err != nil {
		return err
	}
	defer unlock()
	return e.still(ctx, record)
}

// still is untouched for who holds the lock.
func (e *Engine) still(ctx context.Context, record *Record) error {
	if err := record.refresh(); err != nil {
		return err
	}
	if last := record.last(); !record.Open() {
		return refuse("release %s was %s by %s meanwhile: %s", record.ID, last.Event, last.By, last.Why)
	}
	return e.stands(ctx, record)
}

// look judges what was served at a step so far, and writes that down.
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
	return verdict, e.note(ctx, record, Entry{
		Event: Looked, Position: q.At, Samples: &samples, Verdict: &verdict,
	})
}

// sample counts the calls of both sides. What is slow is told by the 99th percentile of what served
// before the release, else of the baseline beside the candidate. The baseline serves nothing at the
// last step: what it served since the release began stands for it.
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
		before, err = e.Target.Sample(ctx, whole)
		samples.Baseline = before.Baseline
	}
	return samples, q.Slow, err
}

// lookBack is how far back what served before is looked at.
const lookBack = time.Hour
