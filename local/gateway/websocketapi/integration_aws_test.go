package websocketapi_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/websocketapi"
)

const role = "arn:aws:iam::123456789012:role/calls"

// lambdaRows are AWS integrations with a function: what it gets, and what the client gets.
var lambdaRows = []struct {
	name        string
	integration api.V2Integration
	answer      string
	payload     string
	want        string
}{
	{"the message as it is", lambdaCustom(says("$default", "$input.body")), `{"a":1}`, message, `{"a":1}`},
	{"what the template makes", templated(lambdaCustom(says("$default", "$input.body")), `{"id":"$input.path('$.key')"}`), `"done"`, `{"id":"k1"}`, `"done"`},
	{"the answer as it is", lambdaCustom(api.V2IntegrationResponse{Key: "$default"}), `{"a":1}`, message, `{"a":1}`},
	{"a pattern on errorMessage", lambdaCustom(says("/.*boom.*/", "caught $input.path('$.errorMessage')"), says("$default", "fine")), `!{"errorMessage":"a boom!"}`, message, "caught a boom!"},
	{"an errorMessage of no error selects as well", lambdaCustom(says("/bo+m/", "caught"), says("$default", "fine")), `{"errorMessage":"boom"}`, message, "caught"},
	{"an error that no pattern is for", lambdaCustom(says("/bo+m/", "caught"), says("$default", "fine")), `!{"errorMessage":"other"}`, message, "fine"},
	{"an error without any response", lambdaCustom(), `!{"errorMessage":"other"}`, message, "!Internal server error"},
	{"an answer that is no object", lambdaCustom(says("/bo+m/", "caught"), says("$default", "fine")), `[1]`, message, "fine"},
}

func TestFunctionsWithMappings(t *testing.T) {
	for _, row := range lambdaRows {
		t.Run(row.name, func(t *testing.T) {
			g := newGateway(t, calling(row.integration), answers(map[string]string{"": row.answer}))
			want := row.want
			if text, isError := strings.CutPrefix(want, "!"); isError {
				want = failure(text)
			}
			if got, _ := g.told(t, message); got != want {
				t.Errorf("received %s, want %s", got, want)
			}
			g.invoker.mu.Lock()
			defer g.invoker.mu.Unlock()
			call := g.invoker.calls[len(g.invoker.calls)-1]
			if string(call.Payload) != row.payload || call.Async || call.Role != "" ||
				call.SourceARN != "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/echo" {
				t.Errorf("invocation %+v, payload %s", call, call.Payload)
			}
		})
	}
}

func TestInvocationsByARole(t *testing.T) {
	custom := lambdaCustom(says("$default", "done"))
	custom.RequestParameters = map[string]string{
		"integration.request.header.X-Amz-Invocation-Type": "'Event'",
	}
	custom.URI = uri("${stageVariables.table}")
	proxied := api.V2Integration{Type: "AWS_PROXY", URI: uri("realtime")}
	for _, test := range []struct {
		name        string
		integration api.V2Integration
		want        exchange.Invocation
	}{
		{"asynchronously", custom, exchange.Invocation{FunctionARN: functions + "t", Async: true, Role: role}},
		{"as a proxy", proxied, exchange.Invocation{FunctionARN: functions + "realtime", Role: role}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.integration.Credentials = role
			g := newGateway(t, calling(test.integration), &invoker{
				answer: func(context.Context, event, exchange.Invocation) (string, error) {
					return `{"statusCode":200,"body":"done"}`, nil
				},
			})
			if got, reason := g.told(t, message); got != "done" {
				t.Errorf("received %s, reason %q", got, reason)
			}
			g.invoker.mu.Lock()
			defer g.invoker.mu.Unlock()
			got := g.invoker.calls[len(g.invoker.calls)-1]
			if got.FunctionARN != test.want.FunctionARN || got.Async != test.want.Async ||
				got.Role != role || got.SourceARN != "" {
				t.Errorf("invocation %+v", got)
			}
		})
	}
}

func TestAProxyGetsAMessageThatIsConvertedToBinary(t *testing.T) {
	def := calling(api.V2Integration{
		Type: "AWS_PROXY", URI: uri("realtime"), ContentHandling: "CONVERT_TO_BINARY",
	})
	def.Routes = def.Routes[:3]
	def.Routes[2].IntegrationID = "x"
	g := newGateway(t, def, &invoker{answer: fine})
	if got, _ := g.told(t, "//4="); got != "//4=" {
		t.Errorf("received %s", got)
	}
	g.invoker.mu.Lock()
	defer g.invoker.mu.Unlock()
	for _, call := range g.invoker.calls {
		if !strings.Contains(string(call.Payload), `"eventType":"MESSAGE"`) {
			continue
		}
		event := plain(t, string(call.Payload))
		if event["isBase64Encoded"] != true || event["body"] != "//4=" {
			t.Errorf("event %s", call.Payload)
		}
		return
	}
	t.Error("the function got no message")
}

func TestQueues(t *testing.T) {
	endpoint, calls := serving(t, answering(200, `{"SendMessageResponse":{}}`))
	queue := api.V2Integration{
		Type: "AWS", Method: "POST", URI: "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders",
		Credentials: role, PassthroughBehavior: "NEVER", TemplateSelection: `\$default`,
		RequestTemplates: always("Action=SendMessage&MessageBody=$util.urlEncode($input.body)"),
		RequestParameters: map[string]string{
			"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'",
		},
		Responses: []api.V2IntegrationResponse{says("/2../", "queued"), says("$default", "failed $input.body")},
	}
	at := func(d *websocketapi.Dependencies) { d.Endpoints = located{"sqs": endpoint} }
	g := newBackedGateway(t, calling(queue), &invoker{answer: fine}, at)
	if got, reason := g.told(t, message); got != "queued" {
		t.Fatalf("received %s, reason %q", got, reason)
	}
	call := <-calls
	sent, err := url.ParseQuery(call.body)
	if err != nil || sent.Get("MessageBody") != message || call.target != "/123456789012/orders" {
		t.Errorf("the queue got %s %q", call.target, call.body)
	}
	signed := call.header.Get("Authorization")
	if !strings.Contains(signed, "/us-east-1/sqs/aws4_request") {
		t.Errorf("Authorization: %s", signed)
	}
}

func TestServicesThatCannotBeCalled(t *testing.T) {
	const action = "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"
	for _, test := range []struct{ name, uri, role, reason string }{
		{"no endpoint", action, role, "AWS_ENDPOINT_URL_DYNAMODB"},
		{"no role", action, "", "Role ARN must be specified"},
		{"the caller's role", action, "arn:aws:iam::*:user/*", "passing the caller's credentials on"},
		{"no path and no action", "arn:aws:apigateway:us-east-1:sqs:queue/x", role, "must contain path or action"},
		{"a header that no mapping may set", action, role, "Authorization already present"},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := api.V2Integration{Type: "AWS", Method: "POST", URI: test.uri, Credentials: test.role}
			if strings.Contains(test.reason, "already present") {
				i.RequestParameters = map[string]string{"integration.request.header.Authorization": "'x'"}
			}
			g := newBackedGateway(t, calling(i), &invoker{answer: fine}, nil)
			got, reason := g.told(t, message)
			if got != failure("Internal server error") || !strings.Contains(reason, test.reason) {
				t.Errorf("received %s, reason %q", got, reason)
			}
		})
	}
}
