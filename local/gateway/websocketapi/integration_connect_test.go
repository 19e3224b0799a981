package websocketapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/local/gateway/api"
)

// respondingWith is an integration response with parameters and a template.
func respondingWith(key, template string, parameters map[string]string) api.V2IntegrationResponse {
	response := says(key, template)
	response.Parameters = parameters
	return response
}

// lambdaCustom is an AWS integration with the function realtime.
func lambdaCustom(responses ...api.V2IntegrationResponse) api.V2Integration {
	return api.V2Integration{
		Type: "AWS", URI: uri("realtime"), Method: "POST", Responses: responses,
		PassthroughBehavior: "WHEN_NO_MATCH",
	}
}

// connectRows are $connect's integrations of each type: what the upgrade is answered. A body that
// begins with "!" is an error message.
var connectRows = []struct {
	name        string
	integration api.V2Integration // of an HTTP backend the URI begins at the path
	answer      http.HandlerFunc
	function    string
	status      int
	header      map[string]string
	body        string
}{
	{"MOCK accepts", mapped(always(ok), ""), nil, "", 101, nil, ""},
	{"MOCK without templates accepts", mapped(nil, ""), nil, "", 101, nil, ""},
	{"MOCK refuses", mapped(always(`{"statusCode":403}`), ""), nil, "", 403, nil, ""},
	{"MOCK refuses with a body and a header", mapped(always(`{"statusCode":403}`), "", respondingWith("/403/", "go away", map[string]string{"method.response.header.X-Why": "'no'"})), nil, "", 403, map[string]string{"X-Why": "no"}, "go away"},
	{"MOCK decides by the query string", mapped(always(`{"statusCode": #if($input.params('token') == 'x')200#{else}401#end}`), ""), nil, "", 101, nil, ""},
	{"MOCK with a status that is none", mapped(always(`{"statusCode":99}`), ""), nil, "", 502, nil, "!Internal server error"},
	{"MOCK with a template that names no status", mapped(always(`{}`), ""), nil, "", 500, nil, "!Internal server error"},
	{"the response overrides the status", mapped(always(ok), "", says("$default", `#set($context.responseOverride.status = 418)teapot`)), nil, "", 418, nil, "teapot"},
	{"the response gives a subprotocol", mapped(always(ok), "", respondingWith("$default", "", map[string]string{"method.response.header.Sec-WebSocket-Protocol": "'chat'"})), nil, "", 101, map[string]string{"Sec-WebSocket-Protocol": "chat"}, ""},
	{"the response overrides a header", mapped(always(ok), "", says("$default", `#set($context.responseOverride.header.X-O = "o")`)), nil, "", 101, map[string]string{"X-O": "o"}, ""},
	{"a mapped header has a line break", mapped(always(ok), "", respondingWith("$default", "", map[string]string{"method.response.header.X-A": "'a\nb'"})), nil, "", 502, nil, "!Internal server error"},

	{"HTTP_PROXY accepts", at("/p", proxy(nil)), answering(204, ""), "", 101, map[string]string{"X-Kind": "k1", "Content-Type": ""}, ""},
	{"HTTP_PROXY refuses with the backend's status and body", at("/p", proxy(nil)), answering(401, "who?"), "", 401, map[string]string{"X-Kind": "k1"}, "who?"},
	{"HTTP accepts", at("/p", custom()), answering(200, "ignored"), "", 101, map[string]string{"X-Kind": ""}, ""},
	{"HTTP refuses with the status alone", at("/p", custom()), answering(404, "not shown"), "", 404, map[string]string{"X-Kind": ""}, ""},
	{"HTTP refuses by its integration response", at("/p", custom(respondingWith(`/4\d\d/`, "said: $input.body", map[string]string{"method.response.header.X-K": "integration.response.header.X-Kind"}))), answering(404, "no"), "", 404, map[string]string{"X-K": "k1"}, "said: no"},
	{"HTTP breaks", at("/p", custom()), func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "", 504, nil, "!Internal server error"},

	{"a function accepts whatever it answers", lambdaCustom(), nil, `"anything"`, 101, nil, ""},
	{"a function fails", lambdaCustom(), nil, `!{"errorMessage":"boom"}`, 502, nil, "!Internal server error"},
	{"a function fails, and a response is for that", lambdaCustom(says("/bo+m/", `#set($context.responseOverride.status = 403)$input.path('$.errorMessage')`)), nil, `!{"errorMessage":"boom"}`, 403, nil, "boom"},

	{"an integration of no type", api.V2Integration{Type: "FAX"}, nil, "", 500, nil, "!Internal server error"},
}

