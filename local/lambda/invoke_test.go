package lambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAFunctionSeesItsCall(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 30 }))
	rows := []struct{ does, arn, version string }{
		{"the alias keeps its name and names its version", account + "orders:live", "1"},
		{"a version is its own qualifier", account + "orders:1", "1"},
		{"a name without a qualifier is $LATEST", account + "orders", "$LATEST"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			out, err := s.Invoke(t.Context(), Input{
				FunctionARN: row.arn, Payload: []byte(`{"do":"context"}`), Trace: "Root=1-a-b",
			})
			if err != nil {
				t.Fatal(err)
			}
			got := decode[place](t, out)
			fn := s.current.Load().functions["orders"]
			want := place{
				ARN: row.arn, ID: out.RequestID, Folder: fn.dir, Trace: "Root=1-a-b",
				Version: row.version, Remaining: got.Remaining, PID: got.PID,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if got.Remaining < 25 || got.Remaining > 30 {
				t.Errorf("%v s remain, want just under the timeout of 30", got.Remaining)
			}
			if out.ExecutedVersion != row.version {
				t.Errorf("executed version %s, want %s", out.ExecutedVersion, row.version)
			}
		})
	}
}

func TestAFailureIsAWSsDocument(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, nil))
	rows := []struct{ does, event, want string }{
		{
			"a returned error carries Go's type", `{"do":"error","text":"Unauthorized"}`,
			`{"errorMessage":"Unauthorized","errorType":"errorString"}`,
		},
		{
			"an exit status is named", `{"do":"exit","n":127}`,
			`{"errorType":"Runtime.ExitError","errorMessage":` +
				`"RequestId: ID Error: Runtime exited with error: exit status 127"}`,
		},
		{
			"exit status 0 is no reason", `{"do":"exit"}`,
			`{"errorType":"Runtime.ExitError","errorMessage":` +
				`"RequestId: ID Error: Runtime exited without providing a reason"}`,
		},
		{
			"an answer over 6 MB is replaced", `{"do":"large","n":7000000}`,
			`{"errorMessage":"Response payload size exceeded maximum allowed payload size ` +
				`(6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`,
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			out := invoke(t, s, row.event)
			got := strings.ReplaceAll(string(out.Payload), out.RequestID, "ID")
			if got != row.want || out.FunctionError != "Unhandled" {
				t.Errorf("got  %s %s\nwant %s", got, out.FunctionError, row.want)
			}
			if after := invoke(t, s, `{"n":1}`); string(after.Payload) != `{"n":1}` {
				t.Errorf("the next call is answered %s", after.Payload)
			}
		})
	}
	t.Run("a panic is reported with its stack", func(t *testing.T) {
		out := invoke(t, s, `{"do":"panic","text":"no order"}`)
		prefix := `{"errorMessage":"no order","errorType":"string","stackTrace":[`
		if !bytes.HasPrefix(out.Payload, []byte(prefix)) || out.FunctionError != "Unhandled" {
			t.Errorf("got %s", out.Payload)
		}
	})
	t.Run("an answer of 6 MB passes", func(t *testing.T) {
		if out := invoke(t, s, `{"do":"large","n":6200000}`); len(out.Payload) != 6200002 {
			t.Errorf("%d bytes, want 6200002", len(out.Payload))
		}
	})
}

func TestATimeoutEndsTheEnvironment(t *testing.T) {
	lines, clock := newRecord(), newManual()
	s := open(t, Options{Log: lines.add, Clock: clock}, handlerFunction(t, nil))
	answer := make(chan Output, 1)
	go func() { answer <- invoke(t, s, `{"do":"hang"}`) }()
	lines.await(t, "hanging", 1)
	clock.advance(3 * time.Second)
	out := <-answer
	want := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + out.RequestID +
		` Error: Task timed out after 3.00 seconds"}`
	if string(out.Payload) != want || out.FunctionError != "Unhandled" {
		t.Errorf("got %s, want %s", out.Payload, want)
	}
	for _, text := range []string{
		"2026-11-22T10:00:03.000Z " + out.RequestID + " Task timed out after 3.00 seconds",
		"half a line", "Duration: 3000.00 ms\tBilled Duration: 3000 ms", "Status: timeout",
	} {
		if lines.count(text) != 1 {
			t.Errorf("%d lines with %q, want 1", lines.count(text), text)
		}
	}
	if out := invoke(t, s, `{}`); out.FunctionError != "" {
		t.Errorf("the next call is answered %s", out.Payload)
	}
}

