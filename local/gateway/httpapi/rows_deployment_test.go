package httpapi_test

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/httpapi"
)

// redeployed has the stages v1 and v2 of two deployments, and $default, which deploys by itself. What
// v1 serves was frozen before GET /new came and GET /health went behind an authorizer.
func redeployed(t *testing.T, change func(old, live *api.HTTP)) *setup {
	t.Helper()
	return start(t, func(s *setup) {
		old := definition()
		live := &s.def
		live.Routes[0].AuthorizationType, live.Routes[0].AuthorizerID = "JWT", "pool"
		live.Routes = append(live.Routes, api.Route{
			Key: "GET /new", AuthorizationType: "NONE", IntegrationID: "one",
		})
		if change != nil {
			change(&old, live)
		}
		old.Stages = nil
		live.Stages = []api.Stage{
			{Name: "$default", AutoDeploy: true, DeploymentID: "first"},
			{Name: "v1", DeploymentID: "first", Variables: map[string]string{"tier": "now"}},
			{Name: "v2", DeploymentID: "second"},
			{Name: "v3", DeploymentID: "nobody kept it"},
		}
		second := *live
		s.deployed = map[string]api.HTTP{"first": old, "second": second}
	})
}

func TestAStageServesWhatItsDeploymentFroze(t *testing.T) {
	const refused = "401\nwww-authenticate: Bearer\n\n{\"message\":\"Unauthorized\"}"
	s := redeployed(t, nil)
	for _, r := range []struct{ name, line, want string }{
		{"a route added since is not live", "GET /v1/new", message(404, "Not Found")},
		{"an authorizer added since does not guard", "GET /v1/health", served},
		{"a new deployment has the route", "GET /v2/new", served},
		{"a new deployment has the authorizer", "GET /v2/health", refused},
		{"a stage that deploys by itself has the route", "GET /new", served},
		{"a stage that deploys by itself has the authorizer", "GET /health", refused},
		{"a deployment that was not kept is the definition", "GET /v3/new", served},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := s.serve(t, s.request(r.line)); got != r.want {
				t.Errorf("got %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestStageSettingsNeedNoDeployment(t *testing.T) {
	s := redeployed(t, nil)
	s.serve(t, s.request("GET /v1/health"))
	if got := string(s.invoked[0].Payload); !strings.Contains(got, `"stageVariables":{"tier":"now"}`) {
		t.Errorf("the event lacks the stage's variables: %s", got)
	}
	if got, want := s.invoked[0].SourceARN, source+"v1/GET/health"; got != want {
		t.Errorf("got source %s, want %s", got, want)
	}
}

func TestIntegrationsAreFrozenToo(t *testing.T) {
	const other = "arn:aws:lambda:us-east-1:123456789012:function:other"
	s := redeployed(t, func(_, live *api.HTTP) {
		changed := live.Integrations["one"]
		changed.URI = other
		live.Integrations = map[string]api.V2Integration{"one": changed, "two": live.Integrations["two"]}
	})
	for stage, want := range map[string]string{"v1": orders, "v2": other} {
		s.invoked = nil
		s.serve(t, s.request("GET /"+stage+"/one/7"))
		if len(s.invoked) != 1 || s.invoked[0].FunctionARN != want {
			t.Errorf("stage %s called %v, want %s", stage, s.invoked, want)
		}
	}
}

func TestCORSIsFrozenToo(t *testing.T) {
	s := redeployed(t, func(_, live *api.HTTP) {
		live.CORS = &api.CORS{AllowOrigins: []string{"*"}, AllowMethods: []string{"GET"}}
	})
	const allowed = "access-control-allow-origin: *\n"
	for _, r := range []struct{ name, line, want string }{
		{"not live: a preflight is a call", "OPTIONS /v1/one/7", message(404, "Not Found")},
		{
			"live: a preflight is answered", "OPTIONS /v2/one/7",
			"204\n" + allowed + "access-control-allow-methods: GET\n\n",
		},
		{"not live: an answer is as it was", "GET /v1/one/7", served},
		{
			"live: an answer has the headers", "GET /v2/one/7",
			"200\ncontent-type: text/plain; charset=utf-8\n" + allowed + "\nok",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			call := s.request(r.line, "Origin: http://a.example", "Access-Control-Request-Method: GET")
			if got := s.serve(t, call); got != r.want {
				t.Errorf("got %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestDisablingTheOwnNameNeedsADeployment(t *testing.T) {
	s := redeployed(t, func(_, live *api.HTTP) { live.DisableExecuteAPIEndpoint = true })
	for line, want := range map[string]string{
		"GET /v1/one/7": served, "GET /v2/one/7": message(403, "Forbidden"),
		"GET /one/7": message(403, "Forbidden"),
	} {
		if got := s.serve(t, s.request(line)); got != want {
			t.Errorf("%s: got %s\nwant %s", line, got, want)
		}
	}
}

func TestAMistakeInADeploymentIsNamed(t *testing.T) {
	def := definition()
	def.Stages = []api.Stage{{Name: "v1", DeploymentID: "first"}}
	old := definition()
	old.Routes[0].IntegrationID = "gone"
	_, err := httpapi.New(def, httpapi.Dependencies{
		Clock: start(t, nil).clock, Invoker: answering(""),
		Deployment: func(string) (api.HTTP, bool) { return old, true },
	})
	const want = `stage "v1": route "GET /health": integration "gone" is not one of this API`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}
