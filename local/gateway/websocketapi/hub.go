package websocketapi

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"

	"portico/local/gateway/clock"
)

// errClosing ends what is under way when the API is closed and its time is up.
var errClosing = errors.New("the API is being closed")

// hub holds the open connections of an API through all its deployments.
type hub struct {
	clock   clock.Clock         // of AWS's limits
	machine clock.Clock         // of limits on clients that do not take what they are sent
	api     atomic.Pointer[API] // serves the next message

	running sync.WaitGroup // upgrades, readers, writers and messages under way
	parting chan struct{}  // one for each $disconnect under way once close has begun

	mu          sync.Mutex // guards what follows
	connections map[string]*connection
	working     map[*context.CancelCauseFunc]struct{}
	closed      bool // close has begun
	cancelled   bool // its time is up
}

func newHub(a *API) *hub {
	h := &hub{
		clock: a.deps.Clock, machine: clock.Unmoved(a.deps.Clock), connections: map[string]*connection{},
		working: map[*context.CancelCauseFunc]struct{}{}, parting: make(chan struct{}, partings),
	}
	h.api.Store(a)
	return h
}

// enter counts an upgrade under way; false means that the hub is closed. Who entered must call
// running.Done.
func (h *hub) enter() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.running.Add(1)
	return true
}

// work returns a context that close cancels when its time is up, and how to end it.
func (h *hub) work(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	h.mu.Lock()
	h.working[&cancel] = struct{}{}
	if h.cancelled {
		cancel(errClosing) // what ends so late is still reported
	}
	h.mu.Unlock()
	return ctx, func() {
		h.mu.Lock()
		delete(h.working, &cancel)
		h.mu.Unlock()
		cancel(nil)
	}
}

// turn waits for a $disconnect's turn once close has begun, when all connections end at the same
// moment: as many environments of a function as there are connections cannot start in the time that
// is left, but a few can serve them all. Who waited must call next.
func (h *hub) turn(ctx context.Context) (next func()) {
	h.mu.Lock()
	closed := h.closed
	h.mu.Unlock()
	if !closed {
		return func() {}
	}
	select {
	case h.parting <- struct{}{}:
		return func() { <-h.parting }
	case <-ctx.Done():
		return func() {}
	}
}

// add makes a connection reachable. Closed means that close has begun and does not know of it.
func (h *hub) add(c *connection) (closed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.connections[c.id] = c
	return h.closed
}

// recovered keeps a panic in a message from ending the program: executeapi does so for HTTP calls,
// but these goroutines begin here.
func (h *hub) recovered() {
	cause := recover()
	if cause == nil {
		return
	}
	if log := h.api.Load().deps.Log; log != nil {
		log.Error("a message panicked", "cause", cause, "stack", string(debug.Stack()))
	}
}

func (h *hub) find(id string) (*connection, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.connections[id]
	return c, ok
}

func (h *hub) remove(c *connection) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.connections, c.id)
}

// close ends every connection and waits for what is under way; when ctx ends, it cancels that, and
// waits for its end. Clients have farewell to answer, so that $disconnect has the rest of the time.
func (h *hub) close(ctx context.Context) {
	h.mu.Lock()
	h.closed = true
	open := slices.Collect(maps.Values(h.connections))
	h.mu.Unlock()
	for _, c := range open {
		c.shut(goingAway)
	}
	stop := h.machine.AfterFunc(farewell, func() { drop(open) })
	defer stop()
	done := make(chan struct{})
	go func() {
		h.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return
	case <-ctx.Done():
	}
	drop(open)
	h.cancel()
	<-done
}

// drop hangs up; the readers tell of it.
func drop(open []*connection) {
	for _, c := range open {
		_ = c.socket.Close() // it is given up
	}
}

// cancel ends what is under way, and what comes after it.
func (h *hub) cancel() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cancelled = true
	for cancel := range h.working {
		(*cancel)(errClosing)
	}
}
