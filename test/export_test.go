package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/runner"
)

// exports are the APIs whose CDK app is synthesized, and what only their template says.
var exports = []struct{ name, api string }{
	{"a REST API", "export-rest"},
	{"an HTTP API", "export-http"},
}

// TestACDKAppSynthesizesToTheSameAPI exports APIs as CDK apps, synthesizes those, and compares what
// both describe, as OpenAPI documents.
func TestACDKAppSynthesizesToTheSameAPI(t *testing.T) {
	template, err := filepath.Abs("testdata/export/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	original := runner.Options{Dir: t.TempDir(), Template: template}
	for _, test := range exports {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			program, err := runner.ExportAPI(t.Context(), original, runner.Export{API: test.api, CDK: true})
			if err != nil {
				t.Fatal(err)
			}
			made := runner.Options{Dir: t.TempDir(), App: synthesized(t, program)}
			want, got := openAPI(t, original, test.api), openAPI(t, made, test.api)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-template +CDK app)\n%s\n%s", diff, program)
			}
		})
	}
}

func openAPI(t *testing.T, o runner.Options, api string) string {
	t.Helper()
	text, err := runner.ExportAPI(t.Context(), o, runner.Export{API: api, YAML: true})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// synthesized runs a CDK app in this module, and returns its assembly.
func synthesized(t *testing.T, program string) string {
	t.Helper()
	source := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	formatted, err := exec.CommandContext(t.Context(), "gofmt", "-l", source).CombinedOutput()
	if err != nil || len(formatted) > 0 {
		t.Errorf("gofmt says %s %v", formatted, err)
	}
	out := filepath.Join(t.TempDir(), "cdk.out")
	command := exec.CommandContext(t.Context(), "go", "run", source)
	command.Dir = ".."
	command.Env = append(os.Environ(), "CDK_OUTDIR="+out,
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20")
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("running the CDK app: %v\n%s\n%s", err, text, program)
	}
	return out
}

// TestCreatedAPIsAreExported exports what the management API created, while the runner runs and when
// it is over.
func TestCreatedAPIsAreExported(t *testing.T) {
	state := t.TempDir()
	r := startControl(t, state)
	api := member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
	manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
	template, err := filepath.Abs("testdata/control/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	o := runner.Options{Dir: t.TempDir(), Template: template, State: state}
	for _, e := range []struct {
		export runner.Export
		want   string
	}{
		{runner.Export{API: "load"}, `"x-amazon-apigateway-integration"`},
		{runner.Export{API: api, Swagger: true, Stage: "dev"}, `"basePath" : "/dev"`},
		{runner.Export{API: api, CDK: true}, "awsapigateway.NewCfnStage(stack, jsii.String(\"StageDev\")"},
	} {
		text, err := runner.ExportAPI(t.Context(), o, e.export)
		if err != nil || !strings.Contains(text, e.want) {
			t.Errorf("%+v is %s %v, want %s in it", e.export, text, err, e.want)
		}
	}
	if _, err := runner.ExportAPI(t.Context(), o, runner.Export{API: "gone"}); err == nil ||
		!strings.Contains(err.Error(), `no REST or HTTP API has the id or name "gone"`) {
		t.Errorf("an API that is not there is refused with %v", err)
	}
}
