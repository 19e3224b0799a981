package restapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// How long a stream may be silent ("Stream the integration response for your proxy integrations").
const (
	idleRegional = 5 * time.Minute
	idleEdge     = 30 * time.Second
)

// The reasons to end a stream early.
var (
	errStreamIdle = errors.New("the integration was silent for too long")
	errStreamLong = errors.New("the integration did not end its answer in time")
)

// limits are how long a streamed answer may take: on the whole, which the integration's timeout
// says, and from one piece to the next.
type limits struct {
	clock       clock.Clock
	whole, idle time.Duration
}

func (a *API) streamLimits(whole time.Duration) limits {
	l := limits{clock: a.deps.Clock, whole: whole, idle: idleRegional}
	if a.def.EndpointType == "EDGE" {
		l.idle = idleEdge
	}
	return l
}

// stream is the answer of an integration as it comes, from before it begins. Its limits end it at
// any time; it holds what was read ahead of the body.
type stream struct {
	limits limits
	cancel context.CancelCauseFunc // of the integration's call
	stop   func() bool             // of the whole's limit
	ahead  []byte                  // of the body, read with the head

	mu    sync.Mutex // guards what follows
	cause error      // why it was ended early, nil when it was not
	body  io.ReadCloser
}

var _ io.ReadCloser = (*stream)(nil)

// begin starts the limits of a stream, and returns the context of the integration's call.
func (l limits) begin(ctx context.Context) (context.Context, *stream) {
	s := &stream{limits: l}
	ctx, s.cancel = context.WithCancelCause(ctx)
	s.stop = l.clock.AfterFunc(l.whole, func() { s.end(errStreamLong) })
	return ctx, s
}

// await makes the integration begin its answer within the limits. The error is why they ended it,
// else the integration's own.
func (s *stream) await(open func() (io.ReadCloser, error)) error {
	stop := s.limits.clock.AfterFunc(s.limits.idle, func() { s.end(errStreamIdle) })
	body, err := open()
	stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.cause == nil:
		s.body = body
		return err
	case body != nil:
		_ = body.Close()
	}
	return s.cause
}

// end ends the stream early.
func (s *stream) end(cause error) {
	s.mu.Lock()
	if s.cause == nil {
		s.cause = cause
	}
	body := s.body
	s.mu.Unlock()
	s.cancel(cause)
	if body != nil {
		_ = body.Close()
	}
}

// Read yields what comes. While it waits, and only then, the idle limit runs: a client that takes
// slowly does not make the integration silent.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.ahead) > 0 {
		n := copy(p, s.ahead)
		s.ahead = s.ahead[n:]
		return n, nil
	}
	stop := s.limits.clock.AfterFunc(s.limits.idle, func() { s.end(errStreamIdle) })
	n, err := s.body.Read(p)
	stop()
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cause != nil {
		err = s.cause
	}
	return n, err
}

// Close lets the integration go.
func (s *stream) Close() error {
	s.stop()
	s.end(errors.New("the stream was closed"))
	return nil
}

// late returns the integration's failure when the limits ended a stream before its head was
// complete; nil when they did not.
func (s *stream) late(err error, what string) error {
	if !errors.Is(err, errStreamIdle) && !errors.Is(err, errStreamLong) {
		return nil
	}
	limit := s.limits.whole
	if errors.Is(err, errStreamIdle) {
		limit = s.limits.idle
	}
	return &integration.Error{Kind: integration.TimedOut, Text: fmt.Sprintf(
		"Execution failed due to a timeout error: %s did not begin to answer within %v", what, limit)}
}

// beginReply notes when the head of a streamed answer was complete, and hands on the rest.
func (c *call) beginReply(s *stream, began time.Time) {
	c.vars.IntegrationLatency = c.clock.Now().Sub(began)
	c.vars.TransferMode = "STREAM"
	c.vars.TimeToAllHeaders = c.vars.IntegrationLatency
	if len(s.ahead) > 0 {
		c.vars.TimeToFirstContent = c.vars.IntegrationLatency
	}
	c.Note("response transfer mode", "STREAM")
	c.Note("latency", c.vars.IntegrationLatency.String())
	c.reply.Stream = s
}

// streamReply makes the reply of a head, with the stream that beginReply left. TestInvokeMethod
// answers in one piece, so it is collected for that.
func (c *call) streamReply(head exchange.Reply) error {
	head.Stream = c.reply.Stream
	if c.tested {
		defer head.Stream.Close()
		body, err := io.ReadAll(io.LimitReader(head.Stream, maxBody))
		if err != nil {
			return c.refusedAs(badGateway("the stream broke off: " + err.Error()))
		}
		head.Body, head.Stream = body, nil
	}
	c.reply = head
	return nil
}
