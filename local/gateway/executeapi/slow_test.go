package executeapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/clock"
)

// pipes is a listener of connections in memory, whose time is that of the test.
type pipes struct {
	arriving chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.arriving:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// connect serves an API on a connection in memory, and returns the client's end.
func connect(t *testing.T) net.Conn {
	t.Helper()
	s := &Server{options: Options{Host: "127.0.0.1", Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)}}
	s.Replace([]Mount{{ID: "abc", API: echo{"abc"}}})
	e, err := s.bind(0, s.only("abc"))
	if err != nil {
		t.Fatal(err)
	}
	_ = e.listener.Close()
	listener := &pipes{arriving: make(chan net.Conn), closed: make(chan struct{})}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := e.server.Serve(headListener{Listener: listener}); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	client, server := net.Pipe()
	listener.arriving <- server
	t.Cleanup(func() {
		_ = client.Close()
		_ = e.server.Shutdown(context.Background())
		serving.Wait()
	})
	return client
}

// Slow senders are cut off, whether they stop or dribble; a connection that is idle is kept as long
// as AWS keeps it (spec rest-api.md §16).
func TestSlowSenders(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"
	for _, r := range []struct {
		name, first string
		dribbles    bool // a byte each second after it
		want        string
		after       time.Duration
	}{
		{"nothing is sent", "", false, "", 30 * time.Second},
		{"a head that stops within a name", "GET / HTTP/1.1\r\nHos", false, "HTTP/1.1 400 Bad Request", 30 * time.Second},
		{"a head of a byte a second", "GET / HTTP/1.1\r\na: ", true, "", 30 * time.Second},
		{"a body that stops", head + "some", false, "HTTP/1.1 408 Request Timeout", 60 * time.Second},
		{"a body of a byte a second", head, true, "HTTP/1.1 408 Request Timeout", 60 * time.Second},
		{"chunks that stop", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab", false, "HTTP/1.1 408 Request Timeout", 60 * time.Second},
		{"a connection that is idle after a call", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", false, "HTTP/1.1 200 OK", 350 * time.Second},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn := connect(t)
				began := time.Now()
				var sending sync.WaitGroup
				sending.Go(func() { send(conn, r.first, r.dribbles) })
				got, err := io.ReadAll(conn)
				if err != nil {
					t.Error(err)
				}
				took := time.Since(began)
				_ = conn.Close()
				sending.Wait()
				line, _, _ := strings.Cut(string(got), "\r\n")
				if line != r.want || took != r.after {
					t.Errorf("got %q after %v, want %q after %v", line, took, r.want, r.after)
				}
			})
		})
	}
}

// send writes until the other end takes no more.
func send(conn net.Conn, first string, dribbles bool) {
	if _, err := io.WriteString(conn, first); err != nil || !dribbles {
		return
	}
	for each := time.NewTicker(time.Second); ; <-each.C {
		if _, err := io.WriteString(conn, "x"); err != nil {
			each.Stop()
			return
		}
	}
}

// The rows are those of spec rest-api.md §9: Date, Connection and Content-Length are always there.
func TestHeadersThatTheListenerAdds(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"abc"}})
	url, _ := s.APIURL("abc")
	for _, r := range []struct{ name, send, connection string }{
		{"a connection that stays open", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "keep-alive"},
		{"a client that closes", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "close"},
		{"an old client that keeps open", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive"},
		{"an old client that closes", "GET / HTTP/1.0\r\n\r\n", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(strings.Replace(url, "localhost", "127.0.0.1", 1), "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, r.send)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.ContentLength != int64(len(body)) || response.Header.Get("Date") == "" {
				t.Errorf("got %v and %d bytes, %v", response.Header, len(body), err)
			}
			got := response.Header.Get("Connection")
			if got == "" && response.Close && response.ProtoMinor == 1 {
				got = "close" // ReadResponse takes it out
			}
			if got != r.connection {
				t.Errorf("Connection is %q, want %q", got, r.connection)
			}
		})
	}
}

// The rows are those of spec rest-api.md §2 and §3.1, of HTTP/2.
func TestHTTP2(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"abc"}})
	url, _ := s.APIURL("abc")
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), "POST", url+"/dev/x?y=1", strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Odd", "1")
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		name string
		ok   bool
	}{
		{"HTTP/2 is accepted", response.ProtoMajor == 2 && response.StatusCode == 200},
		{"names of headers arrive in lower case", strings.Contains(string(body), "\nx-odd: 1\n")},
		{"the path and query string arrive", strings.HasPrefix(string(body), "abc POST /dev/x?y=1\n")},
		{"the body arrives", strings.HasSuffix(string(body), "\nbody")},
		{"there is no Connection", response.Header.Get("Connection") == ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			if !r.ok {
				t.Errorf("got %s %d %v\n%s", response.Proto, response.StatusCode, response.Header, body)
			}
		})
	}
}
