package integration_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

func change(action, place, name, value string) integration.HTTPAPIChange {
	return integration.HTTPAPIChange{Action: action, Place: place, Name: name, Value: value}
}

// The rows are those of spec http-api.md §7 and §8.
func TestHTTPAPIRequest(t *testing.T) {
	const own = "by=127.0.0.1;for=198.51.100.7;host=client.example;proto=http"
	base := fields("Host", "client.example", "Accept", "*/*", "Connection", "close", "Content-Length", "4")
	for _, r := range []struct {
		name, uri, rest, query string
		header                 exchange.Header
		changes                []integration.HTTPAPIChange
		want                   []string
	}{
		{
			"hop-by-hop lines stay behind, the query string goes on", "/pets/{id}", "", "a=1&a=2", nil, nil,
			[]string{"PUT /pets/7?a=1&a=2 HTTP/1.1", "Accept: */*", "Content-Length: 4", "Host: HOST", "X-Amzn-Trace-Id: Root=1-2-3", "forwarded: " + own, "via: HTTP/1.1 AmazonAPIGateway", "body"},
		},
		{
			"X-Forwarded-* turn into Forwarded", "/", "", "",
			fields("X-Forwarded-For", "203.0.113.1, 2001:db8::1", "x-forwarded-proto", "https", "X-Forwarded-Host", "h", "X-Forwarded-Port", "1", "Via", "1.1 v"), nil,
			[]string{"PUT / HTTP/1.1", "Accept: */*", "Content-Length: 4", "Host: HOST", "X-Amzn-Trace-Id: Root=1-2-3", `forwarded: for=203.0.113.1, for="[2001:db8::1]", ` + own, "via: HTTP/1.1 AmazonAPIGateway", "body"},
		},
		{
			"a $default route appends the path", "/base/?k=v", "/a%2Fb/", "q=1", nil, nil,
			[]string{"PUT /base/a%2Fb/?k=v&q=1 HTTP/1.1", "Accept: */*", "Content-Length: 4", "Host: HOST", "X-Amzn-Trace-Id: Root=1-2-3", "forwarded: " + own, "via: HTTP/1.1 AmazonAPIGateway", "body"},
		},
		{
			"a client's fragment keeps nothing back", "/base", "/a#b", "q=1#c", nil,
			[]integration.HTTPAPIChange{change("append", "querystring", "a", "9")},
			[]string{"PUT /base/a%23b?q=1%23c&a=9 HTTP/1.1", "Accept: */*", "Content-Length: 4", "Host: HOST", "X-Amzn-Trace-Id: Root=1-2-3", "forwarded: " + own, "via: HTTP/1.1 AmazonAPIGateway", "body"},
		},
		{
			"parameter mappings", "/pets", "", "a=1&b=2&c=3", fields("X-A", "1", "X-B", "1", "X-C", "1"),
			[]integration.HTTPAPIChange{
				change("append", "header", "X-A", "2"), change("overwrite", "header", "X-B", "2"), change("remove", "header", "X-C", ""),
				change("append", "querystring", "a", "9"), change("overwrite", "querystring", "b", "x y"), change("remove", "querystring", "c", ""),
				change("overwrite", "path", "", "/new path"),
			},
			[]string{"PUT /new%20path?a=1&a=9&b=x%20y HTTP/1.1", "Accept: */*", "Content-Length: 4", "Host: HOST", "X-A: 1", "X-A: 2", "X-Amzn-Trace-Id: Root=1-2-3", "X-B: 2", "forwarded: " + own, "via: HTTP/1.1 AmazonAPIGateway", "body"},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			listener := listen(t, ok)
			request, err := backendOf(t, "ANY", listener.url(r.uri)).HTTPAPIRequest(&integration.HTTPAPIInput{
				Request: &exchange.Request{
					Method: "PUT", Host: "client.example", SourceIP: "198.51.100.7", RawQuery: r.query,
					Header: append(base.Clone(len(r.header)), r.header...), Body: []byte("body"),
				},
				Rest: r.rest, Trace: "Root=1-2-3", Changes: r.changes,
				Path: func(string) (string, bool) { return "7", true },
			})
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

func TestHTTPAPIReply(t *testing.T) {
	got := integration.HTTPAPIReply(&integration.HTTPResponse{Status: 404, Body: []byte("b"), Header: fields(
		"Connection", "close", "Content-Length", "1", "Content-Type", "text/plain", "Date", "d", "Server", "s", "X-Old", "o",
	)}, []integration.HTTPAPIChange{
		change("overwrite", "statuscode", "", "410"), change("remove", "header", "x-old", ""), change("append", "header", "X-New", "n"),
	})
	want := exchange.Reply{Status: 410, Body: []byte("b"), Header: fields("Content-Type", "text/plain", "Server", "s", "X-New", "n")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
