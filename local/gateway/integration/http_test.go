package integration_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
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

// wire is a backend that shows what stood on the wire.
type wire struct {
	net.Listener
	requests    chan string // head and body as they arrived
	connections atomic.Int32
}

// listen answers every request with answer, which is a whole response.
func listen(t testing.TB, answer string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: listener, requests: make(chan string, 64)}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			w.connections.Add(1)
			go w.serve(connection, answer)
		}
	}()
	return w
}

func (w *wire) serve(connection net.Conn, answer string) {
	defer connection.Close()
	in := bufio.NewReader(connection)
	for {
		var raw bytes.Buffer
		request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(readHead(in), &raw)))
		if err != nil {
			return
		}
		body := make([]byte, max(request.ContentLength, 0))
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		w.requests <- raw.String() + string(body)
		if answer == "" {
			return
		}
		if _, err := io.WriteString(connection, answer); err != nil {
			return
		}
	}
}

// readHead reads up to the blank line and no further.
func readHead(in *bufio.Reader) io.Reader {
	var head bytes.Buffer
	for {
		line, err := in.ReadString('\n')
		head.WriteString(line)
		if err != nil || line == "\r\n" {
			return &head
		}
	}
}

func (w *wire) url(path string) string { return "http://" + w.Addr().String() + path }

