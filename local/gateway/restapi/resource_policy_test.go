package restapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// The three things a policy can say of the method under test.
const (
	allows = "allows"
	quiet  = "says nothing"
	denies = "denies"
)

// statementOf returns a policy document that says one of the three of GET /admin/{id}.
func statementOf(says, principal string) string {
	if says == quiet {
		return `{"Statement":[]}`
	}
	effect := map[string]string{allows: "Allow", denies: "Deny"}[says]
	return `{"Version":"2012-10-17","Statement":[{"Sid":"One","Effect":"` + effect +
		`","Action":"execute-api:Invoke","Resource":"` + executeAPI + `/dev/GET/admin/*"` + principal + `}]}`
}

const anyone = `,"Principal":"*"`

// tableRow is a row of AWS's table A or B.
type tableRow struct {
	identity, resource string
	want               string // allow, implicit, explicit
}

// The rows are those of spec authorizers.md §10, with table A written out.
var (
	tableA = []tableRow{
		{allows, allows, "allow"},
		{allows, quiet, "allow"},
		{allows, denies, "explicit"},
		{quiet, allows, "allow"},
		{quiet, quiet, "implicit"},
		{quiet, denies, "explicit"},
		{denies, allows, "explicit"},
		{denies, quiet, "explicit"},
		{denies, denies, "explicit"},
	}
	tableB = []tableRow{
		{allows, allows, "allow"},
		{allows, quiet, "implicit"},
		{allows, denies, "explicit"},
		{quiet, allows, "implicit"},
		{quiet, quiet, "implicit"},
		{quiet, denies, "explicit"},
		{denies, allows, "explicit"},
		{denies, quiet, "explicit"},
		{denies, denies, "explicit"},
	}
)

const (
	masked      = `arn:aws:execute-api:us-east-1:********9012:abc1234567/dev/GET/admin/7`
	byAnonymous = `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: ` + masked
	byNobody    = `{"Message":"User is not authorized to access this resource`
	explicitly  = ` with an explicit deny`
)

func (r tableRow) answer(opening string) answer {
	switch r.want {
	case "implicit":
		return answer{403, "AccessDeniedException", opening + `"}`}
	case "explicit":
		return answer{403, "AccessDeniedException", opening + explicitly + `"}`}
	}
	return answer{200, "", "ok"}
}

