package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/exchange"
)

// The variables of "Customize HTTP API access logs" that every call has a value for, and those that
// depend on how far it came; "-" stands for none.
func TestAccessLogs(t *testing.T) {
	const always = "$context.accountId $context.apiId $context.domainName $context.domainPrefix " +
		"$context.httpMethod $context.path $context.protocol $context.stage $context.requestTime " +
		"$context.requestTimeEpoch $context.identity.sourceIp $context.identity.userAgent"
	const outcome = "$context.status $context.responseLength $context.routeKey " +
		"$context.error.message $context.error.messageString $context.error.responseType " +
		"$context.integrationStatus $context.integration.status $context.integration.requestId " +
		"$context.authorizer.claims.sub"
	const name = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
	for _, r := range []struct {
		name    string
		change  func(*setup)
		line    string
		headers func(*setup) []string
		body    int
		want    string // of outcome
	}{
		{"a call", nil, "GET /health", nil, 0, "200 2 GET /health - - - 200 200 r-1 -"},
		{"a path that no route has", nil, "GET /none", nil, 0, `404 23 - Not Found "Not Found" RESOURCE_NOT_FOUND - - - -`},
		{"a caller without a token", nil, "GET /orders/1", nil, 0, `401 26 GET /orders/{id} Unauthorized "Unauthorized" UNAUTHORIZED - - - -`},
		{
			"a caller with a token", nil, "GET /orders/1",
			func(s *setup) []string { return []string{s.token(t, "orders/read")} }, 0,
			"200 2 GET /orders/{id} - - - 200 200 r-1 u-1",
		},
		{
			"a function's own status", func(s *setup) { s.invoke = answering(`{"statusCode":418}`) },
			"GET /health", nil, 0, "418 0 GET /health - - - 200 418 r-1 -",
		},
		{
			"a function that fails", func(s *setup) { s.invoke = functionError(`{}`) }, "GET /health", nil, 0,
			`500 35 GET /health Internal Server Error "Internal Server Error" INTEGRATION_FAILURE 200 - - -`,
		},
		{
			"Lambda throttles", func(s *setup) { s.invoke = refusing("TooManyRequestsException", 429, "x") },
			"GET /health", nil, 0,
			`503 33 GET /health Service Unavailable "Service Unavailable" INTEGRATION_FAILURE 429 - - -`,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				s.def.Stages[0].AccessLog.Format = always + " | " + outcome + " | $context.requestId"
				if r.change != nil {
					r.change(s)
				}
			})
			headers := []string{"User-Agent: me/1"}
			if r.headers != nil {
				headers = append(headers, r.headers(s)...)
			}
			s.serve(t, s.request(r.line+"?q=1", headers...))
			method, path, _ := strings.Cut(r.line, " ")
			want := logGroup + " 123456789012 a1b2c3d4e5 " + name + " a1b2c3d4e5 " + method + " " + path +
				" HTTP/1.1 $default 02/Jan/2026:03:04:05 +0000 1767323045000 127.0.0.1 me/1 | " +
				r.want + " | " + s.observer.records[0].RequestID
			if len(s.lines) != 1 || s.lines[0] != want {
				t.Errorf("got  %q\nwant %q", s.lines, want)
			}
		})
	}
}

func TestAccessLogsTellLatenciesInMilliseconds(t *testing.T) {
	s := start(t, func(s *setup) {
		s.def.Stages[0].AccessLog.Format = "$context.requestId $context.integrationLatency " +
			"$context.integration.latency $context.responseLatency $context.dataProcessed"
	})
	s.invoke = func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
		s.clock.Advance(41500 * time.Microsecond)
		return exchange.Invoked{Payload: []byte(`"hello"`)}, nil
	}
	s.serve(t, s.request("GET /health"))
	if _, got, _ := strings.Cut(s.lines[0], "= "); got != "41 41 41 5" {
		t.Errorf("got %q", got)
	}
}

func TestWhichCallsAreLogged(t *testing.T) {
	s := start(t, withCORS)
	for _, r := range []struct {
		name, line string
		logged     int
	}{
		{"a call of a stage with a log", "GET /health", 1},
		{"a refusal", "GET /none", 1},
		{"a preflight", "OPTIONS /health", 1},
		{"a call of a stage without a log", "GET /dev/health", 0},
	} {
		s.lines = nil
		s.serve(t, s.request(r.line, "Origin: http://localhost:5173", "Access-Control-Request-Method: GET"))
		if len(s.lines) != r.logged {
			t.Errorf("%s: logged %q", r.name, s.lines)
		}
	}
}
