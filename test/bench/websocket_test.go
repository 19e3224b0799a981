package bench

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/runner"
)

// BenchmarkIdleConnections opens 20,000 WebSocket connections, or as many as the process may have
// files, and reports what each holds of this process's memory while nothing happens on it. Clients
// are in another process. An account gets 500 new connections a second, so this takes a while.
func BenchmarkIdleConnections(b *testing.B) {
	const wanted, spare = 20_000, 200
	count := min(wanted, files(b)-spare)
	if count < wanted {
		b.Logf("this process may open %d files: %d connections are opened", count+spare, count)
	}
	api := serveWebSocket(b)
	for b.Loop() {
		before := resident(b)
		goroutines := runtime.NumGoroutine()
		c := startClients(b, api, count)
		b.ReportMetric(float64(resident(b)-before)/float64(count), "RSS-B/connection")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/float64(count), "goroutines/connection")
		b.ReportMetric(float64(count), "connections")
		c.end(b)
	}
}

// BenchmarkPushes broadcasts to 1,000 connections through @connections: 16 senders, each call
// signed.
func BenchmarkPushes(b *testing.B) {
	const connections, senders = 1000, 16
	api := serveWebSocket(b)
	c := startClients(b, api, connections)
	defer c.end(b)
	calls := c.posts(b, api)
	pace := &pacer{}
	sent := 0
	var spent time.Duration
	for b.Loop() {
		pace.wait(b)
		began := time.Now()
		sent += broadcast(b, api, calls, burst/connections, senders)
		c.hear(b, sent)
		pace.ended = time.Now()
		spent += pace.ended.Sub(began)
	}
	b.ReportMetric(float64(sent)/spent.Seconds(), "pushes/s")
}

// webSocketAPI is an API without routes, being served.
type webSocketAPI struct{ host, path, state string }

func serveWebSocket(b *testing.B) webSocketAPI {
	b.Helper()
	template, err := filepath.Abs("testdata/websocket/template.yaml")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	settings := []byte("template: " + template + "\n")
	if err := os.WriteFile(filepath.Join(dir, "portico.yaml"), settings, 0o644); err != nil {
		b.Fatal(err)
	}
	r := runner.Start(b, runner.Options{Dir: dir, State: filepath.Join(dir, "state")})
	host, path, _ := strings.Cut(strings.TrimPrefix(r.Addresses()[0].URL, "ws://"), "/")
	return webSocketAPI{strings.Replace(host, "localhost", "127.0.0.1", 1), "/" + path, dir}
}

// files returns how many files this process may open: all that its hard limit allows.
func files(b *testing.B) int {
	b.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	return int(min(limit.Max, 1<<20))
}

// resident returns the bytes of memory that this process really has, without what it could give
// back.
func resident(b *testing.B) int {
	b.Helper()
	debug.FreeOSMemory()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("this system has no /proc, which tells how much memory a process has")
	}
	for line := range strings.Lines(string(status)) {
		if text, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.Atoi(strings.Fields(text)[0])
			if err != nil {
				b.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	b.Fatal("/proc/self/status has no VmRSS")
	return 0
}

// clients are a process with open connections.
type clients struct {
	input  io.WriteCloser
	output *bufio.Scanner
	ended  func() error
	ids    []string
}

func startClients(b *testing.B, api webSocketAPI, count int) *clients {
	b.Helper()
	program := filepath.Join(b.TempDir(), "clients")
	build := exec.Command("go", "build", "-o", program, "./testdata/websocket/clients")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building the clients: %v\n%s", err, out)
	}
	command := exec.Command(program, api.host, api.path, strconv.Itoa(count))
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	c := &clients{input: input, output: bufio.NewScanner(output), ended: command.Wait}
	for c.output.Scan() {
		if c.output.Text() == "ready" {
			return c
		}
		c.ids = append(c.ids, c.output.Text())
	}
	b.Fatalf("the clients ended after %d connections: %v", len(c.ids), command.Wait())
	return nil
}

// hear waits until the clients have heard so many messages.
func (c *clients) hear(b *testing.B, count int) {
	b.Helper()
	_, err := fmt.Fprintln(c.input, count)
	if err != nil || !c.output.Scan() || c.output.Text() != "heard" {
		b.Fatalf("waiting for the clients: %v", err)
	}
}

func (c *clients) end(b *testing.B) {
	b.Helper()
	if err := c.input.Close(); err != nil {
		b.Error(err)
	}
	if err := c.ended(); err != nil {
		b.Error(err)
	}
}

// posts are the calls that push to each connection, signed: as they are on the wire.
func (c *clients) posts(b *testing.B, api webSocketAPI) []string {
	b.Helper()
	keys, err := runner.Credentials(b.Context(),
		runner.Options{Dir: api.state, State: filepath.Join(api.state, "state")}, "pusher")
	if err != nil {
		b.Fatal(err)
	}
	const data = `{"type":"order.changed","order":{"id":"o-1","status":"shipped","total":1250}}`
	sum := sha256.Sum256([]byte(data))
	calls := make([]string, 0, len(c.ids))
	for _, id := range c.ids {
		r, err := http.NewRequest(http.MethodPost,
			"http://"+api.host+api.path+"/@connections/"+url.PathEscape(id), strings.NewReader(data))
		if err != nil {
			b.Fatal(err)
		}
		if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{
			AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
			SessionToken: keys.SessionToken,
		}, r, hex.EncodeToString(sum[:]), "execute-api", "us-east-1", time.Now()); err != nil {
			b.Fatal(err)
		}
		var wire strings.Builder
		if err := r.Write(&wire); err != nil {
			b.Fatal(err)
		}
		calls = append(calls, wire.String())
	}
	return calls
}

// broadcast makes all calls so many times, and returns how many that are.
func broadcast(b *testing.B, api webSocketAPI, calls []string, times, senders int) int {
	b.Helper()
	var sending sync.WaitGroup
	errs := make([]error, senders)
	for s := range senders {
		conn, err := dial(target{address: api.host + api.path})
		if err != nil {
			b.Fatal(err)
		}
		defer conn.conn.Close()
		sending.Go(func() {
			for range times {
				for i := s; i < len(calls) && errs[s] == nil; i += senders {
					conn.request = []byte(calls[i])
					errs[s] = conn.call()
				}
			}
		})
	}
	sending.Wait()
	for _, err := range errs {
		if err != nil {
			b.Fatal(err)
		}
	}
	return times * len(calls)
}
