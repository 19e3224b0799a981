package httpapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
)

func unhandled(document string) invoker {
	return func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
		return exchange.Invoked{Payload: []byte(document), FunctionError: "Unhandled"}, nil
	}
}

// The rows are those of spec authorizers.md §5.
func TestLambdaAuthorizerAtTheWire(t *testing.T) {
	const every = source + "$default/*"
	var (
		refused = message(401, "Unauthorized")
		denied  = message(403, "Forbidden")
		broken  = message(500, "Internal Server Error")
		auth    = []string{"Auth: t1"}
	)
	rows := []struct {
		name    string
		headers []string
		answer  invoker
		want    string
		asked   int
		reason  string
	}{
		{"allowed", auth, answering(policyFor("Allow", every, "null")), served, 1, ""},
		{
			"the identity source is missing", nil, nil, refused, 0,
			"$request.header.Auth of authorizer gate is missing or empty",
		},
		{"the identity source is empty", []string{"Auth: "}, nil, refused, 0, "missing or empty"},
		{
			"explicitly denied", auth, answering(policyFor("Deny", every, "null")), denied, 1,
			"statement One of the policy from authorizer gate denies",
		},
		{
			"denied by silence", auth,
			answering(policyFor("Allow", source+"$default/POST/*", "null")), denied, 1,
			source + "$default/GET/custom: no statement allows it",
		},
		{
			"the function says Unauthorized", auth, unhandled(`{"errorMessage":"Unauthorized"}`),
			refused, 1, "says Unauthorized",
		},
		{"the function fails", auth, unhandled(`{"errorMessage":"boom"}`), broken, 1, "boom"},
		{
			"Lambda refuses", auth, refusing("AccessDeniedException", 403, "no permission"), broken, 1,
			"Lambda refused to run authorizer gate",
		},
		{"the machinery breaks", auth, failing(errors.New("lost")), broken, 1, "lost"},
		{"the answer is no JSON", auth, answering(`x`), broken, 1, "malformed"},
		{"the answer is null", auth, answering(`null`), broken, 1, "malformed"},
		{
			"a simple response where none is enabled", auth, answering(`{"isAuthorized":true}`),
			broken, 1, "principalId",
		},
		{
			"no policy", auth, answering(`{"principalId":"a"}`), broken, 1, "policyDocument",
		},
		{
			"a context that is no object", auth, answering(policyFor("Allow", every, "[1]")), broken, 1,
			"context",
		},
		{
			"a name twice: nobody could say which counts", auth,
			answering(`{"principalId":"a","principalId":"b","policyDocument":{}}`), broken, 1, "malformed",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, policyGate(r.answer).put)
			got := s.serve(t, s.request("GET /custom", r.headers...))
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if asked := s.calls(gateARN); asked != r.asked {
				t.Errorf("the authorizer was asked %d times, want %d", asked, r.asked)
			}
			if called := s.calls(orders); (called == 1) != (r.want == served) {
				t.Errorf("the function was called %d times", called)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("reason %q lacks %q", s.reason(), r.reason)
			}
			if r.want != served && s.authorizerError() == "" {
				t.Error("$context.authorizer.error is empty")
			}
		})
	}
}

func TestLambdaAuthorizerTakesTooLong(t *testing.T) {
	asked := make(chan struct{})
	waiting := func(ctx context.Context, _ exchange.Invocation) (exchange.Invoked, error) {
		close(asked)
		<-ctx.Done()
		return exchange.Invoked{}, ctx.Err()
	}
	s := start(t, policyGate(waiting).put)
	moved := make(chan struct{})
	go func() {
		<-asked
		s.clock.Advance(10 * time.Second)
		close(moved)
	}()
	got := s.serve(t, s.request("GET /custom", "Auth: t1"))
	<-moved
	if diff := cmp.Diff(message(500, "Internal Server Error"), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "did not answer within 10s"; !strings.Contains(s.reason(), want) {
		t.Errorf("reason %q lacks %q", s.reason(), want)
	}
}

func TestSimpleResponses(t *testing.T) {
	rows := []struct{ name, answer, want string }{
		{"authorized", `{"isAuthorized":true,"context":{"a":[1,{"b":null}]}}`, served},
		{"not authorized", `{"isAuthorized":false}`, message(403, "Forbidden")},
		{"neither", `{}`, message(500, "Internal Server Error")},
		{"a text", `{"isAuthorized":"true"}`, message(500, "Internal Server Error")},
		{"a number", `{"isAuthorized":1}`, message(500, "Internal Server Error")},
		{"a list", `[true]`, message(500, "Internal Server Error")},
		{
			"a policy where simple responses are enabled",
			policyFor("Allow", "*", "null"), message(500, "Internal Server Error"),
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			g := policyGate(answering(r.answer))
			g.authorizer.EnableSimpleResponses = true
			s := start(t, g.put)
			got := s.serve(t, s.request("GET /custom", "Auth: t1"))
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Native types, as "Working with AWS Lambda authorizers for HTTP APIs" shows them.
func TestContextOfALambdaAuthorizer(t *testing.T) {
	const context = `{"stringKey":"value","numberKey":1,"booleanKey":true,` +
		`"arrayKey":["value1","value2"],"mapKey":{"value1":"value2"}}`
	const sorted = `"arrayKey":["value1","value2"],"booleanKey":true,"mapKey":{"value1":"value2"},` +
		`"numberKey":1,`
	rows := []struct{ name, line, context, want string }{
		{
			"payload format 2.0", "GET /custom", context,
			`"authorizer":{"lambda":{` + sorted + `"stringKey":"value"}},`,
		},
		{
			"payload format 1.0", "GET /old/7", context,
			`"authorizer":{` + sorted + `"principalId":"ada","stringKey":"value"},`,
		},
		{"no context in 2.0", "GET /custom", "null", `"authorizer":{"lambda":null},`},
		{"no context in 1.0", "GET /old/7", "null", `"authorizer":{"principalId":"ada"},`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				policyGate(answering(policyFor("Allow", "*", r.context))).put(s)
				s.def.Stages[0].AccessLog.Format = "$context.authorizer.numberKey " +
					"$context.authorizer.mapKey $context.authorizer.principalId $context.requestId"
			})
			s.serve(t, s.request(r.line, "Auth: t1"))
			if got := s.payloadOf(orders); !strings.Contains(got, r.want) {
				t.Errorf("event lacks %s:\n%s", r.want, got)
			}
			if want := ` 1 {"value1":"value2"} ada `; r.context == context &&
				!strings.Contains(s.lines[0], want) {
				t.Errorf("access log %q lacks %q", s.lines[0], want)
			}
		})
	}
}

func TestPayloadFormat10TakesAFlatContextOnly(t *testing.T) {
	for context, want := range map[string]string{
		`{"a":"b","n":1.5}`: served,
		`{"a":{}}`:          message(500, "Internal Server Error"),
		`{"a":[]}`:          message(500, "Internal Server Error"),
		`{"claims":"x"}`:    message(500, "Internal Server Error"),
	} {
		g := policyGate(answering(policyFor("Allow", "*", context)))
		g.authorizer.PayloadFormatVersion = "1.0"
		s := start(t, g.put)
		if diff := cmp.Diff(want, s.serve(t, s.request("GET /custom", "Auth: t1"))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", context, diff)
		}
	}
}
