package lambda

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/lambda/build"
)

func TestInit(t *testing.T) {
	t.Run("a process that exits while it starts fails its call", func(t *testing.T) {
		lines := newRecord()
		s := open(t, Options{Log: lines.add}, handlerFunction(t, func(f *Function) {
			f.Environment = map[string]string{"INIT": "exit"}
		}))
		out := invoke(t, s, `{}`)
		want := `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + out.RequestID +
			` Error: Runtime exited with error: exit status 7"}`
		if string(out.Payload) != want {
			t.Errorf("got %s, want %s", out.Payload, want)
		}
		if lines.count("cannot start") != 1 || lines.count("Error Type: Runtime.ExitError") != 1 {
			t.Errorf("lines %v", lines.all())
		}
	})
	t.Run("an init over 10 s is started again within the call's limit", func(t *testing.T) {
		lines, clock := newRecord(), newManual()
		s := open(t, Options{Log: lines.add, Clock: clock}, handlerFunction(t, func(f *Function) {
			f.Environment = map[string]string{"INIT": "sleep"}
			f.TimeoutSeconds = 7
		}))
		answer := make(chan Output, 1)
		go func() { answer <- invoke(t, s, `{}`) }()
		clock.awaitBell(initLimit)
		lines.await(t, "init line", 1)
		clock.advance(initLimit)
		clock.awaitBell(7 * time.Second)
		lines.await(t, "init line", 2)
		clock.advance(7 * time.Second)
		out := <-answer
		if !strings.Contains(string(out.Payload), "Task timed out after 7.00 seconds") {
			t.Errorf("got %s", out.Payload)
		}
		if lines.count("INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout") != 1 {
			t.Errorf("lines %v", lines.all())
		}
	})
}

func TestABootstrapThatCannotRun(t *testing.T) {
	rows := []struct {
		does    string
		prepare func(path string) error
		want    string
	}{
		{
			"a missing one", func(string) error { return nil },
			"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
		},
		{
			"one that is not executable",
			func(path string) error { return os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600) },
			"fork/exec /var/task/bootstrap: permission denied",
		},
		{
			"one for another machine",
			func(path string) error { return os.WriteFile(path, []byte("\x7fELF\x00"), 0o700) },
			"fork/exec /var/task/bootstrap: exec format error",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			dir := t.TempDir()
			if err := row.prepare(filepath.Join(dir, "bootstrap")); err != nil {
				t.Fatal(err)
			}
			s := open(t, Options{}, handlerFunction(t, func(f *Function) { f.Code = Code{Dir: dir} }))
			out := invoke(t, s, `{}`)
			want := `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` +
				out.RequestID + ` Error: ` + row.want + `"}`
			if string(out.Payload) != want {
				t.Errorf("got %s, want %s", out.Payload, want)
			}
		})
	}
}

