package clock

import "time"

// Begin returns when a piece of work begins, for Took. How long work takes is the machine's time,
// wherever a user moves the clock meanwhile.
func Begin(c Clock) time.Time { return Unmoved(c).Now() }

// Took returns how long work has taken that began at the time that Begin returned.
func Took(c Clock, began time.Time) time.Duration { return Unmoved(c).Now().Sub(began) }

// Stopwatch returns a function that tells how long work has taken since then, as Took does. It costs
// a part of what Now does, and marks read it once a step.
func Stopwatch(c Clock) func() time.Duration {
	c = Unmoved(c)
	if _, ok := c.(System); ok {
		began := time.Now()
		return func() time.Duration { return time.Since(began) }
	}
	began := c.Now()
	return func() time.Duration { return c.Now().Sub(began) }
}
