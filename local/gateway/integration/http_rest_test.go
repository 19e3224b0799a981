package integration_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/payload"
)

func backendOf(t testing.TB, method, uri string) *integration.HTTPBackend {
	t.Helper()
	parsed, err := integration.ParseHTTPURI(uri, map[string]string{"host": "example.com", "query": "v=1"})
	if err != nil {
		t.Fatal(err)
	}
	return &integration.HTTPBackend{APIID: "a1b2c3", Method: method, URI: parsed}
}

// headerMatrix is "The whole matrix" of spec control-plane.md §10: what a GET with all these
// headers brings to a backend.
var headerMatrix = []struct {
	name           string
	visible        bool
	http, mapped   string // "no", "yes", "dropped", "500"
	proxy, mapping string
	response       string // named in a custom response
}{
	{"Accept", true, "own", "yes", "yes", "yes", "as is"},
	{"Accept-Charset", true, "no", "yes", "yes", "yes", "as is"},
	{"Accept-Encoding", true, "no", "yes", "yes", "yes", "as is"},
	{"Age", true, "no", "yes", "yes", "yes", "as is"},
	{"Authorization", true, "no", "yes", "yes", "yes", "remapped"},
	{"Connection", false, "no", "dropped", "no", "dropped", "remapped"},
	{"Content-Encoding", true, "no", "yes", "no", "yes", "as is"},
	{"Content-Length", false, "no", "500", "no", "500", "remapped"},
	{"Content-MD5", false, "no", "yes", "no", "yes", "remapped"},
	{"Content-Type", true, "no", "yes", "yes", "yes", "as is"},
	{"Date", true, "no", "yes", "yes", "yes", "remapped"},
	{"Expect", false, "no", "dropped", "no", "dropped", "remapped"},
	{"Host", true, "no", "yes", "no", "yes", "remapped"},
	{"Max-Forwards", false, "no", "yes", "no", "yes", "remapped"},
	{"Pragma", true, "no", "yes", "yes", "yes", "as is"},
	{"Proxy-Authenticate", false, "no", "dropped", "no", "dropped", "remapped"},
	{"Range", true, "no", "yes", "yes", "yes", "as is"},
	{"Referer", true, "no", "yes", "yes", "yes", "as is"},
	{"Server", false, "no", "yes", "no", "yes", "remapped"},
	{"TE", false, "no", "dropped", "no", "dropped", "as is"},
	{"Transfer-Encoding", false, "no", "500", "no", "500", "dropped"},
	{"Trailer", false, "no", "yes", "no", "yes", "remapped"},
	{"Upgrade", false, "no", "yes", "no", "yes", "remapped"},
	{"User-Agent", true, "own", "yes", "yes", "yes", "remapped"},
	{"Via", true, "no", "dropped", "no", "dropped", "as is"},
	{"Warn", true, "no", "yes", "yes", "yes", "as is"},
	{"WWW-Authenticate", false, "no", "yes", "no", "yes", "remapped"},
}

func TestHeaderMatrix(t *testing.T) {
	arrived := &exchange.Request{Method: "GET", Host: "client's", SourceIP: "127.0.0.1"}
	for _, r := range headerMatrix {
		arrived.Header.Add(r.name, "client's")
	}
	visible := payload.RESTHeader(arrived, "Root=1-2-3")
	backend := backendOf(t, "GET", "http://backend/")
	unmapped := &integration.HTTPInput{Method: "GET", Header: visible, Trace: "Root=1-2-3"}
	for _, r := range headerMatrix {
		t.Run(r.name, func(t *testing.T) {
			if got := visible.Has(r.name); got != r.visible {
				t.Errorf("visible: got %v, want %v", got, r.visible)
			}
			mapped := *unmapped
			mapped.Mapped.Header = fields(r.name, "mapped")
			illegal := integration.IllegalHTTPMapping(map[string]string{
				"integration.request.header." + strings.ToLower(r.name): "'mapped'",
			})
			for _, c := range []struct {
				column string
				build  func(*integration.HTTPInput) (integration.HTTPRequest, error)
				in     *integration.HTTPInput
				want   string
			}{
				{"HTTP unmapped", backend.CustomRequest, unmapped, r.http},
				{"HTTP mapped", backend.CustomRequest, &mapped, r.mapped},
				{"HTTP_PROXY unmapped", backend.ProxyRequest, unmapped, r.proxy},
				{"HTTP_PROXY mapped", backend.ProxyRequest, &mapped, r.mapping},
			} {
				if c.want == "500" {
					if illegal != r.name {
						t.Errorf("%s: mapping it is not refused", c.column)
					}
					continue
				}
				if illegal != "" && strings.HasSuffix(c.column, " mapped") {
					t.Errorf("%s: mapping it is refused", c.column)
				}
				request, err := c.build(c.in)
				if err != nil {
					t.Fatal(err)
				}
				if got := outcome(request.Header, r.name, c.in == &mapped); got != c.want {
					t.Errorf("%s: got %q, want %q", c.column, got, c.want)
				}
			}
			sent, kept := integration.RemapMapped(r.name)
			want := map[string]string{"as is": r.name, "remapped": "x-amzn-Remapped-" + r.name}[r.response]
			if sent != want || kept != (want != "") {
				t.Errorf("custom response: got %q, want %q", sent, want)
			}
		})
	}
}

