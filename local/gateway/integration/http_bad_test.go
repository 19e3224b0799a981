package integration_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
)

// scripted is a backend that does with each connection what a test says.
func scripted(t *testing.T, serve func(conn *net.TCPConn, in *bufio.Reader)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				serve(conn.(*net.TCPConn), bufio.NewReader(conn))
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return "http://" + listener.Addr().String()
}

// taken reads a request with its body.
func taken(in *bufio.Reader) bool {
	request, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, request.Body)
	return err == nil
}

// gone waits until the other side closes.
func gone(in *bufio.Reader) { _, _ = io.Copy(io.Discard, in) }

// reset closes a connection the hard way.
func reset(conn *net.TCPConn) { _ = conn.SetLinger(0) }

// badAnswers are what a client is told as 504, "Network error communicating with endpoint".
var badAnswers = []struct{ name, answer, reason string }{
	{"closes before the head", "", "ended before an answer"},
	{"closes within the status line", "HTTP/1.1 20", "ended within the head"},
	{"closes within the head", "HTTP/1.1 200 OK\r\nX-A: 1\r\n", "ended within the head"},
	{"closes within the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "unexpected EOF"},
	{"closes before the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "unexpected EOF"},
	{"closes within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "unexpected EOF"},
	{"closes between chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "unexpected EOF"},
	{"closes within the trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n", "unexpected EOF"},
	{"closes after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\n", "ended before an answer"},
	{"speaks another protocol", "220 mail.example ESMTP\r\n\r\n", "no status line"},
	{"answers an empty line", "\r\nHTTP/1.1 200 OK\r\n\r\n", "no status line"},
	{"answers HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", "no status line"},
	{"answers HTTP/0.9", "<html>hello</html>\r\n\r\n", "no status line"},
	{"answers a status below 100", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "no status line"},
	{"answers a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", "no status line"},
	{"answers no status", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n", "no status line"},
	{"leaves HTTP", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "leaves HTTP"},
	{"promises without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 7), "more than 5 answers 1xx"},
	{"sends a line without a colon", "HTTP/1.1 200 OK\r\nno header\r\n\r\n", "no header line"},
	{"sends a name with a blank", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", "no header line"},
	{"sends an empty name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n", "no header line"},
	{"folds the first line", "HTTP/1.1 200 OK\r\n X: 1\r\n\r\n", "no header line"},
	{"sends a null byte in a value", "HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n", "no header line"},
	{"sends a bare carriage return", "HTTP/1.1 200 OK\r\nX: a\rY: b\r\n\r\n", "no header line"},
	{"sends a head that is too long", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "longer than 65536 bytes"},
	{"sends too many lines", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X: 1\r\n", 11<<10) + "\r\n", "longer than 65536 bytes"},
	{"sends a trailer that is too long", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: 1\r\n", 11<<10) + "\r\n", "trailer"},
	{"sends a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "Content-Length"},
	{"sends a length below zero", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "Content-Length"},
	{"sends a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", "Content-Length"},
	{"sends two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "Content-Length"},
	{"sends a chunk size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk"},
	{"codes the transfer otherwise", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding"},
	{"codes the transfer twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Transfer-Encoding"},
	{"codes the transfer in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0"},
}

func TestABackendThat(t *testing.T) {
	for _, r := range badAnswers {
		for _, ending := range []string{"and closes", "and resets"} {
			t.Run(r.name+" "+ending, func(t *testing.T) {
				url := scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
					if !taken(in) {
						return
					}
					_, _ = io.WriteString(conn, r.answer)
					if ending == "and resets" {
						reset(conn)
					}
				})
				_, err := caller(t).Call(t.Context(), integration.HTTPRequest{Method: "POST", URL: url, Body: []byte("x")})
				var failed *integration.Error
				if !errors.Is(err, integration.ErrNetwork) || !errors.As(err, &failed) || failed.Kind != integration.Unreachable {
					t.Fatalf("got %v, want a network error", err)
				}
				if ending == "and closes" && !strings.Contains(failed.Text, r.reason) {
					t.Errorf("got %q, want a reason with %q", failed.Text, r.reason)
				}
			})
		}
	}
}

func TestASlowBackend(t *testing.T) {
	for _, r := range []struct{ name, answer string }{
		{"never answers", ""},
		{"stops within the head", "HTTP/1.1 200 OK\r\nX-A: "},
		{"stops before the body", "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"},
		{"stops within the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"},
		{"stops within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na"},
		{"does not close", "HTTP/1.1 200 OK\r\n\r\nabc"},
		{"promises and stops", "HTTP/1.1 102 Processing\r\n\r\n"},
	} {
		t.Run(r.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Cleanup(func() { goleak.VerifyNone(t, before) })
			at := clock.NewManual(time.Unix(0, 0))
			url := scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
				if taken(in) {
					_, _ = io.WriteString(conn, r.answer)
					at.Advance(29 * time.Second)
					gone(in)
				}
			})
			h := integration.NewHTTP(at)
			t.Cleanup(h.Close)
			_, err := h.Call(t.Context(), integration.HTTPRequest{Method: "GET", URL: url})
			var failed *integration.Error
			if !errors.Is(err, integration.ErrTimeout) || !errors.As(err, &failed) || failed.Kind != integration.TimedOut {
				t.Errorf("got %v, want a timeout", err)
			}
		})
	}
}

func TestADribblingBackendIsWaitedFor(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
	url := scripted(t, func(conn *net.TCPConn, in *bufio.Reader) {
		for taken(in) {
			for i := range len(answer) {
				_, _ = io.WriteString(conn, answer[i:i+1])
			}
		}
	})
	h := caller(t)
	for range 2 {
		got, err := h.Call(t.Context(), integration.HTTPRequest{Method: "GET", URL: url})
		if err != nil || string(got.Body) != "abcde" || got.Header.Get("X-A") != "1" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
}

func TestARequestThatIsNoneIsNotSent(t *testing.T) {
	for _, r := range []struct {
		name    string
		request integration.HTTPRequest
		text    string
	}{
		{"a method with a blank", integration.HTTPRequest{Method: "GET /admin"}, "no HTTP method"},
		{"no method", integration.HTTPRequest{}, "no HTTP method"},
		{"a name with a colon", integration.HTTPRequest{Method: "GET", Header: fields("X:", "1")}, "no name of a header"},
		{"a name with a line break", integration.HTTPRequest{Method: "GET", Header: fields("X\r\nY", "1")}, "no name of a header"},
		{"a value with a line break", integration.HTTPRequest{Method: "GET", Header: fields("X", "1\r\nY: 2")}, "control characters"},
		{"a value with a null byte", integration.HTTPRequest{Method: "GET", Header: fields("X", "\x00")}, "control characters"},
	} {
		t.Run(r.name, func(t *testing.T) {
			backend := listen(t, ok)
			r.request.URL = backend.url("/")
			_, err := caller(t).Call(t.Context(), r.request)
			var failed *integration.Error
			if !errors.Is(err, integration.ErrRequest) || !errors.As(err, &failed) ||
				failed.Kind != integration.Misconfigured || !strings.Contains(failed.Text, r.text) {
				t.Errorf("got %v, want one with %q", err, r.text)
			}
			if backend.connections.Load() != 0 {
				t.Error("the backend was called")
			}
		})
	}
}
