package release

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Plan says how a release goes.
type Plan struct {
	// Steps are the shares of the calls, in percent, that the candidate gets one after another; the
	// last is 100.
	Steps []float64
	// Bake is how long each step is looked at before the next.
	Bake time.Duration
	// Interval is how long there is between two looks.
	Interval time.Duration
	// Patience is how much longer than Bake a step may wait for enough calls.
	Patience time.Duration
	Rules    Rules
}

// DefaultPlan is what a release goes by unless somebody says otherwise.
func DefaultPlan() Plan {
	return Plan{
		Steps: []float64{5, 25, 50, 100}, Bake: 5 * time.Minute, Interval: time.Minute,
		Patience: 15 * time.Minute, Rules: DefaultRules(),
	}
}

// ParseSteps reads "5,25,50,100".
func ParseSteps(text string) ([]float64, error) {
	var steps []float64
	for _, part := range strings.Split(text, ",") {
		step, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(part), "%"), 64)
		if err != nil {
			return nil, fmt.Errorf("step %q is no percentage: want numbers such as 5,25,50,100", part)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// Check refuses a plan that cannot be gone by.
func (p Plan) Check() error {
	if len(p.Steps) == 0 {
		return errors.New("a plan needs at least one step")
	}
	for i, step := range p.Steps {
		if err := checkShare(step); err != nil {
			return fmt.Errorf("step %w", err)
		}
		if i > 0 && step <= p.Steps[i-1] {
			return fmt.Errorf("step %g does not come after %g: steps must grow", step, p.Steps[i-1])
		}
	}
	if last := p.Steps[len(p.Steps)-1]; last != 100 {
		return fmt.Errorf("the last step is %g: a release ends with 100", last)
	}
	if p.Bake <= 0 || p.Interval <= 0 || p.Interval > p.Bake || p.Patience < 0 {
		return fmt.Errorf("bake %s, interval %s, patience %s: want a bake of at least one interval, and "+
			"no negative times", p.Bake, p.Interval, p.Patience)
	}
	return p.Rules.check()
}

// checkShare refuses what is no share of the calls, in percent, or is finer than every target keeps:
// a stage that is read back with another number would be somebody else's doing.
func checkShare(percent float64) error {
	switch {
	case !(percent > 0 && percent <= 100):
		return fmt.Errorf("%g is no share of the calls: want more than 0 and at most 100", percent)
	case math.Abs(percent*100-math.Round(percent*100)) > 1e-9:
		return fmt.Errorf("%v is too fine a share of the calls: want at most two decimals", percent)
	}
	return nil
}

// next returns the step after a share; ok is false after the last.
func (p Plan) next(after float64) (step float64, ok bool) {
	at := slices.IndexFunc(p.Steps, func(step float64) bool { return step > after })
	if at < 0 {
		return 0, false
	}
	return p.Steps[at], true
}

// Duration is how long a release takes in which every step is healthy at its first chance.
func (p Plan) Duration() time.Duration { return time.Duration(len(p.Steps)) * p.Bake }
