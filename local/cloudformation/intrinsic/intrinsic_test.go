package intrinsic

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/cloudformation/document"
)

// fakeNames know a few names.
type fakeNames struct{}

func (fakeNames) Ref(name string) (any, error) {
	switch name {
	case "Name":
		return "n-1", nil
	case "Zones":
		return []any{"a", "b"}, nil
	case "Broken":
		return nil, ErrReported
	case "AWS::Region":
		return "eu-west-1", nil
	}
	return nil, fmt.Errorf("%s is unknown", name)
}

func (fakeNames) Attribute(resource, attribute string) (any, error) {
	if resource == "Nope" {
		return nil, errors.New("no resource Nope")
	}
	return resource + "/" + attribute, nil
}

func (fakeNames) Import(export string) (any, error) { return "imported " + export, nil }

func evaluator(t *testing.T) *Evaluator {
	t.Helper()
	mappings, faults := document.Parse([]byte(
		"M:\n  eu-west-1: {Size: 2, Zones: [x, y], Deep: {a: b}}\n"))
	if faults != nil {
		t.Fatal(faults)
	}
	return &Evaluator{
		Names: fakeNames{}, Mappings: mappings, Region: "eu-west-1", Extensions: true,
		Condition: func(name string) (bool, error) {
			if name != "Yes" && name != "No" {
				return false, fmt.Errorf("no condition %s", name)
			}
			return name == "Yes", nil
		},
	}
}

func parse(t *testing.T, text string) *document.Node {
	t.Helper()
	n, faults := document.Parse([]byte(text))
	if faults != nil {
		t.Fatal(faults)
	}
	return n
}

// valueTests are the rows of TestValue.
var valueTests = []struct {
	name, text string
	want       any
}{
	{
		"plain values stay", "[x, 1, true, {a: b}]",
		[]any{"x", json.Number("1"), true, map[string]any{"a": "b"}},
	},
	{"Ref", "!Ref Name", "n-1"},
	{
		"Ref beside other keys is data", "{Ref: Name, x: y}",
		map[string]any{"Ref": "Name", "x": "y"},
	},
	{"Condition is data in values", "{Condition: Yes}", map[string]any{"Condition": "Yes"}},
	{"GetAtt with a dot", "!GetAtt R.Arn", "R/Arn"},
	{"GetAtt keeps the dots of the attribute", "!GetAtt R.Outputs.Url", "R/Outputs.Url"},
	{"GetAtt as a list", "Fn::GetAtt: [R, Arn]", "R/Arn"},
	{"GetAtt with a computed attribute", "Fn::GetAtt: [R, !Ref Name]", "R/n-1"},
	{"Sub", "!Sub 'a-${Name}-${AWS::Region}-${R.Arn}'", "a-n-1-eu-west-1-R/Arn"},
	{
		"Sub keeps what is escaped", "!Sub '${!stageVariables.fn}/${Name}'",
		"${stageVariables.fn}/n-1",
	},
	{"Sub keeps a lonely dollar", "!Sub '$context.id $${Name} $'", "$context.id $n-1 $"},
	{"Sub with variables", "!Sub ['${x}-${Name}', {x: !Join ['', [a, 1]]}]", "a1-n-1"},
	{"Sub prefers its own variables", "!Sub ['${Name}', {Name: mine}]", "mine"},
	{"Join", "!Join ['-', [a, !Ref Name, 1, true]]", "a-n-1-1-true"},
	{"Join of a list parameter", "!Join [',', !Ref Zones]", "a,b"},
	{"Join drops AWS::NoValue", "!Join [',', [a, !Ref 'AWS::NoValue', b]]", "a,b"},
	{"Select", "!Select [1, [a, b]]", "b"},
	{"Select by a text index", "!Select ['0', !Ref Zones]", "a"},
	{"Select from Split", "!Select [2, !Split ['/', !Sub 'x/y/${Name}']]", "n-1"},
	{"Split", "!Split [',', 'a,,b']", []any{"a", "", "b"}},
	{"If true", "!If [Yes, a, b]", "a"},
	{"If evaluates one branch only", "!If [No, !Ref Unknown, b]", "b"},
	{
		"NoValue leaves objects", "{a: !If [Yes, !Ref 'AWS::NoValue', 1], b: 2}",
		map[string]any{"b": json.Number("2")},
	},
	{"NoValue leaves lists", "[!Ref 'AWS::NoValue', a]", []any{"a"}},
	{"NoValue alone is Removed", "!Ref AWS::NoValue", Removed{}},
	{"FindInMap", "!FindInMap [M, !Ref 'AWS::Region', Size]", json.Number("2")},
	{"FindInMap finds a list", "!FindInMap [M, eu-west-1, Zones]", []any{"x", "y"}},
	{"FindInMap falls back", "!FindInMap [M, mars, Size, {DefaultValue: !Ref Name}]", "n-1"},
	{"ImportValue", "!ImportValue {'Fn::Sub': 'x-${Name}'}", "imported x-n-1"},
	{"Base64", "Fn::Base64: !Sub 'v=${Name}'", "dj1uLTE="},
	{
		"GetAZs of the stack's region", "!GetAZs ''",
		[]any{"eu-west-1a", "eu-west-1b", "eu-west-1c"},
	},
	{
		"GetAZs of a region", "!GetAZs us-east-1",
		[]any{"us-east-1a", "us-east-1b", "us-east-1c"},
	},
	{"Cidr, AWS's example", "!Cidr ['192.168.0.0/24', 6, 5]", []any{
		"192.168.0.0/27", "192.168.0.32/27", "192.168.0.64/27", "192.168.0.96/27",
		"192.168.0.128/27", "192.168.0.160/27",
	}},
	{
		"Cidr of IPv6", "!Cidr ['2001:db8::/56', 2, 64]",
		[]any{"2001:db8::/64", "2001:db8:0:1::/64"},
	},
	{"Length", "Fn::Length: !Ref Zones", json.Number("2")},
	{"ToJsonString", "Fn::ToJsonString: {b: [1, '<'], a: !Ref Name}", `{"a":"n-1","b":[1,"<"]}`},
}

