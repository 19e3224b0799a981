package provision

import (
	"os"
	"path/filepath"
	"testing"

	"portico/local/cloudformation"
	"portico/local/gateway/api"
)

// taken reads a template that has no mistakes.
func taken(t *testing.T, template string) (*Application, map[string]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.yaml")
	if err := os.WriteFile(path, []byte("Resources:\n"+template), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	app, err := Read(assembly, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, resource := range assembly.Stacks[0].Resources {
		ids[resource.LogicalID] = resource.PhysicalID
	}
	return app, ids
}

const deployed = restPart +
	"  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot + mock + "}}\n" +
	"  Old: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}\n"

func TestReadOfCanaries(t *testing.T) {
	const next = "  New: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}\n"
	for _, r := range []struct {
		name, template string
		want           api.Canary
		deployment     string
	}{
		{
			"of a stage",
			next + "  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: dev, " +
				"DeploymentId: !Ref Old, CanarySetting: {DeploymentId: !Ref New, PercentTraffic: '12.5', " +
				"StageVariableOverrides: {a: b}, UseStageCache: true}}}",
			api.Canary{PercentTraffic: 12.5, Variables: map[string]string{"a": "b"}, UseStageCache: true},
			"New",
		}, {
			"of a stage, with other variables alone",
			"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: dev, " +
				"DeploymentId: !Ref Old, CanarySetting: {PercentTraffic: 50}}}",
			api.Canary{PercentTraffic: 50},
			"",
		}, {
			"of a deployment that is released as one",
			"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: dev, DeploymentId: !Ref Old}}\n" +
				"  New: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: dev, " +
				"DeploymentCanarySettings: {PercentTraffic: 10, StageVariableOverrides: {a: b}}}}",
			api.Canary{PercentTraffic: 10, Variables: map[string]string{"a": "b"}},
			"New",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			app, ids := taken(t, deployed+r.template)
			stages := app.REST[0].Stages
			if len(stages) != 1 || stages[0].DeploymentID != ids["Old"] {
				t.Fatalf("got stages %+v, want one of deployment Old", stages)
			}
			if r.deployment != "" {
				r.want.DeploymentID = ids[r.deployment]
			}
			equal(t, "canary", &r.want, stages[0].Canary)
		})
	}
}
