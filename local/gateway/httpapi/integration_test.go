package httpapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func TestIntegration(t *testing.T) {
	internal, unavailable := message(
		500,
		"Internal Server Error",
	), message(
		503,
		"Service Unavailable",
	)
	rows := []struct {
		name   string
		invoke invoker
		line   string
		want   string
		reason string
	}{
		{
			"2.0 infers a body",
			answering(`{"a":1}`),
			"GET /health",
			"200\ncontent-type: application/json\n\n{\"a\":1}",
			"",
		},
		{
			"2.0 has cookies",
			answering(`{"statusCode":201,"cookies":["a=1"],"headers":{"content-type":"x/y"}}`),
			"GET /health",
			"201\ncontent-type: x/y\nset-cookie: a=1\n\n",
			"",
		},
		{
			"1.0 has multi values",
			answering(
				`{"statusCode":200,"multiValueHeaders":{"content-type":["x/y"],"b":["1","2"]}}`,
			),
			"GET /one/1",
			"200\ncontent-type: x/y\nb: 1\nb: 2\n\n",
			"",
		},
		{
			"1.0 infers nothing",
			answering(`{"a":1}`),
			"GET /one/1",
			internal,
			"the answer of function orders is no response: statusCode: it is missing",
		},
		{
			"a body of the wrong type", answering(`{"statusCode":200,"body":{}}`), "GET /health", internal,
			"the answer of function orders is no response: body: it is an object, allowed is a string",
		},
		{
			"the function failed", func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
				return exchange.Invoked{
					FunctionError: "Unhandled",
					Payload:       []byte(`{"errorMessage":"no luck","errorType":"errorString"}`),
				}, nil
			}, "GET /health", internal, "function orders failed: errorString: no luck",
		},
		{
			"Lambda throttles", refusing("TooManyRequestsException", 429, "Rate Exceeded."),
			"GET /health", unavailable, "TooManyRequestsException: Rate Exceeded.",
		},
		{
			"no permission", refusing("AccessDeniedException", 403, "no statement allows it"),
			"GET /health", internal, "AccessDeniedException: no statement allows it",
		},
		{
			"no function", refusing("ResourceNotFoundException", 404, "gone"),
			"GET /health", internal, "ResourceNotFoundException: gone",
		},
		{
			"too large", refusing("RequestTooLargeException", 413, "6 MB"),
			"GET /health", internal, "RequestTooLargeException: 6 MB",
		},
		{
			"the machinery broke",
			failing(errors.New("pipe closed")),
			"GET /health",
			internal,
			"invoking function orders: pipe closed",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) { s.invoke = r.invoke })
			if diff := cmp.Diff(r.want, s.serve(t, s.request(r.line))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(r.reason, s.reason()); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFunctionThatTakesTooLongIsLeft(t *testing.T) {
	s := start(t, nil)
	s.invoke = func(ctx context.Context, _ exchange.Invocation) (exchange.Invoked, error) {
		s.clock.Advance(30 * time.Second)
		<-ctx.Done()
		return exchange.Invoked{}, ctx.Err()
	}
	if diff := cmp.Diff(
		message(503, "Service Unavailable"),
		s.serve(t, s.request("GET /health")),
	); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := "function orders did not answer within 30s"; s.reason() != want {
		t.Errorf("got reason %q, want %q", s.reason(), want)
	}
	if took := s.observer.records[0].Took; took != 30*time.Second {
		t.Errorf("took %v, want 30s", took)
	}
}

func TestWhatIsNotServedFailsClosed(t *testing.T) {
	change := func(f func(*api.V2Integration)) func(*setup) {
		return func(s *setup) {
			i := s.def.Integrations["two"]
			f(&i)
			s.def.Integrations["two"] = i
		}
	}
	rows := []struct {
		name   string
		change func(*setup)
		reason string
	}{
		{
			"a stage variable that is not there",
			change(func(i *api.V2Integration) { i.URI = "${stageVariables.fn}" }),
			`URI "", with stage variables filled in, names no Lambda function`,
		},
		{
			"no integration",
			func(s *setup) { s.def.Routes[0].IntegrationID = "" },
			"the route has no integration",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, r.change)
			if diff := cmp.Diff(
				message(500, "Internal Server Error"),
				s.serve(t, s.request("GET /health")),
			); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(r.reason, s.reason()); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
			if len(s.invoked) != 0 {
				t.Error("the function was called")
			}
		})
	}
}

func TestStageVariablesNameFunctions(t *testing.T) {
	s := start(t, func(s *setup) {
		i := s.def.Integrations["two"]
		i.URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
			"arn:aws:lambda:us-east-1:123456789012:function:orders:${stageVariables.tier}/invocations"
		s.def.Integrations["two"] = i
	})
	s.serve(t, s.request("GET /dev/health"))
	const want = "arn:aws:lambda:us-east-1:123456789012:function:orders:test"
	if got := s.invoked[0].FunctionARN; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !strings.Contains(string(s.invoked[0].Payload), `"stageVariables":{"tier":"test"}`) {
		t.Errorf("got event %s", s.invoked[0].Payload)
	}
}

func TestAnIntegrationWithCredentialsNeedsNoPermission(t *testing.T) {
	s := start(t, func(s *setup) {
		i := s.def.Integrations["two"]
		i.Credentials = "arn:aws:iam::123456789012:role/caller"
		s.def.Integrations["two"] = i
	})
	s.serve(t, s.request("GET /health"))
	if got := s.invoked[0].SourceARN; got != "" {
		t.Errorf("got source %q, want none", got)
	}
}
