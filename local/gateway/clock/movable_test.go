package clock_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/clock"
)

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestMovable(t *testing.T) {
	for _, r := range []struct {
		name string
		move func(*clock.Movable)
		base time.Duration // that passes on the base, after the moves
		want time.Duration // of the movable, since the start
	}{
		{"goes as its base does", func(*clock.Movable) {}, time.Minute, time.Minute},
		{"stays ahead when advanced", func(m *clock.Movable) { m.Advance(time.Hour) }, time.Minute, 61 * time.Minute},
		{"stands still when frozen", func(m *clock.Movable) { m.Freeze() }, time.Minute, 0},
		{"moves while it is frozen", func(m *clock.Movable) {
			m.Freeze()
			m.Advance(time.Hour)
		}, time.Minute, time.Hour},
		{"goes on from where it stood", func(m *clock.Movable) {
			m.Advance(time.Hour)
			m.Freeze()
			m.Freeze()
			m.Resume()
			m.Resume()
		}, time.Minute, 61 * time.Minute},
		{"is set to the past", func(m *clock.Movable) { m.Set(day.Add(-time.Hour)) }, time.Minute, -59 * time.Minute},
		{"is set while it is frozen", func(m *clock.Movable) {
			m.Freeze()
			m.Set(day.Add(time.Hour))
		}, time.Minute, time.Hour},
	} {
		t.Run(r.name, func(t *testing.T) {
			base := clock.NewManual(day)
			m := clock.NewMovable(base)
			r.move(m)
			base.Advance(r.base)
			if got := m.Now().Sub(day); got != r.want {
				t.Errorf("it shows %v after the start, want %v", got, r.want)
			}
			state := m.State()
			if want := r.want - r.base; state.Ahead != want || !state.Machine.Equal(day.Add(r.base)) {
				t.Errorf("got %+v, want %v ahead", state, want)
			}
			if clock.Unmoved(m) != clock.Clock(base) || clock.Unmoved(base) != clock.Clock(base) {
				t.Error("the unmoved clock is another than its base")
			}
		})
	}
}

func TestBellsRingByTheTimeThatIsShown(t *testing.T) {
	for _, r := range []struct {
		name string
		move func(m *clock.Movable, base *clock.Manual)
		want bool // the bell of an hour has rung
	}{
		{"an hour of the base", func(_ *clock.Movable, base *clock.Manual) { base.Advance(time.Hour) }, true},
		{"an hour by moving", func(m *clock.Movable, _ *clock.Manual) { m.Advance(time.Hour) }, true},
		{"an hour in parts", func(m *clock.Movable, base *clock.Manual) {
			m.Advance(30 * time.Minute)
			base.Advance(30 * time.Minute)
		}, true},
		{"less than an hour in parts", func(m *clock.Movable, base *clock.Manual) {
			m.Advance(30 * time.Minute)
			base.Advance(29 * time.Minute)
		}, false},
		{"none while it is frozen", func(m *clock.Movable, base *clock.Manual) {
			m.Freeze()
			base.Advance(2 * time.Hour)
		}, false},
		{"moved while it is frozen", func(m *clock.Movable, _ *clock.Manual) {
			m.Freeze()
			m.Advance(time.Hour)
		}, true},
		{"the rest after it was frozen", func(m *clock.Movable, base *clock.Manual) {
			base.Advance(30 * time.Minute)
			m.Freeze()
			base.Advance(time.Hour)
			m.Resume()
			base.Advance(30 * time.Minute)
		}, true},
		{"put off when it is set back", func(m *clock.Movable, base *clock.Manual) {
			m.Set(day.Add(-time.Hour))
			base.Advance(time.Hour)
		}, false},
		{"put off, and due in the end", func(m *clock.Movable, base *clock.Manual) {
			m.Set(day.Add(-time.Hour))
			base.Advance(2 * time.Hour)
		}, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			base := clock.NewManual(day)
			m := clock.NewMovable(base)
			var rung atomic.Int32
			stop := m.AfterFunc(time.Hour, func() { rung.Add(1) })
			r.move(m, base)
			if got := rung.Load() == 1; got != r.want || rung.Load() > 1 {
				t.Errorf("it rang %d times, want rung %v", rung.Load(), r.want)
			}
			if stopped := stop(); stopped == r.want || stop() {
				t.Errorf("stopped %v, want %v, and only once", stopped, !r.want)
			}
			m.Advance(1000 * time.Hour)
			if r.want != (rung.Load() == 1) {
				t.Error("a bell that was stopped has rung")
			}
		})
	}
}

func TestABellThatIsDueRingsOnAFrozenClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := clock.NewMovable(clock.System{})
		m.Freeze()
		rung := make(chan struct{})
		m.AfterFunc(0, func() { close(rung) })
		<-rung
	})
}

// Bells ring once, however moves, stops and the base's own bells meet.
func TestBellsRingOnceWhileTheClockIsMoved(t *testing.T) {
	m := clock.NewMovable(clock.System{})
	const bells = 2000
	var rung, stopped atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 200 {
			m.Advance(time.Microsecond)
			m.Freeze()
			m.Resume()
		}
	}()
	for i := range bells {
		stop := m.AfterFunc(time.Duration(i%7)*time.Microsecond, func() { rung.Add(1) })
		if i%3 == 0 && stop() {
			stopped.Add(1)
		}
	}
	<-done
	m.Advance(time.Hour)
	for rung.Load()+stopped.Load() < bells { // a bell of the base may be on its way
		m.Advance(time.Hour)
	}
	if got := rung.Load() + stopped.Load(); got != bells {
		t.Errorf("%d rings and stops, want %d", got, bells)
	}
}

func BenchmarkAfterFunc(b *testing.B) {
	for name, c := range map[string]clock.Clock{
		"system": clock.System{}, "movable": clock.NewMovable(clock.System{}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					c.AfterFunc(time.Minute, func() {})()
				}
			})
		})
	}
}

func BenchmarkNow(b *testing.B) {
	m := clock.NewMovable(clock.System{})
	for b.Loop() {
		m.Now()
	}
}
