package route

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func build(t testing.TB, rules Rules, keys ...string) *Tree[string] {
	t.Helper()
	tree := New[string](rules)
	for _, key := range keys {
		method, pattern, _ := strings.Cut(key, " ")
		if err := tree.Add(method, pattern, key); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

type row struct {
	name   string
	keys   []string
	ask    string
	want   string // the key that serves, "" for none
	params []Param
}

func check(t *testing.T, rules Rules, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			method, path, _ := strings.Cut(r.ask, " ")
			got, ok := build(t, rules, r.keys...).Match(method, path)
			if ok != (r.want != "") || got.Value != r.want {
				t.Errorf("got %q, %v, want %q", got.Value, ok, r.want)
			}
			if diff := cmp.Diff(r.params, got.Params); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		})
	}
}

func proxy(value string) []Param { return []Param{{Name: "proxy", Value: value}} }

func TestRESTMatchesLevelByLevel(t *testing.T) {
	siblings := []string{"POST /test", "OPTIONS /{proxy+}", "ANY /test/any", "GET /test/{proxy+}"}
	check(t, REST, []row{
		{
			"a static segment beats a parameter",
			[]string{"GET /a/{id}", "GET /a/b"},
			"GET /a/b",
			"GET /a/b",
			nil,
		},
		{
			"a parameter beats a greedy one",
			[]string{"GET /a/{proxy+}", "GET /a/{id}"},
			"GET /a/b",
			"GET /a/{id}",
			[]Param{{"id", "b"}},
		},
		{
			"a path without the method is left for a greedy one",
			siblings,
			"OPTIONS /test",
			"OPTIONS /{proxy+}",
			proxy("test"),
		},
		{
			"ANY on a static path beats a greedy sibling",
			siblings,
			"GET /test/any",
			"ANY /test/any",
			nil,
		},
		{"a greedy part needs a segment", []string{"GET /test/{proxy+}"}, "GET /test", "", nil},
		{
			"a greedy part needs more than a slash",
			[]string{"GET /test/{proxy+}"},
			"GET /test/",
			"",
			nil,
		},
		{"the root is not greedy's", []string{"ANY /{proxy+}"}, "GET /", "", nil},
		{"the root has methods of its own", []string{"GET /"}, "GET /", "GET /", nil},
		{"a specific method beats ANY", []string{"ANY /a", "GET /a"}, "GET /a", "GET /a", nil},
		{"ANY takes what is not named", []string{"GET /a", "ANY /a"}, "PUT /a", "ANY /a", nil},
		{"ANY stands for seven verbs only", []string{"ANY /a"}, "TRACE /a", "", nil},
		{"GET does not imply HEAD", []string{"GET /a"}, "HEAD /a", "", nil},
		{"a trailing slash is ignored", []string{"GET /a"}, "GET /a/", "GET /a", nil},
		{
			"a trailing slash after a parameter is ignored",
			[]string{"GET /{id}"},
			"GET /7/",
			"GET /{id}",
			[]Param{{"id", "7"}},
		},
		{
			"the better branch is left when it ends nowhere",
			[]string{"GET /a/b/c", "GET /{x}/b/d"},
			"GET /a/b/d",
			"GET /{x}/b/d",
			[]Param{{"x", "a"}},
		},
		{
			"a level's static segment outweighs what follows",
			[]string{"GET /a/{proxy+}", "GET /{x}/b"},
			"GET /a/b",
			"GET /a/{proxy+}",
			proxy("b"),
		},
		{
			"parameters come in the order of the pattern",
			[]string{"GET /{a}/x/{b}/{c+}"},
			"GET /1/x/2/3/4",
			"GET /{a}/x/{b}/{c+}",
			[]Param{{"a", "1"}, {"b", "2"}, {"c", "3/4"}},
		},
		{"an unknown path has nothing", []string{"GET /a"}, "GET /b", "", nil},
	})
}

// The rows of spec/rest-api.md §3.1, with the stage taken off.
func TestRESTKeepsWhatGreedyTook(t *testing.T) {
	keys := []string{"GET /{proxy+}", "GET /hardcoded"}
	check(t, REST, []row{
		{"one segment", keys, "GET /proxy-value", keys[0], proxy("proxy-value")},
		{"the trailing slash is dropped", keys, "GET /proxy-value/", keys[0], proxy("proxy-value")},
		{
			"an inner double slash stays",
			keys,
			"GET /proxy-value//double-slash",
			keys[0],
			proxy("proxy-value//double-slash"),
		},
		{
			"a leading double slash collapses",
			keys,
			"GET //proxy-value",
			keys[0],
			proxy("proxy-value"),
		},
		{"so it does before a static resource", keys, "GET //hardcoded", keys[1], nil},
		{
			"values stay encoded", keys, "GET /user/test%2Balias@gmail.com/plus/test+alias@gmail.com",
			keys[0], proxy("user/test%2Balias@gmail.com/plus/test+alias@gmail.com"),
		},
	})
}

