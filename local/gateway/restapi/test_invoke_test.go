package restapi_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

// stamp is what lines of an execution log begin with, but the first.
const stamp = "Fri May 15 06:01:09 UTC 2020 : "

func (w *world) test(t *testing.T, in restapi.TestInvocation) restapi.TestResult {
	t.Helper()
	w.compile(t)
	got, err := w.api.TestInvokeMethod(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

var anyTrace = regexp.MustCompile(`Root=1-[0-9a-f;A-Z=a-z-]*Sampled=\d`)

// logged returns a log with its ids replaced.
func logged(text string) string {
	return anyTrace.ReplaceAllString(anyUUID.ReplaceAllString(text, "<id>"), "<trace>")
}

// The lines are those of spec control-plane.md §15.
func TestInvokeOfMock(t *testing.T) {
	w := newWorld()
	w.method("/pets/{petId}", "GET", mocked("200", `{"id":"$input.params('petId')"}`))
	got := w.test(t, restapi.TestInvocation{
		ResourceID: "respets/{petId", HTTPMethod: "GET", PathWithQueryString: "/pets/123?foo=bar",
	})
	want := "Execution log for request <id>\n" + strings.Join([]string{
		stamp + "Starting execution for request: <id>",
		stamp + "HTTP Method: GET, Resource Path: /pets/123",
		stamp + "Method request path: {petId=123}",
		stamp + "Method request query string: {foo=bar}",
		stamp + "Method request headers: {}",
		stamp + "Method request body before transformations: ",
		stamp + `Method response body after transformations: {"id":"123"}`,
		stamp + "Method response headers: {Content-Type=application/json}",
		stamp + "Successfully completed execution",
		stamp + "Method completed with status: 200", "",
	}, "\n")
	if diff := cmp.Diff(want, logged(got.Log)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	header := exchange.Header{{Name: "Content-Type", Value: "application/json"}}
	if diff := cmp.Diff(header, got.Header); diff != "" || got.Status != 200 || string(got.Body) != `{"id":"123"}` {
		t.Errorf("got %d %s, headers (-want +got):\n%s", got.Status, got.Body, diff)
	}
	if len(w.records) > 0 || len(w.lines) > 0 {
		t.Error("the call was observed")
	}
}

func TestInvokeOfFunction(t *testing.T) {
	w := newWorld()
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": {Throttle: &api.Throttle{}}}
	m := proxy()
	m.AuthorizationType, m.AuthorizerID, m.APIKeyRequired = "CUSTOM", "gone", true
	m.Integration.URI = invocation + "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.fn}/invocations"
	w.method("/orders", "POST", m)
	got := w.test(t, restapi.TestInvocation{
		ResourceID: "resorders", HTTPMethod: "POST", Body: `{"a":1}`,
		Header:         exchange.Header{{Name: "X-B", Value: "b"}, {Name: "Authorization", Value: "secret-1234567"}},
		StageVariables: map[string]string{"fn": "orders:live"},
	})
	const address = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/" + functionARN + "/invocations"
	event := string(w.lambda.last(t).Payload)
	want := "Execution log for request <id>\n" + strings.Join([]string{
		stamp + "Starting execution for request: <id>",
		stamp + "HTTP Method: POST, Resource Path: /orders",
		stamp + "Method request path: {}",
		stamp + "Method request query string: {}",
		stamp + "Method request headers: {Authorization=********234567, X-B=b}",
		stamp + `Method request body before transformations: {"a":1}`,
		stamp + "Endpoint request URI: " + address,
		stamp + "Endpoint request headers: {x-amzn-lambda-integration-tag=<id>, x-amzn-apigateway-api-id=abc1234567, " +
			"Accept=application/json, User-Agent=AmazonAPIGateway_abc1234567, X-Amzn-Trace-Id=<trace>}",
		stamp + "Endpoint request body after transformations: " + logged(event),
		stamp + "Sending request to " + address,
		stamp + "Received response. Status: 200, Integration latency: 0 ms",
		stamp + "Endpoint response headers: {Date=Fri, 15 May 2020 06:01:09 GMT, Content-Type=application/json, " +
			"Content-Length=30, Connection=keep-alive, x-amzn-RequestId=lambda-1, x-amzn-Remapped-Content-Length=0, " +
			"X-Amz-Executed-Version=$LATEST, X-Amzn-Trace-Id=<trace>}",
		stamp + `Endpoint response body before transformations: {"statusCode":200,"body":"ok"}`,
		stamp + "Method response body after transformations: ok",
		stamp + "Method response headers: {X-Amzn-Trace-Id=<trace>, Content-Type=application/json}",
		stamp + "Successfully completed execution",
		stamp + "Method completed with status: 200", "",
	}, "\n")
	if diff := cmp.Diff(want, logged(got.Log)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if source := w.lambda.last(t).SourceARN; source != executeAPI+"/test-invoke-stage/POST/orders" {
		t.Errorf("the permission asked for is %s", source)
	}
	for _, want := range []string{
		`"path":"/orders"`, `"stage":"test-invoke-stage"`, `"domainPrefix":"testPrefix"`, `"sourceIp":"test-invoke-source-ip"`,
		`"domainName":"testPrefix.testDomainName"`, `"apiKey":"test-invoke-api-key"`, `"apiKeyId":"test-invoke-api-key-id"`,
		`"userArn":"arn:aws:iam::123456789012:root"`, `"stageVariables":{"fn":"orders:live"}`,
	} {
		if !strings.Contains(event, want) {
			t.Errorf("the event has no %s: %s", want, event)
		}
	}
	if strings.Contains(event, "deploymentId") || strings.Contains(event, "X-Forwarded-For") {
		t.Errorf("the event tells of a deployment or a listener: %s", event)
	}
}

func TestInvokeWithoutHeaders(t *testing.T) {
	w := newWorld()
	w.test(t, restapi.TestInvocation{ResourceID: "resproxy", HTTPMethod: "GET"})
	event := string(w.lambda.last(t).Payload)
	for _, want := range []string{
		`"headers":null,"multiValueHeaders":null,"queryStringParameters":null`, `"pathParameters":{"proxy":"{proxy+}"}`,
		`"path":"/{proxy+}"`, `"stageVariables":null`, `"body":null`,
	} {
		if !strings.Contains(event, want) {
			t.Errorf("the event has no %s: %s", want, event)
		}
	}
}

func TestInvokeOfAPathOfAnotherResource(t *testing.T) {
	w := newWorld()
	w.method("/pets/{petId}", "GET", mocked("200", `[$input.params('petId')]`))
	got := w.test(t, restapi.TestInvocation{ResourceID: "respets/{petId", HTTPMethod: "GET", PathWithQueryString: "/else/where/x"})
	if string(got.Body) != "[]" || !strings.Contains(got.Log, "Method request path: {}\n") {
		t.Errorf("got %s\n%s", got.Body, got.Log)
	}
}

// The texts are those of spec observability.md §2, "Known failure texts".
func TestInvokeThatFails(t *testing.T) {
	internal := answer{500, "InternalServerErrorException", internalBody}
	gateway := answer{502, "InternalServerErrorException", internalBody}
	for _, r := range []struct {
		name   string
		change func(*testing.T, *world, *api.Method)
		want   answer
		text   string
	}{
		{"a stage variable that no stage has", func(_ *testing.T, _ *world, m *api.Method) {
			*m = httpMethod("HTTP_PROXY", "https://${stageVariables.testHost}")
		}, internal, "Execution failed due to configuration error: Invalid endpoint address"},
		{"a MOCK without status", func(_ *testing.T, _ *world, m *api.Method) {
			*m = mocked("200", "")
			m.Integration.RequestTemplates = map[string]string{"application/json": "{}"}
		}, internal, "Execution failed due to configuration error: Unable to parse statusCode. It should be an integer that is defined in the request template."},
		{"no integration response fits", func(_ *testing.T, _ *world, m *api.Method) {
			*m = mocked("200", "")
			m.Integration.Responses[0].SelectionPattern = "400"
		}, internal, "Execution failed due to configuration error: No match for output mapping and no default output mapping configured. Endpoint Response Status Code: 200"},
		{"a method response that is missing", func(_ *testing.T, _ *world, m *api.Method) {
			*m = mocked("200", "")
			m.Responses = nil
		}, internal, "Execution failed due to configuration error: Output mapping refers to an invalid method response: 200"},
		{"an answer that is malformed", func(_ *testing.T, w *world, _ *api.Method) {
			w.lambda.answer(functionARN, `"x"`)
		}, gateway, "Execution failed due to configuration error: Malformed Lambda proxy response"},
		{"a function that fails", func(_ *testing.T, w *world, _ *api.Method) {
			w.lambda.functionError(functionARN, `{"errorMessage":"no stock"}`)
		}, gateway, "Lambda execution failed with status 200 due to customer function error: no stock. Lambda request id: "},
		{"a function that may not be called", func(_ *testing.T, w *world, _ *api.Method) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "AccessDeniedException", Status: 403})
		}, internal, "Execution failed due to configuration error: Invalid permissions on Lambda function"},
		{"a network that breaks", func(_ *testing.T, w *world, _ *api.Method) {
			w.lambda.fail(functionARN, errors.New("reset"))
		}, answer{504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`}, "Execution failed due to a network error communicating with endpoint"},
		{"a header that is present already", func(_ *testing.T, _ *world, m *api.Method) {
			m.Integration.RequestParameters = map[string]string{"integration.request.header.Content-Length": "'1'"}
		}, internal, "Execution failed due to configuration error: Content-Length already present: no mapping may set it"},
		{"a parameter that is missing", func(_ *testing.T, w *world, m *api.Method) {
			w.def.RequestValidators = map[string]api.RequestValidator{"v": {ValidateParameters: true}}
			m.RequestValidatorID, m.RequestParameters = "v", map[string]bool{"method.request.querystring.q1": true}
		}, answer{400, "BadRequestException", `{"message": "Missing required request parameters: [q1]"}`}, "Missing required request parameters: [q1]"},
		{"a body that does not fit", func(_ *testing.T, w *world, m *api.Method) {
			w.def.RequestValidators = map[string]api.RequestValidator{"v": {ValidateBody: true}}
			w.def.Models = map[string]api.Model{"M": {Name: "M", Schema: []byte(`{"type":"object","required":["name"]}`)}}
			m.RequestValidatorID, m.RequestModels = "v", map[string]string{"application/json": "M"}
		}, answer{400, "BadRequestException", `{"message": "Invalid request body"}`}, `Request body does not match model schema for content type application/json: [object has missing required properties (["name"])]`},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := proxy()
			r.change(t, w, &m)
			w.method("/t", "POST", m)
			got := w.test(t, restapi.TestInvocation{ResourceID: "rest", HTTPMethod: "POST"})
			reply := &exchange.Reply{Status: got.Status, Header: got.Header, Body: got.Body}
			if seen(reply) != r.want || len(got.Header) != 1 {
				t.Errorf("got %+v with %v, want %+v", seen(reply), got.Header, r.want)
			}
			lines := strings.Split(strings.TrimSuffix(got.Log, "\n"), "\n")
			if want := stamp + r.text; lines[len(lines)-2] != want {
				t.Errorf("the log has\n%s, want\n%s", lines[len(lines)-2], want)
			}
			if want := stamp + "Method completed with status: "; !strings.HasPrefix(lines[len(lines)-1], want) {
				t.Errorf("the log ends with %s", lines[len(lines)-1])
			}
		})
	}
}

func TestInvokeOfHTTPBackend(t *testing.T) {
	b := backend(t, says(201, "made"))
	w := newWorld()
	w.method("/h", "POST", httpMethod("HTTP", b.URL+"/x"))
	got := w.test(t, restapi.TestInvocation{ResourceID: "resh", HTTPMethod: "POST", Body: "b"})
	for _, want := range []string{
		"Endpoint request URI: " + b.URL + "/x\n", "Endpoint request body after transformations: b\n",
		"Sending request to " + b.URL + "/x\n", "Received response. Status: 201, Integration latency: 0 ms\n",
		"X-Backend=b", "Endpoint response body before transformations: made\n",
	} {
		if !strings.Contains(got.Log, want) {
			t.Errorf("the log has no %s:\n%s", want, got.Log)
		}
	}
}

func TestInvokeOfAStream(t *testing.T) {
	b := backend(t, says(200, "piece by piece"))
	w := newWorld()
	m := httpMethod("HTTP_PROXY", b.URL)
	m.Integration.ResponseMode = "STREAM"
	w.method("/h", "GET", m)
	got := w.test(t, restapi.TestInvocation{ResourceID: "resh", HTTPMethod: "GET"})
	if got.Status != 200 || string(got.Body) != "piece by piece" {
		t.Errorf("got %d %s\n%s", got.Status, got.Body, got.Log)
	}
}

func TestInvokeOfWhatDoesNotExist(t *testing.T) {
	w := newWorld()
	w.method("/x", "GET", mocked("200", ""))
	w.compile(t)
	for _, r := range []struct {
		name, resource, verb, want string
	}{
		{"a resource", "gone", "GET", "Invalid Resource identifier specified"},
		{"a method", "resx", "POST", "Invalid Method identifier specified"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := w.api.TestInvokeMethod(t.Context(), restapi.TestInvocation{ResourceID: r.resource, HTTPMethod: r.verb})
			var missing *restapi.NotFoundError
			if !errors.As(err, &missing) || missing.Message != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}

func TestLongMapsAreCutInTheLog(t *testing.T) {
	w := newWorld()
	w.method("/m", "GET", mocked("200", ""))
	got := w.test(t, restapi.TestInvocation{
		ResourceID: "resm", HTTPMethod: "GET", Header: exchange.Header{{Name: "A", Value: strings.Repeat("x", 2000)}},
	})
	if want := "Method request headers: {A=" + strings.Repeat("x", 995) + " [TRUNCATED]\n"; !strings.Contains(got.Log, want) {
		t.Errorf("got %s", got.Log)
	}
}