func (w *world) check(t *testing.T, r *exchange.Request, want answer, called int) {
	t.Helper()
	if got := seen(w.serve(t, r)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if reason := w.records[len(w.records)-1].Reason(); (reason == "") != (want.status == 200) {
		t.Errorf("the reason is %q", reason)
	}
	if len(w.lambda.calls) != called {
		t.Errorf("%d functions were called, want %d", len(w.lambda.calls), called)
	}
}

func TestTablesWithIAM(t *testing.T) {
	for name, table := range map[string][]tableRow{"A": tableA, "B": tableB} {
		for _, r := range table {
			t.Run(name+": IAM "+r.identity+", the resource policy "+r.resource, func(t *testing.T) {
				w := newWorld()
				keys := w.signed(t)
				if name == "B" {
					keys.credential.AccountID = "210987654321"
					keys.credential.PrincipalARN = strings.Replace(signerARN, "123456789012", "210987654321", 1)
				}
				keys.policy = statementOf(r.identity, "")
				w.def.Policy = json.RawMessage(statementOf(r.resource, anyone))
				opening := `{"Message":"User: ` + keys.credential.PrincipalARN +
					` is not authorized to perform: execute-api:Invoke on resource: ` + masked
				called := 0
				if r.want == "allow" {
					called = 1
				}
				w.check(t, w.sign(t, "/dev/admin/7", "execute-api", "us-east-1"), r.answer(opening), called)
			})
		}
	}
}

func TestTablesWithALambdaAuthorizer(t *testing.T) {
	const elsewhere = "arn:aws:lambda:us-east-1:210987654321:function:guard"
	for name, table := range map[string][]tableRow{"A": tableA, "B": tableB} {
		for _, r := range table {
			t.Run(name+": the authorizer "+r.identity+", the resource policy "+r.resource, func(t *testing.T) {
				w := newWorld()
				function := guardARN
				if name == "B" {
					function = elsewhere
				}
				w.lambda.answer(function, `{"principalId":"me","policyDocument":`+statementOf(r.identity, "")+`}`)
				w.guard("TOKEN", func(a *api.RESTAuthorizer) { a.URI = invocation + function + "/invocations" })
				m := proxy()
				m.AuthorizationType, m.AuthorizerID = "CUSTOM", "auth01"
				w.method("/admin/{id}", "GET", m)
				w.def.Policy = json.RawMessage(statementOf(r.resource, anyone))
				opening, called := byNobody, 1
				switch {
				case r.resource == denies: // the first phase: the function is not asked
					opening, called = byAnonymous, 0
				case r.want == "allow":
					called = 2
				}
				w.check(t, request("GET", "/dev/admin/7", "Authorization: a"), r.answer(opening), called)
			})
		}
	}
}

func TestResourcePolicyOfAnOpenMethod(t *testing.T) {
	for _, r := range []tableRow{{"", allows, "allow"}, {"", quiet, "implicit"}, {"", denies, "explicit"}} {
		t.Run("the resource policy "+r.resource, func(t *testing.T) {
			w := newWorld()
			w.method("/admin/{id}", "GET", proxy())
			w.def.Policy = json.RawMessage(statementOf(r.resource, anyone))
			called := 0
			if r.want == "allow" {
				called = 1
			}
			w.check(t, request("GET", "/dev/admin/7"), r.answer(byAnonymous), called)
		})
	}
}

func TestResourcePolicies(t *testing.T) {
	allowing := func(more string) string { return statementOf(allows, anyone+more) }
	const denyRanges = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",` +
		`"Action":"execute-api:Invoke","Resource":["execute-api:/*"]},{"Effect":"Deny","Principal":"*",` +
		`"Action":"execute-api:Invoke","Resource":["execute-api:/*"],"Condition":{"IpAddress":{` +
		`"aws:SourceIp":["192.0.2.0/24","198.51.100.0/24"]}}}]}`
	implicit := answer{403, "AccessDeniedException", byAnonymous + `"}`}
	explicit := answer{403, "AccessDeniedException", byAnonymous + explicitly + `"}`}
	ok := answer{200, "", "ok"}
	for _, r := range []struct {
		name, policy string
		header       []string
		want         answer
	}{
		{"a short resource", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/dev/GET/admin/*"}]}`, nil, ok},
		{"a short resource of another stage", `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/prod/*"}]}`, nil, implicit},
		// AWS's example "Deny API traffic based on source IP address or range".
		{"AWS's example, from elsewhere", denyRanges, nil, ok},
		{"AWS's example, from a denied range", strings.Replace(denyRanges, "192.0.2.0", "203.0.113.0", 1), nil, explicit},
		{"a range of addresses", allowing(`,"Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24"]}}`), nil, ok},
		{"another range", allowing(`,"Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24"]}}`), nil, implicit},
		{"a range that a client's X-Forwarded-For names", allowing(`,"Condition":{"IpAddress":{"aws:SourceIp":["192.0.2.0/24"]}}`), []string{"X-Forwarded-For: 192.0.2.1"}, implicit},
		{"the user agent", allowing(`,"Condition":{"StringLike":{"aws:UserAgent":"curl/*"}}`), []string{"User-Agent: curl/8"}, ok},
		{"the referer", allowing(`,"Condition":{"StringEquals":{"aws:Referer":"https://example.com/"}}`), []string{"Referer: https://example.com/"}, ok},
		{"the region", allowing(`,"Condition":{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`), nil, ok},
		{"a time that has passed", allowing(`,"Condition":{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`), nil, implicit},
		{"TLS", allowing(`,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`), nil, implicit},
		{"a VPC endpoint, which public APIs have none of", allowing(`,"Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`), []string{"x-amzn-vpce-id: vpce-1"}, implicit},
		{"a principal, which nobody is on a method without IAM", statementOf(allows, `,"Principal":{"AWS":"123456789012"}`), nil, implicit},
		{"a principal beside everyone", strings.Replace(allowing(""), `}]}`, `},{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}]}`, 1), nil, implicit},
		{"everyone of AWS", statementOf(allows, `,"Principal":{"AWS":"*"}`), nil, ok},
		{"a service", statementOf(allows, `,"Principal":{"Service":"*"}`), nil, implicit},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.method("/admin/{id}", "GET", proxy())
			w.def.Policy = json.RawMessage(r.policy)
			called := 0
			if r.want == ok {
				called = 1
			}
			w.check(t, request("GET", "/dev/admin/7", r.header...), r.want, called)
		})
	}
}

func TestResourcePolicyNamesPrincipalsBeforeALambdaAuthorizer(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	w.def.Policy = json.RawMessage(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"*","Resource":"*"}]}`)
	want := answer{403, "AccessDeniedException", strings.Replace(byAnonymous, "admin/7", "guarded", 1) + `"}`}
	w.check(t, request("GET", "/dev/guarded", "Authorization: a"), want, 0)
}

func TestGatewayResponseOfAResourcePolicy(t *testing.T) {
	w := newWorld()
	w.def.Policy = json.RawMessage(`{"Statement":[]}`)
	w.def.GatewayResponses = map[string]api.GatewayResponse{"ACCESS_DENIED": {
		Type: "ACCESS_DENIED", StatusCode: http.StatusNotFound,
		Templates: map[string]string{"application/json": `{"e":$context.error.messageString}`},
	}}
	w.method("/admin/{id}", "GET", proxy())
	got := w.get(t, "/dev/admin/7")
	want := `{"e":"` + strings.TrimPrefix(byAnonymous, `{"Message":"`) + `"}`
	if got.Status != http.StatusNotFound || string(got.Body) != want {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}

func TestMalformedResourcePolicyFailsTheDeployment(t *testing.T) {
	for name, document := range map[string]string{
		"an object without statements":     `{}`,
		"an element that IAM has not":      `{"Statement":[],"Rules":[]}`,
		"more than 8,192 characters":       `{"Statement":[],"Id":"` + strings.Repeat("x", 8192) + `"}`,
		"a condition operator IAM has not": statementOf(allows, anyone+`,"Condition":{"Equals":{"a":"b"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.def.Policy = json.RawMessage(document)
			if err := w.try(); err == nil || !strings.HasPrefix(err.Error(), "resource policy: ") {
				t.Errorf("got %v", err)
			}
		})
	}
}
