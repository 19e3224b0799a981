package restapi_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

const (
	unauthorized = `{"message":"Unauthorized"}`
	nullMessage  = `{"message":null}`
)

func policyOf(effect, resource string) string {
	return `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"` + effect +
		`","Action":"execute-api:Invoke","Resource":"` + resource + `"}]}}`
}

// The rows are those of spec authorizers.md §2 and §4.1.
func TestLambdaAuthorizerOnTheWire(t *testing.T) {
	fault := func(body string) answer { return answer{500, "AuthorizerConfigurationException", body} }
	for _, r := range []struct {
		name    string
		arrange func(*world)
		header  string
		want    answer
	}{
		{"allow", nil, "Authorization: a", answer{200, "", "ok"}},
		{"the header's name in another case", nil, "aUTHORIZATION: a", answer{200, "", "ok"}},
		{"no token", nil, "A: b", answer{401, "UnauthorizedException", unauthorized}},
		{"an empty token", nil, "Authorization: ", answer{401, "UnauthorizedException", unauthorized}},
		{"a policy for this method", func(w *world) {
			w.lambda.answer(guardARN, policyOf("Allow", executeAPI+"/dev/GET/guarded"))
		}, "Authorization: a", answer{200, "", "ok"}},
		{"explicit deny", func(w *world) { w.lambda.answer(guardARN, policyOf("Deny", "*")) }, "Authorization: a", answer{
			403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource with an explicit deny"}`,
		}},
		{"no matching statement", func(w *world) { w.lambda.answer(guardARN, policyOf("Allow", executeAPI+"/dev/GET/other")) }, "Authorization: a", answer{
			403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource"}`,
		}},
		{"the error Unauthorized", func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"Unauthorized"}`) }, "Authorization: a", answer{
			401, "UnauthorizedException", unauthorized,
		}},
		{"another error", func(w *world) { w.lambda.functionError(guardARN, `{"errorMessage":"no"}`) }, "Authorization: a", fault(nullMessage)},
		{"no permission", func(w *world) { w.lambda.fail(guardARN, &exchange.InvokeError{Status: 403}) }, "Authorization: a", fault(nullMessage)},
		{"malformed output", func(w *world) { w.lambda.answer(guardARN, `{}`) }, "Authorization: a", fault(nullMessage)},
		{"an authorizer that is none", func(w *world) { delete(w.def.Authorizers, "auth01") }, "Authorization: a", fault(nullMessage)},
		{"an expression that is none", func(w *world) {
			def := w.def.Authorizers["auth01"]
			def.IdentityValidation = "(?=x"
			w.def.Authorizers["auth01"] = def
		}, "Authorization: a", fault(nullMessage)},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.guard("TOKEN", nil)
			if r.arrange != nil {
				r.arrange(w)
			}
			if got := seen(w.get(t, "/dev/guarded", r.header)); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if r.want.status != 200 && w.records[0].Reason() == "" {
				t.Error("no mark says why")
			}
		})
	}
}

func TestTokenEvent(t *testing.T) {
	w := newWorld()
	w.guard("TOKEN", nil)
	w.get(t, "/dev/guarded/", "Authorization: Bearer x")
	asked := w.lambda.calls[0]
	want := `{"type":"TOKEN","authorizationToken":"Bearer x","methodArn":"` + executeAPI + `/dev/GET/guarded/"}`
	if string(asked.Payload) != want || asked.SourceARN != executeAPI+"/authorizers/auth01" {
		t.Errorf("got %s for %s\nwant %s", asked.Payload, asked.SourceARN, want)
	}
	authorizer := `{"resourceId":"resguarded","authorizer":{"principalId":"me","integrationLatency":0,` +
		`"tenant":"t-1","n":"1"},"resourcePath":"/guarded"`
	if got := string(w.lambda.calls[1].Payload); !strings.Contains(got, authorizer) {
		t.Errorf("the event has no %s:\n%s", authorizer, got)
	}
}

func TestRequestAuthorizer(t *testing.T) {
	w := newWorld()
	w.def.Stages[0].Variables = map[string]string{"who": "x"}
	w.guard("REQUEST", func(a *api.RESTAuthorizer) {
		a.IdentitySource = "method.request.header.X-Tenant, method.request.querystring.token," +
			"stageVariables.who, context.httpMethod"
	})
	if got := seen(w.get(t, "/dev/guarded?token=1")); got.status != 401 {
		t.Errorf("without a header: got %+v", got)
	}
	if got := seen(w.get(t, "/dev/guarded?token=", "X-Tenant: a")); got.status != 401 {
		t.Errorf("with an empty parameter: got %+v", got)
	}
	if got := seen(w.get(t, "/dev/guarded?token=1", "X-Tenant: a", "X-API-Key: k")); got.status != 200 {
		t.Errorf("with all: got %+v", got)
	}
	var event struct {
		Type, MethodArn string
		RequestContext  struct{ Identity map[string]any }
	}
	if err := json.Unmarshal(w.lambda.calls[0].Payload, &event); err != nil {
		t.Fatal(err)
	}
	if event.Type != "REQUEST" || event.MethodArn != executeAPI+"/dev/GET/guarded" ||
		event.RequestContext.Identity["apiKey"] != "k" {
		t.Errorf("got %+v", event)
	}
	if strings.Contains(string(w.lambda.calls[1].Payload), `"apiKey"`) {
		t.Error("a method that needs no key shows one")
	}
}

func TestAuthorizerCacheOnTheWire(t *testing.T) {
	w := newWorld()
	now := clock.NewManual(time.Unix(0, 0))
	w.clock = now
	w.guard("TOKEN", nil)
	other := w.def.Resources[len(w.def.Resources)-1].Methods["GET"]
	w.method("/other", "GET", other)
	w.lambda.answer(guardARN, policyOf("Allow", executeAPI+"/dev/GET/guarded"))
	var got []int
	for _, path := range []string{"/dev/guarded", "/dev/guarded", "/dev/other"} {
		got = append(got, w.get(t, path, "Authorization: a").Status)
	}
	now.Advance(301 * time.Second)
	w.lambda.answer(guardARN, allowAll)
	got = append(got, w.get(t, "/dev/other", "Authorization: a").Status)
	if diff := cmp.Diff([]int{200, 200, 403, 200}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestWhatIsNotServedIsClosed(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*world, *api.Method)
		want   answer
	}{
		{"another type", func(_ *world, m *api.Method) { m.AuthorizationType = "OTHER" }, answer{403, "MissingAuthenticationTokenException", missing}},
		{"no type", func(_ *world, m *api.Method) { m.AuthorizationType = "" }, answer{403, "MissingAuthenticationTokenException", missing}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := proxy()
			r.change(w, &m)
			w.method("/x", "GET", m)
			if got := seen(w.get(t, "/dev/x")); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if reason := w.records[0].Reason(); !strings.Contains(reason, "is not served yet") {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

func TestAPIKey(t *testing.T) {
	plan := api.UsagePlan{
		Stages: []api.UsagePlanStage{{APIID: "abc1234567", Stage: "dev"}},
		Keys:   []api.APIKey{{ID: "k1", Value: "good", Enabled: true}, {ID: "k2", Value: "off"}},
	}
	elsewhere := api.UsagePlan{
		Stages: []api.UsagePlanStage{{APIID: "abc1234567", Stage: "prod"}},
		Keys:   []api.APIKey{{ID: "k3", Value: "prod", Enabled: true}},
	}
	no := answer{403, "ForbiddenException", forbidden}
	for _, r := range []struct {
		name, header string
		want         answer
	}{
		{"a key of the stage", "x-api-key: good", answer{200, "", "ok"}},
		{"no key", "A: b", no},
		{"an unknown key", "X-API-Key: bad", no},
		{"a disabled key", "X-API-Key: off", no},
		{"a key of another stage", "X-API-Key: prod", no},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.UsagePlans = []api.UsagePlan{plan, elsewhere}
			m := proxy()
			m.APIKeyRequired = true
			w.method("/keyed", "GET", m)
			if got := seen(w.get(t, "/dev/keyed", r.header)); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if r.want.status == 200 && !strings.Contains(string(w.lambda.last(t).Payload), `"apiKeyId":"k1"`) {
				t.Error("the event does not name the key")
			}
		})
	}
}

func TestAPIKeyOfAnAuthorizer(t *testing.T) {
	w := newWorld()
	w.def.APIKeySource = "AUTHORIZER"
	w.def.UsagePlans = []api.UsagePlan{{
		Stages: []api.UsagePlanStage{{APIID: "abc1234567", Stage: "dev"}},
		Keys:   []api.APIKey{{ID: "k1", Value: "good", Enabled: true}},
	}}
	w.guard("TOKEN", nil)
	m := w.def.Resources[len(w.def.Resources)-1].Methods["GET"]
	m.APIKeyRequired = true
	w.method("/guarded", "GET", m)
	if got := w.get(t, "/dev/guarded", "Authorization: a", "X-API-Key: good"); got.Status != 403 {
		t.Errorf("a key in the header is answered %d", got.Status)
	}
	w.lambda.answer(guardARN, strings.TrimSuffix(allowAll, "}")+`,"usageIdentifierKey":"good"}`)
	if got := w.get(t, "/dev/guarded", "Authorization: b"); got.Status != 200 {
		t.Errorf("the authorizer's key is answered %d", got.Status)
	}
}
