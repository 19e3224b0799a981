package integration_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

func TestAnAnswersLinesAreThoseOfTheBackend(t *testing.T) {
	for _, r := range []struct {
		name, method, answer string
		want                 integration.HTTPResponse
	}{
		{
			"names keep their casing and order", "GET",
			"HTTP/1.1 200 OK\r\nx-lower: 1\r\nX-MIXED-case: 2\r\nX-Lower: 3\r\ncontent-length: 0\r\n\r\n",
			integration.HTTPResponse{Status: 200, Header: fields("x-lower", "1", "X-MIXED-case", "2", "X-Lower", "3", "content-length", "0")},
		},
		{
			"those of the connection are there too", "GET",
			"HTTP/1.1 200 OK\r\nconnection: close\r\nKeep-Alive: timeout=5\r\nContent-Length: 1\r\n\r\na",
			integration.HTTPResponse{Status: 200, Header: fields("connection", "close", "Keep-Alive", "timeout=5", "Content-Length", "1"), Body: []byte("a")},
		},
		{
			"1xx answers are passed over", "GET",
			"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
			integration.HTTPResponse{Status: 200, Header: fields("Content-Length", "1"), Body: []byte("a")},
		},
		{
			"a trailer is passed over", "GET",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nTrailer: X-Sum\r\n\r\n1;x=y\r\na\r\n0\r\nX-Sum: 1\r\n\r\n",
			integration.HTTPResponse{Status: 200, Header: fields("Transfer-Encoding", "Chunked", "Trailer", "X-Sum"), Body: []byte("a")},
		},
		{
			"a chunked body does not heed a length", "GET",
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
			integration.HTTPResponse{Status: 200, Header: fields("Content-Length", "9", "Transfer-Encoding", "chunked"), Body: []byte("a")},
		},
		{
			"bare line feeds and folded lines", "GET",
			"HTTP/1.1 200\nX-A:  1 \n\t2\nContent-Length: 1\n\na",
			integration.HTTPResponse{Status: 200, Header: fields("X-A", "1 2", "Content-Length", "1"), Body: []byte("a")},
		},
		{
			"equal lengths are one", "GET",
			"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
			integration.HTTPResponse{Status: 200, Header: fields("Content-Length", "1", "Content-Length", "1"), Body: []byte("a")},
		},
		{
			"a body without length ends with the connection", "GET",
			"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nabc",
			integration.HTTPResponse{Status: 200, Header: fields("X-A", "1"), Body: []byte("abc")},
		},
		{
			"so it does in HTTP/1.0", "GET",
			"HTTP/1.0 200 OK\r\n\r\nabc",
			integration.HTTPResponse{Status: 200, Header: fields(), Body: []byte("abc")},
		},
		{
			"204 has no body", "GET", "HTTP/1.1 204 No Content\r\n\r\n",
			integration.HTTPResponse{Status: 204, Header: fields()},
		},
		{
			"304 has a length and no body", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
			integration.HTTPResponse{Status: 304, Header: fields("Content-Length", "5")},
		},
		{
			"HEAD of a chunked body has none", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			integration.HTTPResponse{Status: 200, Header: fields("Transfer-Encoding", "chunked")},
		},
		{
			"a head longer than what is read at once", "GET",
			"HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 40<<10) + "\r\nContent-Length: 1\r\n\r\na",
			integration.HTTPResponse{Status: 200, Header: fields("X-A", strings.Repeat("a", 40<<10), "Content-Length", "1"), Body: []byte("a")},
		},
		{
			"more than the length says is not read", "GET",
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc",
			integration.HTTPResponse{Status: 200, Header: fields("Content-Length", "2"), Body: []byte("ab")},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			url := scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
				if taken(in) {
					_, _ = io.WriteString(conn, r.answer)
				}
			})
			h := caller(t)
			for range 2 { // whatever the first leaves behind must not reach the second
				request := integration.HTTPRequest{Method: r.method, URL: url}
				got, err := h.Call(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(r.want, got, sameWhenEmpty()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				head, body, err := h.Open(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				if head.Body, err = io.ReadAll(body); err != nil {
					t.Fatal(err)
				}
				_ = body.Close()
				if diff := cmp.Diff(r.want, head, sameWhenEmpty()); diff != "" {
					t.Errorf("streamed (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// sameWhenEmpty takes an empty body or header for none.
func sameWhenEmpty() cmp.Option {
	return cmp.Options{
		cmp.Transformer("body", func(b []byte) string { return string(b) }),
		cmp.Transformer("header", func(h exchange.Header) []exchange.Field { return append([]exchange.Field{{}}, h...) }),
	}
}

func TestNamesAreKeptThroughTLS(t *testing.T) {
	backend := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["x-lower"] = []string{"1"}
		_, _ = io.WriteString(w, strings.Repeat("a", 64<<10))
	}))
	defer backend.Close()
	h := caller(t)
	for range 3 {
		got, err := h.Call(t.Context(), integration.HTTPRequest{Method: "GET", URL: backend.URL, InsecureTLS: true})
		if err != nil || len(got.Body) != 64<<10 || got.Header[0].Name == "X-Lower" || !got.Header.Has("x-lower") {
			t.Errorf("got %d bytes, %v, %v", len(got.Body), got.Header, err)
		}
	}
}

// once answers the first request of each connection, and does with the connection what it is told.
func once(t *testing.T, then func(conn *net.TCPConn, in *bufio.Reader)) (url string, accepted *atomic.Int32) {
	accepted = &atomic.Int32{}
	return scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
		accepted.Add(1)
		if taken(in) {
			_, _ = io.WriteString(conn, ok)
			then(conn, in)
		}
	}), accepted
}

func TestAKeptConnection(t *testing.T) {
	silent := func(*net.TCPConn, *bufio.Reader) {}
	speak := func(c *net.TCPConn, _ *bufio.Reader) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
	}
	for _, r := range []struct {
		name, method string
		between      func(*net.TCPConn, *bufio.Reader) // what the backend does between the calls
		then         func(*net.TCPConn, *bufio.Reader) // and from then on, before it closes
		want         error                             // of the second call
	}{
		{"that the backend closed is not used for GET", "GET", closed, silent, nil},
		{"that the backend closed is not used for POST", "POST", closed, silent, nil},
		{"that the backend reset is not used", "POST", func(c *net.TCPConn, in *bufio.Reader) { reset(c); closed(c, in) }, silent, nil},
		{"on which the backend spoke unasked is not used", "GET", speak, func(_ *net.TCPConn, in *bufio.Reader) { gone(in) }, nil},
		{"that ends with the next GET is replaced", "GET", silent, func(_ *net.TCPConn, in *bufio.Reader) { taken(in) }, nil},
		{"that ends with the next POST is not, for it may have been heard", "POST", silent, func(_ *net.TCPConn, in *bufio.Reader) { taken(in) }, integration.ErrNetwork},
	} {
		t.Run(r.name, func(t *testing.T) {
			ready := make(chan struct{}, 8)
			url, accepted := once(t, func(conn *net.TCPConn, in *bufio.Reader) {
				r.between(conn, in)
				ready <- struct{}{}
				r.then(conn, in)
			})
			h := caller(t)
			request := integration.HTTPRequest{Method: r.method, URL: url}
			if _, err := h.Call(t.Context(), request); err != nil {
				t.Fatal(err)
			}
			<-ready
			got, err := h.Call(t.Context(), request)
			if !errors.Is(err, r.want) || err == nil && string(got.Body) != "hi" {
				t.Errorf("got %s, %v, want %v", got.Body, err, r.want)
			}
			if want := int32(2); r.want == nil && accepted.Load() != want {
				t.Errorf("%d connections, want %d", accepted.Load(), want)
			}
		})
	}
}

func closed(c *net.TCPConn, _ *bufio.Reader) { _ = c.Close() }

func TestKeptConnectionsGrowOld(t *testing.T) {
	at := clock.NewManual(time.Unix(0, 0))
	closed := make(chan struct{})
	url, _ := once(t, func(_ *net.TCPConn, in *bufio.Reader) {
		gone(in)
		close(closed)
	})
	h := integration.NewHTTP(at)
	defer h.Close()
	if _, err := h.Call(t.Context(), integration.HTTPRequest{Method: "GET", URL: url}); err != nil {
		t.Fatal(err)
	}
	at.Advance(89 * time.Second)
	select {
	case <-closed:
		t.Error("closed before its time")
	default:
	}
	at.Advance(time.Second)
	<-closed
}

func TestAnAnswerBeforeTheWholeRequest(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	answered := make(chan struct{})
	url := scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
		_ = conn.SetReadBuffer(4 << 10)
		if _, err := http.ReadRequest(in); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
			<-answered // and reads no more
		}
	})
	h := integration.NewHTTP(clock.System{})
	t.Cleanup(h.Close)
	got, err := h.Call(t.Context(), integration.HTTPRequest{Method: "POST", URL: url, Body: bytes.Repeat([]byte("x"), 10<<20)})
	close(answered)
	if err != nil || got.Status != 413 || string(got.Body) != "big" {
		t.Errorf("got %d %s, %v", got.Status, got.Body, err)
	}
}

