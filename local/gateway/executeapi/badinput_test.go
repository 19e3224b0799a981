package executeapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/executeapi"
	"portico/local/gateway/restapi"
)

// edge is a REST API behind a real listener, and what its function and its log were told.
type edge struct {
	address string

	mu     sync.Mutex // guards what follows
	events [][]byte
	errors []string // logged
}

// Invoke is the function of /{proxy+}: it answers ok.
func (e *edge) Invoke(_ context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	e.mu.Lock()
	e.events = append(e.events, slices.Clone(in.Payload))
	e.mu.Unlock()
	return exchange.Invoked{Payload: []byte(`{"body":"ok"}`)}, nil
}

// Enabled, Handle, WithAttrs and WithGroup make it a log of errors.
func (e *edge) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (e *edge) Handle(_ context.Context, r slog.Record) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.errors = append(e.errors, r.Message)
	return nil
}

func (e *edge) WithAttrs([]slog.Attr) slog.Handler { return e }
func (e *edge) WithGroup(string) slog.Handler      { return e }

func (e *edge) lastEvent(t *testing.T) map[string]any {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.events) == 0 {
		t.Fatal("the function was not called")
	}
	var event map[string]any
	if err := json.Unmarshal(e.events[len(e.events)-1], &event); err != nil {
		t.Fatal(err)
	}
	return event
}

// definition has a function at /{proxy+}, a MOCK at /mock, one whose body a model holds at /model,
// and one whose body a parameter reads at /mapped.
func definition() api.REST {
	mock := api.Method{
		AuthorizationType: "NONE", Responses: map[string]api.MethodResponse{"200": {}},
		Integration: api.Integration{
			Type: "MOCK", PassthroughBehavior: "WHEN_NO_MATCH",
			RequestTemplates: map[string]string{"application/json": `{"statusCode": 200}`},
			Responses: []api.IntegrationResponse{{StatusCode: "200", Templates: map[string]string{
				"application/json": "$context.responseOverride.seen",
			}}},
		},
	}
	held, mapped := mock, mock
	held.RequestValidatorID, held.RequestModels = "v", map[string]string{"application/json": "M"}
	held.Integration.RequestTemplates = map[string]string{"application/json": `{"statusCode": 200}` +
		`#set($context.responseOverride.seen = $input.path('$.name'))`}
	mapped.Integration.RequestParameters = map[string]string{"integration.request.header.X": "method.request.body.a"}
	function := api.Method{AuthorizationType: "NONE", Integration: api.Integration{
		Type: "AWS_PROXY", HTTPMethod: "POST", PassthroughBehavior: "WHEN_NO_MATCH",
		URI: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
			"arn:aws:lambda:us-east-1:123456789012:function:f/invocations",
	}}
	def := api.REST{
		ID: "abc", Name: "abc", EndpointType: "REGIONAL", APIKeySource: "HEADER",
		Account:           api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Stages:            []api.Stage{{Name: "dev", DeploymentID: "d"}},
		RequestValidators: map[string]api.RequestValidator{"v": {ValidateBody: true}},
		Models: map[string]api.Model{"M": {Name: "M", Schema: []byte(
			`{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`)}},
	}
	for path, m := range map[string]api.Method{"/{proxy+}": function, "/mock": mock, "/model": held, "/mapped": mapped} {
		def.Resources = append(def.Resources, api.Resource{ID: path, Path: path, Methods: map[string]api.Method{"ANY": m}})
	}
	return def
}

// open listens with the API. At the end nothing may have panicked.
func open(t *testing.T) *edge {
	t.Helper()
	e := &edge{}
	log := slog.New(e)
	served, err := restapi.New(definition(), restapi.Dependencies{Clock: clock.System{}, Invoker: e, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	e.listen(t, served)
	return e
}

// listen has an API served, until the test ends.
func (e *edge) listen(t *testing.T, served executeapi.API) {
	t.Helper()
	log := slog.New(e)
	server, err := executeapi.Listen(executeapi.Options{Clock: clock.System{}, Log: log}, []executeapi.Mount{{ID: "abc", API: served}})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
		if len(e.errors) > 0 {
			t.Errorf("the log says %q", e.errors)
		}
	})
	url, _ := server.APIURL("abc")
	e.address = strings.Replace(strings.TrimPrefix(url, "http://"), "localhost", "127.0.0.1", 1)
}

