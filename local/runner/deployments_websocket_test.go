package runner

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

func TestWebSocketDeploymentsStayAsTheyWereMade(t *testing.T) {
	var said []string
	d := newDeployments(t.TempDir(), func(text string) { said = append(said, text) })
	definition := func(route, deployment string) api.WebSocket {
		return api.WebSocket{
			ID: "abc", Name: "live", Routes: []api.Route{{Key: route}},
			Stages: []api.Stage{
				{Name: "prod", DeploymentID: deployment},
				{Name: "dev", DeploymentID: "auto", AutoDeploy: true},
			},
		}
	}
	for _, live := range []api.WebSocket{
		definition("old", "one"), definition("edited", "one"), definition("new", "two"),
	} {
		if err := d.freezeWebSocket(live); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{"one": "old", "two": "new"} {
		got, ok := d.ofWebSocket("abc")(id)
		if !ok || got.Routes[0].Key != want {
			t.Errorf("deployment %s: got %v, %v, want %s", id, got.Routes, ok, want)
		}
	}
	if _, ok := d.ofWebSocket("abc")("auto"); ok {
		t.Error("a stage with AutoDeploy was frozen")
	}
	if len(said) != 1 || !strings.Contains(said[0], "AWS::ApiGatewayV2::Deployment") {
		t.Errorf("said %q, want one notice about the edit without a deployment", said)
	}
}
