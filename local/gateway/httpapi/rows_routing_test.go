package httpapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// routed is an API whose routes all call one function.
func routed(t *testing.T, keys ...string) *setup {
	t.Helper()
	return start(t, func(s *setup) {
		s.def.Routes = nil
		for _, key := range keys {
			s.def.Routes = append(s.def.Routes, api.Route{
				Key: key, AuthorizationType: "NONE", IntegrationID: "two",
			})
		}
	})
}

// The table of "Develop an HTTP API in API Gateway", and what follows from its rules.
func TestTheMostSpecificRouteWins(t *testing.T) {
	pets := []string{
		"GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default",
	}
	for _, r := range []struct {
		name        string
		routes      []string
		line, route string // "" for a 404
	}{
		{"a static path and its method", pets, "GET /pets/dog/1", "GET /pets/dog/1"},
		{"a path parameter", pets, "GET /pets/dog/2", "GET /pets/dog/{id}"},
		{"a greedy path variable", pets, "GET /pets/cat/1", "GET /pets/{proxy+}"},
		{"a greedy path variable for any method", pets, "POST /test/5", "ANY /{proxy+}"},
		{"what no path matches is $default's", pets, "GET /", "$default"},
		{"another method of a full path is a greedy route's", pets, "PUT /pets/dog/1", "ANY /{proxy+}"},
		{"a method wins over ANY", []string{"ANY /a", "GET /a"}, "GET /a", "GET /a"},
		{"ANY has the methods that are not named", []string{"ANY /a", "GET /a"}, "PUT /a", "ANY /a"},
		{"ANY has methods that nobody knows", []string{"ANY /a"}, "PURGE /a", "ANY /a"},
		{
			"a full match for any method wins over a greedy one for this method",
			[]string{"ANY /a/b", "GET /a/{proxy+}"},
			"GET /a/b", "ANY /a/b",
		},
		{
			"a full match wins over a greedy one whose beginning is more specific",
			[]string{"GET /{x}/b", "GET /a/{proxy+}"},
			"GET /a/b", "GET /{x}/b",
		},
		{
			"a static segment wins over a parameter, from the left",
			[]string{"GET /{x}/b", "GET /a/{y}"},
			"GET /a/b", "GET /a/{y}",
		},
		{
			"a path without the method is left for one that has it",
			[]string{"POST /a/b", "GET /a/{id}"},
			"GET /a/b", "GET /a/{id}",
		},
		{"GET does not answer HEAD", []string{"GET /a"}, "HEAD /a", ""},
		{"methods have a case", []string{"GET /a"}, "get /a", ""},
		{"paths have a case", []string{"GET /a"}, "GET /A", ""},
		{"a trailing slash is another path", []string{"GET /a"}, "GET /a/", ""},
		{"a route may end in a slash", []string{"GET /a/"}, "GET /a/", "GET /a/"},
		{"a slash too many is another path", []string{"GET /a/b"}, "GET /a//b", ""},
		{"a parameter is not empty", []string{"GET /a/{id}"}, "GET /a/", ""},
		{"a parameter is one segment", []string{"GET /a/{id}"}, "GET /a/b/c", ""},
		{"an escaped slash parts nothing", []string{"GET /a/{id}"}, "GET /a/b%2Fc", "GET /a/{id}"},
		{"a greedy variable is not the root", []string{"ANY /{proxy+}"}, "GET /", ""},
		{"a greedy variable keeps a slash at its end", []string{"ANY /{proxy+}"}, "GET /a/", "ANY /{proxy+}"},
		{"the root is a route", []string{"GET /"}, "GET /", "GET /"},
		{"a query string is no part of the path", []string{"GET /a"}, "GET /a?b=/c", "GET /a"},
		{"$default has every method", []string{"$default"}, "DELETE /a/b/", "$default"},
		{"nothing matches", []string{"GET /a"}, "GET /b", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := routed(t, r.routes...)
			want := served
			if r.route == "" {
				want = message(404, "Not Found")
			}
			if got := s.serve(t, s.request(r.line)); got != want {
				t.Errorf("got %s\nwant %s", got, want)
			}
			if got := s.observer.records[0].Route; got != r.route {
				t.Errorf("got route %q, want %q", got, r.route)
			}
		})
	}
}

func TestTheFirstSegmentMayNameAStage(t *testing.T) {
	for _, r := range []struct{ name, line, stage, route string }{
		{"it names one", "GET /dev/a", "dev", "GET /a"},
		{"a stage shadows a route of $default", "GET /dev/b", "dev", ""},
		{"a stage's root", "GET /dev/", "dev", "GET /"},
		{"a stage's root without a slash", "GET /dev", "dev", "GET /"},
		{"names have a case", "GET /DEV/a", "$default", ""},
		{"a name that only begins so", "GET /develop/a", "$default", ""},
		{"a slash before it", "GET //dev/a", "$default", ""},
		{"it names none", "GET /a", "$default", "GET /a"},
		{"$default is not named", "GET /$default/a", "$default", ""},
		{"twice: the second is a path", "GET /dev/dev/b", "dev", "GET /dev/b"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := routed(t, "GET /", "GET /a", "GET /dev/b")
			s.serve(t, s.request(r.line))
			record := s.observer.records[0]
			if record.Stage != r.stage || record.Route != r.route {
				t.Errorf("got stage %q and route %q, want %q and %q",
					record.Stage, record.Route, r.stage, r.route)
			}
		})
	}
}

// What several steps would refuse is refused by the first of them.
func TestTheOrderOfSteps(t *testing.T) {
	const method = "Access-Control-Request-Method: GET"
	throttled := func(s *setup) {
		s.def.Stages[0].MethodSettings = map[string]api.MethodSettings{
			"*": {Throttle: &api.Throttle{Rate: 0, Burst: 0}},
		}
	}
	for _, r := range []struct {
		name    string
		change  func(*setup)
		line    string
		headers []string
		body    int // bytes
		want    string
	}{
		{
			"the head's size before the stage", func(s *setup) { s.def.Stages = nil }, "GET /x",
			[]string{"x: " + strings.Repeat("a", 10_240)},
			0, "431",
		},
		{"the body's size before the route", nil, "GET /none", nil, 10<<20 + 1, "413"},
		{
			"the stage before a preflight",
			func(s *setup) { withCORS(s); s.def.Stages = nil }, "OPTIONS /x",
			[]string{"Origin: http://localhost:5173", method},
			0, "404",
		},
		{
			"a preflight before the route", withCORS, "OPTIONS /none",
			[]string{"Origin: http://localhost:5173", method},
			0, "204",
		},
		{
			"a preflight before throttling", func(s *setup) { withCORS(s); throttled(s) },
			"OPTIONS /health",
			[]string{"Origin: http://localhost:5173", method},
			0, "204",
		},
		{
			"a preflight before the authorizer", withCORS, "OPTIONS /orders/1",
			[]string{"Origin: http://localhost:5173", method},
			0, "204",
		},
		{"the route before throttling", throttled, "GET /none", nil, 0, "404"},
		{"throttling before the authorizer", throttled, "GET /orders/1", nil, 0, "429"},
		{
			"the authorizer before the integration",
			func(s *setup) { s.def.Routes[2].IntegrationID = "" }, "GET /orders/1", nil, 0, "401",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, r.change)
			call := s.request(r.line, r.headers...)
			call.Body = make([]byte, r.body)
			if got, _, _ := strings.Cut(s.serve(t, call), "\n"); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}
