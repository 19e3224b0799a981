package httpapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
)

// corsOf returns the access-control headers of a reply, their common beginning left out, a line each.
func corsOf(reply string) string {
	var lines []string
	for line := range strings.SplitSeq(reply, "\n") {
		if name, found := strings.CutPrefix(line, "access-control-"); found {
			lines = append(lines, name)
		}
	}
	return strings.Join(lines, "\n")
}

func TestWhoseOriginIsAllowed(t *testing.T) {
	const pagesAndLocal = "https://pages.example http://localhost:5173"
	for _, r := range []struct{ name, allowed, origin, want string }{
		{"one of the list is told back", pagesAndLocal, "https://pages.example", "https://pages.example"},
		{"another of the list is told back", pagesAndLocal, "http://localhost:5173", "http://localhost:5173"},
		{"another scheme is another origin", pagesAndLocal, "http://pages.example", ""},
		{"another port is another origin", pagesAndLocal, "http://localhost:5174", ""},
		{"a name below is another origin", pagesAndLocal, "https://a.pages.example", ""},
		{"an origin that only begins so", pagesAndLocal, "https://pages.example.evil", ""},
		{"null is an origin that nobody listed", pagesAndLocal, "null", ""},
		{"everybody", "*", "https://pages.example", "*"},
		{"everybody, also null", "*", "null", "*"},
		{"everybody before a list", "https://pages.example *", "https://pages.example", "*"},
		{"every origin of https", "https://*", "https://a.example:8443", "https://a.example:8443"},
		{"none of http then", "https://*", "http://a.example", ""},
		{"every origin of http", "http://*", "http://a.example", "http://a.example"},
		{"none of https then", "http://*", "https://a.example", ""},
		{"a call without an origin", "*", "", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				s.def.CORS = &api.CORS{AllowOrigins: strings.Fields(r.allowed)}
			})
			want := ""
			if r.want != "" {
				want = "allow-origin: " + r.want
			}
			var origin []string
			if r.origin != "" {
				origin = []string{"Origin: " + r.origin}
			}
			call := s.request("GET /health", origin...)
			if got := corsOf(s.serve(t, call)); got != want {
				t.Errorf("a call: got %q, want %q", got, want)
			}
			preflight := s.request("OPTIONS /health", append(origin, "Access-Control-Request-Method: GET")...)
			if got := corsOf(s.serve(t, preflight)); got != want {
				t.Errorf("a preflight: got %q, want %q", got, want)
			}
		})
	}
}

func TestWhatAPreflightIsTold(t *testing.T) {
	age, none := 600, 0
	for _, r := range []struct {
		name string
		cors api.CORS
		want string
	}{
		{"the origin alone", api.CORS{}, ""},
		{
			"methods", api.CORS{AllowMethods: []string{"GET", "POST"}}, "allow-methods: GET,POST\n",
		},
		{"every method", api.CORS{AllowMethods: []string{"*"}}, "allow-methods: *\n"},
		{
			"headers, in the names' case",
			api.CORS{AllowHeaders: []string{"X-One", "x-two"}},
			"allow-headers: X-One,x-two\n",
		},
		{"every header", api.CORS{AllowHeaders: []string{"*"}}, "allow-headers: *\n"},
		{"how long it holds", api.CORS{MaxAge: &age}, "max-age: 600\n"},
		{"that it holds no time", api.CORS{MaxAge: &none}, "max-age: 0\n"},
		{"that credentials may come", api.CORS{AllowCredentials: true}, "allow-credentials: true\n"},
		{"nothing of exposed headers", api.CORS{ExposeHeaders: []string{"Date"}}, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			r.cors.AllowOrigins = []string{"https://a.example"}
			s := start(t, func(s *setup) { s.def.CORS = &r.cors })
			// What is asked for does not matter: the browser compares.
			reply := s.serve(t, s.request("OPTIONS /none", "Origin: https://a.example",
				"Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: x-none"))
			want := strings.TrimSuffix("allow-origin: https://a.example\n"+r.want, "\n")
			if got := corsOf(reply); got != want || !strings.HasPrefix(reply, "204\n") {
				t.Errorf("got %s\nwant 204 with %s", reply, want)
			}
			if len(s.invoked) != 0 {
				t.Error("the function was called")
			}
		})
	}
}

