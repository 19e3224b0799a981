package runner

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

func TestDeploymentsStayAsTheyWereMade(t *testing.T) {
	var said []string
	d := newDeployments(t.TempDir(), func(text string) { said = append(said, text) })
	definition := func(path, deployment string) api.REST {
		return api.REST{
			ID: "abc", Name: "orders", Resources: []api.Resource{{ID: "r", Path: path}},
			Stages:      []api.Stage{{Name: "dev", DeploymentID: deployment}},
			Deployments: []string{deployment},
		}
	}
	for _, live := range []api.REST{
		definition("/old", "one"), definition("/edited", "one"), definition("/new", "two"),
	} {
		if err := d.freeze(live); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{"one": "/old", "two": "/new"} {
		got, ok := d.of("abc")(id)
		if !ok || got.Resources[0].Path != want {
			t.Errorf("deployment %s: got %v, %v, want %s", id, got.Resources, ok, want)
		}
	}
	if _, ok := d.of("abc")("three"); ok || d.has("abc", "three") || d.has("abc", "") {
		t.Error("a deployment nobody made was found")
	}
	pinned := definition("/newer", "three")
	pinned.Stages[0].DeploymentID = "one" // which no resource of the template is any more
	if err := d.freeze(pinned); err != nil {
		t.Fatal(err)
	}
	if got, _ := d.of("abc")("one"); got.Resources[0].Path != "/old" || !d.has("abc", "three") {
		t.Errorf("a retained deployment became %v", got.Resources)
	}
	if len(said) != 1 {
		t.Errorf("said %q, want one notice about the edit without a deployment", said)
	}
}

func TestHTTPDeploymentsStayAsTheyWereMade(t *testing.T) {
	var said []string
	d := newDeployments(t.TempDir(), func(text string) { said = append(said, text) })
	age := 60
	definition := func(key, deployment string) api.HTTP {
		return api.HTTP{
			ID: "abc", Name: "public", Routes: []api.Route{{Key: key}}, CORS: &api.CORS{MaxAge: &age},
			Stages: []api.Stage{
				{Name: "v1", DeploymentID: deployment},
				{Name: "$default", AutoDeploy: true, DeploymentID: "own"},
			},
		}
	}
	for _, live := range []api.HTTP{
		definition("GET /old", "one"), definition("GET /edited", "one"), definition("GET /new", "two"),
	} {
		if err := d.freezeHTTP(live); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{"one": "GET /old", "two": "GET /new"} {
		got, ok := d.ofHTTP("abc")(id)
		if !ok || got.Routes[0].Key != want || *got.CORS.MaxAge != age {
			t.Errorf("deployment %s: got %v, %v, want %s", id, got.Routes, ok, want)
		}
	}
	if _, ok := d.ofHTTP("abc")("own"); ok {
		t.Error("a stage that deploys by itself froze something")
	}
	if len(said) != 1 || !strings.Contains(said[0], "AWS::ApiGatewayV2::Deployment a new logical id") {
		t.Errorf("said %q, want one notice about the edit without a deployment", said)
	}
}
