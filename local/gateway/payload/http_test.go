package payload_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/route"
)

func httpCall() *payload.HTTPCall {
	received := time.Date(2020, 4, 21, 15, 8, 21, 67e6, time.UTC)
	return &payload.HTTPCall{
		Request: &exchange.Request{
			Method: "GET", RawPath: "/", Protocol: "HTTP/1.1", TLS: true, SourceIP: "1.2.3.4",
			Host: "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com", Received: received,
			Header: exchange.Header{
				{Name: "Host", Value: "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com"},
				{Name: "User-Agent", Value: "curl/7.58.0"},
				{Name: "Accept", Value: "*/*"},
			},
		},
		Variables: &exchange.Variables{
			AccountID: "123456789012", APIID: "aaaaaaaaaa", Stage: "$default",
			DomainName:   "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com",
			DomainPrefix: "aaaaaaaaaa", RequestID: "LV7fzho-PHcEJPw=",
			ExtendedRequestID: "LV7fzho-PHcEJPw=", HTTPMethod: "GET", Protocol: "HTTP/1.1",
			RequestTime: received, SourceIP: "1.2.3.4", UserAgent: "curl/7.58.0",
			RouteKey: "$default", TraceID: "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c",
		},
	}
}

// The event that aws-lambda-go keeps as captured, without its client certificate.
func TestHTTP20EqualsTheCapturedEvent(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").
		Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(strings.TrimSpace(string(dir)), "events", "testdata",
		"apigw-v2-request-no-authorizer.json")
	captured, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, captured); err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(want.String(), `"authentication":`)
	_, after, _ := strings.Cut(rest, `"domainName"`)
	got := string(payload.AppendHTTP20(nil, httpCall()))
	if diff := cmp.Diff(before+`"domainName"`+after, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHTTP20(t *testing.T) {
	const context = `"requestContext":{"accountId":"123456789012","apiId":"aaaaaaaaaa",`
	rows := []struct {
		name   string
		change func(*payload.HTTPCall)
		want   []string // parts of the event
		absent string
	}{
		{
			"optional keys are absent", func(*payload.HTTPCall) {},
			[]string{`},"isBase64Encoded":false}`},
			`"cookies"`,
		},
		{"the query is raw, decoded, and joined by comma", func(c *payload.HTTPCall) {
			c.Request.RawQuery = "b=2&a=1%2B1&b=x+y&c"
		}, []string{
			`"rawQueryString":"b=2&a=1%2B1&b=x+y&c"`,
			`"queryStringParameters":{"a":"1+1","b":"2,x y","c":""},"requestContext"`,
		}, ""},
		{
			"a broken escape stays", func(c *payload.HTTPCall) { c.Request.RawQuery = "a=%zz" },
			[]string{`"queryStringParameters":{"a":"%zz"}`},
			"",
		},
		{"repeated headers are joined by comma", func(c *payload.HTTPCall) {
			c.Request.Header.Add("X-Many", "1")
			c.Request.Header.Add("x-many", "2")
		}, []string{`"x-many":"1,2"`}, ""},
		{"cookies leave the headers", func(c *payload.HTTPCall) {
			c.Request.Header.Add("Cookie", "a=1; b=2")
			c.Request.Header.Add("cookie", "c=3")
		}, []string{`"cookies":["a=1","b=2","c=3"],"headers":{"accept"`}, `"cookie":`},
		{"headers of the connection are left out", func(c *payload.HTTPCall) {
			c.Request.Header.Add("Connection", "keep-alive")
			c.Request.Header.Add("Transfer-Encoding", "chunked")
		}, nil, `"connection"`},
		{"the client's address is appended", func(c *payload.HTTPCall) {
			c.Request.Header.Add("X-Forwarded-For", "9.9.9.9")
		}, []string{`"x-forwarded-for":"9.9.9.9, 1.2.3.4"`}, ""},
		{"the path is decoded and keeps the stage", func(c *payload.HTTPCall) {
			c.Request.RawPath = "/dev/a%20b"
		}, []string{`"rawPath":"/dev/a b"`, `"path":"/dev/a b"`}, ""},
		{"path parameters are decoded", func(c *payload.HTTPCall) {
			c.Params = []route.Param{{Name: "z", Value: "a%2Fb"}, {Name: "a", Value: "+"}}
		}, []string{`},"pathParameters":{"a":"+","z":"a/b"},"isBase64Encoded"`}, ""},
		{
			"stage variables", func(c *payload.HTTPCall) { c.StageVariables = []byte(`{"k":"v"}`) },
			[]string{`},"stageVariables":{"k":"v"},"isBase64Encoded"`},
			"",
		},
		{
			"a JSON body is text", body("application/json; charset=utf-8", "{\"a\":\"ä\"}"),
			[]string{
				`},"body":"{\"a\":\"ä\"}","isBase64Encoded":false}`,
				`"content-length":"10"`,
			},
			"",
		},
		{
			"a +json body is text", body("application/problem+json", "{}"),
			[]string{`"body":"{}","isBase64Encoded":false}`},
			"",
		},
		{
			"an XML body is text", body("application/xml", "<a/>"),
			[]string{`"body":"<a/>","isBase64Encoded":false}`},
			"",
		},
		{
			"a text body is text", body("Text/CSV", "a,b"),
			[]string{`"body":"a,b","isBase64Encoded":false}`},
			"",
		},
		{
			"a form is base64", body("application/x-www-form-urlencoded", "a=1"),
			[]string{`"body":"YT0x","isBase64Encoded":true}`},
			"",
		},
		{
			"a multipart form is base64", body("multipart/form-data; boundary=x", "a"),
			[]string{`"body":"YQ==","isBase64Encoded":true}`},
			"",
		},
		{
			"a body without a type is base64", body("", "hello"),
			[]string{`"body":"aGVsbG8=","isBase64Encoded":true}`},
			"",
		},
		{"claims without scopes", func(c *payload.HTTPCall) {
			c.Authorizer = payload.AppendJWTAuthorizer20(nil, []byte(`{"sub":"u"}`), nil)
		}, []string{context + `"authorizer":{"jwt":{"claims":{"sub":"u"},"scopes":null}},` +
			`"domainName"`}, ""},
		{"claims with scopes", func(c *payload.HTTPCall) {
			c.Authorizer = payload.AppendJWTAuthorizer20(nil, []byte(`{}`), []string{"a/r", "a/w"})
		}, []string{context + `"authorizer":{"jwt":{"claims":{},"scopes":["a/r","a/w"]}},` +
			`"domainName"`}, ""},
		{"a local port is told as it is", func(c *payload.HTTPCall) {
			c.Request.Host, c.Request.TLS = "localhost:3001", false
		}, []string{`"x-forwarded-port":"3001","x-forwarded-proto":"http"`}, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			c := httpCall()
			r.change(c)
			got := string(payload.AppendHTTP20(nil, c))
			for _, want := range r.want {
				if !strings.Contains(got, want) {
					t.Errorf("event lacks %s:\n%s", want, got)
				}
			}
			if r.absent != "" && strings.Contains(got, r.absent) {
				t.Errorf("event has %s:\n%s", r.absent, got)
			}
			var event events.APIGatewayV2HTTPRequest
			if err := json.Unmarshal([]byte(got), &event); err != nil {
				t.Errorf("aws-lambda-go cannot read it: %v", err)
			}
		})
	}
}

