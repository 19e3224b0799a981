package restapi_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// seenBackend is a backend over HTTP that keeps the last request.
type seenBackend struct {
	*httptest.Server
	request *http.Request
	body    string
}

// backend starts a backend that answers as told.
func backend(t *testing.T, answer http.HandlerFunc) *seenBackend {
	t.Helper()
	b := &seenBackend{}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		b.request, b.body = r, string(body)
		answer(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

// says answers with a status, a body and a few header lines.
func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Backend", "b")
		w.Header().Set("Server", "mine")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// endpoints knows where AWS services are.
type endpoints map[string]string

func (e endpoints) Endpoint(service string) (string, bool) {
	url, ok := e[service]
	return url, ok
}

func roleKeys(string) aws.Credentials {
	return aws.Credentials{AccessKeyID: "ASIAROLE", SecretAccessKey: "secret"}
}

// httpMethod returns a method with an HTTP or HTTP_PROXY integration.
func httpMethod(kind, uri string) api.Method {
	return api.Method{
		AuthorizationType: "NONE",
		Responses:         map[string]api.MethodResponse{"200": {}, "400": {}},
		Integration: api.Integration{
			Type: kind, HTTPMethod: "ANY", URI: uri, PassthroughBehavior: "WHEN_NO_MATCH",
			TimeoutMillis: 29_000, Responses: []api.IntegrationResponse{{StatusCode: "200"}},
		},
	}
}

func TestHTTPProxy(t *testing.T) {
	b := backend(t, says(201, "made"))
	w := newWorld()
	w.def.Stages[0].Variables = map[string]string{"host": strings.TrimPrefix(b.URL, "http://")}
	m := httpMethod("HTTP_PROXY", "http://${stageVariables.host}/base/{proxy}?own=1")
	m.Integration.RequestParameters = map[string]string{
		"integration.request.path.proxy":         "method.request.path.proxy",
		"integration.request.header.X-Customer":  "context.stage",
		"integration.request.header.X-Part":      "method.request.path.proxy",
		"integration.request.header.X-Nothing":   "method.request.header.absent",
		"integration.request.querystring.mapped": "'m n'",
		"integration.request.querystring.all":    "method.request.multivaluequerystring.q",
	}
	w.method("/f/{proxy+}", "ANY", m)
	asked := request("POST", "/dev/f/a%2Fb/c%20d?q=1&q=2", "X-Client: c", "Accept: text/html", "X-Customer: forged")
	asked.Body = []byte("hello")
	reply := w.serve(t, asked)
	if got := seen(reply); got != (answer{201, "", "made"}) {
		t.Fatalf("got %+v, because %s", got, w.records[0].Reason())
	}
	const wantURI = "/base/a%2Fb/c%20d?own=1&q=1&q=2&all=1&all=2&mapped=m%20n"
	if got := b.request.RequestURI; got != wantURI || b.request.Method != "POST" || b.body != "hello" {
		t.Errorf("got %s %s %q, want %s", b.request.Method, got, b.body, wantURI)
	}
	for name, want := range map[string]string{
		"X-Client": "c", "Accept": "text/html", "X-Customer": "dev", "X-Part": "a/b/c d", "X-Nothing": "",
		"X-Amzn-Apigateway-Api-Id": "abc1234567", "X-Forwarded-For": "203.0.113.7",
	} {
		if got := b.request.Header.Get(name); got != want {
			t.Errorf("the backend got %s %q, want %q", name, got, want)
		}
	}
	for _, want := range []exchange.Field{
		{Name: "Content-Type", Value: "text/plain"},
		{Name: "X-Backend", Value: "b"},
		{Name: "x-amzn-Remapped-Server", Value: "mine"},
	} {
		if !slices.Contains(reply.Header, want) {
			t.Errorf("the reply has %v, want %v", reply.Header, want)
		}
	}
	if reply.Header.Has("X-Amzn-Trace-Id") {
		t.Error("the gateway adds X-Amzn-Trace-Id")
	}
}

func TestHTTPCustom(t *testing.T) {
	rows := []struct {
		name   string
		status int
		change func(*api.Integration)
		want   answer
	}{
		{"a success", 200, nil, answer{200, "", "from the backend"}},
		{"a failure takes the response without a pattern", 404, nil, answer{200, "", "from the backend"}},
		{"a failure takes the response with its pattern", 404, func(i *api.Integration) {
			i.Responses = append(i.Responses, api.IntegrationResponse{StatusCode: "400", SelectionPattern: `4\d{2}`})
		}, answer{400, "", "from the backend"}},
		{"a constant template", 200, func(i *api.Integration) {
			i.Responses[0].Templates = map[string]string{"application/json": `{"ok":true}`}
		}, answer{200, "", `{"ok":true}`}},
		{"nothing fits", 500, func(i *api.Integration) { i.Responses[0].SelectionPattern = "200" }, answer{500, "InternalServerErrorException", internalBody}},
		{"a status the method does not declare", 200, func(i *api.Integration) { i.Responses[0].StatusCode = "202" }, answer{500, "InternalServerErrorException", internalBody}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(r.status, "from the backend"))
			w := newWorld()
			m := httpMethod("HTTP", b.URL)
			m.Integration.Responses[0].Parameters = map[string]string{
				"method.response.header.X-Seen": "integration.response.header.X-Backend",
				"method.response.header.X-Case": "integration.response.header.x-backend",
			}
			if r.change != nil {
				r.change(&m.Integration)
			}
			w.method("/h", "GET", m)
			reply := w.get(t, "/dev/h?q=1", "X-Client: c", "Accept: text/html")
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
			header := b.request.Header
			if header.Get("X-Client") != "" || header.Get("Accept") != "application/json" || b.request.URL.RawQuery != "" {
				t.Errorf("the backend was told what is not mapped: %v %s", header, b.request.RequestURI)
			}
			if r.want.status == 200 && (reply.Header.Get("X-Seen") != "b" || reply.Header.Has("X-Case") ||
				reply.Header.Has("X-Backend") || reply.Header.Get("Content-Type") != "application/json" ||
				!reply.Header.Has("X-Amzn-Trace-Id")) {
				t.Errorf("the reply has %v", reply.Header)
			}
		})
	}
}

