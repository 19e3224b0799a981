package runner

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// helloTemplate is an HTTP API before a function; NAME and KEY are theirs.
const helloTemplate = `
Resources:
  Hello:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: NAME
      Runtime: provided.al2023
      Handler: bootstrap
      Role: arn:aws:iam::123456789012:role/hello
      Code: {ZipFile: "none"}
  API: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: http, ProtocolType: HTTP}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref API
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt Hello.Arn
      PayloadFormatVersion: "2.0"
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref API, RouteKey: !Sub "KEY", Target: !Sub "integrations/${Integration}"}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref API, StageName: $default, AutoDeploy: true}}
`

func hello(name, key string) string {
	return strings.NewReplacer("NAME", name, "KEY", key).Replace(helloTemplate)
}

func TestAReloadThatFailsLeavesAllAsItWas(t *testing.T) {
	dir := t.TempDir()
	template := filepath.Join(dir, "template.yaml")
	writeAll(t, dir, map[string]string{"template.yaml": hello("first", "GET /hello")})
	r := Start(t, Options{Dir: dir, Template: template})
	first := "arn:aws:lambda:us-east-1:123456789012:function:first"
	tests := []struct{ name, text, want string }{
		{
			"a function of another name, and a route that there cannot be", hello("second", "GET /{a+}/b"),
			`HTTP API http (template.yaml, resource API): stage "$default": route "GET /{a+}/b"`,
		},
		{"a reference that leads nowhere", hello("second", "GET /${Nope}"), "Route: Properties.RouteKey: Nope is neither"},
		{"no template", "Resources: [", "template.yaml:2:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			writeAll(t, dir, map[string]string{"template.yaml": test.text})
			if err := r.reload(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if !r.functions.Serves(first) {
				t.Error("the function that was served is gone")
			}
		})
	}
	writeAll(t, dir, map[string]string{"template.yaml": hello("second", "GET /hello")})
	if err := r.reload(t.Context()); err != nil || r.functions.Serves(first) {
		t.Errorf("a good template after bad ones: %v", err)
	}
}

func TestAStateFolderHasOneRunner(t *testing.T) {
	free := 0
	dir := t.TempDir()
	writeAll(t, dir, map[string]string{"template.yaml": webSocketTemplate})
	o := Options{Dir: dir, Template: filepath.Join(dir, "template.yaml"), Port: &free}
	r, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "is served already, by the portico at "+r.URL()) {
		t.Errorf("a second one: got %v", err)
	}
	if at, ok := findRunning(t.Context(), r.options.State); !ok || at != r.URL() {
		t.Errorf("after the second one was refused the first is found at %q, %v", at, ok)
	}
	left := t.TempDir() // of a runner that was killed, at an address that this one has by now
	writeAll(t, left, map[string]string{runFile: `{"pid":1,"url":"` + r.URL() + `"}`})
	if at, ok := findRunning(t.Context(), left); ok {
		t.Errorf("what a killed runner left leads to %s", at)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(r.options.State, runFile)); err == nil {
		t.Error("a runner that was closed is still announced")
	}
	again, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestAReloadNamesSettingsThatWait(t *testing.T) {
	dir := t.TempDir()
	const atFirst = "template: template.yaml\n"
	writeAll(t, dir, map[string]string{"template.yaml": webSocketTemplate, settingsFile: atFirst})
	var said strings.Builder
	r := Start(t, Options{Dir: dir, Console: &said})
	steps := []struct{ name, text, want string }{
		{
			"settings that are read at the start", atFirst + "port: 4000\nverify: true\n",
			"note: portico.yaml: what port says now counts from the next start\n" +
				"note: portico.yaml: what verify says now counts from the next start\n",
		},
		{"the same on other lines", "# moved\n" + atFirst + "port: 4000\nverify: true\n", ""},
		{
			"one that counts at once", atFirst + "port: 4000\nverify: true\nbackends: {a: http://localhost:1}\n", "",
		},
	}
	for _, step := range steps {
		said.Reset()
		writeAll(t, dir, map[string]string{settingsFile: step.text})
		if err := r.reload(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := said.String(); got != step.want {
			t.Errorf("%s: got %q, want %q", step.name, got, step.want)
		}
	}
}
