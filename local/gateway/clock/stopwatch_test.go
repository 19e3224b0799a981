package clock_test

import (
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/clock"
)

func TestStopwatchesGoAsTheMachineDoes(t *testing.T) {
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

func TestWhatWorkTookIsNotMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.NewMovable(clock.System{})
		passed, began := clock.Stopwatch(c), clock.Begin(c)
		worked := time.Duration(0)
		for _, r := range []struct {
			name string
			move func()
			work time.Duration
		}{
			{"while it goes", func() {}, time.Second},
			{"while it stands still", c.Freeze, time.Second},
			{"moved on", func() { c.Advance(time.Hour) }, time.Second},
			{"going again", c.Resume, time.Second},
			{"set back", func() { c.Advance(-2 * time.Hour) }, time.Second},
			{"set", func() { c.Set(time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)) }, 0},
		} {
			r.move()
			time.Sleep(r.work)
			worked += r.work
			if passed() != worked || clock.Took(c, began) != worked {
				t.Errorf("%s: got %v and %v, want %v", r.name, passed(), clock.Took(c, began), worked)
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
