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

// How long a stream may take, and be silent ("Stream the integration response for your proxy
// integrations").
const (
	longestStream = 15 * time.Minute
	idleRegional  = 5 * time.Minute
	idleEdge      = 30 * time.Second
)

// What a stream may send at any speed, and how fast it goes on (the same page, considerations).
// AWS's MB are taken for 2^20 bytes, as elsewhere.
const (
	unpacedBytes   = 10 << 20
	bytesPerSecond = 2 << 20
)

// The reasons to end a stream early.
var (
	errStreamIdle   = errors.New("the integration was silent for too long")
	errStreamLong   = errors.New("the integration did not end its answer in time")
	errStreamClosed = errors.New("the stream was closed")
)

// limits are how long a streamed answer may take: on the whole, which the integration's timeout
// says, and from one piece to the next.
type limits struct {
	clock       clock.Clock // the machine's
	whole, idle time.Duration
}

func (a *API) streamLimits(whole time.Duration) limits {
	l := limits{clock: clock.Unmoved(a.deps.Clock), whole: min(whole, longestStream), idle: idleRegional}
	if a.def.EndpointType == "EDGE" {
		l.idle = idleEdge
	}
	return l
}

// stream is the answer of an integration as it comes, from before it begins. Its limits end it at
// any time; it holds what was read ahead of the body.
type stream struct {
	limits limits
	began  time.Time
	cancel context.CancelCauseFunc // of the integration's call
	done   <-chan struct{}         // closed by cancel
	stop   func() bool             // of the whole's limit
	ahead  []byte                  // of the body, read with the head
	pace   exchange.Pace           // of Read alone
	close  sync.Once

	mu    sync.Mutex // guards what follows
	cause error      // why it was ended early, nil when it was not
	body  io.ReadCloser
	end   ending
}

// ending is how a stream went, once it is closed.
type ending struct {
	first time.Time // when the first byte of the body was there; zero when none came
	over  time.Time // when the integration ended its answer, or the client left
	whole bool      // the answer came to its end
	err   error     // what broke it off; nil also when the client left
}

var _ io.ReadCloser = (*stream)(nil)

func (l limits) pace() exchange.Pace {
	return exchange.NewPace(l.clock, unpacedBytes, bytesPerSecond)
}

// begin starts the limits of a stream, and returns the context of the integration's call.
func (l limits) begin(ctx context.Context) (context.Context, *stream) {
	s := &stream{limits: l, began: clock.Begin(l.clock), pace: l.pace()}
	ctx, s.cancel = context.WithCancelCause(ctx)
	s.done = ctx.Done()
	s.stop = l.clock.AfterFunc(l.whole, func() { s.breakOff(errStreamLong) })
	return ctx, s
}

// await makes the integration begin its answer within the limits. The error is why they ended it,
// else the integration's own.
func (s *stream) await(open func() (io.ReadCloser, error)) error {
	stop := s.limits.clock.AfterFunc(s.limits.idle, func() { s.breakOff(errStreamIdle) })
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

// breakOff ends the stream early.
func (s *stream) breakOff(cause error) {
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

// Read yields what comes. While it waits for the integration, and only then, the idle limit runs: a
// client that takes slowly does not make the integration silent.
func (s *stream) Read(p []byte) (int, error) {
	if !s.pace.Wait(s.done) {
		return s.gave(0, errStreamClosed)
	}
	if len(s.ahead) > 0 {
		n := copy(p, s.ahead)
		s.ahead = s.ahead[n:]
		return s.gave(n, nil)
	}
	stop := s.limits.clock.AfterFunc(s.limits.idle, func() { s.breakOff(errStreamIdle) })
	n, err := s.body.Read(p)
	stop()
	return s.gave(n, err)
}

// gave writes down what a Read gives, and returns it; an error is what broke the stream off.
func (s *stream) gave(n int, err error) (int, error) {
	now := clock.Begin(s.limits.clock)
	s.pace.Sent(n)
	s.mu.Lock()
	defer s.mu.Unlock()
	if n > 0 && s.end.first.IsZero() {
		s.end.first = now
	}
	if err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) && s.cause != nil {
		err = s.cause
	}
	if s.end.over.IsZero() {
		s.end.over, s.end.whole = now, errors.Is(err, io.EOF)
		if !s.end.whole {
			s.end.err = err
		}
	}
	return n, err
}

// Close lets the integration go.
func (s *stream) Close() error {
	s.close.Do(func() {
		s.stop()
		s.mu.Lock()
		if s.end.over.IsZero() {
			s.end.over = clock.Begin(s.limits.clock)
		}
		s.mu.Unlock()
		s.breakOff(errStreamClosed)
	})
	return nil
}

// ended returns how the stream went, which was closed.
func (s *stream) ended() ending {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end
}

// headRead says that what was read so far was the head: the body begins with what follows.
func (s *stream) headRead(ahead []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead, s.pace = ahead, s.limits.pace()
	s.end = ending{}
	if len(ahead) > 0 {
		s.end.first = clock.Begin(s.limits.clock)
	}
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