func TestLargeRequestsArriveWhole(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(body)
	}))
	defer backend.Close()
	h := caller(t)
	for _, size := range []int{0, 1, 16 << 10, 16<<10 + 1, 64 << 10, 64<<10 + 1, 10 << 20} {
		body := bytes.Repeat([]byte("0123456789abcdef"), size/16+1)[:size]
		got, err := h.Call(t.Context(), integration.HTTPRequest{Method: "POST", URL: backend.URL, Body: body})
		if err != nil || !bytes.Equal(got.Body, body) {
			t.Errorf("%d bytes: got %d, %v", size, len(got.Body), err)
		}
	}
}

func TestAStream(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
	for _, r := range []struct {
		name string
		end  func(cancel context.CancelFunc, body io.Closer)
	}{
		{"ends when its reader closes it", func(_ context.CancelFunc, body io.Closer) { _ = body.Close() }},
		{"ends with its context", func(cancel context.CancelFunc, _ io.Closer) { cancel() }},
	} {
		t.Run(r.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, before) })
			url := scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
				if taken(in) {
					_, _ = io.WriteString(conn, head)
					gone(in)
				}
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, body, err := caller(t).Open(ctx, integration.HTTPRequest{Method: "GET", URL: url})
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			if n, err := body.Read(make([]byte, 8)); n != 1 || err != nil {
				t.Errorf("got %d, %v while the backend holds the rest", n, err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				r.end(cancel, body)
			}()
			if _, err := body.Read(make([]byte, 8)); err == nil || errors.Is(err, io.EOF) {
				t.Errorf("got %v, want a failure", err)
			}
			<-ended
		})
	}
}
