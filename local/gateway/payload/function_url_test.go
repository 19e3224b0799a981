package payload_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

func urlCall() *payload.HTTPCall {
	received := time.Date(2020, 3, 12, 19, 3, 58, 390e6, time.UTC)
	const host = "<url-id>.lambda-url.us-west-2.on.aws"
	return &payload.HTTPCall{
		Request: &exchange.Request{
			Method: "POST", RawPath: "/my/path", Protocol: "HTTP/1.1", SourceIP: "123.123.123.123",
			RawQuery: "parameter1=value1&parameter1=value2&parameter2=value",
			Host:     host, Received: received, Body: []byte("Hello from client!"),
			Header: exchange.Header{
				{Name: "Host", Value: host},
				{Name: "User-Agent", Value: "agent"},
				{Name: "Header1", Value: "value1"},
				{Name: "header2", Value: "value1"},
				{Name: "Header2", Value: "value2"},
				{Name: "Cookie", Value: "cookie1; cookie2"},
				{Name: "Content-Type", Value: "text/plain"},
				{Name: "Content-Length", Value: "18"},
			},
		},
		Variables: &exchange.Variables{
			AccountID: "123456789012", APIID: "<urlid>", Stage: "$default", RouteKey: "$default",
			DomainName: host, DomainPrefix: "<url-id>", RequestID: "id", HTTPMethod: "POST",
			Protocol: "HTTP/1.1", RequestTime: received, SourceIP: "123.123.123.123",
			UserAgent: "agent", TraceID: "Root=1-5e6a871e-000000000000000000000000",
		},
	}
}

func lambdaGoEvent(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "events", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// missing lists the members of want that got has not, or has otherwise.
func missing(t *testing.T, at string, want, got any) {
	t.Helper()
	members, isObject := want.(map[string]any)
	if !isObject {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", at, diff)
		}
		return
	}
	have, _ := got.(map[string]any)
	for name, value := range members {
		missing(t, at+"."+name, value, have[name])
	}
}

func TestFunctionURLEventHasEveryFieldOfTheSample(t *testing.T) {
	c := urlCall()
	c.Authorizer = payload.AppendIAMAuthorizer20(nil, &exchange.Caller{
		AccessKey: "AKIA...", AccountID: "111122223333", Caller: "AIDA...", User: "AIDA...",
		UserARN: "arn:aws:iam::111122223333:user/example-user",
	})
	var want, got map[string]any
	if err := json.Unmarshal(lambdaGoEvent(t, "lambda-urls-request.json"), &want); err != nil {
		t.Fatal(err)
	}
	event := payload.AppendFunctionURL(nil, c)
	if err := json.Unmarshal(event, &got); err != nil {
		t.Fatal(err)
	}
	// The sample's two times are not the same moment.
	want["requestContext"].(map[string]any)["timeEpoch"] = 1584039838390.0
	missing(t, "event", want, got)
	var read events.LambdaFunctionURLRequest
	if err := json.Unmarshal(event, &read); err != nil || read.RequestContext.Authorizer.IAM == nil {
		t.Errorf("aws-lambda-go reads %+v, %v", read, err)
	}
}

