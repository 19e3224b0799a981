package release

import (
	"context"
	"fmt"
	"time"
)

// Position is where a target stands: what serves, and what serves a share beside it.
type Position struct {
	Baseline  string  `json:"baseline"`            // the id of a deployment, or a version
	Candidate string  `json:"candidate,omitempty"` // "" when nothing serves beside the baseline
	Percent   float64 `json:"percent"`             // of the calls, to the candidate
}

// String says a position in words.
func (p Position) String() string {
	if p.Candidate == "" {
		return p.Baseline + " alone"
	}
	return fmt.Sprintf("%s, and %s with %g %%", p.Baseline, p.Candidate, p.Percent)
}

// Target is what a release moves.
type Target interface {
	// Name tells people what it is: "stage prod of partner-api".
	Name() string
	// Read returns where it stands.
	Read(ctx context.Context) (Position, error)
	// Move takes it from one position to another, and returns when it is there. What was begun before
	// and not ended, it ends: moving twice is moving once.
	Move(ctx context.Context, from, to Position) error
	// Sample counts what was served at a position.
	Sample(ctx context.Context, q Query) (Samples, error)
	// Alarms returns the names of the alarms that watch it and are in ALARM.
	Alarms(ctx context.Context) ([]string, error)
}

// Query says which calls are counted.
type Query struct {
	At       Position
	From, To time.Time
	// Slow is what a slow call takes longer than; with 0 none is counted.
	Slow time.Duration
}

// Samples are the calls of the two sides.
type Samples struct {
	Baseline  Sample `json:"baseline"`
	Candidate Sample `json:"candidate"`
}

// Sample is what is known of the calls of one side.
type Sample struct {
	Calls    int64         `json:"calls"`
	Errors   int64         `json:"errors"` // that are the server's fault
	Slow     int64         `json:"slow"`
	P50, P99 time.Duration `json:",omitempty"`
}

// errorShare returns the share of calls that failed.
func (s Sample) errorShare() float64 { return share(s.Errors, s.Calls) }

func share(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}
