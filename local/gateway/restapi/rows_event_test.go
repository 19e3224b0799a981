package restapi_test

import (
	"regexp"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// The rows are those of spec rest-api.md §4 and control-plane.md §11 that TestFieldsOfTheEvent and
// TestPathsAsFunctionsSeeThem have not. The event must match the expression.
func TestRowsOfTheEvent(t *testing.T) {
	keyed := func(w *world) { w.keyed("/x", "GET", api.UsagePlan{}) }
	answering := func(context string) func(*world) {
		return func(w *world) {
			w.guard("TOKEN", nil)
			w.lambda.answer(guardARN, `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Allow",`+
				`"Action":"*","Resource":"*"}]},"context":`+context+`}`)
		}
	}
	for _, r := range []struct {
		name   string
		with   func(*world)
		target string
		header []string
		body   string
		want   string
	}{
		{"the resource is the template of the path, twice", nil, "/dev/a/b", nil, "", `^\{"resource":"/\{proxy\+\}".*"resourcePath":"/\{proxy\+\}"`},
		{"the method is the client's, twice", nil, "/dev/x", nil, "", `"httpMethod":"GET".*"requestContext":.*"httpMethod":"GET"`},
		{"the resource's id", nil, "/dev/x", nil, "", `"requestContext":\{"resourceId":"resproxy"`},
		{"without an authorizer there is no key for one", nil, "/dev/x", nil, "", `\{"resourceId":"resproxy","resourcePath"`},
		{"lists of one value mirror the headers", nil, "/dev/x", []string{"A: 1"}, "", `"headers":\{"A":"1",.*"multiValueHeaders":\{"A":\["1"\]`},
		{"headers of one name in two casings are one", nil, "/dev/x", []string{"A: 1", "a: 2"}, "", `"headers":\{"A":"2",.*"multiValueHeaders":\{"A":\["1","2"\]`},
		{"lists of one value mirror the query string", nil, "/dev/x?q=1", nil, "", `"queryStringParameters":\{"q":"1"\},"multiValueQueryStringParameters":\{"q":\["1"\]\}`},
		{"a query string without a value is empty", nil, "/dev/x?q", nil, "", `"queryStringParameters":\{"q":""\}`},
		{"several path parameters", func(w *world) { w.method("/a/{b}/{c}", "GET", proxy()) }, "/dev/a/1/2", nil, "", `"pathParameters":\{"b":"1","c":"2"\}`},
		{"a path parameter stays encoded", func(w *world) { w.method("/a/{b}", "GET", proxy()) }, "/dev/a/x%2By%20z", nil, "", `"pathParameters":\{"b":"x%2By%20z"\}`},
		{"a GET may have a body", nil, "/dev/x", nil, "hi", `"body":"hi","isBase64Encoded":false\}$`},
		{"no body of a binary type is no base64", func(w *world) { w.def.BinaryMediaTypes = []string{"*/*"} }, "/dev/x", nil, "", `"body":null,"isBase64Encoded":false\}$`},
		{"everything is binary, also without a type", func(w *world) { w.def.BinaryMediaTypes = []string{"*/*"} }, "/dev/x", nil, "hi", `"body":"aGk=","isBase64Encoded":true\}$`},
		{"bytes that are no UTF-8 become U+FFFD", nil, "/dev/x", nil, "a\xffb", "\"body\":\"a\uFFFDb\",\"isBase64Encoded\":false"},
		{"a request id that is no UUID is not taken", nil, "/dev/x", []string{"x-amzn-RequestId: mine"}, "", `"requestId":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"`},
		{"the identity of a method with a key has the key and its id", keyed, "/dev/x", []string{"x-api-key: one"}, "", `"identity":\{.*"apiKey":"one",.*"apiKeyId":"k1"`},
		{"the identity without a key has neither", nil, "/dev/x", []string{"x-api-key: one"}, "", `"identity":\{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,`},
		{"no user agent is null", nil, "/dev/x", nil, "", `"userAgent":null`},
		{"an authorizer's number is a text", answering(`{"n":1.5}`), "/dev/guarded", []string{"Authorization: a"}, "", `"authorizer":\{"principalId":"me","integrationLatency":0,"n":"1.5"\}`},
		{"an authorizer's truth value is a text", answering(`{"t":true}`), "/dev/guarded", []string{"Authorization: a"}, "", `"authorizer":\{"principalId":"me","integrationLatency":0,"t":"true"\}`},
		{"the client's forwarding port and protocol are not believed", nil, "/dev/x", []string{"X-Forwarded-Proto: ftp", "X-Forwarded-Port: 1"}, "", `"X-Forwarded-Port":"3000","X-Forwarded-Proto":"http"`},
		{"Host is the client's", nil, "/dev/x", nil, "", `"headers":\{"Host":"abc1234567.execute-api.localhost:3000"`},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			if r.with != nil {
				r.with(w)
			}
			asked := request("GET", r.target, r.header...)
			asked.Body = []byte(r.body)
			reply := w.serve(t, asked)
			if reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if event := w.lambda.last(t).Payload; !regexp.MustCompile(r.want).Match(event) {
				t.Errorf("the event is\n%s\nwant\n%s", event, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §4, "Integration rules", and of §9.
func TestRowsOfTheInvocation(t *testing.T) {
	w := newWorld()
	reply := w.get(t, "/dev/x", "x-amzn-trace-id: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1")
	called := w.lambda.last(t)
	event := proxyEvent(t, w)
	for _, r := range []struct{ name, got, want string }{
		{"the function is the URI's, with its qualifier", called.FunctionARN, functionARN},
		{"the reply's request id is the event's", reply.Header.Get("x-amzn-RequestId"), event.RequestContext.RequestID},
		{"the reply's extended id is the event's", reply.Header.Get("x-amz-apigw-id"), event.RequestContext.ExtendedRequestID},
		{"the reply's trace continues the client's", reply.Header.Get("X-Amzn-Trace-Id"), "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"},
		{"the function's trace is the reply's", called.Trace, reply.Header.Get("X-Amzn-Trace-Id")},
	} {
		t.Run(r.name, func(t *testing.T) {
			if r.got != r.want || r.got == "" {
				t.Errorf("got %q, want %q", r.got, r.want)
			}
		})
	}
	t.Run("integration and method responses have no say", func(t *testing.T) {
		w := newWorld()
		m := proxy()
		m.Responses = map[string]api.MethodResponse{"404": {}}
		m.Integration.Responses = []api.IntegrationResponse{{
			StatusCode: "404", SelectionPattern: ".*", Templates: map[string]string{"application/json": "made"},
			Parameters: map[string]string{"method.response.header.X-Mapped": "'x'"},
		}}
		w.method("/x", "GET", m)
		w.lambda.answer(functionARN, `{"statusCode":201,"body":"own","headers":{"X-Own":"y"}}`)
		reply := w.get(t, "/dev/x")
		if got := seen(reply); got != (answer{201, "", "own"}) || reply.Header.Has("X-Mapped") || reply.Header.Get("X-Own") != "y" {
			t.Errorf("got %+v with %v", got, reply.Header)
		}
	})
	t.Run("request templates have no say", func(t *testing.T) {
		w := newWorld()
		m := proxy()
		m.Integration.PassthroughBehavior = "NEVER"
		m.Integration.RequestTemplates = map[string]string{"application/json": "made"}
		w.method("/x", "GET", m)
		if got := seen(w.get(t, "/dev/x", "Content-Type: text/css")); got != (answer{200, "", "ok"}) {
			t.Errorf("got %+v", got)
		}
		if got := w.lambda.last(t).Payload; string(got) == "made" {
			t.Errorf("the function got %s", got)
		}
	})
}

// The rows are those of spec rest-api.md §4.1 that TestLambdaOutput and TestFunctionsThatFail have
// not.
func TestRowsOfFunctionOutput(t *testing.T) {
	refused := func(status int, code string) func(*world) {
		return func(w *world) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: code, Status: status})
		}
	}
	answers := func(output string) func(*world) {
		return func(w *world) { w.lambda.answer(functionARN, output) }
	}
	broken := answer{502, "InternalServerErrorException", internalBody}
	for _, r := range []struct {
		name string
		with func(*world)
		want answer
	}{
		{"Lambda cannot use the function's key", refused(502, "KMSAccessDeniedException"), internalError},
		{"Lambda has no addresses left", refused(502, "ENILimitReachedException"), internalError},
		{"Lambda finds the event too large", refused(413, "RequestTooLargeException"), internalError},
		{"Lambda fails", refused(500, "ServiceException"), internalError},
		{"an answer over 6 MB is the function's error", func(w *world) {
			w.lambda.functionError(functionARN, `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`)
		}, broken},
		{"a status with a fraction", answers(`{"statusCode":200.5}`), broken},
		{"a status that is null", answers(`{"statusCode":null}`), answer{200, "", ""}},
		{"nothing", answers(``), broken},
		{"JSON and then more", answers(`{} {}`), broken},
		{"headers that are a list", answers(`{"headers":[]}`), broken},
		{"lists of values that are null", answers(`{"multiValueHeaders":null}`), answer{200, "", ""}},
		{"a flag that is no truth value", answers(`{"body":"","isBase64Encoded":"true"}`), broken},
		{"a key in another case is another key", answers(`{"StatusCode":200}`), broken},
		{"a body with escapes", answers(`{"body":"a\n\u00fc"}`), answer{200, "", "a\nü"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			r.with(w)
			if got := seen(w.get(t, "/dev/x")); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
	t.Run("a pair in both maps is sent once", func(t *testing.T) {
		w := newWorld()
		w.lambda.answer(functionARN, `{"headers":{"x-a":"1"},"multiValueHeaders":{"X-A":["1","2"]}}`)
		reply := w.get(t, "/dev/x")
		var got []string
		for _, field := range reply.Header {
			if field.Name == "X-A" || field.Name == "x-a" {
				got = append(got, field.Name+field.Value)
			}
		}
		if len(got) != 2 || got[0] != "X-A1" || got[1] != "X-A2" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("the body of a 500 has 36 bytes", func(t *testing.T) {
		w := newWorld()
		refused(429, "TooManyRequestsException")(w)
		reply := w.get(t, "/dev/x")
		if len(reply.Body) != 36 || reply.Header.Get("Content-Type") != "application/json" {
			t.Errorf("got %d bytes of %s", len(reply.Body), reply.Header.Get("Content-Type"))
		}
	})
}
