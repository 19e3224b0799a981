package websocketapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

const message = `{"action":"echo","key":"k1","n":7,"status":404}`

// mapped is a MOCK with request templates and responses.
func mapped(
	templates map[string]string, selection string, responses ...api.V2IntegrationResponse,
) api.V2Integration {
	return api.V2Integration{
		Type: "MOCK", RequestTemplates: templates, TemplateSelection: selection,
		PassthroughBehavior: "WHEN_NO_MATCH", Responses: responses,
	}
}

func always(template string) map[string]string { return map[string]string{"$default": template} }

// says is an integration response with one template for all.
func says(key, template string) api.V2IntegrationResponse {
	return api.V2IntegrationResponse{Key: key, Templates: always(template)}
}

const ok = `{"statusCode":200}`

// mockRows are the rows of selection, templates and integration responses; text that begins with
// "!" is an error message.
var mockRows = []struct {
	name        string
	integration api.V2Integration
	want        string
	wantReason  string
}{
	{"a response by $default", mapped(always(ok), "", says("$default", "fine")), "fine", ""},
	{"a response by the status code", mapped(always(`{"statusCode":404}`), "", says("$default", "fine"), says(`/4\d\d/`, "none")), "none", ""},
	{"a pattern must match the whole status code", mapped(always(`{"statusCode":404}`), "", says("$default", "fine"), says(`/4/`, "none")), "fine", ""},
	{"of two patterns the first by name", mapped(always(`{"statusCode":404}`), "", says(`/40\d/`, "first"), says(`/4\d\d/`, "second")), "first", ""},
	{"no response for the status code", mapped(always(ok), "", says(`/4\d\d/`, "none")), "!Internal server error", "No match for output mapping"},
	{"no responses at all", mapped(always(ok), ""), "!Internal server error", "No match for output mapping"},
	{"a MOCK without templates answers 200", mapped(nil, "", says(`/200/`, "fine")), "fine", ""},
	{"a response without a template passes the empty body on", mapped(always(ok), "", api.V2IntegrationResponse{Key: "$default"}), "", ""},

	{"a request template by an expression", mapped(map[string]string{"k1": `{"statusCode":201}`}, "${request.body.key}", says("/201/", "k1's")), "k1's", ""},
	{"a request template by $request.body", mapped(map[string]string{"k1": `{"statusCode":201}`}, "$request.body.key", says("/201/", "k1's")), "k1's", ""},
	{"a request template by static text", mapped(map[string]string{"200": ok}, "200", says("$default", "fine")), "fine", ""},
	{"a request template by an escaped $default", mapped(always(ok), `\$default`, says("$default", "fine")), "fine", ""},
	{"a request template falls back to $default", mapped(map[string]string{"no": "x", "$default": ok}, "${request.body.key}", says("$default", "fine")), "fine", ""},
	{"an application/json template without an expression", mapped(map[string]string{"application/json": ok}, "", says("$default", "fine")), "fine", ""},
	{"no template selected passes the message through", mapped(map[string]string{"no": "x"}, "${request.body.key}", says("$default", "fine")), "!Internal server error", "Unable to parse statusCode"},
	{"a template that is no Velocity", mapped(always("#if("), "", says("$default", "fine")), "!Internal server error", "template $default"},
	{"an expression that reads what it may not", mapped(always(ok), "$integration.response.statuscode", says("$default", "fine")), "!Internal server error", "template selection expression"},

	{"NEVER without a template", never(mapped(map[string]string{"no": ok}, "${request.body.key}", says("$default", "fine")), "NEVER"), "!Unsupported Media Type", "passthrough behavior"},
	{"WHEN_NO_TEMPLATES without a template of this key", never(mapped(map[string]string{"no": ok}, "${request.body.key}", says("$default", "fine")), "WHEN_NO_TEMPLATES"), "!Unsupported Media Type", "passthrough behavior"},
	{"NEVER with a template", never(mapped(always(ok), "", says("$default", "fine")), "NEVER"), "fine", ""},

	{"a response template by the status code", mapped(always(ok), "", selecting("${integration.response.statuscode}", map[string]string{"200": "by status"})), "by status", ""},
	{"a response template by the message", mapped(always(ok), "", selecting("${request.body.key}", map[string]string{"k1": "by key"})), "by key", ""},
	{"a response template by a composite", mapped(always(ok), "", selecting("${request.body.key}-${integration.response.statuscode}", map[string]string{"k1-200": "both"})), "both", ""},
	{"a response template by static text", mapped(always(ok), "", selecting("404", map[string]string{"404": "static"})), "static", ""},
	{"a response template falls back to $default", mapped(always(ok), "", selecting("nothing", always("fallback"))), "fallback", ""},
	{"the first response template by name without an expression", mapped(always(ok), "", selecting("", map[string]string{"a": "first", "b": "second"})), "first", ""},
	{"no response template selected passes the body on", mapped(always(ok), "", selecting("nothing", map[string]string{"x": "y"})), "", ""},
	{"a response template that fails", mapped(always(ok), "", says("$default", "$util.base64Decode('%')")), "!Internal server error", "base64Decode"},
	{"a response template that is no Velocity", mapped(always(ok), "", says("$default", "#if(")), "!Internal server error", "template $default"},
}

