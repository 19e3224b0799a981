package executeapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func domainOf(t testing.TB, def api.Domain) *Domain {
	t.Helper()
	if def.SecurityPolicy == "" {
		def.SecurityPolicy = "TLS_1_2"
	}
	if def.RoutingMode == "" {
		def.RoutingMode = "API_MAPPING_ONLY"
	}
	d, err := NewDomain(def, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The mappings of "Use API mappings to connect API stages to a custom domain name", and the calls
// explained there.
func TestTheLongestMappingTakesACall(t *testing.T) {
	documented := []api.Mapping{
		{Path: "orders", APIID: "1", Stage: "p"},
		{Path: "orders/v1/items", APIID: "2", Stage: "p"},
		{Path: "orders/v2/items", APIID: "3", Stage: "p"},
		{Path: "orders/v2/items/categories", APIID: "4", Stage: "p"},
	}
	withRoot := append([]api.Mapping{{APIID: "0", Stage: "p"}}, documented...)
	tests := []struct {
		name, path string
		mappings   []api.Mapping
		id         string // "" for none
		base, rest string
	}{
		{"a longer mapping wins", "/orders/v2/items/categories/5", documented, "4", "orders/v2/items/categories", "/5"},
		{"a mapping within it takes the rest", "/orders/v2/items/123", documented, "3", "orders/v2/items", "/123"},
		{"another branch", "/orders/v1/items/123", documented, "2", "orders/v1/items", "/123"},
		{"the shortest takes what no other does", "/orders/v3", documented, "1", "orders", "/v3"},
		{"a path that ends with the mapping", "/orders", documented, "1", "orders", "/"},
		{"a slash after the mapping", "/orders/", documented, "1", "orders", "/"},
		{"segments are whole", "/orders-old/1", documented, "", "", ""},
		{"case matters", "/Orders/1", documented, "", "", ""},
		{"an encoded mapping is another path", "/%6Frders/1", documented, "", "", ""},
		{"an encoded slash is none", "/orders%2Fv1/items", documented, "", "", ""},
		{"nothing takes another path", "/other", documented, "", "", ""},
		{"the empty mapping takes another path", "/other", withRoot, "0", "", "/other"},
		{"the empty mapping leaves slashes alone", "//orders/1", withRoot, "0", "", "//orders/1"},
		{"the empty mapping takes the root", "/", withRoot, "0", "", "/"},
		{"a longer mapping wins over the empty one", "/orders/1", withRoot, "1", "orders", "/1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := domainOf(t, api.Domain{Name: "a.example", Mappings: test.mappings})
			id, to, ok := d.route(test.path, nil)
			if id != test.id || ok != (test.id != "") {
				t.Fatalf("got API %q (%v), want %q", id, ok, test.id)
			}
			if ok && (to.BasePath != test.base || to.Path != test.rest || to.Stage != "p") {
				t.Errorf("got %+v, want the base path %q and the rest %q", to, test.base, test.rest)
			}
		})
	}
}

func TestRoutingRules(t *testing.T) {
	hello := []api.HeaderMatch{{Name: "Hello", ValueGlob: "World"}}
	version := []api.HeaderMatch{{Name: "x-version", ValueGlob: "beta*"}, {Name: "x-beta", ValueGlob: "*"}}
	rules := []api.RoutingRule{
		{ID: "catch", Priority: 900, APIID: "all", Stage: "s"},
		{ID: "both", Priority: 10, Headers: [][]api.HeaderMatch{hello, version}, BasePaths: []string{"shop"}, APIID: "both", Stage: "s"},
		{ID: "hello", Priority: 50, Headers: [][]api.HeaderMatch{hello}, APIID: "hello", Stage: "s"},
		{ID: "strip", Priority: 60, BasePaths: []string{"a", "a/b"}, APIID: "strip", Stage: "s", StripBasePath: true},
		{ID: "keep", Priority: 70, BasePaths: []string{"c"}, APIID: "keep", Stage: "s"},
	}
	header := func(lines ...string) exchange.Header {
		var h exchange.Header
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ":")
			h.Add(name, value)
		}
		return h
	}
	tests := []struct {
		name   string
		path   string
		header exchange.Header
		want   exchange.Domain
	}{
		{
			"all conditions are met", "/shop/1", header("hello:World", "X-Version:beta-2"),
			exchange.Domain{Stage: "s", Path: "/shop/1", BasePath: "shop", RuleID: "both"},
		},
		{
			"a pattern among others is enough", "/shop", header("HELLO:World", "x-beta:"),
			exchange.Domain{Stage: "s", Path: "/shop", BasePath: "shop", RuleID: "both"},
		},
		{
			"one condition is not met, a later rule is", "/shop", header("hello:World", "x-version:alpha"),
			exchange.Domain{Stage: "s", Path: "/shop", RuleID: "hello"},
		},
		{
			"a value's case matters", "/shop", header("hello:world"),
			exchange.Domain{Stage: "s", Path: "/shop", RuleID: "catch"},
		},
		{
			"one of several values is enough", "/", header("hello:x", "hello:World"),
			exchange.Domain{Stage: "s", Path: "/", RuleID: "hello"},
		},
		{
			"the base path is stripped, the longest one", "/a/b/c", nil,
			exchange.Domain{Stage: "s", Path: "/c", BasePath: "a/b", RuleID: "strip"},
		},
		{
			"the base path is kept", "/c/d", nil,
			exchange.Domain{Stage: "s", Path: "/c/d", BasePath: "c", RuleID: "keep"},
		},
		{
			"a base path is whole segments", "/cc", nil,
			exchange.Domain{Stage: "s", Path: "/cc", RuleID: "catch"},
		},
	}
	d := domainOf(t, api.Domain{Name: "a.example", RoutingMode: "ROUTING_RULE_ONLY", Rules: rules})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, got, _ := d.route(test.path, test.header)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoutingModes(t *testing.T) {
	def := api.Domain{
		Name:     "a.example",
		Mappings: []api.Mapping{{APIID: "mapped", Stage: "s"}},
		Rules:    []api.RoutingRule{{ID: "r", Priority: 1, BasePaths: []string{"x"}, APIID: "ruled", Stage: "s"}},
	}
	tests := []struct{ mode, path, want string }{
		{"API_MAPPING_ONLY", "/x", "mapped"},
		{"ROUTING_RULE_THEN_API_MAPPING", "/x", "ruled"},
		{"ROUTING_RULE_THEN_API_MAPPING", "/y", "mapped"},
		{"ROUTING_RULE_ONLY", "/x", "ruled"},
		{"ROUTING_RULE_ONLY", "/y", ""},
	}
	for _, test := range tests {
		def.RoutingMode = test.mode
		if id, _, _ := domainOf(t, def).route(test.path, nil); id != test.want {
			t.Errorf("%s, %s: got %q, want %q", test.mode, test.path, id, test.want)
		}
	}
}

