package restapi_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

func TestMock(t *testing.T) {
	type change = func(*api.Method)
	for _, r := range []struct {
		name   string
		change change
		binary []string
		header string
		want   answer
	}{
		{"a constant answer", nil, nil, "A: b", answer{200, "", `{"ok":true}`}},
		{"no response template", func(m *api.Method) { m.Integration.Responses[0].Templates = nil }, nil, "A: b", answer{200, "", ""}},
		{"CDK's unquoted key", func(m *api.Method) { m.Integration.RequestTemplates["application/json"] = "{ statusCode: 200 }" }, nil, "A: b", answer{200, "", `{"ok":true}`}},
		{"no status", func(m *api.Method) { m.Integration.RequestTemplates["application/json"] = "{}" }, nil, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"no request template", func(m *api.Method) { m.Integration.RequestTemplates = nil }, nil, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"no template for the type", func(m *api.Method) { m.Integration.PassthroughBehavior = "NEVER" }, nil, "Content-Type: text/plain", answer{415, "BadRequestException", `{"message": "Unsupported Media Type"}`}},
		{"no integration response fits", func(m *api.Method) { m.Integration.Responses[0].SelectionPattern = "404" }, nil, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"a response the method does not declare", func(m *api.Method) { m.Responses = nil }, nil, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"a pattern that is none", func(m *api.Method) { m.Integration.Responses[0].SelectionPattern = "(?=2" }, nil, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"Velocity in the request", func(m *api.Method) {
			m.Integration.RequestTemplates["application/json"] = `#set($x=200){"statusCode":$x}`
		}, nil, "A: b", answer{200, "", `{"ok":true}`}},
		{"Velocity in the response", func(m *api.Method) {
			m.Integration.Responses[0].Templates["application/json"] = `{"stage":"$context.stage","a":"$input.params('A')","n":"$nothing"}`
		}, nil, "A: b", answer{200, "", `{"stage":"dev","a":"b","n":""}`}},
		{"a template that cannot be read", func(m *api.Method) {
			m.Integration.Responses[0].Templates["application/json"] = "#if($x"
		}, nil, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"everything is binary, the template takes text", nil, []string{"*/*"}, "A: b", answer{500, "InternalServerErrorException", internalBody}},
		{"everything is binary, converted to text", func(m *api.Method) {
			m.Integration.ContentHandling = "CONVERT_TO_TEXT"
			m.Integration.Responses[0].Templates = nil
		}, []string{"*/*"}, "A: b", answer{200, "", ""}},
		{"text for a client that takes binary is decoded", func(m *api.Method) {
			m.Integration.Responses[0].Templates["application/json"] = "aGk="
		}, []string{"image/png"}, "Accept: image/png", answer{200, "", "hi"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.BinaryMediaTypes = r.binary
			m := mocked("200", `{"ok":true}`)
			if r.change != nil {
				r.change(&m)
			}
			w.method("/health", "GET", m)
			reply := w.get(t, "/dev/health", r.header)
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if reply.Header.Has("X-Amzn-Trace-Id") {
				t.Error("MOCK answers with X-Amzn-Trace-Id")
			}
			if len(w.lambda.calls) > 0 {
				t.Error("a function was called")
			}
		})
	}
}

func TestMockHeaders(t *testing.T) {
	w := newWorld()
	w.def.Stages[0].Variables = map[string]string{"origin": "https://example.com"}
	m := mocked("204", "")
	m.Integration.Responses[0].Parameters = map[string]string{
		"method.response.header.Access-Control-Allow-Origin":  "stageVariables.origin",
		"method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
		"method.response.header.Content-Type":                 "'text/html'",
		"method.response.header.Server":                       "'mine'",
		"method.response.header.X-Stage":                      "context.stage",
		"method.response.header.X-Backend":                    "integration.response.header.a",
	}
	w.method("/cors", "OPTIONS", m)
	reply := w.serve(t, request("OPTIONS", "/dev/cors?q=1&q=2", "X-In: a", "X-In: b"))
	reply.Header.Del("x-amzn-RequestId")
	reply.Header.Del("x-amz-apigw-id")
	want := exchange.Header{
		{Name: "Access-Control-Allow-Methods", Value: "GET,OPTIONS"},
		{Name: "Access-Control-Allow-Origin", Value: "https://example.com"},
		{Name: "Content-Type", Value: "text/html"},
		{Name: "x-amzn-Remapped-Server", Value: "mine"},
		{Name: "X-Stage", Value: "dev"},
	}
	if diff := cmp.Diff(want, reply.Header); diff != "" || reply.Status != 204 {
		t.Errorf("status %d (-want +got):\n%s", reply.Status, diff)
	}
}

