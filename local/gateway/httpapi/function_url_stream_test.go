package httpapi_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
	"portico/local/gateway/pipeline"
)

const headed = "application/vnd.awslambda.http-integration-response"

// pieces is a body that comes piece by piece, and then its error.
type pieces struct {
	left   []string
	err    error
	closed bool
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(p.left) == 0 {
		return 0, p.err
	}
	n := copy(to, p.left[0])
	if p.left[0] = p.left[0][n:]; p.left[0] == "" {
		p.left = p.left[1:]
	}
	return n, nil
}

func (p *pieces) Close() error {
	p.closed = true
	return nil
}

func streaming(contentType string, body *pieces) func(*urlSetup) {
	return func(s *urlSetup) {
		s.url.InvokeMode = "RESPONSE_STREAM"
		s.stream = func(exchange.Invocation) (exchange.Streamed, error) {
			return exchange.Streamed{ContentType: contentType, Body: body}, nil
		}
	}
}

// "Response streaming for Lambda functions"; that an answer without the content type of streams goes
// out as it is, was seen on AWS (hotsock/voker, examples/runtime-probe).
func TestStreamsOfFunctionURLs(t *testing.T) {
	const nul = "\x00\x00\x00\x00\x00\x00\x00\x00"
	rows := []struct {
		name, contentType string
		pieces            []string
		want, body        string
	}{
		{"a head and a body", headed, []string{`{"statusCode":201,"headers":{"Content-Type":"text/event-stream"},"cookies":["a=1"]}` + nul, "one", "two"}, "201 text/event-stream a=1", "onetwo"},
		{"in one piece", headed, []string{`{"statusCode":200}` + nul + "one"}, "200 application/octet-stream ", "one"},
		{"a delimiter in pieces", headed, []string{`{"statusCode":200}` + nul[:3], nul[3:] + "one"}, "200 application/octet-stream ", "one"},
		{"without status", headed, []string{`{}` + nul}, "200 application/octet-stream ", ""},
		{"another content type", "text/plain", []string{"a" + nul + "b"}, "200 text/plain ", "a" + nul + "b"},
		{"a function that does not stream", "", []string{`{"statusCode":418,"body":"x"}`}, "200 application/octet-stream ", `{"statusCode":418,"body":"x"}`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			body := &pieces{left: r.pieces, err: io.EOF}
			s := startURL(t, streaming(r.contentType, body))
			reply := s.served.Serve(context.Background(), s.request("GET /"))
			if reply.Stream == nil || len(s.observer.records) != 0 {
				t.Fatalf("got %+v, and the observer %d records before the end", reply, len(s.observer.records))
			}
			head := strings.Join([]string{strconv.Itoa(reply.Status), reply.Header.Get("Content-Type"), reply.Header.Get("Set-Cookie")}, " ")
			text, err := io.ReadAll(reply.Stream)
			if head != r.want || string(text) != r.body || err != nil {
				t.Errorf("got %s with %q, %v, want %s with %q", head, text, err, r.want, r.body)
			}
			if err := reply.Stream.Close(); err != nil || !body.closed {
				t.Errorf("closed: %v, %v", body.closed, err)
			}
			reply.Ended(len(text))
			record := s.observer.records[0]
			if last := record.Marks[len(record.Marks)-1]; last.Step != "stream reply" || last.Verdict != pipeline.Passed {
				t.Errorf("the last mark is %+v", last)
			}
		})
	}
}