func never(i api.V2Integration, behavior string) api.V2Integration {
	i.PassthroughBehavior = behavior
	return i
}

func selecting(expression string, templates map[string]string) api.V2IntegrationResponse {
	return api.V2IntegrationResponse{
		Key: "$default", TemplateSelection: expression, Templates: templates,
	}
}

func TestMockIntegrations(t *testing.T) {
	for _, row := range mockRows {
		t.Run(row.name, func(t *testing.T) {
			g := newGateway(t, calling(row.integration), &invoker{answer: fine})
			if row.want == "" { // an empty body is no message: the next one is the first that comes
				conn := g.dial("/dev")
				g.send(conn, message)
				if record := g.record("MESSAGE"); record.Status != 200 || record.Reason() != "" {
					t.Fatalf("status %d, reason %q", record.Status, record.Reason())
				}
				g.send(conn, "next")
				if got := g.receive(conn); got != "next" {
					t.Errorf("received %q", got)
				}
				return
			}
			want := row.want
			if text, isError := strings.CutPrefix(want, "!"); isError {
				want = failure(text)
			}
			got, reason := g.told(t, message)
			if got != want || !strings.Contains(reason, row.wantReason) {
				t.Errorf("received %s, want %s; reason %q, want %q", got, want, reason, row.wantReason)
			}
		})
	}
}

func TestOneWayRoutesIgnoreIntegrationResponses(t *testing.T) {
	for _, test := range []struct {
		name        string
		integration api.V2Integration
	}{
		{"with a response", mapped(always(ok), "", says("$default", "never seen"))},
		{"without one", mapped(always(ok), "")},
		{"with a status that is no success", mapped(always(`{"statusCode":500}`), "")},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, calling(test.integration), &invoker{answer: fine})
			conn := g.dial("/dev")
			g.send(conn, `{"action":"silent"}`)
			if record := g.record("MESSAGE"); record.Reason() != "" {
				t.Errorf("reason %q", record.Reason())
			}
			g.send(conn, "next")
			if got := g.receive(conn); got != "next" {
				t.Errorf("received %q", got)
			}
		})
	}
}

// contextRows are the variables of WebSocket APIs in templates (vtl.md, section 10).
var contextRows = []struct{ expression, want string }{
	{"$context.connectionId", "C"},
	{"$context.requestId", "R"},
	{"$context.extendedRequestId", "R"},
	{"$context.eventType", "MESSAGE"},
	{"$context.messageDirection", "IN"},
	{"$context.routeKey", "echo"},
	{"$context.apiId", "a1b2c3d4e5"},
	{"$context.stage", "dev"},
	{"$context.connectedAt", "1795341600000"},
	{"$context.requestTimeEpoch", "1795341600000"},
	{"$context.requestTime", "22/Nov/2026:10:00:00 +0000"},
	{"$context.identity.sourceIp", "127.0.0.1"},
	{"$context.authorizer.principalId", "ada"},
	{"$context.authorizer.tenant", "t1"},
	{"$context.authorizer.n", "1"},
	{"$input.path('$.key')", "k1"},
	{"$input.json('$.n')", "7"},
	{"$stageVariables.table", "t"},
	{"$util.base64Encode('a')", "YQ=="},
	{"$input.params('x')", ""},
}

func TestTemplatesSeeTheCall(t *testing.T) {
	var template strings.Builder
	for _, row := range contextRows {
		template.WriteString(row.expression + "|")
	}
	def := calling(mapped(always(ok), "", says("$default", template.String()+"$context.messageId")))
	// The request template sees the message; it is handed to the response in an override.
	i := def.Integrations["x"]
	i.RequestTemplates = always(`#set($context.responseOverride.header.seen = "` +
		template.String() + `$context.messageId")` + ok)
	i.Responses = []api.V2IntegrationResponse{says("$default", "$context.responseOverride.header.seen")}
	def.Integrations["x"] = i
	def.Routes[0].AuthorizationType, def.Routes[0].AuthorizerID = "CUSTOM", "z"
	g := newGateway(t, def, answers(map[string]string{"AUTHORIZE": allow}))
	conn := g.dial("/dev?token=x")
	g.send(conn, message)
	record := g.record("MESSAGE")
	text := strings.NewReplacer(record.Connection, "C", record.RequestID, "R").Replace(g.receive(conn))
	got := strings.Split(text, "|")
	if len(got) != len(contextRows)+1 {
		t.Fatalf("received %q", text)
	}
	for i, row := range contextRows {
		if got[i] != row.want {
			t.Errorf("%s = %q, want %q", row.expression, got[i], row.want)
		}
	}
	if id := got[len(contextRows)]; len(id) != 16 || !strings.HasSuffix(id, "=") {
		t.Errorf("$context.messageId = %q", id)
	}
}
