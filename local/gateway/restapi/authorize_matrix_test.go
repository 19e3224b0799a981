package restapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// hang makes a function wait until its caller gives up, while the clock goes on.
func (w *world) hang(arn string) {
	now := w.clock.(*clock.Manual)
	w.lambda.answers[arn] = func(ctx context.Context) (exchange.Invoked, error) {
		now.Advance(30 * time.Second)
		<-ctx.Done()
		return exchange.Invoked{}, context.Cause(ctx)
	}
}

// Every outcome of an authorizer function (spec authorizers.md §4.1), for both kinds of REST.
func TestEveryOutcomeOfALambdaAuthorizer(t *testing.T) {
	fault := answer{500, "AuthorizerConfigurationException", nullMessage}
	no := answer{401, "UnauthorizedException", unauthorized}
	says := func(payload string) func(*world) {
		return func(w *world) { w.lambda.answer(guardARN, payload) }
	}
	document := func(more string) func(*world) {
		return says(strings.Replace(policyOf("Allow", "*"), `"principalId":"me",`, more, 1))
	}
	for _, r := range []struct {
		name    string
		arrange func(*world)
		want    answer
	}{
		{"allowed", says(allowAll), answer{200, "", "ok"}},
		{"denied explicitly", says(policyOf("Deny", "*")), answer{403, "AccessDeniedException", byNobody + explicitly + `"}`}},
		{"denied implicitly", says(policyOf("Allow", "arn:none")), answer{403, "AccessDeniedException", byNobody + `"}`}},
		{"another action", says(strings.Replace(policyOf("Allow", "*"), ":Invoke", ":ManageConnections", 1)), answer{403, "AccessDeniedException", byNobody + `"}`}},
		{"the error Unauthorized", func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"Unauthorized"}`) }, no},
		{"the error unauthorized in lower case", func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"unauthorized"}`) }, fault},
		{"another error", func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"x"}`) }, fault},
		{"a timeout", func(w *world) { w.hang(guardARN) }, fault},
		{"no permission to invoke", func(w *world) {
			w.lambda.fail(guardARN, &exchange.InvokeError{Code: "AccessDeniedException", Status: 403})
		}, fault},
		{"no function", func(w *world) {
			w.lambda.fail(guardARN, &exchange.InvokeError{Code: "ResourceNotFoundException", Status: 404})
		}, fault},
		{"throttled", func(w *world) {
			w.lambda.fail(guardARN, &exchange.InvokeError{Code: "TooManyRequestsException", Status: 429})
		}, fault},
		{"null", says(`null`), fault},
		{"no JSON", says(`yes`), fault},
		{"a text", says(`"Allow"`), fault},
		{"no principal", document(``), fault},
		{"a principal that is a number", document(`"principalId":7,`), fault},
		{"no policy", says(`{"principalId":"me"}`), fault},
		{"a policy that is a text", says(`{"principalId":"me","policyDocument":"Allow"}`), fault},
		{"an effect that is none", says(policyOf("allow", "*")), fault},
		{"a resource that is too long", says(policyOf("Allow", strings.Repeat("x", 513))), fault},
		{"a nested context", document(`"principalId":"me","context":{"a":{"b":1}},`), fault},
		{"a context that is a list", document(`"principalId":"me","context":["a"],`), fault},
		{"a usage key that is a number", document(`"principalId":"me","usageIdentifierKey":1,`), fault},
	} {
		for _, kind := range []string{"TOKEN", "REQUEST"} {
			t.Run(kind+": "+r.name, func(t *testing.T) {
				w := newWorld()
				w.guard(kind, nil)
				r.arrange(w)
				called := 1
				if r.want.status == 200 {
					called = 2
				}
				w.check(t, request("GET", "/dev/guarded", "Authorization: a"), r.want, called)
			})
		}
	}
}

// What the identity sources of each kind mean when they are absent (spec authorizers.md §2, §3).
func TestIdentitySources(t *testing.T) {
	const every = "method.request.header.X-Tenant, method.request.querystring.token, " +
		"stageVariables.who, context.identity.sourceIp"
	no := answer{401, "UnauthorizedException", unauthorized}
	ok := answer{200, "", "ok"}
	fault := answer{500, "AuthorizerConfigurationException", nullMessage}
	for _, r := range []struct {
		name, kind, sources string
		ttl                 int
		variables           map[string]string
		target              string
		header              []string
		want                answer
	}{
		{name: "all of them", kind: "REQUEST", sources: every, ttl: 300, variables: map[string]string{"who": "x"}, target: "?token=1", header: []string{"x-tenant: a"}, want: ok},
		{name: "no header", kind: "REQUEST", sources: every, ttl: 300, variables: map[string]string{"who": "x"}, target: "?token=1", want: no},
		{name: "no parameter", kind: "REQUEST", sources: every, ttl: 300, variables: map[string]string{"who": "x"}, header: []string{"X-Tenant: a"}, want: no},
		{name: "a parameter in another case", kind: "REQUEST", sources: every, ttl: 300, variables: map[string]string{"who": "x"}, target: "?Token=1", header: []string{"X-Tenant: a"}, want: no},
		{name: "no stage variable", kind: "REQUEST", sources: every, ttl: 300, target: "?token=1", header: []string{"X-Tenant: a"}, want: no},
		{name: "a context variable that has no value", kind: "REQUEST", sources: "context.identity.userArn", ttl: 300, want: no},
		{name: "without a cache they are wanted all the same", kind: "REQUEST", sources: every, target: "?token=1", want: no},
		{name: "none without a cache", kind: "REQUEST", want: ok},
		{name: "a path parameter", kind: "REQUEST", sources: "method.request.path.proxy", ttl: 300, want: fault},
		{name: "the body", kind: "REQUEST", sources: "method.request.body.token", ttl: 300, want: fault},
		{name: "a token in a parameter", kind: "TOKEN", sources: "method.request.querystring.token", target: "?token=1", want: fault},
		{name: "two sources of a token", kind: "TOKEN", sources: "method.request.header.a,method.request.header.b", header: []string{"a: 1", "b: 1"}, want: fault},
		{name: "a token in another header", kind: "TOKEN", sources: "method.request.header.X-Token", header: []string{"x-token: 1"}, want: ok},
	} {
		t.Run(r.kind+": "+r.name, func(t *testing.T) {
			w := newWorld()
			w.def.Stages[0].Variables = r.variables
			w.guard(r.kind, func(a *api.RESTAuthorizer) { a.IdentitySource, a.ResultTTL = r.sources, r.ttl })
			called := 0
			if r.want == ok {
				called = 2
			}
			w.check(t, request("GET", "/dev/guarded"+r.target, r.header...), r.want, called)
		})
	}
}

func TestValidationExpressionIsHeldAgainstTheWholeToken(t *testing.T) {
	for header, want := range map[string]int{
		"Authorization: Bearer abc":  200,
		"Authorization: Bearer abcd": 401,
		"Authorization: xBearer abc": 401,
		"Authorization: bearer abc":  401,
	} {
		t.Run(header, func(t *testing.T) {
			w := newWorld()
			w.guard("TOKEN", func(a *api.RESTAuthorizer) { a.IdentityValidation = "Bearer [a-c]{3}|ab" })
			if got := w.get(t, "/dev/guarded", header).Status; got != want || want == 401 && len(w.lambda.calls) > 0 {
				t.Errorf("got %d after %d calls, want %d", got, len(w.lambda.calls), want)
			}
		})
	}
}

func TestAuthorizerThatNamesARoleIsCalledWithIt(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/caller"
	w := newWorld()
	w.guard("TOKEN", func(a *api.RESTAuthorizer) { a.Credentials = role })
	w.get(t, "/dev/guarded", "Authorization: a")
	asked := w.lambda.calls[0]
	if diff := cmp.Diff([]string{"", role}, []string{asked.SourceARN, asked.Role}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestContextOfAnAuthorizerIsTextForMappings(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	w.lambda.answer(guardARN, strings.Replace(policyOf("Allow", "*"), `"principalId":"me",`,
		`"principalId":"me","context":{"s":"x","n":1,"f":1.50,"b":true,"z":null},`, 1))
	m := mocked("200", `$context.authorizer.s $context.authorizer.n $context.authorizer.f $context.authorizer.b `+
		`$context.authorizer.principalId [$!context.authorizer.z]`)
	m.AuthorizationType, m.AuthorizerID = "CUSTOM", "auth01"
	w.method("/guarded", "GET", m)
	if got := string(w.get(t, "/dev/guarded", "Authorization: a").Body); got != "x 1 1.50 true me []" {
		t.Errorf("got %s", got)
	}
	var event struct{ Type string }
	if err := json.Unmarshal(w.lambda.calls[0].Payload, &event); err != nil || event.Type != "TOKEN" {
		t.Errorf("got %+v, %v", event, err)
	}
}
