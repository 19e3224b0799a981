package restapi_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// The rows are those of spec control-plane.md §14.
func TestOverridesOfMockTemplates(t *testing.T) {
	const overriding = `#set($context.responseOverride.status = 444)#set($context.responseOverride.header.foo = "bar")` +
		`#set($context.requestOverride.path.body = $input.body){"statusCode": 200}`
	for _, r := range []struct {
		name, request, response, body string
		status                        int
		header, want                  string
	}{
		{"the request template's hold for the response", overriding, "", `{"a":1}`, 444, "bar", ""},
		{"also with a response template, which reads them", overriding, "$context.requestOverride.path.body", `{"a":1}`, 444, "bar", `{"a":1}`},
		{"the response template's win", overriding, `#set($context.responseOverride.status = 418)x`, "", 418, "bar", "x"},
		{"twice in one template fails", overriding + `#set($context.responseOverride.status = 418)`, "", "", 500, "", internalBody},
		{"twice in the response template fails", `{"statusCode": 200}`, `#set($context.responseOverride.header.foo = 1)#set($context.responseOverride.header.foo = 2)`, "", 500, "", internalBody},
		{"a status that is none is ignored", `{"statusCode": 200}`, `#set($context.responseOverride.status = 1000)x`, "", 200, "", "x"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := mocked("200", r.response)
			if r.response == "" {
				m.Integration.Responses[0].Templates = nil
			}
			m.Integration.RequestTemplates["application/json"] = r.request
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m")
			asked.Body = []byte(r.body)
			reply := w.serve(t, asked)
			if reply.Status != r.status || reply.Header.Get("foo") != r.header || string(reply.Body) != r.want {
				t.Errorf("got %d %q, header %v, because %s", reply.Status, reply.Body, reply.Header, w.records[0].Reason())
			}
		})
	}
}

func TestOverridesOfTheIntegrationRequest(t *testing.T) {
	b := backend(t, says(200, "[]"))
	w := newWorld()
	m := httpMethod("HTTP", b.URL+"/{id}")
	m.Integration.RequestParameters = map[string]string{
		"integration.request.header.X-Both":      "'mapped'",
		"integration.request.header.X-Mapped":    "'mapped'",
		"integration.request.querystring.both":   "'mapped'",
		"integration.request.querystring.mapped": "'mapped'",
		"integration.request.path.id":            "'mapped'",
	}
	m.Integration.RequestTemplates = map[string]string{"application/json": `#set($context.requestOverride.header.X-Both = "over")` +
		`#set($context.requestOverride.header.X-More = ["a", "b"])#set($context.requestOverride.querystring["both"] = "o v")` +
		`#set($context.requestOverride.path.id = "7%/8"){"made":$input.json('$.a')}`}
	m.Integration.Responses[0].Templates = map[string]string{"application/json": `$input.body $context.requestOverride.path.id`}
	w.method("/o", "POST", m)
	asked := request("POST", "/dev/o")
	asked.Body = []byte(`{"a":[1,2]}`)
	if got := seen(w.serve(t, asked)); got != (answer{200, "", "[] 7%/8"}) {
		t.Errorf("got %+v, because %s", got, w.records[0].Reason())
	}
	const want = "/7%25/8?mapped=mapped&both=o%20v"
	if b.request.RequestURI != want || b.body != `{"made":[1,2]}` {
		t.Errorf("the backend got %s %s, want %s", b.request.RequestURI, b.body, want)
	}
	for name, want := range map[string]string{"X-Both": "over", "X-Mapped": "mapped", "X-More": "a,b"} {
		if got := b.request.Header.Get(name); got != want {
			t.Errorf("the backend got %s %q, want %q", name, got, want)
		}
	}
}

// The webhook intake as the reference application deploys it.
func TestWebhookIntake(t *testing.T) {
	for _, r := range []struct {
		name, answer string
		status       int
		want         answer
	}{
		{
			"taken in", `{"SendMessageResponse":{"SendMessageResult":{"MessageId":"m-1"}}}`, 200,
			answer{202, "", `{"messageId":"m-1"}`},
		},
		{"refused by the queue", `{"Error":{}}`, 403, answer{400, "", `{"message":"The webhook was not accepted."}`}},
		{"a queue that fails", `{"Error":{}}`, 503, answer{502, "", `{"message":"Later."}`}},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(r.status, r.answer))
			w := newWorld()
			w.endpoints = endpoints{"sqs": b.URL}
			w.method("/webhooks/{source}", "POST", webhookMethod())
			asked := request("POST", "/dev/webhooks/a%20%22b%22", "Content-Type: application/json", "x-amzn-RequestId: "+requestUUID)
			asked.Body = []byte(`{"id":"1","text":"it's"}`)
			if got := seen(w.serve(t, asked)); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
			form, err := url.ParseQuery(b.body)
			if err != nil {
				t.Fatal(err)
			}
			var message struct {
				Source, RequestID string
				ReceivedAt        int64
				Webhook           struct{ ID, Text string }
			}
			if err := json.Unmarshal([]byte(form.Get("MessageBody")), &message); err != nil {
				t.Fatalf("the message is %s: %v", form.Get("MessageBody"), err)
			}
			if message.Source != `a "b"` || message.RequestID != requestUUID || message.ReceivedAt != 1589522469693 ||
				message.Webhook.Text != "it's" || form.Get("Action") != "SendMessage" {
				t.Errorf("the queue got %+v in %s", message, b.body)
			}
		})
	}
}

