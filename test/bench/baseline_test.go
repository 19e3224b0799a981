package bench

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const answer = `{"id":"o-1","status":"shipped","total":1250}`

// listen serves a handler on a free port until the benchmark ends, and returns its address.
func listen(b *testing.B, handler http.Handler) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	go func() { _ = server.Serve(listener) }()
	b.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// bareHandler is net/http and nothing else.
func bareHandler(b *testing.B) string {
	return listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
}

// bareReply is net/http with the reply of a REST API, byte for byte but for the ids: what is left
// between it and an API is what the API does, not what a client has to read.
func bareReply(b *testing.B) string {
	return listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["Content-Type"] = []string{"application/json"}
		header["Content-Length"] = []string{strconv.Itoa(len(`{"ok":true}`))}
		header["Connection"] = []string{"keep-alive"}
		header["x-amzn-RequestId"] = []string{"deef4878-7910-11e6-8f14-25afc3e9ae33"}
		header["x-amz-apigw-id"] = []string{"Kb9vYHgAIAMEabc="}
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
}

// invocation waits in the bare loop for an environment, and then for its answer.
type invocation struct {
	id     string
	answer chan []byte
}

// buildEcho compiles the function.
func buildEcho(b *testing.B) string {
	b.Helper()
	bootstrap := filepath.Join(b.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", bootstrap,
		"./testdata/app/echo")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building the function: %v\n%s", err, out)
	}
	return bootstrap
}

// bareLoop is the least that can stand between a client and a function: net/http in front, net/http
// as Runtime API, four environments. The event is one that the gateway would write, but never
// changes, so that the function does the same work for both.
func bareLoop(b *testing.B, bootstrap, eventFile string) string {
	b.Helper()
	event, err := os.ReadFile(filepath.Join("testdata", eventFile))
	if err != nil {
		b.Fatal(err)
	}
	waiting := make(chan *invocation)
	for range 4 {
		environment(b, bootstrap, runtimeAPI(event, waiting))
	}
	var count atomic.Int64
	return listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i := &invocation{
			id:     fmt.Sprintf("00000000-0000-0000-0000-%012d", count.Add(1)),
			answer: make(chan []byte, 1),
		}
		waiting <- i
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(<-i.answer)
	}))
}

// runtimeAPI serves one environment.
func runtimeAPI(event []byte, waiting chan *invocation) http.Handler {
	var running atomic.Pointer[invocation]
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-waiting:
			running.Store(i)
			deadline := time.Now().Add(10 * time.Second).UnixMilli()
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", i.id)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(deadline))
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response",
		func(w http.ResponseWriter, r *http.Request) {
			var body bytes.Buffer
			_, _ = body.ReadFrom(r.Body)
			w.WriteHeader(http.StatusAccepted)
			running.Load().answer <- body.Bytes()
		})
	return mux
}

// environment starts one process of the function.
func environment(b *testing.B, bootstrap string, api http.Handler) {
	b.Helper()
	process := exec.Command(bootstrap)
	process.Env = append(os.Environ(), "GOMAXPROCS=1",
		"AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(listen(b, api), "http://"))
	if err := process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
}
