package restapi_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// An allow that was cached on one stage must not open another, and an allow of one method no other.
func TestCachedPolicyOpensNoOtherStageAndMethod(t *testing.T) {
	w := newWorld()
	w.def.Stages = append(w.def.Stages, api.Stage{Name: "prod", DeploymentID: "d3pl0y"})
	w.guard("TOKEN", nil)
	guarded := w.def.Resources[len(w.def.Resources)-1].Methods["GET"]
	w.method("/guarded", "DELETE", guarded)
	w.method("/guarded/{id}", "GET", guarded)
	w.lambda.answer(guardARN, policyOf("Allow", executeAPI+"/dev/GET/guarded"))
	for _, r := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/dev/guarded", 200},
		{"DELETE", "/dev/guarded", 403},
		{"GET", "/dev/guarded/7", 403},
		{"GET", "/prod/guarded", 403},
		{"GET", "/dev/guarded", 200},
	} {
		if got := w.serve(t, request(r.method, r.path, "Authorization: a")).Status; got != r.want {
			t.Errorf("%s %s: got %d, want %d", r.method, r.path, got, r.want)
		}
	}
	asked := 0
	for _, call := range w.lambda.calls {
		if call.FunctionARN == guardARN {
			asked++
		}
	}
	if asked != 2 {
		t.Errorf("the authorizer was asked %d times, want once for each stage", asked)
	}
}

// A function may read the first of several values, and a result is kept under the last one: the next
// client, who sends the last one only, must not get that result.
func TestSeveralValuesDoNotPoisonTheCache(t *testing.T) {
	for name, sent := range map[string]struct{ poison, victim *exchange.Request }{
		"headers": {
			request("GET", "/dev/guarded", "X-Tenant: admin", "X-Tenant: guest"),
			request("GET", "/dev/guarded", "X-Tenant: guest"),
		},
		"a header with the values joined": {
			request("GET", "/dev/guarded", "X-Tenant: admin", "X-Tenant: guest"),
			request("GET", "/dev/guarded", "X-Tenant: admin,guest"),
		},
		"parameters": {
			request("GET", "/dev/guarded?X-Tenant=admin&X-Tenant=guest"),
			request("GET", "/dev/guarded?X-Tenant=guest"),
		},
		"a parameter with the values joined": {
			request("GET", "/dev/guarded?X-Tenant=admin&X-Tenant=guest"),
			request("GET", "/dev/guarded?X-Tenant=%22admin%22%2C%22guest%22"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.guard("REQUEST", func(a *api.RESTAuthorizer) {
				a.IdentitySource = "method.request.header.X-Tenant"
				if strings.Contains(name, "parameter") {
					a.IdentitySource = "method.request.querystring.X-Tenant"
				}
			})
			allow := true
			w.lambda.answers[guardARN] = func(context.Context) (exchange.Invoked, error) {
				effect := map[bool]string{true: "Allow", false: "Deny"}[allow]
				return exchange.Invoked{Payload: []byte(policyOf(effect, "*"))}, nil
			}
			if got := w.serve(t, sent.poison).Status; got != 200 {
				t.Fatalf("the first call is answered %d", got)
			}
			allow = false
			if got := w.serve(t, sent.victim).Status; got != 403 {
				t.Errorf("the second call is answered %d by what was kept of the first", got)
			}
		})
	}
}

