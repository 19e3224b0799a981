package restapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// speaking is a backend that answers each request with a text of its own, and then does with the
// connection what it is told: close it, unless it is held.
func speaking(t *testing.T, answer string, hold func()) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serve := func(conn net.Conn) {
		defer conn.Close()
		in := bufio.NewReader(conn)
		if request, err := http.ReadRequest(in); err != nil || request.Method == "" {
			return
		}
		_, _ = io.WriteString(conn, answer)
		if hold != nil {
			hold()
			_, _ = io.Copy(io.Discard, in) // until the gateway lets go
		}
	}
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return "http://" + listener.Addr().String()
}

// The rows are those of spec rest-api.md §5 and §10, of backends that fail midway.
func TestBackendsThatFailMidway(t *testing.T) {
	network := answer{504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`}
	late := answer{504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`}
	for _, r := range []struct {
		name, answer string
		held         bool // past the integration's timeout
		want         answer
	}{
		{"one that hangs up at once", "", false, network},
		{"one that hangs up within the head", "HTTP/1.1 200 OK\r\nX-A", false, network},
		{"one that hangs up within the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", false, network},
		{"one that hangs up within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc", false, network},
		{"one whose head is malformed", "HTTP/1.1 200 OK\r\nno line\r\n\r\n", false, network},
		{"one with two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", false, network},
		{"one whose head never ends", "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: 1\r\n", 9<<10), false, network},
		{"one whose body is too large", "HTTP/1.1 200 OK\r\nContent-Length: 10485761\r\n\r\n", false, internalError},
		{"one that says more than its length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", false, answer{200, "", "ab"}},
		{"one that never answers", "", true, late},
		{"one that stops within the head", "HTTP/1.1 200 OK\r\nX-A", true, late},
		{"one that stops within the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", true, late},
	} {
		for _, kind := range []string{"HTTP", "HTTP_PROXY"} {
			t.Run(kind+": "+r.name, func(t *testing.T) {
				before := goleak.IgnoreCurrent()
				t.Cleanup(func() { goleak.VerifyNone(t, before) })
				w := newWorld()
				var hold func()
				if r.held {
					at := w.clock.(*clock.Manual)
					hold = func() { at.Advance(29 * time.Second) }
				}
				w.method("/m", "GET", httpMethod(kind, speaking(t, r.answer, hold)))
				if got := seen(w.get(t, "/dev/m")); got != r.want {
					t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
				}
			})
		}
	}
}

// The names are those of spec control-plane.md §10, "Response side".
func TestNamesOfABackendsHeaders(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nX-MIXED-case: a\r\nx-lower: b\r\nX-Lower: c\r\n" +
		"Connection: close\r\nServer: mine\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"
	want := []string{
		"content-type: text/plain", "X-MIXED-case: a", "x-lower: b", "X-Lower: c", "x-amzn-Remapped-Connection: close",
		"x-amzn-Remapped-Server: mine",
	}
	for _, mode := range []string{"BUFFERED", "STREAM"} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld()
			m := httpMethod("HTTP_PROXY", speaking(t, answer, nil))
			m.Integration.ResponseMode = mode
			w.method("/m", "GET", m)
			reply := w.get(t, "/dev/m")
			if reply.Stream != nil {
				body, err := io.ReadAll(reply.Stream)
				if err != nil {
					t.Error(err)
				}
				_ = reply.Stream.Close()
				reply.Body = body
			}
			if string(reply.Body) != "hi" {
				t.Errorf("got %q", reply.Body)
			}
			if diff := cmp.Diff(want, lines(reply.Header)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// lines returns a header without the lines that every reply has.
func lines(header exchange.Header) []string {
	var all []string
	for _, field := range header {
		if field.Name != "x-amzn-RequestId" && field.Name != "x-amz-apigw-id" {
			all = append(all, field.Name+": "+field.Value)
		}
	}
	return all
}
