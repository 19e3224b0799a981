package runtimeapi

import (
	"encoding/base64"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const streamHead = "POST /2018-06-01/runtime/invocation/1/response HTTP/1.1\r\nHost: x\r\n" +
	"Content-Type: text/event-stream\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n" +
	"Transfer-Encoding: chunked\r\n\r\n"

// takeStream brings the runtime to an invocation whose answer is taken as it comes.
func (w *wire) takeStream(s *Server, d *desk) {
	w.t.Helper()
	w.send(getNext)
	<-d.ready
	in := invocation("1")
	in.Stream = true
	if err := s.Send(in); err != nil {
		w.t.Fatal(err)
	}
	w.receive()
}

func TestChunksAreHandedOnAsTheyCome(t *testing.T) {
	s, d := serve(t)
	out, sink := io.Pipe()
	d.sink = sink
	w := dial(t, s)
	w.takeStream(s, d)
	w.send(streamHead + "5\r\nfirst\r\n")
	if got := <-d.types; got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	expect := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(out, got); err != nil || string(got) != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	expect("first")
	other := dial(t, s)
	other.send(getNext)
	if answer, body := other.receive(); answer.StatusCode != http.StatusForbidden {
		t.Errorf("next while the answer streams: %s %s, want 403", answer.Status, body)
	}
	w.send("6\r\nsec") // a chunk does not wait for its end
	expect("sec")
	w.send("ond\r\n0\r\n\r\n")
	expect("ond")
	if diff := cmp.Diff(Answer{}, <-d.answers); diff != "" {
		t.Error(diff)
	}
	if answer, body := w.receive(); answer.StatusCode != http.StatusAccepted || body != ok202 {
		t.Errorf("got %s %s, want 202", answer.Status, body)
	}
	w.send(getNext)
	<-d.ready
}

func TestEndsOfAStream(t *testing.T) {
	document := `{"errorMessage":"midway","errorType":"x"}`
	trailer := "0\r\nLambda-Runtime-Function-Error-Type: x\r\nLambda-Runtime-Function-Error-Body: " +
		base64.StdEncoding.EncodeToString([]byte(document)) + "\r\n\r\n"
	rows := []struct {
		does, body string
		status     int
		want       Answer
	}{
		{"an empty stream", "0\r\n\r\n", 202, Answer{}},
		{
			"an error in the trailer", "1\r\na\r\n" + trailer, 202,
			Answer{Failed: true, ErrorType: "x", Payload: []byte(document)},
		},
		{"a chunk over 200 MB", "c800001\r\n", 413, Answer{TooLarge: true}},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			s, d := serve(t)
			w := dial(t, s)
			w.takeStream(s, d)
			w.send(streamHead + row.body)
			if answer, body := w.receive(); answer.StatusCode != row.status {
				t.Errorf("got %s %s, want %d", answer.Status, body, row.status)
			}
			if diff := cmp.Diff(row.want, <-d.answers); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAStreamThatBreaksOffIsNoAnswer(t *testing.T) {
	s, d := serve(t)
	w := dial(t, s)
	w.takeStream(s, d)
	w.send(streamHead + "5\r\nabc")
	<-d.types
	_ = w.Close()
	other := dial(t, s)
	other.send(getNext)
	if answer, body := other.receive(); answer.StatusCode != http.StatusForbidden {
		t.Errorf("next after it: %s %s, want 403", answer.Status, body)
	}
	select {
	case got := <-d.answers:
		t.Errorf("it was taken for the answer %+v", got)
	default:
	}
}

func TestWithoutAStreamingCallerChunksAreCollected(t *testing.T) {
	s, d := serve(t)
	w := dial(t, s)
	w.take(s, d, "1")
	w.send(streamHead + "3\r\nabc\r\n0\r\n\r\n")
	if diff := cmp.Diff(Answer{Payload: []byte("abc")}, <-d.answers); diff != "" {
		t.Error(diff)
	}
}

func TestASinkThatFailsDropsTheRest(t *testing.T) {
	s, d := serve(t)
	out, sink := io.Pipe()
	d.sink = sink
	_ = out.Close()
	w := dial(t, s)
	w.takeStream(s, d)
	w.send(streamHead + "5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n")
	if answer, body := w.receive(); answer.StatusCode != http.StatusAccepted {
		t.Errorf("got %s %s, want 202", answer.Status, body)
	}
	if diff := cmp.Diff(Answer{}, <-d.answers); diff != "" {
		t.Error(diff)
	}
}
