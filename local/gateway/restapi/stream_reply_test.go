package restapi_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/restapi"
)

// timed is a function that sends pieces, each after a wait, and then ends as err says.
func timed(err error, wait time.Duration, pieces ...string) *streamer {
	return &streamer{answer: func(context.Context) (exchange.Streamed, error) {
		reader, writer := io.Pipe()
		go func() {
			for _, piece := range pieces {
				time.Sleep(wait)
				_, _ = io.WriteString(writer, piece)
			}
			time.Sleep(wait)
			_ = writer.CloseWithError(err)
		}()
		return exchange.Streamed{Body: reader, RequestID: "lambda-1"}, nil
	}}
}

// inTime serves GET /s on the time of a synctest bubble.
func inTime(t *testing.T, invoker exchange.Invoker, change func(*world)) (*restapi.API, *world) {
	t.Helper()
	w := newWorld()
	w.clock = clock.System{}
	m := streamMethod()
	m.Integration.TimeoutMillis = 900_000
	w.method("/s", "GET", m)
	w.def.Stages[0].AccessLog = &api.AccessLog{DestinationARN: "log", Format: "$context.status " +
		"$context.responseLength $context.responseLatency $context.integrationLatency " +
		"$context.integration.timeToAllHeaders $context.integration.timeToFirstContent"}
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": {LoggingLevel: "INFO"}}
	if change != nil {
		change(w)
	}
	served, err := restapi.New(w.def, restapi.Dependencies{
		Clock: w.clock, Invoker: invoker, Observer: w, Log: slog.New(slog.DiscardHandler),
		AccessLog:    func(_, line string) { w.lines = append(w.lines, line) },
		ExecutionLog: func(_, text string) { w.logs = append(w.logs, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return served, w
}

// nowAt returns a request that arrives now.
func nowAt(path string) *exchange.Request {
	r := request("GET", path)
	r.Received = time.Now()
	return r
}

// all takes a stream to its end, and returns how much it was.
func all(s io.ReadCloser) int {
	n, _ := io.Copy(io.Discard, s)
	return int(n)
}

// over ends a streamed reply as the listener does.
func over(reply *exchange.Reply, bytes int) {
	_ = reply.Stream.Close()
	reply.Ended(bytes)
}

// The variables are those of "Troubleshoot issues with response streaming in API Gateway".
func TestAStreamIsToldOfAtItsEnd(t *testing.T) {
	for _, r := range []struct {
		does    string
		invoker *streamer
		take    func(io.ReadCloser) int // how much was sent
		line    string
		verdict pipeline.Verdict
		says    string
	}{
		{"a whole stream", timed(nil, time.Second, "{}"+zeros, "hello", " world"), all, "200 11 4000 4000 1000 2000", pipeline.Passed, ""},
		{"a body that begins with the head", timed(nil, time.Second, "{}"+zeros+"a", "b"), all, "200 2 3000 3000 1000 1000", pipeline.Passed, ""},
		{"a function that fails midway", timed(errors.New("boom"), time.Second, "{}"+zeros, "hello"), all, "200 5 3000 3000 1000 2000", pipeline.Failed, "the stream broke off: boom"},
		{"a client that leaves while the function is silent", timed(nil, time.Second, "{}"+zeros, "hello", "later"), func(s io.ReadCloser) int {
			time.AfterFunc(1500*time.Millisecond, func() { _ = s.Close() })
			return all(s)
		}, "200 5 2500 2500 1000 2000", pipeline.Passed, ""},
		{"a client that does not take the last piece", timed(nil, time.Second, "{}"+zeros, "hello", "later"), func(s io.ReadCloser) int {
			piece := make([]byte, 5)
			n, _ := s.Read(piece)
			_, _ = s.Read(piece) // which was given, and never written
			return n
		}, "200 5 3000 3000 1000 2000", pipeline.Passed, ""},
		{"a reply without a body", timed(nil, time.Second, "{}"+zeros, "hello"), func(io.ReadCloser) int { return 0 }, "200 0 1000 1000 1000 -", pipeline.Passed, ""},
	} {
		t.Run(r.does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				served, w := inTime(t, r.invoker, nil)
				reply := served.Serve(t.Context(), nowAt("/dev/s"))
				if len(w.records)+len(w.lines)+len(w.logs) != 0 {
					t.Fatalf("somebody was told at the head: %v %v", w.records, w.lines)
				}
				over(reply, r.take(reply.Stream))
				if diff := cmp.Diff([]string{r.line}, w.lines); diff != "" {
					t.Error(diff)
				}
				if len(w.records) != 1 || len(w.logs) != 1 {
					t.Fatalf("got %d records and %d execution logs, want one each", len(w.records), len(w.logs))
				}
				mark := w.records[0].Marks[len(w.records[0].Marks)-1]
				if mark.Step != "stream reply" || mark.Verdict != r.verdict || mark.Reason != r.says {
					t.Errorf("got the mark %+v", mark)
				}
				synctest.Wait()
				time.Sleep(time.Minute) // the function's own goroutine ends
			})
		})
	}
}

// gushing is a stream of any number of bytes, all there at once.
func gushing(bytes int64) *streamer {
	return &streamer{answer: func(context.Context) (exchange.Streamed, error) {
		body := io.MultiReader(strings.NewReader("{}"+zeros), io.LimitReader(filler{}, bytes))
		return exchange.Streamed{Body: io.NopCloser(body)}, nil
	}}
}

type filler struct{}

func (filler) Read(p []byte) (int, error) { return len(p), nil }

// Spec rest-api.md §4.2: first 10 MB unthrottled, then 2 MB/s.
func TestTheBandwidthOfAStream(t *testing.T) {
	const mb = 1 << 20
	for _, r := range []struct {
		does        string
		bytes       int64
		least, most time.Duration
	}{
		{"ten megabytes come at once", 10 * mb, 0, 0},
		{"four more take two seconds", 14 * mb, 1900 * time.Millisecond, 2 * time.Second},
		{"a gigabyte takes eight and a half minutes", 1024 * mb, 506 * time.Second, 507 * time.Second},
	} {
		t.Run(r.does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				served, w := inTime(t, gushing(r.bytes), nil)
				reply := served.Serve(t.Context(), nowAt("/dev/s"))
				began := time.Now()
				got, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{reply.Stream}, make([]byte, mb/4))
				took := time.Since(began)
				over(reply, int(got))
				if err != nil || got != r.bytes || took < r.least || took > r.most {
					t.Errorf("%d bytes took %v, %v; want %v to %v", got, took, err, r.least, r.most)
				}
				if len(w.lines) != 1 {
					t.Errorf("got the lines %q", w.lines)
				}
			})
		})
	}
}

