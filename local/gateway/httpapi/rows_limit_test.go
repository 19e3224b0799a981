package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
)

func TestLimitsHoldToTheByte(t *testing.T) {
	const line = "POST /any/x HTTP/1.1\r\nHost: localhost:3001\r\nx: \r\n"
	tooLarge := message(413, "Request Entity Too Large")
	tooLong := message(431, "Request Header Fields Too Large")
	for _, r := range []struct {
		name       string
		head, body int
		target     string
		want       string
	}{
		{"a head of 10,240 bytes", 10_240, 0, "/any/x", served},
		{"a byte more", 10_241, 0, "/any/x", tooLong},
		{"the query string is part of it", 10_240, 0, "/any/x?a", tooLong},
		{"a body of 10 MB", 100, 10 << 20, "/any/x", served},
		{"a byte of body more", 100, 10<<20 + 1, "/any/x", tooLarge},
		{"a head and a body that are too large", 10_241, 10<<20 + 1, "/any/x", tooLong},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, nil)
			call := s.request("POST "+r.target, "x: "+strings.Repeat("a", r.head-len(line)))
			call.Body = make([]byte, r.body)
			if got := s.serve(t, call); got != r.want {
				t.Errorf("got %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestThrottlingOfRoutesAndStages(t *testing.T) {
	limit := func(rate float64, burst int) api.MethodSettings {
		return api.MethodSettings{Throttle: &api.Throttle{Rate: rate, Burst: burst}}
	}
	// at is how long after the last calls a row makes its own, until one is refused.
	type step struct {
		at     time.Duration
		line   string
		passes int
	}
	for _, r := range []struct {
		name     string
		settings map[string]api.MethodSettings
		steps    []step
	}{
		{
			"a burst is let through, then the rate",
			map[string]api.MethodSettings{"*": limit(2, 3)},
			[]step{{0, "GET /health", 3}, {time.Second, "GET /health", 2}, {time.Hour, "GET /health", 3}},
		},
		{
			"a fraction of a token is none",
			map[string]api.MethodSettings{"*": limit(2, 1)},
			[]step{{0, "GET /health", 1}, {499 * time.Millisecond, "GET /health", 0}, {time.Millisecond, "GET /health", 1}},
		},
		{
			"a route's own limit, and the stage's default for all others",
			map[string]api.MethodSettings{"*": limit(1, 2), "GET /health": limit(1, 4)},
			[]step{{0, "GET /health", 4}, {0, "GET /one/1", 2}, {0, "GET /any/x", 2}},
		},
		{
			"a route is one, whatever its parameters",
			map[string]api.MethodSettings{"*": limit(1, 2)},
			[]step{{0, "GET /one/1", 2}, {0, "GET /one/2", 0}},
		},
		{
			"a route of another method is another",
			map[string]api.MethodSettings{"ANY /any/{proxy+}": limit(1, 1)},
			[]step{{0, "GET /any/x", 1}, {0, "PUT /any/x", 0}, {0, "GET /health", 9}},
		},
		{
			"nothing at all",
			map[string]api.MethodSettings{"GET /health": limit(0, 0)},
			[]step{{0, "GET /health", 0}, {time.Hour, "GET /health", 0}},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) { s.def.Stages[0].MethodSettings = r.settings })
			for i, step := range r.steps {
				s.clock.Advance(step.at)
				passed := 0
				for passed < 9 && s.serve(t, s.request(step.line)) == served {
					passed++
				}
				if passed != step.passes {
					t.Errorf("step %d: %d calls passed, want %d", i, passed, step.passes)
				}
			}
		})
	}
}

func TestAThrottledCall(t *testing.T) {
	s := start(t, func(s *setup) {
		withCORS(s)
		s.def.Stages[0].MethodSettings = map[string]api.MethodSettings{
			"*": {Throttle: &api.Throttle{Rate: 0, Burst: 0}},
		}
	})
	const want = "429\ncontent-type: application/json\n" +
		"access-control-allow-origin: http://localhost:5173\n\n{\"message\":\"Too Many Requests\"}"
	if got := s.serve(t, s.request("GET /health", "Origin: http://localhost:5173")); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(s.invoked) != 0 {
		t.Error("the function was called")
	}
}
