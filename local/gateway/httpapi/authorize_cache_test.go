package httpapi_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/exchange"
)

// cachingGate keeps results for a minute.
func cachingGate(answer invoker, sources ...string) *gate {
	g := policyGate(answer)
	g.authorizer.ResultTTL = 60
	if sources != nil {
		g.authorizer.IdentitySource = sources
	}
	return g
}

func TestResultsAreKept(t *testing.T) {
	nothing := []string{}
	const customOnly = source + "$default/GET/custom"
	type step struct {
		line, header string
		after        time.Duration
		status       string
		asked        int // in all
	}
	rows := []struct {
		name  string
		gate  *gate
		steps []step
	}{
		{
			"by identity, until the TTL ends", cachingGate(answering(policyFor("Allow", "*", "null"))),
			[]step{
				{"GET /custom", "Auth: a", 0, "200", 1},
				{"GET /custom", "Auth: a", 59 * time.Second, "200", 1},
				{"GET /custom", "Auth: b", 0, "200", 2},
				{"GET /custom", "Auth: a", time.Second, "200", 3},
			},
		},
		{
			"a policy that names one route denies the others from the cache",
			cachingGate(answering(policyFor("Allow", customOnly, "null"))),
			[]step{
				{"GET /custom", "Auth: a", 0, "200", 1},
				{"GET /custom/7", "Auth: a", 0, "403", 1},
				{"GET /custom", "Auth: a", 0, "200", 1},
			},
		},
		{
			"$context.routeKey keeps them per route",
			cachingGate(answering(policyFor("Allow", "*", "null")),
				"$request.header.Auth", "$context.routeKey"),
			[]step{
				{"GET /custom", "Auth: a", 0, "200", 1},
				{"GET /custom/7", "Auth: a", 0, "200", 2},
				{"GET /custom/8", "Auth: a", 0, "200", 2},
			},
		},
		{
			"a cached result of one stage is none of another's",
			cachingGate(answering(policyFor("Allow", "*", "null"))),
			[]step{
				{"GET /custom", "Auth: a", 0, "200", 1},
				{"GET /dev/custom", "Auth: a", 0, "200", 2},
			},
		},
		{
			"a denial is kept too", cachingGate(answering(policyFor("Deny", "*", "null"))),
			[]step{
				{"GET /custom", "Auth: a", 0, "403", 1}, {"GET /custom", "Auth: a", 0, "403", 1},
			},
		},
		{
			"an error is not", cachingGate(answering("null")),
			[]step{
				{"GET /custom", "Auth: a", 0, "500", 1}, {"GET /custom", "Auth: a", 0, "500", 2},
			},
		},
		{
			"without identity sources nothing is kept",
			cachingGate(answering(policyFor("Allow", "*", "null")), nothing...),
			[]step{
				{"GET /custom", "Auth: a", 0, "200", 1}, {"GET /custom", "Auth: a", 0, "200", 2},
			},
		},
		{
			"two headers are not one that looks like them",
			cachingGate(answering(policyFor("Allow", "*", "null")),
				"$request.header.Auth", "$request.querystring.q"),
			[]step{
				{"GET /custom?q=b", "Auth: a,", 0, "200", 1},
				{"GET /custom?q=,b", "Auth: a", 0, "200", 2},
			},
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, r.gate.put)
			for i, step := range r.steps {
				s.clock.Advance(step.after)
				got := s.serve(t, s.request(step.line, step.header))
				if !strings.HasPrefix(got, step.status) || s.calls(gateARN) != step.asked {
					t.Fatalf("step %d: got %.3s after asking %d times, want %s after %d",
						i, got, s.calls(gateARN), step.status, step.asked)
				}
			}
		})
	}
}

// A simple response speaks for every route ("Caching authorizer responses").
func TestASimpleResponseIsKeptWhole(t *testing.T) {
	g := cachingGate(answering(`{"isAuthorized":true}`))
	g.authorizer.EnableSimpleResponses = true
	s := start(t, g.put)
	for _, line := range []string{"GET /custom", "GET /custom/7", "GET /old/7"} {
		if got := s.serve(t, s.request(line, "Auth: a")); !strings.HasPrefix(got, "200") {
			t.Errorf("%s: got %s", line, got)
		}
	}
	if asked := s.calls(gateARN); asked != 1 {
		t.Errorf("the authorizer was asked %d times, want once", asked)
	}
}

func TestCallsOfOneIdentityAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		s := start(t, cachingGate(func(context.Context, exchange.Invocation) (
			exchange.Invoked, error,
		) {
			<-open
			return exchange.Invoked{Payload: []byte(policyFor("Allow", "*", "null"))}, nil
		}).put)
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				reply := s.api.Serve(context.Background(), s.request("GET /custom", "Auth: a"))
				if reply.Status != 200 {
					t.Errorf("got %d", reply.Status)
				}
			})
		}
		synctest.Wait()
		close(open)
		group.Wait()
		if asked := s.calls(gateARN); asked != 1 {
			t.Errorf("the authorizer was asked %d times, want once", asked)
		}
	})
}

func TestIdentitySources(t *testing.T) {
	rows := []struct {
		name, source, line string
		headers            []string
		want               string // identitySource of the event, "" for 401
	}{
		{"a header in any case", "$request.header.AUTH", "GET /custom", []string{"auth: a"}, `["a"]`},
		{
			"repeated headers are joined: none hides", "$request.header.Auth", "GET /custom",
			[]string{"Auth: good", "Auth: evil"},
			`["good,evil"]`,
		},
		{"a parameter", "$request.querystring.q", "GET /custom?q=a%20b", nil, `["a b"]`},
		{"a parameter of another case", "$request.querystring.q", "GET /custom?Q=a", nil, ""},
		{"repeated parameters", "$request.querystring.q", "GET /custom?q=a&q=b", nil, `["a,b"]`},
		{"a context variable", "$context.httpMethod", "GET /custom", nil, `["GET"]`},
		{"a context variable without value", "$context.authorizer.x", "GET /custom", nil, ""},
		{"a stage variable", "$stageVariables.tier", "GET /dev/custom", nil, `["test"]`},
		{"a stage variable that the stage lacks", "$stageVariables.tier", "GET /custom", nil, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := policyGate(answering(policyFor("Allow", "*", "null")))
			g.authorizer.IdentitySource = []string{r.source}
			s := start(t, g.put)
			got := s.serve(t, s.request(r.line, r.headers...))
			if r.want == "" {
				if !strings.HasPrefix(got, "401") || s.calls(gateARN) != 0 {
					t.Errorf("got %s after %d calls", got, s.calls(gateARN))
				}
				return
			}
			if want := `"identitySource":` + r.want; !strings.Contains(s.payloadOf(gateARN), want) {
				t.Errorf("event lacks %s:\n%s", want, s.payloadOf(gateARN))
			}
		})
	}
}