// The rows are those of spec rest-api.md §5 and §8.
func TestHTTPFailures(t *testing.T) {
	broken := func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			connection.Close()
		}
	}
	internal := answer{500, "InternalServerErrorException", internalBody}
	mapping := func(header string) func(*api.Integration) {
		return func(i *api.Integration) {
			i.RequestParameters = map[string]string{"integration.request.header." + header: "'1'"}
		}
	}
	for _, r := range []struct {
		name, kind, reason string
		answer             http.HandlerFunc
		change             func(*api.Integration)
		want               answer
	}{
		{"an address that is none", "HTTP_PROXY", "Invalid endpoint address", nil, func(i *api.Integration) { i.URI = "https://${stageVariables.none}/" }, internal},
		{"a placeholder without a value", "HTTP_PROXY", "{id}", nil, func(i *api.Integration) { i.URI += "/{id}" }, internal},
		{"a broken connection", "HTTP_PROXY", "network error", broken, nil, answer{504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`}},
		{"a mapping of Content-Length", "HTTP_PROXY", "Content-Length already present", nil, mapping("content-length"), internal},
		{"a mapping of Transfer-Encoding", "HTTP", "Transfer-Encoding already present", nil, mapping("Transfer-Encoding"), internal},
		{"a mapping to a place that is none", "HTTP", "integration.request.body.x", nil, func(i *api.Integration) {
			i.RequestParameters = map[string]string{"integration.request.body.x": "'1'"}
		}, internal},
		{"no template for the type", "HTTP", "request template", nil, func(i *api.Integration) { i.PassthroughBehavior = "NEVER" }, answer{415, "BadRequestException", `{"message": "Unsupported Media Type"}`}},
	} {
		t.Run(r.name, func(t *testing.T) {
			if r.answer == nil {
				r.answer = says(200, "")
			}
			b := backend(t, r.answer)
			w := newWorld()
			m := httpMethod(r.kind, b.URL)
			if r.change != nil {
				r.change(&m.Integration)
			}
			w.method("/h", "POST", m)
			if got := seen(w.serve(t, request("POST", "/dev/h"))); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if reason := w.records[0].Reason(); !strings.Contains(reason, r.reason) {
				t.Errorf("the reason is %q, want one that says %q", reason, r.reason)
			}
		})
	}
}

func TestContentHandling(t *testing.T) {
	const raw, base64 = "\xff\x00hi", "/wBoaQ=="
	for _, r := range []struct {
		name, request, response, contentType, accept, body string
		sent, want                                         string
		status                                             int
	}{
		{"text passes", "", "", "text/plain", "text/plain", "hi", "hi", "hi", 200},
		{"bytes that are no text", "", "", "text/plain", "text/plain", raw, "\uFFFD\x00hi", "\uFFFD\x00hi", 200},
		{"binary passes", "", "", "image/png", "image/png", raw, raw, raw, 200},
		{"binary as text for the backend", "CONVERT_TO_TEXT", "", "image/png", "image/png", raw, base64, base64, 200},
		{"text as binary for the backend", "CONVERT_TO_BINARY", "", "text/plain", "text/plain", base64, raw, "\uFFFD\x00hi", 200},
		{"text that is no base64", "CONVERT_TO_BINARY", "", "text/plain", "text/plain", "%%", "", internalBody, 500},
		{"binary as text for the client", "", "CONVERT_TO_TEXT", "image/png", "image/png", raw, raw, base64, 200},
		{"binary for a client that takes text", "", "", "image/png", "text/plain", raw, raw, base64, 200},
		{"text for a client that takes binary", "", "", "text/plain", "image/png", base64, base64, raw, 200},
		{"text that is no base64 for it", "", "", "text/plain", "image/png", "%%", "%%", internalBody, 500},
		{"text as text for it", "", "CONVERT_TO_TEXT", "text/plain", "image/png", base64, base64, base64, 200},
		{"text as binary for the client", "", "CONVERT_TO_BINARY", "text/plain", "text/plain", base64, base64, raw, 200},
	} {
		t.Run(r.name, func(t *testing.T) {
			var b *seenBackend
			b = backend(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", r.contentType)
				_, _ = io.WriteString(w, b.body)
			})
			w := newWorld()
			w.def.BinaryMediaTypes = []string{"image/png"}
			m := httpMethod("HTTP", b.URL)
			m.Integration.ContentHandling = r.request
			m.Integration.Responses[0].ContentHandling = r.response
			w.method("/h", "POST", m)
			asked := request("POST", "/dev/h", "Content-Type: "+r.contentType, "Accept: "+r.accept)
			asked.Body = []byte(r.body)
			reply := w.serve(t, asked)
			if reply.Status != r.status || string(reply.Body) != r.want {
				t.Errorf("got %d %q, want %d %q", reply.Status, reply.Body, r.status, r.want)
			}
			if b.body != r.sent {
				t.Errorf("the backend got %q, want %q", b.body, r.sent)
			}
		})
	}
}

const sqsURI = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/webhooks"

func sqsMethod() api.Method {
	m := httpMethod("AWS", sqsURI)
	m.Integration.HTTPMethod = "POST"
	m.Integration.Credentials = "arn:aws:iam::123456789012:role/queue"
	m.Integration.RequestParameters = map[string]string{
		"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
	}
	m.Integration.RequestTemplates = map[string]string{"application/json": "Action=SendMessage&MessageBody=m"}
	return m
}

func TestAWSService(t *testing.T) {
	b := backend(t, says(200, `{"SendMessageResponse":{}}`))
	w := newWorld()
	w.endpoints = endpoints{"sqs": b.URL}
	w.method("/hook", "POST", sqsMethod())
	asked := request("POST", "/dev/hook", "Content-Type: application/json")
	asked.Body = []byte(`{"id":"1"}`)
	reply := w.serve(t, asked)
	if got := seen(reply); got != (answer{200, "", `{"SendMessageResponse":{}}`}) {
		t.Fatalf("got %+v, because %s", got, w.records[0].Reason())
	}
	if b.body != "Action=SendMessage&MessageBody=m" || b.request.URL.Path != "/123456789012/webhooks" ||
		b.request.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
		!strings.HasPrefix(b.request.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=ASIAROLE/") {
		t.Errorf("the service got %s %q %v", b.request.URL, b.body, b.request.Header)
	}
	if !reply.Header.Has("X-Amzn-Trace-Id") {
		t.Errorf("the reply has %v", reply.Header)
	}
}

func TestAWSServiceThatCannotBeCalled(t *testing.T) {
	for _, r := range []struct {
		name, reason string
		change       func(*world, *api.Integration)
	}{
		{"no endpoint", "AWS_ENDPOINT_URL_SQS", func(w *world, _ *api.Integration) { w.endpoints = nil }},
		{"no role", "Role ARN must be specified", func(_ *world, i *api.Integration) { i.Credentials = "" }},
		{"the caller's credentials", "is not served yet", func(_ *world, i *api.Integration) { i.Credentials = "arn:aws:iam::*:user/*" }},
		{"a mapping of Authorization", "Authorization already present", func(_ *world, i *api.Integration) {
			i.RequestParameters["integration.request.header.Authorization"] = "'x'"
		}},
		{"no path or action", "must contain path or action", func(_ *world, i *api.Integration) {
			i.URI = "arn:aws:apigateway:us-east-1:sqs:queue/x"
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			w.endpoints = endpoints{"sqs": b.URL}
			m := sqsMethod()
			r.change(w, &m.Integration)
			w.method("/hook", "POST", m)
			if got := seen(w.serve(t, request("POST", "/dev/hook"))); got != (answer{500, "InternalServerErrorException", internalBody}) {
				t.Errorf("got %+v", got)
			}
			if reason := w.records[0].Reason(); !strings.Contains(reason, r.reason) {
				t.Errorf("the reason is %q, want one that says %q", reason, r.reason)
			}
			if b.request != nil {
				t.Error("the service was called")
			}
		})
	}
}

func lambdaMethod() api.Method {
	m := proxy()
	m.Responses = map[string]api.MethodResponse{"200": {}, "405": {}, "502": {}}
	m.Integration.Type = "AWS"
	m.Integration.Responses = []api.IntegrationResponse{
		{StatusCode: "200"},
		{StatusCode: "405", SelectionPattern: ".*four hundred.*"},
		{StatusCode: "502", SelectionPattern: ".+"},
	}
	return m
}

// The rows are those of spec rest-api.md §6 and control-plane.md §12.
func TestLambdaCustom(t *testing.T) {
	const failed = `{"errorMessage":"x","errorType":"E"}`
	for _, r := range []struct {
		name, body, output, functionError string
		sent                              string
		want                              answer
	}{
		{"a success takes the response without a pattern", `{"a":1}`, `{"b":2}`, "", `{"a":1}`, answer{200, "", `{"b":2}`}},
		{"no body is an object", "", `"x"`, "", "{}", answer{200, "", `"x"`}},
		{"an error's message selects", "", "", `{"errorMessage":"four hundred"}`, "{}", answer{405, "", `{"errorMessage":"four hundred"}`}},
		{"another error", "", "", failed, "{}", answer{502, "", failed}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.lambda.answer(functionARN, r.output)
			if r.functionError != "" {
				w.lambda.functionError(functionARN, r.functionError)
			}
			w.method("/l", "POST", lambdaMethod())
			asked := request("POST", "/dev/l")
			asked.Body = []byte(r.body)
			reply := w.serve(t, asked)
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
			call := w.lambda.last(t)
			if string(call.Payload) != r.sent || call.SourceARN != executeAPI+"/dev/POST/l" || call.Async {
				t.Errorf("the function got %+v with %s", call, call.Payload)
			}
			if !reply.Header.Has("X-Amzn-Trace-Id") {
				t.Errorf("the reply has %v", reply.Header)
			}
		})
	}
}

func TestLambdaCustomRefused(t *testing.T) {
	w := newWorld()
	w.lambda.fail(functionARN, &exchange.InvokeError{Code: "AccessDeniedException", Status: 403})
	w.method("/l", "POST", lambdaMethod())
	if got := seen(w.serve(t, request("POST", "/dev/l"))); got != (answer{500, "InternalServerErrorException", internalBody}) {
		t.Errorf("got %+v", got)
	}
}

func TestLambdaCustomAsynchronous(t *testing.T) {
	w := newWorld()
	w.lambda.answer(functionARN, "")
	m := lambdaMethod()
	m.Integration.RequestParameters = map[string]string{"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
	w.method("/l", "POST", m)
	if got := seen(w.serve(t, request("POST", "/dev/l"))); got != (answer{200, "", ""}) {
		t.Errorf("got %+v", got)
	}
	if !w.lambda.last(t).Async {
		t.Error("the function was waited for")
	}
}

func TestLambdaCustomTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.clock = clock.System{}
		w.lambda.answers[functionARN] = func(ctx context.Context) (exchange.Invoked, error) {
			<-ctx.Done()
			return exchange.Invoked{}, ctx.Err()
		}
		w.method("/l", "POST", lambdaMethod())
		want := answer{504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`}
		if got := seen(w.serve(t, request("POST", "/dev/l"))); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
