package cloudformation

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// unpack writes the files of an archive into a folder.
func unpack(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	if err := txtar.Write(archive, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func loadShop(t *testing.T) *Assembly {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/shop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	a, err := Load(unpack(t, archive), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestStacksComeInDeploymentOrder(t *testing.T) {
	var got []string
	for _, s := range loadShop(t).Stacks {
		got = append(got, s.Name+" "+s.Account+" "+s.Region)
	}
	want := []string{
		"eu 111122223333 eu-west-1",
		"zz-data 123456789012 us-east-1",
		"shop-code 123456789012 us-east-1",
		"shop-api 123456789012 us-east-1",
		"staged 123456789012 us-east-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want(-) got(+):\n%s", diff)
	}
}

func TestExportsReachTheStacksThatImportThem(t *testing.T) {
	a := loadShop(t)
	fn, _ := a.Resource("shop-code", "Fn")
	variables := map[string]any{"Variables": map[string]any{"TABLE": "orders-7"}}
	if diff := cmp.Diff(variables, fn.Properties["Environment"]); diff != "" {
		t.Errorf("environment: want(-) got(+):\n%s", diff)
	}
	integration, _ := a.Resource("shop-api", "Integration")
	uri := "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
		"arn:aws:lambda:us-east-1:123456789012:function:orders:live/invocations"
	if got := integration.Properties["IntegrationUri"]; got != uri {
		t.Errorf("got %s, want %s", got, uri)
	}
	want := map[string]Output{"OrdersName": {
		Value: "orders-7", Export: "zz-data:Orders", Description: "The table.",
	}}
	if diff := cmp.Diff(want, a.Stacks[1].Outputs); diff != "" {
		t.Errorf("outputs: want(-) got(+):\n%s", diff)
	}
}

func TestResourcesKnowWhereTheyComeFrom(t *testing.T) {
	a := loadShop(t)
	fn, ok := a.Resource("shop-code", "Fn")
	if !ok {
		t.Fatal("no function")
	}
	dir, ok := fn.Asset()
	if !ok || filepath.Base(dir) != "asset.0a1b2c" || !filepath.IsAbs(dir) {
		t.Errorf("asset: got %q, %v", dir, ok)
	}
	if _, err := os.Stat(filepath.Join(dir, "bootstrap")); err != nil {
		t.Error(err)
	}
	if got := fn.Metadata["portico:source"]; got != "functions/orders" {
		t.Errorf("metadata: got %v", got)
	}
	if fn.Path != "shop-functions/Fn/Resource" {
		t.Errorf("path of the metadata file: got %q", fn.Path)
	}
	if api, _ := a.Resource("shop-api", "Api"); api.Path != "shop-api/Api/Resource" {
		t.Errorf("path of the manifest: got %q", api.Path)
	}
	table, _ := a.Resource("zz-data", "Orders")
	if table.Path != "zz-data/Orders/Resource" || table.PhysicalID != "orders-7" {
		t.Errorf("got %q, %q", table.Path, table.PhysicalID)
	}
	if _, ok := table.Asset(); ok {
		t.Error("a table has an asset")
	}
	live, _ := a.Resource("shop-code", "Live")
	if diff := cmp.Diff([]string{"Fn"}, live.DependsOn); diff != "" {
		t.Errorf("depends on: want(-) got(+):\n%s", diff)
	}
	if arn, err := live.Attribute("AliasArn"); err != nil || arn != live.PhysicalID {
		t.Errorf("got %v, %v, want %s", arn, err, live.PhysicalID)
	}
}

func TestByTypeKeepsTheOrderOfStacks(t *testing.T) {
	var got []string
	for _, r := range loadShop(t).ByType("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Lambda::Alias") {
		got = append(got, r.Stack.Name+"/"+r.LogicalID)
	}
	want := []string{"eu/Queue", "shop-code/Live", "staged/Topic"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want(-) got(+):\n%s", diff)
	}
}

func TestLoadIsTheSameEveryTime(t *testing.T) {
	a, b := loadShop(t), loadShop(t)
	for i, s := range a.Stacks {
		for j, r := range s.Resources {
			again := b.Stacks[i].Resources[j]
			if r.PhysicalID != again.PhysicalID {
				t.Errorf("%s: %s, then %s", r.LogicalID, r.PhysicalID, again.PhysicalID)
			}
			if diff := cmp.Diff(r.Properties, again.Properties); diff != "" {
				t.Errorf("%s: %s", r.LogicalID, diff)
			}
		}
	}
}

func TestOptionsMoveTheAssembly(t *testing.T) {
	dir := unpack(t, txtar.Parse([]byte(
		"-- t.yaml --\nResources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: q}}}\n")))
	a, err := Load(filepath.Join(dir, "t.yaml"), Options{
		Account: "210987654321", Region: "cn-north-1", Partition: "aws-cn",
	})
	if err != nil {
		t.Fatal(err)
	}
	q := a.Stacks[0].Resources[0]
	if want := "https://sqs.cn-north-1.amazonaws.com.cn/210987654321/q"; q.PhysicalID != want {
		t.Errorf("got %s, want %s", q.PhysicalID, want)
	}
	if arn, _ := q.Attribute("Arn"); arn != "arn:aws-cn:sqs:cn-north-1:210987654321:q" {
		t.Errorf("got %v", arn)
	}
}

// loadRefusesWhatIsNoAssemblyTests are the rows of TestLoadRefusesWhatIsNoAssembly.
var loadRefusesWhatIsNoAssemblyTests = []struct{ name, archive, path, want string }{
	{"a folder without manifest", "-- x --\n", ".", "has no manifest.json: give the folder that " +
		"cdk synth writes, or a template file"},
	{"nothing", "", "nope", "no such file"},
	{"a broken manifest", "-- manifest.json --\n{", ".", "manifest.json: unexpected end"},
	{"no stack", "-- manifest.json --\n{}", ".", "names no stack"},
	{"missing lookups", `-- manifest.json --
{"missing": [{"key": "vpc", "provider": "vpc-provider"}]}`, ".", "1 lookups were never made"},
	{
		"a template that is not there", `-- manifest.json --
{"artifacts": {"a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "x"}}}}`,
		".", "reading the template of stack a",
	},
	{
		"a circle of stacks", `-- manifest.json --
{"artifacts": {"a": {"dependencies": ["b"]}, "b": {"dependencies": ["a"]}}}`, ".",
		"the artifact a depends on itself",
	},
	{"two stacks of one name", `-- manifest.json --
{"artifacts": {
 "a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "x", "stackName": "s"}},
 "b": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "x", "stackName": "s"}}
}}
-- x --
{}`, ".", "two stacks of the assembly are named s"},
	{
		"an error of the app", `-- manifest.json --
{"artifacts": {"a": {"type": "aws:cloudformation:stack", "metadata": {
 "/a/B": [{"type": "aws:cdk:error", "data": "no route is open"}]}}}}`, ".",
		"a: /a/B: no route is open",
	},
}

func TestLoadRefusesWhatIsNoAssembly(t *testing.T) {
	for _, test := range loadRefusesWhatIsNoAssemblyTests {
		t.Run(test.name, func(t *testing.T) {
			dir := unpack(t, txtar.Parse([]byte(test.archive)))
			_, err := Load(filepath.Join(dir, test.path), Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestErrorsOfAllTemplatesComeTogether(t *testing.T) {
	dir := unpack(t, txtar.Parse([]byte(`-- manifest.json --
{"artifacts": {
 "a": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.json"}},
 "b": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "b.json"}},
 "c": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "c.json"}}
}}
-- a.json --
{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {
  "QueueName": {"Fn::ImportValue": "later"}}}}}
-- b.json --
{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
 "Outputs": {"O": {"Value": {"Ref": "Nope"}, "Export": {"Name": "later"}}}}
-- c.json --
{"Resources": {
`)))
	_, err := Load(dir, Options{Parameters: map[string]string{"Size": "1"}})
	want := `the parameter Size is given, but no template declares it
a: Q: Properties.QueueName: no export named later found: stack b exports it, ` +
		`which is not deployed before a (a.json:2:36)
b: Outputs.O.Value: Nope is neither a parameter nor a resource of the template (b.json:2:37)
c: not well-formed JSON: unexpected EOF (c.json:2:1)`
	if err == nil || err.Error() != want {
		t.Fatalf("got\n%v\nwant\n%s", err, want)
	}
	var one *Error
	if !errors.As(err, &one) || one.Message == "" {
		t.Errorf("no single error inside of %T", err)
	}
}

func TestStackNamesFollowTheFile(t *testing.T) {
	for file, want := range map[string]string{
		"template.yaml": "template", "a/shop.template.json": "shop", "my app_1.yml": "my-app-1",
		"1.json": "stack-1", "_.json": "stack",
	} {
		if got := stackName(file); got != want {
			t.Errorf("%s: got %s, want %s", file, got, want)
		}
	}
}

func TestAParameterThatNoTemplateDeclaresIsNamedWithThoseThatThereAre(t *testing.T) {
	dir := unpack(t, txtar.Parse([]byte(`-- template.yaml --
Parameters: {Size: {Type: String, Default: s}, Env: {Type: String, Default: dev}}
Resources: {Q: {Type: AWS::SQS::Queue}}
`)))
	_, err := Load(filepath.Join(dir, "template.yaml"), Options{Parameters: map[string]string{"Sice": "1"}})
	want := "the parameter Sice is given, but no template declares it; there are: Env, Size"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