func TestStreamsThatFailBeforeTheyBegin(t *testing.T) {
	rows := []struct {
		name   string
		stream func(exchange.Invocation) (exchange.Streamed, error)
		want   string
		reason string
	}{
		{"a function error", func(exchange.Invocation) (exchange.Streamed, error) {
			return exchange.Streamed{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no"}`)}, nil
		}, urlFailed, "function orders failed: no"},
		{"no concurrency", func(exchange.Invocation) (exchange.Streamed, error) {
			return exchange.Streamed{}, &exchange.InvokeError{Code: "TooManyRequestsException", Status: 429}
		}, "429\nContent-Type: application/json\nx-amzn-ErrorType: TooManyRequestsException\n\n" +
			`{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`, "TooManyRequests"},
		{"no head", whole(`{"statusCode":200}`, io.EOF), urlFailed, "has no head: EOF"},
		{"a head without end", whole(strings.Repeat("x", 17<<10), io.EOF), urlFailed, "the first 16 KB have no delimiter"},
		{"a head that is none", whole("[]\x00\x00\x00\x00\x00\x00\x00\x00", io.EOF), urlFailed, "no JSON object"},
		{"a function that breaks", whole("", errors.New("broken")), urlFailed, "broken"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := startURL(t, func(s *urlSetup) { s.url.InvokeMode, s.stream = "RESPONSE_STREAM", r.stream })
			if got := s.call(t, s.request("GET /")); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("the reason is %q, want %q in it", s.reason(), r.reason)
			}
		})
	}
}

func whole(text string, err error) func(exchange.Invocation) (exchange.Streamed, error) {
	return func(exchange.Invocation) (exchange.Streamed, error) {
		body := &pieces{err: err}
		if text != "" {
			body.left = []string{text}
		}
		return exchange.Streamed{ContentType: headed, Body: body}, nil
	}
}

func TestAStreamThatBreaksOffIsMarked(t *testing.T) {
	s := startURL(t, streaming("text/plain", &pieces{left: []string{"one"}, err: errors.New("the function died")}))
	reply := s.served.Serve(context.Background(), s.request("GET /"))
	if text, err := io.ReadAll(reply.Stream); string(text) != "one" || err == nil {
		t.Errorf("got %q, %v", text, err)
	}
	reply.Ended(3)
	if got := s.reason(); got != "the stream broke off: the function died" {
		t.Errorf("got %q", got)
	}
}

func TestAStreamThatTheClientLeavesIsMarked(t *testing.T) {
	body := &pieces{left: []string{"one", "two"}, err: io.EOF}
	s := startURL(t, streaming("text/plain", body))
	reply := s.served.Serve(context.Background(), s.request("GET /"))
	if _, err := reply.Stream.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	if err := reply.Stream.Close(); err != nil || !body.closed {
		t.Errorf("closed: %v, %v", body.closed, err)
	}
	reply.Ended(3)
	marks := s.observer.records[0].Marks
	last := marks[len(marks)-1]
	if last.Verdict != pipeline.Passed || len(last.Facts) != 2 || last.Facts[1].Value != "the client took no more" {
		t.Errorf("got %+v", last)
	}
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
func (zeros) Close() error               { return nil }

// 6 MB go out at any speed, and then 2 MB a second (spec lambda.md §5).
func TestStreamsAreHeldToLambdasBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startURL(t, func(s *urlSetup) {
			s.url.InvokeMode = "RESPONSE_STREAM"
			s.stream = func(exchange.Invocation) (exchange.Streamed, error) {
				return exchange.Streamed{ContentType: "text/plain", Body: zeros{}}, nil
			}
		})
		s.useSystemClock(t)
		reply := s.served.Serve(context.Background(), s.request("GET /"))
		began := time.Now()
		if _, err := io.CopyN(io.Discard, reply.Stream, 6<<20); err != nil || time.Since(began) != 0 {
			t.Errorf("6 MB took %v, %v", time.Since(began), err)
		}
		_, err := io.CopyN(io.Discard, reply.Stream, 8<<20)
		if took := time.Since(began); err != nil || took < 3500*time.Millisecond || took > 4500*time.Millisecond {
			t.Errorf("8 MB more took %v, %v, want 4 s", took, err)
		}
		if _, err := io.Copy(io.Discard, reply.Stream); err == nil || !strings.Contains(err.Error(), "200 MB") {
			t.Errorf("got %v, want the limit of 200 MB", err)
		}
		_ = reply.Stream.Close()
		reply.Ended(0)
	})
}

// useSystemClock serves the URL by the clock of the synctest bubble.
func (s *urlSetup) useSystemClock(t *testing.T) {
	t.Helper()
	made, err := httpapi.NewFunctionURL(s.url, httpapi.Dependencies{
		Clock: clock.System{}, Invoker: s, Observer: &s.observer,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.served = made
}
