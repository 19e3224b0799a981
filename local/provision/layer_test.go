package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/cloudformation"
	"portico/local/lambda"
)

// managedTemplate has functions of managed runtimes, with inline code and layers.
const managedTemplate = `
Resources:
  Tools:
    Type: AWS::Lambda::LayerVersion
    Properties: {LayerName: tools, Content: layer}
  Probe:
    Type: AWS::Lambda::LayerVersion
    Properties: {LayerName: probe, Content: probe}
  Inline:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: inline
      Runtime: python3.13
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: "def handler(e, c): return 1"}
      Layers: [!Ref Tools]
  Foreign:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: foreign
      Runtime: nodejs24.x
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: "exports.handler = async () => 1"}
      Layers: ["arn:aws:lambda:us-east-1:017000801446:layer:Powertools:1", !Ref Probe]
`

func TestManagedRuntimesWithLayers(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{"layer/bin", "probe/extensions"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "template.yaml")
	if err := os.WriteFile(path, []byte(managedTemplate), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{
		Account: "123456789012", Region: "us-east-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	app, err := Read(assembly, Options{})
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]lambda.Function{}
	for _, f := range app.Lambda.Functions {
		byName[f.Name] = f
	}
	inline := byName["inline"]
	if inline.Code.Inline != "def handler(e, c): return 1" || len(inline.Layers) != 1 ||
		inline.Layers[0] != filepath.Join(dir, "layer") {
		t.Errorf("got %+v", inline)
	}
	if got := byName["foreign"].Layers; len(got) != 0 {
		t.Errorf("layers that are not there: %v", got)
	}
	var why []string
	for _, finding := range app.Findings {
		why = append(why, finding.Why)
	}
	want := "the template does not bring this layer; external extensions are not run here"
	if got := strings.Join(why, "; "); got != want {
		t.Errorf("reported is %q, want %q", got, want)
	}
}