func body(contentType, text string) func(*payload.HTTPCall) {
	return func(c *payload.HTTPCall) {
		if contentType != "" {
			c.Request.Header.Add("Content-Type", contentType)
		}
		c.Request.Body = []byte(text)
	}
}

func TestHTTP10(t *testing.T) {
	c := httpCall()
	c.Request.RawPath, c.Request.RawQuery = "/dev/orders/a%2Fb", "q=1&q=2&r=x+y"
	c.Request.Header.Add("Cookie", "a=1")
	c.Request.Header.Add("X-Many", "1")
	c.Request.Header.Add("x-many", "2")
	c.Variables.Stage, c.Variables.RouteKey = "dev", "GET /orders/{id}"
	c.Params = []route.Param{{Name: "id", Value: "a%2Fb"}}
	const host = "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com"
	want := `{"version":"1.0","resource":"/orders/{id}","path":"/dev/orders/a/b","httpMethod":"GET",` +
		`"headers":{"accept":"*/*","content-length":"0","cookie":"a=1","host":"` + host + `",` +
		`"user-agent":"curl/7.58.0","x-amzn-trace-id":"Root=1-5e9f0c65-1de4d666d4dd26aced652b6c",` +
		`"x-forwarded-for":"1.2.3.4","x-forwarded-port":"443","x-forwarded-proto":"https",` +
		`"x-many":"2"},` +
		`"multiValueHeaders":{"accept":["*/*"],"content-length":["0"],` +
		`"cookie":["a=1"],"host":["` + host + `"],` +
		`"user-agent":["curl/7.58.0"],"x-amzn-trace-id":["Root=1-5e9f0c65-1de4d666d4dd26aced652b6c"],` +
		`"x-forwarded-for":["1.2.3.4"],"x-forwarded-port":["443"],"x-forwarded-proto":["https"],` +
		`"x-many":["1","2"]},` +
		`"queryStringParameters":{"q":"2","r":"x y"},` +
		`"multiValueQueryStringParameters":{"q":["1","2"],"r":["x y"]},` +
		`"requestContext":{"accountId":"123456789012","apiId":"aaaaaaaaaa",` +
		`"authorizer":{"claims":null,"scopes":null},"domainName":"` + host + `",` +
		`"domainPrefix":"aaaaaaaaaa","extendedRequestId":"LV7fzho-PHcEJPw=","httpMethod":"GET",` +
		`"identity":{"accessKey":null,"accountId":null,"caller":null,` +
		`"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,` +
		`"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,` +
		`"sourceIp":"1.2.3.4","user":null,"userAgent":"curl/7.58.0","userArn":null},` +
		`"path":"/dev/orders/a/b","protocol":"HTTP/1.1","requestId":"LV7fzho-PHcEJPw=",` +
		`"requestTime":"21/Apr/2020:15:08:21 +0000","requestTimeEpoch":1587481701067,` +
		`"resourceId":"GET /orders/{id}","resourcePath":"/orders/{id}","stage":"dev"},` +
		`"pathParameters":{"id":"a/b"},"stageVariables":null,"body":null,"isBase64Encoded":false}`
	if diff := cmp.Diff(want, string(payload.AppendHTTP10(nil, c))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.Request.RawQuery, c.Params, c.StageVariables = "", nil, []byte(`{"k":"v"}`)
	body("text/plain", "hi")(c)
	got := string(payload.AppendHTTP10(nil, c))
	for _, part := range []string{
		`"queryStringParameters":null,"multiValueQueryStringParameters":null,`,
		`"pathParameters":null,"stageVariables":{"k":"v"},"body":"hi","isBase64Encoded":false}`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("event lacks %s:\n%s", part, got)
		}
	}
}

