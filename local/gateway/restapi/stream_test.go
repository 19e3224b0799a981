package restapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/restapi"
)

const (
	streamURI = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/" + functionARN +
		"/response-streaming-invocations"
	zeros = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

// streamer is a Lambda service whose functions stream.
type streamer struct {
	lambda
	last   exchange.Invocation
	answer func(context.Context) (exchange.Streamed, error)
}

func (s *streamer) InvokeStream(
	ctx context.Context, in exchange.Invocation,
) (exchange.Streamed, error) {
	s.last = in
	return s.answer(ctx)
}

// streams returns an invoker whose function sends the pieces and then ends as err says.
func streams(err error, pieces ...string) *streamer {
	return &streamer{answer: func(context.Context) (exchange.Streamed, error) {
		reader, writer := io.Pipe()
		go func() {
			for _, piece := range pieces {
				_, _ = io.WriteString(writer, piece)
			}
			_ = writer.CloseWithError(err)
		}()
		return exchange.Streamed{Body: reader, RequestID: "lambda-1"}, nil
	}}
}

func streamMethod() api.Method {
	m := proxy()
	m.Integration.URI, m.Integration.ResponseMode = streamURI, "STREAM"
	return m
}

// streamAPI serves one method at /s.
func streamAPI(t *testing.T, invoker exchange.Invoker, m api.Method) (*restapi.API, *world) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	w := newWorld()
	w.method("/s", "GET", m)
	w.def.Stages[0].AccessLog = &api.AccessLog{
		DestinationARN: "log", Format: "$context.status $context.integration.responseTransferMode",
	}
	caller := integration.NewHTTP(w.clock)
	t.Cleanup(caller.Close) // of idle connections
	compiled, err := restapi.New(w.def, restapi.Dependencies{
		HTTP:  caller,
		Clock: w.clock, Invoker: invoker, Observer: w, Log: slog.New(slog.DiscardHandler),
		AccessLog: func(destination, line string) { w.lines = append(w.lines, line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return compiled, w
}

func TestAFunctionsStream(t *testing.T) {
	long := strings.Repeat("x", 16<<10)
	rows := []struct {
		does    string
		invoker *streamer
		status  int
		body    string
		reason  string
	}{
		{"head and body in one piece", streams(nil, `{"statusCode":201}`+zeros+"hello"), 201, "hello", ""},
		{"a delimiter cut in two", streams(nil, `{"statusCode":201}`+zeros[:3], zeros[3:]+"a", "b"), 201, "ab", ""},
		{"no body", streams(nil, `{"statusCode":204}`+zeros), 204, "", ""},
		{"an empty head is 200", streams(nil, "{}"+zeros+"a"), 200, "a", ""},
		{"zero bytes begin the body", streams(nil, "{}"+zeros+"\x00\x00a"), 200, "\x00\x00a", ""},
		{"no delimiter", streams(nil, `{"statusCode":200}`), 502, "", "without the delimiter"},
		{"seven zero bytes", streams(nil, "{}"+zeros[1:]+"a"), 502, "", "without the delimiter"},
		{"no delimiter in 16 KB", streams(nil, long, "{}"+zeros), 502, "", "16 KB"},
		{"a head that is no JSON", streams(nil, "hello"+zeros), 502, "", "no JSON object"},
		{"a head with a body", streams(nil, `{"statusCode":200,"body":"x"}`+zeros), 502, "", `"body"`},
		{"a head with a key of its own", streams(nil, `{"status":200}`+zeros), 502, "", `"status"`},
		{"cookies that are no list", streams(nil, `{"cookies":"a=1"}`+zeros), 502, "", "cookies"},
		{"a failure within the head", streams(errors.New("boom"), `{"sta`), 502, "", "boom"},
		{"a failure before the head", &streamer{answer: func(context.Context) (exchange.Streamed, error) {
			return exchange.Streamed{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no"}`)}, nil
		}}, 502, "", `{"errorMessage":"no"}`},
		{"no permission", &streamer{answer: func(context.Context) (exchange.Streamed, error) {
			return exchange.Streamed{}, &exchange.InvokeError{Code: "AccessDeniedException", Status: 403}
		}}, 500, "", "Invalid permissions on Lambda function"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			served, w := streamAPI(t, row.invoker, streamMethod())
			reply := served.Serve(t.Context(), request("GET", "/dev/s"))
			if reply.Status != row.status {
				t.Fatalf("status %d, want %d", reply.Status, row.status)
			}
			if row.status >= 500 {
				if reply.Stream != nil || string(reply.Body) != internalBody {
					t.Errorf("got %s, stream %v", reply.Body, reply.Stream)
				}
				if !strings.Contains(w.records[0].Reason(), row.reason) {
					t.Errorf("the reason is %q, want one that says %q", w.records[0].Reason(), row.reason)
				}
				return
			}
			defer reply.Stream.Close()
			body, err := io.ReadAll(reply.Stream)
			if err != nil || string(body) != row.body {
				t.Errorf("got %q, %v, want %q", body, err, row.body)
			}
		})
	}
}

func TestTheHeadOfAStream(t *testing.T) {
	invoker := streams(nil, `{"statusCode":200,"headers":{"X-A":"1","Content-Type":"text/event-stream"},`+
		`"multiValueHeaders":{"X-B":["1","2"]},"cookies":["a=1","b=2"]}`+zeros)
	m := streamMethod()
	m.Integration.Credentials = "arn:aws:iam::123456789012:role/caller"
	served, w := streamAPI(t, invoker, m)
	reply := served.Serve(t.Context(), request("GET", "/dev/s",
		"X-Amzn-Trace-Id: Root=1-a-b;Parent=c;Sampled=1"))
	over(reply, 0)
	got := reply.Header.Clone(0)
	got.Del("x-amzn-RequestId")
	got.Del("x-amz-apigw-id")
	want := exchange.Header{
		{Name: "X-B", Value: "1"},
		{Name: "X-B", Value: "2"},
		{Name: "X-A", Value: "1"},
		{Name: "Content-Type", Value: "text/event-stream"},
		{Name: "X-Amzn-Trace-Id", Value: "Root=1-a-b;Parent=c;Sampled=1"},
		{Name: "Set-Cookie", Value: "a=1"},
		{Name: "Set-Cookie", Value: "b=2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"200 STREAMED"}, w.lines); diff != "" {
		t.Error(diff)
	}
	in := invoker.last
	if in.FunctionARN != functionARN || in.SourceARN != "" || in.Role != m.Integration.Credentials {
		t.Errorf("invoked %s for %q as %q", in.FunctionARN, in.SourceARN, in.Role)
	}
}

// silent is a stream that says what it is told to, and is then silent until it is closed.
func silent(pieces ...string) *streamer {
	return &streamer{answer: func(context.Context) (exchange.Streamed, error) {
		reader, writer := io.Pipe()
		go func() {
			for _, piece := range pieces {
				_, _ = io.WriteString(writer, piece)
			}
		}()
		return exchange.Streamed{Body: reader}, nil
	}}
}

func TestTheLimitsOfAStream(t *testing.T) {
	rows := []struct {
		does, endpoint string
		timeout        int
		after          time.Duration // the head was read
		want           string
	}{
		{"five minutes of silence", "REGIONAL", 900_000, 5 * time.Minute, "silent"},
		{"thirty seconds at the edge", "EDGE", 900_000, 30 * time.Second, "silent"},
		{"the integration's timeout", "REGIONAL", 29_000, 29 * time.Second, "in time"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := streamMethod()
				m.Integration.TimeoutMillis = row.timeout
				w := newWorld()
				w.def.EndpointType = row.endpoint
				w.method("/s", "GET", m)
				served, err := restapi.New(w.def, restapi.Dependencies{
					Clock: clock.System{}, Invoker: silent("{}" + zeros + "a"), Observer: w,
					Log: slog.New(slog.DiscardHandler),
				})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				reply := served.Serve(t.Context(), request("GET", "/dev/s"))
				defer reply.Stream.Close()
				body, err := io.ReadAll(reply.Stream)
				if string(body) != "a" || err == nil || !strings.Contains(err.Error(), row.want) {
					t.Errorf("got %q, %v, want an error that says %q", body, err, row.want)
				}
				if took := time.Since(began); took != row.after {
					t.Errorf("after %v, want %v", took, row.after)
				}
			})
		})
	}
}

func TestAStreamThatDoesNotBegin(t *testing.T) {
	never := &streamer{answer: func(ctx context.Context) (exchange.Streamed, error) {
		<-ctx.Done()
		return exchange.Streamed{}, ctx.Err()
	}}
	rows := []struct {
		does    string
		invoker *streamer
		after   time.Duration
	}{
		{"a function that does not answer", never, 29 * time.Second},
		{"a function that stops within its head", silent(`{"status`), 29 * time.Second},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.method("/s", "GET", streamMethod())
				served, err := restapi.New(w.def, restapi.Dependencies{
					Clock: clock.System{}, Invoker: row.invoker, Observer: w,
					Log: slog.New(slog.DiscardHandler),
				})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				reply := served.Serve(t.Context(), request("GET", "/dev/s"))
				want := answer{504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`}
				if got := seen(reply); got != want || reply.Stream != nil {
					t.Errorf("got %+v, want %+v", got, want)
				}
				if took := time.Since(began); took != row.after {
					t.Errorf("after %v, want %v", took, row.after)
				}
			})
		})
	}
}

func TestAStreamIsClosedWhileItWaits(t *testing.T) {
	served, _ := streamAPI(t, silent("{}"+zeros), streamMethod())
	reply := served.Serve(t.Context(), request("GET", "/dev/s"))
	ended := make(chan error)
	go func() {
		_, err := io.ReadAll(reply.Stream)
		ended <- err
	}()
	_ = reply.Stream.Close()
	if err := <-ended; err == nil {
		t.Error("a stream that was closed reads as if it were whole")
	}
}

func TestStreamsThatCannotBe(t *testing.T) {
	rows := []struct {
		does, want string
		change     func(*api.Integration)
	}{
		{"STREAM with the ordinary URI", "needs a URI that ends", func(i *api.Integration) { i.URI = invocation + functionARN + "/invocations" }},
		{"the streaming URI without STREAM", "needs response transfer mode STREAM", func(i *api.Integration) { i.ResponseMode = "BUFFERED" }},
		{"STREAM of a MOCK", "AWS_PROXY and HTTP_PROXY, this one is MOCK", func(i *api.Integration) { i.Type = "MOCK" }},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			m := streamMethod()
			row.change(&m.Integration)
			served, w := streamAPI(t, streams(nil), m)
			reply := served.Serve(t.Context(), request("GET", "/dev/s"))
			if reply.Status != 500 || !strings.Contains(w.records[0].Reason(), row.want) {
				t.Errorf("got %d: %s, want 500: %s", reply.Status, w.records[0].Reason(), row.want)
			}
		})
	}
	served, w := streamAPI(t, &lambda{}, streamMethod())
	if reply := served.Serve(t.Context(), request("GET", "/dev/s")); reply.Status != 500 {
		t.Errorf("an invoker that does not stream: got %d: %s", reply.Status, w.records[0].Reason())
	}
}

func httpStream(url string) api.Method {
	m := httpMethod("HTTP_PROXY", url)
	m.Integration.ResponseMode = "STREAM"
	m.Integration.HTTPMethod = "GET"
	return m
}

func TestAnHTTPBackendsStream(t *testing.T) {
	onward := make(chan struct{})
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Saw", r.Host+" "+r.Header.Get("X-Client"))
		w.WriteHeader(201)
		fmt.Fprint(w, "first")
		_ = http.NewResponseController(w).Flush()
		<-onward
		fmt.Fprint(w, "second")
	})
	served, _ := streamAPI(t, &lambda{}, httpStream(b.URL))
	reply := served.Serve(t.Context(), request("GET", "/dev/s", "X-Client: yes"))
	defer reply.Stream.Close()
	saw := strings.TrimPrefix(b.URL, "http://") + " yes"
	if reply.Status != 201 || reply.Header.Get("X-Saw") != saw {
		t.Fatalf("got %d %v", reply.Status, reply.Header)
	}
	first := make([]byte, len("first"))
	if _, err := io.ReadFull(reply.Stream, first); err != nil || string(first) != "first" {
		t.Fatalf("got %q, %v", first, err)
	}
	close(onward)
	rest, err := io.ReadAll(reply.Stream)
	if err != nil || string(rest) != "second" {
		t.Errorf("got %q, %v", rest, err)
	}
}

func TestHTTPBackendsThatFailToStream(t *testing.T) {
	cut := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "first")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	served, _ := streamAPI(t, &lambda{}, httpStream(cut.URL))
	reply := served.Serve(t.Context(), request("GET", "/dev/s"))
	body, err := io.ReadAll(reply.Stream)
	if string(body) != "first" || err == nil {
		t.Errorf("got %q, %v, want an error after first", body, err)
	}
	_ = reply.Stream.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	rows := []struct {
		does, url, reason string
		status            int
	}{
		{"nobody listens", gone.URL, "There was an internal error while executing your request", 500},
		{"an address that is none", "https:///path", "Invalid endpoint address", 500},
	}
	for _, row := range rows {
		served, w := streamAPI(t, &lambda{}, httpStream(row.url))
		reply := served.Serve(t.Context(), request("GET", "/dev/s"))
		if reply.Status != row.status || !strings.Contains(w.records[0].Reason(), row.reason) {
			t.Errorf("%s: got %d: %s", row.does, reply.Status, w.records[0].Reason())
		}
	}
}