type gatewayResponseRow struct {
	name      string
	responses map[string]api.GatewayResponse
	target    string
	want      answer
	header    exchange.Field
}

// The rows are those of spec rest-api.md §10.
func gatewayResponseRows() []gatewayResponseRow {
	cors := map[string]string{"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
	return []gatewayResponseRow{
		{
			"a status of its own",
			map[string]api.GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {StatusCode: 404}},
			"/dev",
			answer{404, "MissingAuthenticationTokenException", missing},
			exchange.Field{},
		},
		{
			"DEFAULT_4XX fills in, with its status",
			map[string]api.GatewayResponse{"DEFAULT_4XX": {StatusCode: 418, Parameters: cors}},
			"/dev",
			answer{418, "MissingAuthenticationTokenException", missing},
			exchange.Field{Name: "Access-Control-Allow-Origin", Value: "*"},
		},
		{
			"only headers leave the body",
			map[string]api.GatewayResponse{"DEFAULT_5XX": {Parameters: cors}},
			"/dev/broken",
			answer{502, "InternalServerErrorException", internalBody},
			exchange.Field{Name: "Access-Control-Allow-Origin", Value: "*"},
		},
		{
			"a type of its own inherits nothing",
			map[string]api.GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {}, "DEFAULT_4XX": {StatusCode: 418, Parameters: cors}},
			"/dev",
			answer{403, "MissingAuthenticationTokenException", missing},
			exchange.Field{},
		},
		{
			"AWS's default template has no blank",
			map[string]api.GatewayResponse{"DEFAULT_5XX": {Templates: map[string]string{"application/json": `{"message":$context.error.messageString}`}}},
			"/dev/broken",
			answer{502, "InternalServerErrorException", `{"message":"Internal server error"}`},
			exchange.Field{},
		},
		{
			"a template is plain substitution",
			map[string]api.GatewayResponse{"DEFAULT_4XX": {Templates: map[string]string{
				"application/json": `{"t":"$context.error.responseType","m":"$context.error.message","q":"$method.request.querystring.q",` +
					`"n":"$context.nothing","v":"$stageVariables.v","r":"${context.resourcePath}","d":"$5"}`,
			}}},
			"/dev?q=1",
			answer{403, "MissingAuthenticationTokenException", `{"t":"MISSING_AUTHENTICATION_TOKEN",` +
				`"m":"Missing Authentication Token","q":"1","n":"","v":"stage","r":"","d":"$5"}`},
			exchange.Field{},
		},
		{
			"the only template sets the type",
			map[string]api.GatewayResponse{"DEFAULT_4XX": {Templates: map[string]string{"text/html": "<p>"}}},
			"/dev",
			answer{403, "MissingAuthenticationTokenException", "<p>"},
			exchange.Field{Name: "Content-Type", Value: "text/html"},
		},
		{
			"a header from the request",
			map[string]api.GatewayResponse{"DEFAULT_4XX": {Parameters: map[string]string{
				"gatewayresponse.header.X-Q": "method.request.querystring.q", "gatewayresponse.header.WWW-Authenticate": "'Basic'",
			}}},
			"/dev?q=1",
			answer{403, "MissingAuthenticationTokenException", missing},
			exchange.Field{Name: "WWW-Authenticate", Value: "Basic"},
		},
		{
			"an unknown stage is no API's",
			map[string]api.GatewayResponse{"DEFAULT_4XX": {StatusCode: 418}},
			"/nostage",
			answer{403, "ForbiddenException", forbidden},
			exchange.Field{},
		},
		{
			"a null message",
			map[string]api.GatewayResponse{"DEFAULT_5XX": {Templates: map[string]string{"application/json": `{"m":$context.error.messageString}`}}},
			"/dev/guarded",
			answer{500, "AuthorizerConfigurationException", `{"m":null}`},
			exchange.Field{},
		},
	}
}

