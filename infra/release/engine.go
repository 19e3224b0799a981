package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// moveWithin bounds one move: a stack takes minutes.
const moveWithin = 30 * time.Minute

// Clock tells the time that the target's calls happen in: the machine's on AWS, the runner's there.
type Clock interface {
	Now(ctx context.Context) (time.Time, error)
	// Sleep returns after d of that time, or with the error of ctx.
	Sleep(ctx context.Context, d time.Duration) error
}

// Refusal says why nothing was moved.
type Refusal struct {
	Why string
	// Nothing says that there was nothing to do: what is to be released serves already.
	Nothing bool
}

// Error says it.
func (r *Refusal) Error() string { return r.Why }

func refuse(format string, args ...any) error {
	return &Refusal{Why: fmt.Sprintf(format, args...)}
}

// Result is how a release ended.
type Result struct {
	Release  string   `json:"release"` // the id of its record
	Outcome  string   `json:"outcome"` // Promoted or RolledBack
	Why      string   `json:"why"`
	Position Position `json:"position"`
}

// Engine walks releases over one target.
type Engine struct {
	Target  Target
	Clock   Clock
	Records Records
	By      string // who asks: a person, a pipeline's run
	// Watch is told of every entry of the record as it is written; nil tells nobody.
	Watch func(Entry)
}

// Start releases a candidate, step by step, and returns when it is promoted or taken back. When ctx
// ends, the candidate is taken back. A *Refusal means that nothing was moved, or that somebody else
// did.
func (e *Engine) Start(ctx context.Context, candidate string, plan Plan) (Result, error) {
	if err := plan.Check(); err != nil {
		return Result{}, err
	}
	record, err := e.begin(ctx, candidate, plan)
	if err != nil {
		return Result{}, err
	}
	return e.walk(ctx, record)
}

// begin writes the first entry of a record, if the target may be released to.
func (e *Engine) begin(ctx context.Context, candidate string, plan Plan) (*Record, error) {
	before, unlock, err := e.turnFor()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if before != nil {
		if err := e.passMinute(ctx, before.last().Time); err != nil {
			return nil, err
		}
	}
	at, err := e.Target.Read(ctx)
	switch {
	case err != nil:
		return nil, err
	case at.Candidate != "":
		return nil, refuse("%s has a canary that no release of these records made (%s): roll it back, "+
			"or promote it", e.Target.Name(), at)
	case candidate == "":
		return nil, refuse("there is nothing to release: %s serves %s", e.Target.Name(), at)
	case candidate == at.Baseline:
		return nil, &Refusal{Nothing: true, Why: fmt.Sprintf("there is nothing to release: %s serves %s "+
			"already", e.Target.Name(), candidate)}
	}
	now, err := e.Clock.Now(ctx)
	if err != nil {
		return nil, err
	}
	first := Entry{
		Time: now, Event: Started, By: e.By, Target: e.Target.Name(), Plan: &plan, Begin: &at,
		Position: Position{Baseline: at.Baseline, Candidate: candidate},
	}
	record, err := e.Records.create(first)
	if err != nil {
		return nil, err
	}
	record.turn = 1
	e.tell(first)
	return record, nil
}

// turnFor locks the records of the target and returns the last of them, nil when there is none. One
// that has not ended is in the way.
func (e *Engine) turnFor() (before *Record, unlock func(), err error) {
	unlock, err = e.Records.lock(e.Target.Name())
	if err != nil {
		return nil, nil, err
	}
	before, err = e.Records.latest(e.Target.Name())
	if err == nil && before != nil && before.Open() {
		err = refuse("release %s of %s has not ended: resume it, or roll it back", before.ID,
			e.Target.Name())
	}
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return before, unlock, nil
}

// passMinute waits until the minute of a time is over. Metrics are counted by the minute, and a
// candidate must not answer for the calls of the one before it.
func (e *Engine) passMinute(ctx context.Context, of time.Time) error {
	now, err := e.Clock.Now(ctx)
	if err != nil {
		return err
	}
	next := of.Truncate(time.Minute).Add(time.Minute)
	if now.Before(of) || !now.Before(next) {
		return nil
	}
	return e.Clock.Sleep(ctx, next.Sub(now))
}

// Resume goes on with a release whose process ended before it did. One that has not ended finds out
// at its next look, and leaves the release to this one.
func (e *Engine) Resume(ctx context.Context) (Result, error) {
	record, err := e.unfinished(ctx, func(record *Record) error {
		err := e.note(ctx, record, Entry{Event: Resumed, Position: record.lastMove().Position})
		record.turn, _ = record.turns()
		return err
	})
	if err != nil {
		return Result{}, err
	}
	switch last := record.lastMove(); {
	case last.Event == RollingBack:
		return e.takeBack(ctx, record, last.Why)
	case last.Event == Moving && last.Position.Candidate == "":
		return e.promote(ctx, record, last.Why)
	}
	return e.walk(ctx, record)
}

