package lambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

const prelude = `{"statusCode":201,"headers":{"X-Kind":"stream"},"cookies":["a=1","b=2"]}` +
	"\x00\x00\x00\x00\x00\x00\x00\x00"

// gate is an address that answers once open is closed.
func gate(t *testing.T) (url string, open chan struct{}) {
	t.Helper()
	open = make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-open:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, open
}

func invokeStream(t *testing.T, s *Service, event string) Stream {
	t.Helper()
	out, err := s.InvokeStream(t.Context(), Input{FunctionARN: "orders:live", Payload: []byte(event)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// readFirst reads up to the end of the first chunk.
func readFirst(t *testing.T, out Stream) {
	t.Helper()
	first := make([]byte, len(prelude)+len("first"))
	if _, err := io.ReadFull(out.Body, first); err != nil || string(first) != prelude+"first" {
		t.Fatalf("the beginning is %q, %v", first, err)
	}
}

func TestAStreamArrivesWhileTheFunctionRuns(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 30 }))
	url, opened := gate(t)
	out := invokeStream(t, s, fmt.Sprintf(`{"do":"stream","text":%q}`, url))
	defer out.Body.Close()
	if out.ContentType != "application/vnd.awslambda.http-integration-response" {
		t.Errorf("content type %q", out.ContentType)
	}
	if out.ExecutedVersion != "1" || out.RequestID == "" {
		t.Errorf("version %q, request %q", out.ExecutedVersion, out.RequestID)
	}
	readFirst(t, out) // the function waits at the gate now
	close(opened)
	rest, err := io.ReadAll(out.Body)
	if err != nil || string(rest) != "second" {
		t.Errorf("the rest is %q, %v", rest, err)
	}
	if again := invoke(t, s, `{"a":1}`); string(again.Payload) != `{"a":1}` {
		t.Errorf("the next call answers %s", again.Payload)
	}
}

func TestAStreamThatFailsMidway(t *testing.T) {
	clock := newManual()
	s := open(t, Options{Clock: clock}, handlerFunction(t, nil))
	rows := []struct {
		does string
		n    int
		want string
	}{
		{"the trailer's error document", 1, `{"errorMessage":"midway","errorType":"errorString"}`},
		{"an exit is named", 2, "Runtime exited with error: exit status 3"},
		{"the function's own timeout", 3, "Task timed out after 3.00 seconds"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			url, opened := gate(t) // so that it fails after its beginning was read
			out := invokeStream(t, s, fmt.Sprintf(`{"do":"stream","n":%d,"text":%q}`, row.n, url))
			defer out.Body.Close()
			readFirst(t, out)
			close(opened)
			if row.n == 3 {
				clock.advance(3 * time.Second)
			}
			_, err := io.ReadAll(out.Body)
			var failed *StreamError
			if !errors.As(err, &failed) || !strings.Contains(string(failed.Document), row.want) {
				t.Errorf("got %v, want a StreamError with %s", err, row.want)
			}
		})
	}
}

func TestAStreamOfAFunctionThatDoesNotStream(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, nil))
	whole := invokeStream(t, s, `{"a":1}`)
	body, err := io.ReadAll(whole.Body)
	if err != nil || string(body) != `{"a":1}` {
		t.Errorf("got %q, %v", body, err)
	}
	failed := invokeStream(t, s, `{"do":"error","text":"no"}`)
	want := `{"errorMessage":"no","errorType":"errorString"}`
	if failed.Body != nil || failed.FunctionError != "Unhandled" || string(failed.Payload) != want {
		t.Errorf("got %q %s, want %s", failed.FunctionError, failed.Payload, want)
	}
	_, err = s.InvokeStream(t.Context(), Input{FunctionARN: "nobody"})
	var refused *Error
	if !errors.As(err, &refused) || refused.Status != 404 {
		t.Errorf("got %v, want 404", err)
	}
}

func TestAReaderThatLeavesHarmsNothing(t *testing.T) {
	lines := newRecord()
	s := open(t, Options{Log: lines.add}, handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 60 }))
	out := invokeStream(t, s, `{"do":"stream","n":40}`)
	readFirst(t, out)
	if err := out.Body.Close(); err != nil {
		t.Error(err)
	}
	lines.await(t, "streamed all", 1) // on AWS too the function goes on
	lines.await(t, "END RequestId: "+out.RequestID, 1)
	if again := invoke(t, s, `{"a":1}`); string(again.Payload) != `{"a":1}` {
		t.Errorf("the next call answers %s", again.Payload)
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	_, err := s.InvokeStream(left, Input{FunctionARN: "orders", Payload: []byte(`{"do":"stream"}`)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestAStreamIsNotHeldInMemory(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 60 }))
	invoke(t, s, `{"a":1}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	out := invokeStream(t, s, `{"do":"stream","n":100}`)
	defer out.Body.Close()
	n, err := io.Copy(io.Discard, out.Body)
	runtime.ReadMemStats(&after)
	want := int64(len(prelude) + len("firstsecond") + 100<<20)
	if err != nil || n != want {
		t.Errorf("%d bytes, %v, want %d", n, err, want)
	}
	if grew := after.TotalAlloc - before.TotalAlloc; grew > 2<<20 {
		t.Errorf("100 MB of stream made %d bytes of garbage", grew)
	}
}

func TestAStreamOver200MBBreaksOff(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 60 }))
	out := invokeStream(t, s, `{"do":"stream","n":201}`)
	defer out.Body.Close()
	_, err := io.Copy(io.Discard, out.Body)
	var failed *StreamError
	if !errors.As(err, &failed) ||
		!strings.Contains(string(failed.Document), "Function.ResponseSizeTooLarge") {
		t.Errorf("got %v, want Function.ResponseSizeTooLarge", err)
	}
}

func TestClosingDoesNotWaitForASlowReader(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 60 }))
	out := invokeStream(t, s, `{"do":"stream","n":40}`)
	defer out.Body.Close()
	readFirst(t, out)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(out.Body); err == nil {
		t.Error("a stream that was cut off reads as if it were whole")
	}
}