func TestLogLinesAreCompleteWithTheAnswer(t *testing.T) {
	lines, clock := newRecord(), newManual()
	s := open(t, Options{Log: lines.add, Clock: clock}, handlerFunction(t, nil))
	invoke(t, s, `{"do":"first"}`)
	before := len(lines.all())
	out := invoke(t, s, `{"do":"second"}`)
	id := out.RequestID
	report := "REPORT RequestId: " + id + "\tDuration: 0.00 ms\tBilled Duration: 0 ms\t" +
		"Memory Size: 128 MB\tMax Memory Used: "
	line := func(stream, text string) Line {
		return Line{
			Function: "orders", RequestID: id, Stream: stream, Text: text, Time: clock.Now(),
			LogGroup: "/aws/lambda/orders", LogStream: lines.all()[before].LogStream,
		}
	}
	want := []Line{
		line(Platform, "START RequestId: "+id+" Version: $LATEST"),
		line("stdout", "handling second"),
		line(Platform, "END RequestId: "+id),
		line(Platform, report),
	}
	got := lines.all()[before:]
	if last := len(got) - 1; last >= 0 && strings.HasPrefix(got[last].Text, report) {
		got[last].Text = report
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if first := lines.all()[0]; first.Text != "init line" || first.RequestID != "" {
		t.Errorf("the first line is %+v, want the init phase's own", first)
	}
}

func TestAPayloadThatLambdaRefuses(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, nil))
	rows := []struct {
		does string
		in   Input
		want string
	}{
		{"an unknown function", Input{FunctionARN: account + "missing"}, "ResourceNotFoundException"},
		{"an unknown alias", Input{FunctionARN: account + "orders:dev"}, "ResourceNotFoundException"},
		{
			"a request over 6 MB",
			Input{FunctionARN: "orders", Payload: make([]byte, 6<<20+1)},
			"RequestTooLargeException",
		},
		{
			"an event over 1 MB",
			Input{FunctionARN: "orders", Payload: make([]byte, 1<<20+1), Async: true},
			"RequestTooLargeException",
		},
		{
			"a payload that is not JSON",
			Input{FunctionARN: "orders", Payload: []byte("{a}")},
			"InvalidRequestContentException",
		},
		{
			"a source without permission",
			Input{FunctionARN: "orders", SourceARN: "arn:aws:execute-api:r:1:a/s/GET/x"},
			"AccessDeniedException",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			_, err := s.Invoke(t.Context(), row.in)
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
	t.Run("an empty payload is an empty object", func(t *testing.T) {
		if out := invoke(t, s, ""); string(out.Payload) != "{}" {
			t.Errorf("got %s", out.Payload)
		}
	})
}

func refusalOf(t *testing.T, s *Service) *Error {
	t.Helper()
	_, err := s.Invoke(t.Context(), Input{FunctionARN: "orders"})
	var refused *Error
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return refused
}

func TestConcurrencyThatIsRefused(t *testing.T) {
	t.Run("a reserved concurrency of 0 blocks every call", func(t *testing.T) {
		none := 0
		s := open(t, Options{}, handlerFunction(t, func(f *Function) {
			f.ReservedConcurrency = &none
		}))
		if e := refusalOf(t, s); e.Status != 429 || e.Reason != reasonReserved {
			t.Errorf("got %v", e)
		}
	})
	for _, row := range []struct {
		does, reason string
		account      int
		reserved     *int
	}{
		{"a call over the reserved concurrency is refused", reasonReserved, 0, new(1)},
		{"a call over the account's concurrency is refused", reasonAccount, 1, nil},
	} {
		t.Run(row.does, func(t *testing.T) {
			lines := newRecord()
			s := open(t, Options{Log: lines.add, AccountConcurrency: row.account},
				handlerFunction(t, func(f *Function) {
					f.ReservedConcurrency, f.TimeoutSeconds = row.reserved, 1
				}))
			var first sync.WaitGroup
			first.Go(func() { invoke(t, s, `{"do":"hang"}`) })
			lines.await(t, "handling hang", 1)
			if e := refusalOf(t, s); e.Status != 429 || e.Reason != row.reason {
				t.Errorf("got %v", e)
			}
			first.Wait()
			if out := invoke(t, s, `{}`); out.FunctionError != "" {
				t.Errorf("afterwards a call is answered %s", out.Payload)
			}
		})
	}
}

func TestConcurrencyOfTheMachine(t *testing.T) {
	t.Run("a call waits where only the machine's limit is reached", func(t *testing.T) {
		s := open(t, Options{MaxEnvironments: 1, WarmEnvironments: 1}, handlerFunction(t, nil))
		var all sync.WaitGroup
		pids := make([]int, 20)
		for i := range pids {
			all.Go(func() { pids[i] = decode[place](t, invoke(t, s, `{"do":"context"}`)).PID })
		}
		all.Wait()
		for _, pid := range pids {
			if pid != pids[0] {
				t.Errorf("process ids %v, want one", pids)
			}
		}
	})
	t.Run("a function that waits gets more environments", func(t *testing.T) {
		lines := newRecord()
		s := open(t, Options{Log: lines.add, MaxEnvironments: 6, WarmEnvironments: 1},
			handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 900 }))
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				_, _ = s.Invoke(ctx, Input{FunctionARN: "orders", Payload: []byte(`{"do":"hang"}`)})
			})
		}
		lines.await(t, "handling hang", 6)
		cancel()
		all.Wait()
	})
}

