package executeapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
)

// httpEdge is an HTTP API behind a real listener; its function gets every call, on the stage dev.
type httpEdge struct{ *edge }

// Invoke answers ok, in the words of payload format 2.0.
func (e httpEdge) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	_, err := e.edge.Invoke(ctx, in)
	return exchange.Invoked{Payload: []byte(`{"statusCode":200,"body":"ok"}`)}, err
}

func httpDefinition() api.HTTP {
	return api.HTTP{
		ID: "abc", Name: "abc",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Integrations: map[string]api.V2Integration{"f": {
			ID: "f", Type: "AWS_PROXY", URI: "arn:aws:lambda:us-east-1:123456789012:function:f",
			PayloadFormatVersion: "2.0", TimeoutMillis: 30_000,
		}},
		Routes: []api.Route{{Key: "$default", AuthorizationType: "NONE", IntegrationID: "f"}},
		Stages: []api.Stage{{Name: "dev", AutoDeploy: true}},
	}
}

func openHTTP(t *testing.T) httpEdge {
	t.Helper()
	e := httpEdge{&edge{}}
	served, err := httpapi.New(httpDefinition(), httpapi.Dependencies{
		Clock: clock.System{}, Invoker: e, Log: slog.New(e.edge),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.listen(t, served)
	return e
}

const (
	headTooLarge = `{"message":"Request Header Fields Too Large"}`
	bodyTooLarge = `{"message":"Request Entity Too Large"}`
)

func TestBadHeadsForHTTPAPIs(t *testing.T) {
	const get = "GET /dev/x HTTP/1.1\r\nHost: h\r\n"
	filled := func(size int) string { // a head of so many bytes, its last empty line left out
		return get + "a: " + strings.Repeat("x", size-len(get+"a: \r\n")) + "\r\n\r\n"
	}
	target := func(size int) string {
		const around = "GET /dev/ HTTP/1.1\r\nHost: h\r\n"
		return "GET /dev/" + strings.Repeat("x", size-len(around)) + " HTTP/1.1\r\nHost: h\r\n\r\n"
	}
	for _, r := range append(brokenHeads(), []badHead{
		{"a brace in the query string", "GET /dev/x?a={ HTTP/1.1\r\nHost: h\r\n\r\n", 200, "ok"},
		{"a head of 10,240 bytes", filled(10_240), 200, "ok"},
		{"a head of a byte more", filled(10_241), 431, headTooLarge},
		{"a URL that makes it 10,240 bytes", target(10_240), 200, "ok"},
		{"a URL of a byte more", target(10_241), 431, headTooLarge},
		{"many header lines", get + strings.Repeat("a: b\r\n", 2_000) + "\r\n", 431, headTooLarge},
		{"a head of 1 MB", get + "a: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 431, anything},
		{"a method that nobody knows", "BREW /dev/x HTTP/1.1\r\nHost: h\r\n\r\n", 200, "ok"},
		{"no stage", "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 404, `{"message":"Not Found"}`},
	}...) {
		t.Run(r.name, func(t *testing.T) {
			e := openHTTP(t)
			status, header, body := e.send(t, r.send)
			if status != r.want || r.body != anything && body != r.body {
				t.Errorf("got %d %s, want %d %s", status, body, r.want, r.body)
			}
			if r.body != anything && len(header.Get("Apigw-Requestid")) != 16 {
				t.Errorf("apigw-requestid is %q", header.Get("Apigw-Requestid"))
			}
			e.isServing(t)
		})
	}
}

func TestBadBodiesForHTTPAPIs(t *testing.T) {
	const most = 10 << 20
	for _, r := range append(brokenBodies(), []badBody{
		{"10 MB", []string{post("/dev/x", "", strings.Repeat("x", most))}, 200, "ok"},
		{"10 MB and one byte", []string{post("/dev/x", "", strings.Repeat("x", most+1))}, 413, bodyTooLarge},
		{"10 MB in chunks", []string{chunked("/dev/x", "a00000\r\n"), strings.Repeat("x", most), "\r\n0\r\n\r\n"}, 200, "ok"},
		{"10 MB and one byte in chunks", []string{chunked("/dev/x", "a00001\r\n"), strings.Repeat("x", most+1), "\r\n0\r\n\r\n"}, 413, bodyTooLarge},
		{"30 MB, of which a refusal does not wait", []string{post("/dev/x", "", strings.Repeat("x", 30<<20))}, 413, bodyTooLarge},
		{"JSON of 100,000 levels is a text", []string{post("/dev/x", "Content-Type: application/json\r\n", strings.Repeat("[", 100_000))}, 200, "ok"},
		{"JSON that breaks off is a text", []string{post("/dev/x", "Content-Type: application/json\r\n", `{"a":`)}, 200, "ok"},
		{"a coding that no API knows", []string{post("/dev/x", "Content-Encoding: br\r\n", "hello")}, 200, "ok"},
	}...) {
		t.Run(r.name, func(t *testing.T) {
			e := openHTTP(t)
			status, _, body := e.send(t, r.send...)
			if status != r.want || body != r.body {
				t.Errorf("got %d %.100s, want %d %s", status, body, r.want, r.body)
			}
			e.isServing(t)
		})
	}
}

// What a function gets of input that is odd and still let in.
func TestOddInputForFunctionsOfHTTPAPIs(t *testing.T) {
	const text, get = "Content-Type: text/plain\r\n", "GET /dev/x HTTP/1.1\r\nHost: h\r\n"
	inChunks := "POST /dev/x HTTP/1.1\r\nHost: h\r\n" + text + "Transfer-Encoding: chunked\r\n"
	for _, r := range []struct{ name, send, member, want string }{
		{"a body in chunks is one", inChunks + "\r\n2;a=b\r\nab\r\n1\r\nc\r\n0\r\nTrailer: t\r\n\r\n", "body", "abc"},
		{"its length is counted", inChunks + "\r\n3\r\nabc\r\n0\r\n\r\n", "headers.content-length", "3"},
		{"how it came is not told", inChunks + "\r\n3\r\nabc\r\n0\r\n\r\n", "headers.transfer-encoding", "<nil>"},
		{"a text that is no UTF-8 has U+FFFD", post("/dev/x", text, "a\xffb"), "body", "a\uFFFDb"},
		{"bytes of no type are whole", post("/dev/x", "", "a\xff\x00"), "body", "Yf8A"},
		{"a zero byte of a text stays", post("/dev/x", text, "a\x00b"), "body", "a\x00b"},
		{"a path that is no UTF-8 has U+FFFD", post("/dev/\xff", "", ""), "rawPath", "/dev/\uFFFD"},
		{"an escaped path that is no UTF-8 too", post("/dev/%ff", "", ""), "rawPath", "/dev/\uFFFD"},
		{"an escape of the query string that is none stays", post("/dev/x?a=%zz", "", ""), "queryStringParameters", "map[a:%zz]"},
		{"names of any case are one header", get + "X-A: 1\r\nx-a: 2\r\nX-a: 3\r\n\r\n", "headers.x-a", "1,2,3"},
		{"an empty value is one", get + "X-A:\r\n\r\n", "headers.x-a", ""},
		{"blanks around a value are none of it", get + "X-A: \t a b \t\r\n\r\n", "headers.x-a", "a b"},
		{"a folded line is one line", get + "X-A: 1\r\n  2\r\n\r\n", "headers.x-a", "1 2"},
		{"an odd name stays, in lower case", get + "X_!#$%&'*+.^`|~A: 1\r\n\r\n", "headers", ""},
		{"a value that is no UTF-8 has U+FFFD", get + "X-A: \xe4\r\n\r\n", "headers.x-a", "\uFFFD"},
		{"many cookies in many lines", get + "Cookie: a=1; b\r\ncookie: c=;;\r\n\r\n", "cookies", "[a=1 b c=]"},
		{"a client says not who it is for", get + "X-Forwarded-Proto: gopher\r\n\r\n", "headers.x-forwarded-proto", "http"},
		{"a client's id is not API Gateway's", get + "apigw-requestid: mine\r\n\r\n", "headers.apigw-requestid", "mine"},
		{"HTTP/1.0 is HTTP/1.1", "GET /dev/x HTTP/1.0\r\nHost: h\r\n\r\n", "requestContext.http.protocol", "HTTP/1.1"},
	} {
		t.Run(r.name, func(t *testing.T) {
			e := openHTTP(t)
			if status, _, body := e.send(t, r.send); status != 200 {
				t.Fatalf("got %d %s", status, body)
			}
			var at any = e.lastEvent(t)
			if r.want == "" && r.member == "headers" { // its name has dots
				if got := at.(map[string]any)["headers"].(map[string]any)["x_!#$%&'*+.^`|~a"]; got != "1" {
					t.Errorf("the header is %v", got)
				}
				return
			}
			for name := range strings.SplitSeq(r.member, ".") {
				at = at.(map[string]any)[name]
			}
			if got := fmt.Sprint(at); got != r.want {
				t.Errorf("%s is %q, want %q", r.member, got, r.want)
			}
			e.isServing(t)
		})
	}
}

// FuzzHTTPEvent sends whatever to an HTTP API: it answers, and a function gets JSON.
func FuzzHTTPEvent(f *testing.F) {
	f.Add("/dev/x?a=1", "X-A: 1", "body")
	f.Add("/dev/%ff/{}", "Cookie: a=1;;b", "\xff")
	f.Fuzz(func(t *testing.T, target, header, body string) {
		e := httpEdge{&edge{}}
		served, err := httpapi.New(httpDefinition(), httpapi.Dependencies{
			Clock: clock.System{}, Invoker: e, Log: slog.New(e.edge),
		})
		if err != nil {
			t.Fatal(err)
		}
		name, value, _ := strings.Cut(header, ": ")
		path, query, _ := strings.Cut(target, "?")
		reply := served.Serve(context.Background(), &exchange.Request{
			Method: "POST", RawPath: path, RawQuery: query, Protocol: "HTTP/1.1", Host: "h",
			Header: exchange.Header{{Name: name, Value: value}}, Body: []byte(body),
		})
		if reply.Status >= 500 {
			t.Errorf("got %d %s", reply.Status, reply.Body)
		}
		for _, event := range e.events {
			if !json.Valid(event) {
				t.Errorf("no JSON: %q", event)
			}
		}
	})
}