func TestAStreamThatIsHeldBackEnds(t *testing.T) {
	const mb = 1 << 20
	for _, r := range []struct {
		does string
		ends func(io.ReadCloser)
		want string
	}{
		{"after 15 minutes", func(io.ReadCloser) {}, "in time"},
		{"when its client leaves", func(s io.ReadCloser) {
			time.AfterFunc(time.Minute, func() { _ = s.Close() })
		}, "closed"},
	} {
		t.Run(r.does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				served, w := inTime(t, gushing(1<<40), nil)
				reply := served.Serve(t.Context(), nowAt("/dev/s"))
				r.ends(reply.Stream)
				got, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{reply.Stream}, make([]byte, 8*mb))
				over(reply, int(got))
				if err == nil || !strings.Contains(err.Error(), r.want) {
					t.Errorf("got %d bytes, %v, want an error that says %q", got, err, r.want)
				}
				if len(w.records) != 1 {
					t.Errorf("told %d times", len(w.records))
				}
			})
		})
	}
}

// The limits are those of "Troubleshoot issues with response streaming in API Gateway".
func TestATestedStreamIsCollected(t *testing.T) {
	for _, r := range []struct {
		does    string
		invoker *streamer
		bytes   int
		took    time.Duration
	}{
		{"until its end", timed(nil, time.Second, "{}"+zeros+"a", "b"), 2, 3 * time.Second},
		{"for 35 seconds after its head", timed(nil, 30*time.Second, "{}"+zeros, "hello", "later"), 5, 65 * time.Second},
		{"for a megabyte", gushing(1 << 30), 1 << 20, 0},
	} {
		t.Run(r.does, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				served, w := inTime(t, r.invoker, nil)
				id := w.def.Resources[len(w.def.Resources)-1].ID
				got, err := served.TestInvokeMethod(t.Context(), restapi.TestInvocation{
					ResourceID: id, HTTPMethod: "GET",
				})
				if err != nil || got.Status != 200 || len(got.Body) != r.bytes || got.Latency != r.took {
					t.Errorf("got %d with %d bytes after %v, %v", got.Status, len(got.Body), got.Latency, err)
				}
				if got.Log != "" || len(w.records) != 0 {
					t.Errorf("got the log %q and %d records, want none", got.Log, len(w.records))
				}
				time.Sleep(time.Hour) // the function's own goroutine ends
			})
		})
	}
}