func TestManyCallsAtOnce(t *testing.T) {
	s := open(t, Options{WarmEnvironments: 8, MaxEnvironments: 8}, handlerFunction(t, nil))
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			for j := range 5 {
				event := fmt.Sprintf(`{"n":%d}`, i*1000+j)
				if out := invoke(t, s, event); string(out.Payload) != event {
					t.Errorf("got %s, want %s", out.Payload, event)
				}
			}
		})
	}
	all.Wait()
	f := s.current.Load().functions["orders"].fleet
	if len(f.members) > 8 {
		t.Errorf("%d environments, want at most 8", len(f.members))
	}
}

func TestACallerThatLeaves(t *testing.T) {
	lines := newRecord()
	s := open(t, Options{Log: lines.add, MaxEnvironments: 1, WarmEnvironments: 1},
		handlerFunction(t, func(f *Function) { f.TimeoutSeconds = 1 }))
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error, 2)
	for range 2 { // one runs, one stands in line
		go func() {
			_, err := s.Invoke(ctx, Input{FunctionARN: "orders", Payload: []byte(`{"do":"hang"}`)})
			left <- err
		}()
	}
	lines.await(t, "handling hang", 1)
	cancel()
	for range 2 {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the context's error", err)
		}
	}
	if out := invoke(t, s, `{}`); out.FunctionError != "" { // after the hanging one's timeout
		t.Errorf("got %s", out.Payload)
	}
	if n := lines.count("START"); n != 2 {
		t.Errorf("%d calls were run, want 2: the one in line is not run for nobody", n)
	}
}

func TestAKilledEnvironmentIsReplaced(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, nil))
	first := decode[place](t, invoke(t, s, `{"do":"context"}`)).PID
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for {
		out := invoke(t, s, `{"do":"context"}`)
		if out.FunctionError != "" { // it was handed over before the end was seen
			if !strings.Contains(string(out.Payload), "signal: killed") {
				t.Errorf("got %s", out.Payload)
			}
			continue
		}
		if second := decode[place](t, out).PID; second == first {
			t.Errorf("process %d answers after its death", first)
		}
		return
	}
}
