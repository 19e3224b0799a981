package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

// Movable is a clock that a user can set, stop and move; until then it is the clock it was made of.
//
// Its bells ring by its own time: one that falls due by a move rings at once, one that a move puts
// off rings later, and none rings while it stands still. What must keep the machine's time, because
// it measures work outside of the gateway, takes the clock from Unmoved.
type Movable struct {
	base    Clock
	setting atomic.Pointer[setting] // written under mu

	mu    sync.Mutex // guards setting and the list of bells
	first *armed
}

// setting says how a Movable differs from its base.
type setting struct {
	frozen bool
	at     time.Time     // where a frozen clock stands
	ahead  time.Duration // of the base, while it is not frozen
}

// armed is a bell that waits, and a link of the list of bells.
type armed struct {
	clock      *Movable
	at         time.Time
	ring       func()
	stop       func() bool // ends the base's bell; nil while there is none
	round      int         // how often it was armed: the base's bell of another round is void
	prev, next *armed
	waiting    bool
}

var _ Clock = (*Movable)(nil)

// NewMovable returns a clock that goes as base does.
func NewMovable(base Clock) *Movable {
	m := &Movable{base: base}
	m.setting.Store(&setting{})
	return m
}

// Unmoved returns the clock that a Movable was made of, and every other clock as it is: the time of
// whom nobody moves, such as functions, backends and those who sign calls.
func Unmoved(c Clock) Clock {
	if m, ok := c.(*Movable); ok {
		return m.base
	}
	return c
}

// Now returns the time it shows.
func (m *Movable) Now() time.Time {
	s := m.setting.Load()
	if s.frozen {
		return s.at
	}
	return m.base.Now().Add(s.ahead)
}

// AfterFunc rings when the clock shows d more than now, however it comes to that.
func (m *Movable) AfterFunc(d time.Duration, f func()) func() bool {
	b := &armed{clock: m, ring: f, waiting: true}
	m.mu.Lock()
	defer m.mu.Unlock()
	b.at = m.Now().Add(d)
	b.next = m.first
	if m.first != nil {
		m.first.prev = b
	}
	m.first = b
	m.arm(b, d)
	return b.cancel
}

// arm has the base ring when a bell has waited for what is left. mu is held.
func (m *Movable) arm(b *armed, left time.Duration) {
	b.round++
	b.stop = nil
	if m.setting.Load().frozen && left > 0 {
		return
	}
	round := b.round
	b.stop = m.base.AfterFunc(left, func() {
		if m.take(b, round) {
			b.ring()
		}
	})
}

// take ends the wait of a bell that is due, and reports whether it has to ring.
func (m *Movable) take(b *armed, round int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !b.waiting || b.round != round {
		return false
	}
	m.unlink(b)
	return true
}

func (b *armed) cancel() bool {
	m := b.clock
	m.mu.Lock()
	defer m.mu.Unlock()
	if !b.waiting {
		return false
	}
	m.unlink(b)
	if b.stop != nil {
		b.stop()
	}
	return true
}

func (m *Movable) unlink(b *armed) {
	b.waiting = false
	if b.prev != nil {
		b.prev.next = b.next
	} else {
		m.first = b.next
	}
	if b.next != nil {
		b.next.prev = b.prev
	}
	b.prev, b.next = nil, nil
}

// State is what a Movable shows.
type State struct {
	Now     time.Time     `json:"now"`
	Machine time.Time     `json:"machine"` // what the clock shows that it was made of
	Ahead   time.Duration `json:"ahead"`   // of the machine, in nanoseconds
	Frozen  bool          `json:"frozen"`
}

// State returns what it shows, and how that differs from the machine.
func (m *Movable) State() State {
	now, machine := m.Now(), m.base.Now()
	return State{
		Now: now, Machine: machine, Ahead: now.Sub(machine), Frozen: m.setting.Load().frozen,
	}
}

// Set makes it show a time, which may be past. A frozen clock stays frozen. Like the other moves it
// returns when every bell that fell due has rung.
func (m *Movable) Set(to time.Time) {
	m.move(func(s setting) setting {
		s.at, s.ahead = to.UTC(), to.Sub(m.base.Now())
		return s
	})
}

// Advance makes it show a time that is d later.
func (m *Movable) Advance(d time.Duration) {
	m.move(func(s setting) setting {
		s.at, s.ahead = s.at.Add(d), s.ahead+d
		return s
	})
}

// Freeze makes it stand still.
func (m *Movable) Freeze() {
	m.move(func(s setting) setting {
		if !s.frozen {
			s.frozen, s.at = true, m.base.Now().Add(s.ahead)
		}
		return s
	})
}

// Resume lets a frozen clock go on from where it stands.
func (m *Movable) Resume() {
	m.move(func(s setting) setting {
		if s.frozen {
			s.frozen, s.ahead = false, s.at.Sub(m.base.Now())
		}
		return s
	})
}

// move changes the setting, arms every bell anew, and rings those that are due.
func (m *Movable) move(change func(setting) setting) {
	var due []*armed
	m.mu.Lock()
	to := change(*m.setting.Load())
	m.setting.Store(&to)
	now := m.Now()
	for b := m.first; b != nil; {
		next := b.next
		if b.stop != nil {
			b.stop() // when it rings already, its round is over
		}
		if left := b.at.Sub(now); left > 0 {
			m.arm(b, left)
		} else {
			m.unlink(b)
			due = append(due, b)
		}
		b = next
	}
	m.mu.Unlock()
	var rung sync.WaitGroup
	for _, b := range due {
		rung.Go(b.ring)
	}
	rung.Wait()
}
