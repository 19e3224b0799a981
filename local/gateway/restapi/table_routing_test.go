package restapi_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The rows are those of spec rest-api.md §3 and control-plane.md §20.
func TestResourceRouting(t *testing.T) {
	const none = missing
	for _, r := range []struct {
		name, routes, asked, want string
	}{
		{"a static segment beats {param}", "GET /{id},GET /a", "GET /dev/a", "GET /a"},
		{"a static segment beats {proxy+}, created before it", "GET /{proxy+},GET /a", "GET /dev/a", "GET /a"},
		{"a static segment beats {proxy+}, created after it", "GET /a,GET /{proxy+}", "GET /dev/a", "GET /a"},
		{"{param} beats {proxy+} of the level above", "GET /{proxy+},GET /a/{id}", "GET /dev/a/1", "GET /a/{id}"},
		{"a static sibling without the method leaves the call to {proxy+}", "POST /test,OPTIONS /{proxy+}", "OPTIONS /dev/test", "OPTIONS /{proxy+}"},
		{"a static resource with ANY beats {proxy+} beside it", "ANY /test/any,POST /test/{proxy+}", "POST /dev/test/any", "ANY /test/any"},
		{"a static branch without a leaf leaves the call to a greedy sibling", "GET /part1/hardcoded-value,GET /{param+}", "GET /dev/part1/random-value", "GET /{param+}"},
		{"a specific method beats ANY of the same resource", "ANY /a,GET /a", "GET /dev/a", "GET /a"},
		{"ANY is used where the exact method is absent", "ANY /a,GET /a", "PUT /dev/a", "ANY /a"},
		{"ANY stands for DELETE", "ANY /a", "DELETE /dev/a", "ANY /a"},
		{"ANY stands for HEAD", "ANY /a", "HEAD /dev/a", "ANY /a"},
		{"ANY stands for OPTIONS", "ANY /a", "OPTIONS /dev/a", "ANY /a"},
		{"ANY stands for PATCH", "ANY /a", "PATCH /dev/a", "ANY /a"},
		{"ANY stands for POST", "ANY /a", "POST /dev/a", "ANY /a"},
		{"ANY does not stand for TRACE", "ANY /a", "TRACE /dev/a", none},
		{"ANY does not stand for CONNECT", "ANY /a", "CONNECT /dev/a", none},
		{"ANY does not stand for a word of one's own", "ANY /a", "PURGE /dev/a", none},
		{"HEAD is not implied by GET", "GET /a", "HEAD /dev/a", none},
		{"{proxy+} needs a segment at the root", "GET /{proxy+}", "GET /dev", none},
		{"{proxy+} needs a segment, a slash is none", "GET /{proxy+}", "GET /dev/", none},
		{"{proxy+} needs a segment below its parent", "GET /test/{proxy+}", "GET /dev/test", none},
		{"several proxies stand at different depths: the deeper", "GET /a/{proxy+},GET /a/b/{proxy+}", "GET /dev/a/b/c", "GET /a/b/{proxy+}"},
		{"several proxies stand at different depths: the other", "GET /a/{proxy+},GET /a/b/{proxy+}", "GET /dev/a/c/c", "GET /a/{proxy+}"},
		{"a path part has letters, digits and _-.,:", "GET /a_B-1.x,y:z", "GET /dev/a_B-1.x,y:z", "GET /a_B-1.x,y:z"},
		{"paths are compared with case", "GET /Test", "GET /dev/test", none},
		{"a trailing slash is ignored", "GET /test", "GET /dev/test/", "GET /test"},
		{"a trailing slash of a parameter is ignored", "GET /test/{id}", "GET /dev/test/1/", "GET /test/{id}"},
		{"slashes right after the stage are ignored", "GET /test", "GET /dev///test", "GET /test"},
		{"slashes before the stage are ignored", "GET /test", "GET //dev/test", "GET /test"},
		{"slashes within a path are segments", "GET /a/b", "GET /dev/a//b", none},
		{"the path is matched as it is encoded", "GET /test", "GET /dev/te%73t", none},
		{"an encoded slash is no segment's end", "GET /{id},GET /a/b", "GET /dev/a%2Fb", "GET /{id}"},
		{"the stage is cut off once", "GET /dev", "GET /dev/dev", "GET /dev"},
		{"an unknown path is refused as unauthenticated", "GET /a", "GET /dev/b", none},
		{"an unknown method is refused as unauthenticated", "GET /a", "POST /dev/a", none},
		{"a resource without methods is refused as unauthenticated", "GET /a/b", "GET /dev/a", none},
	} {
		t.Run(r.name, func(t *testing.T) {
			verb, path, _ := strings.Cut(r.asked, " ")
			got := seen(routed(r.routes).serve(t, request(verb, path)))
			want := answer{200, "", r.want}
			if r.want == none {
				want = answer{403, "MissingAuthenticationTokenException", none}
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// routed gives a world methods that answer with their own name, "GET /a", in the order given.
func routed(list string) *world {
	w := newWorld()
	w.def.Resources = nil
	for _, name := range splitRoutes(list) {
		verb, path, _ := strings.Cut(name, " ")
		w.method(path, verb, mocked("200", name))
	}
	return w
}

// splitRoutes splits at the commas before a verb; a path may have commas too.
func splitRoutes(list string) []string {
	var names []string
	for part := range strings.SplitSeq(list, ",") {
		if !strings.Contains(part, " ") && len(names) > 0 {
			names[len(names)-1] += "," + part
			continue
		}
		names = append(names, part)
	}
	return names
}

// The rows are those of spec rest-api.md §3.1, "More".
func TestQueriesAndHeadersOnArrival(t *testing.T) {
	for _, character := range []string{"|", "{", "}"} {
		t.Run("a query string with "+character+" is 400", func(t *testing.T) {
			if got := newWorld().get(t, "/dev/x?a="+character); got.Status != 400 {
				t.Errorf("got %d", got.Status)
			}
		})
	}
	for _, r := range []struct {
		name, query string
		single      map[string]string
		multi       map[string][]string
	}{
		{"no query string is null", "", nil, nil},
		{"a semicolon separates", "a=1;b=2", map[string]string{"a": "1", "b": "2"}, map[string][]string{"a": {"1"}, "b": {"2"}}},
		{"the last of several counts", "category=electronics&category=books", map[string]string{"category": "books"}, map[string][]string{"category": {"electronics", "books"}}},
		{"values are decoded", "email=test%2Balias@x&plus=test+alias@x&whitespace=foo%20bar", map[string]string{"email": "test+alias@x", "plus": "test alias@x", "whitespace": "foo bar"}, map[string][]string{"email": {"test+alias@x"}, "plus": {"test alias@x"}, "whitespace": {"foo bar"}}},
		{"a plus in a time is a blank", "t=2023-06-12T18:05:10.123456+00:00", map[string]string{"t": "2023-06-12T18:05:10.123456 00:00"}, map[string][]string{"t": {"2023-06-12T18:05:10.123456 00:00"}}},
		{"names are compared with case", "A=1&a=2", map[string]string{"A": "1", "a": "2"}, map[string][]string{"A": {"1"}, "a": {"2"}}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			target := "/dev/x"
			if r.query != "" {
				target += "?" + r.query
			}
			w.get(t, target)
			event := proxyEvent(t, w)
			if diff := cmp.Diff(r.single, event.QueryStringParameters); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(r.multi, event.MultiValueQueryStringParameters); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The rows are those of spec control-plane.md §11.
func TestHeadersInEvents(t *testing.T) {
	for _, r := range []struct{ name, sent, want string }{
		{"the client's casing is kept", "tEsT-HEADeR: aValue", "tEsT-HEADeR: aValue"},
		{"authorization is spelled Authorization", "aUThorization: Bearer x", "Authorization: Bearer x"},
		{"user-agent is spelled User-Agent", "user-Agent: me", "User-Agent: me"},
		{"Accept is kept", "Accept: text/html", "Accept: text/html"},
		{"Accept-Encoding is kept", "Accept-Encoding: gzip", "Accept-Encoding: gzip"},
		{"Via is kept", "Via: 1.1 proxy", "Via: 1.1 proxy"},
		{"Content-Encoding is kept", "Content-Encoding: identity", "Content-Encoding: identity"},
		{"Content-Length is not shown", "Content-Length: 7", ""},
		{"Connection is not shown", "Connection: close", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.get(t, "/dev/x", r.sent)
			event := proxyEvent(t, w)
			var got []string
			for name, value := range event.Headers {
				if !strings.HasPrefix(name, "X-") && name != "Host" {
					got = append(got, name+": "+value)
				}
			}
			if strings.Join(got, "\n") != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
	t.Run("the gateway adds four", func(t *testing.T) {
		w := newWorld()
		w.get(t, "/dev/x")
		event := proxyEvent(t, w)
		var names []string
		for name := range event.Headers {
			names = append(names, name)
		}
		slices.Sort(names)
		want := []string{"Host", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	t.Run("the last of several counts, all are in the other map", func(t *testing.T) {
		w := newWorld()
		w.get(t, "/dev/x", "A: 1", "A: 2")
		event := proxyEvent(t, w)
		if event.Headers["A"] != "2" || !slices.Equal(event.MultiValueHeaders["A"], []string{"1", "2"}) {
			t.Errorf("got %v, %v", event.Headers, event.MultiValueHeaders)
		}
	})
}