// send writes the parts on one connection, ends it for writing, and returns the first response.
func (e *edge) send(t *testing.T, parts ...string) (status int, header http.Header, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", e.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	var writing sync.WaitGroup
	writing.Go(func() { // beside reading: a refusal comes before all is sent
		for _, part := range parts {
			if _, err := io.WriteString(conn, part); err != nil {
				return
			}
		}
		_ = conn.(*net.TCPConn).CloseWrite()
	})
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no response: %v", err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) { // of a client that was still sending
		t.Fatal(err)
	}
	_ = conn.Close()
	writing.Wait()
	return response.StatusCode, response.Header, string(text)
}

// isServing asks once more, as another client.
func (e *edge) isServing(t *testing.T) {
	t.Helper()
	status, _, body := e.send(t, "GET /dev/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
	if status != 200 || body != "ok" {
		t.Errorf("the next client gets %d %s", status, body)
	}
}

func post(path, header, body string) string {
	return fmt.Sprintf("POST %s HTTP/1.1\r\nHost: h\r\n%sContent-Length: %d\r\n\r\n%s", path, header, len(body), body)
}

func chunked(path string, chunks ...string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Join(chunks, "")
}

const (
	tooLong     = `{"message":"Request Too Long"}`
	badRequest  = `{"message":"Bad Request"}`
	invalidBody = `{"message": "Invalid request body"}`
	invalidJSON = `{"message": "Invalid JSON in request body"}`
	unknownType = `{"message": "Unsupported Media Type"}`
	anything    = "*"
)

func zipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestBadHeads(t *testing.T) {
	const get = "GET /dev/x HTTP/1.1\r\nHost: h\r\n"
	fits := strings.Repeat("x", 10_240-len("h"))
	for _, r := range append(brokenHeads(), []badHead{
		{"a brace in the query string", "GET /dev/x?a={ HTTP/1.1\r\nHost: h\r\n\r\n", 400, badRequest},
		{"header values of 10,240 bytes", get + "a: " + fits + "\r\n\r\n", 200, "ok"},
		{"header values of a byte more", get + "a: " + fits + "x\r\n\r\n", 431, `{"message":"Request Header Fields Too Large"}`},
		{"many header lines of a byte more together", get + strings.Repeat("a: "+strings.Repeat("x", 100)+"\r\n", 103) + "\r\n", 431, `{"message":"Request Header Fields Too Large"}`},
		{"a head of 1 MB", get + "a: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 431, anything},
		{"a URL of 10,241 bytes", "GET /dev/" + strings.Repeat("x", 10_241-len("/dev/")) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414, `{"message":"Request URI too long"}`},
	}...) {
		t.Run(r.name, func(t *testing.T) {
			e := open(t)
			status, _, body := e.send(t, r.send)
			if status != r.want || r.body != anything && body != r.body {
				t.Errorf("got %d %s, want %d %s", status, body, r.want, r.body)
			}
			e.isServing(t)
		})
	}
}

func TestBadBodies(t *testing.T) {
	const most = 10 << 20
	deep := strings.Repeat("[", 100_000)
	for _, r := range append(brokenBodies(), []badBody{
		{"JSON that breaks off, for a model", []string{post("/dev/model", "", `{"name":`)}, 400, invalidBody},
		{"no JSON, for a model", []string{post("/dev/model", "", `hello`)}, 400, invalidBody},
		{"JSON and then more, for a model", []string{post("/dev/model", "", `{"name":"a"} {}`)}, 400, invalidBody},
		{"JSON of 100,000 levels, for a model", []string{post("/dev/model", "", deep)}, 400, invalidBody},
		{"JSON of 100,000 levels within, for a model", []string{post("/dev/model", "", `{"name":`+deep+strings.Repeat("]", len(deep))+`}`)}, 400, invalidBody},
		{"bytes that are no UTF-8, for a model, are U+FFFD", []string{post("/dev/model", "", "{\"name\":\"a\xff\"}")}, 200, "a\uFFFD"},
		{"half of a pair of surrogates is no text", []string{post("/dev/model", "", `{"name":"\ud800"}`)}, 200, anything},
		{"JSON that breaks off, for a parameter", []string{post("/dev/mapped", "", `{"a":`)}, 400, invalidJSON},
		{"JSON of 100,000 levels, for a parameter", []string{post("/dev/mapped", "", deep)}, 400, invalidJSON},
		{"10 MB", []string{post("/dev/mock", "", strings.Repeat("x", most))}, 200, ""},
		{"10 MB and one byte", []string{post("/dev/mock", "", strings.Repeat("x", most+1))}, 413, tooLong},
		{"10 MB in chunks", []string{chunked("/dev/mock", "a00000\r\n"), strings.Repeat("x", most), "\r\n0\r\n\r\n"}, 200, ""},
		{"10 MB and one byte in chunks", []string{chunked("/dev/mock", "a00001\r\n"), strings.Repeat("x", most+1), "\r\n0\r\n\r\n"}, 413, tooLong},
		{"30 MB, of which a refusal does not wait", []string{post("/dev/mock", "", strings.Repeat("x", 30<<20))}, 413, tooLong},
		{"gzip that expands over 10 MB", []string{post("/dev/mock", "Content-Encoding: gzip\r\n", zipped(t, strings.Repeat(" ", most+1)))}, 413, tooLong},
		{"gzip that is none", []string{post("/dev/x", "Content-Encoding: gzip\r\n", "hello")}, 415, unknownType},
		{"a coding that no API knows", []string{post("/dev/x", "Content-Encoding: br\r\n", "hello")}, 415, unknownType},
	}...) {
		t.Run(r.name, func(t *testing.T) {
			e := open(t)
			status, header, body := e.send(t, r.send...)
			if status != r.want || r.body != anything && body != r.body {
				t.Errorf("got %d %.100s, want %d %s", status, body, r.want, r.body)
			}
			if got := header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %q", got)
			}
			e.isServing(t)
		})
	}
}

// What a function gets of input that is odd and still let in.
func TestOddInputForFunctions(t *testing.T) {
	for _, r := range []struct{ name, send, field, want string }{
		{"a body in chunks is one", chunked("/dev/x", "2;a=b\r\nab\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\n"), "body", "abc"},
		{"chunks win over a length", "POST /dev/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "body", "abc"},
		{"a body that is no UTF-8 has U+FFFD", post("/dev/x", "", "a\xffb"), "body", "a\uFFFDb"},
		{"a path that is no UTF-8 has U+FFFD", post("/dev/\xff", "", ""), "path", "/\uFFFD"},
		{"an escape of the query string that is none stays", post("/dev/x?a=%zz", "", ""), "queryStringParameters", "map[a:%zz]"},
		{"a zero byte of the body stays", post("/dev/x", "", "a\x00b"), "body", "a\x00b"},
		{"HTTP/1.0 is HTTP/1.1", "GET /dev/x HTTP/1.0\r\nHost: h\r\n\r\n", "httpMethod", "GET"},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := open(t)
			if status, _, body := e.send(t, r.send); status != 200 {
				t.Fatalf("got %d %s", status, body)
			}
			event := e.lastEvent(t)
			if got := fmt.Sprint(event[r.field]); got != r.want {
				t.Errorf("the event has %q, want %q", got, r.want)
			}
			if got := event["requestContext"].(map[string]any)["protocol"]; got != "HTTP/1.1" {
				t.Errorf("the protocol is %v", got)
			}
			e.isServing(t)
		})
	}
}
