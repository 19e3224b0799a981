package lambda

import (
	"slices"
	"sync"
	"time"
)

const (
	// initLimit is how long the init phase may take before it is started again as part of the
	// first call (Lambda runtime environment lifecycle).
	initLimit = 10 * time.Second
	// turnover tells functions that work from functions that wait: see scale.
	turnover = 50 * time.Millisecond
	// idleLimit is when an environment beyond the warm ones ends.
	idleLimit = 5 * time.Minute
)

// fleet is the environments of one version of a function. An environment serves one call at a time;
// calls that find none free wait in line.
type fleet struct {
	service  *Service
	function *function
	region   string
	warm     int // environments that start without asking whether they help
	limit    int // the most there may be

	mu      sync.Mutex // guards all below, and what environments and flights say it guards
	members map[*environment]struct{}
	states  [ended + 1]int // how many members are in each
	idle    []*environment // the newest last
	line    []*flight
	retired bool
	scaling func() bool // stops the next look at the line; nil when it is empty
	quick   bool        // somebody answered within turnover since the last look
	ahead   int         // environments that are started ahead and kept
	rising  func() bool // stops the next try to start what is missing of them; nil without one
	delay   time.Duration
}

func newFleet(s *Service, fn *function, region string) *fleet {
	limit := s.options.MaxEnvironments
	if fn.ReservedConcurrency != nil {
		limit = min(limit, *fn.ReservedConcurrency)
	}
	return &fleet{
		service: s, function: fn, region: region,
		warm: min(s.options.WarmEnvironments, limit), limit: limit,
		members: map[*environment]struct{}{},
	}
}

func (f *fleet) timeout() time.Duration {
	return time.Duration(f.function.TimeoutSeconds) * time.Second
}

// submit hands a call to the environment that was used last, or puts it in line. The only error is
// errRetired.
func (f *fleet) submit(fl *flight) error {
	fl.limit = f.timeout()
	f.mu.Lock()
	if f.retired {
		f.mu.Unlock()
		return errRetired
	}
	if last := len(f.idle) - 1; last >= 0 {
		e := f.idle[last]
		f.idle = f.idle[:last]
		f.assign(e, fl)
		f.mu.Unlock()
		e.dispatch(fl)
		return nil
	}
	defer f.mu.Unlock()
	f.enqueue(fl)
	return nil
}

// enqueue puts a call in line and starts environments for it. f.mu is held.
//
// Unlike AWS: where only this machine's limit is reached, a call waits instead of being refused.
func (f *fleet) enqueue(fl *flight) {
	fl.queued = true
	patience := initLimit + 2*f.timeout() // a slow start, an init within the call, the call
	fl.stop = f.service.options.Clock.AfterFunc(patience, func() { f.giveUp(fl) })
	f.line = append(f.line, fl)
	f.start(len(f.line)-f.states[starting]-f.states[returning], f.warm)
	if f.scaling == nil {
		f.scaling = f.service.options.Clock.AfterFunc(turnover, f.scale)
	}
}

// dequeue takes the first call out of the line, nil when there is none. f.mu is held.
func (f *fleet) dequeue() *flight {
	if len(f.line) == 0 {
		return nil
	}
	fl := f.line[0]
	f.line[0] = nil
	f.line = f.line[1:]
	fl.queued = false
	fl.disarm()
	return fl
}

// leave takes one call out of the line and reports whether it was there.
func (f *fleet) leave(fl *flight) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !fl.queued {
		return false
	}
	fl.queued = false
	fl.disarm()
	f.line = slices.DeleteFunc(f.line, func(other *flight) bool { return other == fl })
	return true
}

// abandon forgets a call whose caller left while it stood in line.
//
// Unlike AWS: a call that no environment has begun is not run for nobody.
func (f *fleet) abandon(fl *flight) {
	if f.leave(fl) {
		fl.free()
	}
}

func (f *fleet) giveUp(fl *flight) {
	if f.leave(fl) {
		fl.meter.throttled(f.service.options.Clock.Now())
		fl.refuse(refuseWaiting(f.function, f.limit))
	}
}