// unfinished returns the open record of the target, if the target stands where the record says, and
// what then is still holds.
func (e *Engine) unfinished(ctx context.Context, then func(*Record) error) (*Record, error) {
	unlock, err := e.Records.lock(e.Target.Name())
	if err != nil {
		return nil, err
	}
	defer unlock()
	record, err := e.Records.latest(e.Target.Name())
	switch {
	case err != nil:
		return nil, err
	case record == nil || !record.Open():
		return nil, refuse("no release of %s is under way", e.Target.Name())
	}
	if err := e.stands(ctx, record); err != nil || then == nil {
		return record, err
	}
	return record, then(record)
}

// stands refuses to go on when somebody else moved the target, which ends the release: what serves
// is left to whom it is now.
func (e *Engine) stands(ctx context.Context, record *Record) error {
	at, err := e.Target.Read(ctx)
	if expected := record.stands(); err == nil && !slices.Contains(expected, at) {
		err = refuse("somebody else moved %s: it serves %s, where release %s left %s", e.Target.Name(),
			at, record.ID, expected[len(expected)-1])
	}
	if err == nil {
		return nil
	}
	return e.notMoved(ctx, record, at, err)
}

// notMoved ends the record when the error is a *Refusal, and returns the error.
func (e *Engine) notMoved(ctx context.Context, record *Record, at Position, err error) error {
	if !errors.As(err, new(*Refusal)) {
		return err
	}
	return errors.Join(err, e.note(ctx, record, Entry{
		Event: Refused, Position: at, Why: err.Error(),
	}))
}

// walk goes the steps that are left, and promotes.
func (e *Engine) walk(ctx context.Context, record *Record) (Result, error) {
	plan := *record.first().Plan
	to := record.lastMove().Position
	to.Baseline, to.Candidate = record.first().Position.Baseline, record.first().Position.Candidate
	if to.Percent == 0 {
		to.Percent = plan.Steps[0]
	}
	for {
		if err := e.move(ctx, record, Entry{Event: Moving, Position: to}); err != nil {
			return e.failed(ctx, record, err)
		}
		verdict, err := e.bake(ctx, record, to)
		switch {
		case err != nil:
			return e.failed(ctx, record, err)
		case verdict.Outcome != Healthy:
			return e.takeBack(ctx, record, fmt.Sprintf("at %g %%: %s", to.Percent, verdict.Why))
		}
		step, more := plan.next(to.Percent)
		if !more {
			return e.promote(ctx, record, verdict.Why)
		}
		to.Percent = step
	}
}

// failed takes back what cannot go on, unless somebody else moved it.
func (e *Engine) failed(ctx context.Context, record *Record, err error) (Result, error) {
	var refused *Refusal
	if errors.As(err, &refused) {
		return Result{Release: record.ID}, err
	}
	why := err.Error()
	if ctx.Err() != nil {
		why = "the release was interrupted"
	}
	return e.takeBack(ctx, record, why)
}

// move takes the target to the entry's position and writes that down, before and after. What was
// begun is ended, also when ctx ends meanwhile.
func (e *Engine) move(ctx context.Context, record *Record, entry Entry) error {
	if err := ctx.Err(); err != nil && entry.Event == Moving {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), moveWithin)
	defer cancel()
	unlock, err := e.Records.lock(e.Target.Name())
	if err != nil {
		return err
	}
	defer unlock()
	if err := e.still(ctx, record); err != nil {
		return err
	}
	at, err := e.Target.Read(ctx)
	if err != nil {
		return err
	}
	if err := e.note(ctx, record, entry); err != nil {
		return err
	}
	if err := e.Target.Move(ctx, at, entry.Position); err != nil {
		return e.notMoved(ctx, record, at, fmt.Errorf("moving %s from %s to %s: %w", e.Target.Name(), at,
			entry.Position, err))
	}
	entry.Event = movedBy(entry)
	return e.note(ctx, record, entry)
}

// movedBy names what a move has brought about.
func movedBy(entry Entry) string {
	switch {
	case entry.Event == RollingBack:
		return RolledBack
	case entry.Position.Candidate == "":
		return Promoted
	}
	return Moved
}

// promote makes the candidate what serves alone.
func (e *Engine) promote(ctx context.Context, record *Record, why string) (Result, error) {
	to := Position{Baseline: record.first().Position.Candidate}
	err := e.move(ctx, record, Entry{Event: Moving, Position: to, Why: why})
	if err != nil {
		return e.failed(ctx, record, err)
	}
	return Result{Release: record.ID, Outcome: Promoted, Why: why, Position: to}, nil
}

// takeBack makes what served before serve alone again.
func (e *Engine) takeBack(ctx context.Context, record *Record, why string) (Result, error) {
	to := *record.first().Begin
	err := e.move(ctx, record, Entry{Event: RollingBack, Position: to, Why: why})
	if err != nil {
		return Result{Release: record.ID}, fmt.Errorf("taking release %s back (%s): %w", record.ID, why,
			err)
	}
	return Result{Release: record.ID, Outcome: RolledBack, Why: why, Position: to}, nil
}

// note adds an entry to the record, and tells who watches.
func (e *Engine) note(ctx context.Context, record *Record, entry Entry) error {
	now, err := e.Clock.Now(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	entry.Time, entry.By = now, e.By
	if err := record.add(entry); err != nil {
		return err
	}
	e.tell(entry)
	return nil
}

func (e *Engine) tell(entry Entry) {
	if e.Watch != nil {
		e.Watch(entry)
	}
}
