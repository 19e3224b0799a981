package lambda_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portico/local/control/lambda"
	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	plane "portico/local/lambda"
)

// handler is a function's program: the bootstrap of local/lambda's own tests, zipped.
var handler = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "handler")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "bootstrap")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", path,
		"portico/local/lambda/testdata/handler")
	if said, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return zipped(entry{name: "bootstrap", mode: 0o755, content: string(program)}), nil
})

// TestMain leaves out the clock of regexp2, which ends a second after its last search.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

// entry is a file of a zip.
type entry struct {
	name    string
	mode    os.FileMode
	content string
}

func zipped(entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		header.SetMode(e.mode)
		file, err := w.CreateHeader(header)
		if err == nil {
			_, err = io.WriteString(file, e.content)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// host serves what is put with local/lambda itself.
type host struct {
	functions *plane.Service
	described plane.Configuration
	urls      []api.FunctionURL // that were put
	puts      plane.Configuration
}

func (h *host) Put(ctx context.Context, c plane.Configuration, urls []api.FunctionURL) error {
	h.urls, h.puts = urls, c
	c.Functions = append(c.Functions, h.described.Functions...)
	c.Versions = append(c.Versions, h.described.Versions...)
	c.Aliases = append(c.Aliases, h.described.Aliases...)
	err := h.functions.Deploy(ctx, c)
	var broken plane.Failures
	if errors.As(err, &broken) {
		return nil
	}
	return err
}

func (h *host) Described() (plane.Configuration, []api.FunctionURL) { return h.described, nil }

func (h *host) Functions() *plane.Service { return h.functions }

func (h *host) Object(_ context.Context, bucket, _ string) ([]byte, error) {
	if bucket != "code" {
		return nil, &lambda.ObjectError{
			Code: "NoSuchBucket", Message: "The specified bucket does not exist",
		}
	}
	return handler()
}

func (h *host) Address() string { return "http://localhost:3000" }

// client calls the operations as the door does.
type client struct {
	t        testing.TB
	model    *model.Service
	service  *lambda.Service
	host     *host
	handlers model.Handlers
}

const base = "arn:aws:lambda:us-east-1:123456789012:"

func newClient(t testing.TB, state string, described plane.Configuration) *client {
	t.Helper()
	loaded, err := model.Load("lambda")
	if err != nil {
		t.Fatal(err)
	}
	h := &host{described: described, functions: plane.New(plane.Options{
		StateDir: filepath.Join(state, "functions"), Published: filepath.Join(state, "published"),
		Log: func(plane.Line) {},
	})}
	t.Cleanup(func() {
		if err := h.functions.Close(); err != nil {
			t.Error(err)
		}
	})
	service, err := lambda.Open(lambda.Options{
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Dir:     filepath.Join(state, "control"), Clock: clock.NewManual(time.Unix(1_700_000_000, 0)),
		Host: h,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := service.Refresh(); err != nil {
		t.Fatal(err)
	}
	return &client{
		t: t, model: loaded, service: service, host: h, handlers: service.Handlers(),
	}
}

// answer is what a client is sent.
type answer struct {
	model.Answer
	text string
}

// send makes a request: "POST /2015-03-31/functions", with a body that may be empty, and headers.
func (c *client) send(line, body string, headers ...string) answer {
	c.t.Helper()
	method, target, _ := strings.Cut(line, " ")
	request := httptest.NewRequest(method, target, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	operation, params := c.model.Match(request)
	if operation == nil {
		c.t.Fatalf("%s is no operation", line)
	}
	in, err := c.model.Input(operation, request, params, []byte(body))
	var out model.Object
	if err == nil {
		out, err = c.handlers[operation.Name](c.t.Context(), model.Call{
			Account: "123456789012", Region: "us-east-1", Input: in, RequestID: "request",
		})
	}
	var refused *model.Error
	if errors.As(err, &refused) {
		made := c.model.Refusal(refused, "request")
		return answer{made, string(made.Body)}
	}
	if err != nil {
		c.t.Errorf("%s %s fails: %v", line, body, err)
		return answer{}
	}
	made := c.model.Output(operation, out, "request")
	if made.Stream != nil {
		defer made.Stream.Close()
		if made.Body, err = io.ReadAll(made.Stream); err != nil {
			c.t.Error(err)
		}
	}
	return answer{made, string(made.Body)}
}

// do makes a request that succeeds, and returns its answer.
func (c *client) do(line, body string, headers ...string) map[string]any {
	c.t.Helper()
	got := c.send(line, body, headers...)
	if got.Status >= 300 {
		c.t.Fatalf("%s answers %d: %s", line, got.Status, got.text)
	}
	tree := map[string]any{}
	if strings.HasPrefix(got.text, "{") {
		if err := json.Unmarshal(got.Body, &tree); err != nil {
			c.t.Fatalf("%s answers %s: %v", line, got.text, err)
		}
	}
	return tree
}

const (
	functions = "POST /2015-03-31/functions"
	role      = `"Role":"arn:aws:iam::123456789012:role/r"`
)

// create makes a function that is never called; settings are more members, each after a comma.
func (c *client) create(name, settings string) map[string]any {
	c.t.Helper()
	return c.do(functions, definition(name, settings, zipped(entry{"bootstrap", 0o755, "#!/bin/false"})))
}

// createHandler makes a function of the handler.
func (c *client) createHandler(name, settings string) map[string]any {
	c.t.Helper()
	program, err := handler()
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do(functions, definition(name, settings, program))
}

func definition(name, settings string, code []byte) string {
	return `{"FunctionName":"` + name + `","Runtime":"provided.al2023","Handler":"bootstrap",` + role +
		`,"Code":{"ZipFile":"` + base64.StdEncoding.EncodeToString(code) + `"}` + settings + `}`
}

func (c *client) wantRefused(t *testing.T, line, body string, status int, code, want string) {
	t.Helper()
	got := c.send(line, body)
	if got.Status != status || got.Header.Get("x-amzn-ErrorType") != code || got.text != want {
		t.Errorf("%s %.200s\n got %d %s %s\nwant %d %s %s", line, body, got.Status,
			got.Header.Get("x-amzn-ErrorType"), got.text, status, code, want)
	}
}