func TestTheEnvironmentIsAWSs(t *testing.T) {
	t.Setenv("LEAKED", "from the host")
	s := open(t, Options{
		Path:        "/usr/bin:/bin",
		Environment: map[string]string{"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1", "OWN": "theirs"},
		Credentials: func(Function) Credentials {
			return Credentials{AccessKeyID: "AK", SecretAccessKey: "secret", SessionToken: "token"}
		},
	}, handlerFunction(t, func(f *Function) {
		f.Environment = map[string]string{"OWN": "mine", "TABLE_NAME": "orders"}
		f.MemoryMB = 256
	}))
	got := decode[[]string](t, invoke(t, s, `{"do":"environment"}`))
	slices.Sort(got)
	varying := []string{"AWS_LAMBDA_LOG_STREAM_NAME=", "AWS_LAMBDA_RUNTIME_API=", "_X_AMZN_TRACE_ID="}
	for i, variable := range got {
		for _, name := range varying {
			if strings.HasPrefix(variable, name) && len(variable) > len(name) {
				got[i] = name
			}
		}
	}
	want := []string{
		"AWS_ACCESS_KEY=AK", "AWS_ACCESS_KEY_ID=AK", "AWS_CONFIG_FILE=/dev/null",
		"AWS_DEFAULT_REGION=us-east-1", "AWS_ENDPOINT_URL_SQS=http://127.0.0.1:1",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_NAME=orders",
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/orders", "AWS_LAMBDA_LOG_STREAM_NAME=",
		"AWS_LAMBDA_RUNTIME_API=", "AWS_REGION=us-east-1", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_SESSION_TOKEN=token", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_XRAY_CONTEXT_MISSING=LOG_ERROR", "AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2000",
		"GOMAXPROCS=1", "LAMBDA_RUNTIME_DIR=/var/runtime",
		"LAMBDA_TASK_ROOT=" + s.current.Load().functions["orders"].dir,
		"LANG=en_US.UTF-8", "OWN=mine", "PATH=/usr/bin:/bin", "TABLE_NAME=orders", "TZ=:UTC",
		"_HANDLER=bootstrap", "_X_AMZN_TRACE_ID=",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDeploySwapsWithoutDroppingACall(t *testing.T) {
	lines := newRecord()
	release := func(n string) Configuration {
		return handlerFunction(t, func(f *Function) {
			f.Environment = map[string]string{"RELEASE": n}
		})
	}
	first := release("1")
	s := open(t, Options{Log: lines.add}, first)
	old := decode[place](t, invoke(t, s, `{"do":"context"}`)).PID
	slow := make(chan Output, 1)
	go func() { slow <- invoke(t, s, `{"do":"sleep","n":300}`) }()
	lines.await(t, "handling sleep", 1)

	if err := s.Deploy(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if err := s.Deploy(t.Context(), release("2")); err != nil {
		t.Fatal(err)
	}
	got := decode[[]string](t, invoke(t, s, `{"do":"environment"}`))
	if !slices.Contains(got, "RELEASE=2") {
		t.Errorf("a call after the deployment runs with %v", got)
	}
	if out := <-slow; out.FunctionError != "" {
		t.Errorf("the call in flight is answered %s", out.Payload)
	}
	if now := decode[place](t, invoke(t, s, `{"do":"context"}`)).PID; now == old {
		t.Errorf("process %d serves both deployments", now)
	}
}

func TestNoCallIsDroppedWhileDeploymentsAreSwapped(t *testing.T) {
	release := func(n int) Configuration {
		return handlerFunction(t, func(f *Function) {
			f.Environment = map[string]string{"RELEASE": strconv.Itoa(n)}
		})
	}
	s := open(t, Options{}, release(0))
	stop := make(chan struct{})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if out := invoke(t, s, `{"n":1}`); string(out.Payload) != `{"n":1}` {
					t.Errorf("answered %s", out.Payload)
				}
			}
		})
	}
	for n := range 10 {
		if err := s.Deploy(t.Context(), release(n+1)); err != nil {
			t.Error(err)
		}
		invoke(t, s, `{}`)
	}
	close(stop)
	callers.Wait()
}

