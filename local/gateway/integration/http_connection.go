package integration

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	connectionBuffer = 16 << 10 // bytes read at once
	sentInOne        = 16 << 10 // bytes of a body that go out together with the head
	sentBefore       = 64 << 10 // bytes of a body that go out before the answer is looked for
)

// errNoAnswer means that a connection ended before a byte of the answer came.
var errNoAnswer = errors.New("the connection ended before an answer")

// connection speaks HTTP/1.1 with a backend, one call at a time.
type connection struct {
	net.Conn             // speaks: raw, or TLS on it
	raw      net.Conn    // the socket
	to       destination // where it leads
	probe    func() bool // reports whether a silent connection is still open
	*buffers             // nil while the connection is kept
	since    time.Time   // kept since then
}

// buffers are what a connection needs only while a call is under way.
type buffers struct {
	in   *bufio.Reader
	out  []byte // the head of the request
	head []byte // the head of the answer
}

// spare buffers are handed from call to call, so that a kept connection costs next to nothing.
var spare = sync.Pool{New: func() any {
	return &buffers{
		in: bufio.NewReaderSize(nil, connectionBuffer), out: make([]byte, 0, 2<<10),
		head: make([]byte, 0, 2<<10),
	}
}}

func newConnection(raw net.Conn, to destination) *connection {
	c := &connection{Conn: raw, raw: raw, to: to, probe: prober(raw)}
	c.ready()
	return c
}

// secure lets a connection speak TLS from here on.
func (c *connection) secure(over net.Conn) {
	c.Conn = over
	c.in.Reset(over)
}

// ready gives a connection what a call needs.
func (c *connection) ready() {
	c.buffers = spare.Get().(*buffers)
	c.in.Reset(c.Conn)
}

// rest takes back what a call needed. Nothing may be left in the reader.
func (c *connection) rest() {
	c.in.Reset(nil)
	if cap(c.out) <= 2*sentInOne && cap(c.head) <= 2*sentInOne {
		spare.Put(c.buffers)
	}
	c.buffers = nil
}

// abandon closes the connection of a call, and waits for whoever still writes to it.
func (c *connection) abandon(f *flight, in *answer) {
	_ = c.raw.Close()
	f.release()
	if in != nil {
		in.sending.wait()
	}
}

// sending is a large request that goes out while its answer is read.
type sending struct {
	done chan struct{} // closed when it is out, or will never be
	err  error
}

// wait returns when nobody writes any more.
func (s *sending) wait() {
	if s != nil {
		<-s.done
	}
}

// settled reports whether the request went out whole. Nobody writes to the connection then.
func (s *sending) settled() bool {
	if s == nil {
		return true
	}
	select {
	case <-s.done:
		return s.err == nil
	default:
		return false
	}
}

// roundTrip sends a request and reads the head of the answer. A backend may answer before it has
// taken the whole request, so what does not fit between two buffers goes out beside the reading;
// and may have answered although it takes no more.
func (c *connection) roundTrip(to *address, request *HTTPRequest) (*answer, error) {
	c.out = appendHead(c.out[:0], to, request)
	var unsent error
	var beside *sending
	switch size := len(request.Body); {
	case size <= sentInOne:
		c.out = append(c.out, request.Body...)
		_, unsent = c.Write(c.out)
	case size <= sentBefore:
		unsent = c.writeBoth(request.Body)
	default:
		beside = &sending{done: make(chan struct{})}
		go func() {
			defer close(beside.done)
			beside.err = c.writeBoth(request.Body)
		}()
	}
	in, err := c.readAnswer(request.Method)
	if err != nil {
		_ = c.raw.Close()
		beside.wait()
		if unsent != nil {
			err = fmt.Errorf("%w: %w", err, unsent)
		}
		return nil, err
	}
	in.keep = in.keep && unsent == nil
	in.sending = beside
	return in, nil
}

func (c *connection) writeBoth(body []byte) error {
	if _, err := c.Write(c.out); err != nil {
		return err
	}
	_, err := c.Write(body)
	return err
}

// prober returns what asks the system whether a socket is still open and silent. A backend that
// said something unasked has lost its place in the conversation; so has one that closed.
func prober(raw net.Conn) func() bool {
	source, ok := raw.(syscall.Conn)
	if !ok {
		return func() bool { return true }
	}
	socket, err := source.SyscallConn()
	if err != nil {
		return func() bool { return false }
	}
	var silent bool
	var one [1]byte
	look := func(descriptor uintptr) bool {
		_, err := syscall.Read(int(descriptor), one[:]) // does not wait: the socket never blocks
		silent = errors.Is(err, syscall.EAGAIN)
		return true
	}
	return func() bool {
		silent = false
		return socket.Read(look) == nil && silent
	}
}
