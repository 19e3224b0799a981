package jsonpath_test

import (
	"errors"
	"strings"
	"testing"

	"portico/local/gateway/jsonpath"
)

func TestGet(t *testing.T) {
	document := parse(t,
		`{"pets":[{"id":1,"type":"dog"},{"id":2,"type":"cat"}],"n":null,"tags":["a"]}`)
	for _, r := range []struct{ name, path, want string }{
		{"a path without $ begins at the root", "pets[1].type", `"cat"`},
		{"an indefinite path gives a list", "$.pets[*].id", "[1,2]"},
		{"an indefinite path without matches gives an empty list", "$.pets[?(@.id > 5)]", "[]"},
		{"a definite path to nothing finds nothing", "$.cats", ""},
		{"null is something", "$.n", "null"},
		{"length counts a list's elements", "$.pets.length()", "2"},
		{"all holds for a list that has each of the elements", "$[?(@.tags all ['a'])].n", "[null]"},
		{"length of another path", "$.length($.pets)", "2"},
	} {
		t.Run(r.name, func(t *testing.T) {
			path, err := jsonpath.Compile(r.path)
			if err != nil {
				t.Fatal(err)
			}
			value, found, err := path.Get(model{}, document)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if found {
				got = show(value)
			}
			if got != r.want {
				t.Errorf("%s: got %s, want %s", r.path, got, r.want)
			}
		})
	}
}

func TestCompileSaysWhatIsWrong(t *testing.T) {
	for _, r := range []struct{ name, path, want string }{
		{"a bracket that is not closed", "$.a[0", "']' is missing"},
		{"a path that ends with a dot", "$.a.", "must not end"},
		{"a function that does not exist", "$.a.shout()", "shout() does not exist"},
		{"a filter without an operand", "$.a[?(@.x == )]", "a value is missing"},
		{"a pattern that is none", "$.a[?(@.x =~ /(/)]", "error parsing regexp"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := jsonpath.Compile(r.path)
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want %q", err, r.want)
			}
		})
	}
}

func TestScansOfScansEnd(t *testing.T) {
	document := parse(t, strings.Repeat(`{"a":[1,`, 200)+"1"+strings.Repeat("]}", 200))
	path, err := jsonpath.Compile("$..*..*..*..a")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := path.Get(model{}, document); !errors.Is(err, jsonpath.ErrTooMuch) {
		t.Errorf("got %v, want %v", err, jsonpath.ErrTooMuch)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		"$", "$.a[0]['b'].*", "$..a[?(@.b > 1 && !@.c || @.d in [1,'x'])]", "$.a[-1:].length()",
		"$.a[?(@ =~ /x/i)]", "$.sum($.a, 1)", "a b", "$[", "$.a[?(@.b empty true)]", "$['a','b']",
	} {
		f.Add(seed)
	}
	document := parse(f, `{"a":[{"b":1},[2,"x"],null],"b":{"a":{"b":true}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		path, err := jsonpath.Compile(text)
		if err != nil {
			return
		}
		if value, found, err := path.Get(model{}, document); err == nil && found {
			_ = show(value)
		}
	})
}

func BenchmarkGetDefinite(b *testing.B) {
	document := parse(b, `{"a":{"b":[{"c":"x"}]}}`)
	path, err := jsonpath.Compile("$.a.b[0].c")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, found, _ := path.Get(model{}, document); !found {
			b.Fatal("not found")
		}
	}
}
