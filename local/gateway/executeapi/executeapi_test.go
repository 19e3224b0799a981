package executeapi

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers with what it was called with, one line each.
type echo struct{ name string }

func (e echo) Serve(_ context.Context, r *exchange.Request) *exchange.Reply {
	var body strings.Builder
	fmt.Fprintf(&body, "%s %s %s?%s\n", e.name, r.Method, r.RawPath, r.RawQuery)
	for _, field := range r.Header {
		fmt.Fprintf(&body, "%s: %s\n", field.Name, field.Value)
	}
	body.Write(r.Body)
	return &exchange.Reply{
		Status: 200,
		Header: exchange.Header{
			{Name: "x-amzn-RequestId", Value: "1"},
			{Name: "X-ODD-case", Value: "kept"},
			{Name: "content-type", Value: "application/json"},
		},
		Body: []byte(body.String()),
	}
}

func start(t *testing.T, mounts ...Mount) *Server {
	t.Helper()
	s, err := Listen(Options{Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)}, mounts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// exchangeRaw writes text to the server at url and returns the first n responses.
func exchangeRaw(t *testing.T, url, text string, n int) []string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.Replace(url, "localhost", "127.0.0.1", 1), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	bodies := make([]string, 0, n)
	for range n {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	return bodies
}

func TestHeaderNamesKeepTheClientsCasing(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"abc"}})
	url, _ := s.APIURL("abc")
	tests := []struct {
		name, send string
		want       []string
	}{
		{
			name: "names keep casing and order",
			send: "GET /dev//a%2Fb?x=%31 HTTP/1.1\r\nhOST: h\r\ntEsT-HEADeR: 1\r\nx-b:2\r\ntest-header: 3\r\n\r\n",
			want: []string{"abc GET /dev//a%2Fb?x=%31\nhOST: h\ntEsT-HEADeR: 1\nx-b: 2\ntest-header: 3\n"},
		},
		{
			name: "pipelined requests are told apart",
			send: "GET /1 HTTP/1.1\r\nHost: h\r\nAa: 1\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nbB: 2\r\n\r\n",
			want: []string{"abc GET /1?\nHost: h\nAa: 1\n", "abc GET /2?\nHost: h\nbB: 2\n"},
		},
		{
			name: "a body that looks like a head is not one",
			send: "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 26\r\n\r\nGET / HTTP/1.1\r\nno: no\r\n\r\n" +
				"GET /2 HTTP/1.1\r\nHost: h\r\nyEs: 2\r\n\r\n",
			want: []string{
				"abc POST /1?\nHost: h\nContent-Length: 26\nGET / HTTP/1.1\r\nno: no\r\n\r\n",
				"abc GET /2?\nHost: h\nyEs: 2\n",
			},
		},
		{
			name: "a chunked body is passed over",
			send: "POST /1 HTTP/1.1\r\nHost: h\r\ntransfer-ENCODING: chunked\r\n\r\n" +
				"4;x=y\r\na\r\n\r\r\n3\r\nbcd\r\n0\r\nTrailer-A: 1\r\n\r\n" +
				"GET /2 HTTP/1.1\r\nHost: h\r\nyEs: 2\r\n\r\n",
			want: []string{
				"abc POST /1?\nHost: h\ntransfer-ENCODING: chunked\na\r\n\rbcd",
				"abc GET /2?\nHost: h\nyEs: 2\n",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := exchangeRaw(t, url, test.send, len(test.want))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestAnAPIIsFound(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"abc"}}, Mount{ID: "def", API: echo{"def"}})
	tests := []struct{ name, path, host, want string }{
		{"by host name", "/dev/x", "def.execute-api.localhost:3000", "def GET /dev/x?\n"},
		{"by AWS's host name", "/dev/x", "abc.execute-api.us-east-1.amazonaws.com", "abc GET /dev/x?\n"},
		{"by path", "/restapis/abc/dev/_user_request_/x/y?z=1", "localhost", "abc GET /dev/x/y?z=1\n"},
		{"by path without a rest", "/restapis/abc/dev/_user_request_", "localhost", "abc GET /dev?\n"},
		{"unless its host is unknown", "/", "zzz.execute-api.localhost", `{"message":"Forbidden"}`},
		{"by path to $default", "/restapis/abc/$default/_user_request_/x?z=1", "localhost", "abc GET /x?z=1\n"},
		{"by path to $default without a rest", "/restapis/abc/$default/_user_request_?z=1", "localhost", "abc GET /?z=1\n"},
		{"unless the path names none", "/restapis/abc/dev/_user_request_x", "localhost", "404 page not found\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			send := "GET " + test.path + " HTTP/1.1\r\nHost: " + test.host + "\r\n\r\n"
			got := exchangeRaw(t, s.URL(), send, 1)[0]
			got = strings.TrimSuffix(got, "Host: "+test.host+"\n")
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestReplyNamesAreWrittenAsGiven(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"abc"}})
	url, _ := s.APIURL("abc")
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.Replace(url, "localhost", "127.0.0.1", 1), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	raw, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	for _, want := range []string{"\r\nX-ODD-case: kept", "\r\nx-amzn-RequestId: 1", "\r\nDate: ", "\r\ncontent-type: application/json"} {
		if !strings.Contains(head, want) {
			t.Errorf("head %q lacks %q", head, want)
		}
	}
	if strings.Contains(head, "Content-Type") {
		t.Errorf("head %q has a second content type", head)
	}
}

