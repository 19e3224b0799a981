package restapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/restapi"
)

// The rows are those of spec rest-api.md §3 that TestResourceRouting has not.
func TestRowsOfRouting(t *testing.T) {
	for _, r := range []struct{ name, routes, asked, want string }{
		{"ANY stands for GET", "ANY /a", "GET /dev/a", "GET"},
		{"ANY stands for PUT", "ANY /a", "PUT /dev/a", "PUT"},
		{"{proxy+} takes one segment", "GET /{proxy+}", "GET /dev/a", "GET"},
		{"{proxy+} takes many segments", "GET /{proxy+}", "GET /dev/a/b/c", "GET"},
		{"a segment that begins like a static one is another", "GET /a", "GET /dev/ab", ""},
		{"a static segment of two levels beats {param} of the first", "GET /{id}/x,GET /a/x", "GET /dev/a/x", "GET"},
		{"a trailing slash of a greedy value is ignored", "GET /a/{proxy+}", "GET /dev/a/b/", "GET"},
		{"a trailing slash alone is no greedy value", "GET /a/{proxy+}", "GET /dev/a/", ""},
		{"the method is compared with case", "GET /a", "get /dev/a", ""},
		{"an unknown path below a known one", "GET /a", "GET /dev/a/b", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			verb, path, _ := strings.Cut(r.asked, " ")
			got := seen(routed(r.routes).serve(t, request(verb, path)))
			want := answer{403, "MissingAuthenticationTokenException", missing}
			if r.want != "" {
				routes := splitRoutes(r.routes)
				want = answer{200, "", routes[len(routes)-1]}
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	for _, r := range []struct{ name, path string }{
		{"{proxy+} has no children", "/{proxy+}/a"},
		{"a parameter is a whole segment: text before it", "/res{id}"},
		{"a parameter is a whole segment: text after it", "/{id}.json"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.method(r.path, "GET", mocked("200", ""))
			_, err := restapi.New(w.def, restapi.Dependencies{Clock: w.clock, Invoker: w.lambda, Log: discard()})
			if err == nil || !strings.Contains(err.Error(), r.path) {
				t.Errorf("got %v, want an error that names %s", err, r.path)
			}
		})
	}
}

// The rows are those of spec rest-api.md §3.1, "More": what non-proxy backends are told.
func TestRowsOfDecoding(t *testing.T) {
	for _, r := range []struct{ name, template, target, want string }{
		{"a path parameter is decoded", "$input.params('id')", "/dev/m/a%20b%2Fc", "a b/c"},
		{"a plus in a path stays", "$input.params('id')", "/dev/m/a+b", "a+b"},
		{"an encoded plus in a path is one", "$input.params('id')", "/dev/m/a%2Bb", "a+b"},
		{"UTF-8 in a path is decoded to unicode", "$input.params('id')", "/dev/m/gr%C3%BC%C3%9F", "grüß"},
		{"UTF-8 in a query string is decoded to unicode", "$input.params('q')", "/dev/m/1?q=gr%C3%BC%C3%9F", "grüß"},
		{"a plus in a query string is a blank", "$input.params('q')", "/dev/m/1?q=a+b%2Bc", "a b+c"},
		{"a name of a query string is decoded", "$input.params('a b')", "/dev/m/1?a%20b=c", "c"},
		{"of a repeated query string the last", "$input.params('q')", "/dev/m/1?q=1&q=2", "2"},
		{"a semicolon separates", "$input.params('b')", "/dev/m/1?a=1;b=2", "2"},
		{"an escape that is none stays", "$input.params('q')", "/dev/m/1?q=50%", "50%"},
		{"the context has the path as it was sent", "$context.path", "/dev//m/a%2Fb", "/dev//m/a%2Fb"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			m.Integration.RequestTemplates = map[string]string{"application/json": r.template}
			w.method("/m/{id}", "GET", m)
			if reply := w.get(t, r.target); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if got := string(w.lambda.last(t).Payload); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
	for _, r := range []struct{ name, source, target, want string }{
		{"UTF-8 goes on encoded, from the path", "method.request.path.id", "/dev/m/gr%C3%BC%C3%9F", "/x/gr%C3%BC%C3%9F"},
		{"UTF-8 goes on encoded, from a query string", "method.request.querystring.q", "/dev/m/1?q=gr%C3%BC%C3%9F", "/x/gr%C3%BC%C3%9F"},
		{"an encoded slash does not become a segment", "method.request.path.id", "/dev/m/a%2Fb", "/x/a%2Fb"},
		{"a literal percent sign is encoded again", "method.request.path.id", "/dev/m/50%25", "/x/50%25"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, ""))
			w := newWorld()
			m := httpMethod("HTTP", b.URL+"/x/{v}")
			m.Integration.RequestParameters = map[string]string{"integration.request.path.v": r.source}
			w.method("/m/{id}", "GET", m)
			if reply := w.get(t, r.target); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if got := b.request.RequestURI; got != r.want {
				t.Errorf("the backend got %s, want %s", got, r.want)
			}
		})
	}
}
