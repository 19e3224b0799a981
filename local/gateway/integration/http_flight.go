package integration

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// keepAliveProbe is how often the system asks whether a silent backend is still there.
const keepAliveProbe = 90 * time.Second

// errClosed ends the call whose answer nobody reads on.
var errClosed = errors.New("the answer was closed")

// flight is a call under way, from before it has a connection. Whatever ends it early closes the
// connection, which wakes the one who waits on it.
type flight struct {
	presents presented // to the backend

	mu     sync.Mutex         // guards what follows
	cause  error              // why it was ended early, nil when it was not
	conn   net.Conn           // closed by end; nil while there is none
	cancel context.CancelFunc // of the connecting; nil when nobody connects
}

// watch ends the call with ctx, until what it returns is called.
func (f *flight) watch(ctx context.Context) (unwatch func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	stop := context.AfterFunc(ctx, func() { f.end(context.Cause(ctx)) })
	return func() { stop() }
}

// end ends the call early, unless it has ended.
func (f *flight) end(cause error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cause == nil {
		f.cause = cause
	}
	if f.cancel != nil {
		f.cancel()
	}
	if f.conn != nil {
		_ = f.conn.Close()
	}
}

// ended returns why the call was ended early, nil if it was not.
func (f *flight) ended() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cause
}

// why returns the reason of a failure: what ended the call, else what broke.
func (f *flight) why(err error) error {
	if cause := f.ended(); cause != nil {
		return cause
	}
	return err
}

// hold gives the call its connection. The error is why it needs none any more; the connection is
// closed then.
func (f *flight) hold(conn net.Conn) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cause != nil {
		_ = conn.Close()
		return f.cause
	}
	f.conn = conn
	return nil
}

// release takes the connection out of the call's hands, and reports whether it is unharmed.
func (f *flight) release() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conn = nil
	return f.cause == nil
}

// connecting returns the context under which a connection is made, and what ends it.
func (f *flight) connecting(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	f.mu.Lock()
	f.cancel = cancel
	if f.cause != nil {
		cancel()
	}
	f.mu.Unlock()
	return ctx, func() {
		f.mu.Lock()
		f.cancel = nil
		f.mu.Unlock()
		cancel()
	}
}

// connect makes a connection for the call.
func (f *flight) connect(ctx context.Context, to *address) (*connection, error) {
	ctx, done := f.connecting(ctx)
	defer done()
	dialer := &net.Dialer{Timeout: standardTimeout, KeepAlive: keepAliveProbe}
	raw, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(to.host, to.port))
	if err != nil {
		return nil, err
	}
	if err := f.hold(raw); err != nil {
		return nil, err
	}
	conn := newConnection(raw, to.destination)
	if !to.secure {
		return conn, nil
	}
	secure := tls.Client(raw, &tls.Config{
		ServerName: cmp.Or(to.named, to.host), InsecureSkipVerify: to.trusting, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"}, GetClientCertificate: f.presents.answer(),
	})
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.abandon(f, nil)
		return nil, err
	}
	conn.secure(secure)
	return conn, nil
}
