package runtimeapi

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a host that a test talks to.
type desk struct {
	ready, failed chan struct{}
	answers       chan Answer
	types         chan string // of streams that began
	sink          io.Writer   // takes them
}

func newDesk() *desk {
	return &desk{
		ready: make(chan struct{}, 10), failed: make(chan struct{}, 10),
		answers: make(chan Answer, 10), types: make(chan string, 10), sink: io.Discard,
	}
}

func (d *desk) Streaming(contentType string) io.Writer {
	d.types <- contentType
	return d.sink
}

func (d *desk) Ready()            { d.ready <- struct{}{} }
func (d *desk) Answered(a Answer) { d.answers <- a }

func (d *desk) InitFailed(a Answer) {
	d.answers <- a
	d.failed <- struct{}{}
}

func serve(t testing.TB) (*Server, *desk) {
	t.Helper()
	d := newDesk()
	s, err := Listen(d)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		s.Serve()
	}()
	t.Cleanup(func() {
		s.Close()
		<-served
	})
	return s, d
}

// wire is a runtime's connection.
type wire struct {
	t testing.TB
	net.Conn
	reader *bufio.Reader
}

func dial(t testing.TB, s *Server) *wire {
	t.Helper()
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &wire{t: t, Conn: c, reader: bufio.NewReader(c)}
}

func (w *wire) send(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w.Conn, text); err != nil {
		w.t.Fatal(err)
	}
}

// receive returns status and body of the next message.
func (w *wire) receive() (*http.Response, string) {
	w.t.Helper()
	response, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response, string(body)
}

const (
	getNext = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
	ok202   = `{"status":"OK"}` + "\n"
)

func post(path, body string) string {
	return fmt.Sprintf("POST /2018-06-01/runtime/%s HTTP/1.1\r\nHost: x\r\n"+
		"Content-Length: %d\r\n\r\n%s", path, len(body), body)
}

func invocation(id string) Invocation {
	return Invocation{
		RequestID: id, FunctionARN: "arn:f:live", TraceID: "Root=1\r\nEvil: yes",
		Deadline: time.UnixMilli(1700000000123), Payload: []byte(`{"a":1}`),
	}
}

// take brings the runtime to an invocation in flight.
func (w *wire) take(s *Server, d *desk, id string) {
	w.t.Helper()
	w.send(getNext)
	<-d.ready
	if err := s.Send(invocation(id)); err != nil {
		w.t.Fatal(err)
	}
	w.receive()
}

func TestARuntimesLoop(t *testing.T) {
	s, d := serve(t)
	w := dial(t, s)
	for _, id := range []string{"id-1", "id-2"} {
		w.send(getNext)
		<-d.ready
		if err := s.Send(invocation(id)); err != nil {
			t.Fatal(err)
		}
		response, body := w.receive()
		got := map[string]string{}
		for name := range response.Header {
			got[name] = response.Header.Get(name)
		}
		want := map[string]string{
			"Content-Type": "application/json", "Content-Length": "7",
			"Lambda-Runtime-Aws-Request-Id":       id,
			"Lambda-Runtime-Deadline-Ms":          "1700000000123",
			"Lambda-Runtime-Invoked-Function-Arn": "arn:f:live",
			"Lambda-Runtime-Trace-Id":             "Root=1Evil: yes",
		}
		if diff := cmp.Diff(want, got); diff != "" || body != `{"a":1}` {
			t.Errorf("%s %s", body, diff)
		}
		w.send(post("invocation/"+id+"/response", `{"b":2}`))
		if a := <-d.answers; string(a.Payload) != `{"b":2}` || a.Failed {
			t.Errorf("got %+v", a)
		}
		if response, body := w.receive(); response.StatusCode != 202 || body != ok202 {
			t.Errorf("got %d %q, want 202 %q", response.StatusCode, body, ok202)
		}
	}
}

// way is a message that answers invocation "id", and what it says.
type way struct {
	does, message string
	want          Answer
}

