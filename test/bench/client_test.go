package bench

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// connections is how many clients call at once, unless a target says otherwise.
	connections = 16
	// proxyConnections is how many call through a proxy.
	proxyConnections = 64
)

// client calls one path over one kept connection, with as little work of its own as possible.
type client struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
}

// dial connects to a target: "localhost:1234/dev/lambda".
func dial(t target) (*client, error) {
	host, path, _ := strings.Cut(t.address, "/")
	conn, err := net.Dial("tcp", strings.Replace(host, "localhost", "127.0.0.1", 1))
	if err != nil {
		return nil, err
	}
	method, length := http.MethodGet, t.header
	if t.body != nil {
		method = http.MethodPost
		length = fmt.Sprintf("Content-Type: application/json\r\nContent-Length: %d\r\n", len(t.body))
	}
	head := fmt.Appendf(nil, "%s /%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\n"+
		"Accept: application/json\r\n%s\r\n", method, path, host, length)
	return &client{
		conn: conn, reader: bufio.NewReader(conn), request: append(head, t.body...),
	}, nil
}

func (c *client) call() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %s", response.Status)
	}
	return response.Body.Close()
}

// latencies are how long calls took, sorted.
type latencies []time.Duration

func (l latencies) at(share float64) time.Duration {
	return l[min(len(l)-1, int(share*float64(len(l))))]
}

// load makes calls over all connections and returns how long each took, and all of them.
func load(tb testing.TB, t target, calls int) (latencies, time.Duration) {
	tb.Helper()
	clients := make([]*client, cmp.Or(t.connections, connections))
	for i := range clients {
		c, err := dial(t)
		if err != nil {
			tb.Fatal(err)
		}
		defer c.conn.Close()
		clients[i] = c
	}
	took := make([]latencies, len(clients))
	errs := make([]error, len(clients))
	began := time.Now()
	var working sync.WaitGroup
	for i, c := range clients {
		share := calls / len(clients)
		if i < calls%len(clients) {
			share++
		}
		working.Go(func() {
			for range share {
				start := time.Now()
				if errs[i] = c.call(); errs[i] != nil {
					return
				}
				took[i] = append(took[i], time.Since(start))
			}
		})
	}
	working.Wait()
	elapsed := time.Since(began)
	for _, err := range errs {
		if err != nil {
			tb.Fatalf("%s: %v", t.name, err)
		}
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return all, elapsed
}
