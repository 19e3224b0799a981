package test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"portico/local/runner"
)

// newClient returns a client that keeps no connection: a scenario leaves nothing behind.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute,
	}
}

// call makes an HTTP request: call METHOD URL [name:value...] [@FILE]. Its standard output is the
// status, the header lines and the body; "! call" wants a status of 400 or more.
func call(ts *testscript.TestScript, negated bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: call METHOD URL [name:value...] [@FILE]")
	}
	body, header := "", http.Header{}
	for _, arg := range args[2:] {
		if file, found := strings.CutPrefix(arg, "@"); found {
			body = ts.ReadFile(file)
			continue
		}
		name, value, _ := strings.Cut(arg, ":")
		header.Set(name, strings.TrimSpace(value))
	}
	request, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	request.Header = header
	send(ts, negated, request)
}

// send makes a request and prints its answer.
func send(ts *testscript.TestScript, negated bool, request *http.Request) {
	response, err := newClient().Do(request)
	ts.Check(err)
	printAnswer(ts, negated, response)
}

// printAnswer prints an answer, and judges whether it is of the wanted kind.
func printAnswer(ts *testscript.TestScript, negated bool, response *http.Response) {
	request := response.Request
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	ts.Check(err)
	_, _ = fmt.Fprintln(ts.Stdout(), response.Status)
	for _, name := range slices.Sorted(maps.Keys(response.Header)) {
		_, _ = fmt.Fprintf(ts.Stdout(), "%s: %s\n", name, strings.Join(response.Header[name], ", "))
	}
	_, _ = fmt.Fprintf(ts.Stdout(), "\n%s\n", text)
	if failed := response.StatusCode >= 400; failed != negated {
		ts.Fatalf("%s %s answered %s\n%s", request.Method, request.URL, response.Status, text)
	}
}

// signed makes a request that the AWS SDK's signer signed with the keys of a role, or with keys of
// nobody: signed METHOD URL ROLE|-. It prints and judges as call does.
func signed(ts *testscript.TestScript, negated bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: signed METHOD URL ROLE|-")
	}
	keys := runner.Keys{AccessKeyID: "ASIANOBODY", SecretAccessKey: "nothing", SessionToken: "none"}
	if args[2] != "-" {
		var err error
		keys, err = runner.Credentials(context.Background(), runner.Options{
			Dir: ts.Getenv("WORK"), Template: ts.MkAbs("template.yaml"),
		}, args[2])
		ts.Check(err)
	}
	request, err := http.NewRequest(args[0], args[1], http.NoBody)
	ts.Check(err)
	const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	ts.Check(v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
		SessionToken: keys.SessionToken,
	}, request, emptyHash, "execute-api", "us-east-1", time.Now()))
	send(ts, negated, request)
}

// hammering is a loop of calls.
type hammering struct {
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex     // guards answers
	answers map[string]int // how often each status and body came, or what went wrong
}

// hammer calls an address over and over: hammer URL.
func hammer(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: hammer URL")
	}
	ctx, cancel := context.WithCancel(context.Background())
	h := &hammering{cancel: cancel, answers: map[string]int{}}
	sceneOf(ts).hammering = h
	for range 4 {
		h.done.Go(func() { h.run(ctx, args[0]) })
	}
	ts.Defer(h.end)
}

func (h *hammering) end() {
	h.cancel()
	h.done.Wait()
}

func (h *hammering) run(ctx context.Context, url string) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	for ctx.Err() == nil {
		answer := get(client, url) // not with ctx: a call that has begun is finished
		h.mu.Lock()
		h.answers[answer]++
		h.mu.Unlock()
	}
}

func get(client *http.Client, url string) string {
	response, err := client.Get(url)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return response.Status + " " + string(body)
}

// hammered ends the loop, prints how often each answer came, and wants all of them to be 200.
func hammered(ts *testscript.TestScript, _ bool, _ []string) {
	h := sceneOf(ts).hammering
	h.end()
	dropped := false
	for _, answer := range slices.Sorted(maps.Keys(h.answers)) {
		_, _ = fmt.Fprintf(ts.Stdout(), "%d times %s\n", h.answers[answer], answer)
		dropped = dropped || !strings.HasPrefix(answer, "200 ")
	}
	if dropped {
		ts.Fatalf("not every call was served: %v", h.answers)
	}
}

// exits runs a command and wants this exit code of it: exits 2 portico check.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("%v exited with %d, want %s", args[1:], got, args[0])
	}
}

// occupy takes ports that are free, and sets a variable to each: occupy PORT. With "free" they are
// given back for somebody else to listen on: occupy free PORT.
func occupy(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) == 0 {
		ts.Fatalf("usage: occupy [free] VARIABLE...")
	}
	free := args[0] == "free"
	for _, name := range args {
		if name == "free" {
			continue
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(name, strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
		if free {
			defer listener.Close() // when all are known, so that they differ
			continue
		}
		ts.Defer(func() { _ = listener.Close() })
	}
}

// expand puts the values of variables in the place of ${NAME} in a file: expand FILE.
func expand(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: expand FILE")
	}
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// capture sets a variable to what the first group of a regular expression matches in the standard
// output of the last command: capture ID 'id: (.*)'.
func capture(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: capture VARIABLE REGEXP")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	match := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(match) < 2 {
		ts.Fatalf("the standard output has no match of %q", args[1])
	}
	ts.Setenv(args[0], match[1])
}
