package httpapi_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
)

func caller(t testing.TB, c clock.Clock) *integration.HTTP {
	t.Helper()
	h := integration.NewHTTP(c)
	t.Cleanup(h.Close)
	return h
}

// wire is a backend that shows what stood on the wire.
type wire struct {
	net.Listener
	requests chan string // head and body as they arrived
}

// onTheWire starts a backend that answers every request with answer, which is a whole response.
func onTheWire(t testing.TB, answer string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{Listener: listener, requests: make(chan string, 16)}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go w.serve(connection, answer)
		}
	}()
	return w
}

func (w *wire) serve(connection net.Conn, answer string) {
	defer connection.Close()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(connection, &raw))
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		w.requests <- raw.String()
		raw.Reset()
		if _, err := io.WriteString(connection, answer); err != nil {
			return
		}
	}
}

func (w *wire) origin() string { return "http://" + w.Addr().String() }

// seen returns the request line, the header lines in alphabetical order but for the trace and the
// length of an empty body, and the body; the backend's address is BACKEND.
func (w *wire) seen() []string {
	request := strings.ReplaceAll(<-w.requests, w.Addr().String(), "BACKEND")
	head, body, _ := strings.Cut(request, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return strings.HasPrefix(line, "X-Amzn-Trace-Id: Root=1-") || line == "Content-Length: 0"
	})
	slices.Sort(lines[1:])
	if body != "" {
		lines = append(lines, body)
	}
	return lines
}

const answersHi = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"

// proxied gives the API one more integration, of type HTTP_PROXY, and a route to it.
func proxied(key, uri string, change func(*api.V2Integration)) func(*setup) {
	return func(s *setup) {
		i := api.V2Integration{
			ID: "http", Type: "HTTP_PROXY", Method: "ANY", URI: uri, PayloadFormatVersion: "1.0",
			TimeoutMillis: 30_000, ConnectionType: "INTERNET",
		}
		if change != nil {
			change(&i)
		}
		s.def.Integrations["http"] = i
		s.def.Routes = append(s.def.Routes, api.Route{
			Key: key, AuthorizationType: "NONE", IntegrationID: "http",
		})
	}
}

// elsewhere leads all backends to one origin, and refuses those of a host.
type elsewhere struct{ to, refused string }

func (e elsewhere) Backend(origin string) (string, error) {
	if e.refused != "" && strings.Contains(origin, e.refused) {
		return "", errors.New("nothing is sent to " + origin)
	}
	return e.to, nil
}

// targets are the private ones.
type targets map[string]string

func (p targets) PrivateTarget(name string) (string, bool) {
	url, ok := p[name]
	return url, ok
}
