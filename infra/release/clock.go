package release

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Machine is this machine's time, which calls on AWS happen in.
type Machine struct{}

var _ Clock = Machine{}

// Now returns the time.
func (Machine) Now(context.Context) (time.Time, error) { return time.Now(), nil }

// Sleep returns after d.
func (Machine) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Runner is the time that a runner shows, which `portico clock` moves: calls there happen in it.
type Runner struct {
	URL    string // its main address
	Client *http.Client
}

var _ Clock = Runner{}

const (
	runnerClock = "/_portico/clock"
	// lookEvery is how long the machine's time goes on between two looks at a runner's clock.
	lookEvery = 100 * time.Millisecond
)

// Now returns what the clock shows.
func (r Runner) Now(ctx context.Context) (time.Time, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+runnerClock, nil)
	if err != nil {
		return time.Time{}, err
	}
	response, err := r.Client.Do(request)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the runner's clock: %w", err)
	}
	defer response.Body.Close()
	var shown struct{ Now time.Time }
	if err := json.NewDecoder(response.Body).Decode(&shown); err != nil || shown.Now.IsZero() {
		return time.Time{}, fmt.Errorf("%s answers %s, which is no runner's clock", r.URL+runnerClock,
			response.Status)
	}
	return shown.Now, nil
}

// Sleep returns when the clock has gone on by d, by itself or because somebody moved it.
func (r Runner) Sleep(ctx context.Context, d time.Duration) error {
	begin, err := r.Now(ctx)
	for now := begin; err == nil && now.Sub(begin) < d; now, err = r.Now(ctx) {
		if err := (Machine{}).Sleep(ctx, min(lookEvery, d)); err != nil {
			return err
		}
	}
	return err
}