// The expectations are those of events that were captured on AWS (recorded 2025-11-24 by LocalStack's
// tests, and 2026-07-10 by hotsock/voker).
func TestFunctionURLEvent(t *testing.T) {
	rows := []struct {
		name   string
		change func(*payload.HTTPCall)
		at     []string
		want   any // nil is absent
	}{
		{"the raw path keeps its escapes", path("/a%2Fb/c%20d"), []string{"rawPath"}, "/a%2Fb/c%20d"},
		{"the path of the context is decoded", path("/capture/space%20value"), []string{"requestContext", "http", "path"}, "/capture/space value"},
		{"a broken escape stays", path("/pa2%Fth/1"), []string{"requestContext", "http", "path"}, "/pa2%Fth/1"},
		{"cookies stand among the headers too", nil, []string{"headers", "cookie"}, "cookie1; cookie2"},
		{"a length that was sent", nil, []string{"headers", "content-length"}, "18"},
		{"a length that was not sent", bodiless, []string{"headers", "content-length"}, nil},
		{"no body", bodiless, []string{"body"}, nil},
		{"a multipart body is base64", func(c *payload.HTTPCall) {
			c.Request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		}, []string{"body"}, "SGVsbG8gZnJvbSBjbGllbnQh"},
		{"no path parameters", nil, []string{"pathParameters"}, nil},
		{"no stage variables", nil, []string{"stageVariables"}, nil},
		{"no authentication", nil, []string{"requestContext", "authentication"}, nil},
		{"no authorizer without IAM", nil, []string{"requestContext", "authorizer"}, nil},
		{"the route key is a placeholder", nil, []string{"routeKey"}, "$default"},
		{"and that of the context", nil, []string{"requestContext", "routeKey"}, "$default"},
		{"no TLS", nil, []string{"headers", "x-amzn-tls-version"}, nil},
		{"TLS", secure, []string{"headers", "x-amzn-tls-version"}, "TLSv1.3"},
		{"its cipher suite", secure, []string{"headers", "x-amzn-tls-cipher-suite"}, "TLS_AES_128_GCM_SHA256"},
		{"the query is decoded", func(c *payload.HTTPCall) {
			c.Request.RawQuery = "literalPlus=a+b&encodedPlus=a%2Bb"
		}, []string{"queryStringParameters"}, map[string]any{"literalPlus": "a b", "encodedPlus": "a+b"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := urlCall()
			if r.change != nil {
				r.change(c)
			}
			var got any
			if err := json.Unmarshal(payload.AppendFunctionURL(nil, c), &got); err != nil {
				t.Fatal(err)
			}
			for _, name := range r.at {
				members, _ := got.(map[string]any)
				got = members[name]
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func path(raw string) func(*payload.HTTPCall) {
	return func(c *payload.HTTPCall) { c.Request.RawPath = raw }
}

func bodiless(c *payload.HTTPCall) {
	c.Request.Body = nil
	c.Request.Header.Del("Content-Length")
}

func secure(c *payload.HTTPCall) {
	c.Request.TLS, c.Request.TLSVersion = true, "TLSv1.3"
	c.Request.CipherSuite = "TLS_AES_128_GCM_SHA256"
}

// The first rows are LocalStack's recordings of AWS (test_lambda_url_invocation, spec lambda.md §11).
func TestReadFunctionURL(t *testing.T) {
	const inferred = "200\ncontent-type: application/json\n\n"
	rows := []struct{ name, output, want string }{
		{"an object", `{"hello":"world"}`, inferred + `{"hello":"world"}`},
		{"a list", `["hello",3,true]`, inferred + `["hello",3,true]`},
		{"a string", `"hello"`, inferred + "hello"},
		{"a number", "3.1", inferred + "3.1"},
		{"a truth value", "true", inferred + "true"},
		{"a body that is an object", `{"statusCode":200,"body":{"a": 1}}`, "200\n\n" + `{"a": 1}`},
		{"no content type", `{"statusCode":200,"body":"body123"}`, "200\n\nbody123"},
		{
			"cookies", `{"statusCode":201,"headers":{"My-Custom-Header":"Custom Value"},"cookies":["a=1","b=2"]}`,
			"201\nMy-Custom-Header: Custom Value\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n",
		},
		{"base64", `{"statusCode":200,"body":"AAH/","isBase64Encoded":true}`, "200\n\n\x00\x01\xff"},
		{"lines that Lambda writes itself are kept for it", `{"statusCode":204,"headers":{"Content-Length":"7","X":1}}`, "204\nContent-Length: 7\nX: 1\n\n"},
		{"an impossible status", `{"statusCode":99}`, "error"},
		{"broken base64", `{"statusCode":200,"body":"%","isBase64Encoded":true}`, "error"},
		{"no JSON", `{`, "error"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			reply, err := payload.ReadFunctionURL([]byte(r.output))
			if err != nil {
				if r.want != "error" {
					t.Error(err)
				}
				return
			}
			if got := wire(reply, nil); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestReadFunctionURLHead(t *testing.T) {
	rows := []struct{ name, head, want string }{
		{"status, headers and cookies", `{"statusCode":418,"headers":{"Content-Type":"text/x"},"cookies":["a=1"]}`, "418\nContent-Type: text/x\nSet-Cookie: a=1\n\n"},
		{"nothing but an object", " {} ", "200\n\n"},
		{"a body has no place there", `{"statusCode":200,"body":"x"}`, "error"},
		{"no object", `"x"`, "error"},
		{"nothing", "", "error"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			reply, err := payload.ReadFunctionURLHead([]byte(r.head))
			if got := "error"; err != nil {
				if got != r.want {
					t.Error(err)
				}
				return
			}
			if got := wire(reply, nil); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func FuzzReadFunctionURL(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":1},"body":{"a":[1]},"cookies":["a=b"]}`))
	f.Add([]byte(`"a"`))
	f.Fuzz(func(t *testing.T, output []byte) {
		if reply, err := payload.ReadFunctionURL(output); (err == nil) != (reply != nil) {
			t.Errorf("got %v and %v", reply, err)
		}
		if reply, err := payload.ReadFunctionURLHead(output); (err == nil) != (reply != nil) {
			t.Errorf("got %v and %v", reply, err)
		}
	})
}