func TestHTTPPrefersFullMatches(t *testing.T) {
	pets := []string{"GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}"}
	check(t, HTTP, []row{
		{"all static", pets, "GET /pets/dog/1", pets[0], nil},
		{"a parameter", pets, "GET /pets/dog/2", pets[1], []Param{{"id", "2"}}},
		{"the longest greedy", pets, "GET /pets/cat/1", pets[2], proxy("cat/1")},
		{"the outer greedy for another method", pets, "POST /test/5", pets[3], proxy("test/5")},
		{
			"a full match beats a greedy one of a better level",
			[]string{"GET /a/{proxy+}", "GET /{x}/b"},
			"GET /a/b",
			"GET /{x}/b",
			[]Param{{"x", "a"}},
		},
		{"the root is not greedy's", []string{"ANY /{proxy+}"}, "GET /", "", nil},
		{"the root can be a route", []string{"GET /"}, "GET /", "GET /", nil},
		{"a trailing slash is significant", []string{"GET /pets"}, "GET /pets/", "", nil},
		{
			"a trailing slash can be a route",
			[]string{"GET /pets/"},
			"GET /pets/",
			"GET /pets/",
			nil,
		},
		{"a double slash is significant", []string{"GET /a/b"}, "GET /a//b", "", nil},
		{"a parameter is never empty", []string{"GET /a/{id}"}, "GET /a/", "", nil},
		{
			"greedy keeps slashes",
			[]string{"GET /a/{proxy+}"},
			"GET /a//b/",
			"GET /a/{proxy+}",
			proxy("/b/"),
		},
		{"ANY stands for every verb", []string{"ANY /a"}, "PURGE /a", "ANY /a", nil},
		{"a specific method beats ANY", []string{"ANY /a", "GET /a"}, "GET /a", "GET /a", nil},
		{
			"ANY on the better path beats the method on a worse one",
			[]string{"ANY /a/b", "GET /a/{id}"},
			"GET /a/b",
			"ANY /a/b",
			nil,
		},
		{
			"routes name one segment differently",
			[]string{"GET /a/{id}", "POST /a/{name}"},
			"POST /a/7",
			"POST /a/{name}",
			[]Param{{"name", "7"}},
		},
		{"methods differ in case", []string{"GET /a"}, "get /a", "", nil},
	})
}

func TestAddRefuses(t *testing.T) {
	rows := []struct{ name, method, pattern, want string }{
		{"a path that is not rooted", "GET", "a", `route "GET a": a path begins with "/"`},
		{
			"a parameter inside a segment",
			"GET",
			"/res{id}",
			`route "GET /res{id}": segment "res{id}": allowed are text without braces, {name} and {name+}`,
		},
		{
			"an empty parameter",
			"GET",
			"/{}",
			`route "GET /{}": segment "{}": allowed are text without braces, {name} and {name+}`,
		},
		{
			"a greedy part that is not last",
			"GET",
			"/{proxy+}/a",
			`route "GET /{proxy+}/a": "{proxy+}" must be the last segment`,
		},
		{
			"a name used twice",
			"GET",
			"/{a}/{a}",
			`route "GET /{a}/{a}": parameter "a" appears twice`,
		},
		{
			"a duplicate",
			"GET",
			"/known/{other}",
			`route "GET /known/{other}": "GET /known/{id}" already serves these requests`,
		},
		{"no method", "", "/a", `route "/a": the method is empty, allowed are a verb and ANY`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			tree := build(t, REST, "GET /known/{id}")
			err := tree.Add(r.method, r.pattern, "")
			if err == nil || err.Error() != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("/orders/{id}", "/orders/7")
	f.Add("/{proxy+}", "//a//b/")
	f.Add("/a/{b}/c/{d+}", "/a/%2F/c/x")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		for _, rules := range []Rules{REST, HTTP} {
			tree := New[string](rules)
			if tree.Add("GET", pattern, pattern) != nil {
				continue
			}
			m, ok := tree.Match("GET", path)
			if !ok {
				continue
			}
			filled := pattern
			for _, p := range m.Params {
				if p.Value == "" {
					t.Errorf("%q on %q: parameter %q is empty", pattern, path, p.Name)
				}
				filled = strings.NewReplacer("{"+p.Name+"}", p.Value, "{"+p.Name+"+}", p.Value).
					Replace(filled)
			}
			if len(m.Params) == 1 && clean(rules, filled) != clean(rules, path) {
				t.Errorf("%q on %q: filled in, it is %q", pattern, path, filled)
			}
		}
	})
}

func clean(rules Rules, path string) string {
	if rules == HTTP {
		return strings.TrimPrefix(path, "/")
	}
	return strings.TrimSuffix(strings.TrimLeft(path, "/"), "/")
}

// Ten routes and ten thousand cost the same.
func BenchmarkMatch(b *testing.B) {
	for _, count := range []int{10, 10_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			tree := New[int](HTTP)
			for i := range count {
				if err := tree.Add("GET", fmt.Sprintf("/orders%d/{id}/lines", i), i); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := tree.Match("GET", "/orders7/abc/lines"); !ok {
					b.Fatal("no match")
				}
			}
		})
	}
}
