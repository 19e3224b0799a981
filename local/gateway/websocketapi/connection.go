package websocketapi

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"portico/local/gateway/payload"
)

// AWS's limits ("Quotas for WebSocket APIs"), and ours where AWS has none.
const (
	maxFrame    = 32 << 10
	maxMessage  = 128 << 10
	maxBody     = 10 << 20 // of a @connections call, as of every call of API Gateway
	idleLimit   = 10 * time.Minute
	ageLimit    = 2 * time.Hour
	maxQueue    = 1 << 20                // bytes that wait for a slow reader
	writeLimit  = 10 * time.Second       // for which a client may take nothing at all
	closeLimit  = 2 * time.Second        // for the client to answer a close frame
	farewell    = 100 * time.Millisecond // the same, when the API is closed
	concurrency = 16                     // messages of one connection under way
	partings    = 16                     // $disconnect calls under way, when the API is closed
)

var (
	errGone = errors.New("the connection is closed")
	errFull = errors.New("the client reads too slowly")
)

// How the gateway ends connections. The first three texts are those AWS puts into $disconnect.
var (
	goingAway  = payload.WebSocketClose{Code: 1001, Reason: "Going away"}
	deleted    = payload.WebSocketClose{Code: 1000, Reason: "Connection Closed Normally"}
	noStatus   = payload.WebSocketClose{Code: 1005, Reason: "Client-side close frame status not set"}
	lost       = payload.WebSocketClose{Code: 1006, Reason: "Connection closed abnormally"}
	noBinary   = payload.WebSocketClose{Code: 1003, Reason: "Binary messages are not supported"}
	notUTF8    = payload.WebSocketClose{Code: 1007, Reason: "Messages must be UTF-8 text"}
	frameSize  = payload.WebSocketClose{Code: 1009, Reason: "Frame too large"}
	messageLen = payload.WebSocketClose{Code: 1009, Reason: "Message too large"}
)

// connection is an open WebSocket. It holds no buffers while it is idle.
type connection struct {
	hub                       *hub
	socket                    net.Conn
	id, stage                 string
	host, sourceIP, userAgent string
	connectedAt               time.Time
	identity                  *grant // nil without an authorizer
	lastActive                atomic.Int64
	slots                     chan struct{} // one for each message under way
	mu                        sync.Mutex    // guards what follows
	queue                     []byte        // what the writer takes next
	queued                    int           // bytes in queue and in the writer's hand
	writing                   bool          // a writer goroutine runs
	idle                      chan struct{} // closed by the writer when it ends; nil: nobody waits
	guard                     writeGuard
	closing                   bool // nothing more is queued
	end                       payload.WebSocketClose
	stopTimer                 func() bool
}

// open starts the connection. It can be reached before its client knows that it is open, and what
// it is sent then waits behind the head of the 101 answer.
func (c *connection) open(head []byte, early []byte) {
	c.touch()
	c.mu.Lock()
	closed := c.hub.add(c)
	c.push(head)
	c.watch()
	c.mu.Unlock()
	if closed {
		c.shut(goingAway)
	}
	c.hub.running.Go(func() { c.serve(early) })
}

func (c *connection) touch() { c.lastActive.Store(c.hub.clock.Now().UnixNano()) }

// watch rings when the connection may have been idle for too long, or is too old. It runs under mu.
func (c *connection) watch() {
	now := c.hub.clock.Now()
	wait := min(c.connectedAt.Add(ageLimit).Sub(now),
		time.Unix(0, c.lastActive.Load()).Add(idleLimit).Sub(now))
	c.stopTimer = c.hub.clock.AfterFunc(wait, c.ring)
}

func (c *connection) ring() {
	now := c.hub.clock.Now()
	if now.Sub(c.connectedAt) >= ageLimit ||
		now.Sub(time.Unix(0, c.lastActive.Load())) >= idleLimit {
		c.shut(goingAway)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.watch()
	}
}

// send queues a text message, in frames of at most 32 KB; it does not wait for the client.
func (c *connection) send(text []byte) error {
	frames := textFrames(text)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing:
		return errGone
	case c.queued > 0 && c.queued+len(frames) > maxQueue:
		return errFull
	}
	c.touch()
	c.push(frames)
	return nil
}