// Spellings of a path must not lead around what a policy denies: each of them is denied, or is no
// path of the method. The API has no greedy resource that could take the rest.
func TestSpellingsOfAPathDoNotLeadAroundADeny(t *testing.T) {
	deny := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},` +
		`{"Effect":"Deny","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/dev/*/admin"}]}`
	for _, path := range []string{
		"/dev/admin", "/dev/admin/", "/dev/admin//", "/dev//admin", "//dev/admin", "/dev/%61dmin",
		"/dev/admin%2F", "/dev/admin%2f", "/dev/./admin", "/dev/x/../admin", "/dev/ADMIN", "/dev/admin;x",
		"/dev/admin%00", "/dev/admin%20", "/dev/admin/.", "/dev/%2e/admin",
	} {
		for name, arrange := range map[string]func(*world) string{
			"resource policy": func(w *world) string {
				w.def.Policy = json.RawMessage(deny)
				return "NONE"
			},
			"authorizer": func(w *world) string {
				w.guard("TOKEN", nil)
				document := strings.ReplaceAll(deny, `"Principal":"*",`, "")
				document = strings.Replace(document, "execute-api:/dev", executeAPI+"/dev", 1)
				w.lambda.answer(guardARN, `{"principalId":"me","policyDocument":`+document+`}`)
				return "CUSTOM"
			},
		} {
			t.Run(name+" "+path, func(t *testing.T) {
				w := newWorld()
				w.def.Resources = nil
				m := proxy()
				m.AuthorizationType, m.AuthorizerID = arrange(w), "auth01"
				w.method("/admin", "ANY", m)
				for _, verb := range []string{"GET", "POST"} {
					r := request(verb, path, "Authorization: a")
					if got := w.serve(t, r).Status; got != 403 {
						t.Errorf("%s is answered %d", verb, got)
					}
				}
				r := request("GET", path, "Authorization: a", "X-HTTP-Method-Override: POST")
				if got := w.serve(t, r).Status; got != 403 {
					t.Errorf("an overridden method is answered %d", got)
				}
			})
		}
	}
}

func TestSlashAtTheEndAllowsNothingMore(t *testing.T) {
	w := newWorld()
	w.method("/open", "GET", proxy())
	w.def.Policy = json.RawMessage(`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"execute-api:/dev/GET/open"}]}`)
	for path, want := range map[string]int{"/dev/open": 200, "/dev/open/": 403, "/dev/open//": 403} {
		if got := w.get(t, path).Status; got != want {
			t.Errorf("%s: got %d, want %d", path, got, want)
		}
	}
}

// A wildcard of one stage or method must not match what only looks like its end.
func TestWildcardsStayWhereTheyWereWritten(t *testing.T) {
	for _, r := range []struct {
		resource, path string
		want           int
	}{
		{"/dev/GET/open/*", "/dev/open/x", 200},
		{"/dev/GET/open/*", "/dev/opener", 403},
		{"/dev/GET/open/*", "/dev/x/GET/open/x", 403},
		{"/prod/*", "/dev/prod/x", 403},
		{"/dev/POST/*", "/dev/POST/x", 403},
		{"/*/GET/open", "/dev/GET/open", 200}, // AWS's own trap: * crosses slashes
	} {
		t.Run(r.resource+" and "+r.path, func(t *testing.T) {
			w := newWorld()
			w.guard("TOKEN", nil)
			w.lambda.answer(guardARN, policyOf("Allow", executeAPI+r.resource))
			guarded := w.def.Resources[len(w.def.Resources)-1].Methods["GET"]
			w.method("/{proxy+}", "GET", guarded)
			got := w.get(t, r.path, "Authorization: a").Status
			if got != r.want {
				t.Errorf("got %d, want %d", got, r.want)
			}
		})
	}
}

// What a client claims of itself in headers is no identity.
func TestHeadersThatLookLikeTheGatewaysOwn(t *testing.T) {
	w := newWorld()
	w.guard("REQUEST", func(a *api.RESTAuthorizer) {
		a.IdentitySource = "context.identity.userArn, context.authorizer.principalId"
	})
	reply := w.get(t, "/dev/guarded", "context.identity.userArn: arn:x", "principalId: me",
		"X-Amz-Security-Token: x", "x-amzn-vpce-id: vpce-1", "X-Amzn-Principal: me")
	if reply.Status != 401 || len(w.lambda.calls) != 0 {
		t.Errorf("got %d after %d calls", reply.Status, len(w.lambda.calls))
	}
}

// A signature in the Authorization header is for the gateway alone: it is no token.
func TestSignatureIsNoToken(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	reply := w.get(t, "/dev/guarded", "Authorization: AWS4-HMAC-SHA256 Credential=x")
	if reply.Status != 401 || len(w.lambda.calls) != 0 {
		t.Errorf("got %d after %d calls", reply.Status, len(w.lambda.calls))
	}
}
