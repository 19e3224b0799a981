package websocketapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// orders is a model with a required member.
var orders = map[string]api.Model{
	"Order": {Name: "Order", Schema: json.RawMessage(`{"type":"object","required":["id"],` +
		`"properties":{"id":{"type":"integer"}}}`)},
	"Other": {Name: "Other", Schema: json.RawMessage(`{"type":"object","required":["x"]}`)},
	"Wrong": {Name: "Wrong", Schema: json.RawMessage(`{"type":7}`)},
}

// checking is definition with models on the routes echo and $default.
func checking(selection string, models map[string]string) api.WebSocket {
	def := definition()
	def.Models = orders
	for i := range def.Routes {
		if key := def.Routes[i].Key; key == "echo" || key == "$default" {
			def.Routes[i].ModelSelectionExpression, def.Routes[i].RequestModels = selection, models
		}
	}
	return def
}

// validationRows are messages against models; a reason means that the message is refused.
var validationRows = []struct {
	name, selection string
	models          map[string]string
	message, reason string
}{
	{"it fits the model that the message selects", "$request.body.action", map[string]string{"echo": "Order"}, `{"action":"echo","id":1}`, ""},
	{"it fits no model that the message selects", "$request.body.action", map[string]string{"echo": "Order"}, `{"action":"echo","id":"a"}`, "does not fit model Order"},
	{"it lacks what is required", "${request.body.action}", map[string]string{"echo": "Order"}, `{"action":"echo"}`, `missing required properties (["id"])`},
	{"the model $default", "$request.body.kind", map[string]string{"$default": "Order"}, `{"action":"echo"}`, "does not fit model Order"},
	{"a selected model before $default", "$request.body.action", map[string]string{"echo": "Other", "$default": "Order"}, `{"action":"echo","x":1}`, ""},
	{"static text", "order", map[string]string{"order": "Order"}, `{"action":"echo"}`, "does not fit model Order"},
	{"no model is selected, and there is no $default", "$request.body.kind", map[string]string{"x": "Order"}, `{"action":"echo","id":1}`, "no request model has the key"},
	{"an expression without any model", "$request.body.kind", nil, `{"action":"echo","id":1}`, "no request model has the key"},
	{"models without an expression check nothing", "", map[string]string{"$default": "Order"}, `{"action":"echo"}`, ""},
	{"text that is no JSON", "$request.body.kind", map[string]string{"$default": "Order"}, `hello`, "does not fit model Order"},
}

func TestValidation(t *testing.T) {
	for _, row := range validationRows {
		t.Run(row.name, func(t *testing.T) {
			def := checking(row.selection, row.models)
			def.Stages[0].AccessLog = &api.AccessLog{
				DestinationARN: "log", Format: "$context.messageId $context.status $context.error.message",
			}
			g := newGateway(t, def, &invoker{answer: fine})
			conn := g.dial("/dev")
			<-g.logs // of the upgrade
			g.send(conn, row.message)
			got, record := g.receive(conn), g.record("MESSAGE")
			if row.reason == "" {
				if got != row.message || record.Reason() != "" {
					t.Errorf("received %s, reason %q", got, record.Reason())
				}
				return
			}
			line := strings.Fields(<-g.logs)
			want := `{"message" : "Bad request body", "connectionId": "` + record.Connection +
				`", "messageId": "` + line[1] + `"}`
			if got != want || !strings.Contains(record.Reason(), row.reason) {
				t.Errorf("received %s, want %s; reason %q", got, want, record.Reason())
			}
			if line[2] != "400" || len(g.invoker.events("MESSAGE")) != 0 {
				t.Errorf("line %q, events %v", line, g.invoker.events("MESSAGE"))
			}
		})
	}
}

func TestValidationErrorsAreLogged(t *testing.T) {
	def := checking("order", map[string]string{"order": "Order"})
	def.Stages[0].AccessLog = &api.AccessLog{
		DestinationARN: "log", Format: "$context.requestId: $context.error.validationErrorString",
	}
	g := newGateway(t, def, &invoker{answer: fine})
	conn := g.dial("/dev")
	<-g.logs
	g.send(conn, `{"action":"echo"}`)
	const want = `: [object has missing required properties (["id"])]`
	if got := <-g.logs; !strings.HasSuffix(got, want) {
		t.Errorf("line %q", got)
	}
}

func TestValidationThatCannotBeRead(t *testing.T) {
	for _, row := range []struct {
		name, selection string
		models          map[string]string
		reason          string
	}{
		{"an unknown model", "x", map[string]string{"x": "Nothing"}, `no model "Nothing"`},
		{"a model that is no schema", "x", map[string]string{"x": "Wrong"}, "model Wrong"},
		{"an expression", "$context.x", nil, "model selection expression"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newGateway(t, checking(row.selection, row.models), &invoker{answer: fine})
			got, reason := g.told(t, message)
			if got != failure("Internal server error") || !strings.Contains(reason, row.reason) {
				t.Errorf("received %s, reason %q", got, reason)
			}
		})
	}
}

func TestRequiredParametersOfConnect(t *testing.T) {
	def := definition()
	def.Routes[0].RequestParameters = map[string]bool{
		"route.request.header.User-Agent": true, "route.request.querystring.token": true,
		"route.request.querystring.other": false,
	}
	g := newGateway(t, def, &invoker{answer: fine})
	g.dial("/dev?token=x")
	if record := g.record("CONNECT"); record.Status != 101 {
		t.Errorf("status %d", record.Status)
	}
	_, response, _ := g.try("/dev?token=", nil)
	record := g.record("CONNECT")
	want := `{"message": "Missing required request parameters: [token]", "connectionId":"` +
		record.Connection + `", "requestId":"` + record.RequestID + `"}`
	if response == nil || response.StatusCode != 400 || readBody(t, response) != want {
		t.Errorf("response %v", response)
	}
	for _, key := range []string{"route.request.path.x", "header.x", "route.request.header."} {
		def.Routes[0].RequestParameters = map[string]bool{key: true}
		g := newGateway(t, def, &invoker{answer: fine})
		if _, response, _ := g.try("/dev", nil); response == nil || response.StatusCode != 500 {
			t.Errorf("%s: response %v", key, response)
		}
	}
}
