package cloudformation

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loadText loads one template as stack "shop".
func loadText(t testing.TB, text string, o Options) (*Assembly, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(file, o)
}

// thing is a template with one queue Q, whose property P is value, after other sections.
func thing(sections, value string) string {
	return sections + "\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n" +
		"      QueueName: orders\n      P: " + value + "\n"
}

// propertiesAreEvaluatedTests are the rows of TestPropertiesAreEvaluated.
var propertiesAreEvaluatedTests = []struct {
	name, sections, value string
	want                  any
}{
	{"a parameter's default", "Parameters: {A: {Type: String, Default: x}}", "!Ref A", "x"},
	{
		"a number parameter answers text", "Parameters: {A: {Type: Number, Default: 1.50}}",
		"!Ref A", "1.50",
	},
	{"a given parameter", "Parameters: {Given: {Type: String, Default: x}}", "!Ref Given", "g"},
	{"a parameter given to the stack", "Parameters: {Own: {Type: String}}", "!Ref Own", "o"},
	{
		"a list parameter", "Parameters: {A: {Type: CommaDelimitedList, Default: 'a, b'}}",
		"!Ref A",
		[]any{"a", "b"},
	},
	{"a parameter of Systems Manager", "Parameters: {A: {Type: " +
		"'AWS::SSM::Parameter::Value<String>', Default: /app/key}}", "!Ref A", "secret"},
	{
		"a list of Systems Manager", "Parameters: {A: {Type: " +
			"'AWS::SSM::Parameter::Value<List<String>>', Default: /app/list}}", "!Ref A",
		[]any{"x", "y"},
	},
	{"pseudo parameters", "", "!Sub '${AWS::AccountId} ${AWS::Region} ${AWS::Partition} " +
		"${AWS::URLSuffix} ${AWS::StackName}'", "123456789012 us-east-1 aws amazonaws.com shop"},
	{"the ARNs to notify", "", "!Ref AWS::NotificationARNs", []any{}},
	{
		"GetAtt of the resource beside it", "", "!GetAtt Other.Arn",
		"arn:aws:sqs:us-east-1:123456789012:other",
	},
	{
		"a condition", "Parameters: {A: {Type: String, Default: x}}\n" +
			"Conditions: {IsX: !Equals [!Ref A, x], NotX: !Not [!Condition IsX]}",
		"!If [NotX, 1, 2]", json.Number("2"),
	},
	{"a property that is AWS::NoValue is absent", "", "!Ref AWS::NoValue", nil},
	{
		"a mapping by region", "Mappings: {M: {us-east-1: {A: b}}}",
		"!FindInMap [M, !Ref 'AWS::Region', A]", "b",
	},
	{"text that looks like a date", "", "2012-10-17", "2012-10-17"},
	{"a dynamic reference that is given", "", "'a-{{resolve:ssm:/app/key:3}}-b'", "a-secret-b"},
}

func TestPropertiesAreEvaluated(t *testing.T) {
	o := Options{
		Parameters: map[string]string{"Given": "g", "shop:Own": "o"},
		SSM:        map[string]string{"/app/key": "secret", "/app/list": "x,y"},
	}
	for _, test := range propertiesAreEvaluatedTests {
		t.Run(test.name, func(t *testing.T) {
			text := thing(test.sections, test.value) +
				"  Other: {Type: AWS::SQS::Queue, Properties: {QueueName: other}}\n"
			for name := range o.Parameters { // all that is given must be declared
				name = strings.TrimPrefix(name, "shop:")
				if !strings.Contains(text, name+": {Type") {
					text = strings.Replace(text, "Parameters: {", "Parameters: {"+name+
						": {Type: String}, ", 1)
				}
			}
			if !strings.Contains(text, "Parameters:") {
				text = "Parameters: {Given: {Type: String}, Own: {Type: String}}\n" + text
			}
			a, err := loadText(t, text, o)
			if err != nil {
				t.Fatal(err)
			}
			q, _ := a.Resource("shop", "Q")
			if diff := cmp.Diff(test.want, q.Properties["P"]); diff != "" {
				t.Errorf("want(-) got(+):\n%s", diff)
			}
		})
	}
}

