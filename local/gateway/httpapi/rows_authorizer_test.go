package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
)

const allowing = `{"isAuthorized":true,"context":{"tenant":"t-1","level":3,"admin":true,"list":[1]}}`

// simpleGate answers with simple responses, and asks for nothing.
func simpleGate(answer invoker) *gate {
	g := policyGate(answer)
	g.authorizer.EnableSimpleResponses, g.authorizer.IdentitySource = true, nil
	return g
}

func TestWhatAnAuthorizerFunctionIsTold(t *testing.T) {
	headers := []string{"Auth: token", "Cookie: a=1"}
	for _, r := range []struct{ name, format, line, member, want string }{
		{"the route's ARN", "2.0", "GET /custom/7", "routeArn", `"` + source + `$default/GET/custom/7"`},
		{"the route's ARN on a stage", "2.0", "GET /dev/custom/7", "routeArn", `"` + source + `dev/GET/custom/7"`},
		{"a decoded path in the ARN", "2.0", "GET /custom/a%20b", "routeArn", `"` + source + `$default/GET/custom/a b"`},
		{"identity sources", "2.0", "GET /custom", "identitySource", `["token"]`},
		{"the route key", "2.0", "GET /custom/7", "routeKey", `"GET /custom/{id}"`},
		{"cookies", "2.0", "GET /custom", "cookies", `["a=1"]`},
		{"path parameters", "2.0", "GET /custom/7", "pathParameters", `{"id":"7"}`},
		{"stage variables", "2.0", "GET /dev/custom", "stageVariables", `{"tier":"test"}`},
		{"no body", "2.0", "GET /custom", "body", absent},
		{"nothing of a body", "2.0", "GET /custom", "isBase64Encoded", absent},
		{"nobody who calls", "2.0", "GET /custom", "requestContext.authorizer", absent},
		{"1.0: the method's ARN", "1.0", "GET /dev/custom/7", "methodArn", `"` + source + `dev/GET/custom/7"`},
		{"1.0: identity sources in one text", "1.0", "GET /custom", "identitySource", `"token"`},
		{"1.0: and once more", "1.0", "GET /custom", "authorizationToken", `"token"`},
		{"1.0: the resource", "1.0", "GET /custom/7", "resource", `"/custom/{id}"`},
		{"1.0: the type", "1.0", "GET /custom", "type", `"REQUEST"`},
		{"1.0: the version", "1.0", "GET /custom", "version", `"1.0"`},
		{"1.0: no parameters", "1.0", "GET /custom", "queryStringParameters", "{}"},
		{"1.0: cookies are a header", "1.0", "GET /custom", "headers.cookie", `"a=1"`},
	} {
		t.Run(r.name, func(t *testing.T) {
			g := policyGate(answering(policyFor("Allow", "*", "null")))
			g.authorizer.PayloadFormatVersion = r.format
			s := start(t, g.put)
			call := s.request(r.line, headers...)
			call.Body = []byte("secret")
			s.serve(t, call)
			if got := member(t, []byte(s.payloadOf(gateARN)), r.member); got != r.want {
				t.Errorf("%s is %s, want %s", r.member, got, r.want)
			}
		})
	}
}

func TestWhoAsksTheAuthorizerFunction(t *testing.T) {
	for role, want := range map[string]string{
		"": source + "authorizers/fn", "arn:aws:iam::123456789012:role/caller": "",
	} {
		g := simpleGate(answering(allowing))
		g.authorizer.Credentials = role
		s := start(t, g.put)
		s.serve(t, s.request("GET /custom"))
		if got := s.invoked[0].SourceARN; got != want || s.invoked[0].FunctionARN != gateARN {
			t.Errorf("role %q: %s is asked by %q, want %q", role, s.invoked[0].FunctionARN, got, want)
		}
	}
}

func TestWhatAccessLogsTellOfAnAuthorizer(t *testing.T) {
	const format = "$context.requestId $context.authorizer.tenant $context.authorizer.level " +
		"$context.authorizer.admin $context.authorizer.none $context.authorizer.error " +
		"$context.status $context.error.responseType"
	for _, r := range []struct {
		name   string
		answer invoker
		want   string
	}{
		{"it lets the caller in", answering(allowing), "t-1 3 true - - 200 -"},
		{"it fails", functionError(`{"errorMessage":"boom"}`), "- - - - * 500 AUTHORIZER_FAILURE"},
		{"it answers nothing of use", answering(`{}`), "- - - - * 500 AUTHORIZER_CONFIGURATION_ERROR"},
		{"it says no", answering(`{"isAuthorized":false}`), "- - - - * 403 ACCESS_DENIED"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				simpleGate(r.answer).put(s)
				s.def.Stages[0].AccessLog.Format = format
			})
			s.serve(t, s.request("GET /custom"))
			_, got, _ := strings.Cut(s.lines[0], "= ")
			before, after, any := strings.Cut(r.want, "*")
			if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) || !any && got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestTheOwnTimeOfAnAuthorizerIsNotTheIntegrations(t *testing.T) {
	g := simpleGate(nil)
	s := start(t, func(s *setup) {
		g.put(s)
		s.def.Stages[0].AccessLog.Format = "$context.requestId $context.integrationLatency " +
			"$context.responseLatency"
	})
	g.answer = func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
		s.clock.Advance(20 * time.Millisecond)
		return exchange.Invoked{Payload: []byte(allowing)}, nil
	}
	s.serve(t, s.request("GET /custom"))
	if _, got, _ := strings.Cut(s.lines[0], "= "); got != "- 20" {
		t.Errorf("got %q", got)
	}
}

func TestAuthorizersThatAWSDoesNotTake(t *testing.T) {
	for name, change := range map[string]func(*api.V2Authorizer){
		"simple responses need payload format version 2.0": func(a *api.V2Authorizer) {
			a.PayloadFormatVersion, a.EnableSimpleResponses = "1.0", true
		},
		`the payload format version is "3.0", allowed are 1.0 and 2.0`: func(a *api.V2Authorizer) {
			a.PayloadFormatVersion = "3.0"
		},
		`identity source "method.request.header.Auth", allowed are`: func(a *api.V2Authorizer) {
			a.IdentitySource = []string{"method.request.header.Auth"}
		},
	} {
		g := policyGate(nil)
		change(&g.authorizer)
		s := &setup{def: definition(), invoke: answering("")}
		g.put(s)
		_, err := httpapi.New(s.def, httpapi.Dependencies{
			Clock: start(t, nil).clock, Invoker: answering(""),
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

func TestStageVariablesNameFunctionsWholeOrInPart(t *testing.T) {
	const of = "arn:aws:lambda:us-east-1:123456789012:function:"
	for uri, want := range map[string]string{
		of + "${stageVariables.fn}":                     of + "other",
		of + "${stageVariables.fn}:${stageVariables.q}": of + "other:live",
		"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + of +
			"a-${stageVariables.fn}/invocations": of + "a-other",
	} {
		s := start(t, func(s *setup) {
			i := s.def.Integrations["two"]
			i.URI = uri
			s.def.Integrations["two"] = i
			s.def.Stages[1].Variables = map[string]string{"fn": "other", "q": "live"}
		})
		s.serve(t, s.request("GET /dev/health"))
		if len(s.invoked) != 1 || s.invoked[0].FunctionARN != want {
			t.Errorf("%s: called %v, want %s", uri, s.invoked, want)
		}
	}
}
