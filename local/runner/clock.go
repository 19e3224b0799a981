package runner

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"portico/local/gateway/clock"
)

// clockPath is where the time is shown and moved: GET, and POST to set?to=, advance?by=, freeze and
// resume.
const clockPath = knobs + "clock"

// The moves of a clock.
const (
	ClockSet     = "set"
	ClockAdvance = "advance"
	ClockFreeze  = "freeze"
	ClockResume  = "resume"
)

// ClockMove says how the clock of a running runner is moved. Buckets, quotas, caches, tokens, key
// sets and the limits of connections follow it; functions, companions, backends, certificates and
// signatures keep the machine's time.
type ClockMove struct {
	Kind string // "" only shows it
	To   string // of ClockSet: a time of RFC 3339, or "now" for the machine's
	By   string // of ClockAdvance: a duration such as 36h or 90m
}

// ClockState is what a clock shows.
type ClockState = clock.State

// MoveClock moves the clock of the runner at an address, or of that which serves the app when the
// address is "", and returns what it shows then.
func MoveClock(ctx context.Context, o Options, at string, move ClockMove) (ClockState, error) {
	o, err := o.withDefaults()
	if err != nil {
		return ClockState{}, err
	}
	if at == "" {
		found, ok := findRunning(ctx, o.State)
		if !ok {
			return ClockState{}, fmt.Errorf("no runner serves %s; start one with portico start, or name "+
				"it with --url", o.Dir)
		}
		at = found
	}
	var state ClockState
	if move.Kind == "" {
		return state, get(ctx, at+clockPath, &state)
	}
	asked := url.Values{"to": {move.To}, "by": {move.By}}
	at += clockPath + "/" + move.Kind + "?" + asked.Encode()
	return state, send(ctx, http.MethodPost, at, nil, &state)
}

// clockOfRunning returns the time of the runner that serves the app, so that a token minted beside
// it is valid there; without one it is that of the options.
func clockOfRunning(ctx context.Context, o Options) (clock.Clock, error) {
	at, ok := findRunning(ctx, o.State)
	if !ok {
		return o.Clock, nil
	}
	var state ClockState
	if err := get(ctx, at+clockPath, &state); err != nil {
		return nil, err
	}
	shown := clock.NewMovable(o.machine())
	if state.Frozen {
		shown.Freeze()
	}
	if state.Frozen || state.Ahead != 0 {
		shown.Set(state.Now)
	}
	return shown, nil
}

// Clock returns the time that the APIs of the runner read; moving it moves them.
func (r *Runner) Clock() *clock.Movable { return r.options.Clock.(*clock.Movable) }

func (r *Runner) serveClock(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, r.Clock().State())
}

func (r *Runner) serveClockMove(w http.ResponseWriter, request *http.Request) {
	asked := request.URL.Query()
	err := moveClock(r.Clock(), ClockMove{
		Kind: request.PathValue("move"), To: asked.Get("to"), By: asked.Get("by"),
	})
	if err != nil {
		answer(w, http.StatusBadRequest, problem{err.Error()})
		return
	}
	r.serveClock(w, request)
}

func moveClock(c *clock.Movable, move ClockMove) error {
	switch move.Kind {
	case ClockSet:
		to, err := timeToSet(c, move.To)
		if err != nil {
			return err
		}
		c.Set(to)
	case ClockAdvance:
		by, err := time.ParseDuration(move.By)
		if err != nil || by <= 0 {
			return fmt.Errorf("the clock cannot be advanced by %q, want a duration such as 90s, 36h or "+
				"1h30m", move.By)
		}
		if err := checkTime(c.Now().Add(by)); err != nil {
			return err
		}
		c.Advance(by)
	case ClockFreeze:
		c.Freeze()
	case ClockResume:
		c.Resume()
	default:
		return fmt.Errorf("the clock has no move %q, allowed are %s, %s, %s and %s", move.Kind,
			ClockSet, ClockAdvance, ClockFreeze, ClockResume)
	}
	return nil
}

func timeToSet(c *clock.Movable, text string) (time.Time, error) {
	if text == "now" {
		return c.State().Machine, nil
	}
	to, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return to, fmt.Errorf("the clock cannot be set to %q, want a time such as "+
			"2026-12-31T23:59:00Z, or now", text)
	}
	return to, checkTime(to)
}

// checkTime refuses years that nobody's tokens and deadlines are made for.
func checkTime(to time.Time) error {
	if year := to.Year(); year < 2000 || year > 2199 {
		return fmt.Errorf("the clock cannot show %s, allowed are the years 2000 to 2199",
			to.Format(time.RFC3339))
	}
	return nil
}
