package httpapi_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

func TestThrottling(t *testing.T) {
	s := start(t, func(s *setup) {
		s.def.Stages[0].MethodSettings = map[string]api.MethodSettings{
			"*":           {Throttle: &api.Throttle{Rate: 1, Burst: 2}},
			"GET /health": {Throttle: &api.Throttle{Rate: 1, Burst: 1}},
		}
	})
	count := func(line string) int {
		t.Helper()
		for n := range 10 {
			got := s.serve(t, s.request(line))
			if got == served {
				continue
			}
			if diff := cmp.Diff(message(429, "Too Many Requests"), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			return n
		}
		return 10
	}
	rows := []struct {
		name, line string
		want       int
	}{
		{"a route has its own limit", "GET /health", 1},
		{"or the stage's default", "GET /one/1", 2},
		{"of which each route has a bucket", "GET /any/1", 2},
		{"another stage has none", "GET /dev/health", 10},
	}
	for _, r := range rows {
		if got := count(r.line); got != r.want {
			t.Errorf("%s: %d calls passed, want %d", r.name, got, r.want)
		}
	}
	count("GET /health")
	want := `the route limit of 1 requests per second with a burst of 1 is used up for ` +
		`"$default GET /health"`
	if s.reason() != want {
		t.Errorf("got reason %q, want %q", s.reason(), want)
	}
	s.clock.Advance(time.Second)
	if got := count("GET /health"); got != 1 {
		t.Errorf("a second later %d calls passed, want 1", got)
	}
}
