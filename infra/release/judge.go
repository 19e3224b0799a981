package release

import (
	"fmt"
	"math"
	"time"
)

// Rules say when a candidate is worse than its baseline.
//
// The test is Fisher's exact test, one-sided: how likely at least so many of the failed (or slow)
// calls would be the candidate's if both sides were equally good. It is exact for few calls too,
// and needs no assumption about how calls are spread. Two tests are made per look, so that each has
// half of Alpha; that a bake is looked at several times is not corrected for, which errs on the
// side of taking back.
type Rules struct {
	// Alpha is how often a release that is as good as its baseline may be taken back, per look.
	Alpha float64
	// MinCalls is how many calls the candidate must have served before it is called healthy.
	MinCalls int64
	// MaxErrors is the share of failed calls that is never accepted, whatever the baseline's is.
	MaxErrors float64
	// Slowdown is by how much a share of slow calls must have grown to count: 2 is twice.
	Slowdown float64
}

// DefaultRules are what a release is judged by unless somebody says otherwise.
func DefaultRules() Rules {
	return Rules{Alpha: 0.01, MinCalls: 50, MaxErrors: 0.5, Slowdown: 2}
}

// check refuses rules that judge nothing.
func (r Rules) check() error {
	switch {
	case !(r.Alpha > 0 && r.Alpha <= 0.2):
		return fmt.Errorf("alpha is %g: want more than 0 and at most 0.2", r.Alpha)
	case r.MinCalls < 1:
		return fmt.Errorf("at least 1 call is needed to judge, not %d", r.MinCalls)
	case !(r.MaxErrors > 0 && r.MaxErrors <= 1):
		return fmt.Errorf("the share of errors that is never accepted is %g: want more than 0 and at "+
			"most 1", r.MaxErrors)
	case !(r.Slowdown > 1 && r.Slowdown <= math.MaxFloat64):
		return fmt.Errorf("the slowdown that counts is %g: want a number above 1", r.Slowdown)
	}
	return nil
}

// Outcome is what a look at the samples says.
type Outcome string

// The outcomes.
const (
	Healthy Outcome = "healthy"
	Worse   Outcome = "worse"
	TooFew  Outcome = "too few calls"
)

// Verdict is an outcome, and why.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	Why     string  `json:"why"`
}

// Judge holds the candidate's calls against the baseline's. Slow calls are those that took more
// than slow.
func (r Rules) Judge(s Samples, slow time.Duration) Verdict {
	c, b := s.Candidate, s.Baseline
	half := r.Alpha / 2
	if c.Calls >= minForErrors && c.errorShare() >= r.MaxErrors && c.errorShare() > b.errorShare() {
		return Verdict{Worse, fmt.Sprintf("%s of the candidate's %d calls failed (limit %s)",
			percent(c.errorShare()), c.Calls, percent(r.MaxErrors))}
	}
	if p := fisher(c.Errors, c.Calls, b.Errors, b.Calls); p < half {
		return Verdict{Worse, fmt.Sprintf("%d of %d calls failed, of the baseline's %d of %d (p = %.2g)",
			c.Errors, c.Calls, b.Errors, b.Calls, p)}
	}
	grown := share(c.Slow, c.Calls) >= r.Slowdown*share(b.Slow, b.Calls)
	if p := fisher(c.Slow, c.Calls, b.Slow, b.Calls); p < half && grown {
		return Verdict{Worse, fmt.Sprintf("%d of %d calls took more than %s, of the baseline's %d of %d "+
			"(p = %.2g)", c.Slow, c.Calls, slow, b.Slow, b.Calls, p)}
	}
	if c.Calls < r.MinCalls {
		return Verdict{TooFew, fmt.Sprintf("the candidate served %d calls, %d are needed", c.Calls,
			r.MinCalls)}
	}
	return Verdict{Healthy, fmt.Sprintf("%d of %d calls failed, of the baseline's %d of %d", c.Errors,
		c.Calls, b.Errors, b.Calls)}
}

// minForErrors is how few failed calls are taken for a sign by their share alone.
const minForErrors = 10

func percent(share float64) string { return fmt.Sprintf("%.3g %%", 100*share) }

// fisher returns how likely it is that at least hits of n calls, and not more of the other side's,
// are hits when the hits are dealt to both sides at random: the upper tail of the hypergeometric
// distribution. With nothing to compare it is 1.
func fisher(hits, n, otherHits, otherN int64) float64 {
	all, marked := n+otherN, hits+otherHits
	if n == 0 || otherN == 0 || marked == 0 {
		return 1
	}
	var tail float64
	for k := hits; k <= min(n, marked); k++ {
		if marked-k > otherN {
			continue
		}
		term := math.Exp(choose(n, k) + choose(otherN, marked-k) - choose(all, marked))
		tail += term
		if k > hits && term < tail*1e-12 {
			break // the rest only gets smaller
		}
	}
	return min(tail, 1)
}

// choose returns the logarithm of the number of ways to take k out of n.
func choose(n, k int64) float64 {
	return logFactorial(n) - logFactorial(k) - logFactorial(n-k)
}

func logFactorial(n int64) float64 {
	value, _ := math.Lgamma(float64(n) + 1)
	return value
}