// control queues a pong; when the client takes nothing, it gets none.
func (c *connection) control(frame ws.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing && c.queued < maxQueue {
		c.push(ws.MustCompileFrame(frame))
	}
}

// shut sends a close frame and gives the client closeLimit to answer it. Only the first end counts;
// false means that the connection was already being closed.
func (c *connection) shut(end payload.WebSocketClose) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.finalFrame(end, ws.NewCloseFrameBody(ws.StatusCode(end.Code), end.Reason)) {
		return false
	}
	c.stopTimer()
	c.stopTimer = c.hub.machine.AfterFunc(closeLimit, func() { _ = c.socket.Close() })
	return true
}

// acknowledge answers the client's close frame.
func (c *connection) acknowledge(end payload.WebSocketClose, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finalFrame(end, body)
}

// finalFrame queues the close frame; false means that one was queued before. It runs under mu.
func (c *connection) finalFrame(end payload.WebSocketClose, body []byte) bool {
	if c.closing {
		return false
	}
	c.closing, c.end = true, end
	c.push(ws.MustCompileFrame(ws.NewCloseFrame(body)))
	return true
}

// push appends to the queue and sees to it that a writer runs. It runs under mu, and while the
// reader does, so that the hub waits for the writer too. The bytes are the queue's from now on.
func (c *connection) push(bytes []byte) {
	if c.queue == nil {
		c.queue = bytes
	} else {
		c.queue = append(c.queue, bytes...)
	}
	c.queued += len(bytes)
	if !c.writing {
		c.writing = true
		c.hub.running.Go(c.write)
	}
}

// write empties the queue and ends. A client that takes nothing for writeLimit is cut off.
func (c *connection) write() {
	for {
		c.mu.Lock()
		if c.queue == nil {
			c.writing = false
			if c.idle != nil {
				close(c.idle)
			}
			c.mu.Unlock()
			return
		}
		batch := c.queue
		c.queue = nil
		c.beginWrite()
		c.mu.Unlock()

		_, err := c.socket.Write(batch)
		c.mu.Lock()
		c.guard.writing = false
		c.queued -= len(batch)
		if err != nil {
			c.queue, c.queued = nil, 0
			_ = c.socket.Close() // the reader tells of it
		}
		c.mu.Unlock()
	}
}

// writeGuard looks now and then whether a write is stuck. One that is under way keeps the bell of
// the one before: a connection that is sent much has no timer for each message.
type writeGuard struct {
	stop    func() bool // of the bell; nil while none is to ring
	writing bool        // a write is under way
	began   time.Time
	writes  int // begun
	seen    int // the write that the last look saw
}

// beginWrite cuts the client off unless the write is over within writeLimit. It runs under mu.
func (c *connection) beginWrite() {
	g := &c.guard
	g.writing, g.began = true, c.hub.machine.Now()
	g.writes++
	if g.stop == nil {
		g.stop = c.hub.machine.AfterFunc(writeLimit/2, c.look)
	}
}

// look closes the socket of a write that has lasted too long. It must see it twice, because a clock
// that is moved by hand can leap over the limit in the instant after a write began.
func (c *connection) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := &c.guard
	if !g.writing {
		g.stop = nil
		return
	}
	next := writeLimit / 2
	if g.seen == g.writes {
		if next = writeLimit - c.hub.machine.Now().Sub(g.began); next <= 0 {
			_ = c.socket.Close() // the writer fails, and the reader tells of it
			next = writeLimit
		}
	}
	g.seen = g.writes
	g.stop = c.hub.machine.AfterFunc(next, c.look)
}

// finish closes the socket once everything queued is written or given up, and returns how the
// connection ended. The reader calls it when nothing more can be read.
func (c *connection) finish() payload.WebSocketClose {
	c.mu.Lock()
	if !c.closing {
		c.closing, c.end = true, lost
		_ = c.socket.Close()
	}
	var idle chan struct{}
	if c.writing {
		idle = make(chan struct{})
		c.idle = idle
	}
	end := c.end
	c.mu.Unlock()
	if idle != nil {
		<-idle
	}
	_ = c.socket.Close() // twice is no harm
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopTimer()
	if c.guard.stop != nil {
		c.guard.stop()
	}
	return end
}
