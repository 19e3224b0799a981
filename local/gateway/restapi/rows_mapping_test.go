package restapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// The rows are those of spec rest-api.md §7 that TestSourcesOfRequestParameters has not: what a
// mapping of a header or query string sends, "" for nothing.
func TestRowsOfRequestParameters(t *testing.T) {
	for _, r := range []struct{ name, target, source, body, want string }{
		{"a query string that stands once is one value", "querystring.all", "method.request.multivaluequerystring.one", "", "q"},
		{"a query string that is missing is not sent", "querystring.all", "method.request.multivaluequerystring.none", "", ""},
		{"a repeated header that is missing is not sent", "header.X", "method.request.multivalueheader.None", "", ""},
		{"a path parameter that is missing is not sent", "header.X", "method.request.path.none", "", ""},
		{"a name has letters, digits and ._$-", "header.X.a_b$c-1", "'v'", "", "v"},
		{"a context variable that is no text is not sent", "header.X", "context.identity", "", ""},
		{"overrides are no context variable", "header.X", "context.requestOverride", "", ""},
		{"a stage variable is not substituted within a text", "header.X", "'a${stageVariables.v}'", "", "a${stageVariables.v}"},
		{"a list of the body is JSON", "header.X", "method.request.body.a", `{"a":[1,"b"]}`, `[1,"b"]`},
		{"null of the body is not sent", "header.X", "method.request.body.a", `{"a":null}`, ""},
		{"the body of nothing has no values", "header.X", "method.request.body.a", "", ""},
		{"a body that is a number has no values", "header.X", "method.request.body.a", "7", ""},
		{"blanks before JSON do not matter", "header.X", "method.request.body.a", "\n {\"a\":1}", "1"},
		{"the body goes on as it is though a mapping reads it", "header.X", "method.request.body.a", `{ "a": 1 }`, "1"},
		{"bytes that are no UTF-8 are U+FFFD before they are mapped", "querystring.q", "method.request.body.a", "{\"a\":\"\xff\"}", "\uFFFD"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			w.def.Stages[0].Variables = map[string]string{"v": "s"}
			m := httpMethod("HTTP", b.URL)
			m.Integration.RequestParameters = map[string]string{"integration.request." + r.target: r.source}
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m?one=q")
			asked.Body = []byte(r.body)
			if reply := w.serve(t, asked); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			place, name, _ := strings.Cut(r.target, ".")
			got := b.request.URL.Query().Get(name)
			if place == "header" {
				got = b.request.Header.Get(name)
			}
			if got != r.want {
				t.Errorf("the backend got %q, want %q", got, r.want)
			}
			if want := strings.ToValidUTF8(r.body, "\uFFFD"); b.body != want {
				t.Errorf("the backend got the body %q, want %q", b.body, want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §7 that TestSourcesOfResponseParameters has not.
func TestRowsOfResponseParameters(t *testing.T) {
	for _, r := range []struct{ name, source, body, want string }{
		{"a header that is missing is not sent", "integration.response.header.None", "", ""},
		{"a list of the body is JSON", "integration.response.body.a", `{"a":[1,{"b":"c"}]}`, `[1,{"b":"c"}]`},
		{"a truth value of the body", "integration.response.body.a", `{"a":true}`, "true"},
		{"a number of the body keeps its digits", "integration.response.body.a", `{"a":12345678901234567890}`, "12345678901234567890"},
		{"a body that does not begin like JSON has no values", "integration.response.body.a", "hello", ""},
		{"an error's message that is no JSON is a text", "integration.response.body.errorMessage", `{"errorMessage":"no"}`, "no"},
		{"within an error's message that is no JSON there is nothing", "integration.response.body.errorMessage.httpStatus", `{"errorMessage":"no"}`, ""},
		{"a stage variable that is not set is not sent", "stageVariables.none", "", ""},
		{"a context variable that is no text is not sent", "context.identity", "", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, r.body) })
			w := newWorld()
			m := httpMethod("HTTP", b.URL)
			m.Integration.Responses[0].Parameters = map[string]string{"method.response.header.X-Got": r.source}
			w.method("/m", "GET", m)
			reply := w.get(t, "/dev/m")
			if got := reply.Header.Get("X-Got"); got != r.want || reply.Header.Has("X-Got") != (r.want != "") || reply.Status != 200 {
				t.Errorf("got %d %v, want %q, because %s", reply.Status, reply.Header, r.want, w.records[0].Reason())
			}
		})
	}
	for _, start := range []string{"{", "[", "'", `"`} {
		t.Run("a body that only begins like JSON is a failure, with "+start, func(t *testing.T) {
			b := backend(t, says(200, start+"a"))
			w := newWorld()
			m := httpMethod("HTTP", b.URL)
			m.Integration.Responses[0].Parameters = map[string]string{"method.response.header.X": "integration.response.body.a"}
			w.method("/m", "GET", m)
			if got := seen(w.get(t, "/dev/m")); got != internalError {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// The rows are those of spec rest-api.md §7, "Rule": request overrides, as the backend gets them.
func TestRowsOfRequestOverrides(t *testing.T) {
	for _, r := range []struct{ name, template, want string }{
		{"a header wins over the mapped", `#set($context.requestOverride.header.X = "over")`, "/p?q=m X=over"},
		{"a list is joined", `#set($context.requestOverride.header.X = ["a", "b"])`, "/p?q=m X=a,b"},
		{"a query string wins over the mapped", `#set($context.requestOverride.querystring.q = "over")`, "/p?q=over X=m"},
		{"a list of a query string is repeated", `#set($context.requestOverride.querystring.q = ["a", "b"])`, "/p?q=a&q=b X=m"},
		{"a path wins over the mapped", `#set($context.requestOverride.path.p = "over")`, "/over?q=m X=m"},
		{"put is one way to override", `$context.requestOverride.querystring.put("q", "over")`, "/p?q=over X=m"},
		{"a name in brackets is one way to override", `#set($context["requestOverride"].querystring["q"] = "over")`, "/p?q=over X=m"},
		{"a variable names what is overridden", `#set($n = "q")#set($context.requestOverride.querystring[$n] = "over")`, "/p?q=over X=m"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			m := httpMethod("HTTP", b.URL+"/{p}")
			m.Integration.RequestParameters = map[string]string{
				"integration.request.header.X": "'m'", "integration.request.querystring.q": "'m'", "integration.request.path.p": "'p'",
			}
			m.Integration.RequestTemplates = map[string]string{"application/json": r.template}
			w.method("/m", "POST", m)
			if reply := w.serve(t, request("POST", "/dev/m")); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if got := b.request.RequestURI + " X=" + b.request.Header.Get("X"); got != r.want {
				t.Errorf("the backend got %s, want %s", got, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §7.1 that TestPassthroughBehaviour and TestTemplateChoice
// have not. The templates answer with their own type.
func TestRowsOfTemplateChoice(t *testing.T) {
	named := func(types ...string) map[string]string {
		templates := map[string]string{}
		for _, name := range types {
			templates[name] = strings.TrimPrefix(name, "$")
		}
		return templates
	}
	for _, r := range []struct {
		name, contentType, accept string
		templates                 map[string]string // of the request
		responses                 map[string]string
		want                      answer
	}{
		{"the exact type wins over the catch-all", "text/css", "", named("text/css", "$default"), nil, answer{200, "", "text/css"}},
		{"no Content-Type wants application/json, and finds the catch-all", "", "", named("text/css", "$default"), nil, answer{200, "", "default"}},
		{"a type is 415 where only others have templates", "text/css", "", named("text/html"), nil, unsupported},
		{"no Content-Type is 415 where application/json has no template", "", "", named("text/html"), nil, unsupported},
		{"no templates of the response leave the body", "", "text/html", named("application/json"), nil, answer{200, "", "application/json"}},
		{"an Accept with parameters is no exact match", "", "text/html;q=1", named("application/json"), named("application/json", "text/html"), answer{200, "", "application/json"}},
		{"an Accept of several is no exact match", "", "text/html,text/css", named("application/json"), named("application/json", "text/html"), answer{200, "", "application/json"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			m.Integration.PassthroughBehavior, m.Integration.RequestTemplates = "NEVER", r.templates
			m.Integration.Responses = []api.IntegrationResponse{{StatusCode: "200", Templates: r.responses}}
			w.method("/m", "POST", m)
			w.lambda.answers[functionARN] = nil
			asked := request("POST", "/dev/m")
			if r.contentType != "" {
				asked.Header.Add("Content-Type", r.contentType)
			}
			if r.accept != "" {
				asked.Header.Add("Accept", r.accept)
			}
			got := seen(w.serve(t, asked))
			if r.responses == nil && got.status == 200 {
				got.body = string(w.lambda.last(t).Payload)
			}
			if got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
}