func TestConnectIntegrations(t *testing.T) {
	for _, row := range connectRows {
		t.Run(row.name, func(t *testing.T) {
			if row.answer != nil {
				url, _ := serving(t, row.answer)
				row.integration.URI = url + row.integration.URI
			}
			functions := answers(map[string]string{"": row.function})
			g := newBackedGateway(t, connecting(row.integration), functions, nil)
			_, response, _ := g.try("/dev?token=x", &websocket.DialOptions{Subprotocols: []string{"chat"}})
			if response == nil || response.StatusCode != row.status {
				t.Fatalf("response = %v, want status %d (%s)", response, row.status,
					g.record("CONNECT").Reason())
			}
			for name, want := range row.header {
				if got := response.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if row.status == 101 {
				return
			}
			record := g.record("CONNECT")
			ids := strings.NewReplacer(record.Connection, "C", record.RequestID, "R")
			body := ids.Replace(readBody(t, response))
			want := row.body
			if text, isError := strings.CutPrefix(want, "!"); isError {
				want = failure(text)
			}
			if body != want {
				t.Errorf("body %q, want %q", body, want)
			}
		})
	}
}

func TestConnectMapsTheUpgrade(t *testing.T) {
	url, calls := serving(t, answering(200, ""))
	g := newBackedGateway(t, connecting(at(url+"/{p}", proxy(map[string]string{
		"integration.request.header.token":   "route.request.querystring.token",
		"integration.request.header.agent":   "route.request.header.User-Agent",
		"integration.request.header.many":    "route.request.multivalueheader.X-Many",
		"integration.request.querystring.id": "context.connectionId",
		"integration.request.querystring.m":  "route.request.multivaluequerystring.m",
		"integration.request.path.p":         "route.request.querystring.token",
		"integration.request.header.none":    "route.request.body.none",
	}))), &invoker{answer: fine}, nil)
	header := http.Header{"User-Agent": {"tester"}, "X-Many": {"a", "b"}, "X-Else": {"unmapped"}}
	options := &websocket.DialOptions{HTTPHeader: header}
	if _, _, err := g.try("/dev?token=x%2Fy&m=1&m=2", options); err != nil {
		t.Fatal(err)
	}
	call, record := <-calls, g.record("CONNECT")
	want := "/x/y?id=" + strings.ReplaceAll(record.Connection, "=", "%3D") + "&m=1&m=2"
	if call.method != "POST" || call.target != want || call.body != "" {
		t.Errorf("the backend got %s %s %q, want %s", call.method, call.target, call.body, want)
	}
	for name, want := range map[string]string{
		"token": "x/y", "agent": "tester", "many": "a,b", "none": "", "X-Else": "",
	} {
		if got := call.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestParameterMappingsThatCannotBeRead(t *testing.T) {
	for _, source := range []string{
		"method.request.header.X", "route.request.path.X", "route.request.header.", "context.",
		"stageVariables.", "static", "$context.connectionId", "route.request.body.",
	} {
		mapping := proxy(map[string]string{"integration.request.header.X": source})
		g := newBackedGateway(t, calling(mapping), &invoker{answer: fine}, nil)
		got, reason := g.told(t, message)
		if got != failure("Internal server error") || !strings.Contains(reason, `expression "`+source) {
			t.Errorf("%s: received %s, reason %q", source, got, reason)
		}
	}
}

func TestRoutesShowWhatTheyCall(t *testing.T) {
	for _, test := range []struct {
		integration api.V2Integration
		want        string
	}{
		{lambdaCustom(), "realtime"},
		{mapped(nil, ""), "MOCK"},
		{at("http://orders.example/p", proxy(nil)), "http://orders.example/p"},
		{api.V2Integration{Type: "FAX"}, `(integration type "FAX" is none of AWS, AWS_PROXY, HTTP, HTTP_PROXY and MOCK)`},
	} {
		g := newGateway(t, calling(test.integration), &invoker{answer: fine})
		for _, route := range g.current().Routes() {
			if route.Path == "echo" && route.Target != test.want {
				t.Errorf("target %q, want %q", route.Target, test.want)
			}
		}
	}
}