func outcome(header exchange.Header, name string, mapped bool) string {
	values := header.Values(name)
	switch {
	case len(values) == 0 && mapped:
		return "dropped"
	case len(values) == 0:
		return "no"
	case mapped && slices.Equal(values, []string{"mapped"}), slices.Equal(values, []string{"client's"}):
		return "yes"
	}
	return "own"
}

func TestHTTPIntegrationOnTheWire(t *testing.T) {
	client := &exchange.Request{
		Host: "client.example", SourceIP: "198.51.100.7", Header: fields(
			"Host", "client.example", "accept", "application/xml", "X-Tenant", "t1", "user-agent", "curl",
			"content-type", "text/plain", "Connection", "close", "X-Forwarded-For", "203.0.113.1",
		),
	}
	visible := payload.RESTHeader(client, "Root=1-2-3")
	for _, r := range []struct {
		name, method, integrationMethod string
		proxy                           bool
		mapped                          integration.Mapped
		want                            []string
	}{
		{
			"HTTP sends lines of its own only", "GET", "GET", false,
			integration.Mapped{},
			[]string{
				"GET /pets HTTP/1.1", "Accept: application/json", "Content-Length: 0", "Host: HOST", "User-Agent: AmazonAPIGateway_a1b2c3",
				"X-Amzn-Apigateway-Api-Id: a1b2c3", "X-Amzn-Trace-Id: Root=1-2-3;Parent=4;Sampled=0", "",
			},
		},
		{
			"HTTP sends the Content-Type with a body, the integration's method, and what is mapped", "PUT", "POST", false,
			integration.Mapped{
				Header: fields("X-Mapped", "m", "User-Agent", "mine"),
				Query:  []payload.Pair{{Name: "a b", Value: "1&2"}},
			},
			[]string{
				"POST /pets?a%20b=1%262 HTTP/1.1", "Accept: application/json", "Content-Length: 4", "Content-Type: text/plain", "Host: HOST",
				"User-Agent: mine", "X-Amzn-Apigateway-Api-Id: a1b2c3", "X-Amzn-Trace-Id: Root=1-2-3;Parent=4;Sampled=0", "X-Mapped: m", "body",
			},
		},
		{
			"HTTP_PROXY sends what the client sent, under the mappings", "PATCH", "ANY", true,
			integration.Mapped{Header: fields("x-tenant", "mapped")},
			[]string{
				"PATCH /pets?q=1 HTTP/1.1", "Content-Length: 4", "Host: HOST", "User-Agent: curl", "X-Amzn-Apigateway-Api-Id: a1b2c3",
				"X-Amzn-Trace-Id: Root=1-2-3;Parent=4;Sampled=0", "X-Forwarded-For: 203.0.113.1, 198.51.100.7", "X-Forwarded-Port: 80",
				"X-Forwarded-Proto: http", "accept: application/xml", "content-type: text/plain", "x-tenant: mapped", "body",
			},
		},
		{
			"HTTP_PROXY sends no body with GET", "GET", "", true,
			integration.Mapped{Header: fields("Host", "other.example")},
			[]string{
				"GET /pets?q=1 HTTP/1.1", "Content-Length: 0", "Host: other.example", "User-Agent: curl", "X-Amzn-Apigateway-Api-Id: a1b2c3",
				"X-Amzn-Trace-Id: Root=1-2-3;Parent=4;Sampled=0", "X-Forwarded-For: 203.0.113.1, 198.51.100.7", "X-Forwarded-Port: 80",
				"X-Forwarded-Proto: http", "X-Tenant: t1", "accept: application/xml", "content-type: text/plain", "",
			},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			listener := listen(t, ok)
			backend := backendOf(t, r.integrationMethod, listener.url("/pets"))
			in := &integration.HTTPInput{
				Method: r.method, Header: visible, RawQuery: "q=1", Body: []byte("body"),
				Trace: "Root=1-2-3;Parent=4;Sampled=0", Mapped: r.mapped,
			}
			build := backend.CustomRequest
			if r.proxy {
				build = backend.ProxyRequest
			}
			request, err := build(in)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := caller(t).Call(t.Context(), request); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.want, listener.seen()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The first row is that of spec control-plane.md §13.
func TestHTTPProxyURL(t *testing.T) {
	for _, r := range []struct {
		name, uri, raw string
		mapped         integration.Mapped
		want           string
	}{
		{
			"the URI's query, the client's, the mapped", "http://b/x?testVar={pathVar}&testQs={qsVar}", "testQueryString=foo&testVar=bar",
			integration.Mapped{
				Path:  []payload.Pair{{Name: "pathVar", Value: "foobar"}, {Name: "qsVar", Value: "bar"}},
				Query: []payload.Pair{{Name: "queryString", Value: "foo"}, {Name: "testQs", Value: "foo"}},
			},
			"http://b/x?testVar=foobar&testQs=bar&testQueryString=foo&testVar=bar&queryString=foo&testQs=foo",
		},
		{"a greedy path keeps its slashes and escapes", "http://b/{proxy}", "", integration.Mapped{Path: []payload.Pair{{Name: "proxy", Value: "a/b%2Fc//d+e@f"}}}, "http://b/a/b%2Fc//d+e@f"},
		{"a value cannot leave its place", "http://b/{id}/x?y={q}", "", integration.Mapped{Path: []payload.Pair{{Name: "id", Value: "a?b#c d%é"}, {Name: "q", Value: "1&z=2+3"}}}, "http://b/a%3Fb%23c%20d%25%C3%A9/x?y=1%26z=2%2B3"},
		{"a client's fragment does not keep mapped parameters back", "http://b/x", "a=1#b", integration.Mapped{Query: []payload.Pair{{Name: "q", Value: "2"}}}, "http://b/x?a=1%23b&q=2"},
		{"stage variables", "http://${stageVariables.host}/p${stageVariables.none}?${stageVariables.query}", "", integration.Mapped{}, "http://example.com/p?v=1"},
		{"a placeholder with a plus", "http://b/{proxy+}", "", integration.Mapped{Path: []payload.Pair{{Name: "proxy", Value: "a"}}}, "http://b/a"},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := backendOf(t, "GET", r.uri).ProxyRequest(&integration.HTTPInput{RawQuery: r.raw, Mapped: r.mapped})
			if err != nil || got.URL != r.want {
				t.Errorf("got %q, %v, want %q", got.URL, err, r.want)
			}
		})
	}
	_, err := backendOf(t, "GET", "http://b/{id}").ProxyRequest(&integration.HTTPInput{})
	if !errors.Is(err, integration.ErrAddress) || !strings.Contains(err.Error(), "{id}") {
		t.Errorf("got %v, want a failure that names {id}", err)
	}
	if _, err := integration.ParseHTTPURI("http://b/{id", nil); err == nil {
		t.Error("an open brace was accepted")
	}
}

// The names are those of spec rest-api.md §8, response table, HTTP_PROXY column.
func TestProxyReply(t *testing.T) {
	got := integration.ProxyReply(&integration.HTTPResponse{Status: 201, Body: []byte("b"), Header: fields(
		"Connection", "c", "Content-Length", "1", "Content-Md5", "m", "Date", "d", "Server", "s",
		"Content-Encoding", "gzip", "Set-Cookie", "a", "Set-Cookie", "b", "Transfer-Encoding", "t", "Via", "v", "X-Amzn-Requestid", "r",
	)})
	want := exchange.Reply{Status: 201, Body: []byte("b"), Header: fields(
		"x-amzn-Remapped-Connection", "c", "x-amzn-Remapped-Content-Length", "1", "Content-Md5", "m",
		"x-amzn-Remapped-Date", "d", "x-amzn-Remapped-Server", "s", "Content-Encoding", "gzip", "Set-Cookie", "a", "Set-Cookie", "b",
		"x-amzn-Remapped-x-amzn-RequestId", "r", "Content-Type", "application/json",
	)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzHTTPURI(f *testing.F) {
	f.Add("http://b/{a}?x={b+}", "v%2", "?")
	f.Fuzz(func(t *testing.T, uri, first, second string) {
		parsed, err := integration.ParseHTTPURI("http://b/"+uri, nil)
		if err != nil {
			return
		}
		values := func(name string) (string, bool) { return map[string]string{"a": first}[name] + second, true }
		if _, err := parsed.Fill(values); err != nil {
			t.Errorf("got %v although every placeholder has a value", err)
		}
	})
}
