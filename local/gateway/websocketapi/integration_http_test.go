package websocketapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/websocketapi"
)

// httpRows are messages on their way to an HTTP backend, and back.
var httpRows = []struct {
	name        string
	integration api.V2Integration // its URI begins at the path
	answer      http.HandlerFunc
	body        string // that the backend gets
	target      string
	header      map[string]string
	want        string // that the client gets
}{
	{"HTTP_PROXY sends the message and returns the body", proxy(nil), answering(200, "hello"), message, "/p", map[string]string{"Content-Type": "application/json", "User-Agent": "AmazonAPIGateway_a1b2c3d4e5", "X-Amzn-Apigateway-Api-Id": "a1b2c3d4e5"}, "hello"},
	{"HTTP_PROXY returns the body of an error as it is", proxy(nil), answering(503, "busy"), message, "/p", nil, "busy"},
	{"HTTP_PROXY maps parameters", proxy(map[string]string{
		"integration.request.header.connectionId": "context.connectionId", "integration.request.header.X-Static": "'s'",
		"integration.request.querystring.n": "route.request.body.n", "integration.request.querystring.stage": "stageVariables.table",
	}), answering(200, "hello"), message, "/p?n=7&stage=t", map[string]string{"X-Static": "s", "Connectionid": "C"}, "hello"},
	{"HTTP_PROXY has no templates", templated(proxy(nil), "changed"), answering(200, "hello"), message, "/p", nil, "hello"},
	{"what only $connect has is left out", proxy(map[string]string{"integration.request.header.X-A": "route.request.header.Host", "integration.request.querystring.q": "route.request.querystring.token"}), answering(200, "hello"), message, "/p", map[string]string{"X-A": ""}, "hello"},
	{"a path of the URI is mapped", at("/{key}/x", proxy(map[string]string{"integration.request.path.key": "route.request.body.key"})), answering(200, "hello"), message, "/k1/x", nil, "hello"},
	{"a stage variable in the URI", at("/${stageVariables.table}", proxy(nil)), answering(200, "hello"), message, "/t", nil, "hello"},
	{"HTTP sends what the template makes", templated(custom(says("$default", "$input.body")), `{"key":"$input.path('$.key')"}`), answering(200, "hello"), `{"key":"k1"}`, "/p", nil, "hello"},
	{"HTTP passes the message through without a template", custom(says("$default", "$input.body")), answering(200, "hello"), message, "/p", nil, "hello"},
	{"HTTP passes the backend's body on without a response template", custom(api.V2IntegrationResponse{Key: "$default"}), answering(200, "hello"), message, "/p", nil, "hello"},
	{"HTTP selects by the status code", custom(says(`/5\d{2}/`, "failed: $input.body"), says("$default", "fine")), answering(503, "busy"), message, "/p", nil, "failed: busy"},
	{"HTTP selects a template by a header of the answer", custom(selecting("${integration.response.header.X-Kind}", map[string]string{"k1": "kind"})), answering(200, "hello"), message, "/p", nil, "kind"},
	{"HTTP selects a template by all values of a header", custom(selecting("${integration.response.multivalueheader.X-Many}", map[string]string{"a,b": "many"})), func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["X-Many"] = []string{"a", "b"}
	}, message, "/p", nil, "many"},
	{"the template overrides header and query", templated(custom(says("$default", "fine")), `#set($context.requestOverride.header.X-O = "o")#set($context.requestOverride.querystring.q = "1")b`), answering(200, ""), "b", "/p?q=1", map[string]string{"X-O": "o"}, "fine"},
	{"CONVERT_TO_TEXT leaves a message as it is", handled(proxy(nil), "CONVERT_TO_TEXT"), answering(200, "hello"), message, "/p", nil, "hello"},
	{"an answer that is no UTF-8", proxy(nil), answering(200, "a\xffb"), message, "/p", nil, "a\uFFFDb"},
	{"a binary answer as base64", custom(api.V2IntegrationResponse{Key: "$default", ContentHandling: "CONVERT_TO_TEXT"}), answering(200, "\xff\xfe"), message, "/p", nil, "//4="},
	{"a text answer stays text", custom(api.V2IntegrationResponse{Key: "$default", ContentHandling: "CONVERT_TO_TEXT"}), answering(200, "hello"), message, "/p", nil, "hello"},
	{"a base64 answer decoded", custom(api.V2IntegrationResponse{Key: "$default", ContentHandling: "CONVERT_TO_BINARY"}), answering(200, "aGVsbG8="), message, "/p", nil, "hello"},
}

