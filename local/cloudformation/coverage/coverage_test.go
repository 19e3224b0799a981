package coverage

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/cloudformation"
)

// assembly holds one stack; properties by type, the resources are named R0, R1, … in order.
func assembly(t *testing.T, types []string, properties ...string) *cloudformation.Assembly {
	t.Helper()
	s := &cloudformation.Stack{Name: "shop"}
	for i, kind := range types {
		r := &cloudformation.Resource{
			Stack: s, LogicalID: "R" + string(rune('0'+i)), Type: kind, Path: "shop/R",
		}
		decoder := json.NewDecoder(strings.NewReader(properties[i]))
		decoder.UseNumber()
		if err := decoder.Decode(&r.Properties); err != nil {
			t.Fatal(err)
		}
		s.Resources = append(s.Resources, r)
	}
	return &cloudformation.Assembly{Stacks: []*cloudformation.Stack{s}}
}

const kind = "AWS::ApiGateway::Method"

// checkFindsTheStatusOfEveryPropertyTests are the rows of TestCheckFindsTheStatusOfEveryProperty.
var checkFindsTheStatusOfEveryPropertyTests = []struct {
	name       string
	rules      []Rule
	properties string
	want       []string // "path = value: status: why"
}{
	{
		"a property with a rule",
		[]Rule{{Path: "A", Status: Honoured}},
		`{"A": "x"}`,
		[]string{"A = x: honoured"},
	},
	{
		"a property without a rule is not honoured", nil, `{"A": true}`,
		[]string{"A = true: not honoured: unknown property"},
	},
	{
		"properties come in the order of their names",
		[]Rule{{Path: "A", Status: Honoured}, {Path: "B", Status: Honoured}},
		`{"B": 1, "A": 2}`,
		[]string{"A = 2: honoured", "B = 1: honoured"},
	},
	{
		"a nested path",
		[]Rule{{Path: "A.B", Status: Honoured}},
		`{"A": {"B": 1, "C": 2}}`,
		[]string{"A.B = 1: honoured", "A.C = 2: not honoured: unknown property"},
	},
	{
		"a rule on an object does not cover what is in it",
		[]Rule{{Path: "A", Status: Honoured}},
		`{"A": {"B": 1}}`,
		[]string{"A.B = 1: not honoured: unknown property"},
	},
	{
		"items of a list",
		[]Rule{{Path: "A[].B", Status: Honoured}},
		`{"A": [{"B": 1}, {"B": 2}]}`,
		[]string{"A[0].B = 1: honoured", "A[1].B = 2: honoured"},
	},
	{
		"a list of texts",
		[]Rule{{Path: "A[]", Status: Honoured}},
		`{"A": ["x"]}`,
		[]string{"A[0] = x: honoured"},
	},
	{
		"every key of a map, also with dots",
		[]Rule{{Path: "A.*", Status: Honoured}},
		`{"A": {"x.y": 1, "z/w": 2}}`,
		[]string{"A['x.y'] = 1: honoured", "A.z/w = 2: honoured"},
	},
	{
		"a written name goes before a star",
		[]Rule{{Path: "A.*", Status: Honoured}, {Path: "A.B", Status: Irrelevant, Why: "w"}},
		`{"A": {"B": 1, "C": 2}}`,
		[]string{"A.B = 1: irrelevant: w", "A.C = 2: honoured"},
	},
	{
		"two stars cover all below as one",
		[]Rule{{Path: "T.**", Status: Irrelevant, Why: "w"}},
		`{"T": [{"Key": "a"}, {"Key": "b"}]}`,
		[]string{"T = [2 items]: irrelevant: w"},
	},
	{
		"two stars cover a plain value, too",
		[]Rule{{Path: "T.**", Status: Honoured}},
		`{"T": "x"}`,
		[]string{"T = x: honoured"},
	},
	{
		"an exact rule goes before two stars",
		[]Rule{
			{Path: "T.**", Status: Honoured},
			{Path: "T.B.C", Status: NotHonoured, Why: "w"},
		},
		`{"T": {"A": {"x": 1}, "B": {"C": 1, "D": 2}}}`,
		[]string{"T.A = {1 key}: honoured", "T.B.C = 1: not honoured: w", "T.B.D = 2: honoured"},
	},
	{
		"a value that is listed",
		[]Rule{{Path: "A", Status: Honoured, Values: []string{"x", "1"}}},
		`{"A": 1}`,
		[]string{"A = 1: honoured"},
	},
	{
		"a value that is not listed",
		[]Rule{{
			Path: "A", Status: Honoured, Why: "w",
			Values: []string{"x", "y"},
		}},
		`{"A": "z"}`,
		[]string{`A = z: not honoured: the value "z" is not served; served: x, y (w)`},
	},
	{
		"values of several rules",
		[]Rule{
			{Path: "A", Status: Honoured, Values: []string{"x"}},
			{Path: "A", Status: Irrelevant, Why: "same as x", Values: []string{"y"}},
			{Path: "A", Status: NotHonoured, Why: "later"},
		},
		`{"A": "z"}`,
		[]string{"A = z: not honoured: later"},
	},
	{
		"an empty list asks for nothing",
		[]Rule{{Path: "A[].B", Status: Honoured}},
		`{"A": []}`,
		[]string{"A = []: irrelevant: empty"},
	},
	{
		"an empty map of free keys asks for nothing",
		[]Rule{{Path: "A.*", Status: Honoured}},
		`{"A": {}}`,
		[]string{"A = {}: irrelevant: empty"},
	},
	{
		"an empty object without a rule is not honoured",
		[]Rule{{Path: "A.B", Status: Honoured}},
		`{"A": {}}`,
		[]string{"A = {}: not honoured: unknown property"},
	},
	{
		"an empty object with a rule",
		[]Rule{{Path: "A.B", Status: Honoured}},
		`{"A": {"B": {}}}`,
		[]string{"A.B = {}: honoured"},
	},
	{"a resource without properties", nil, `{}`, []string{"honoured: no properties are set"}},
}