func waysToAnswer() []way {
	document := base64.StdEncoding.EncodeToString([]byte(`{"errorType":"E"}`))
	return []way{
		{
			"in chunks, with extensions and a trailer that says nothing",
			"POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\n" +
				"Transfer-Encoding: Chunked\r\n\r\n3;a=b\r\n{\"a\r\n4\r\n\":1}\r\n0\r\nX: y\r\n\r\n",
			Answer{Payload: []byte(`{"a":1}`)},
		},
		{
			"an error with its type", "POST /2018-06-01/runtime/invocation/id/error HTTP/1.1\r\n" +
				"lambda-runtime-function-error-type: Function.Bad\r\ncontent-length: 2\r\n\r\n{}",
			Answer{Payload: []byte(`{}`), Failed: true, ErrorType: "Function.Bad"},
		},
		{
			"an error met while streaming", "POST /2018-06-01/runtime/invocation/id/response " +
				"HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n" +
				"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" +
				"Lambda-Runtime-Function-Error-Type: E\r\n" +
				"Lambda-Runtime-Function-Error-Body: " + document + "\r\n\r\n",
			Answer{Payload: []byte(`{"errorType":"E"}`), Failed: true, ErrorType: "E"},
		},
		{
			"no body", "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\n\r\n", Answer{},
		},
		{
			"a query is ignored",
			"POST /2018-06-01/runtime/invocation/id/response?x HTTP/1.1\r\ncontent-length:1\r\n\r\n1",
			Answer{Payload: []byte("1")},
		},
		{
			"in HTTP/1.0",
			"POST /2018-06-01/runtime/invocation/id/response HTTP/1.0\r\ncontent-length:1\r\n\r\n1",
			Answer{Payload: []byte("1")},
		},
	}
}

func TestWaysToAnswer(t *testing.T) {
	for _, row := range waysToAnswer() {
		t.Run(row.does, func(t *testing.T) {
			s, d := serve(t)
			w := dial(t, s)
			w.take(s, d, "id")
			w.send(row.message)
			if diff := cmp.Diff(row.want, <-d.answers); diff != "" {
				t.Error(diff)
			}
			if response, _ := w.receive(); response.StatusCode != 202 {
				t.Errorf("status %d, want 202", response.StatusCode)
			}
		})
	}
}

func TestABodyAwaitedByteByByte(t *testing.T) {
	s, d := serve(t)
	w := dial(t, s)
	w.take(s, d, "id")
	message := "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\n" +
		"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n"
	for i := range len(message) {
		w.send(message[i : i+1])
	}
	if line, err := w.reader.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	_, _ = w.reader.ReadString('\n')
	w.send("abc")
	if a := <-d.answers; string(a.Payload) != "abc" {
		t.Errorf("got %+v", a)
	}
	w.receive()
}

func TestAnAnswerOverTheLimit(t *testing.T) {
	chunks := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", MaxPayload+1, strings.Repeat("x", MaxPayload+1))
	for does, message := range map[string]string{
		"with a length": post("invocation/id/response", strings.Repeat("x", MaxPayload+1)),
		"in chunks": "POST /2018-06-01/runtime/invocation/id/response HTTP/1.1\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n" + chunks,
	} {
		t.Run(does, func(t *testing.T) {
			s, d := serve(t)
			w := dial(t, s)
			w.take(s, d, "id")
			w.send(message)
			if a := <-d.answers; !a.TooLarge || a.Payload != nil {
				t.Errorf("got %d bytes, too large: %v", len(a.Payload), a.TooLarge)
			}
			response, body := w.receive()
			if response.StatusCode != 413 || !strings.Contains(body, "RequestEntityTooLarge") {
				t.Errorf("got %d %s, want 413", response.StatusCode, body)
			}
			w.take(s, d, "next-id") // the connection is still good
		})
	}
	t.Run("of the very limit passes", func(t *testing.T) {
		s, d := serve(t)
		w := dial(t, s)
		w.take(s, d, "id")
		w.send(post("invocation/id/response", strings.Repeat("x", MaxPayload)))
		if a := <-d.answers; len(a.Payload) != MaxPayload {
			t.Errorf("got %d bytes", len(a.Payload))
		}
		w.receive()
	})
}

const path = "/2018-06-01/runtime/invocation/"

// refused is a message that a runtime must not send while invocation "id" is in flight.
type refused struct {
	does, message string
	status        int
}

func outOfPlace() []refused {
	return []refused{
		{"another id", post("invocation/other/response", "1"), 400},
		{"an error for another id", post("invocation/other/error", "{}"), 400},
		{"next before the answer", getNext, 403},
		{"an init error after init", post("init/error", "{}"), 403},
		{"an unknown path", post("restore/error", "{}"), 404},
		{"a wrong method", "GET " + path + "id/response HTTP/1.1\r\n\r\n", 405},
	}
}