func TestGatewayResponses(t *testing.T) {
	for _, r := range gatewayResponseRows() {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.GatewayResponses = r.responses
			w.def.Stages[0].Variables = map[string]string{"v": "stage"}
			w.guard("TOKEN", nil)
			w.lambda.answer(guardARN, "x")
			w.lambda.answer(functionARN, "malformed")
			w.method("/broken", "GET", proxy())
			reply := w.get(t, r.target, "Authorization: AWS4-x")
			if strings.HasSuffix(r.target, "guarded") {
				reply = w.get(t, r.target, "Authorization: x")
			}
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if r.header.Name != "" && reply.Header.Get(r.header.Name) != r.header.Value {
				t.Errorf("headers are %v, want %v", reply.Header, r.header)
			}
		})
	}
}

func TestIntegrationTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.clock = clock.System{}
		m := proxy()
		m.Integration.TimeoutMillis = 50
		w.method("/slow", "GET", m)
		w.lambda.answers[functionARN] = func(ctx context.Context) (exchange.Invoked, error) {
			<-ctx.Done()
			return exchange.Invoked{}, ctx.Err()
		}
		want := answer{504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`}
		if got := seen(w.get(t, "/dev/slow")); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

func TestTrace(t *testing.T) {
	const root = "1-5759e988-bd862e3fe1be46a994272793"
	for _, r := range []struct{ name, sent, wantEvent, wantReply string }{
		{"none", "", `^Root=1-5ebe3025-[0-9a-f]{24}$`, `^Root=1-5ebe3025-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`},
		{"only a root", "Root=" + root, `^Root=` + root + `$`, `^Root=` + root + `;Parent=[0-9a-f]{16};Sampled=0$`},
		{
			"all of it", "Root=" + root + ";Parent=53995c3f42cd8ad8;Sampled=1", `Sampled=1$`,
			`^Root=` + root + `;Parent=53995c3f42cd8ad8;Sampled=1$`,
		},
		{
			"a parent without a decision", "Root=" + root + ";Parent=53995c3f42cd8ad8", `Parent=53995c3f42cd8ad8$`,
			`^Root=` + root + `;Parent=53995c3f42cd8ad8;Sampled=1$`,
		},
		{"something else", "Self=x", `^Root=1-5ebe3025-`, `^Root=1-5ebe3025-.*;Self=x$`},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			var header []string
			if r.sent != "" {
				header = []string{"x-amzn-trace-id: " + r.sent}
			}
			reply := w.get(t, "/dev/x", header...)
			got := reply.Header.Get("X-Amzn-Trace-Id")
			if !regexp.MustCompile(r.wantReply).MatchString(got) || got != w.lambda.last(t).Trace {
				t.Errorf("the reply has %s, the invocation %s, want %s", got, w.lambda.last(t).Trace, r.wantReply)
			}
			if event := proxyEvent(t, w).Headers["X-Amzn-Trace-Id"]; !regexp.MustCompile(r.wantEvent).MatchString(event) {
				t.Errorf("the event has %s, want %s", event, r.wantEvent)
			}
		})
	}
}

func TestAccessLog(t *testing.T) {
	w := newWorld()
	w.def.Stages[0].AccessLog = &api.AccessLog{
		DestinationARN: "arn:log",
		Format: `$context.requestId $context.status $context.resourcePath $context.authorizer.tenant ` +
			`$context.authorizer.principalId $context.integration.status $context.integration.integrationStatus ` +
			`$context.integration.requestId $context.error.responseType $context.responseLength $context.authorizer.error`,
	}
	w.guard("TOKEN", nil)
	w.get(t, "/dev/guarded", "Authorization: a", "x-amzn-requestid: "+requestUUID)
	w.get(t, "/dev/guarded", "x-amzn-requestid: mine")
	w.get(t, "/other/x")
	want := []string{
		"arn:log " + requestUUID + " 200 /guarded t-1 me 200 200 lambda-1 - 2 -",
		"arn:log UUID_REPLACED_INVALID_REQUEST_ID 401 /guarded - - - - - UNAUTHORIZED 26 Unauthorized",
	}
	if diff := cmp.Diff(want, w.lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
