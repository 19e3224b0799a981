package lambda

import "time"

// Environments that are kept ready and end all the same are started again at once; those that
// cannot start, after a while that grows.
const (
	firstRise   = time.Second
	longestRise = time.Minute
)

// provisionedInit is how long an environment may take that is started ahead (Lambda runtime
// environment lifecycle): 130 s, or the function's timeout where that is longer.
const provisionedInit = 130 * time.Second

// provision keeps n environments ready from now on.
//
// Unlike AWS: no more than this machine's limit.
func (f *fleet) provision(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n > f.limit {
		f.service.options.Logger.Warn("fewer environments are provisioned than configured",
			"function", f.function.Name, "version", f.function.version, "configured", n,
			"provisioned", f.limit)
		n = f.limit
	}
	f.ahead, f.delay = n, firstRise
	for e := range f.members {
		if e.provisioned && f.provisionedMembers() > n {
			e.provisioned = false // from now on one like all others
		}
	}
	f.rise()
}

func (f *fleet) provisionedMembers() int {
	n := 0
	for e := range f.members {
		if e.provisioned {
			n++
		}
	}
	return n
}

// rise starts what is missing of the environments to be kept ready. f.mu is held.
func (f *fleet) rise() {
	if f.retired || f.ahead == 0 {
		return
	}
	for range f.ahead - f.provisionedMembers() {
		if f.launch(ahead) == nil {
			return
		}
	}
}

// provisionAgain replaces a provisioned environment that is gone. f.mu is held.
func (f *fleet) provisionAgain(e *environment) {
	if !e.provisioned || f.retired || f.rising != nil {
		return
	}
	if e.wasReady {
		f.delay = firstRise
		f.rise()
		return
	}
	f.rising = f.service.options.Clock.AfterFunc(f.delay, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.rising = nil
		f.rise()
	})
	f.delay = min(2*f.delay, longestRise)
}

// stopRising lets no further environment be started ahead. f.mu is held.
func (f *fleet) stopRising() {
	if f.rising != nil {
		f.rising()
	}
}

// Provisioned returns how many environments of a version are started ahead, and how many of those
// are ready: of the version that an alias leads to, for an alias.
func (s *Service) Provisioned(name string) (wanted, ready int) {
	t := s.current.Load().targets[name]
	if t == nil || t.function.fleet == nil {
		return 0, 0
	}
	f := t.function.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	for e := range f.members {
		if e.provisioned && e.wasReady {
			ready++
		}
	}
	return f.ahead, ready
}