func malformedRequests() []refused {
	return []refused{
		{"a bare line feed", "GET " + path + "next HTTP/1.1\nHost: x\r\n\r\n", 400},
		{"no version", "GET " + path + "next\r\n\r\n", 400},
		{"another version", "GET " + path + "next HTTP/2.0\r\n\r\n", 505},
		{"a folded header", "GET " + path + "next HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
		{"a space in a header name", "GET " + path + "next HTTP/1.1\r\nA : b\r\n\r\n", 400},
		{"a NUL in a header", "GET " + path + "next HTTP/1.1\r\nA: \x00\r\n\r\n", 400},
		{"a negative length", "POST " + path + "id/response HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
		{
			"two lengths",
			"POST " + path + "id/response HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n1",
			400,
		},
		{
			"length and chunks", "POST " + path + "id/response HTTP/1.1\r\nContent-Length: 1\r\n" +
				"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
		},
		{
			"another coding",
			"POST " + path + "id/response HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501,
		},
		{
			"a bad chunk size",
			"POST " + path + "id/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
		},
		{
			"a chunk longer than its size",
			"POST " + path + "id/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400,
		},
		{
			"another expectation",
			"POST " + path + "id/response HTTP/1.1\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n", 417,
		},
		{"a head over 64 KB", "GET " + path + "next HTTP/1.1\r\nA: " + strings.Repeat("x", 70000), 431},
		{
			"a body no drain ends",
			"POST " + path + "id/response HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413,
		},
	}
}

func TestWhatIsRefused(t *testing.T) {
	for _, row := range append(outOfPlace(), malformedRequests()...) {
		t.Run(row.does, func(t *testing.T) {
			s, d := serve(t)
			dial(t, s).take(s, d, "id")
			w := dial(t, s)
			w.send(row.message)
			if response, body := w.receive(); response.StatusCode != row.status {
				t.Errorf("got %d %s, want %d", response.StatusCode, body, row.status)
			}
		})
	}
}

func TestTheOrderOfCallsIsKept(t *testing.T) {
	t.Run("a second answer", func(t *testing.T) {
		s, d := serve(t)
		w := dial(t, s)
		w.take(s, d, "id")
		w.send(post("invocation/id/response", "1"))
		w.receive()
		w.send(post("invocation/id/response", "2"))
		if response, _ := w.receive(); response.StatusCode != 403 || len(d.answers) != 1 {
			t.Errorf("got %d and %d answers, want 403 and 1", response.StatusCode, len(d.answers))
		}
	})
	t.Run("a second next", func(t *testing.T) {
		s, d := serve(t)
		dial(t, s).send(getNext)
		<-d.ready
		w := dial(t, s)
		w.send(getNext)
		if response, _ := w.receive(); response.StatusCode != 403 {
			t.Errorf("got %d, want 403", response.StatusCode)
		}
	})
	t.Run("a request before the answer to next", func(t *testing.T) {
		s, d := serve(t)
		w := dial(t, s)
		w.send(getNext)
		<-d.ready
		w.send(getNext)
		if response, _ := w.receive(); response.StatusCode != 400 {
			t.Errorf("got %d, want 400", response.StatusCode)
		}
	})
}

func TestInitError(t *testing.T) {
	s, d := serve(t)
	w := dial(t, s)
	w.send(post("init/error", `{"errorType":"Runtime.NoHandler"}`))
	if a := <-d.answers; string(a.Payload) != `{"errorType":"Runtime.NoHandler"}` || !a.Failed {
		t.Errorf("got %+v", a)
	}
	if response, _ := w.receive(); response.StatusCode != 202 || len(d.failed) != 1 {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestSendToARuntimeThatIsGone(t *testing.T) {
	s, d := serve(t)
	if err := s.Send(invocation("id")); err != ErrNotReady {
		t.Errorf("before next: got %v, want ErrNotReady", err)
	}
	w := dial(t, s)
	w.send(getNext)
	<-d.ready
	_ = w.Close()
	w = dial(t, s)
	for { // until the server has seen the end of the first connection
		w.send(getNext)
		replies := make(chan int, 1)
		go func() {
			response, _ := w.receive()
			replies <- response.StatusCode
		}()
		select {
		case <-d.ready:
			if err := s.Send(invocation("id")); err != nil {
				t.Errorf("to the second connection: %v", err)
			}
			<-replies
			return
		case status := <-replies:
			if status != 403 {
				t.Fatalf("got %d", status)
			}
		}
	}
}

func TestALargeEvent(t *testing.T) {
	s, d := serve(t)
	w := dial(t, s)
	w.send(getNext)
	<-d.ready
	in := invocation("id")
	in.Payload = bytes.Repeat([]byte("0123456789"), 600_000)
	sent := make(chan error, 1)
	go func() { sent <- s.Send(in) }()
	if _, body := w.receive(); body != string(in.Payload) {
		t.Errorf("got %d bytes, want %d unchanged", len(body), len(in.Payload))
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

func TestNetHTTPIsServed(t *testing.T) {
	s, d := serve(t)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	base := "http://" + s.Address() + "/2018-06-01/runtime/invocation/"
	go func() {
		<-d.ready
		_ = s.Send(invocation("id"))
	}()
	request, err := http.NewRequestWithContext(context.Background(), "GET", base+"next", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	body := struct{ io.Reader }{strings.NewReader(strings.Repeat("y", 100_000))}
	response, err = client.Post(base+"id/response", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if a := <-d.answers; len(a.Payload) != 100_000 || response.StatusCode != 202 {
		t.Errorf("got %d bytes and %d", len(a.Payload), response.StatusCode)
	}
}
