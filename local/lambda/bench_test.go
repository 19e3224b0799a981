package lambda

import (
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"portico/local/lambda/build"
)

const benchEnvironments = 4

// bareLoop is the Runtime API as net/http makes it easiest: the baseline.
type bareLoop struct {
	calls chan *bareCall
	mu    sync.Mutex // guards open
	open  map[string]*bareCall
}

type bareCall struct {
	id      string
	payload []byte
	answer  chan []byte
}

func (l *bareLoop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		select {
		case call := <-l.calls:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", call.id)
			deadline := time.Now().Add(3 * time.Second).UnixMilli()
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline, 10))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", account+"orders")
			_, _ = w.Write(call.payload)
		case <-r.Context().Done():
		}
		return
	}
	id := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2018-06-01/runtime/invocation/"),
		"/response")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l.mu.Lock()
	call := l.open[id]
	delete(l.open, id)
	l.mu.Unlock()
	call.answer <- body
	w.WriteHeader(http.StatusAccepted)
}

func (l *bareLoop) invoke(payload []byte) []byte {
	call := &bareCall{id: uuid.NewString(), payload: payload, answer: make(chan []byte, 1)}
	l.mu.Lock()
	l.open[call.id] = call
	l.mu.Unlock()
	l.calls <- call
	return <-call.answer
}

// startBareLoop runs the same program with the same number of environments.
func startBareLoop(b *testing.B, program string) *bareLoop {
	b.Helper()
	l := &bareLoop{calls: make(chan *bareCall), open: map[string]*bareCall{}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: l}
	go func() { _ = server.Serve(listener) }()
	for range benchEnvironments {
		command := exec.Command(program)
		command.Env = []string{
			"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "GOMAXPROCS=1",
		}
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			_ = command.Process.Kill()
			_ = command.Wait()
		})
	}
	b.Cleanup(func() { _ = server.Close() })
	return l
}

// BenchmarkInvoke reports how many calls a second the service makes for each one that the bare loop
// makes in the same run, 16 callers at a time. The handler echoes and logs nothing; with +log
// somebody takes the START, END and REPORT lines.
func BenchmarkInvoke(b *testing.B) {
	source, err := filepath.Abs("testdata/handler")
	if err != nil {
		b.Fatal(err)
	}
	artifact, err := build.New(build.Options{StateDir: stateDir}).Build(b.Context(), source)
	if err != nil {
		b.Fatal(err)
	}
	bare := startBareLoop(b, filepath.Join(artifact.Dir, "bootstrap"))
	quiet := open(b, Options{
		WarmEnvironments: benchEnvironments, MaxEnvironments: benchEnvironments,
	}, handlerFunction(b, nil))
	logged := open(b, Options{
		WarmEnvironments: benchEnvironments, MaxEnvironments: benchEnvironments, Log: func(Line) {},
	}, handlerFunction(b, nil))
	event := []byte(`{"text":"` + strings.Repeat("x", 1000) + `"}`)
	serve := func(s *Service) func() {
		return func() {
			in := Input{FunctionARN: account + "orders:live", Payload: event}
			if _, err := s.Invoke(context.Background(), in); err != nil {
				b.Error(err)
			}
		}
	}
	contestants := []func(){
		func() { bare.invoke(event) }, serve(quiet), serve(logged),
	}
	var took [3]time.Duration
	for b.Loop() {
		for i, call := range contestants {
			took[i] += round(call)
		}
	}
	calls := float64(b.N * roundCalls)
	for i, name := range []string{"bare/s", "invoke/s", "invoke+log/s"} {
		b.ReportMetric(calls/took[i].Seconds(), name)
	}
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "ratio")
	b.ReportMetric(took[0].Seconds()/took[2].Seconds(), "ratio+log")
}

const roundCalls = 16 * 125

func round(call func()) time.Duration {
	began := time.Now()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range roundCalls / 16 {
				call()
			}
		})
	}
	all.Wait()
	return time.Since(began)
}