func TestADomainIsFoundByItsHost(t *testing.T) {
	all := newDomains([]*Domain{
		domainOf(t, api.Domain{Name: "api.example.com"}), domainOf(t, api.Domain{Name: "*.example.com"}),
	})
	tests := []struct{ host, domain, name string }{
		{"api.example.com", "api.example.com", "api.example.com"},
		{"API.Example.com:3443", "api.example.com", "api.example.com"},
		{"api.example.com.", "api.example.com", "api.example.com"},
		{"api.example.com.localhost:3000", "api.example.com", "api.example.com"},
		{"blue.example.com", "*.example.com", "blue.example.com"},
		{"deep.blue.example.com", "", ""},
		{"example.com", "", ""},
		{"localhost:3000", "", ""},
		{"abc.execute-api.localhost", "", ""},
		{"", "", ""},
	}
	for _, test := range tests {
		d, name := all.find(test.host)
		found := ""
		if d != nil {
			found = d.name
		}
		if found != test.domain || name != test.name {
			t.Errorf("%s: got %q of %q, want %q of %q", test.host, name, found, test.name, test.domain)
		}
	}
}

func TestGlobs(t *testing.T) {
	tests := []struct {
		pattern, value string
		want           bool
	}{
		{"Dog", "Dog", true},
		{"Dog", "dog", false},
		{"Dog-*", "Dog-1", true},
		{"Dog-*", "Dog", false},
		{"*-Dog", "My-Dog", true},
		{"*-Dog", "My-Dogs", false},
		{"*Dog*", "My-Dogs", true},
		{"*Dog*", "Cat", false},
		{"*", "", true},
		{"**", "x", true},
	}
	for _, test := range tests {
		if got := globs(test.pattern, test.value); got != test.want {
			t.Errorf("%s, %s: got %v", test.pattern, test.value, got)
		}
	}
}

// FuzzRoute holds that a mapping takes a path on whole segments alone, and that no byte is lost.
func FuzzRoute(f *testing.F) {
	f.Add("orders/v1", "/orders/v1/items")
	f.Add("orders", "/orders")
	f.Add("", "/")
	f.Add("a", "/a%2Fb")
	f.Fuzz(func(t *testing.T, base, path string) {
		d := domainOf(t, api.Domain{Name: "a.example", Mappings: []api.Mapping{{Path: base, APIID: "x"}}})
		_, to, ok := d.route(path, nil)
		if !ok {
			return
		}
		whole := to.Path
		if base != "" {
			whole = "/" + base + to.Path
		}
		if whole != path && whole != path+"/" || !strings.HasPrefix(to.Path, "/") {
			t.Errorf("%q below %q leaves %q", path, base, to.Path)
		}
	})
}
