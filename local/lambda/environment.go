package lambda

import (
	"encoding/hex"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"portico/local/lambda/process"
	"portico/local/lambda/runtimeapi"
)

// state is what an environment does. Members of a fleet are in one of the first four.
type state int

const (
	starting  state = iota
	idle            // its runtime waits for a call
	busy            // it has one
	returning       // it has answered, and its runtime has not asked for the next one
	ended           // no longer a member; its process is ending
)

// environment is one process of a function and the Runtime API it speaks with, from start to end.
type environment struct {
	fleet     *fleet
	late      bool // its init is part of the call it was started for
	ahead     bool // it was started before any call, to be kept ready
	logStream string
	born      chan struct{} // closed once process and api are set
	api       *runtimeapi.Server
	process   *process.Process
	request   atomic.Pointer[string] // the call that output belongs to
	tail      atomic.Pointer[Tail]   // of that call's log, if its caller wants it
	started   sync.Once

	// Guarded by the fleet's mutex.
	state     state
	flight    *flight // of a busy one
	began     time.Time
	stopInit  func() bool
	initError *runtimeapi.Answer
	idleSince time.Time
	leaving   bool // its process was told to end
	wasReady  bool // its runtime has asked for a call
	// provisioned environments are kept ready; those started ahead, while they are wanted.
	provisioned bool

	initTook atomic.Int64 // nanoseconds; 0 once they were reported
	memory   atomic.Int64 // the most that was seen, in bytes
	sampled  atomic.Int64 // when, in nanoseconds of the epoch
}

var _ runtimeapi.Host = (*environment)(nil)

// start is why an environment is started.
type start int

const (
	asked start = iota // by a call
	late               // by a call, whose time its init is part of
	ahead              // by nobody: it is kept ready
)

func newEnvironment(f *fleet, how start) *environment {
	now := f.service.options.Clock.Now()
	id := uuid.New()
	return &environment{
		fleet: f, late: how == late, ahead: how == ahead, provisioned: how == ahead,
		began: now, born: make(chan struct{}),
		logStream: now.Format("2006/01/02/[") + f.function.version + "]" + hex.EncodeToString(id[:]),
	}
}

// run is the environment's life: it starts the process, and returns when that is gone.
func (e *environment) run() {
	defer e.fleet.leaveService()
	program, err := e.fleet.program()
	if err != nil {
		e.fail(func(id string) failed { return invalidEntrypoint(id, err.Error(), program.Path) })
		return
	}
	api, err := runtimeapi.Listen(e)
	if err != nil {
		e.fail(func(id string) failed { return exited(id, err.Error()) })
		return
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		api.Serve()
	}()
	e.live(program, api)
	<-served
}

// live runs the process over a Runtime API that is served.
func (e *environment) live(program process.Command, api *runtimeapi.Server) {
	e.api = api
	program.Dir, program.Env = e.fleet.function.dir, e.variables(api.Address())
	program.Line = e.lineSink()
	started, err := e.fleet.service.spawner.Start(program)
	if err != nil {
		api.Close()
		e.fail(func(id string) failed { return invalidEntrypoint(id, err.Error(), program.Path) })
		return
	}
	e.process = started
	e.initStarted()
	close(e.born)
	e.limitInit()
	exit := started.Wait()
	api.Close()
	e.gone(exit)
}

// limitInit sets the time the runtime has before its first next.
func (e *environment) limitInit() {
	f := e.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.leaving { // told to end before there was a process
		e.process.Terminate(grace)
		return
	}
	if e.state != starting {
		return
	}
	limit, expired := initLimit, e.initOverran
	switch {
	case e.late:
		limit, expired = f.timeout(), e.initTimedOut
	case e.ahead:
		limit = max(provisionedInit, f.timeout())
	}
	e.stopInit = f.service.options.Clock.AfterFunc(limit, expired)
}

// terminate asks the process to end. The fleet's mutex is held.
func (e *environment) terminate() {
	if e.leaving {
		return
	}
	e.leaving = true
	select {
	case <-e.born:
		e.process.Terminate(grace)
	default: // limitInit sees it
	}
}

// initOverran starts again what took too long to start: this time within the call's own limit.
func (e *environment) initOverran() {
	f := e.fleet
	f.mu.Lock()
	overran := e.state == starting
	if overran {
		f.remove(e)
		e.process.Kill()
		if !e.provisioned || len(f.line) > 0 {
			f.launch(late)
		}
	}
	f.mu.Unlock()
	if overran {
		e.initReport(f.service.options.Clock.Now().Sub(e.began), "timeout")
	}
}

// initTimedOut ends the call that a late start was part of.
func (e *environment) initTimedOut() {
	f := e.fleet
	f.mu.Lock()
	if e.state != starting {
		f.mu.Unlock()
		return
	}
	f.remove(e)
	e.process.Kill()
	fl := f.dequeue()
	f.restock()
	f.mu.Unlock()
	if fl != nil {
		fl.started = e.began
		e.begin(fl)
		e.reportFailure(fl, e.timedOut(fl))
	}
}

func (e *environment) timedOut(fl *flight) failed {
	return timedOut(fl.id, e.fleet.timeout(), e.fleet.service.options.Clock.Now())
}

