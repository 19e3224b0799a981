package runner

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/cloudformation"
	"portico/local/provision"
)

// added is an HTTP API that no template has; its one route leads to a backend.
func added(t *testing.T, id, backend string) provision.Application {
	t.Helper()
	properties := func(more map[string]any) map[string]any {
		more["ApiId"] = id
		return more
	}
	assembly, err := cloudformation.Compose(cloudformation.Options{}, "added", []cloudformation.Existing{
		{
			Type: "AWS::ApiGatewayV2::Api", LogicalID: "Api", PhysicalID: id,
			Properties: map[string]any{"Name": "added", "ProtocolType": "HTTP"},
		},
		{
			Type: "AWS::ApiGatewayV2::Stage", LogicalID: "Stage", PhysicalID: "$default",
			Properties: properties(map[string]any{"StageName": "$default", "AutoDeploy": true}),
		},
		{
			Type: "AWS::ApiGatewayV2::Integration", LogicalID: "Backend", PhysicalID: "abc",
			Properties: properties(map[string]any{
				"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": backend,
				"PayloadFormatVersion": "1.0",
			}),
		},
		{
			Type: "AWS::ApiGatewayV2::Route", LogicalID: "Route", PhysicalID: "def",
			Properties: properties(map[string]any{"RouteKey": "GET /", "Target": "integrations/abc"}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	application, err := provision.Read(assembly, provision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return *application
}

func TestWhatIsAddedIsServedBesideTheTemplate(t *testing.T) {
	dir := t.TempDir()
	template := filepath.Join(dir, "live.yaml")
	if err := os.WriteFile(template, []byte(webSocketTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Start(t, Options{Dir: dir, Template: template})
	backend := r.URL() + "/_portico/clock"
	call := func() int {
		in, _ := ask(t, http.MethodGet, r.URL()+"/", "", http.Header{
			"Host": {"a1b2c3d4e5.execute-api.localhost"},
		})
		return in.StatusCode
	}
	steps := []struct {
		name string
		add  provision.Application
		want int
	}{
		{"nothing is added", provision.Application{}, http.StatusForbidden},
		{"an API is added", added(t, "a1b2c3d4e5", backend), http.StatusOK},
		{"the API is taken away again", provision.Application{}, http.StatusForbidden},
	}
	for _, step := range steps {
		if err := r.Put(t.Context(), "test", step.add); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := call(); got != step.want {
			t.Errorf("%s: got %d, want %d", step.name, got, step.want)
		}
	}
	if err := r.Put(t.Context(), "test", added(t, "a1b2c3d4e5", backend)); err != nil {
		t.Fatal(err)
	}
	if err := r.reload(t.Context()); err != nil || call() != http.StatusOK {
		t.Errorf("after a reload of the template it answers %d, %v", call(), err)
	}
	taken := r.Template().WebSocket[0].ID
	err := r.Put(t.Context(), "other", added(t, taken, backend))
	if err == nil || !strings.Contains(err.Error(), "API "+taken+" is served already") {
		t.Errorf("an id of the template: got %v", err)
	}
	if call() != http.StatusOK {
		t.Error("what was served before a refused addition is gone")
	}
}
