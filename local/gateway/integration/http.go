package integration

import (
	"context"
	"errors"
	"io"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

const (
	standardTimeout = 29 * time.Second
	maxHTTPResponse = 10 << 20 // bytes
	firstBodyRead   = 1 << 20  // bytes that an answer gets on its word
)

// HTTP calls backends over HTTP/1.1, as API Gateway does: redirects are not followed, nothing is
// decompressed, no proxy of the environment is asked, and header lines keep the order and the names
// in which they are sent, both ways. A call runs in the goroutine of its caller.
type HTTP struct {
	clock    clock.Clock
	presents presented
	kept     pool
}

// HTTPRequest is what a backend is sent.
type HTTPRequest struct {
	Method string
	URL    string
	// Header goes to the backend in its own casing; a Host line replaces the URL's host.
	Header  exchange.Header
	Body    []byte
	Timeout time.Duration // of the whole call; 0 is AWS's 29 s
	// InsecureTLS accepts certificates of any issuer (tlsConfig.insecureSkipVerification).
	InsecureTLS bool
	// ServerName is whom the backend's certificate must name, and whom the handshake asks for; "" is
	// the URL's host (tlsConfig.serverNameToVerify).
	ServerName string
}

// HTTPResponse is what a backend answered, its header lines as they were sent.
type HTTPResponse struct {
	Status int
	Header exchange.Header
	Body   []byte
}

// NewHTTP returns a caller. Its idle connections end with Close, or by themselves. Backends keep the
// machine's time, wherever a user moves the clock, and so do its limits.
func NewHTTP(c clock.Clock) *HTTP {
	c = clock.Unmoved(c)
	return &HTTP{clock: c, kept: pool{clock: c, shelves: map[destination]*shelf{}}}
}

// Close ends idle connections; those of calls under way end with their calls.
func (h *HTTP) Close() { h.kept.close() }

// Call sends a request and reads the whole answer, whatever its status. An error is an *Error in
// the words of AWS's execution log, and one of the causes ErrTimeout, ErrAddress, ErrRequest,
// ErrConnect, ErrCertificate, ErrNetwork and ErrTooLarge.
func (h *HTTP) Call(ctx context.Context, request HTTPRequest) (HTTPResponse, error) {
	to, err := parseAddress(request.URL)
	if err == nil {
		err = checkRequest(&request)
	}
	if err != nil {
		return HTTPResponse{}, err
	}
	to.verify(&request)
	timeout := request.Timeout
	if timeout <= 0 {
		timeout = standardTimeout
	}
	f := &flight{presents: h.presents}
	defer f.watch(ctx)()
	defer h.clock.AfterFunc(timeout, func() { f.end(errTimeout) })()
	response, err := h.fly(ctx, f, &to, &request)
	switch {
	case err == nil:
		return response, nil
	case errors.Is(f.ended(), errTimeout):
		return HTTPResponse{}, timedOut(&to, timeout)
	}
	return HTTPResponse{}, callFailure(&to, err)
}

// fly makes one call and reads its answer.
func (h *HTTP) fly(
	ctx context.Context, f *flight, to *address, request *HTTPRequest,
) (HTTPResponse, error) {
	conn, in, err := h.send(ctx, f, to, request)
	if err != nil {
		return HTTPResponse{}, err
	}
	body, err := in.readAll()
	if err != nil {
		conn.abandon(f, in)
		return HTTPResponse{}, f.why(err)
	}
	h.finish(conn, f, in)
	return HTTPResponse{Status: in.status, Header: in.header, Body: body}, nil
}

// Open sends a request and returns the head of the answer and its body as it comes, without limits
// of time or size; who takes the body closes it, also while a Read waits. The end of ctx ends both.
// Errors are those of Call.
func (h *HTTP) Open(ctx context.Context, request HTTPRequest) (HTTPResponse, io.ReadCloser, error) {
	to, err := parseAddress(request.URL)
	if err == nil {
		err = checkRequest(&request)
	}
	if err != nil {
		return HTTPResponse{}, nil, err
	}
	to.verify(&request)
	f := &flight{presents: h.presents}
	unwatch := f.watch(ctx)
	conn, in, err := h.send(ctx, f, &to, &request)
	if err != nil {
		unwatch()
		return HTTPResponse{}, nil, callFailure(&to, err)
	}
	in.body = in.stream()
	body := &streamedBody{http: h, flight: f, conn: conn, in: in, unwatch: unwatch}
	return HTTPResponse{Status: in.status, Header: in.header}, body, nil
}

// send sends a request and reads the head of the answer. A kept connection may be closed by the
// backend in the very moment in which it is used again: what may be repeated then is, once, on a
// connection of its own.
func (h *HTTP) send(
	ctx context.Context, f *flight, to *address, request *HTTPRequest,
) (*connection, *answer, error) {
	conn := h.kept.take(to.destination)
	if conn != nil && f.hold(conn.raw) == nil {
		in, err := conn.roundTrip(to, request)
		if err == nil {
			return conn, in, nil
		}
		conn.abandon(f, nil)
		if !errors.Is(err, errNoAnswer) || !isRepeatable(request.Method) || f.ended() != nil {
			return nil, nil, f.why(err)
		}
	}
	conn, err := f.connect(ctx, to)
	if err != nil {
		return nil, nil, f.why(err)
	}
	in, err := conn.roundTrip(to, request)
	if err != nil {
		conn.abandon(f, nil)
		return nil, nil, f.why(err)
	}
	return conn, in, nil
}

// isRepeatable reports whether a request that got no answer may be sent again (RFC 9110, section
// 9.2.2, without the methods that change something).
func isRepeatable(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return false
}

// finish lets go of a connection whose answer has been read, and keeps it if it may be.
func (h *HTTP) finish(conn *connection, f *flight, in *answer) {
	if !in.sending.settled() || !in.keep || in.source.Buffered() > 0 {
		conn.abandon(f, in)
		return
	}
	if f.release() {
		h.kept.put(conn)
	}
}

// streamedBody is the body of an answer on its way.
type streamedBody struct {
	http    *HTTP
	flight  *flight
	conn    *connection
	in      *answer
	unwatch func()
	err     error // of the last Read; no more is read then
}

// Read yields what the backend sends, as it comes.
func (b *streamedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.in.body.Read(p)
	if err == nil {
		return n, nil
	}
	b.unwatch()
	b.err = err
	if errors.Is(err, io.EOF) {
		b.http.finish(b.conn, b.flight, b.in)
		return n, io.EOF
	}
	b.conn.abandon(b.flight, b.in)
	b.err = b.flight.why(err)
	return n, b.err
}

// Close ends the call. What has been read to its end stays as it is.
func (b *streamedBody) Close() error {
	b.unwatch()
	b.flight.end(errClosed)
	b.in.sending.wait()
	return nil
}