func TestWhatACallIsTold(t *testing.T) {
	age := 600
	s := start(t, func(s *setup) {
		s.def.CORS = &api.CORS{
			AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET"},
			AllowHeaders: []string{"x-one"}, ExposeHeaders: []string{"Date", "x-api-id"}, MaxAge: &age,
			AllowCredentials: true,
		}
		s.invoke = answering(`{"statusCode":200,"headers":{"access-control-allow-origin":"*",` +
			`"Access-Control-Expose-Headers":"own","access-control-allow-credentials":"false",` +
			`"vary":"origin"}}`)
	})
	for _, r := range []struct{ name, origin, want string }{
		{
			"an allowed origin", "https://a.example",
			"vary: origin\ncontent-type: text/plain; charset=utf-8\n" +
				"access-control-allow-origin: https://a.example\n" +
				"access-control-expose-headers: Date,x-api-id\naccess-control-allow-credentials: true\n",
		},
		{"another origin", "https://b.example", "vary: origin\ncontent-type: text/plain; charset=utf-8\n"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got := s.serve(t, s.request("GET /health", "Origin: "+r.origin))
			if got != "200\n"+r.want+"\n" {
				t.Errorf("got %s\nwant %s", got, r.want)
			}
		})
	}
}

// A browser shows a page no refusal that lacks the headers.
func TestRefusalsOfEveryStatusHaveCORSHeaders(t *testing.T) {
	for status, r := range map[string]struct {
		change func(*setup)
		line   string
		header string
		body   int
	}{
		"401": {nil, "GET /orders/1", "a: b", 0},
		"403": {nil, "GET /orders/1", "insufficient", 0},
		"404": {nil, "GET /none", "a: b", 0},
		"413": {nil, "POST /any/x", "a: b", 10<<20 + 1},
		"431": {nil, "GET /health", "a: " + strings.Repeat("x", 10_240), 0},
		"500": {func(s *setup) { s.invoke = functionError(`{}`) }, "GET /health", "a: b", 0},
		"503": {
			func(s *setup) { s.invoke = refusing("TooManyRequestsException", 429, "") },
			"GET /health", "a: b", 0,
		},
	} {
		t.Run(status, func(t *testing.T) {
			s := start(t, func(s *setup) {
				withCORS(s)
				if r.change != nil {
					r.change(s)
				}
			})
			if r.header == "insufficient" {
				r.header = s.token(t, "orders/write")
			}
			call := s.request(r.line, "Origin: http://localhost:5173", r.header)
			call.Body = make([]byte, r.body)
			got := s.serve(t, call)
			if !strings.HasPrefix(got, status+"\n") || corsOf(got) != "allow-origin: http://localhost:5173" {
				t.Errorf("got %s, want %s with the origin", got, status)
			}
		})
	}
}

// "Configure CORS for HTTP APIs": a $default route with an authorizer catches every method, so a
// route for OPTIONS alone must let preflights in.
func TestPreflightsBesideAGuardedDefaultRoute(t *testing.T) {
	guarded := api.Route{
		Key: "$default", AuthorizationType: "JWT", AuthorizerID: "pool", IntegrationID: "two",
	}
	open := api.Route{Key: "OPTIONS /{proxy+}", AuthorizationType: "NONE", IntegrationID: "two"}
	for _, r := range []struct {
		name   string
		routes []api.Route
		line   string
		want   string
	}{
		{"it refuses them", []api.Route{guarded}, "OPTIONS /x", "401"},
		{"a route for OPTIONS lets them in", []api.Route{guarded, open}, "OPTIONS /x", "200"},
		{"but not at the root, which no greedy path has", []api.Route{guarded, open}, "OPTIONS /", "401"},
		{"other methods stay guarded", []api.Route{guarded, open}, "GET /x", "401"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) { withCORS(s); s.def.Routes = r.routes })
			got := s.serve(t, s.request(r.line, "Origin: http://localhost:5173",
				"Access-Control-Request-Method: GET"))
			if !strings.HasPrefix(got, r.want+"\n") || !strings.Contains(got, "allow-origin: http://localhost:5173") {
				t.Errorf("got %s\nwant %s with CORS headers", got, r.want)
			}
		})
	}
}

func TestEverybodyMayNotSendCredentials(t *testing.T) {
	for _, origins := range [][]string{{"*"}, {"https://a.example", "*"}} {
		def := definition()
		def.CORS = &api.CORS{AllowOrigins: origins, AllowCredentials: true}
		_, err := httpapi.New(def, httpapi.Dependencies{
			Clock: start(t, nil).clock, Invoker: answering(""),
		})
		if err == nil || !strings.Contains(err.Error(), "AllowCredentials") {
			t.Errorf("%v: got %v, want a refusal", origins, err)
		}
	}
}

// A header is one, whatever its case, and only the first of two origins could be judged: a browser
// sends one.
func TestTheOriginsHeaderMayBeInAnyCase(t *testing.T) {
	s := start(t, withCORS)
	call := s.request("GET /health")
	call.Header = append(call.Header, exchange.Field{Name: "oRIGIN", Value: "http://localhost:5173"})
	if got := corsOf(s.serve(t, call)); got != "allow-origin: http://localhost:5173" {
		t.Errorf("got %q", got)
	}
}