func TestCheckFindsTheStatusOfEveryProperty(t *testing.T) {
	for _, test := range checkFindsTheStatusOfEveryPropertyTests {
		t.Run(test.name, func(t *testing.T) {
			table := Table{kind: test.rules}
			if err := Validate(table); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range Check(assembly(t, []string{kind}, test.properties), table) {
				text := strings.TrimPrefix(f.String(), "shop: R0 ("+kind+"): ")
				got = append(got, strings.ReplaceAll(text, `= "`+f.Value+`"`, "= "+f.Value))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("want(-) got(+):\n%s", diff)
			}
		})
	}
}

func TestCheckTellsUnknownTypesApart(t *testing.T) {
	types := []string{
		"AWS::ApiGateway::VpcLink", "AWS::ApiGatewayV2::VpcLink", "AWS::Lambda::Url",
		"AWS::WAFv2::RuleGroup", "AWS::Serverless::Api", "AWS::S3::Bucket", "Custom::Thing",
	}
	properties := make([]string, len(types))
	for i := range properties {
		properties[i] = `{"Name": "x"}`
	}
	findings := Check(assembly(t, types, properties...), Table{})
	if len(findings) != len(types) {
		t.Fatalf("got %d findings for %d resources", len(findings), len(types))
	}
	for i, f := range findings {
		want := NotHonoured
		if i >= 5 {
			want = Irrelevant
		}
		if f.Status != want || f.Property != "" || f.Why == "" {
			t.Errorf("%s: got %+v, want %s", types[i], f, want)
		}
	}
	if got, want := Summary(findings), (Totals{Irrelevant: 2, NotHonoured: 5}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := len(Only(findings, Irrelevant)); got != 2 {
		t.Errorf("Only: got %d, want 2", got)
	}
}

func TestValidateFindsRulesThatCannotBeMeant(t *testing.T) {
	tests := []struct {
		name  string
		rules []Rule
		want  string
	}{
		{"two stars in the middle", []Rule{{Path: "A.**.B", Status: Honoured}}, "only at the end"},
		{"an empty name", []Rule{{Path: "A..B", Status: Honoured}}, "wants names"},
		{"no status", []Rule{{Path: "A"}}, `unknown status ""`},
		{"no reason", []Rule{{Path: "A", Status: Irrelevant}}, "wants a reason"},
		{
			"twice",
			[]Rule{{Path: "A", Status: Honoured}, {Path: "A", Status: Honoured}},
			"declared twice",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := Validate(Table{kind: test.rules})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}
