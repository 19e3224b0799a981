package httpapi_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

func corsSetup(t *testing.T, change func(*api.CORS), routes ...api.Route) *setup {
	t.Helper()
	return start(t, func(s *setup) {
		age := 300
		s.def.CORS = &api.CORS{
			AllowOrigins: []string{"http://localhost:5173", "https://*"},
			AllowMethods: []string{
				"GET",
				"POST",
			}, AllowHeaders: []string{"authorization", "content-type"},
			ExposeHeaders: []string{"x-a", "x-b"}, MaxAge: &age, AllowCredentials: true,
		}
		if change != nil {
			change(s.def.CORS)
		}
		s.def.Routes = append(s.def.Routes, routes...)
		s.invoke = answering(`{"statusCode":200,"headers":{"content-type":"x/y",` +
			`"Access-Control-Allow-Origin":"own","access-control-max-age":"1"},"body":"ok"}`)
	})
}

func TestPreflight(t *testing.T) {
	const (
		local   = "Origin: http://localhost:5173"
		method  = "Access-Control-Request-Method: GET"
		allowed = "access-control-allow-methods: GET,POST\n" +
			"access-control-allow-headers: authorization,content-type\n" +
			"access-control-max-age: 300\naccess-control-allow-credentials: true\n\n"
		answered = "204\naccess-control-allow-origin: http://localhost:5173\n" + allowed
	)
	guardedDefault := api.Route{
		Key:               "$default",
		AuthorizationType: "JWT",
		AuthorizerID:      "pool",
		IntegrationID:     "two",
	}
	openDefault := api.Route{Key: "$default", AuthorizationType: "NONE", IntegrationID: "two"}
	rows := []struct {
		name    string
		routes  []api.Route
		change  func(*api.CORS)
		line    string
		headers []string
		want    string
	}{
		{"an allowed origin", nil, nil, "OPTIONS /health", []string{local, method}, answered},
		{
			"on a route with an authorizer",
			nil,
			nil,
			"OPTIONS /orders/7",
			[]string{local, method},
			answered,
		},
		{"where no route is", nil, nil, "OPTIONS /nowhere", []string{local, method}, answered},
		{
			"on a route for any method",
			nil,
			nil,
			"OPTIONS /any/1",
			[]string{local, method},
			answered,
		},
		{
			"on an open $default",
			[]api.Route{openDefault},
			nil,
			"OPTIONS /x",
			[]string{local, method},
			answered,
		},
		{
			"an origin by its scheme", nil, nil, "OPTIONS /health",
			[]string{"Origin: https://a.example", method},
			"204\naccess-control-allow-origin: https://a.example\n" + allowed,
		},
		{
			"an origin that is not allowed",
			nil,
			nil,
			"OPTIONS /health",
			[]string{"Origin: http://evil.example", method},
			"204\n\n",
		},
		{
			"every origin", nil, func(c *api.CORS) {
				*c = api.CORS{
					AllowOrigins: []string{"*"},
					AllowMethods: []string{"*"},
					AllowHeaders: []string{"*"},
				}
			}, "OPTIONS /health",
			[]string{local, method},
			"204\naccess-control-allow-origin: *\naccess-control-allow-methods: " +
				"*\naccess-control-allow-headers: *\n\n",
		},
		{
			"a route of its own for OPTIONS is called", nil, nil, "OPTIONS /own",
			[]string{local, method},
			"200\ncontent-type: x/y\naccess-control-allow-origin: http://localhost:5173\n" + allowed + "ok",
		},
		{
			"an authorizer on $default catches it",
			[]api.Route{guardedDefault},
			nil, "OPTIONS /x",
			[]string{local, method},
			"401\nwww-authenticate: Bearer\naccess-control-allow-origin: http://localhost:5173\n" + allowed +
				`{"message":"Unauthorized"}`,
		},
		{
			"so does one on ANY", nil, nil, "OPTIONS /guarded",
			[]string{local, method},
			"401\nwww-authenticate: Bearer\naccess-control-allow-origin: http://localhost:5173\n" + allowed +
				`{"message":"Unauthorized"}`,
		},
		{
			"OPTIONS without an origin is a call",
			nil,
			nil,
			"OPTIONS /health",
			[]string{method},
			message(404, "Not Found"),
		},
		{
			"OPTIONS without a method is a call", nil, nil, "OPTIONS /any/1",
			[]string{local},
			"200\ncontent-type: x/y\naccess-control-allow-origin: http://localhost:5173\n" +
				"access-control-expose-headers: x-a,x-b\naccess-control-allow-credentials: true\n\nok",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := corsSetup(t, r.change, r.routes...)
			if diff := cmp.Diff(r.want, s.serve(t, s.request(r.line, r.headers...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCORSHeadersOfCalls(t *testing.T) {
	const (
		local = "Origin: http://localhost:5173"
		added = "access-control-allow-origin: http://localhost:5173\n" +
			"access-control-expose-headers: x-a,x-b\naccess-control-allow-credentials: true\n\n"
	)
	rows := []struct {
		name, line string
		headers    []string
		want       string
	}{
		{
			"they replace the function's",
			"GET /health",
			[]string{local},
			"200\ncontent-type: x/y\n" + added + "ok",
		},
		{"without an origin there are none", "GET /health", nil, "200\ncontent-type: x/y\n\nok"},
		{
			"nor for an origin that is not allowed",
			"GET /health",
			[]string{"Origin: ftp://x"},
			"200\ncontent-type: x/y\n\nok",
		},
		{
			"refusals have them", "GET /nowhere",
			[]string{local},
			"404\ncontent-type: application/json\n" + added + `{"message":"Not Found"}`,
		},
		{
			"also an authorizer's", "GET /orders/7",
			[]string{local},
			"401\nwww-authenticate: Bearer\n" + added + `{"message":"Unauthorized"}`,
		},
	}
	s := corsSetup(t, nil)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, s.serve(t, s.request(r.line, r.headers...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithoutCORSTheFunctionAnswersForItself(t *testing.T) {
	s := corsSetup(t, nil)
	s = start(t, func(bare *setup) { bare.invoke = s.invoke })
	want := "200\ncontent-type: x/y\nAccess-Control-Allow-Origin: own\naccess-control-max-age: 1\n\nok"
	if diff := cmp.Diff(want, s.serve(t, s.request("GET /health", "Origin: x"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	preflight := s.request("OPTIONS /health", "Origin: x", "Access-Control-Request-Method: GET")
	if diff := cmp.Diff(message(404, "Not Found"), s.serve(t, preflight)); diff != "" {
		t.Errorf("preflight (-want +got):\n%s", diff)
	}
}
