package restapi_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

const (
	forbidden = `{"message":"Forbidden"}`
	missing   = `{"message":"Missing Authentication Token"}`
)

func TestAdmissionRefusals(t *testing.T) {
	const bearer = "Authorization: Bearer token-without-equal-sign"
	for _, r := range []struct {
		name    string
		request *exchange.Request
		want    answer
	}{
		{"an unknown stage", request("GET", "/prod/x"), answer{403, "ForbiddenException", forbidden}},
		{"no stage", request("GET", "/"), answer{403, "ForbiddenException", forbidden}},
		{"an unknown path", request("GET", "/dev"), answer{403, "MissingAuthenticationTokenException", missing}},
		{"an unknown method", request("TRACE", "/dev/x"), answer{403, "MissingAuthenticationTokenException", missing}},
		{
			"an unknown path with a signature", request("GET", "/dev", "Authorization: AWS4-HMAC-SHA256 Credential=x"),
			answer{403, "MissingAuthenticationTokenException", missing},
		},
		{
			"an unknown path with another authorization", request("GET", "/dev", bearer),
			answer{403, "IncompleteSignatureException", `{"message":"Invalid key=value pair (missing equal-sign) in ` +
				`Authorization header (hashed with SHA-256 and encoded with Base64): ` +
				`'l/VpPaR9/d2xCwdwKmbILE1Zambim0vQvJvAdeujJFk='."}`},
		},
		{
			"an unknown path with a key=value authorization", request("GET", "/dev", "Authorization: Basic a=b"),
			answer{403, "IncompleteSignatureException", `{"message":"Authorization header requires 'Credential' ` +
				`parameter. Authorization header requires 'Signature' parameter. Authorization header requires ` +
				`'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a ` +
				`'Date' header. Authorization=Basic a=b"}`},
		},
		{
			"a URL that is too long", request("GET", "/dev/"+strings.Repeat("x", 10_240)),
			answer{414, "RequestUriTooLongException", `{"message":"Request URI too long"}`},
		},
		{
			"headers that are too large", request("GET", "/dev/x", "A: "+strings.Repeat("x", 10_241)),
			answer{431, "RequestHeaderFieldsTooLargeException", `{"message":"Request Header Fields Too Large"}`},
		},
		{
			"a brace in the query", request("GET", "/dev/x?a={b"),
			answer{400, "BadRequestException", `{"message":"Bad Request"}`},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			reply := w.serve(t, r.request)
			if diff := cmp.Diff(r.want, seen(reply), cmp.AllowUnexported(answer{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkErrorHeaders(t, reply)
			if len(w.records) != 1 || w.records[0].Reason() == "" {
				t.Errorf("records are %+v, want one with a reason", w.records)
			}
		})
	}
}

func checkErrorHeaders(t *testing.T, reply *exchange.Reply) {
	t.Helper()
	if reply.Header.Get("x-amzn-RequestId") == "" || reply.Header.Get("x-amz-apigw-id") == "" ||
		reply.Header.Get("Content-Type") != "application/json" {
		t.Errorf("headers are %v", reply.Header)
	}
	if reply.Header.Has("X-Amzn-Trace-Id") {
		t.Error("an error carries X-Amzn-Trace-Id")
	}
}

func TestBodyThatIsTooLarge(t *testing.T) {
	w := newWorld()
	w.def.GatewayResponses = map[string]api.GatewayResponse{
		"REQUEST_TOO_LARGE": {StatusCode: 400}, "DEFAULT_4XX": {StatusCode: 401},
	}
	w.def.Stages[0].AccessLog = &api.AccessLog{Format: "$context.requestId"}
	r := request("POST", "/dev/x")
	r.Body = make([]byte, 10<<20+1)
	want := answer{413, "RequestTooLargeException", `{"message":"Request Too Long"}`}
	if got := seen(w.serve(t, r)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if len(w.lines) > 0 {
		t.Error("it is in the access log")
	}
	r.Body = r.Body[1:]
	if got := w.serve(t, r); got.Status != 200 {
		t.Errorf("10 MB are answered %d", got.Status)
	}
}

func TestDisabledEndpoint(t *testing.T) {
	w := newWorld()
	w.def.DisableExecuteAPIEndpoint = true
	if got := seen(w.get(t, "/dev/x")); got != (answer{403, "ForbiddenException", forbidden}) {
		t.Errorf("got %+v", got)
	}
}

func proxyEvent(t *testing.T, w *world) events.APIGatewayProxyRequest {
	t.Helper()
	var event events.APIGatewayProxyRequest
	if err := json.Unmarshal(w.lambda.last(t).Payload, &event); err != nil {
		t.Fatal(err)
	}
	return event
}

// The rows are those of spec rest-api.md §3.1 and control-plane.md §11.
func TestPathsAsFunctionsSeeThem(t *testing.T) {
	const aliases = "/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com"
	for _, r := range []struct{ name, path, wantPath, wantProxy, wantContext, wantResource string }{
		{"a greedy value", "/dev/proxy-value", "/proxy-value", "proxy-value", "/dev/proxy-value", "/{proxy+}"},
		{"a trailing slash stays in the path, not in the value", "/dev/proxy-value/", "/proxy-value/", "proxy-value", "/dev/proxy-value/", "/{proxy+}"},
		{"slashes within a greedy value stay", "/dev/proxy-value//double-slash", "/proxy-value//double-slash", "proxy-value//double-slash", "/dev/proxy-value//double-slash", "/{proxy+}"},
		{"slashes before the stage are gone everywhere", "//dev/proxy-value", "/proxy-value", "proxy-value", "/dev/proxy-value", "/{proxy+}"},
		{"slashes after the stage stay in the context's path alone", "/dev//proxy-value", "/proxy-value", "proxy-value", "/dev//proxy-value", "/{proxy+}"},
		{"slashes before a static resource too", "/dev//hardcoded", "/hardcoded", "", "/dev//hardcoded", "/hardcoded"},
		{"a trailing slash of a static resource stays in the path", "/dev/hardcoded/", "/hardcoded/", "", "/dev/hardcoded/", "/hardcoded"},
		{"escapes and pluses stay as they are", "/dev" + aliases, aliases, aliases[1:], "/dev" + aliases, "/{proxy+}"},
		{"the stage is cut off once", "/dev/dev", "/dev", "dev", "/dev/dev", "/{proxy+}"},
		{"the stage alone is the root", "/dev", "/", "", "/dev", "/"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.method("/hardcoded", "GET", proxy())
			w.method("/", "GET", proxy())
			w.get(t, r.path)
			event := proxyEvent(t, w)
			got := []string{event.Path, event.PathParameters["proxy"], event.RequestContext.Path, event.Resource}
			want := []string{r.wantPath, r.wantProxy, r.wantContext, r.wantResource}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("path, proxy, context path, resource (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEventOfACall(t *testing.T) {
	w := newWorld()
	w.def.BinaryMediaTypes = []string{"image/png"}
	w.def.Stages[0].Variables = map[string]string{"b": "2&3", "a": "1"}
	r := request("POST", "/dev/x?q=1&q=2", "Content-Type: image/png", "tEsT: a", "x-amzn-RequestId: "+requestUUID)
	r.Body = []byte{1}
	reply := w.serve(t, r)
	raw := string(w.lambda.last(t).Payload)
	for _, want := range []string{
		`"tEsT":"a"`, `"stageVariables":{"a":"1","b":"2&3"}`, `"body":"AQ==","isBase64Encoded":true}`,
		`"domainName":"abc1234567.execute-api.localhost:3000"`, `"domainPrefix":"abc1234567"`,
		`"requestId":"` + requestUUID + `"`, `"deploymentId":"d3pl0y"`, `"X-Forwarded-Port":"3000"`,
		`"extendedRequestId":"` + reply.Header.Get("x-amz-apigw-id") + `"`,
	} {
		if !strings.Contains(raw, want) {
			t.Errorf("the event has no %s:\n%s", want, raw)
		}
	}
	if got := reply.Header.Get("x-amzn-RequestId"); got != requestUUID {
		t.Errorf("request id is %s", got)
	}
}

func TestMethodOverride(t *testing.T) {
	w := newWorld()
	w.method("/only", "DELETE", mocked("200", "deleted"))
	w.method("/only", "POST", mocked("200", "posted"))
	if got := w.serve(t, request("POST", "/dev/only", "X-HTTP-Method-Override: DELETE")); string(got.Body) != "deleted" {
		t.Errorf("got %s", got.Body)
	}
}

func TestPermissionThatIsAskedFor(t *testing.T) {
	for _, r := range []struct {
		name, verb, path string
		change           func(*api.Integration)
		want             string
	}{
		{"a method", "GET", "/orders/{id}", nil, executeAPI + "/dev/GET/orders/{id}"},
		{"ANY", "ANY", "/orders/{id}", nil, executeAPI + "/dev/*/orders/{id}"},
		{"the root", "GET", "/", nil, executeAPI + "/dev/GET/"},
		{"a role of its own", "GET", "/orders/{id}", func(i *api.Integration) { i.Credentials = "arn:aws:iam::1:role/x" }, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := proxy()
			if r.change != nil {
				r.change(&m.Integration)
			}
			w.method(r.path, r.verb, m)
			w.get(t, "/dev"+strings.Replace(r.path, "{id}", "7", 1))
			if got := w.lambda.last(t).SourceARN; got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §4.1; what is malformed is in payload's tests.
func TestLambdaOutputOnTheWire(t *testing.T) {
	for _, r := range []struct {
		name, output, accept string
		binary               []string
		want                 answer
		header               exchange.Header
	}{
		{name: "only a status", output: `{"statusCode":200}`, want: answer{200, "", ""}, header: exchange.Header{{Name: "Content-Type", Value: "application/json"}}},
		{name: "a status as text", output: `{"statusCode":"201"}`, want: answer{201, "", ""}},
		{name: "an unknown key", output: `{"statusCode":200,"cookies":[]}`, want: answer{502, "InternalServerErrorException", internalBody}},
		{name: "a text", output: `"hello"`, want: answer{502, "InternalServerErrorException", internalBody}},
		{name: "a content type of its own", output: `{"headers":{"content-type":"text/html"},"body":"<p>"}`, want: answer{200, "", "<p>"}, header: exchange.Header{{Name: "content-type", Value: "text/html"}}},
		{
			name:   "headers that are the gateway's are renamed",
			output: `{"headers":{"Connection":"x","Content-Length":"7","Date":"d","Server":"s","WWW-Authenticate":"w","x-amzn-RequestId":"r","Transfer-Encoding":"chunked","Host":"h","Via":"v"}}`,
			want:   answer{200, "", ""},
			header: exchange.Header{
				{Name: "x-amzn-Remapped-Connection", Value: "x"},
				{Name: "x-amzn-Remapped-Content-Length", Value: "7"},
				{Name: "x-amzn-Remapped-Date", Value: "d"},
				{Name: "x-amzn-Remapped-Server", Value: "s"},
				{Name: "x-amzn-Remapped-WWW-Authenticate", Value: "w"},
				{Name: "x-amzn-Remapped-x-amzn-RequestId", Value: "r"},
				{Name: "Host", Value: "h"},
				{Name: "Via", Value: "v"},
				{Name: "Transfer-Encoding", Value: ""},
			},
		},
		{name: "base64 without binary types is text", output: `{"body":"aGk=","isBase64Encoded":true}`, accept: "image/png", want: answer{200, "", "aGk="}},
		{name: "base64 that is accepted is decoded", output: `{"headers":{"Content-Type":"text/plain"},"body":"aGk=","isBase64Encoded":true}`, accept: "image/png", binary: []string{"image/png"}, want: answer{200, "", "hi"}},
		{name: "base64 that is not accepted is text", output: `{"body":"aGk=","isBase64Encoded":true}`, accept: "image/webp,image/png", binary: []string{"image/png"}, want: answer{200, "", "aGk="}},
		{name: "text that is not flagged stays", output: `{"body":"aGk="}`, accept: "image/png", binary: []string{"image/png"}, want: answer{200, "", "aGk="}},
		{name: "invalid base64", output: `{"body":"%%","isBase64Encoded":true}`, accept: "image/png", binary: []string{"image/png"}, want: answer{500, "InternalServerErrorException", internalBody}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.BinaryMediaTypes = r.binary
			w.lambda.answer(functionARN, r.output)
			reply := w.get(t, "/dev/x", "Accept: "+r.accept)
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			for _, field := range r.header {
				if !slices.Contains(reply.Header, field) && (field.Value != "" || reply.Header.Has(field.Name)) {
					t.Errorf("headers are %v, want %v", reply.Header, field)
				}
			}
			if reply.Status == 200 && !reply.Header.Has("X-Amzn-Trace-Id") {
				t.Error("the reply has no X-Amzn-Trace-Id")
			}
		})
	}
}

func TestLambdaFailures(t *testing.T) {
	internal := func(status int) answer {
		return answer{status, "InternalServerErrorException", internalBody}
	}
	for _, r := range []struct {
		name    string
		arrange func(*world, *api.Method)
		want    answer
	}{
		{"a function error", func(w *world, _ *api.Method) { w.lambda.functionError(functionARN, `{"errorMessage":"x"}`) }, internal(502)},
		{"no permission", func(w *world, _ *api.Method) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "AccessDeniedException", Status: 403})
		}, internal(500)},
		{"throttled", func(w *world, _ *api.Method) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "TooManyRequestsException", Status: 429})
		}, internal(500)},
		{"no function", func(w *world, _ *api.Method) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "ResourceNotFoundException", Status: 404})
		}, internal(500)},
		{"a broken connection", func(w *world, _ *api.Method) { w.lambda.fail(functionARN, errors.New("x")) }, answer{
			504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`,
		}},
		{"an integration method that is not POST", func(w *world, m *api.Method) {
			m.Integration.HTTPMethod = "GET"
			w.def.GatewayResponses = map[string]api.GatewayResponse{"INTEGRATION_FAILURE": {}}
		}, internal(500)},
		{"a mapping that is not allowed", func(_ *world, m *api.Method) {
			m.Integration.RequestParameters = map[string]string{"integration.request.header.content-length": "'1'"}
		}, internal(500)},
		{"a stage variable that is not set", func(_ *world, m *api.Method) {
			m.Integration.URI = invocation + "arn:aws:lambda:us-east-1:1:function:${stageVariables.fn}/invocations"
		}, internal(500)},
		{"an integration type that is not served", func(_ *world, m *api.Method) { m.Integration.Type = "HTTP_PROXY" }, internal(500)},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := proxy()
			r.arrange(w, &m)
			w.method("/x", "GET", m)
			if got := seen(w.get(t, "/dev/x")); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if w.records[0].Reason() == "" {
				t.Error("no mark says why")
			}
		})
	}
}

func TestRecordAndMarks(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	w.get(t, "/dev/guarded", "Authorization: a")
	if len(w.records) != 1 {
		t.Fatalf("got %d records, want one", len(w.records))
	}
	got := w.records[0]
	if got.APIKind != "REST" || got.APIName != "partner" || got.Route != "GET /guarded" ||
		got.Function != "orders" || got.Status != 200 || got.Stage != "dev" || got.Path != "/dev/guarded" {
		t.Errorf("got %+v", got)
	}
	var steps, facts []string
	for _, mark := range got.Marks {
		steps = append(steps, mark.Step)
		for _, fact := range mark.Facts {
			facts = append(facts, fact.Name+"="+fact.Value)
		}
	}
	wantSteps := []string{
		"choose stage", "check limits", "decompress body", "inspect by web ACL", "match resource", "authorize", "check API key",
		"throttle", "count quota", "validate request", "look up cache", "build integration request", "call integration", "build method response",
		"store in cache", "compress reply", "complete reply", "write access log",
	}
	if diff := cmp.Diff(wantSteps, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	wantFacts := []string{
		"method=GET /guarded", "authorizer=guard", "principal=me", "cached=false", "statement=#1", "latency=0s",
		"integration=orders", "latency=0s", "status=200", "bytes=2",
	}
	if diff := cmp.Diff(wantFacts, facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestRoutes(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	w.method("/health", "GET", mocked("200", ""))
	w.compile(t)
	want := []restapi.Route{
		{Method: "GET", Path: "/guarded", Authorizer: "guard", Target: "orders"},
		{Method: "GET", Path: "/health", Authorizer: "NONE", Target: "MOCK"},
		{Method: "ANY", Path: "/{proxy+}", Authorizer: "NONE", Target: "orders"},
	}
	if diff := cmp.Diff(want, w.api.Routes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*world)
		want   string
	}{
		{"a path no API could have", func(w *world) { w.method("/a{id}", "GET", proxy()) }, `GET /a{id}`},
		{"an access log of two lines", func(w *world) {
			w.def.Stages[0].AccessLog = &api.AccessLog{Format: "a\nb"}
		}, "stage dev"},
		{"a gateway response parameter that is no header", func(w *world) {
			w.def.GatewayResponses = map[string]api.GatewayResponse{"THROTTLED": {Parameters: map[string]string{"x": "'y'"}}}
		}, "gateway response THROTTLED"},
		{"an integration response without a status", func(w *world) {
			w.method("/m", "GET", mocked("abc", ""))
		}, "resource /m, method GET"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			r.change(w)
			_, err := restapi.New(w.def, restapi.Dependencies{Clock: w.clock, Invoker: w.lambda, Log: discard()})
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want one that names %s", err, r.want)
			}
		})
	}
}
