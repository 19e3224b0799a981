package document

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parseReadsValuesTests are the rows of TestParseReadsValues.
var parseReadsValuesTests = []struct {
	name, text string
	want       any
}{
	{
		"JSON keeps the text of its numbers", `{"a": 1.50, "b": 1e3, "c": "x"}`,
		map[string]any{"a": json.Number("1.50"), "b": json.Number("1e3"), "c": "x"},
	},
	{
		"JSON has booleans and null", `[true, false, null, {}, []]`,
		[]any{true, false, nil, map[string]any{}, []any{}},
	},
	{
		"JSON may escape characters outside the basic plane", `{"a": "\ud83d\ude00"}`,
		map[string]any{"a": "😀"},
	},
	{
		"a byte order mark is passed over", "\xef\xbb\xbf{\"a\": 1}",
		map[string]any{"a": json.Number("1")},
	},
	{
		"a YAML flow mapping is read although it begins like JSON", "{a: !Ref B}",
		map[string]any{"a": map[string]any{"Ref": "B"}},
	},
	{"a date stays text", "Version: 2012-10-17", map[string]any{"Version": "2012-10-17"}},
	{
		"a number with a leading zero stays text", "id: 012345678901",
		map[string]any{"id": "012345678901"},
	},
	{"yes and no stay text", "[yes, no, on, off]", []any{"yes", "no", "on", "off"}},
	{"a decimal keeps its zero", "a: 1.50", map[string]any{"a": json.Number("1.50")}},
	{"a hexadecimal stays text", "a: 0x1F", map[string]any{"a": "0x1F"}},
	{"a sexagesimal stays text", "a: 22:22", map[string]any{"a": "22:22"}},
	{"True is a boolean", "a: True", map[string]any{"a": true}},
	{
		"a quoted true is text", "a: 'true'\nb: \"1\"",
		map[string]any{"a": "true", "b": "1"},
	},
	{"!!str makes text", "a: !!str 10", map[string]any{"a": "10"}},
	{"an absent value is null", "a:\nb: ~", map[string]any{"a": nil, "b": nil}},
	{
		"a number as key keeps its text", "200:\n  a: b",
		map[string]any{"200": map[string]any{"a": "b"}},
	},
	{"a block text keeps its lines", "a: |\n  x\n  y\n", map[string]any{"a": "x\ny\n"}},
	{"!Ref takes a name", "a: !Ref B", map[string]any{"a": map[string]any{"Ref": "B"}}},
	{
		"!Ref takes a name of digits as text", "a: !Ref 12",
		map[string]any{"a": map[string]any{"Ref": "12"}},
	},
	{
		"!Condition has no Fn", "a: !Condition B",
		map[string]any{"a": map[string]any{"Condition": "B"}},
	},
	{"!Sub takes a list", "a: !Sub ['${x}', {x: 1}]", map[string]any{"a": map[string]any{
		"Fn::Sub": []any{"${x}", map[string]any{"x": json.Number("1")}},
	}}},
	{
		"tags nest", "a: !If [C, !GetAtt R.Arn, !Ref 'AWS::NoValue']",
		map[string]any{"a": map[string]any{"Fn::If": []any{
			"C", map[string]any{"Fn::GetAtt": "R.Arn"}, map[string]any{"Ref": "AWS::NoValue"},
		}}},
	},
}

func TestParseReadsValues(t *testing.T) {
	for _, test := range parseReadsValuesTests {
		t.Run(test.name, func(t *testing.T) {
			n, faults := Parse([]byte(test.text))
			if faults != nil {
				t.Fatal(faults)
			}
			if diff := cmp.Diff(test.want, n.Plain()); diff != "" {
				t.Errorf("want(-) got(+):\n%s", diff)
			}
		})
	}
}

func TestParseReportsFaultsWithTheirPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"an empty file", " \n", "1:1: the file is empty"},
		{
			"a key twice in JSON", "{\n \"a\": 1,\n \"a\": 2}",
			`3:2: the key "a" stands twice in one object, first at 2:2`,
		},
		{
			"a key twice in YAML", "x:\n  a: 1\n  a: 2",
			`3:3: the key "a" stands twice in one object, first at 2:3`,
		},
		{"an alias", "a: &x 1\nb: *x", "2:4: YAML aliases are not allowed"},
		{"a merge key", "a:\n  <<: {b: 1}", "2:3: the merge key << is not allowed"},
		{"an unknown tag", "a: !Foo b", "1:4: the tag !Foo stands for no function"},
		{"a list as key", "? [a]\n: b", "1:3: a key must be a plain text"},
		{"a binary", "a: !!binary aGk=", "1:4: the YAML tag !!binary is not allowed"},
		{"broken JSON", "{\n  \"a\": nope\n}", "2:"},
		{"JSON that ends too early", "{\"a\": [", "1:8: not well-formed JSON"},
		{"broken YAML", "a: [\nb", "3:1: not well-formed YAML"},
		{"values after the first", "{} {}", "not well-formed JSON"},
		{
			"endless nesting", `{"a":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "}",
			"too deep",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, faults := Parse([]byte(test.text))
			if n != nil || len(faults) != 1 {
				t.Fatalf("got %v and %d faults %v, want one fault", n, len(faults), faults)
			}
			if got := faults[0].Error(); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q in it", got, test.want)
			}
		})
	}
}

func TestParseRemembersPlaces(t *testing.T) {
	n, faults := Parse([]byte("{\n  \"a\" : {\"b\":\n    [1, \"x\"]}\n}"))
	if faults != nil {
		t.Fatal(faults)
	}
	item := n.Get("a").Get("b").Items[1]
	if want := (Position{Line: 3, Column: 9}); item.At != want {
		t.Errorf("JSON: got %v, want %v", item.At, want)
	}
	n, faults = Parse([]byte("a:\n  b: !Sub x\n"))
	if faults != nil {
		t.Fatal(faults)
	}
	if want := (Position{Line: 2, Column: 6}); n.Get("a").Get("b").At != want {
		t.Errorf("YAML: got %v, want %v", n.Get("a").Get("b").At, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, {"Ref": "b"}]}`, "a: !Sub ['${x}', {x: 1}]\n", "? [a]\n: b", "a: &x [*x]",
		"---\n...\n", "!GetAtt a.b", "{a: 1", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, faults := Parse(data)
		if (n == nil) == (len(faults) == 0) {
			t.Fatalf("got %v with faults %v", n, faults)
		}
		if n != nil {
			n.Plain()
		}
	})
}
