package runner

import (
	"testing"

	"portico/local/gateway/api"
)

func TestDeploymentsStayAsTheyWereMade(t *testing.T) {
	var said []string
	d := newDeployments(t.TempDir(), func(text string) { said = append(said, text) })
	definition := func(path, deployment string) api.REST {
		return api.REST{
			ID: "abc", Name: "orders", Resources: []api.Resource{{ID: "r", Path: path}},
			Stages: []api.Stage{{Name: "dev", DeploymentID: deployment}},
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
	if _, ok := d.of("abc")("three"); ok {
		t.Error("a deployment nobody made was found")
	}
	if len(said) != 1 {
		t.Errorf("said %q, want one notice about the edit without a deployment", said)
	}
}