// errorsNameStackResourcePropertyAndPlaceTests are the rows of
// TestErrorsNameStackResourcePropertyAndPlace.
var errorsNameStackResourcePropertyAndPlaceTests = []struct{ name, sections, value, want string }{
	{"an unknown name", "", "{A: [x, !Sub 'y-${Nope}']}", "shop: Q: Properties.P.A[1]: Nope is " +
		"neither a parameter nor a resource of the template (shop.yaml:7:18)"},
	{"an unknown attribute", "", "!GetAtt Q2.Foo", "shop: Q: Properties.P: Fn::GetAtt Q2.Foo: " +
		"type AWS::SQS::Queue has no attribute Foo; it has Arn, QueueName, QueueUrl"},
	{"an attribute of an unknown type", "", "!GetAtt U.Arn", "shop: Q: Properties.P: " +
		"Fn::GetAtt U.Arn: what attributes of type AWS::Foo::Bar answer is not known here"},
	{"an unknown export", "", "!ImportValue x", "Properties.P: no export named x found"},
	{"an unknown condition", "", "!If [C, a, b]", "the template has no condition C"},
	{
		"a resource that is left out", "Conditions: {No: !Equals [a, b]}", "!Ref Left",
		"unresolved resource dependencies [Left]: its condition No is false",
	},
	{"a dynamic reference", "", "'{{resolve:secretsmanager:s:SecretString}}'", "Properties.P: " +
		"no value is given for the dynamic reference {{resolve:secretsmanager:s:SecretString}}"},
	{
		"a circle of resources", "", "!Ref Back",
		"shop: Back: Circular dependency between resources: [Back, Q]",
	},
	{
		"a resource that names itself", "", "!GetAtt Q.Arn",
		"shop: Q: Circular dependency between resources: [Q]",
	},
	{"a circle of names", "", "!Ref N1", "Circular dependency between resources: [N1, N2]"},
	{
		"a circle of conditions", "Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}",
		"x", "shop: Conditions.B: the condition A depends on itself",
	},
	{
		"a condition of a resource", "Conditions: {A: !Equals [!Ref Q, x]}", "x",
		"shop: Conditions.A: Q is not a parameter of the template",
	},
	{
		"a parameter without a value", "Parameters: {A: {Type: String}}", "!Ref A",
		"shop: Parameters.A: the parameter has no default, and no value is given",
	},
	{
		"a parameter of no type", "Parameters: {A: {Type: Text, Default: x}}", "x",
		"shop: Parameters.A: a parameter wants a known Type",
	},
	{"a value that is not allowed", "Parameters: {A: {Type: String, Default: z, " +
		"AllowedValues: [x, y]}}", "x", `the value "z" is not allowed; allowed: x, y`},
	{
		"a pattern that does not match", "Parameters: {A: {Type: String, Default: xy, " +
			"AllowedPattern: '[a-z]', ConstraintDescription: one letter}}", "x",
		`the value "xy" must match pattern [a-z]: one letter`,
	},
	{
		"a number that is none", "Parameters: {A: {Type: Number, Default: x}}", "x",
		`the value "x" is not a number`,
	},
	{
		"a number too large", "Parameters: {A: {Type: Number, Default: 10, MaxValue: 9.5}}", "x",
		`the value "10" must be at most 9.5`,
	},
	{
		"a text too short", "Parameters: {A: {Type: String, Default: é, MinLength: 2}}", "x",
		`the length of "é" must be at least 2`,
	},
	{
		"an unknown parameter of Systems Manager", "Parameters: {A: {Type: " +
			"'AWS::SSM::Parameter::Value<String>', Default: /x}}", "x",
		`no value is given for the Systems Manager parameter "/x"`,
	},
	{"an unknown section", "Resource: {}", "x", "shop: Resource: a template has no such section"},
	{
		"another version", "AWSTemplateFormatVersion: 2020-01-01", "x",
		`shop: AWSTemplateFormatVersion: must be 2010-09-09, not "2020-01-01"`,
	},
	{
		"SAM", "Transform: AWS::Serverless-2016-10-31", "x",
		"shop: Transform: SAM templates (AWS::Serverless-2016-10-31) are not served yet",
	},
	{
		"a macro", "Transform: [AWS::LanguageExtensions, Mine]", "x",
		`the macro "Mine" is not served: macros run on AWS only`,
	},
	{
		"a rule", "Rules: {R: {Assertions: [{Assert: !Equals [a, b], AssertDescription: why}]}}",
		"x", "shop: Rules.R: the rule's assertion does not hold: why",
	},
	{
		"an output without value", "Outputs: {O: {Description: x}}", "x",
		"shop: Outputs.O: an output wants a Value",
	},
	{
		"an output that is a list", "Outputs: {O: {Value: [a]}}", "x",
		"shop: Outputs.O.Value: an output must be a string",
	},
	{
		"a section that is a list", "Outputs: [a]", "x",
		"shop: Outputs: this section must be an object, not a list",
	},
}

func TestErrorsNameStackResourcePropertyAndPlace(t *testing.T) {
	const more = `  Q2: {Type: AWS::SQS::Queue}
  U: {Type: AWS::Foo::Bar}
  N1: {Type: AWS::SNS::Topic}
  N2: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref N1}}
`
	for _, test := range errorsNameStackResourcePropertyAndPlaceTests {
		t.Run(test.name, func(t *testing.T) {
			text := thing(test.sections, test.value) + more
			switch test.name {
			case "a circle of resources":
				text += "  Back: {Type: AWS::SNS::Topic, DependsOn: Q}\n"
			case "a circle of names":
				text = strings.Replace(text, "N1: {Type: AWS::SNS::Topic}",
					"N1: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref N2}}", 1)
			case "a resource that is left out":
				text += "  Left: {Type: AWS::SNS::Topic, Condition: No}\n"
			}
			_, err := loadText(t, text, Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v\nwant %q in it", err, test.want)
			}
			if all := err.(Errors); len(all) != 1 {
				t.Errorf("got %d errors, want one:\n%v", len(all), err)
			}
		})
	}
}