// Ready takes the next call, or rests.
func (e *environment) Ready() {
	<-e.born
	e.started.Do(e.process.Flush) // what init wrote belongs to no call
	f := e.fleet
	f.mu.Lock()
	if e.state == ended {
		f.mu.Unlock()
		return
	}
	unborn := e.state == starting
	if unborn {
		e.initialized()
	}
	fl := f.dequeue()
	if fl == nil {
		f.rest(e)
		f.mu.Unlock()
		e.reportInit(unborn)
		return
	}
	f.assign(e, fl)
	if e.late {
		fl.limit = max(f.timeout()-fl.started.Sub(e.began), time.Millisecond)
		e.late = false
	}
	f.mu.Unlock()
	e.reportInit(unborn)
	e.dispatch(fl)
}

// reportInit writes the end of an init phase, if this was it.
func (e *environment) reportInit(unborn bool) {
	if unborn {
		e.initDone(time.Duration(e.initTook.Load()))
	}
}

// initialized ends the init phase. The fleet's mutex is held.
func (e *environment) initialized() {
	e.wasReady = true
	e.initTook.Store(int64(e.fleet.service.options.Clock.Now().Sub(e.began)))
	if e.stopInit != nil {
		e.stopInit()
	}
}

// dispatch sends an assigned call to the runtime.
func (e *environment) dispatch(fl *flight) {
	f := e.fleet
	stop := f.service.options.Clock.AfterFunc(fl.limit, func() { e.expire(fl) })
	f.mu.Lock()
	if e.flight == fl {
		fl.stop = stop
	} else { // its process has ended already
		stop()
	}
	f.mu.Unlock()
	e.begin(fl)
	err := e.api.Send(runtimeapi.Invocation{
		RequestID: fl.id, FunctionARN: fl.arn, TraceID: fl.trace, Payload: fl.payload,
		Stream: fl.stream != nil, ClientContext: fl.client,
		// The process compares it with the machine's clock, wherever ours stands.
		Deadline: time.Now().Add(fl.limit),
	})
	if err != nil {
		e.undelivered(fl)
	}
}

// undelivered puts a call back in line whose environment ended while it rested.
func (e *environment) undelivered(fl *flight) {
	f := e.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.flight != fl {
		return
	}
	e.flight = nil
	fl.disarm()
	f.remove(e)
	e.process.Kill()
	if f.service.isClosed() {
		fl.refuse(refuseStopping())
		return
	}
	f.enqueue(fl)
}

// Streaming opens the answer of a caller that takes it as it comes.
func (e *environment) Streaming(contentType string) io.Writer {
	e.fleet.mu.Lock()
	fl := e.flight
	if fl != nil {
		fl.stream.open = true
	}
	e.fleet.mu.Unlock()
	if fl == nil { // its time was up a moment ago
		return io.Discard
	}
	fl.stream.began <- contentType
	return fl.stream.writer
}

// Answered delivers what the function returned.
func (e *environment) Answered(a runtimeapi.Answer) {
	f := e.fleet
	f.mu.Lock()
	fl := e.flight
	if fl == nil { // its time was up a moment ago
		f.mu.Unlock()
		return
	}
	e.flight = nil
	f.become(e, returning)
	if f.service.options.Clock.Now().Sub(fl.started) < turnover {
		f.quick = true
	}
	fl.disarm()
	f.mu.Unlock()
	switch {
	case a.TooLarge && fl.isStreaming():
		e.reportFailure(fl, streamTooLarge())
	case a.TooLarge:
		e.reportFailure(fl, responseTooLarge())
	case a.Failed:
		e.reportFailure(fl, failed{payload: a.Payload, status: "error", errorType: a.ErrorType})
	default:
		e.process.Flush()
		e.report(fl, failed{})
		e.count(fl, false)
		fl.finish(a.Payload, "")
	}
}

// InitFailed keeps the runtime's own words about why it cannot start, and ends it.
func (e *environment) InitFailed(a runtimeapi.Answer) {
	<-e.born
	e.fleet.mu.Lock()
	e.initError = &a
	e.fleet.mu.Unlock()
	e.process.Kill()
}

// expire ends a call whose time is up, and the environment with it.
func (e *environment) expire(fl *flight) {
	f := e.fleet
	f.mu.Lock()
	if e.flight != fl {
		f.mu.Unlock()
		return
	}
	e.flight = nil
	f.remove(e)
	f.restock()
	f.mu.Unlock()
	e.process.Kill()
	e.reportFailure(fl, e.timedOut(fl))
}

// gone answers the call of an environment whose process has ended.
func (e *environment) gone(exit process.Exit) {
	e.fail(func(id string) failed {
		if e.initError != nil {
			return failed{
				payload: e.initError.Payload, status: "error", errorType: e.initError.ErrorType,
			}
		}
		return exited(id, exit.String())
	})
}

// fail takes the environment out of its fleet. The call it has, or while it starts the one that
// waits longest, gets the document.
func (e *environment) fail(document func(id string) failed) {
	f := e.fleet
	f.mu.Lock()
	fl := e.flight
	e.flight = nil
	unborn := e.state == starting
	if e.stopInit != nil {
		e.stopInit()
	}
	f.remove(e)
	if fl != nil {
		fl.disarm()
	} else if unborn && !e.leaving {
		fl = f.dequeue()
	}
	f.restock()
	f.mu.Unlock()
	if fl == nil {
		return
	}
	if unborn {
		fl.started = e.began
		e.begin(fl)
	}
	e.reportFailure(fl, document(fl.id))
}
