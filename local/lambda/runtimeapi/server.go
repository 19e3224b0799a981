package runtimeapi

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// MaxPayload is the largest response a function may post: 6 MB and AWS's 100 bytes of grace.
const MaxPayload = 6*1024*1024 + 100

// MaxStream is the largest response a function may stream: 200 MB.
//
// Unlike AWS: the bandwidth of a stream is not limited after its first megabytes.
const MaxStream = 200 * 1024 * 1024

// ErrNotReady means that the runtime is not waiting for an invocation.
var ErrNotReady = errors.New("the runtime is not waiting for an invocation")

// Invocation is what the runtime gets from its next call.
type Invocation struct {
	RequestID   string
	FunctionARN string // as invoked, with its qualifier
	TraceID     string // an X-Amzn-Trace-Id value
	// ClientContext is JSON of the caller's; "" sends no such line.
	ClientContext string
	Deadline      time.Time
	Payload       []byte
	// Stream says that the caller takes the answer as it comes: what the runtime posts in chunks goes
	// to Host.Streaming. Otherwise it is collected whole, whatever mode the runtime declares.
	Stream bool
}

// Answer is what the runtime posted about the invocation in flight.
type Answer struct {
	Payload   []byte // the caller's to keep
	Failed    bool   // posted to …/error, or a trailer reported an error
	ErrorType string // Lambda-Runtime-Function-Error-Type, "" when not given
	TooLarge  bool   // the payload exceeded MaxPayload and was dropped, or the stream MaxStream
}

// Host is told what the runtime does. Its methods are called one at a time, except that Ready may
// come while Answered still runs for the invocation before.
type Host interface {
	// Ready says that the runtime waits for an invocation: Send will succeed.
	Ready()
	// Streaming says that the answer to an invocation with Stream begins. Its bytes are written to
	// what it returns as they come, one Write at a time; a Write may wait, and one that fails drops
	// the rest. Answered follows, without a payload unless the function failed.
	Streaming(contentType string) io.Writer
	// Answered delivers the answer to the invocation last sent, once.
	Answered(Answer)
	// InitFailed delivers the error document of a runtime that could not start.
	InitFailed(Answer)
}

type phase int

const (
	initializing phase = iota // next was never called
	waiting                   // next is pending, on Server.waiter
	running                   // an invocation was handed out
	streaming                 // its answer has begun
	answered                  // and answered; the runtime has not called next again
)

// Server serves one environment on an address of its own.
type Server struct {
	listener net.Listener
	host     Host

	mu     sync.Mutex // guards all below
	phase  phase
	waiter *conn
	flight string // request id of the invocation in flight, or of the last one
	stream bool   // its caller takes the answer as it comes
	conns  map[*conn]struct{}
	closed bool
	served sync.WaitGroup
}

// Listen opens a loopback address for one environment; nothing is answered before Serve.
func Listen(host Host) (*Server, error) {
	if host == nil {
		return nil, errors.New("failed: a Runtime API server needs a host")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for a runtime on 127.0.0.1: %w", err)
	}
	return &Server{listener: listener, host: host, conns: map[*conn]struct{}{}}, nil
}

// Address returns host and port, as AWS_LAMBDA_RUNTIME_API wants them.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Serve answers the runtime until Close.
func (s *Server) Serve() {
	for {
		accepted, err := s.listener.Accept()
		if err != nil {
			return
		}
		c := newConn(s, accepted)
		if !s.admit(c) {
			_ = accepted.Close()
			return
		}
	}
}

func (s *Server) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	s.served.Go(c.serve)
	return true
}

// Close ends every connection and returns when no call of the host is under way. It must not be
// called from a method of the host.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.waiter = nil
	for c := range s.conns {
		_ = c.net.Close()
	}
	s.mu.Unlock()
	_ = s.listener.Close()
	s.served.Wait()
}

// Send hands an invocation to the waiting runtime. The error is ErrNotReady when none waits and the
// invocation was surely not delivered; a connection that breaks while it is written is not an error
// here, because the runtime may have seen it.
func (s *Server) Send(in Invocation) error {
	s.mu.Lock()
	c := s.waiter
	if c == nil {
		s.mu.Unlock()
		return ErrNotReady
	}
	s.waiter, s.phase, s.flight, s.stream = nil, running, in.RequestID, in.Stream
	s.mu.Unlock()
	c.writeInvocation(&in)
	return nil
}

// wait registers c as the one that gets the next invocation.
func (s *Server) wait(c *conn) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == running || s.phase == streaming {
		return invalidTransition("Running", "Ready")
	}
	if s.waiter != nil {
		return invalidTransition("Ready", "Ready")
	}
	s.waiter, s.phase = c, waiting
	return nil
}

// accept holds an answer's id and moment against the invocation in flight.
func (s *Server) accept(id, target string) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flight == "" || id != s.flight {
		return refuseRequestID
	}
	if s.phase != running {
		return invalidTransition("Ready", target)
	}
	s.phase = answered
	return nil
}

// acceptStream reports whether an answer in chunks goes on to the caller as it comes.
func (s *Server) acceptStream(id []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stream || s.phase != running || string(id) != s.flight {
		return false
	}
	s.phase = streaming
	return true
}

// endStream lets the runtime ask for the next invocation.
func (s *Server) endStream() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = answered
}

// acceptInit says whether the runtime may still report a failed start.
func (s *Server) acceptInit() *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != initializing {
		return invalidTransition("Ready", "InitError")
	}
	return nil
}

// forget drops c, which no longer reads.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.waiter == c {
		s.waiter = nil
	}
}

// owes reports whether c still has its next call unanswered.
func (s *Server) owes(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiter == c
}
