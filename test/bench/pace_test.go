package bench

import (
	"slices"
	"testing"
	"time"
)

// What an account lets pass: bursts of 5,000 calls, and 10,000 a second beside. A burst is kept
// below, and the time until it is there again is waited for and not measured.
const (
	burst  = 4000
	refill = 500 * time.Millisecond
)

// pacer keeps the calls of one API below the throttle of its account.
type pacer struct{ ended time.Time }

func (p *pacer) wait(b *testing.B) {
	b.StopTimer()
	defer b.StartTimer()
	time.Sleep(refill - time.Since(p.ended))
}

// measure loads a target, in bursts where it is throttled.
func measure(b *testing.B, t target, calls int) (latencies, time.Duration) {
	b.Helper()
	if t.pace == nil {
		return load(b, t, calls)
	}
	var all latencies
	var elapsed time.Duration
	for left := calls; left > 0; left -= burst {
		t.pace.wait(b)
		took, spent := load(b, t, min(left, burst))
		t.pace.ended = time.Now()
		all, elapsed = append(all, took...), elapsed+spent
	}
	slices.Sort(all)
	return all, elapsed
}
