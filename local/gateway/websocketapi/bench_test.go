package websocketapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/websocketapi"
)

// BenchmarkIdleConnections reports what an idle connection holds, the client's end of its socket in
// the same process included.
func BenchmarkIdleConnections(b *testing.B) {
	const many = 2000
	def := authorized()
	compiled, err := websocketapi.New(def, websocketapi.Dependencies{
		Clock: clock.System{}, Invoker: forgetful{},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		call := &exchange.Request{
			Method: r.Method, RawPath: path, RawQuery: query, Host: r.Host, SourceIP: "127.0.0.1",
			Received: clock.System{}.Now(),
		}
		for name, values := range r.Header {
			call.Header.Add(name, values[0])
		}
		compiled.Upgrade(w, r, call)
	}))
	defer server.Close()
	var most int64 // the first round: later ones find stacks and buffers ready
	for b.Loop() {
		before := inUse()
		conns := make([]net.Conn, 0, many)
		for range many {
			conns = append(conns, plainDial(b, server.Listener.Addr().String()))
		}
		most = max(most, inUse()-before)
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
	b.ReportMetric(float64(most)/many, "bytes/connection")
	compiled.Close(b.Context())
}

// forgetful is a function that keeps nothing.
type forgetful struct{}

func (forgetful) Invoke(_ context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	if strings.HasSuffix(in.FunctionARN, ":authorizer") {
		return exchange.Invoked{Payload: []byte(allow)}, nil
	}
	return exchange.Invoked{Payload: []byte(`{"statusCode":200}`)}, nil
}

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// plainDial upgrades by hand, so that the client's end is a bare socket.
func plainDial(b *testing.B, address string) net.Conn {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "GET /dev?token=x HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUser-Agent: bench\r\n\r\n", address)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		b.Fatalf("response %v, error %v", response, err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	return conn
}
