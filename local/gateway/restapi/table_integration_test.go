package restapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

var (
	internalError = answer{500, "InternalServerErrorException", internalBody}
	unsupported   = answer{415, "BadRequestException", `{"message": "Unsupported Media Type"}`}
)

// The rows are those of spec rest-api.md §5 and control-plane.md §13, of what a backend is sent.
func TestRequestsToHTTPBackends(t *testing.T) {
	type change = func(*api.Integration)
	parameters := func(pairs ...string) change {
		return func(i *api.Integration) {
			i.RequestParameters = map[string]string{}
			for p := 0; p < len(pairs); p += 2 {
				i.RequestParameters["integration.request."+pairs[p]] = pairs[p+1]
			}
		}
	}
	const order = `{"id":"o-1"}`
	for _, r := range []struct {
		name, kind, uri, asked, body string
		change                       change
		want                         string // the request line and the body
	}{
		{"HTTP sends no query string that is not mapped", "HTTP", "/x", "GET /r?a=1", "", nil, "GET /x"},
		{"HTTP sends the body as it is without templates", "HTTP", "/x", "POST /r", order, nil, "POST /x " + order},
		{"HTTP sends what the template makes", "HTTP", "/x", "POST /r", order, func(i *api.Integration) {
			i.RequestTemplates = map[string]string{"application/json": `$input.path('$.id')`}
		}, "POST /x o-1"},
		{"HTTP sends mapped query strings", "HTTP", "/x", "GET /r?a=1", "", parameters("querystring.b", "method.request.querystring.a"), "GET /x?b=1"},
		{"HTTP_PROXY sends the query string", "HTTP_PROXY", "/x", "GET /r?a=1&a=2", "", nil, "GET /x?a=1&a=2"},
		{"HTTP_PROXY sends the body", "HTTP_PROXY", "/x", "PUT /r", order, nil, "PUT /x " + order},
		{
			"HTTP_PROXY appends: the URI's query, the client's, the mapped", "HTTP_PROXY", "/x?testVar={pathVar}&testQs={qsVar}", "GET /r?testQueryString=foo&testVar=bar&qs=1", "",
			parameters("path.pathVar", "'foobar'", "path.qsVar", "'bar'", "querystring.queryString", "method.request.querystring.testQueryString", "querystring.testQs", "'foo'"),
			"GET /x?testVar=foobar&testQs=bar&testQueryString=foo&testVar=bar&qs=1&queryString=foo&testQs=foo",
		},
		{"the method ANY is the client's", "HTTP_PROXY", "/x", "DELETE /r", "", nil, "DELETE /x"},
		{"another method is the integration's, of GET", "HTTP_PROXY", "/x", "GET /r", "", func(i *api.Integration) { i.HTTPMethod = "POST" }, "POST /x"},
		{"another method is the integration's, of PUT", "HTTP_PROXY", "/x", "PUT /r", "b", func(i *api.Integration) { i.HTTPMethod = "POST" }, "POST /x b"},
		{"GET has no body", "HTTP_PROXY", "/x", "GET /r", order, nil, "GET /x"},
		{"HEAD has no body", "HTTP_PROXY", "/x", "HEAD /r", order, nil, "HEAD /x"},
		{"OPTIONS has no body", "HTTP_PROXY", "/x", "OPTIONS /r", order, nil, "OPTIONS /x"},
		{"DELETE has a body", "HTTP_PROXY", "/x", "DELETE /r", order, nil, "DELETE /x " + order},
		{"a placeholder of the path parameter", "HTTP", "/x/{id}", "GET /p/7", "", parameters("path.id", "method.request.path.id"), "GET /x/7"},
		{"a placeholder of a query string", "HTTP", "/x/{id}", "GET /r?a=7", "", parameters("path.id", "method.request.querystring.a"), "GET /x/7"},
		{"a placeholder within the query string", "HTTP", "/x?id={id}", "GET /p/7", "", parameters("path.id", "method.request.path.id"), "GET /x?id=7"},
		{"a greedy parameter is a placeholder without its plus", "HTTP_PROXY", "/x/{proxy}", "GET /g/a/b%20c", "", parameters("path.proxy", "method.request.path.proxy"), "GET /x/a/b%20c"},
		{"a literal percent sign is encoded again", "HTTP", "/x/{id}", "GET /r?a=50%25", "", parameters("path.id", "method.request.querystring.a"), "GET /x/50%25"},
		{"a stage variable in the path", "HTTP_PROXY", "/${stageVariables.path}/x", "GET /r", "", nil, "GET /v1/x"},
		{"a stage variable that is the query string", "HTTP_PROXY", "/x?${stageVariables.query}", "GET /r", "", nil, "GET /x?a=b&c=d"},
		{"a stage variable that is not set is empty", "HTTP_PROXY", "/x${stageVariables.none}", "GET /r", "", nil, "GET /x"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			w.def.Stages[0].Variables = map[string]string{"path": "v1", "query": "a=b&c=d"}
			m := httpMethod(r.kind, b.URL+r.uri)
			if r.change != nil {
				r.change(&m.Integration)
			}
			for _, path := range []string{"/r", "/p/{id}", "/g/{proxy+}"} {
				w.method(path, "ANY", m)
			}
			verb, path, _ := strings.Cut(r.asked, " ")
			asked := request(verb, "/dev"+path)
			asked.Body = []byte(r.body)
			if reply := w.serve(t, asked); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			got := strings.TrimSpace(b.request.Method + " " + b.request.RequestURI + " " + b.body)
			if got != r.want {
				t.Errorf("the backend got\n%s, want\n%s", got, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §5 and §8, "Default integration request headers".
func TestHeadersToHTTPBackends(t *testing.T) {
	for _, r := range []struct{ name, kind, verb, header, want string }{
		{"HTTP: Accept is the gateway's", "HTTP", "GET", "Accept: application/xml", "Accept: application/json"},
		{"HTTP: User-Agent is the gateway's", "HTTP", "GET", "User-Agent: me", "User-Agent: AmazonAPIGateway_abc1234567"},
		{"HTTP: the API's id", "HTTP", "GET", "A: b", "X-Amzn-Apigateway-Api-Id: abc1234567"},
		{"HTTP: Content-Type of a POST is the client's", "HTTP", "POST", "Content-Type: text/plain", "Content-Type: text/plain"},
		{"HTTP: Content-Type of a GET is not sent", "HTTP", "GET", "Content-Type: text/plain", "Content-Type: "},
		{"HTTP: who forwards is not sent", "HTTP", "GET", "A: b", "X-Forwarded-For: "},
		{"HTTP_PROXY: Accept is the client's", "HTTP_PROXY", "GET", "Accept: application/xml", "Accept: application/xml"},
		{"HTTP_PROXY: Accept of a client without one", "HTTP_PROXY", "GET", "A: b", "Accept: application/json"},
		{"HTTP_PROXY: User-Agent is the client's", "HTTP_PROXY", "GET", "User-Agent: me", "User-Agent: me"},
		{"HTTP_PROXY: the API's id", "HTTP_PROXY", "GET", "A: b", "X-Amzn-Apigateway-Api-Id: abc1234567"},
		{"HTTP_PROXY: who forwards is sent", "HTTP_PROXY", "GET", "A: b", "X-Forwarded-For: 203.0.113.7"},
		{"HTTP_PROXY: a signature is the gateway's alone", "HTTP_PROXY", "GET", "Authorization: AWS4-HMAC-SHA256 x", "Authorization: "},
		{"HTTP_PROXY: the length of nothing", "HTTP_PROXY", "GET", "A: b", "Content-Length: 0"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := raw(t, "Content-Length: 0")
			w := newWorld()
			w.method("/m", r.verb, httpMethod(r.kind, b.url))
			w.serve(t, request(r.verb, "/dev/m", r.header))
			name, want, _ := strings.Cut(r.want, ": ")
			if got := b.header.Get(name); got != want {
				t.Errorf("the backend got %s %q, want %q", name, got, want)
			}
		})
	}
	t.Run("a mapped header replaces the client's", func(t *testing.T) {
		b := raw(t, "Content-Length: 0")
		w := newWorld()
		m := httpMethod("HTTP_PROXY", b.url)
		m.Integration.RequestParameters = map[string]string{
			"integration.request.header.X-A": "context.resourceId", "integration.request.header.X-None": "method.request.header.none",
		}
		w.method("/m", "GET", m)
		w.get(t, "/dev/m", "X-A: client", "X-B: client", "X-None: client")
		got := []string{b.header.Get("X-A"), b.header.Get("X-B"), b.header.Get("X-None")}
		if diff := cmp.Diff([]string{"resm", "client", "client"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The rows are those of spec rest-api.md §5, of what a client is told.
func TestBackendsThatFail(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := httptest.NewTLSServer(says(200, "over TLS"))
	t.Cleanup(secure.Close)
	network := answer{504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`}
	garbage := raw(t, "no header line at all")
	for _, r := range []struct {
		name   string
		change func(*api.Integration)
		want   answer
	}{
		{"a URL that is none", func(i *api.Integration) { i.URI = "https://" }, internalError},
		{"a port that no API may call", func(i *api.Integration) { i.URI = "http://127.0.0.1:22/" }, internalError},
		{"a host that is not known", func(i *api.Integration) { i.URI = "http://nowhere.invalid/" }, internalError},
		{"a backend that is not there", func(i *api.Integration) { i.URI = closed.URL }, internalError},
		{"a backend that speaks no HTTP", func(i *api.Integration) { i.URI = garbage.url }, network},
		{"a certificate of nobody", func(i *api.Integration) { i.URI = secure.URL }, internalError},
		{"a certificate of nobody that need not be verified", func(i *api.Integration) { i.URI, i.InsecureTLS = secure.URL, true }, answer{200, "", "over TLS"}},
		{"a placeholder that nothing fills", func(i *api.Integration) { i.URI = "http://127.0.0.1:8080/{id}" }, internalError},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := httpMethod("HTTP_PROXY", "")
			r.change(&m.Integration)
			w.method("/m", "GET", m)
			if got := seen(w.get(t, "/dev/m")); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
		})
	}
}

// The rows are those of spec control-plane.md §14, "MOCK integration".
func TestWhatMockReads(t *testing.T) {
	for _, r := range []struct {
		name, template string
		want           answer
	}{
		{"JSON", `{"statusCode": 200}`, answer{200, "", "made"}},
		{"a key without quotes", `{statusCode: 200}`, answer{200, "", "made"}},
		{"single quotes", `{'statusCode': 200}`, answer{200, "", "made"}},
		{"a comma at the end", `{"statusCode": 200,}`, answer{200, "", "made"}},
		{"two commas", `{"statusCode": 200,,"a": 1}`, answer{200, "", "made"}},
		{"null for a key", `{"statusCode": 200, null: null}`, answer{200, "", "made"}},
		{"an empty key", `{"statusCode": 200, "": 1}`, answer{200, "", "made"}},
		{"junk after a comma", `{"statusCode": 200, super{ f}oo: [ba r]}`, answer{200, "", "made"}},
		{"a number in quotes", `{"statusCode": "200"}`, internalError},
		{"quotes that do not match", `{"statusCode': 200}`, internalError},
		{"no closing brace", `{"statusCode": 200`, internalError},
		{"no braces", `"statusCode": 200`, internalError},
		{"an object without key", `{statusCode: 200, {foo: [ba r]}`, internalError},
		{"no status", `{"a": 1}`, internalError},
		{"nothing", ``, internalError},
		{"an integer that is no status", `{"statusCode": -1000}`, answer{200, "", "made"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := mocked("200", "made")
			m.Integration.RequestTemplates["application/json"] = r.template
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m")
			asked.Body = []byte(`{"the":"clients"}`)
			if got := seen(w.serve(t, asked)); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
		})
	}
	t.Run("the client's body is not in the answer", func(t *testing.T) {
		w := newWorld()
		w.method("/m", "POST", mocked("200", "[$input.body]"))
		asked := request("POST", "/dev/m")
		asked.Body = []byte("the client's")
		if got := string(w.serve(t, asked).Body); got != "[{}]" {
			t.Errorf("got %s", got)
		}
	})
}

// The rows are those of spec rest-api.md §6 and control-plane.md §12 and §13.
func TestIntegrationResponseSelection(t *testing.T) {
	responses := func(pairs ...string) []api.IntegrationResponse {
		var list []api.IntegrationResponse
		for p := 0; p < len(pairs); p += 2 {
			list = append(list, api.IntegrationResponse{StatusCode: pairs[p], SelectionPattern: pairs[p+1]})
		}
		return list
	}
	failed := func(message string) string {
		document, err := json.Marshal(map[string]string{"errorMessage": message})
		if err != nil {
			t.Fatal(err)
		}
		return string(document)
	}
	for _, r := range []struct {
		name, lambda string // what the function answers; "" asks an HTTP backend
		status       int
		responses    []api.IntegrationResponse
		want         int
	}{
		{"a success of a function matches nothing", `{"a":1}`, 0, responses("200", "", "400", ".+"), 200},
		{"a function never matches by its status", `{"a":1}`, 0, responses("200", "", "400", "200"), 200},
		{"an error message that matches", failed("x four hundred y"), 0, responses("200", "", "400", ".*four hundred.*"), 400},
		{"a pattern must match all of it", failed("x four hundred y"), 0, responses("200", "", "400", "four hundred"), 200},
		{"an error message that matches nothing", failed("x"), 0, responses("200", "", "400", "y"), 200},
		{"an answer that is no object has no message", `"four hundred"`, 0, responses("200", "", "400", ".+"), 200},
		{"a dot is no line break", failed("a\nb"), 0, responses("200", "", "400", "a.b"), 200},
		{"a line break is one in the usual idiom", failed("a\nb"), 0, responses("200", "", "400", `(\n|.)*`), 400},
		{"of several the lowest status", failed("x"), 0, responses("500", ".+", "200", "", "400", ".+"), 400},
		{"a pattern of anything overrides the default", `{"a":1}`, 0, responses("200", "", "400", ".*"), 400},
		{"an HTTP backend matches by its status", "", 404, responses("200", "", "400", `4\d{2}`), 400},
		{"a backend's status that matches nothing takes the default", "", 404, responses("200", "", "400", "400"), 200},
		{"a backend's success takes the default", "", 201, responses("200", ""), 200},
		{"nothing fits and there is no default", "", 404, responses("200", "200"), 500},
		{"a status that the method does not declare", "", 200, responses("201", ""), 500},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			if r.lambda == "" {
				m = httpMethod("HTTP", backend(t, says(r.status, "")).URL)
			} else {
				w.lambda.answer(functionARN, r.lambda)
			}
			m.Responses = map[string]api.MethodResponse{"200": {}, "400": {}, "500": {}}
			m.Integration.Responses = r.responses
			w.method("/m", "GET", m)
			got := w.get(t, "/dev/m")
			if got.Status != r.want || r.want == 500 && seen(got) != internalError {
				t.Errorf("got %+v, want %d, because %s", seen(got), r.want, w.records[0].Reason())
			}
		})
	}
}

// The rows are those of spec rest-api.md §7.1.
func TestPassthroughBehaviour(t *testing.T) {
	for _, situation := range []struct {
		name      string
		templates map[string]string
		want      [3]string // WHEN_NO_MATCH, WHEN_NO_TEMPLATES, NEVER
	}{
		{"the key has a template", map[string]string{"text/plain": "made"}, [3]string{"made", "made", "made"}},
		{"templates exist, none for the key", map[string]string{"text/html": "made"}, [3]string{"sent", "", ""}},
		{"no templates", nil, [3]string{"sent", "sent", ""}},
		{"a default template", map[string]string{"$default": "made"}, [3]string{"made", "made", "made"}},
	} {
		for i, behaviour := range []string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"} {
			t.Run(situation.name+", "+behaviour, func(t *testing.T) {
				b := backend(t, says(200, ""))
				w := newWorld()
				m := httpMethod("HTTP", b.URL)
				m.Integration.PassthroughBehavior, m.Integration.RequestTemplates = behaviour, situation.templates
				w.method("/m", "POST", m)
				asked := request("POST", "/dev/m", "Content-Type: text/plain; charset=utf-8")
				asked.Body = []byte("sent")
				want := answer{200, "", ""}
				if situation.want[i] == "" {
					want = unsupported
				}
				if got := seen(w.serve(t, asked)); got != want || b.body != situation.want[i] {
					t.Errorf("got %+v, and the backend %q, want %+v, %q", got, b.body, want, situation.want[i])
				}
			})
		}
	}
}

// The rows are those of spec rest-api.md §7.1 and control-plane.md §14, "Template choice".
func TestTemplateChoice(t *testing.T) {
	for _, r := range []struct {
		name, contentType, accept string
		templates                 map[string]string // of the response
		want                      string
	}{
		{"no Content-Type is application/json", "", "", nil, "json/"},
		{"the exact type", "text/plain", "", nil, "plain/"},
		{"parameters of the type have no say", "text/plain;charset=utf-8", "", nil, "plain/"},
		{"no Accept is application/json", "", "", map[string]string{"application/json": "j", "text/html": "h"}, "j"},
		{"the exact Accept", "", "text/html", map[string]string{"application/json": "j", "text/html": "h"}, "h"},
		{"an Accept without template is application/json", "", "text/css", map[string]string{"application/json": "j", "text/html": "h"}, "j"},
		{"the last line of Accept", "", "text/html|text/xml", map[string]string{"text/html": "h", "text/xml": "x"}, "x"},
		{"the first template where nothing fits", "", "text/css", map[string]string{"text/html": "h", "text/xml": "x"}, "h"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, nil)
			b.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { _, _ = w.Write([]byte(q.URL.RawQuery + "/")) })
			w := newWorld()
			m := httpMethod("HTTP", b.URL)
			m.Integration.RequestTemplates = map[string]string{
				"application/json": `#set($context.requestOverride.querystring.q = "json")`, "text/plain": `#set($context.requestOverride.querystring.q = "plain")`,
			}
			m.Integration.Responses[0].Templates = r.templates
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m")
			if r.contentType != "" {
				asked.Header.Add("Content-Type", r.contentType)
			}
			for line := range strings.SplitSeq(r.accept, "|") {
				if line != "" {
					asked.Header.Add("Accept", line)
				}
			}
			if got := strings.TrimPrefix(string(w.serve(t, asked).Body), "q="); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §4.1, of a function that cannot answer.
func TestFunctionsThatFail(t *testing.T) {
	for _, r := range []struct {
		name string
		with func(*world)
		want answer
	}{
		{"a function error", func(w *world) { w.lambda.functionError(functionARN, `{"errorMessage":"x"}`) }, answer{502, "InternalServerErrorException", internalBody}},
		{"a function that timed out", func(w *world) {
			w.lambda.functionError(functionARN, `{"errorMessage":"2020-05-15T06:01:09Z x Task timed out after 3.00 seconds"}`)
		}, answer{502, "InternalServerErrorException", internalBody}},
		{"Lambda throttles", func(w *world) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "TooManyRequestsException", Status: 429})
		}, internalError},
		{"Lambda knows no such function", func(w *world) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "ResourceNotFoundException", Status: 404})
		}, internalError},
		{"Lambda does not permit it", func(w *world) {
			w.lambda.fail(functionARN, &exchange.InvokeError{Code: "AccessDeniedException", Status: 403})
		}, internalError},
		{"the network breaks", func(w *world) { w.lambda.fail(functionARN, errors.New("x")) }, answer{
			504, "InternalServerErrorException", `{"message": "Network error communicating with endpoint"}`,
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			r.with(w)
			if got := seen(w.get(t, "/dev/x")); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if len(w.lambda.calls) != 1 {
				t.Errorf("the function was called %d times, API Gateway never retries", len(w.lambda.calls))
			}
		})
	}
}
