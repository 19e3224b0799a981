package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

// The rows are those of spec http-api.md §8, as they arrive at an HTTP backend.
func TestRequestMappingsOnTheWire(t *testing.T) {
	for _, r := range []struct {
		name       string
		parameters map[string]string
		line       string
		headers    []string
		want       []string
	}{
		{"append adds a line", map[string]string{"append:header.X-A": "2"}, "GET /pets/7", []string{"X-A: 1"}, get("/v2/7", "X-A: 1", "X-A: 2")},
		{"append to none sets it", map[string]string{"append:header.X-A": "2"}, "GET /pets/7", nil, get("/v2/7", "X-A: 2")},
		{"overwrite replaces every line", map[string]string{"overwrite:header.x-a": "2"}, "GET /pets/7", []string{"X-A: 1", "X-A: 3"}, get("/v2/7", "x-a: 2")},
		{"remove takes every line", map[string]string{"remove:header.X-A": "''"}, "GET /pets/7", []string{"x-a: 1", "X-A: 3"}, get("/v2/7")},
		{"append to the query string", map[string]string{"append:querystring.a": "x y&z"}, "GET /pets/7?a=1", nil, get("/v2/7?a=1&a=x%20y%26z")},
		{"overwrite in the query string", map[string]string{"overwrite:querystring.a": "2"}, "GET /pets/7?a=1&b=1&a=3", nil, get("/v2/7?b=1&a=2")},
		{"remove from the query string", map[string]string{"remove:querystring.a": "''"}, "GET /pets/7?a=1", nil, get("/v2/7")},
		{"names in the query string have a case", map[string]string{"remove:querystring.A": "''"}, "GET /pets/7?a=1", nil, get("/v2/7?a=1")},
		{"overwrite the path with the call's", map[string]string{"overwrite:path": "$request.path"}, "GET /dev/pets/7?a=1", nil, get("/pets/7?a=1")},
		{"overwrite the path with a variable", map[string]string{"overwrite:path": "/x/${request.path.id}"}, "GET /pets/a%2Fb", nil, get("/x/a%2Fb")},
		{"overwrite the path without a slash", map[string]string{"overwrite:path": "anything"}, "GET /pets/7", nil, get("/anything")},
		{"a query string in the path stays one", map[string]string{"overwrite:path": "anything?q=1"}, "GET /pets/7?a=1", nil, get("/anything?q=1&a=1")},
		{"Host may be overwritten", map[string]string{"overwrite:header.Host": "orders.internal"}, "GET /pets/7", nil, []string{"GET /v2/7 HTTP/1.1", "Host: orders.internal", forwardedBy, via}},
		{"values are those of the call as it came", map[string]string{"append:header.X-A": "${request.header.x-b}", "overwrite:header.X-B": "new"}, "GET /pets/7", []string{"X-B: old"}, get("/v2/7", "X-A: old", "X-B: new")},
		{"a missing value changes nothing", map[string]string{"overwrite:header.X-A": "$request.header.none"}, "GET /pets/7", []string{"X-A: 1"}, get("/v2/7", "X-A: 1")},
		{"context and stage variables", map[string]string{"append:header.X-A": "$context.routeKey", "append:header.X-B": "$stageVariables.tier"}, "GET /dev/pets/7", nil, get("/v2/7", "X-A: GET /pets/{id}", "X-B: test")},
	} {
		t.Run(r.name, func(t *testing.T) {
			backend := onTheWire(t, answersHi)
			s := start(t, proxied("GET /pets/{id}", backend.origin()+"/v2/{id}", func(i *api.V2Integration) {
				i.RequestParameters = r.parameters
			}))
			if got := s.serve(t, s.request(r.line, r.headers...)); !strings.HasPrefix(got, "200\n") {
				t.Fatalf("got %s (%s)", got, s.reason())
			}
			if diff := cmp.Diff(r.want, backend.seen()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A value with a line break would be a line of its own: nothing is sent.
func TestAMappedLineBreakIsNotSent(t *testing.T) {
	backend := onTheWire(t, answersHi)
	s := start(t, proxied("POST /pets", backend.origin(), func(i *api.V2Integration) {
		i.RequestParameters = map[string]string{"append:header.X-A": "$request.body.a"}
	}))
	request := s.request("POST /pets")
	request.Body = []byte(`{"a":"1\r\nX-Admin: 1"}`)
	if got, want := s.serve(t, request), message(500, "Internal Server Error"); got != want {
		t.Errorf("got %s", got)
	}
	if len(backend.requests) != 0 {
		t.Error("the backend was called")
	}
}

func TestResponseMappings(t *testing.T) {
	const answer = "HTTP/1.1 404 No\r\nServer: s\r\nX-Back: 1\r\nContent-Length: 13\r\n\r\n{\"code\":\"E1\"}"
	for _, r := range []struct {
		name       string
		parameters map[string]map[string]string
		want       string
	}{
		{"of another status", map[string]map[string]string{"200": {"remove:header.server": "''"}}, "404\nServer: s\nX-Back: 1\n\n{\"code\":\"E1\"}"},
		{"append, overwrite and remove", map[string]map[string]string{"404": {"append:header.X-Back": "2", "overwrite:header.x-code": "$response.body.code", "remove:header.server": "''"}}, "404\nX-Back: 1\nX-Back: 2\nx-code: E1\n\n{\"code\":\"E1\"}"},
		{"the status is that of the backend", map[string]map[string]string{"404": {"overwrite:statuscode": "200"}, "200": {"append:header.a": "b"}}, "200\nServer: s\nX-Back: 1\n\n{\"code\":\"E1\"}"},
		{"the status from a value", map[string]map[string]string{"404": {"overwrite:statuscode": "41${response.header.X-Back}"}}, "411\nServer: s\nX-Back: 1\n\n{\"code\":\"E1\"}"},
		{"a status that is none", map[string]map[string]string{"404": {"overwrite:statuscode": "42"}}, "404\nServer: s\nX-Back: 1\n\n{\"code\":\"E1\"}"},
		{"context and stage variables", map[string]map[string]string{"404": {"append:header.a": "$context.integration.status", "append:header.b": "$stageVariables.tier"}}, "404\nServer: s\nX-Back: 1\na: 404\nb: test\n\n{\"code\":\"E1\"}"},
	} {
		t.Run(r.name, func(t *testing.T) {
			backend := onTheWire(t, answer)
			s := start(t, proxied("GET /pets", backend.origin(), func(i *api.V2Integration) {
				i.ResponseParameters = r.parameters
			}))
			if diff := cmp.Diff(r.want, s.serve(t, s.request("GET /dev/pets"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What the gateway says itself is no answer of an integration.
func TestRefusalsAreNotMapped(t *testing.T) {
	s := start(t, proxied("GET /pets", closed(t), func(i *api.V2Integration) {
		i.ResponseParameters = map[string]map[string]string{"503": {"overwrite:statuscode": "200"}}
	}))
	if got, want := s.serve(t, s.request("GET /pets")), message(503, "Service Unavailable"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestMappingsOfALambdaIntegration(t *testing.T) {
	s := start(t, func(s *setup) {
		i := s.def.Integrations["two"]
		i.RequestParameters = map[string]string{
			"append:header.x-tenant": "$stageVariables.tier", "remove:header.x-gone": "''",
			"overwrite:querystring.page": "$request.querystring.p", "overwrite:path": "/mapped/${request.path.proxy}",
		}
		i.ResponseParameters = map[string]map[string]string{"200": {"overwrite:statuscode": "202", "append:header.x-route": "$context.routeKey"}}
		s.def.Integrations["two"] = i
	})
	got := s.serve(t, s.request("GET /dev/any/a?p=3", "X-Gone: 1", "X-Tenant: a"))
	if want := "202\ncontent-type: text/plain; charset=utf-8\nx-route: ANY /any/{proxy+}\n\nok"; got != want {
		t.Errorf("got %s", got)
	}
	var event struct {
		RawPath, RawQueryString string
		Headers                 map[string]string
		QueryStringParameters   map[string]string
	}
	if err := json.Unmarshal(s.invoked[0].Payload, &event); err != nil {
		t.Fatal(err)
	}
	if event.RawPath != "/mapped/a" || event.RawQueryString != "p=3&page=3" ||
		event.QueryStringParameters["page"] != "3" || event.Headers["x-tenant"] != "a,test" {
		t.Errorf("got event %s", s.invoked[0].Payload)
	}
	if _, there := event.Headers["x-gone"]; there {
		t.Errorf("got headers %v", event.Headers)
	}
	var notes []string
	for _, mark := range s.observer.records[0].Marks {
		for _, fact := range mark.Facts {
			if strings.HasPrefix(fact.Name, "mapped") {
				notes = append(notes, fact.Name+" "+fact.Value)
			}
		}
	}
	want := []string{
		"mapped request append:header.x-tenant", "mapped request overwrite:path",
		"mapped request overwrite:querystring.page", "mapped request remove:header.x-gone",
		"mapped reply append:header.x-route", "mapped reply overwrite:statuscode",
	}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
