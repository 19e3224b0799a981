package lambda

import (
	"bytes"
	"context"
	"io"
)

// Stream is a function's answer of which only the beginning has come.
type Stream struct {
	ContentType string // as the runtime declared it
	// Body yields bytes as the function sends them: it waits until they are read. Its error is a
	// *StreamError when the function failed midway. Close may be called while Read waits; the
	// function then goes on, and what it still sends is dropped.
	Body            io.ReadCloser
	FunctionError   string // Unhandled when it failed before it sent anything; Body is nil then
	Payload         []byte // the error document of a FunctionError
	ExecutedVersion string
	RequestID       string
}

// StreamError says that a function failed after its answer had begun.
type StreamError struct {
	RequestID string
	Document  []byte // the error document
}

// Error returns the document.
func (e *StreamError) Error() string {
	return "the function failed while it streamed its answer: " + string(e.Document) +
		" (request " + e.RequestID + ")"
}

// InvokeStream runs a function and returns when its answer begins. A function that answers in one
// piece makes a stream of one piece. An *Error means that Lambda refused; a context error that the
// caller left before the answer began. The function's own timeout bounds the whole answer.
func (s *Service) InvokeStream(ctx context.Context, in Input) (Stream, error) {
	in.Async = false
	t, err := s.prepareCall(&in)
	if err != nil {
		return Stream{}, err
	}
	answer := newStream()
	fl, fleet, err := s.launch(t, in, in.RequestID, answer)
	if err != nil {
		return Stream{}, err
	}
	select {
	case contentType := <-answer.began:
		return Stream{
			ContentType: contentType, Body: answer.reader,
			ExecutedVersion: fl.version, RequestID: fl.id,
		}, nil
	case l := <-fl.landed:
		return l.stream(), l.err
	case <-ctx.Done():
		_ = answer.reader.Close() // what comes from now on is dropped
		fleet.abandon(fl)
		return Stream{}, ctx.Err()
	}
}

// stream returns an answer that came whole.
func (l *landing) stream() Stream {
	out := Stream{
		FunctionError: l.output.FunctionError, Payload: l.output.Payload,
		ExecutedVersion: l.output.ExecutedVersion, RequestID: l.output.RequestID,
	}
	if out.FunctionError == "" {
		out.Body, out.Payload = io.NopCloser(bytes.NewReader(out.Payload)), nil
	}
	return out
}

// stream is an answer on its way from the runtime to a caller that takes it as it comes. It holds
// nothing: the runtime waits until the caller reads.
type stream struct {
	reader *io.PipeReader
	writer *io.PipeWriter
	began  chan string // the content type, once
	open   bool        // began; guarded by the fleet's mutex
}

func newStream() *stream {
	s := &stream{began: make(chan string, 1)}
	s.reader, s.writer = io.Pipe()
	return s
}

// endStream is finish for an answer that has begun.
func (f *flight) endStream(payload []byte, functionError string) {
	if functionError == "" {
		_ = f.stream.writer.Close()
		return
	}
	f.stream.abort(&StreamError{RequestID: f.id, Document: payload})
}

// abort makes a Write that waits fail, and the next Read too.
func (s *stream) abort(err error) { _ = s.writer.CloseWithError(err) }

// isStreaming reports whether the answer has begun. The fleet's mutex is held, or the flight is out
// of it.
func (f *flight) isStreaming() bool { return f.stream != nil && f.stream.open }
