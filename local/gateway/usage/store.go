// Package usage counts what API keys have used of their usage plans, and reads it back.
//
// It stands in the way of a call after its throttle: the step "count quota" takes one call from the
// meter of the key's plan. All APIs of an account share a Store, so that a key is counted over all
// stages of its plan; what it counts by day is kept in a folder and survives a restart. GetUsage
// and UpdateUsage are for the management API. It answers nothing itself, looks no key up, and
// holds no call to a rate.
package usage

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

// writeEvery is how often the folder is written to at most: what was counted after it is lost when
// the program is killed, and only then.
const writeEvery = time.Second

// Options are what a store is opened with.
type Options struct {
	Clock  clock.Clock
	Folder string // "" keeps nothing
	// Failed is told of what could not be written; it is tried again. Nil tells nobody.
	Failed func(error)
}

// Store counts the calls of API keys.
type Store struct {
	options Options
	machine clock.Clock // for writing: a frozen clock must not keep what was counted from the disk

	mu    sync.Mutex // guards plans
	plans map[string]*plan

	pending atomic.Bool // a write is due
	writing sync.Mutex  // one write at a time

	later  sync.Mutex // guards stop and closed
	stop   func() bool
	closed bool
	due    sync.WaitGroup // the write that is due
}

// plan is what is known of a usage plan.
type plan struct {
	id    string
	store *Store
	dirty atomic.Bool // it was counted since the last write

	mu    sync.Mutex // guards what follows
	since day        // when it was first seen: the offset of its quota is for that period
	quota *api.Quota
	keys  map[string]*tally
}

// Open reads what was counted before.
func Open(o Options) (*Store, error) {
	s := &Store{options: o, machine: clock.Unmoved(o.Clock), plans: map[string]*plan{}}
	if o.Folder == "" {
		return s, nil
	}
	return s, s.load()
}

// Meter returns the meter of an API key in a usage plan. Meters of the same key and plan count
// together; each holds calls to the quota it was made with.
func (s *Store) Meter(of *api.UsagePlan, keyID string) *Meter {
	p := s.plan(of)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quota = of.Quota
	return &Meter{tally: p.key(keyID), quota: of.Quota}
}

func (s *Store) plan(of *api.UsagePlan) *plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.plans[of.ID]
	if known == nil {
		known = &plan{
			id: of.ID, store: s, since: dayOf(s.options.Clock.Now()), keys: map[string]*tally{},
		}
		s.plans[of.ID] = known
		known.touch() // the day it was first seen on must outlive a restart
	}
	return known
}

// key returns what a key has used. mu is held.
func (p *plan) key(id string) *tally {
	known := p.keys[id]
	if known == nil {
		known = &tally{plan: p, since: p.since, days: map[day]int{}}
		p.keys[id] = known
	}
	return known
}

// touch has the plan written, soon.
func (p *plan) touch() {
	s := p.store
	if s.options.Folder == "" {
		return
	}
	p.dirty.Store(true)
	if s.pending.Load() || !s.pending.CompareAndSwap(false, true) {
		return
	}
	s.later.Lock()
	defer s.later.Unlock()
	if s.closed {
		return
	}
	s.due.Add(1)
	s.stop = s.machine.AfterFunc(writeEvery, func() {
		defer s.due.Done()
		if err := s.write(); err != nil && s.options.Failed != nil {
			s.options.Failed(err)
		}
	})
}

// write writes what was counted since the last time.
func (s *Store) write() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.pending.Store(false)
	s.mu.Lock()
	var dirty []*plan
	for _, p := range s.plans {
		if p.dirty.Swap(false) {
			dirty = append(dirty, p)
		}
	}
	s.mu.Unlock()
	var errs []error
	for _, p := range dirty {
		if err := s.save(p); err != nil {
			p.dirty.Store(true) // the next call that is counted tries again
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Close writes what is not written yet. Calls that are counted later are forgotten.
func (s *Store) Close() error {
	s.later.Lock()
	s.closed = true
	if s.stop != nil && s.stop() {
		s.due.Done()
	}
	s.later.Unlock()
	s.due.Wait()
	return s.write()
}