func TestValue(t *testing.T) {
	for _, test := range valueTests {
		t.Run(test.name, func(t *testing.T) {
			got, faults, ok := evaluator(t).Value(parse(t, test.text), "P")
			if faults != nil || !ok {
				t.Fatalf("got faults %v", faults)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want(-) got(+):\n%s", diff)
			}
		})
	}
}

// valueReportsFaultsTests are the rows of TestValueReportsFaults.
var valueReportsFaultsTests = []struct{ name, text, want string }{
	{"null", "a:", "P.a: 'null' values are not allowed in templates"},
	{"an unknown name", "a: !Ref Unknown", "P.a: Unknown is unknown"},
	{"a place in a list", "{a: [x, !Ref Unknown]}", "P.a[1]: Unknown is unknown"},
	{"a key with a dot", "{'a.b': !Ref Unknown}", "P['a.b']: Unknown is unknown"},
	{
		"all faults of one value", "{a: !Ref U1, b: !Sub '${U2}${U3}'}",
		"P.a: U1 is unknown|P.b: U2 is unknown|P.b: U3 is unknown",
	},
	{"a fault reported elsewhere stays silent", "!Join ['', [!Ref Broken, x]]", ""},
	{"Ref of a list", "Ref: [a]", "Ref wants the name of a parameter or resource, not a list"},
	{"GetAtt without attribute", "!GetAtt R", `Fn::GetAtt wants Resource.Attribute, not "R"`},
	{"GetAtt of a missing resource", "!GetAtt Nope.Arn", "no resource Nope"},
	{"Sub of a list", "!Sub '${Zones}'", "the variable Zones in Fn::Sub must be a string, " +
		"not a list"},
	{"Sub with a bad name", "!Sub '${a b}'", "must contain only alphanumeric"},
	{"Sub never closed", "!Sub 'x${a'", "${a is never closed"},
	{"Join of objects", "!Join ['', [{a: b}]]", "Fn::Join joins strings; value 0 is an object"},
	{"Join with one value", "!Join ['']", "Fn::Join wants a list of 2 values, not a list of 1"},
	{
		"Select beyond the end", "!Select [2, [a, b]]",
		"Fn::Select cannot select nonexistent value at index 2 of 2",
	},
	{"Select by a name", "!Select [x, [a]]", "the index of Fn::Select must be a number"},
	{"Split by nothing", "!Split ['', a]", "must be a non-empty string"},
	{"If of an unknown condition", "!If [Maybe, a, b]", "no condition Maybe"},
	{
		"FindInMap misses", "!FindInMap [M, mars, Size]",
		"Unable to get mapping for M::mars::Size: M has no mars",
	},
	{"FindInMap finds an object", "!FindInMap [M, eu-west-1, Deep]", "not an object"},
	{"Cidr of too many", "!Cidr ['10.0.0.0/24', 9, 5]", "holds 8 blocks of 5 bits, not 9"},
	{"Cidr of no block", "!Cidr [x, 1, 5]", `wants a CIDR block, not "x"`},
	{"an unknown function", "Fn::Nope: 1", "Fn::Nope is not a function of CloudFormation"},
	{"a condition as value", "!Equals [a, b]", "is for the Conditions and Rules sections only"},
	{"a macro", "Fn::Transform: {Name: X}", "macros run on AWS only"},
	{"a loop", "Fn::ForEach::X: [a]", "Fn::ForEach is not served yet"},
	{
		"a function beside other keys", "{'Fn::Sub': a, b: c}",
		"Fn::Sub must be the only key of its object, which has 2",
	},
}

