package cache

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

func method(parameters ...string) *api.Method {
	return &api.Method{
		RequestParameters: map[string]bool{
			"method.request.path.id": true, "method.request.querystring.q": false,
			"method.request.header.Accept-Language":    false,
			"method.request.multivaluequerystring.tag": false,
		},
		Integration: api.Integration{
			CacheNamespace: "space", CacheKeyParameters: parameters,
			RequestParameters: map[string]string{
				"integration.request.header.tenant": "context.authorizer.tenant",
			},
		},
	}
}

func TestCompileKeys(t *testing.T) {
	const invalid = "Invalid cache key parameter specified: "
	for _, r := range []struct {
		name       string
		parameters []string
		want       []string
		err        string
	}{
		{"no parameters", nil, []string{}, ""},
		{
			"parameters of the request, in a fixed order, each once",
			[]string{
				"method.request.querystring.q", "method.request.header.Accept-Language",
				"method.request.path.id", "method.request.querystring.q",
			},
			[]string{
				"method.request.header.Accept-Language", "method.request.path.id",
				"method.request.querystring.q",
			},
			"",
		},
		{
			"a parameter of the integration request has what it is mapped from",
			[]string{"integration.request.header.tenant"},
			[]string{"context.authorizer.tenant"},
			"",
		},
		{
			"a parameter that the method does not declare",
			[]string{"method.request.path.other"},
			nil,
			invalid + "method.request.path.other",
		},
		{
			"a parameter that the integration does not map",
			[]string{"integration.request.path.id"},
			nil, invalid + "integration.request.path.id",
		},
		{
			"a multi-value parameter",
			[]string{"method.request.multivaluequerystring.tag"},
			nil,
			invalid + "method.request.multivaluequerystring.tag",
		},
		{"a parameter without a name", []string{"method.request.path."}, nil, invalid},
		{"the body", []string{"method.request.body"}, nil, invalid},
	} {
		t.Run(r.name, func(t *testing.T) {
			keys, err := CompileKeys(&api.Resource{ID: "res"}, method(r.parameters...))
			if r.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), r.err) {
					t.Fatalf("got error %v, want %q", err, r.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.want, keys.Expressions()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestNamespaceIsTheResourceID(t *testing.T) {
	def := method()
	def.Integration.CacheNamespace = ""
	if _, err := CompileKeys(&api.Resource{}, def); err == nil {
		t.Error("a method without namespace and resource id was compiled")
	}
	left, _ := CompileKeys(&api.Resource{ID: "a"}, def)
	right, _ := CompileKeys(&api.Resource{ID: "b"}, def)
	if left.Key("d", "GET", nil) == right.Key("d", "GET", nil) {
		t.Error("two resources share a key")
	}
}

func TestKey(t *testing.T) {
	compile := func(parameters ...string) *Keys {
		keys, err := CompileKeys(&api.Resource{ID: "res"}, method(parameters...))
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	const id, q = "method.request.path.id", "method.request.querystring.q"
	one, none, both := compile(id), compile(), compile(id, q)
	base := one.Key("d1", "GET", values("7"))
	for _, r := range []struct {
		name string
		key  Key
		same bool
	}{
		{"the same call has the same key", one.Key("d1", "GET", values("7")), true},
		{
			"another resource of the namespace with the same parameters shares it",
			compile(id).Key("d1", "GET", values("7")), true,
		},
		{"another value", one.Key("d1", "GET", values("8")), false},
		{"an empty value", one.Key("d1", "GET", values("")), false},
		{"no value", one.Key("d1", "GET", values()), false},
		{"another method of the resource", one.Key("d1", "HEAD", values("7")), false},
		{"a canary with a deployment of its own", one.Key("d2", "GET", values("7")), false},
		{"a method without parameters", none.Key("d1", "GET", values()), false},
		{"a method with another parameter", compile(q).Key("d1", "GET", values("7")), false},
		{"a method with one more parameter", both.Key("d1", "GET", values("7")), false},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := r.key == base; got != r.same {
				t.Errorf("same key: got %t, want %t", got, r.same)
			}
		})
	}
	if both.Key("", "GET", values("a", "")) == both.Key("", "GET", values("", "a")) {
		t.Error("values ran into each other")
	}
}

// values answers with the texts in their order, and with no value after them.
func values(texts ...string) func(int) (string, bool) {
	return func(place int) (string, bool) {
		if place >= len(texts) {
			return "", false
		}
		return texts[place], true
	}
}

func TestRelease(t *testing.T) {
	for _, r := range []struct {
		name    string
		release Release
		want    bool
	}{
		{"the stage uses its cache", Release{}, true},
		{"a canary does not by itself", Release{Canary: true}, false},
		{"a canary does with useStageCache", Release{Canary: true, UseStageCache: true}, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := r.release.Cached(); got != r.want {
				t.Errorf("got %t, want %t", got, r.want)
			}
		})
	}
}

func TestCaches(t *testing.T) {
	on := api.MethodSettings{CacheEnabled: true, CacheTTL: 300}
	for _, r := range []struct {
		name, key, verb string
		settings        api.MethodSettings
		want            bool
	}{
		{"the stage's settings are for GET", "*/*", "GET", on, true},
		{"the stage's settings are not for POST", "*/*", "POST", on, false},
		{"settings of a path for all verbs are not for POST", "/orders/*", "POST", on, false},
		{"settings of the method are for POST", "/orders/POST", "POST", on, true},
		{"settings of another verb are not", "/orders/POST", "PUT", on, false},
		{"a path that ends as a verb is no verb", "/orders/POST/*", "POST", on, false},
		{"switched off", "/orders/GET", "GET", api.MethodSettings{CacheTTL: 300}, false},
		{"a TTL of 0", "/orders/GET", "GET", api.MethodSettings{CacheEnabled: true}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := Caches(r.key, r.settings, r.verb); got != r.want {
				t.Errorf("got %t, want %t", got, r.want)
			}
		})
	}
}

// parts is what a key is made of.
type parts struct {
	Deployment, Verb, Namespace string
	Names, Values               []string
	Present                     []bool
}

// FuzzKey reads keys back: what can be read back cannot be the key of anything else.
func FuzzKey(f *testing.F) {
	f.Add("dep", "GET", "space", "a", "x", true, "b", "", false)
	f.Add("", "", "s", "a", "", true, "a", "", true)
	f.Add("d\x03GET", "\x00\x01", "\x05space", "\x01a", "\x01x", true, "b", "\x00", true)
	f.Fuzz(func(
		t *testing.T, deployment, verb, namespace, name1, value1 string, present1 bool,
		name2, value2 string, present2 bool,
	) {
		if namespace == "" || name1 == "" || name2 == "" {
			t.Skip("not possible in a definition")
		}
		given := map[string]int{"method.request.path." + name1: 1, "method.request.header." + name2: 2}
		def := &api.Method{RequestParameters: map[string]bool{}}
		def.Integration.CacheNamespace = namespace
		for name := range given {
			def.RequestParameters[name] = false
			def.Integration.CacheKeyParameters = append(def.Integration.CacheKeyParameters, name)
		}
		keys, err := CompileKeys(&api.Resource{}, def)
		if err != nil {
			t.Fatal(err)
		}
		want := parts{Deployment: deployment, Verb: verb, Namespace: namespace}
		value := func(place int) (string, bool) {
			if given[keys.Expressions()[place]] == 1 {
				return value1, present1
			}
			return value2, present2
		}
		for place, name := range keys.Expressions() {
			text, present := value(place)
			if !present {
				text = ""
			}
			want.Names = append(want.Names, name)
			want.Values, want.Present = append(want.Values, text), append(want.Present, present)
		}
		got := read(t, keys.Key(deployment, verb, value))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// read takes a key apart.
func read(t *testing.T, key Key) parts {
	rest := []byte(key)
	number := func() int {
		n, size := binary.Uvarint(rest)
		rest = rest[size:]
		return int(n)
	}
	text := func() string {
		n := number()
		head := string(rest[:n])
		rest = rest[n:]
		return head
	}
	p := parts{Deployment: text(), Verb: text(), Namespace: text()}
	for range number() {
		p.Names = append(p.Names, text())
	}
	for range p.Names {
		present, value := number() == 1, ""
		if present {
			value = text()
		}
		p.Present, p.Values = append(p.Present, present), append(p.Values, value)
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes are left over", len(rest))
	}
	return p
}
