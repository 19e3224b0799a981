package restapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// The rows are those of spec rest-api.md §10, "Fallback" and "Customisation", and of control-plane.md
// §8 that TestGatewayResponses, TestGatewayResponseTypes and TestGatewayResponseSources have not. An
// unknown path is refused.
func TestRowsOfGatewayResponses(t *testing.T) {
	const html, json = "text/html", "application/json"
	both := map[string]string{html: "<p>", json: "{}"}
	unknown := answer{403, "MissingAuthenticationTokenException", missing}
	with := func(body string) answer { return answer{403, "MissingAuthenticationTokenException", body} }
	for _, r := range []struct {
		name, accept string
		custom       api.GatewayResponse // of DEFAULT_4XX
		want         answer
		contentType  string
	}{
		{"nothing customised leaves everything", "", api.GatewayResponse{}, unknown, json},
		{"the template is chosen by Accept", html, api.GatewayResponse{Templates: both}, with("<p>"), html},
		{"an Accept without template takes application/json", "text/css", api.GatewayResponse{Templates: both}, with("{}"), json},
		{"no Accept takes application/json", "", api.GatewayResponse{Templates: both}, with("{}"), json},
		{"the only template is taken whatever Accept says", json, api.GatewayResponse{Templates: map[string]string{html: "<p>"}}, with("<p>"), html},
		{"a template that is empty makes an empty body", "", api.GatewayResponse{Templates: map[string]string{json: ""}}, with(""), json},
		{"AWS's default template", "", api.GatewayResponse{Templates: map[string]string{json: `{"message":$context.error.messageString}`}}, unknown, json},
		{"directives of Velocity are text", "", api.GatewayResponse{Templates: map[string]string{json: `#set($x = 1)#if(true)$x#end`}}, with(`#set($x = 1)#if(true)$x#end`), json},
		{"$input and $util are text", "", api.GatewayResponse{Templates: map[string]string{json: `$input.body $util.urlEncode('a b')`}}, with(`$input.body $util.urlEncode('a b')`), json},
		{"a value that is missing is empty", "", api.GatewayResponse{Templates: map[string]string{json: `[$context.authorizer.x][$stageVariables.x][$method.request.header.X]`}}, with("[][][]"), json},
		{"nothing was validated", "", api.GatewayResponse{Templates: map[string]string{json: `[$context.error.validationErrorString]`}}, with("[]"), json},
		{"the request's id and the time", "", api.GatewayResponse{Templates: map[string]string{json: `$context.requestId $context.requestTimeEpoch`}}, with(requestUUID + " 1589522469693"), json},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.GatewayResponses = map[string]api.GatewayResponse{"DEFAULT_4XX": r.custom}
			header := []string{"x-amzn-RequestId: " + requestUUID}
			if r.accept != "" {
				header = append(header, "Accept: "+r.accept)
			}
			reply := w.get(t, "/dev", header...)
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if got := reply.Header.Values("Content-Type"); len(got) != 1 || got[0] != r.contentType {
				t.Errorf("Content-Type is %v, want %s", got, r.contentType)
			}
		})
	}
	t.Run("a status of DEFAULT_4XX is that of every type without its own", func(t *testing.T) {
		for _, refused := range refusedCalls() {
			w := newWorld()
			w.def.GatewayResponses = map[string]api.GatewayResponse{"DEFAULT_4XX": {StatusCode: 420}}
			refused.with(t, w)
			want := refused.want.status
			if want < 500 && refused.responseType != "REQUEST_TOO_LARGE" {
				want = 420
			}
			if got := w.serve(t, refused.ask(t, w)).Status; got != want {
				t.Errorf("%s: got %d, want %d", refused.responseType, got, want)
			}
		}
	})
	t.Run("an interim status is not used", func(t *testing.T) {
		w := newWorld()
		w.def.GatewayResponses = map[string]api.GatewayResponse{"DEFAULT_4XX": {StatusCode: 101}}
		if got := w.get(t, "/dev").Status; got != 403 {
			t.Errorf("got %d", got)
		}
	})
	t.Run("a status of one's own wins over that of DEFAULT_4XX", func(t *testing.T) {
		w := newWorld()
		w.def.GatewayResponses = map[string]api.GatewayResponse{"DEFAULT_4XX": {StatusCode: 420}, "MISSING_AUTHENTICATION_TOKEN": {StatusCode: 404}}
		if got := w.get(t, "/dev").Status; got != 404 {
			t.Errorf("got %d", got)
		}
	})
}

// The rows are those of spec rest-api.md §10, the table's body spacing and headers: what every
// refusal has in common.
func TestRowsOfRefusals(t *testing.T) {
	executed := []string{
		"API_CONFIGURATION_ERROR", "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "INTEGRATION_FAILURE",
		"UNSUPPORTED_MEDIA_TYPE", "DEFAULT_4XX",
	}
	for _, refused := range refusedCalls() {
		spacing, opening := "has no blank after the colon", `essage":`
		for _, name := range executed {
			if refused.responseType == name {
				spacing, opening = "has a blank after the colon", `essage": `
			}
		}
		t.Run(refused.responseType+" "+spacing+", the ids and no trace", func(t *testing.T) {
			w := newWorld()
			refused.with(t, w)
			reply := w.serve(t, refused.ask(t, w))
			checkErrorHeaders(t, reply)
			_, after, found := strings.Cut(string(reply.Body), opening)
			if !found || strings.HasPrefix(after, " ") {
				t.Errorf("got %s", reply.Body)
			}
		})
	}
}

// The rows are the table of spec control-plane.md §8 that TestGatewayResponseTypes has not.
func TestRowsOfConfigurationErrors(t *testing.T) {
	mapping := func(target, source string) func(*api.Integration) {
		return func(i *api.Integration) { i.RequestParameters = map[string]string{target: source} }
	}
	for _, r := range []struct {
		name, kind string
		change     func(*api.Integration)
	}{
		{"a mapping of an illegal header", "HTTP", mapping("integration.request.header.Content-Length", "'1'")},
		{"a URI that is none", "HTTP", func(i *api.Integration) { i.URI = "backend" }},
		{"a MOCK that says no status", "MOCK", func(i *api.Integration) { i.RequestTemplates = map[string]string{"application/json": "x"} }},
		{"a body that is no base64", "HTTP", func(i *api.Integration) { i.ContentHandling = "CONVERT_TO_BINARY" }},
		{"a template on a binary body", "MOCK", func(i *api.Integration) {
			i.ContentHandling, i.RequestTemplates = "CONVERT_TO_BINARY", map[string]string{"application/json": "x"}
		}},
		{"a template that goes wrong", "MOCK", func(i *api.Integration) {
			i.RequestTemplates = map[string]string{"application/json": "#foreach($i in [1..1001])$i#end"}
		}},
		{"a stage variable of the host that is missing", "HTTP", func(i *api.Integration) { i.URI = "http://${stageVariables.host}/" }},
		{"a function that is not called with POST", "AWS_PROXY", func(i *api.Integration) { i.HTTPMethod = "GET" }},
	} {
		t.Run(r.name+" is 500", func(t *testing.T) {
			w := newWorld()
			m := httpMethod(r.kind, "http://127.0.0.1:1024")
			if r.kind == "AWS_PROXY" {
				m = proxy()
			}
			r.change(&m.Integration)
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m")
			asked.Body = []byte("%")
			reply := w.serve(t, asked)
			if got := seen(reply); got != internalError {
				t.Errorf("got %+v", got)
			}
			checkErrorHeaders(t, reply)
		})
	}
}
