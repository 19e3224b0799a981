package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/pipeline"
)

// The content types of streamed answers: one that begins with a head, and what any other is when the
// runtime named none.
const (
	headedStream = "application/vnd.awslambda.http-integration-response"
	plainStream  = "application/octet-stream"
)

// maxURLHead is where the delimiter after the head must have come. Lambda's limit is not known; it is
// that of API Gateway.
const maxURLHead = 16 << 10

// maxURLStream is the most a function may stream ("Lambda quotas": 200 MB).
const maxURLStream = 200 << 20

// What a function may stream at any speed, and how fast it goes on ("Response streaming for Lambda
// functions", bandwidth limits).
const (
	urlUnpacedBytes   = 6 << 20
	urlBytesPerSecond = 2 << 20
)

// urlHeadEnd stands between the head of a streamed answer and its body.
var urlHeadEnd = make([]byte, 8)

// stream invokes the function and hands its answer on as it comes. An answer of another content type
// than that of streams with a head is the body itself, also that of a function that does not stream:
// Lambda does not look into it.
func (u *FunctionURL) stream(ctx context.Context, c *urlCall, in exchange.Invocation) error {
	streamer, ok := u.deps.Invoker.(exchange.Streamer)
	if !ok {
		return urlFailed("InvokeMode " + streamingMode + " is not served by this invoker of functions")
	}
	out, err := streamer.InvokeStream(ctx, in)
	if err != nil {
		return u.notInvoked(err)
	}
	if out.FunctionError != "" {
		return urlFailed(failureOf(functionName(u.def.FunctionARN), out.Payload))
	}
	s := &urlStream{
		body: out.Body, done: make(chan struct{}),
		pace: exchange.NewPace(clock.Unmoved(u.deps.Clock), urlUnpacedBytes, urlBytesPerSecond),
	}
	reply := &exchange.Reply{Status: http.StatusOK}
	if out.ContentType == headedStream {
		if reply, err = u.readHead(s); err != nil {
			_ = s.Close()
			return err
		}
	} else if out.ContentType != "" {
		reply.Header.Add("Content-Type", out.ContentType)
	}
	c.take(reply, plainStream)
	c.reply.Stream = s
	return nil
}

// readHead reads the head of a stream and leaves what was read of the body in it.
func (u *FunctionURL) readHead(s *urlStream) (*exchange.Reply, error) {
	read := make([]byte, 0, maxURLHead)
	for {
		n, err := s.body.Read(read[len(read):cap(read)])
		read = read[:len(read)+n]
		if head, ahead, found := bytes.Cut(read, urlHeadEnd); found {
			s.ahead = ahead
			reply, err := payload.ReadFunctionURLHead(head)
			if err != nil {
				return nil, u.malformed(err)
			}
			return reply, nil
		}
		if err == nil && len(read) == cap(read) {
			err = errors.New("the first 16 KB have no delimiter of eight zero bytes after the head")
		}
		if err != nil {
			return nil, urlFailed(fmt.Sprintf("the stream of function %s has no head: %v",
				functionName(u.def.FunctionARN), err))
		}
	}
}

// urlStream is a function's answer as it comes, at the pace that Lambda lets it.
type urlStream struct {
	body  io.ReadCloser
	ahead []byte // of the body, read with the head
	pace  exchange.Pace
	close sync.Once
	done  chan struct{} // closed by Close

	mu  sync.Mutex // guards err
	err error      // of the last Read before Close; io.EOF when the answer came whole
}

var _ io.ReadCloser = (*urlStream)(nil)

// Read yields what comes.
func (s *urlStream) Read(p []byte) (int, error) {
	if !s.pace.Wait(s.done) {
		return s.gave(0, errors.New("the stream was closed"))
	}
	if s.pace.Bytes() >= maxURLStream {
		return s.gave(0, errors.New("the answer is longer than the 200 MB that a function may stream"))
	}
	if len(s.ahead) > 0 {
		n := copy(p, s.ahead)
		s.ahead = s.ahead[n:]
		return s.gave(n, nil)
	}
	return s.gave(s.body.Read(p))
}

func (s *urlStream) gave(n int, err error) (int, error) {
	s.pace.Sent(n)
	select {
	case <-s.done: // the client left, and what fails now fails for that
		return n, err
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
	return n, err
}

// Close lets the function go, also while a Read waits.
func (s *urlStream) Close() error {
	var err error
	s.close.Do(func() {
		close(s.done)
		err = s.body.Close()
	})
	return err
}

// mark returns what a stream leaves after the steps.
func (s *urlStream) mark(sent int) pipeline.Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	mark := pipeline.Mark{
		Step: "stream reply", Verdict: pipeline.Passed,
		Facts: []pipeline.Fact{{Name: "bytes", Value: strconv.Itoa(sent)}},
	}
	switch {
	case errors.Is(s.err, io.EOF):
	case s.err != nil:
		mark.Verdict, mark.Reason = pipeline.Failed, "the stream broke off: "+s.err.Error()
	default:
		mark.Facts = append(mark.Facts, pipeline.Fact{
			Name: "ended", Value: "the client took no more",
		})
	}
	return mark
}
