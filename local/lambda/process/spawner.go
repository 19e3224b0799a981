package process

import (
	"errors"
	"runtime"
	"sync"
)

// Spawner starts processes from one thread that lives as long as they may: Linux kills a program
// with the thread that started it, not with the runner.
type Spawner struct {
	mu       sync.Mutex // guards all below
	requests chan request
	closed   bool
	done     chan struct{}
}

type request struct {
	command Command
	result  chan<- result
}

type result struct {
	process *Process
	err     error
}

// Start starts a program. Its first call starts the thread.
func (s *Spawner) Start(c Command) (*Process, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errors.New("starting " + c.Path + ": the spawner is closed")
	}
	if s.requests == nil {
		s.requests, s.done = make(chan request), make(chan struct{})
		go s.run(s.requests)
	}
	answer := make(chan result, 1)
	s.requests <- request{command: c, result: answer}
	s.mu.Unlock()
	r := <-answer
	return r.process, r.err
}

func (s *Spawner) run(requests <-chan request) {
	defer close(s.done)
	runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
	for r := range requests {
		p, err := start(r.command)
		r.result <- result{process: p, err: err}
	}
}

// Close ends the thread, and with it on Linux every program that still runs.
func (s *Spawner) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if s.requests != nil {
		close(s.requests)
		<-s.done
	}
}