func TestReplaceSwapsTheAPI(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"old"}})
	s.Replace([]Mount{{ID: "abc", API: echo{"new"}}})
	url, _ := s.APIURL("abc")
	got := exchangeRaw(t, url, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1)[0]
	if want := "new GET /?\nHost: h\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	port := busy.Addr().(*net.TCPAddr).Port
	_, err = Listen(Options{Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Port: port}, nil)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("127.0.0.1:", port)) {
		t.Errorf("got %v, want an error that names the address", err)
	}
}

// FuzzScanner holds that heads are found wherever packets are cut.
func FuzzScanner(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nA: b\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /x HTTP/1.1\r\n\r\n"), 7)
	f.Add([]byte("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), 1)
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		if cut <= 0 {
			cut = 1
		}
		var whole, parts scanner
		want := whole.feed(stream, nil)
		var got []exchange.Header
		for rest := stream; len(rest) > 0; {
			n := min(cut, len(rest))
			got = parts.feed(rest[:n], got)
			rest = rest[n:]
		}
		if len(stream) <= maxHead && len(want) != len(got) {
			t.Errorf("cut by %d: %d heads, whole: %d", cut, len(got), len(want))
		}
	})
}

func TestABodyThatBreaksOffIsABadRequest(t *testing.T) {
	s := start(t, Mount{ID: "abc", API: echo{"abc"}})
	url, _ := s.APIURL("abc")
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.Replace(url, "localhost", "127.0.0.1", 1), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	raw, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(raw), "HTTP/1.1 400 ") {
		t.Errorf("got %q, want 400", raw)
	}
}

// FuzzListener sends bytes as they come: whatever they are, the server answers or hangs up, and
// serves the next client.
func FuzzListener(f *testing.F) {
	f.Add([]byte("GET /dev/x?y=%zz HTTP/1.1\r\nHost: h\r\n\r\n"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\nx"))
	f.Add([]byte("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"))
	f.Add([]byte("GET http://abc.execute-api.localhost/a HTTP/1.1\r\nHost:\r\nUpgrade: websocket\r\n\r\n"))
	f.Add([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
	s, err := Listen(Options{Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)},
		[]Mount{{ID: "abc", API: echo{"abc"}}})
	if err != nil {
		f.Fatal(err)
	}
	s.Start()
	f.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	url, _ := s.APIURL("abc")
	address := strings.TrimPrefix(strings.Replace(url, "localhost", "127.0.0.1", 1), "http://")
	f.Fuzz(func(t *testing.T, sent []byte) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		_, _ = conn.Write(sent)
		_ = conn.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("the server neither answered nor hung up: %v", err)
		}
	})
}
