package httpapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

const (
	forwardedBy = "forwarded: by=127.0.0.1;for=127.0.0.1;host=\"localhost:3001\";proto=http"
	via         = "via: HTTP/1.1 AmazonAPIGateway"
)

// arrives is what a plain request brings to a backend, beside what the row says.
func arrives(line string, more ...string) []string {
	lines := append(more, "Host: BACKEND", via)
	if !slices.ContainsFunc(more, func(l string) bool { return strings.HasPrefix(l, "forwarded: ") }) {
		lines = append(lines, forwardedBy)
	}
	slices.Sort(lines)
	return append([]string{line + " HTTP/1.1"}, lines...)
}

func get(target string, more ...string) []string { return arrives("GET "+target, more...) }

// The rows are those of spec http-api.md §7.
func TestHTTPProxyRequests(t *testing.T) {
	for _, r := range []struct {
		name, key, uri, line string
		headers              []string
		body                 string
		change               func(*api.V2Integration)
		want                 []string
	}{
		{name: "a route without variables calls its URI, not the path", key: "GET /pets", uri: "/v2/animals", line: "GET /pets", want: get("/v2/animals")},
		{name: "a greedy route without {proxy} calls its URI", key: "ANY /pets/{proxy+}", uri: "/v2", line: "GET /pets/a/b", want: get("/v2")},
		{name: "a path variable", key: "GET /pets/{id}", uri: "/v2/{id}/x", line: "GET /pets/7", want: get("/v2/7/x")},
		{name: "an escaped path variable stays escaped", key: "GET /pets/{id}", uri: "/v2/{id}", line: "GET /pets/a%2Fb%20c", want: get("/v2/a%2Fb%20c")},
		{name: "a greedy variable", key: "ANY /pets/{proxy+}", uri: "/v2/{proxy}", line: "GET /pets/a/b", want: get("/v2/a/b")},
		{name: "a greedy variable written as in the route", key: "ANY /pets/{proxy+}", uri: "/v2/{proxy+}", line: "GET /pets/a/b", want: get("/v2/a/b")},
		{name: "$default appends the path", key: "$default", uri: "/v2", line: "GET /none/such", want: get("/v2/none/such")},
		{name: "$default appends the path without the stage", key: "$default", uri: "/v2/", line: "GET /dev/none/such", want: get("/v2/none/such")},
		{name: "the query string goes on", key: "GET /pets", uri: "/v2", line: "GET /pets?a=1&a=2&b=%20&c", want: get("/v2?a=1&a=2&b=%20&c")},
		{name: "the query string comes after the URI's", key: "GET /pets", uri: "/v2?own=1", line: "GET /pets?a=1", want: get("/v2?own=1&a=1")},
		{name: "variables in the URI's query string stay as they are", key: "GET /pets/{id}", uri: "/v2?id={id}&tier=${stageVariables.tier}", line: "GET /dev/pets/7", want: get("/v2?id={id}&tier=test")},
		{name: "a stage variable", key: "GET /pets", uri: "/${stageVariables.tier}/x", line: "GET /dev/pets", want: get("/test/x")},
		{name: "the method of the integration", key: "GET /pets", uri: "/", line: "GET /pets", change: func(i *api.V2Integration) { i.Method = "PUT" }, want: arrives("PUT /")},
		{name: "the method of the client", key: "ANY /pets", uri: "/", line: "PATCH /pets", want: arrives("PATCH /")},
		{name: "a body, also of a GET", key: "GET /pets", uri: "/", line: "GET /pets", headers: []string{"Content-Length: 3", "Content-Type: a/b"}, body: "\x00\xffz", want: append(get("/", "Content-Length: 3", "Content-Type: a/b"), "\x00\xffz")},
		{name: "lines of one hop stay behind", key: "GET /pets", uri: "/", line: "GET /pets", headers: []string{"Connection: close", "Keep-Alive: 5", "TE: trailers", "Transfer-Encoding: chunked", "Upgrade: h2c", "Expect: 100-continue"}, want: get("/")},
		{name: "all others go on with their names", key: "GET /pets", uri: "/", line: "GET /pets", headers: []string{"Authorization: Bearer t", "accept: */*", "X-UPPER: 1", "Cookie: a=1"}, want: get("/", "Authorization: Bearer t", "Cookie: a=1", "X-UPPER: 1", "accept: */*")},
		{name: "X-Forwarded-* turns into Forwarded, Via is the gateway's own", key: "GET /pets", uri: "/", line: "GET /pets", headers: []string{"X-Forwarded-For: 203.0.113.9, 2001:db8::1", "X-Forwarded-Proto: https", "X-Forwarded-Host: h", "Via: 1.1 v"}, want: get("/", `forwarded: for=203.0.113.9, for="[2001:db8::1]", `+strings.TrimPrefix(forwardedBy, "forwarded: "))},
	} {
		t.Run(r.name, func(t *testing.T) {
			backend := onTheWire(t, answersHi)
			s := start(t, proxied(r.key, backend.origin()+r.uri, r.change))
			request := s.request(r.line, r.headers...)
			if r.body != "" {
				request.Body = []byte(r.body)
			}
			if got, want := s.serve(t, request), "200\nContent-Type: text/plain\n\nhi"; got != want {
				t.Fatalf("got %s (%s)", got, s.reason())
			}
			if diff := cmp.Diff(r.want, backend.seen()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The rows are those of spec http-api.md §7: the answer goes through but for what belongs to one
// hop; the function's own CORS is replaced where the API has a configuration (§10).
func TestHTTPProxyReplies(t *testing.T) {
	for _, r := range []struct{ name, answer, want string }{
		{"status, headers and body as they came", "HTTP/1.1 418 No\r\nContent-Type: x/y\r\nServer: s\r\nX-a: 1\r\nX-a: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\nbin", "418\nContent-Type: x/y\nServer: s\nX-a: 1\nX-a: 2\nSet-Cookie: a=1\nSet-Cookie: b=2\n\nbin"},
		{"lines of one hop stay behind", "HTTP/1.1 200 OK\r\nConnection: close\r\nKeep-Alive: 5\r\nDate: d\r\nProxy-Authenticate: p\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", "200\n\nhi"},
		{"no body", "HTTP/1.1 204 No Content\r\n\r\n", "204\n\n"},
		{"a redirect is not followed", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "302\nLocation: /x\n\n"},
		{"an encoded body stays so", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", "200\nContent-Encoding: gzip\n\n\x1f\x8b"},
		{"a failure of the backend is its own", "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy", "503\n\nbusy"},
	} {
		t.Run(r.name, func(t *testing.T) {
			backend := onTheWire(t, r.answer)
			s := start(t, proxied("GET /pets", backend.origin()+"/", nil))
			if diff := cmp.Diff(r.want, s.serve(t, s.request("GET /pets"))); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, s.reason())
			}
		})
	}
}

func TestHTTPProxyWithCORS(t *testing.T) {
	backend := onTheWire(t, "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\nhi")
	s := start(t, func(s *setup) {
		proxied("GET /pets", backend.origin(), nil)(s)
		s.def.CORS = &api.CORS{AllowOrigins: []string{"https://a.example"}}
	})
	const want = "200\naccess-control-allow-origin: https://a.example\n\nhi"
	if got := s.serve(t, s.request("GET /pets", "Origin: https://a.example")); got != want {
		t.Errorf("got %s", got)
	}
}

func TestHTTPProxyMarksAndVariables(t *testing.T) {
	backend := onTheWire(t, "HTTP/1.1 404 No\r\nx-amzn-RequestId: e-1\r\nx-amz-id-2: e-2\r\nContent-Length: 2\r\n\r\nhi")
	s := start(t, func(s *setup) {
		proxied("POST /pets", backend.origin()+"/v2", nil)(s)
		s.def.Stages[0].AccessLog.Format = "$context.requestId $context.integrationStatus " +
			"$context.integration.status $context.integration.requestId $context.awsEndpointRequestId " +
			"$context.awsEndpointRequestId2 $context.dataProcessed $context.integrationErrorMessage " +
			"$context.error.message"
	})
	request := s.request("POST /pets")
	request.Body = []byte("body")
	s.serve(t, request)
	_, line, _ := strings.Cut(s.lines[0], "= ")
	if want := "404 404 e-1 e-1 e-2 6 - -"; line != want {
		t.Errorf("got log line %q, want %q", line, want)
	}
	var facts []string
	for _, mark := range s.observer.records[0].Marks {
		if mark.Step != "call integration" {
			continue
		}
		for _, fact := range mark.Facts {
			facts = append(facts, fact.Name+" "+fact.Value)
		}
	}
	want := []string{"url POST " + backend.origin() + "/v2", "status 404"}
	if diff := cmp.Diff(want, facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestHTTPBackendsAreReachedWhereTheSettingsSay(t *testing.T) {
	backend := onTheWire(t, answersHi)
	for _, r := range []struct{ name, uri, line string }{
		{"a fixed host", "https://api.example/v2", "GET /pets/x"},
		{"a host with a variable", "https://{id}.example/v2", "GET /pets/api"},
		{"a host from a stage variable", "https://${stageVariables.tier}.example/v2", "GET /dev/pets/x"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				proxied("GET /pets/{id}", r.uri, nil)(s)
				s.backends = elsewhere{to: backend.origin()}
			})
			s.serve(t, s.request(r.line))
			if diff := cmp.Diff(get("/v2"), backend.seen()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
		t.Run(r.name+" that nothing is sent to", func(t *testing.T) {
			s := start(t, func(s *setup) {
				proxied("GET /pets/{id}", r.uri, nil)(s)
				s.backends = elsewhere{refused: ".example"}
			})
			if got, want := s.serve(t, s.request(r.line)), message(500, "Internal Server Error"); got != want {
				t.Errorf("got %s", got)
			}
			if !strings.Contains(s.reason(), "nothing is sent to https://") {
				t.Errorf("got reason %q", s.reason())
			}
		})
	}
}
