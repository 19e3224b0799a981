package websocketapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/exchange"
	"portico/local/gateway/websocketapi"
)

// expressionRows are the rules of "WebSocket selection expressions".
var expressionRows = []struct{ name, expression, want string }{
	{"a member", "$request.body.action", "join"},
	{"a member in braces", "${request.body.action}", "join"},
	{"a nested member", "$request.body.data.room", "r1"},
	{"several variables and text between them", "${request.body.service}-${request.body.action}/x", "chat-join/x"},
	{"a missing member of a composite is empty", "${request.body.none}/${request.body.action}", "/join"},
	{"a list is stringified", "${request.body.list}", "[a, b]"},
	{"an element of a list", "${request.body.list[1]}", "b"},
	{"a number", "$request.body.n", "1.50"},
	{"a boolean", "$request.body.yes", "true"},
	{"null is empty", "x${request.body.nothing}", "x"},
	{"an object", "$request.body.data", "{room=r1}"},
	{"evaluated once", "${request.body.recursive}", "${request.body.action}"},
	{"an escaped dollar sign", `\$default`, "$default"},
	{"static text", "always", "always"},
	{"the status code", "$integration.response.statuscode", "404"},
	{"the status code in braces", "s${integration.response.statuscode}", "s404"},
	{"a header in another casing", "${integration.response.header.x-kind}", "a"},
	{"all values of a header", "${integration.response.multivalueheader.X-Kind}", "a,b"},
	{"a header that is not there", "${integration.response.header.none}|", "|"},
}

const selectedFrom = `{"service":"chat","action":"join","data":{"room":"r1"},"list":["a","b"],` +
	`"n":1.50,"yes":true,"nothing":null,"recursive":"${request.body.action}"}`

func kinds() exchange.Header {
	return exchange.Header{{Name: "X-Kind", Value: "a"}, {Name: "X-Kind", Value: "b"}}
}

func TestSelectionExpressions(t *testing.T) {
	for _, row := range expressionRows {
		t.Run(row.name, func(t *testing.T) {
			got, err := websocketapi.SelectTemplate(row.expression, selectedFrom, "404", kinds())
			if err != nil || got != row.want {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
		})
	}
}

func TestSelectionExpressionsThatCannotBeRead(t *testing.T) {
	for _, expression := range []string{
		"", "$request.header.x", "${request.body.a", "$request.body.", "$context.connectionId",
		"${integration.response.header.}", "$integration.response.statuscodes", "a$b", "${}",
		"${integration.response.body.x}",
	} {
		got, err := websocketapi.SelectTemplate(expression, selectedFrom, "404", kinds())
		if err == nil {
			t.Errorf("%q yields %q, want an error", expression, got)
		}
	}
	_, err := websocketapi.SelectTemplate("$x", "", "", nil)
	if err == nil || !strings.Contains(err.Error(), "${integration.response.statuscode}") {
		t.Errorf("error %v does not say what is allowed", err)
	}
}

func FuzzSelectTemplate(f *testing.F) {
	for _, row := range expressionRows {
		f.Add(row.expression, selectedFrom, "404", "a")
	}
	f.Fuzz(func(t *testing.T, expression, body, status, value string) {
		header := exchange.Header{{Name: "X-Kind", Value: value}}
		got, err := websocketapi.SelectTemplate(expression, body, status, header)
		if err == nil && !strings.ContainsAny(expression, `$\`) && got != expression {
			t.Errorf("static text %q yields %q", expression, got)
		}
	})
}