// resourcesAreCheckedTests are the rows of TestResourcesAreChecked.
var resourcesAreCheckedTests = []struct{ name, resources, want string }{
	{"no resource", "{}", "Resources: at least one resource must be declared"},
	{"no type", "{A: {}}", "shop: A: Type: a resource wants a Type"},
	{"no object", "{A: b}", "shop: A: a resource must be an object, not a string"},
	{
		"an unknown attribute", "{A: {Type: 'AWS::SNS::Topic', Prop: {}}}",
		"shop: A: Prop: a resource has no such attribute",
	},
	{
		"properties of a function", "{A: {Type: 'AWS::SNS::Topic', Properties: !If [a, b, c]}}",
		"shop: A: Properties: Fn::If cannot stand for all properties",
	},
	{
		"a dependence on nothing", "{A: {Type: 'AWS::SNS::Topic', DependsOn: [B]}}",
		`shop: A: DependsOn: "B" is not a resource of the template`,
	},
	{
		"a nested stack", "{A: {Type: 'AWS::CloudFormation::Stack'}}",
		"shop: A: nested stacks (AWS::CloudFormation::Stack) are not served yet",
	},
	{"a module", "{A: {Type: 'My::S3::Thing::MODULE'}}", "modules (My::S3::Thing::MODULE)"},
	{
		"a loop", "{'Fn::ForEach::X': [a], A: {Type: 'AWS::SNS::Topic'}}",
		"Fn::ForEach::X is not served yet",
	},
}

func TestResourcesAreChecked(t *testing.T) {
	for _, test := range resourcesAreCheckedTests {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadText(t, "Resources: "+test.resources, Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %q in it", err, test.want)
			}
		})
	}
}

func TestConditionsLeaveResourcesAndOutputsOut(t *testing.T) {
	a, err := loadText(t, `
Conditions: {No: !Equals [a, b], Yes: !Equals [a, a]}
Resources:
  In: {Type: AWS::SNS::Topic, Condition: Yes, DependsOn: Out}
  Out: {Type: AWS::CloudFormation::Stack, Condition: No, Properties: {X: !Ref Nope}}
Outputs:
  In: {Value: !Ref In, Condition: Yes}
  Out: {Value: !Ref Out, Condition: No, Export: {Name: !Ref Out}}
`, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := a.Stacks[0]
	if len(s.Resources) != 1 || s.Resources[0].LogicalID != "In" {
		t.Errorf("resources: got %v", s.Resources)
	}
	if len(s.Outputs) != 1 || s.Outputs["In"].Value != s.Resources[0].PhysicalID {
		t.Errorf("outputs: got %v", s.Outputs)
	}
}

func TestDynamicReferencesAreKeptWhereNothingReadsThem(t *testing.T) {
	const reference = "{{resolve:secretsmanager:s}}"
	a, err := loadText(t, "Resources: {D: {Type: AWS::RDS::DBInstance, Properties: "+
		"{MasterUserPassword: '"+reference+"'}}}", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Stacks[0].Resources[0].Properties["MasterUserPassword"]; got != reference {
		t.Errorf("got %v", got)
	}
}

func TestLocalCodeIsFoundBesideTheTemplate(t *testing.T) {
	dir := t.TempDir()
	code := filepath.Join(dir, "build", "orders")
	if err := os.MkdirAll(code, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "t.yaml")
	text := "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Code: ./build/orders}}, " +
		"G: {Type: AWS::Lambda::Function, Metadata: {'aws:asset:path': build/orders}}, " +
		"H: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}}}}"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := Load(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"F", "G"} {
		f, _ := a.Resource("t", name)
		if got, ok := f.Asset(); !ok || got != code {
			t.Errorf("%s: got %q, %v, want %q", name, got, ok, code)
		}
	}
	if h, _ := a.Resource("t", "H"); h != nil {
		if got, ok := h.Asset(); ok {
			t.Errorf("inline code: got %q", got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub '${P}-${Q.Arn}'}}}",
		`{"Parameters": {"P": {"Type": "Number", "Default": 1}}, "Resources": {"F": {"Type":
		"AWS::Lambda::Function", "Properties": {"FunctionName": {"Ref": "P"}}}}}`,
		"Conditions: {C: !Condition C}\nResources: {A: {Type: A::B, Condition: C}}\n" +
			"Outputs: {O: {Value: !ImportValue x, Export: {Name: x}}}",
		"Rules: {R: {Assertions: [{Assert: !Contains [[a], a]}]}}\nResources: [a]",
		"Outputs: {O: a, P: [b]}\nParameters: {P: c}\nMappings: d\nResources: {A: {Type: A::B}}",
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(dir, "fuzz.template")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		a, err := Load(file, Options{})
		if (a == nil) == (err == nil) {
			t.Fatalf("got %v and %v", a, err)
		}
	})
}