func webhookMethod() api.Method {
	m := sqsMethod()
	m.Responses = map[string]api.MethodResponse{"202": {}, "400": {}, "502": {}}
	m.Integration.PassthroughBehavior = "NEVER"
	m.Integration.RequestTemplates = map[string]string{"application/json": strings.Join([]string{
		`#set($source = $util.escapeJavaScript($input.params('source')).replaceAll("\\'","'"))`,
		`#set($message = "{""source"":""$source"",""requestId"":""$context.requestId"",`,
		`""receivedAt"":$context.requestTimeEpoch,""webhook"":$input.json('$')}")`,
		`Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($message)`,
	}, "")}
	m.Integration.Responses = []api.IntegrationResponse{
		{StatusCode: "202", Templates: map[string]string{"application/json": `#set($result = $input.path(` +
			`'$.SendMessageResponse.SendMessageResult')){"messageId":"$result.MessageId"}`}},
		{StatusCode: "400", SelectionPattern: `4\d{2}`, Templates: map[string]string{
			"application/json": `{"message":"The webhook was not accepted."}`,
		}},
		{StatusCode: "502", SelectionPattern: `5\d{2}`, Templates: map[string]string{
			"application/json": `{"message":"Later."}`,
		}},
	}
	return m
}

func TestParametersOfTheBody(t *testing.T) {
	bad := answer{400, "BadRequestException", `{"message": "Invalid JSON in request body"}`}
	for _, r := range []struct {
		name, body string
		want       answer
		header     string
	}{
		{"a value of the body", `{"customer":{"id":"c-1"}}`, answer{200, "", `{"status":{"code":7}}`}, "c-1"},
		{"a missing value", `{}`, answer{200, "", `{"status":{"code":7}}`}, ""},
		{"a body that does not begin like JSON", `hello`, answer{200, "", `{"status":{"code":7}}`}, ""},
		{"a body that only begins like JSON", `{"customer"`, bad, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, `{"status":{"code":7}}`))
			w := newWorld()
			w.def.GatewayResponses = map[string]api.GatewayResponse{"DEFAULT_4XX": {
				Parameters: map[string]string{"gatewayresponse.header.X-Cors": "'*'"},
			}}
			m := httpMethod("HTTP", b.URL)
			m.Integration.RequestParameters = map[string]string{"integration.request.header.X-Customer": "method.request.body.customer.id"}
			m.Integration.Responses[0].Parameters = map[string]string{
				"method.response.header.X-Code":   "integration.response.body.status.code",
				"method.response.header.X-Status": "integration.response.body.status",
			}
			w.method("/b", "POST", m)
			asked := request("POST", "/dev/b")
			asked.Body = []byte(r.body)
			reply := w.serve(t, asked)
			if got := seen(reply); got != r.want {
				t.Fatalf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
			if r.want == bad {
				if reply.Header.Get("X-Cors") != "*" {
					t.Errorf("the reply has %v, want what DEFAULT_4XX adds", reply.Header)
				}
				return
			}
			if got := b.request.Header.Get("X-Customer"); got != r.header {
				t.Errorf("the backend got X-Customer %q, want %q", got, r.header)
			}
			if reply.Header.Get("X-Code") != "7" || reply.Header.Get("X-Status") != `{"code":7}` {
				t.Errorf("the reply has %v", reply.Header)
			}
		})
	}
}

func TestResponseBodyThatCannotBeMapped(t *testing.T) {
	b := backend(t, says(200, `{"status":`))
	w := newWorld()
	m := httpMethod("HTTP", b.URL)
	m.Integration.Responses[0].Parameters = map[string]string{"method.response.header.X": "integration.response.body.status"}
	w.method("/b", "GET", m)
	if got := seen(w.get(t, "/dev/b")); got != (answer{500, "InternalServerErrorException", internalBody}) {
		t.Errorf("got %+v", got)
	}
}

func TestMappingsThatAWSRefuses(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*api.Integration)
	}{
		{"a response's source in a request", func(i *api.Integration) {
			i.RequestParameters = map[string]string{"integration.request.header.X": "integration.response.header.X"}
		}},
		{"a request's source in a response", func(i *api.Integration) {
			i.Responses[0].Parameters = map[string]string{"method.response.header.X": "method.request.header.X"}
		}},
		{"a template that cannot be read", func(i *api.Integration) {
			i.RequestTemplates = map[string]string{"application/json": "#foreach($x in"}
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			m := httpMethod("HTTP", b.URL)
			r.change(&m.Integration)
			w.method("/b", "GET", m)
			got := seen(w.get(t, "/dev/b"))
			if got != (answer{500, "InternalServerErrorException", internalBody}) || b.request != nil {
				t.Errorf("got %+v", got)
			}
			if w.records[0].Reason() == "" {
				t.Error("no mark says why")
			}
		})
	}
}

func TestGatewayResponseReadsTheBody(t *testing.T) {
	w := newWorld()
	w.validated(api.RequestValidator{ValidateBody: true})
	w.def.GatewayResponses = map[string]api.GatewayResponse{"BAD_REQUEST_BODY": {
		Parameters: map[string]string{"gatewayresponse.header.X-Name": "method.request.body.name"},
		Templates:  map[string]string{"application/json": `$method.request.body.name of $method.request.path.id`},
	}}
	asked := request("POST", "/dev/orders/7")
	asked.Body = []byte(`{"name":5}`)
	reply := w.serve(t, asked)
	if string(reply.Body) != "5 of 7" || reply.Header.Get("X-Name") != "5" || reply.Status != 400 {
		t.Errorf("got %d %q with %v", reply.Status, reply.Body, reply.Header)
	}
}
