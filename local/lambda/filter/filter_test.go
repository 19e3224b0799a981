package filter

import (
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	rows := []struct {
		does, pattern, body string
		want                bool
	}{
		// Filter rule syntax of the developer guide.
		{"null", `{"body":{"UserID":[null]}}`, `{"UserID":null}`, true},
		{"null is not absent", `{"body":{"UserID":[null]}}`, `{"x":1}`, false},
		{"empty", `{"body":{"LastName":[""]}}`, `{"LastName":""}`, true},
		{"equals", `{"body":{"Name":["Alice"]}}`, `{"Name":"Alice"}`, true},
		{"equals minds case", `{"body":{"Name":["alice"]}}`, `{"Name":"Alice"}`, false},
		{
			"equals ignoring case", `{"body":{"Name":[{"equals-ignore-case":"alice"}]}}`,
			`{"Name":"ALICE"}`, true,
		},
		{
			"and wants all fields", `{"body":{"Location":["New York"],"Day":["Monday"]}}`,
			`{"Location":"New York","Day":"Sunday"}`, false,
		},
		{"or wants one value", `{"body":{"Pay":["Credit","Debit"]}}`, `{"Pay":"Debit"}`, true},
		{
			"$or wants one field", `{"body":{"$or":[{"Location":["New York"]},{"Day":["Monday"]}]}}`,
			`{"Location":"Rome","Day":"Monday"}`, true,
		},
		{
			"$or stands beside fields",
			`{"body":{"Kind":["a"],"$or":[{"Location":["New York"]},{"Day":["Monday"]}]}}`,
			`{"Kind":"b","Day":"Monday"}`, false,
		},
		{"not", `{"body":{"Weather":[{"anything-but":["Raining"]}]}}`, `{"Weather":"Sunny"}`, true},
		{
			"not, of a list of values", `{"body":{"Weather":[{"anything-but":["Raining","Hail"]}]}}`,
			`{"Weather":"Hail"}`, false,
		},
		{"not wants the field", `{"body":{"Weather":[{"anything-but":["Raining"]}]}}`, `{"x":1}`, false},
		{"a number", `{"body":{"Price":[{"numeric":["=",100]}]}}`, `{"Price":1e2}`, true},
		{"a number as it is", `{"body":{"Price":[100]}}`, `{"Price":100.0}`, true},
		{"a text is no number", `{"body":{"Price":[{"numeric":["=",100]}]}}`, `{"Price":"100"}`, false},
		{"a range", `{"body":{"Price":[{"numeric":[">",10,"<=",20]}]}}`, `{"Price":20}`, true},
		{"a range ends", `{"body":{"Price":[{"numeric":[">",10,"<=",20]}]}}`, `{"Price":10}`, false},
		{"exists", `{"body":{"Name":[{"exists":true}]}}`, `{"Name":null}`, true},
		{"exists, of leaves only", `{"body":{"Name":[{"exists":true}]}}`, `{"Name":{"a":1}}`, false},
		{"does not exist", `{"body":{"Name":[{"exists":false}]}}`, `{"x":1}`, true},
		{"begins with", `{"body":{"Region":[{"prefix":"us-"}]}}`, `{"Region":"us-east-1"}`, true},
		{"ends with", `{"body":{"File":[{"suffix":".png"}]}}`, `{"File":"a.png"}`, true},
		{"a field below", `{"body":{"a":{"b":[1]}}}`, `{"a":{"b":1}}`, true},
		{"one item of a list", `{"body":{"Tags":["b"]}}`, `{"Tags":["a","b"]}`, true},
		{"one object of a list", `{"body":{"a":{"b":[1]}}}`, `{"a":[{"b":2},{"b":1}]}`, true},
		// Properly filtering Amazon SQS messages.
		{"a rule for text takes text", `{"body":["hello",{"prefix":"Result: "}]}`, "Result: 1", true},
		{"another text", `{"body":["hello"]}`, "hell", false},
		{"a rule for text takes no JSON", `{"body":[{"prefix":"{"}]}`, `{"a":1}`, false},
		{"a rule for JSON takes no text", `{"body":{"a":[1]}}`, "a", false},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			p, err := Compile(row.pattern)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.Matches(row.body); got != row.want {
				t.Errorf("%s of %s is %v, want %v", row.pattern, row.body, got, row.want)
			}
		})
	}
}

func TestPatternsThatAreRefused(t *testing.T) {
	rows := []struct{ does, pattern, says string }{
		{"no JSON", `{`, "no JSON"},
		{"two values", `{"body":["a"]} {}`, "no JSON: more than one value"},
		{"no object", `["a"]`, "must be an object"},
		{"another key of the record", `{"messageId":["a"]}`, "match by body only"},
		{"a bare value", `{"body":{"a":"b"}}`, "body.a: want an object, or a list of rules"},
		{"an empty list", `{"body":{"a":[]}}`, "body.a: want at least one rule"},
		{"an empty object", `{"body":{}}`, "body: an object of a pattern names at least one field"},
		{"EventBridge's own operator", `{"body":{"a":[{"wildcard":"*"}]}}`, "wildcard: no such operator"},
		{"two operators", `{"body":{"a":[{"prefix":"a","suffix":"b"}]}}`, "one operator"},
		{"a range backwards", `{"body":{"a":[{"numeric":["<",1,">",0]}]}}`, "lower bound first"},
		{"half a comparison", `{"body":{"a":[{"numeric":["<"]}]}}`, "numeric: want"},
		{"a list in a list", `{"body":{"a":[["b"]]}}`, "want a text, a number"},
		{"exists of a text", `{"body":{"a":[{"exists":"yes"}]}}`, "want true or false"},
		{"an operator in a negation", `{"body":{"a":[{"anything-but":{"prefix":"x"}}]}}`, "no operator in it"},
		{"a deep one", `{"body":` + strings.Repeat(`{"a":`, 40) + `["b"]` + strings.Repeat("}", 41), "nests"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			if _, err := Compile(row.pattern); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}

func FuzzFilter(f *testing.F) {
	f.Add(`{"body":{"a":[{"numeric":[">",0,"<",5]}],"$or":[{"b":[1]},{"c":[null]}]}}`, `{"a":3,"b":[1]}`)
	f.Add(`{"body":[{"prefix":"x"}]}`, "xyz")
	f.Fuzz(func(t *testing.T, pattern, body string) {
		p, err := Compile(pattern)
		if (p == nil || p.body == nil) && err == nil {
			t.Fatalf("%s compiles to nothing", pattern)
		}
		if err == nil {
			p.Matches(body)
		}
	})
}