func proxy(parameters map[string]string) api.V2Integration {
	return api.V2Integration{
		Type: "HTTP_PROXY", Method: "POST", URI: "/p", RequestParameters: parameters,
	}
}

func custom(responses ...api.V2IntegrationResponse) api.V2Integration {
	return api.V2Integration{
		Type: "HTTP", Method: "ANY", URI: "/p", Responses: responses,
		PassthroughBehavior: "WHEN_NO_MATCH",
	}
}

func templated(i api.V2Integration, template string) api.V2Integration {
	i.RequestTemplates = always(template)
	return i
}

func at(path string, i api.V2Integration) api.V2Integration {
	i.URI = path
	return i
}

func handled(i api.V2Integration, handling string) api.V2Integration {
	i.ContentHandling = handling
	return i
}

func TestHTTPIntegrations(t *testing.T) {
	for _, row := range httpRows {
		t.Run(row.name, func(t *testing.T) {
			url, calls := serving(t, row.answer)
			row.integration.URI = url + row.integration.URI
			g := newBackedGateway(t, calling(row.integration), &invoker{answer: fine}, nil)
			conn := g.dial("/dev")
			g.send(conn, message)
			if got := g.receive(conn); got != row.want {
				t.Errorf("the client got %q, want %q", got, row.want)
			}
			call, record := <-calls, g.record("MESSAGE")
			if call.method != "POST" || call.target != row.target || call.body != row.body {
				t.Errorf("the backend got %s %s %q", call.method, call.target, call.body)
			}
			for name, want := range row.header {
				if got := strings.ReplaceAll(call.header.Get(name), record.Connection, "C"); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if trace := call.header.Get("X-Amzn-Trace-Id"); !strings.HasPrefix(trace, "Root=1-") {
				t.Errorf("X-Amzn-Trace-Id: %q", trace)
			}
		})
	}
}

func TestAMessageAsBinary(t *testing.T) {
	url, calls := serving(t, answering(200, "hello"))
	def := calling(handled(at(url, proxy(nil)), "CONVERT_TO_BINARY"))
	def.RouteSelectionExpression = "echo" // the message is base64, no JSON
	def.Routes = def.Routes[:3]
	def.Routes[2].IntegrationID = "x"
	g := newBackedGateway(t, def, &invoker{answer: fine}, nil)
	if got, _ := g.told(t, "//4="); got != "hello" {
		t.Errorf("received %q", got)
	}
	if call := <-calls; call.body != "\xff\xfe" {
		t.Errorf("the backend got %q", call.body)
	}
	got, reason := g.told(t, "no base64!")
	if got != failure("Internal server error") || !strings.Contains(reason, "base64 decode") {
		t.Errorf("received %q, reason %q", got, reason)
	}
}

// badBackends are those that do not answer.
var badBackends = []struct {
	name, uri  string
	with       func(*websocketapi.Dependencies)
	want       string
	wantReason string
	status     int // of an upgrade
}{
	{"nobody listens", "http://127.0.0.1:1024/", nil, "Internal server error", "connection refused", 500},
	{"the URI has a hole", "http://localhost/{id}", nil, "Internal server error", "{id}", 500},
	{"the URI is none", "localhost", nil, "Internal server error", "Invalid endpoint address", 500},
	{"the settings forbid it", "http://orders.example/", func(d *websocketapi.Dependencies) { d.Backends = located{} }, "Internal server error", "nobody may call http://orders.example", 500},
}

func TestBackendsThatDoNotAnswer(t *testing.T) {
	for _, row := range badBackends {
		t.Run(row.name, func(t *testing.T) {
			g := newBackedGateway(t, calling(at(row.uri, proxy(nil))), &invoker{answer: fine}, row.with)
			got, reason := g.told(t, `{"action":"silent"}`)
			if got != failure(row.want) || !strings.Contains(reason, row.wantReason) {
				t.Errorf("received %s, reason %q", got, reason)
			}
			g = newBackedGateway(t, connecting(at(row.uri, proxy(nil))), &invoker{answer: fine}, row.with)
			if _, response, _ := g.try("/dev", nil); response == nil || response.StatusCode != row.status {
				t.Errorf("the upgrade was answered %v, want %d", response, row.status)
			}
		})
	}
}

func TestABackendTakesTooLong(t *testing.T) {
	block := make(chan struct{})
	url, calls := serving(t, func(http.ResponseWriter, *http.Request) { <-block })
	g := newBackedGateway(t, calling(at(url, proxy(nil))), &invoker{answer: fine}, nil)
	defer close(block)
	conn := g.dial("/dev")
	g.send(conn, message)
	<-calls
	g.clock.Advance(29e9)
	const want = `{"message": "Endpoint request timed out", "connectionId":"`
	if got := g.receive(conn); !strings.HasPrefix(got, want) {
		t.Errorf("received %s", got)
	}
}

func TestBackendsAreCalledWhereTheSettingsSay(t *testing.T) {
	url, calls := serving(t, answering(200, "hello"))
	private := at("http://internal.example/p?a=b", proxy(nil))
	private.ConnectionType, private.ConnectionID = "VPC_LINK", "link1"
	private.Links = []api.VPCLink{{ID: "link1", Names: []string{"Balancer"}}}
	wrong := private
	wrong.Type = "MOCK"
	for _, test := range []struct {
		name         string
		integration  api.V2Integration
		with         func(*websocketapi.Dependencies)
		host, reason string
	}{
		{"another origin", at("http://orders.example/p?a=b", proxy(nil)), func(d *websocketapi.Dependencies) { d.Backends = located{"http://orders.example": url} }, strings.TrimPrefix(url, "http://"), ""},
		{"behind a VPC link", private, func(d *websocketapi.Dependencies) { d.PrivateTargets = located{"Balancer": url} }, "internal.example", ""},
		{"behind a VPC link by the host of the URI", private, func(d *websocketapi.Dependencies) { d.PrivateTargets = located{"internal.example": url} }, "internal.example", ""},
		{"behind a VPC link that nobody knows", private, nil, "", "privateTargets"},
		{"behind a VPC link whose address is none", private, func(d *websocketapi.Dependencies) { d.PrivateTargets = located{"link1": "nowhere"} }, "", "privateTargets.link1"},
		{"a MOCK behind a VPC link", wrong, nil, "", "for integrations of type HTTP and HTTP_PROXY"},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := newBackedGateway(t, calling(test.integration), &invoker{answer: fine}, test.with)
			got, reason := g.told(t, message)
			if test.reason != "" {
				if got != failure("Internal server error") || !strings.Contains(reason, test.reason) {
					t.Errorf("received %s, reason %q", got, reason)
				}
				return
			}
			if call := <-calls; got != "hello" || call.target != "/p?a=b" || call.host != test.host {
				t.Errorf("received %q; the backend got %s for %s", got, call.target, call.host)
			}
		})
	}
}

func TestDisconnectOfAnHTTPBackend(t *testing.T) {
	url, calls := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, "ignored")
	})
	def := calling(at(url, proxy(map[string]string{
		"integration.request.header.event": "context.eventType",
	})))
	def.Routes[1].IntegrationID = "x"
	g := newBackedGateway(t, def, &invoker{answer: fine}, nil)
	_ = g.dial("/dev").Close(1000, "")
	if call := <-calls; call.header.Get("event") != "DISCONNECT" || call.body != "" {
		t.Errorf("the backend got %+v", call)
	}
	if record := g.record("DISCONNECT"); record.Status != 500 || record.Reason() != "" {
		t.Errorf("status %d, reason %q", record.Status, record.Reason())
	}
}
