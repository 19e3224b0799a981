package release

import (
	"context"
	"errors"
	"time"
)

// Rollback takes back the release that is under way, or the last one that was promoted; a canary
// that no record knows is ended.
func (e *Engine) Rollback(ctx context.Context, why string) (Result, error) {
	record, err := e.Records.latest(e.Target.Name())
	if err != nil {
		return Result{}, err
	}
	at, err := e.Target.Read(ctx)
	if err != nil {
		return Result{}, err
	}
	if record != nil && record.Open() {
		result, err := e.takeBack(ctx, record, why)
		if err == nil || record.Open() {
			return result, err
		}
		// It ended while this one waited, or somebody else had moved the target.
		if at, err = e.Target.Read(ctx); err != nil {
			return Result{}, err
		}
	}
	switch {
	case at.Candidate != "":
		return e.adopt(ctx, at, RollingBack, why)
	case record != nil && record.last().Event == Promoted && at == record.last().Position:
		return e.undo(ctx, record, why)
	}
	return Result{}, refuse("there is nothing to roll back: %s serves %s", e.Target.Name(), at)
}

// undo takes a promoted release back, as a release of its own.
func (e *Engine) undo(ctx context.Context, promoted *Record, why string) (Result, error) {
	at := promoted.last().Position
	to := *promoted.first().Begin
	back := Position{Baseline: at.Baseline, Candidate: to.Baseline}
	return e.at(ctx, at, back, func(r *Record) (Result, error) {
		err := e.move(ctx, r, Entry{Event: RollingBack, Position: to, Why: why})
		return Result{Release: r.ID, Outcome: RolledBack, Why: why, Position: to}, err
	})
}

// adopt ends a canary that is there without a record.
func (e *Engine) adopt(ctx context.Context, at Position, event, why string) (Result, error) {
	return e.at(ctx, at, at, func(r *Record) (Result, error) {
		to, outcome := Position{Baseline: at.Baseline}, RolledBack
		if event == Moving {
			to, outcome = Position{Baseline: at.Candidate}, Promoted
		}
		err := e.move(ctx, r, Entry{Event: event, Position: to, Why: why})
		return Result{Release: r.ID, Outcome: outcome, Why: why, Position: to}, err
	})
}

// at begins a record of what a person does, and does it.
func (e *Engine) at(
	ctx context.Context, begin, position Position, do func(*Record) (Result, error),
) (Result, error) {
	record, err := e.beginByHand(ctx, begin, position)
	if err != nil {
		return Result{}, err
	}
	return do(record)
}

func (e *Engine) beginByHand(ctx context.Context, begin, position Position) (*Record, error) {
	_, unlock, err := e.turnFor()
	if err != nil {
		return nil, err
	}
	defer unlock()
	now, err := e.Clock.Now(ctx)
	if err != nil {
		return nil, err
	}
	plan := DefaultPlan()
	return e.Records.create(Entry{
		Time: now, Event: Started, By: e.By, Target: e.Target.Name(), Plan: &plan, Begin: &begin,
		Position: position,
	})
}

// Promote ends a release that is under way with the candidate serving alone, without judging it.
func (e *Engine) Promote(ctx context.Context, why string) (Result, error) {
	record, err := e.unfinished(ctx, nil)
	if err == nil {
		return e.promote(ctx, record, why)
	}
	at, readErr := e.Target.Read(ctx)
	if readErr != nil || at.Candidate == "" {
		return Result{}, errors.Join(err, readErr)
	}
	var refused *Refusal
	if latest, _ := e.Records.latest(e.Target.Name()); !errors.As(err, &refused) ||
		latest != nil && latest.Open() {
		return Result{}, err
	}
	return e.adopt(ctx, at, Moving, why)
}

// Shift gives the candidate of the release that is under way another share, without judging it.
func (e *Engine) Shift(ctx context.Context, percent float64, why string) error {
	if err := checkShare(percent); err != nil {
		return err
	}
	record, err := e.unfinished(ctx, nil)
	if err != nil {
		return err
	}
	to := record.first().Position
	to.Percent = percent
	return e.move(ctx, record, Entry{Event: Moving, Position: to, Why: why})
}

// Status is where a target stands, and what is known of its calls.
type Status struct {
	Target   string    `json:"target"`
	Position Position  `json:"position"`
	Release  string    `json:"release,omitempty"` // the record of the release that is under way
	Event    string    `json:"event,omitempty"`   // what happened last in it
	Steps    []float64 `json:"steps,omitempty"`   // of its plan
	Since    time.Time `json:"since"`             // from when on its calls are counted
	Now      time.Time `json:"now"`
	Samples  Samples   `json:"samples"` // since the release began, else of the last hour
	Verdict  *Verdict  `json:"verdict,omitempty"`
	Alarms   []string  `json:"alarms,omitempty"`
}

// Status reads where the target stands, and moves nothing.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	at, err := e.Target.Read(ctx)
	if err != nil {
		return Status{}, err
	}
	status := Status{Target: e.Target.Name(), Position: at}
	if status.Now, err = e.Clock.Now(ctx); err != nil {
		return Status{}, err
	}
	if status.Alarms, err = e.Target.Alarms(ctx); err != nil {
		return Status{}, err
	}
	record, err := e.Records.latest(e.Target.Name())
	if err != nil {
		return Status{}, err
	}
	if record != nil && record.Open() {
		return e.underWay(ctx, record, status)
	}
	status.Since = status.Now.Add(-lookBack)
	status.Samples, err = e.Target.Sample(ctx, Query{At: at, From: status.Since, To: status.Now})
	if at.Candidate != "" {
		verdict := DefaultRules().Judge(status.Samples, 0)
		status.Verdict = &verdict
	}
	return status, err
}

// underWay judges the release that is under way by all calls since it began.
func (e *Engine) underWay(ctx context.Context, record *Record, status Status) (Status, error) {
	first := record.first()
	status.Release, status.Event, status.Since = record.ID, record.last().Event, first.Time
	status.Steps = first.Plan.Steps
	samples, slow, err := e.sample(ctx, record, Query{
		At: status.Position, From: first.Time, To: status.Now,
	})
	if err != nil {
		return Status{}, err
	}
	status.Samples = samples
	if status.Position.Candidate != "" {
		verdict := first.Plan.Rules.Judge(samples, slow)
		status.Verdict = &verdict
	}
	return status, nil
}