// start starts up to wanted environments while there are fewer than limit. f.mu is held.
func (f *fleet) start(wanted, limit int) {
	for range min(wanted, limit-len(f.members)) {
		if f.launch(asked) == nil {
			return
		}
	}
}

// launch starts an environment; nil when the service is closing. f.mu is held.
func (f *fleet) launch(how start) *environment {
	e := newEnvironment(f, how)
	if !f.service.begin(e.run) {
		return nil
	}
	f.members[e] = struct{}{}
	f.states[starting]++
	return e
}

// scale looks at the line from time to time. Up to the warm number an environment helps whenever
// calls wait. Beyond, more of them only slow each other down, unless nobody has answered quickly
// since the last look: then the function waits for something, and its CPU is free.
func (f *fleet) scale() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.scaling = nil
	if len(f.line) == 0 {
		return
	}
	wanted := len(f.line) - f.states[starting]
	switch {
	case len(f.members) < f.warm:
		f.start(wanted, f.warm)
	case !f.quick:
		f.start(min(wanted, len(f.members)), f.limit)
	}
	f.quick = false
	f.scaling = f.service.options.Clock.AfterFunc(turnover, f.scale)
}

// assign gives a call to a waiting environment, whose dispatch must follow. f.mu is held.
func (f *fleet) assign(e *environment, fl *flight) {
	f.become(e, busy)
	fl.started = f.service.options.Clock.Now()
	e.flight = fl
}

// become moves an environment to another state. f.mu is held.
func (f *fleet) become(e *environment, next state) {
	f.states[e.state]--
	e.state = next
	f.states[next]++
}

// remove takes an environment out of the fleet, so that another can take its place; it reports
// whether it was still in it. f.mu is held.
func (f *fleet) remove(e *environment) bool {
	if e.state == ended {
		return false
	}
	f.idle = slices.DeleteFunc(f.idle, func(other *environment) bool { return other == e })
	delete(f.members, e)
	f.become(e, ended)
	f.provisionAgain(e)
	return true
}

// restock starts environments for calls that wait for one that is gone. f.mu is held.
func (f *fleet) restock() {
	f.start(len(f.line)-f.states[starting]-f.states[returning], f.warm)
}

// rest puts an environment without work among the idle ones, or ends it. f.mu is held.
func (f *fleet) rest(e *environment) {
	if f.retired {
		f.dismiss(e)
		return
	}
	f.become(e, idle)
	now := f.service.options.Clock.Now()
	e.idleSince = now
	f.idle = append(f.idle, e)
	if len(f.members) <= f.warm {
		return
	}
	for _, oldest := range f.idle {
		if !oldest.provisioned {
			if now.Sub(oldest.idleSince) > idleLimit {
				f.dismiss(oldest)
			}
			return
		}
	}
}

// dismiss ends an environment. f.mu is held.
func (f *fleet) dismiss(e *environment) {
	if f.remove(e) {
		e.terminate()
	}
}

// retire lets calls that were submitted finish, and ends every environment after its last one.
func (f *fleet) retire() {
	f.mu.Lock()
	f.retired = true
	f.stopRising()
	for _, e := range slices.Clone(f.idle) {
		f.dismiss(e)
	}
	if len(f.line) == 0 {
		for e := range f.members {
			if e.state == starting {
				f.dismiss(e)
			}
		}
	}
	f.mu.Unlock()
	f.leaveService()
}

// shut refuses the calls in line and ends all environments, whatever they do.
func (f *fleet) shut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retired = true
	f.stopRising()
	for fl := f.dequeue(); fl != nil; fl = f.dequeue() {
		fl.refuse(refuseStopping())
	}
	if f.scaling != nil {
		f.scaling()
	}
	for e := range f.members {
		if e.flight != nil && e.flight.isStreaming() { // or its end would wait for a slow reader
			e.flight.stream.abort(refuseStopping())
		}
		e.terminate() // its run takes it out, after answering the call it may have
	}
}

// leaveService lets go of a retired fleet that has nothing left.
func (f *fleet) leaveService() {
	f.mu.Lock()
	gone := f.retired && len(f.members) == 0 && len(f.line) == 0
	f.mu.Unlock()
	if gone {
		f.service.forget(f)
	}
}
