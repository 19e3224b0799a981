package restapi_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The rows are those of spec rest-api.md §7, "Request value", and control-plane.md §27.
func TestSourcesOfRequestParameters(t *testing.T) {
	const order = `{"a":{"b":[{"c":"x"}]},"n":7,"t":true,"z":null}`
	for _, r := range []struct{ name, source, body, want string }{
		{"a path parameter", "method.request.path.id", "", "p 1"},
		{"a query string", "method.request.querystring.one", "", "q"},
		{"the last of a repeated query string", "method.request.querystring.q", "", "2"},
		{"a header", "method.request.header.X-One", "", "h"},
		{"the last of a repeated header", "method.request.header.X-Two", "", "b"},
		{"a header in another case is missing", "method.request.header.x-one", "", ""},
		{"a query string in another case is missing", "method.request.querystring.One", "", ""},
		{"a repeated header joined", "method.request.multivalueheader.X-Two", "", "a,b"},
		{"one header of many", "method.request.multivalueheader.X-One", "", "h"},
		{"the whole body", "method.request.body", "text", "text"},
		{"an empty body", "method.request.body", "", "{}"},
		{"a value of the body", "method.request.body.a.b[0].c", order, "x"},
		{"a number of the body", "method.request.body.n", order, "7"},
		{"a truth value of the body", "method.request.body.t", order, "true"},
		{"an object of the body", "method.request.body.a", order, `{"b":[{"c":"x"}]}`},
		{"nothing of the body", "method.request.body.none", order, ""},
		{"a body that does not begin like JSON", "method.request.body.a", "hello", ""},
		{"a stage variable", "stageVariables.v", "", "s"},
		{"a stage variable that is not set", "stageVariables.none", "", ""},
		{"a context variable", "context.resourceId", "", "resm/{id"},
		{"a nested context variable", "context.identity.sourceIp", "", "203.0.113.7"},
		{"a context variable that is not set", "context.none", "", ""},
		{"a literal", "'it''s'", "", "it''s"},
		{"an empty literal", "''", "", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			w.def.Stages[0].Variables = map[string]string{"v": "s"}
			m := httpMethod("HTTP", b.URL)
			m.Integration.RequestParameters = map[string]string{"integration.request.header.X-Got": r.source}
			w.method("/m/{id}", "POST", m)
			asked := request("POST", "/dev/m/p%201?one=q&q=1&q=2", "X-One: h", "X-Two: a", "X-Two: b")
			asked.Body = []byte(r.body)
			if reply := w.serve(t, asked); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if got := b.request.Header.Get("X-Got"); got != r.want {
				t.Errorf("the backend got %q, want %q", got, r.want)
			}
			if _, sent := b.request.Header["X-Got"]; sent && r.want == "" && r.source != "''" {
				t.Error("a missing value was sent")
			}
		})
	}
	for _, start := range []string{"{", "[", "'", `"`} {
		t.Run("a body that only begins like JSON, with "+start, func(t *testing.T) {
			w := newWorld()
			m := httpMethod("HTTP", "http://127.0.0.1:1")
			m.Integration.RequestParameters = map[string]string{"integration.request.header.X": "method.request.body.a"}
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m")
			asked.Body = []byte(start + "a")
			want := answer{400, "BadRequestException", `{"message": "Invalid JSON in request body"}`}
			if got := seen(w.serve(t, asked)); got != want {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("each of a repeated query string", func(t *testing.T) {
		b := backend(t, says(200, ""))
		w := newWorld()
		m := httpMethod("HTTP", b.URL)
		m.Integration.RequestParameters = map[string]string{"integration.request.querystring.all": "method.request.multivaluequerystring.q"}
		w.method("/m", "GET", m)
		w.get(t, "/dev/m?q=1&q=2")
		if b.request.URL.RawQuery != "all=1&all=2" {
			t.Errorf("the backend got %s", b.request.RequestURI)
		}
	})
}

// The rows are those of spec rest-api.md §7, "Response value".
func TestSourcesOfResponseParameters(t *testing.T) {
	for _, r := range []struct{ name, source, body, want string }{
		{"the last of a repeated header", "integration.response.header.X-Two", "", "b"},
		{"a repeated header joined", "integration.response.multivalueheader.X-Two", "", "a,b"},
		{"a header in another case is missing", "integration.response.header.x-two", "", ""},
		{"the whole body", "integration.response.body", `{"a":1}`, `{"a":1}`},
		{"a value of the body", "integration.response.body.a", `{"a":"x"}`, "x"},
		{"an object of the body is JSON", "integration.response.body.a", `{"a":{"b":[1]}}`, `{"b":[1]}`},
		{"nothing of the body", "integration.response.body.none", `{"a":1}`, ""},
		{"JSON within an error's message", "integration.response.body.errorMessage.httpStatus", `{"errorMessage":"{\"httpStatus\":404}"}`, "404"},
		{"a stage variable", "stageVariables.v", "", "s"},
		{"a context variable", "context.stage", "", "dev"},
		{"a literal", "'*'", "", "*"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["X-Two"] = []string{"a", "b"}
				_, _ = io.WriteString(w, r.body)
			})
			w := newWorld()
			w.def.Stages[0].Variables = map[string]string{"v": "s"}
			m := httpMethod("HTTP", b.URL)
			m.Integration.Responses[0].Parameters = map[string]string{"method.response.header.X-Got": r.source}
			w.method("/m", "GET", m)
			reply := w.get(t, "/dev/m")
			if got := reply.Header.Get("X-Got"); got != r.want || reply.Header.Has("X-Got") != (r.want != "") {
				t.Errorf("got %v, want %q", reply.Header, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §7, "Rule", and control-plane.md §14 and §27.
func TestOverrides(t *testing.T) {
	for _, r := range []struct {
		name, request, response string
		parameters              map[string]string // of the response
		status                  int
		header, body            string
	}{
		{"a header of the response template wins over the mapped", `{"statusCode": 200}`, `#set($context.responseOverride.header.X = "over")`, map[string]string{"method.response.header.X": "'mapped'"}, 200, "over", ""},
		{"a status of the request template holds", `#set($context.responseOverride.status = 444){"statusCode": 200}`, "", nil, 444, "", ""},
		{"a status of the response template needs no method response", `{"statusCode": 200}`, `#set($context.responseOverride.status = 202)`, nil, 202, "", ""},
		{"a status below 100 is ignored", `{"statusCode": 200}`, `#set($context.responseOverride.status = 99)`, nil, 200, "", ""},
		{"a status above 599 is ignored", `{"statusCode": 200}`, `#set($context.responseOverride.status = 600)`, nil, 200, "", ""},
		{"a status that is a text is ignored", `{"statusCode": 200}`, `#set($context.responseOverride.status = "no")`, nil, 200, "", ""},
		{"what the request template made up is there for the response's", `#set($context.responseOverride.custom = "c"){"statusCode": 200}`, `$context.responseOverride.custom`, nil, 200, "", "c"},
		{"a request's override is there for the response's", `#set($context.requestOverride.querystring["k"] = "v"){"statusCode": 200}`, `$context.requestOverride.querystring.k`, nil, 200, "", "v"},
		{"put is one way to override", `{"statusCode": 200}`, `$context.responseOverride.header.put("X", "put")`, nil, 200, "put", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := mocked("200", r.response)
			m.Integration.RequestTemplates["application/json"] = r.request
			m.Integration.Responses[0].Parameters = r.parameters
			w.method("/m", "GET", m)
			reply := w.get(t, "/dev/m")
			if reply.Status != r.status || reply.Header.Get("X") != r.header || string(reply.Body) != r.body {
				t.Errorf("got %d %v %q, want %d %q %q", reply.Status, reply.Header, reply.Body, r.status, r.header, r.body)
			}
		})
	}
}

// The rows are those of spec control-plane.md §14: what AWS printed of $input.path on {"json": X}.
func TestWhatTemplatesPrint(t *testing.T) {
	const whole = `#set($r=$input.path("$.json"))`
	for _, r := range []struct{ name, template, x, want string }{
		{"an object", whole + "$r", `{"foo":"bar"}`, "{foo=bar}"},
		{"a list of an object", whole + "$r", `[{"foo":"bar"}]`, `[{"foo":"bar"}]`},
		{"a list in an object", whole + "$r", `{"foo":[{"nested":"bar"}]}`, `{foo=[{"nested":"bar"}]}`},
		{"an object of several", whole + "$r", `{"bigger":"dict","to":"test","with":"separators"}`, "{bigger=dict, to=test, with=separators}"},
		{"an object within", whole + "$r.nested", `{"nested":{"foo":"bar"}}`, "{foo=bar}"},
		{"a list within", whole + "$r.nested", `{"nested":[{"foo":"bar"}]}`, `[{"foo":"bar"}]`},
		{"an element", whole + "$r[0]", `[{"foo":"bar"}]`, "{foo=bar}"},
		{"an element that is a list", whole + "$r[0]", `[[{"foo":"bar"}]]`, `[{"foo":"bar"}]`},
		{"toString of an object", whole + "$r.toString()", `{"foo":"bar"}`, "{foo=bar}"},
		{"toString of a list in an object", whole + "$r.toString()", `{"list":[{"foo":"bar"}]}`, `{list=[{"foo":"bar"}]}`},
		{"a path that leads nowhere", `#set($r=$input.path("$.none"))[$r][$r.nested]`, "1", "[][]"},
		{"null", whole + "[$r][$r.nested]", "null", "[][]"},
		{"null equals null", whole + "#if($r == $null)yes#{else}no#end", "null", "yes"},
		{"null equals nothing", whole + `#if($r == "")yes#{else}no#end`, "null", "yes"},
		{"an empty list", whole + "$r", "[]", "[]"},
		{"an empty list is not null", whole + "#if($r == $null)yes#{else}no#end", "[]", "no"},
		{"an empty list is not nothing", whole + `#if($r == "")yes#{else}no#end`, "[]", "no"},
		{"what an empty list has within", whole + "[$r.nested]", "[]", "[]"},
		{"an undefined reference equals nothing", "#if($foo.bar.stuff != '')no#{else}yes#end", "1", "yes"},
		{"a stage variable that is not set", "[$stageVariables.noSuch]", "1", "[]"},
		{"a member of the body's text", "[$input.body.testAccess]", "1", "[]"},
		{"a map of the context", `[$context.identity.get("user")]`, "1", "[]"},
		{"the body is the text as it is", "$input.body", `{ "a":  1 }`, `{"json":{ "a":  1 }}`},
		{"the body as a part of a URL", "$util.urlEncode($input.body)", `"v"`, "%7B%22json%22%3A%22v%22%7D"},
		{"null as a part of a URL", "[$util.urlEncode($input.path('$.none'))]", "1", "[]"},
		{"an object as JSON", "$input.json('$')", `{"a":1}`, `{"json":{"a":1}}`},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			m.Integration.RequestTemplates = map[string]string{"application/json": r.template}
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m")
			asked.Body = fmt.Appendf(nil, `{"json":%s}`, r.x)
			if reply := w.serve(t, asked); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if got := string(w.lambda.last(t).Payload); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
	t.Run("the body of nothing, in a request and in a response", func(t *testing.T) {
		w := newWorld()
		m := mocked("200", "$input.body $context.requestOverride.path.body $util.urlEncode($input.body)")
		m.Integration.RequestTemplates["application/json"] = `#set($context.requestOverride.path.body = $input.body){"statusCode":200}`
		w.method("/m", "GET", m)
		if got := string(w.get(t, "/dev/m").Body); got != "{} {} %7B%7D" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("the parameters in one map", func(t *testing.T) {
		w := newWorld()
		w.method("/m/{id}", "GET", mocked("200", `$input.params().path.id $input.params().querystring.q $input.params().header.get("X-A") $input.params('id')`))
		if got := string(w.get(t, "/dev/m/7?q=1&id=no", "X-A: h").Body); got != "7 1 h 7" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("the names of the context", func(t *testing.T) {
		w := newWorld()
		w.method("/m", "GET", mocked("200", "#foreach($k in $context.keySet())$k#if($foreach.hasNext),#end#end"))
		const want = "resourceId,resourcePath,httpMethod,extendedRequestId,requestTime,path,accountId,protocol,requestOverride,stage," +
			"domainPrefix,requestTimeEpoch,requestId,identity,domainName,deploymentId,responseOverride,apiId"
		if got := string(w.get(t, "/dev/m").Body); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

// The rows are those of spec control-plane.md §21: enc is base64 of raw, which is no UTF-8.
func TestPayloadConversionOfRequests(t *testing.T) {
	const rawBody, encoded, text = "\xffraw", "/3Jhdw==", "text!"
	for _, r := range []struct{ name, contentType, handling, body, want string }{
		{"not binary: raw bytes become U+FFFD", "text/plain", "", rawBody, "\uFFFDraw"},
		{"not binary: base64 stays", "text/plain", "", encoded, encoded},
		{"not binary: text stays", "text/plain", "", text, text},
		{"not binary, to text: raw bytes become U+FFFD", "text/plain", "CONVERT_TO_TEXT", rawBody, "\uFFFDraw"},
		{"not binary, to text: base64 stays", "text/plain", "CONVERT_TO_TEXT", encoded, encoded},
		{"not binary, to binary: base64 is decoded", "text/plain", "CONVERT_TO_BINARY", encoded, rawBody},
		{"not binary, to binary: text cannot be", "text/plain", "CONVERT_TO_BINARY", text, "500"},
		{"not binary, to binary: raw bytes cannot be", "text/plain", "CONVERT_TO_BINARY", rawBody, "500"},
		{"binary: raw bytes pass", "image/png", "", rawBody, rawBody},
		{"binary: base64 passes", "image/png", "", encoded, encoded},
		{"binary, to text: raw bytes are encoded", "image/png", "CONVERT_TO_TEXT", rawBody, encoded},
		{"binary, to text: base64 is encoded again", "image/png", "CONVERT_TO_TEXT", encoded, "LzNKaGR3PT0="},
		{"binary, to text: text is encoded", "image/png", "CONVERT_TO_TEXT", text, "dGV4dCE="},
		{"binary, to binary: raw bytes pass", "image/png", "CONVERT_TO_BINARY", rawBody, rawBody},
		{"binary, to binary: base64 passes", "image/png", "CONVERT_TO_BINARY", encoded, encoded},
		{"a template takes no binary", "application/json", "CONVERT_TO_BINARY", encoded, "500"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			w.def.BinaryMediaTypes = []string{"image/png"}
			m := httpMethod("HTTP", b.URL)
			m.Integration.ContentHandling = r.handling
			m.Integration.RequestTemplates = map[string]string{"application/json": "$input.body"}
			w.method("/m", "POST", m)
			asked := request("POST", "/dev/m", "Content-Type: "+r.contentType)
			asked.Body = []byte(r.body)
			reply := w.serve(t, asked)
			if r.want == "500" {
				if got := seen(reply); got != internalError {
					t.Errorf("got %+v", got)
				}
				return
			}
			if reply.Status != 200 || b.body != r.want {
				t.Errorf("got %d, and the backend %q, want %q", reply.Status, b.body, r.want)
			}
		})
	}
}

// The rows are those of spec control-plane.md §21, "Response", and of rest-api.md §12.
func TestPayloadConversionOfResponses(t *testing.T) {
	const rawBody, encoded, replaced = "\xffraw", "/3Jhdw==", "\uFFFDraw"
	const none, toText, toBinary = "", "CONVERT_TO_TEXT", "CONVERT_TO_BINARY"
	const text, image = "text/plain", "image/png"
	for _, r := range []struct{ payload, accept, handling, body, want string }{
		{text, text, none, rawBody, replaced},
		{text, text, toText, rawBody, replaced},
		{text, text, toBinary, encoded, rawBody},
		{text, text, toBinary, rawBody, "500"},
		{text, image, none, encoded, rawBody},
		{text, image, none, rawBody, "500"},
		{text, image, toText, rawBody, replaced},
		{text, image, toBinary, encoded, rawBody},
		{text, image, toBinary, rawBody, "500"},
		{image, text, none, rawBody, encoded},
		{image, text, toText, rawBody, encoded},
		{image, text, toBinary, rawBody, rawBody},
		{image, image, none, rawBody, rawBody},
		{image, image, toText, rawBody, encoded},
		{image, image, toBinary, rawBody, rawBody},
	} {
		short := strings.NewReplacer(text, "text", image, "binary", "CONVERT_TO_", "to ", encoded, "base64", rawBody, "raw bytes")
		t.Run(short.Replace(r.payload+" for "+r.accept+" "+r.handling+": "+r.body), func(t *testing.T) {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", r.payload)
				w.Header().Set("ETag", "e")
				_, _ = io.WriteString(w, r.body)
			})
			w := newWorld()
			w.def.BinaryMediaTypes = []string{image}
			m := httpMethod("HTTP", b.URL)
			m.Integration.Responses[0].ContentHandling = r.handling
			m.Integration.Responses[0].Parameters = map[string]string{"method.response.header.ETag": "integration.response.header.Etag"}
			w.method("/m", "GET", m)
			reply := w.get(t, "/dev/m", "Accept: "+r.accept)
			if r.want == "500" {
				if got := seen(reply); got != internalError {
					t.Errorf("got %+v", got)
				}
				return
			}
			if string(reply.Body) != r.want || reply.Header.Get("ETag") != "e" {
				t.Errorf("got %q with %v, want %q", reply.Body, reply.Header, r.want)
			}
		})
	}
	for _, r := range []struct {
		name, handling string
		want           answer
	}{
		{"a template sees base64 of any payload, to text", toText, answer{200, "", `{"data": "` + encoded + `"}`}},
		{"a template takes no binary, to binary", toBinary, internalError},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", image)
				_, _ = io.WriteString(w, rawBody)
			})
			w := newWorld()
			w.def.BinaryMediaTypes = []string{image}
			m := httpMethod("HTTP", b.URL)
			m.Integration.Responses[0].ContentHandling = r.handling
			m.Integration.Responses[0].Templates = map[string]string{"application/json": `{"data": "$input.body"}`}
			w.method("/m", "GET", m)
			if got := seen(w.get(t, "/dev/m")); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
}
