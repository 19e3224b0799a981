package executeapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"portico/local/gateway/exchange"
)

// streaming answers with a stream that the test feeds.
type streaming struct {
	status int
	body   io.Reader
	closed chan struct{}
	once   atomic.Bool
	shut   func()
	ended  chan int // how much was sent; nil when nobody asks
}

func (s *streaming) Serve(context.Context, *exchange.Request) *exchange.Reply {
	reply := &exchange.Reply{
		Status: s.status, Stream: s,
		Header: exchange.Header{{Name: "X-ODD-case", Value: "kept"}},
	}
	if s.ended != nil {
		reply.Ended = func(bytes int) {
			<-s.closed // before it is told
			s.ended <- bytes
		}
	}
	return reply
}

func (s *streaming) Read(p []byte) (int, error) { return s.body.Read(p) }

func (s *streaming) Close() error {
	if s.once.CompareAndSwap(false, true) {
		close(s.closed)
		if s.shut != nil {
			s.shut()
		}
	}
	return nil
}

// piped is a stream and what feeds it.
func piped() (*streaming, *io.PipeWriter) {
	reader, writer := io.Pipe()
	s := &streaming{status: 200, body: reader, closed: make(chan struct{})}
	s.shut = func() { _ = reader.Close() }
	return s, writer
}

func getStream(t *testing.T, ctx context.Context, url string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/dev/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func addressOf(t *testing.T, s *Server, id string) string {
	t.Helper()
	url, ok := s.APIURL(id)
	if !ok {
		t.Fatal("no address")
	}
	return url
}

func TestAStreamIsFlushedPieceByPiece(t *testing.T) {
	api, feed := piped()
	url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
	response := getStream(t, t.Context(), url) // the head is out before there is any body
	if response.ContentLength != -1 || response.TransferEncoding[0] != "chunked" {
		t.Errorf("length %d, coding %v", response.ContentLength, response.TransferEncoding)
	}
	for _, piece := range []string{"first", "second"} {
		if _, err := io.WriteString(feed, piece); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(response.Body, got); err != nil || string(got) != piece {
			t.Fatalf("got %q, %v, want %q", got, err, piece)
		}
	}
	_ = feed.Close()
	if rest, err := io.ReadAll(response.Body); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v at the end", rest, err)
	}
	<-api.closed
}

func TestAStreamThatBreaksOffEndsTheConnection(t *testing.T) {
	api, feed := piped()
	url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
	response := getStream(t, t.Context(), url)
	_, _ = io.WriteString(feed, "first")
	_ = feed.CloseWithError(errors.New("the function failed"))
	body, err := io.ReadAll(response.Body)
	if string(body) != "first" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v, want an incomplete body", body, err)
	}
	<-api.closed
}

func TestAClientThatLeavesEndsASilentStream(t *testing.T) {
	api, feed := piped()
	url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
	ctx, leave := context.WithCancel(t.Context())
	getStream(t, ctx, url)
	leave()
	<-api.closed
	if _, err := io.WriteString(feed, "x"); err == nil {
		t.Error("the stream is still read")
	}
}

// endless never ends and counts what was taken of it.
type endless struct{ taken atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.taken.Add(int64(len(p)))
	return len(p), nil
}

func TestAClientThatDoesNotReadHoldsTheStreamBack(t *testing.T) {
	source := &endless{}
	api := &streaming{status: 200, body: source, closed: make(chan struct{})}
	url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
	ctx, leave := context.WithCancel(t.Context())
	response := getStream(t, ctx, url)
	if _, err := io.CopyN(io.Discard, response.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	leave()
	<-api.closed
	// What the sockets of both sides hold is the only thing between them.
	if taken := source.taken.Load(); taken > 32<<20 {
		t.Errorf("%d bytes were taken for a client that read 1 MB", taken)
	}
}

func TestStreamsOfRepliesWithoutABody(t *testing.T) {
	for _, row := range []struct {
		does, method string
		status       int
	}{{"HEAD", "HEAD", 200}, {"204", "GET", 204}, {"304", "GET", 304}} {
		t.Run(row.does, func(t *testing.T) {
			api, feed := piped()
			defer feed.Close()
			api.status = row.status
			url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
			got := exchangeStream(t, url, row.method+" /dev/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			if !strings.HasSuffix(got, "\r\n\r\n") || !strings.Contains(got, "X-ODD-case: kept\r\n") {
				t.Errorf("got %q", got)
			}
			<-api.closed
		})
	}
}

func TestAStreamForHTTP10EndsWithTheConnection(t *testing.T) {
	api := &streaming{status: 200, body: strings.NewReader("hello"), closed: make(chan struct{})}
	url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
	got := exchangeStream(t, url, "GET /dev/x HTTP/1.0\r\nHost: x\r\n\r\n")
	if _, body, _ := strings.Cut(got, "\r\n\r\n"); body != "hello" {
		t.Errorf("got %q", got)
	}
}

// exchangeStream writes text to the server and returns everything up to the end of the connection.
func exchangeStream(t *testing.T, url, text string) string {
	t.Helper()
	conn := dial(t, url)
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.Replace(strings.TrimPrefix(url, "http://"), "localhost",
		"127.0.0.1", 1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// TestTheEndOfAStreamIsTold wants the length of what went out, also when more was there.
func TestTheEndOfAStreamIsTold(t *testing.T) {
	for _, row := range []struct {
		does string
		ends func(*io.PipeWriter, context.CancelFunc)
	}{
		{"at its end", func(feed *io.PipeWriter, _ context.CancelFunc) { _ = feed.Close() }},
		{"when it breaks off", func(feed *io.PipeWriter, _ context.CancelFunc) {
			_ = feed.CloseWithError(errors.New("the function failed"))
		}},
		{"when the client leaves", func(_ *io.PipeWriter, leave context.CancelFunc) { leave() }},
	} {
		t.Run(row.does, func(t *testing.T) {
			api, feed := piped()
			api.ended = make(chan int, 2)
			url := addressOf(t, start(t, Mount{ID: "abc", API: api}), "abc")
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			response := getStream(t, ctx, url)
			_, _ = io.WriteString(feed, "first")
			if _, err := io.ReadFull(response.Body, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
			row.ends(feed, leave)
			if got := <-api.ended; got != 5 {
				t.Errorf("%d bytes were sent, want 5", got)
			}
			_, _ = io.ReadAll(response.Body)
			if len(api.ended) != 0 {
				t.Error("it was told twice")
			}
		})
	}
}
