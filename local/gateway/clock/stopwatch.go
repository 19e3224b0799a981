package clock

import "time"

// Stopwatch returns a function that tells how much time has passed on a clock since then, with what
// the clock was moved by. It costs a part of what Now does, and marks read it once a step.
func Stopwatch(c Clock) func() time.Duration {
	switch c := c.(type) {
	case System:
		began := time.Now()
		return func() time.Duration { return time.Since(began) }
	case *Movable:
		return c.stopwatch()
	}
	began := c.Now()
	return func() time.Duration { return c.Now().Sub(began) }
}

func (m *Movable) stopwatch() func() time.Duration {
	passed, base, began := Stopwatch(m.base), m.base.Now(), m.Now()
	behind := base.Sub(began) // what it was ahead then, to be taken off
	return func() time.Duration {
		s := m.setting.Load()
		if s.frozen {
			return s.at.Sub(began)
		}
		return passed() + s.ahead + behind
	}
}
