// Package clock is the time every other package reads.
//
// Buckets, caches, token expiry and idle limits ask a Clock, so tests and users can move time.
// It stands beside the way of a call, not in it. It does not format times and knows no time zones:
// AWS reports in UTC, and so do we.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and rings later.
type Clock interface {
	// Now returns the current time in UTC.
	Now() time.Time
	// AfterFunc calls f in a goroutine of its own once d has passed; stop prevents that and
	// reports whether it did.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// System is the machine's clock.
type System struct{}

var _ Clock = System{}

// Now returns the machine's time.
func (System) Now() time.Time { return time.Now().UTC() }

// AfterFunc rings on the machine's time.
func (System) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// Manual is a clock that stands still until it is moved. Its zero value starts at the zero time;
// use NewManual.
type Manual struct {
	mu    sync.Mutex // guards now and bells
	now   time.Time
	bells map[*bell]struct{}
}

type bell struct {
	at time.Time
	f  func()
}

var _ Clock = (*Manual)(nil)

// NewManual returns a clock that stands at start.
func NewManual(start time.Time) *Manual {
	return &Manual{now: start.UTC(), bells: map[*bell]struct{}{}}
}

// Now returns where the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// AfterFunc rings when Advance passes d from now.
func (m *Manual) AfterFunc(d time.Duration, f func()) func() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := &bell{at: m.now.Add(d), f: f}
	m.bells[b] = struct{}{}
	return func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		_, waiting := m.bells[b]
		delete(m.bells, b)
		return waiting
	}
}

// Advance moves the clock by d and returns when every bell that fell due has rung.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	m.now = m.now.Add(d)
	var due []*bell
	for b := range m.bells {
		if !b.at.After(m.now) {
			due = append(due, b)
			delete(m.bells, b)
		}
	}
	m.mu.Unlock()
	var rung sync.WaitGroup
	for _, b := range due {
		rung.Go(b.f)
	}
	rung.Wait()
}