const (
	typeJSON = "content-type: application/json\n"
	typeText = "content-type: text/plain; charset=utf-8\n"
)

// wire prints a reply, or the field that is wrong.
func wire(reply *exchange.Reply, err error) string {
	var format *payload.FormatError
	if errors.As(err, &format) {
		return "error " + format.Field
	}
	if err != nil {
		return err.Error()
	}
	var text strings.Builder
	text.WriteString(strconv.Itoa(reply.Status) + "\n")
	for _, f := range reply.Header {
		text.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return text.String() + "\n" + string(reply.Body)
}

func TestReadHTTP20(t *testing.T) {
	rows := []struct{ name, output, want string }{
		{"an object without statusCode is the body", `{"a":1}`, "200\n" + typeJSON + "\n{\"a\":1}"},
		{"a string loses its quotes", `"Hello \"you\""`, "200\n" + typeJSON + "\nHello \"you\""},
		{"a number is the body", `12.50`, "200\n" + typeJSON + "\n12.50"},
		{"a list is the body", `[1,2]`, "200\n" + typeJSON + "\n[1,2]"},
		{"true is the body", `true`, "200\n" + typeJSON + "\ntrue"},
		{"null is the body", `null`, "200\n" + typeJSON + "\nnull"},
		{"nothing is null", ``, "200\n" + typeJSON + "\nnull"},
		{"status alone", `{"statusCode":204}`, "204\n" + typeText + "\n"},
		{"a status as text", `{"statusCode":"201","body":"x"}`, "201\n" + typeText + "\nx"},
		{
			"headers keep their order",
			`{"statusCode":200,"headers":{"b":"2","Content-Type":"a/b","a":"1"},"body":"x"}`,
			"200\nb: 2\nContent-Type: a/b\na: 1\n\nx",
		},
		{
			"header values are printed", `{"statusCode":200,"headers":{"n":1.5,"t":true,"z":null}}`,
			"200\nn: 1.5\nt: true\n" + typeText + "\n",
		},
		{
			"one set-cookie per cookie", `{"statusCode":200,"cookies":["a=1; Secure","b=2"]}`,
			"200\nset-cookie: a=1; Secure\nset-cookie: b=2\n" + typeText + "\n",
		},
		{
			"base64 is decoded",
			`{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`,
			"200\n" + typeText + "\nhi",
		},
		{
			"multiValueHeaders are ignored",
			`{"statusCode":200,"multiValueHeaders":{"a":["1"]}}`,
			"200\n" + typeText + "\n",
		},
		{
			"unknown keys are ignored",
			`{"statusCode":200,"other":{"a":[]}}`,
			"200\n" + typeText + "\n",
		},
		{
			"headers of the connection are dropped",
			`{"statusCode":200,"headers":{"Connection":"close","Content-Length":"9","Apigw-Requestid":"x"}}`,
			"200\n" + typeText + "\n",
		},
		{
			"a null body is empty",
			`{"statusCode":200,"headers":null,"cookies":null,"body":null}`,
			"200\n" + typeText + "\n",
		},
		{"an object as body", `{"statusCode":200,"body":{"a":1}}`, "error body"},
		{"a number as body", `{"statusCode":200,"body":1}`, "error body"},
		{
			"a body that is no base64",
			`{"statusCode":200,"body":"*","isBase64Encoded":true}`,
			"error body",
		},
		{"a word as status", `{"statusCode":"test"}`, "error statusCode"},
		{"a list as status", `{"statusCode":[]}`, "error statusCode"},
		{"a status out of range", `{"statusCode":99}`, "error statusCode"},
		{"a list as headers", `{"statusCode":200,"headers":[]}`, "error headers"},
		{"an object as header value", `{"statusCode":200,"headers":{"a":{}}}`, "error headers"},
		{"a text as cookies", `{"statusCode":200,"cookies":"a=1"}`, "error cookies"},
		{
			"a text as isBase64Encoded",
			`{"statusCode":200,"isBase64Encoded":"yes"}`,
			"error isBase64Encoded",
		},
		{"no JSON", `hello`, "error "},
		{"half an object", `{"statusCode":200`, "error "},
		{"two objects", `{"statusCode":200}{}`, "error "},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, wire(payload.ReadHTTP20([]byte(r.output)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadHTTP10(t *testing.T) {
	rows := []struct{ name, output, want string }{
		{
			"a whole answer",
			`{"statusCode":200,"headers":{"a":"1"},"body":"x"}`,
			"200\na: 1\n" + typeText + "\nx",
		},
		{
			"multi values come first and are merged",
			`{"statusCode":200,"headers":{"A":"1","b":"3"},"multiValueHeaders":{"a":["1","2"]}}`,
			"200\na: 1\na: 2\nb: 3\n" + typeText + "\n",
		},
		{"cookies are ignored", `{"statusCode":200,"cookies":["a=1"]}`, "200\n" + typeText + "\n"},
		{"no statusCode", `{"body":"x"}`, "error statusCode"},
		{
			"a text as multi value",
			`{"statusCode":200,"multiValueHeaders":{"a":"1"}}`,
			"error multiValueHeaders",
		},
		{"a string", `"x"`, "error "},
		{"null", `null`, "error "},
		{"nothing", ``, "error "},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, wire(payload.ReadHTTP10([]byte(r.output)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFormatErrorSaysWhatTheLogShows(t *testing.T) {
	_, err := payload.ReadHTTP20([]byte(`{"statusCode":200,"body":{}}`))
	const want = `The response from the Lambda function doesn't match the format that API Gateway ` +
		`expects. Lambda body contains the wrong type for field "body"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func FuzzReadHTTP(f *testing.F) {
	f.Add(
		[]byte(
			`{"statusCode":200,"headers":{"a":1},"cookies":["x"],"body":"e30=","isBase64Encoded":true}`,
		),
	)
	f.Add([]byte(`{"statusCode":"404","multiValueHeaders":{"a":["b"]}}`))
	f.Add([]byte(`"text"`))
	f.Fuzz(func(t *testing.T, output []byte) {
		readers := []func([]byte) (*exchange.Reply, error){payload.ReadHTTP20, payload.ReadHTTP10}
		for _, read := range readers {
			reply, err := read(output)
			var format *payload.FormatError
			if err != nil && !errors.As(err, &format) {
				t.Errorf("error %v is no format error", err)
			}
			if err == nil {
				compareBody(t, output, reply)
			}
			if err == nil &&
				(reply.Status < 200 || reply.Status > 599 || !reply.Header.Has("content-type")) {
				t.Errorf("reply %+v", reply)
			}
		}
	})
}

// compareBody asks encoding/json for the body.
func compareBody(t *testing.T, output []byte, reply *exchange.Reply) {
	t.Helper()
	var fields map[string]json.RawMessage
	if !utf8.Valid(output) || json.Unmarshal(output, &fields) != nil {
		return
	}
	if fields["statusCode"] == nil || string(fields["isBase64Encoded"]) == "true" {
		return
	}
	var want string
	if fields["body"] != nil {
		if err := json.Unmarshal(fields["body"], &want); err != nil {
			t.Errorf("%s passed: %v", output, err)
		}
	}
	if string(reply.Body) != want {
		t.Errorf("got body %q of %s, want %q", reply.Body, output, want)
	}
}

func FuzzHTTPEvents(f *testing.F) {
	f.Add("/a%2Fb", "a=1&b", "X-A", "1", []byte("body"))
	f.Fuzz(func(t *testing.T, path, query, name, value string, text []byte) {
		c := httpCall()
		c.Request.RawPath, c.Request.RawQuery, c.Request.Body = path, query, text
		c.Request.Header.Add(name, value)
		c.Params = []route.Param{{Name: name, Value: path}}
		for _, event := range [][]byte{payload.AppendHTTP20(nil, c), payload.AppendHTTP10(nil, c)} {
			if !json.Valid(event) {
				t.Errorf("not JSON: %s", event)
			}
		}
	})
}

func BenchmarkAppendHTTP20(b *testing.B) {
	c := httpCall()
	c.Request.RawQuery = "page=2&size=10"
	body("application/json", `{"customer":"c-1","items":[{"sku":"a","quantity":2}]}`)(c)
	buffer := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buffer = payload.AppendHTTP20(buffer[:0], c)
	}
}

func BenchmarkReadHTTP20(b *testing.B) {
	output := []byte(
		`{"statusCode":200,"headers":{"content-type":"application/json"},"body":"{\"id\":\"o-1\"}"}`,
	)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := payload.ReadHTTP20(output); err != nil {
			b.Fatal(err)
		}
	}
}
