package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/clock"
)

func TestStopwatchesGoAsTheirClock(t *testing.T) {
	for name, made := range map[string]func() clock.Clock{
		"the machine's": func() clock.Clock { return clock.System{} },
		"a movable one": func() clock.Clock { return clock.NewMovable(clock.System{}) },
		"a movable one that was moved": func() clock.Clock {
			c := clock.NewMovable(clock.System{})
			c.Set(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				passed := clock.Stopwatch(made())
				time.Sleep(3 * time.Second)
				if got := passed(); got != 3*time.Second {
					t.Errorf("got %v after 3 s", got)
				}
			})
		})
	}
}

func TestAStopwatchTellsWhatItsClockWasMovedBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewMovable(clock.System{})
		c.Freeze()
		passed := clock.Stopwatch(c)
		for _, r := range []struct {
			name string
			move func()
			want time.Duration
		}{
			{"while it stands still", func() { time.Sleep(time.Hour) }, 0},
			{"moved", func() { c.Advance(time.Minute) }, time.Minute},
			{"going again", c.Resume, time.Minute},
			{"a second later", func() { time.Sleep(time.Second) }, time.Minute + time.Second},
			{"moved on", func() { c.Advance(time.Hour) }, time.Hour + time.Minute + time.Second},
			{"set back", func() { c.Advance(-2 * time.Hour) }, -time.Hour + time.Minute + time.Second},
		} {
			if r.move(); passed() != r.want {
				t.Errorf("%s: got %v, want %v", r.name, passed(), r.want)
			}
		}
	})
	manual := clock.NewManual(time.Time{})
	passed := clock.Stopwatch(manual)
	manual.Advance(time.Minute)
	if got := passed(); got != time.Minute {
		t.Errorf("by hand: got %v, want 1m", got)
	}
}