// seen returns the request line, the header lines in alphabetical order, and the body; the
// listener's address is HOST.
func (w *wire) seen() []string {
	request := strings.ReplaceAll(<-w.requests, w.Addr().String(), "HOST")
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	slices.Sort(lines[1:])
	return append(lines, body)
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

func caller(t testing.TB) *integration.HTTP {
	t.Helper()
	h := integration.NewHTTP(clock.System{})
	t.Cleanup(h.Close)
	return h
}

func fields(pairs ...string) exchange.Header {
	var header exchange.Header
	for i := 0; i < len(pairs); i += 2 {
		header.Add(pairs[i], pairs[i+1])
	}
	return header
}

func TestHTTPWritesWhatItIsGiven(t *testing.T) {
	for _, r := range []struct {
		name    string
		request integration.HTTPRequest
		want    []string
	}{
		{
			"names keep their casing, values their number, and nothing is added but the length",
			integration.HTTPRequest{
				Method: "GET", URL: "/a%2Fb//c?x=1&x=%20",
				Header: fields("x-lower", "1", "X-MIXED-Case", "2", "x-lower", "3"),
			},
			[]string{"GET /a%2Fb//c?x=1&x=%20 HTTP/1.1", "Content-Length: 0", "Host: HOST", "X-MIXED-Case: 2", "x-lower: 1", "x-lower: 3", ""},
		},
		{
			"a body has its own length",
			integration.HTTPRequest{
				Method: "POST", URL: "/", Body: []byte("body"),
				Header: fields("Content-Length", "9", "transfer-encoding", "chunked", "User-Agent", "me"),
			},
			[]string{"POST / HTTP/1.1", "Content-Length: 4", "Host: HOST", "User-Agent: me", "body"},
		},
		{
			"a POST without a body",
			integration.HTTPRequest{Method: "POST", URL: "/"},
			[]string{"POST / HTTP/1.1", "Content-Length: 0", "Host: HOST", ""},
		},
		{
			"a mapped Host, Trailer and Upgrade",
			integration.HTTPRequest{
				Method: "DELETE", URL: "/",
				Header: fields("host", "other.example", "Trailer", "X", "Upgrade", "h2c"),
			},
			[]string{"DELETE / HTTP/1.1", "Content-Length: 0", "Host: other.example", "Trailer: X", "Upgrade: h2c", ""},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			backend := listen(t, ok)
			r.request.URL = backend.url(r.request.URL)
			answer, err := caller(t).Call(t.Context(), r.request)
			if err != nil || answer.Status != 200 || string(answer.Body) != "hi" {
				t.Fatalf("got %+v, %v", answer, err)
			}
			if diff := cmp.Diff(r.want, backend.seen()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTTPAnswers(t *testing.T) {
	for _, r := range []struct {
		name, method, answer string
		want                 integration.HTTPResponse
	}{
		{
			"repeated header lines stay apart", "GET",
			"HTTP/1.1 404 Not Found\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 1\r\n\r\nx",
			integration.HTTPResponse{Status: 404, Header: fields("Set-Cookie", "a", "Set-Cookie", "b", "Content-Length", "1"), Body: []byte("x")},
		},
		{
			"a redirect is not followed", "GET",
			"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
			integration.HTTPResponse{Status: 302, Header: fields("Location", "/other", "Content-Length", "0")},
		},
		{
			"nothing is decompressed", "GET",
			"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nraw",
			integration.HTTPResponse{Status: 200, Header: fields("Content-Encoding", "gzip", "Content-Length", "3"), Body: []byte("raw")},
		},
		{
			"a chunked body", "GET",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
			integration.HTTPResponse{Status: 200, Header: fields("Transfer-Encoding", "chunked"), Body: []byte("ab")},
		},
		{
			"HEAD has a length and no body", "HEAD",
			"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
			integration.HTTPResponse{Status: 200, Header: fields("Content-Length", "7")},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := caller(t).Call(t.Context(), integration.HTTPRequest{
				Method: r.method, URL: listen(t, r.answer).url("/"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTTPKeepsConnectionsAlive(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	backend := listen(t, ok)
	defer backend.Close()
	h := integration.NewHTTP(clock.System{})
	defer h.Close()
	for range 5 {
		if _, err := h.Call(t.Context(), integration.HTTPRequest{Method: "GET", URL: backend.url("/")}); err != nil {
			t.Fatal(err)
		}
	}
	if got := backend.connections.Load(); got != 1 {
		t.Errorf("got %d connections, want 1", got)
	}
}

func TestHTTPFailures(t *testing.T) {
	closed := listen(t, ok)
	closed.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	for _, r := range []struct {
		name, url, text string
		kind            integration.Kind
		cause           error
	}{
		{"no URL", "backend/x", "Execution failed due to configuration error: Invalid endpoint address", integration.Misconfigured, integration.ErrAddress},
		{"another scheme", "ftp://backend/x", "Invalid endpoint address", integration.Misconfigured, integration.ErrAddress},
		{"a port below 1024", "http://127.0.0.1:25/", "port 25, allowed are 80, 443 and 1024 to 65535", integration.Misconfigured, integration.ErrAddress},
		{"an unknown host", "http://nowhere.invalid/", "Invalid endpoint address: host nowhere.invalid", integration.Misconfigured, integration.ErrAddress},
		{"nobody listens", closed.url("/"), "There was an internal error while executing your request", integration.Misconfigured, integration.ErrConnect},
		{"an unknown issuer", secure.URL, "PKIX path building failed", integration.Misconfigured, integration.ErrCertificate},
		{"the connection breaks", listen(t, "").url("/"), "Execution failed due to a network error communicating with endpoint", integration.Unreachable, integration.ErrNetwork},
		{"no HTTP", listen(t, "220 mail\r\n\r\n").url("/"), "network error communicating with endpoint", integration.Unreachable, integration.ErrNetwork},
		{"a broken body", listen(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").url("/"), "network error communicating with endpoint", integration.Unreachable, integration.ErrNetwork},
		{"a large answer", listen(t, "HTTP/1.1 200 OK\r\nContent-Length: 10485761\r\n\r\n").url("/"), "Integration response of reported length 10485761 is larger than allowed maximum of 10485760 bytes.", integration.Misconfigured, integration.ErrTooLarge},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := caller(t).Call(t.Context(), integration.HTTPRequest{Method: "POST", URL: r.url, Body: []byte("x")})
			var failed *integration.Error
			if !errors.As(err, &failed) || failed.Kind != r.kind || !errors.Is(err, r.cause) ||
				!strings.Contains(failed.Text, r.text) || err.Error() != failed.Text {
				t.Errorf("got %v, want %v with %q", err, r.cause, r.text)
			}
		})
	}
	answer, err := caller(t).Call(t.Context(), integration.HTTPRequest{
		Method: "GET", URL: secure.URL, InsecureTLS: true,
	})
	if err != nil || answer.Status != 404 {
		t.Errorf("got %d, %v, want an unchecked certificate to pass", answer.Status, err)
	}
}

func TestHTTPLargeAnswerWithoutLength(t *testing.T) {
	for _, r := range []struct {
		name string
		size int
		want error
	}{
		{"10 MB pass", 10 << 20, nil},
		{"a byte more does not", 10<<20 + 1, integration.ErrTooLarge},
	} {
		t.Run(r.name, func(t *testing.T) {
			body := strings.Repeat("x", r.size)
			backend := listen(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", r.size, body))
			_, err := caller(t).Call(t.Context(), integration.HTTPRequest{Method: "GET", URL: backend.url("/")})
			if !errors.Is(err, r.want) {
				t.Errorf("got %v, want %v", err, r.want)
			}
		})
	}
}

func TestHTTPTimesOut(t *testing.T) {
	release := make(chan struct{})
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" { // the head is there, the body is not
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
		}
		<-release
	}))
	defer backend.Close()
	defer close(release)
	for _, path := range []string{"/head", "/body"} {
		t.Run("waiting for the "+path[1:], func(t *testing.T) {
			_, err := caller(t).Call(t.Context(), integration.HTTPRequest{
				Method: "GET", URL: backend.URL + path, Timeout: 50 * time.Millisecond,
			})
			var failed *integration.Error
			if !errors.Is(err, integration.ErrTimeout) || !errors.As(err, &failed) ||
				failed.Kind != integration.TimedOut ||
				!strings.HasPrefix(failed.Text, "Execution failed due to a timeout error") {
				t.Errorf("got %v, want a timeout", err)
			}
		})
	}
}

func TestHTTPEndsWithItsClient(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer backend.Close()
	_, err := caller(t).Call(ctx, integration.HTTPRequest{Method: "GET", URL: backend.URL})
	if err == nil || errors.Is(err, integration.ErrTimeout) {
		t.Errorf("got %v, want a failure that is no timeout", err)
	}
}

// The transport alone is what a call is held against.
func BenchmarkTransport(b *testing.B) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hi")
	}))
	defer backend.Close()
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		request, err := http.NewRequest("GET", backend.URL, nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header = http.Header{"Accept": {"*/*"}, "X-A": {"1"}, "User-Agent": {"b"}}
		answer, err := transport.RoundTrip(request)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
	}
}

func BenchmarkHTTPCall(b *testing.B) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hi")
	}))
	defer backend.Close()
	h := caller(b)
	request := integration.HTTPRequest{
		Method: "GET", URL: backend.URL, Header: fields("Accept", "*/*", "X-A", "1", "User-Agent", "b"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Call(b.Context(), request); err != nil {
			b.Fatal(err)
		}
	}
}