func TestAnUnchangedFunctionKeepsItsEnvironments(t *testing.T) {
	c := handlerFunction(t, nil)
	s := open(t, Options{WarmEnvironments: 1, MaxEnvironments: 1}, c)
	before := decode[place](t, invoke(t, s, `{"do":"context"}`)).PID
	if err := s.Deploy(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if after := decode[place](t, invoke(t, s, `{"do":"context"}`)).PID; after != before {
		t.Errorf("process %d, want still %d", after, before)
	}
}

// edited is a runtime in plain Go, so that a test can change what it answers.
const edited = `package main

import (
	"net/http"
	"os"
	"strings"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		next, err := http.Get(base + "next")
		if err != nil {
			os.Exit(1)
		}
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		_ = next.Body.Close()
		reply, err := http.Post(base+id+"/response", "", strings.NewReader(ANSWER))
		if err != nil {
			os.Exit(1)
		}
		_ = reply.Body.Close()
	}
}
`

func TestRebuild(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answer := func(text string) string { return strings.Replace(edited, "ANSWER", text, 1) }
	write("go.mod", "module edited\n\ngo 1.26\n")
	write("main.go", answer("`\"one\"`"))
	s := open(t, Options{StateDir: t.TempDir()}, handlerFunction(t, func(f *Function) {
		f.Code = Code{Source: dir}
	}))
	serves := func(want string) {
		t.Helper()
		if out := invoke(t, s, `{}`); string(out.Payload) != want {
			t.Errorf("got %s, want %s", out.Payload, want)
		}
	}
	serves(`"one"`)
	write("main.go", answer("`\"two\"`"))
	if err := s.Rebuild(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	serves(`"two"`)

	write("main.go", answer("undefinedName"))
	err := s.Rebuild(t.Context(), "orders")
	var broken *build.Error
	if !errors.As(err, &broken) || !strings.Contains(broken.Output, "main.go:18") ||
		!strings.Contains(broken.Output, "undefined: undefinedName") {
		t.Errorf("got %v, want the compiler's words", err)
	}
	serves(`"two"`)
	if watched := s.Watched("orders"); !slices.Contains(watched, dir) {
		t.Errorf("watched is %v, want %s in it", watched, dir)
	}
	write("main.go", answer("`\"three\"`"))
	if err := s.Rebuild(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	serves(`"three"`)
}

func TestAFunctionThatCannotBeMadeReady(t *testing.T) {
	empty := t.TempDir()
	rows := []struct {
		does   string
		change func(*Function)
		code   string
		says   string
	}{
		{
			"a source that does not compile", func(f *Function) { f.Code.Source = empty },
			"InvalidZipFileException", "go command says",
		},
		{
			"another runtime", func(f *Function) { f.Runtime = "ruby3.4" },
			"InvalidRuntimeException", `runtime "ruby3.4" is not served; served are provided.al2023`,
		},
		{
			"a reserved variable",
			func(f *Function) { f.Environment = map[string]string{"AWS_REGION": "x"} },
			"InvalidParameterValueException", "AWS_REGION is reserved",
		},
		{
			"too little memory", func(f *Function) { f.MemoryMB = 64 },
			"InvalidParameterValueException", "MemorySize is 64; allowed are 128 to 10240",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			s := New(Options{StateDir: stateDir})
			defer func() { _ = s.Close() }()
			c := handlerFunction(t, row.change)
			sound := handlerFunction(t, func(f *Function) { f.Name, f.ARN = "sound", account+"sound" })
			c.Functions = append(c.Functions, sound.Functions...)
			var failures Failures
			if err := s.Deploy(t.Context(), c); !errors.As(err, &failures) || len(failures) != 1 ||
				!strings.Contains(err.Error(), row.says) {
				t.Fatalf("got %v, want one failure with %q", err, row.says)
			}
			_, err := s.Invoke(t.Context(), Input{FunctionARN: "orders:live"})
			var refused *Error
			if !errors.As(err, &refused) || refused.Code != row.code {
				t.Errorf("got %v, want %s", err, row.code)
			}
			if out, err := s.Invoke(t.Context(), Input{FunctionARN: "sound"}); err != nil ||
				out.FunctionError != "" {
				t.Errorf("the other function: %s, %v", out.Payload, err)
			}
		})
	}
}

func TestAnAsynchronousCallIsRetriedTwice(t *testing.T) {
	lines, clock := newRecord(), newManual()
	s := open(t, Options{Log: lines.add, Clock: clock}, handlerFunction(t, nil))
	out, err := s.Invoke(t.Context(), Input{
		FunctionARN: "orders", Async: true, Payload: []byte(`{"do":"error","text":"no"}`),
	})
	if err != nil || out.RequestID == "" || out.Payload != nil {
		t.Fatalf("got %+v, %v, want an empty answer at once", out, err)
	}
	start := "START RequestId: " + out.RequestID
	for i, delay := range []time.Duration{time.Minute, 2 * time.Minute} {
		clock.awaitBell(delay)
		if n := lines.count(start); n != i+1 {
			t.Errorf("%d tries, want %d", n, i+1)
		}
		clock.advance(delay)
	}
	lines.await(t, "END RequestId: "+out.RequestID, 3)
	if n := lines.count(start); n != 3 {
		t.Errorf("%d tries, want 3", n)
	}
}

func TestCloseEndsRetriesAndProcesses(t *testing.T) {
	lines, clock := newRecord(), newManual()
	s := New(Options{StateDir: stateDir, Log: lines.add, Clock: clock})
	if err := s.Deploy(t.Context(), handlerFunction(t, nil)); err != nil {
		t.Fatal(err)
	}
	child := decode[int](t, invoke(t, s, `{"do":"child"}`))
	pid := decode[place](t, invoke(t, s, `{"do":"context"}`)).PID
	if _, err := s.Invoke(t.Context(), Input{
		FunctionARN: "orders", Async: true, Payload: []byte(`{"do":"error"}`),
	}); err != nil {
		t.Fatal(err)
	}
	clock.awaitBell(time.Minute)
	hanging := make(chan Output, 1)
	go func() { hanging <- invoke(t, s, `{"do":"hang"}`) }()
	lines.await(t, "handling hang", 1)
	if err := s.Close(); err != nil { // nobody moves the clock: only a signal ends the call
		t.Fatal(err)
	}
	if out := <-hanging; out.FunctionError != "Unhandled" {
		t.Errorf("the call in flight is answered %s", out.Payload)
	}
	awaitEnd(pid, child)
	if _, err := s.Invoke(context.Background(), Input{FunctionARN: "orders"}); err == nil {
		t.Error("a call after Close is served")
	}
}

// awaitEnd looks until processes are gone: the kernel ends a killed one in its own time.
func awaitEnd(pids ...int) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for _, pid := range pids {
		for isAlive(pid) {
			<-look.C
		}
	}
}

// isAlive reports whether a process runs; one that nobody has reaped does not.
func isAlive(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(rest, "Z")
}