func TestValueReportsFaults(t *testing.T) {
	for _, test := range valueReportsFaultsTests {
		t.Run(test.name, func(t *testing.T) {
			_, faults, ok := evaluator(t).Value(parse(t, test.text), "P")
			var texts []string
			for _, f := range faults {
				texts = append(texts, f.Path+": "+f.Message)
			}
			got := strings.Join(texts, "|")
			if ok || !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("got ok %v, %q, want %q in it", ok, got, test.want)
			}
		})
	}
}

func TestExtensionsNeedTheirTransform(t *testing.T) {
	for _, text := range []string{
		"Fn::Length: [a]", "Fn::ToJsonString: {a: b}", "!FindInMap [M, x, y, {DefaultValue: 1}]",
	} {
		e := evaluator(t)
		e.Extensions = false
		_, faults, ok := e.Value(parse(t, text), "P")
		if ok || len(faults) != 1 ||
			!strings.Contains(faults[0].Message, "needs Transform: AWS::LanguageExtensions") {
			t.Errorf("%s: got %v", text, faults)
		}
	}
}

func TestTruth(t *testing.T) {
	tests := []struct {
		name, text string
		want       bool
	}{
		{"Equals compares texts", "!Equals [!Ref Name, n-1]", true},
		{"Equals takes 1 and '1' as the same", "!Equals [1, '1']", true},
		{"Equals takes true and 'true' as the same", "!Equals [true, 'true']", true},
		{"Equals compares lists", "!Equals [!Ref Zones, [a, b]]", true},
		{"Not", "!Not [!Equals [a, b]]", true},
		{"And", "!And [!Condition Yes, !Condition No]", false},
		{"Or", "!Or [!Condition Yes, !Condition No]", true},
		{"Contains", "!Contains [[a, b], b]", true},
		{"EachMemberEquals", "!EachMemberEquals [[a, b], a]", false},
		{"EachMemberIn", "!EachMemberIn [[a, b], [b, a, c]]", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := evaluator(t)
			e.Rules = true
			got, faults, ok := e.Truth(parse(t, test.text), "C")
			if !ok || got != test.want {
				t.Errorf("got %v, faults %v, want %v", got, faults, test.want)
			}
		})
	}
}

func TestTruthReportsFaults(t *testing.T) {
	for text, want := range map[string]string{
		"!Ref Name":               "Ref cannot be a condition",
		"[a]":                     "must be one of Fn::And",
		"!Not [a]":                "must be one of Fn::And",
		"!And [!Equals [a, b]]":   "wants a list of 2 to 10 values, not a list of 1",
		"!Contains [[a], a]":      "Fn::Contains cannot be a condition",
		"!Condition Maybe":        "no condition Maybe",
		"!Equals [a, !Ref Other]": "Other is unknown",
	} {
		_, faults, ok := evaluator(t).Truth(parse(t, text), "C")
		if ok || len(faults) != 1 || !strings.Contains(faults[0].Message, want) {
			t.Errorf("%s: got %v, want %q", text, faults, want)
		}
	}
}

func FuzzParseSub(f *testing.F) {
	for _, seed := range []string{
		"", "a", "${a}", "${!a}", "$${a.b}${AWS::Region}", "${", "${}", "${a${b}}", "$}", "${!${!}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := ParseSub(text)
		if err != nil {
			return
		}
		var again strings.Builder
		for _, p := range parts {
			if (p.Text == "") == (p.Variable == "") {
				t.Fatalf("%q: the part %+v is not one of both", text, p)
			}
			again.WriteString(p.Text)
			if p.Variable != "" {
				again.WriteString("${" + p.Variable + "}")
			}
		}
		if !strings.Contains(text, "${!") && again.String() != text {
			t.Fatalf("%q became %q", text, again.String())
		}
	})
}

func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		`{"Fn::Join": ["", ["a", {"Ref": "Name"}]]}`, "!Sub ['${a}', {a: !Ref Zones}]",
		"!Cidr ['::/0', 256, 128]", "!Select [-1, []]", "!If [Yes, a]", "Fn::ToJsonString: [1e9]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, faults := document.Parse(data)
		if faults != nil {
			return
		}
		e := evaluator(t)
		if _, faults, ok := e.Value(n, "P"); ok && faults != nil {
			t.Fatalf("fine, but with faults %v", faults)
		}
		_, _, _ = e.Truth(n, "C")
	})
}
