package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
	"portico/local/gateway/route"
)

func v2Call() *mapping.V2Call {
	return &mapping.V2Call{
		Request: &exchange.Request{
			RawQuery: "tag=a&tag=b%20c&Tag=d&empty=&%61=z",
			Header: exchange.Header{
				{Name: "X-Tenant", Value: "t-1"},
				{Name: "x-tenant", Value: "t-2"},
				{Name: "Accept", Value: "*/*"},
			},
			Body: []byte(`{"order":{"id":7,"lines":[{"sku":"a"},{"sku":"b"}],"note":null},"paid":true}`),
		},
		Path:           "/pets/a%2Fb%20c",
		Params:         []route.Param{{Name: "id", Value: "a%2Fb%20c"}},
		StageVariables: map[string]string{"tier": "test", "empty": ""},
		Variables: &exchange.Variables{
			RequestID: "id=", SourceIP: "203.0.113.7", Stage: "dev", HTTPMethod: "GET",
			RequestTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
			Claims:      map[string]string{"sub": "u-1"},
			Authorizer:  map[string]any{"tenant-id": "t-9", "limit": 3.0},
		},
		Reply: &exchange.Reply{
			Status: 404, Body: []byte(`{"code":"E1"}`),
			Header: exchange.Header{{Name: "X-Back", Value: "1"}, {Name: "x-back", Value: "2"}},
		},
	}
}

// The rows are those of "Transform API requests and responses for HTTP APIs".
func TestV2Values(t *testing.T) {
	const missing = "(left out)"
	for _, r := range []struct{ name, value, want string }{
		{"a header, whatever its case, its values joined by commas", "$request.header.X-TENANT", "t-1,t-2"},
		{"a header in braces", "${request.header.accept}", "*/*"},
		{"a header that is not there", "$request.header.X-None", missing},
		{"a query parameter in its case, decoded and joined", "$request.querystring.tag", "a,b c"},
		{"a query parameter in another case", "$request.querystring.Tag", "d"},
		{"an empty query parameter", "$request.querystring.empty", ""},
		{"a query parameter with an escaped name", "$request.querystring.a", "z"},
		{"a query parameter that is not there", "$request.querystring.TAG", missing},
		{"a number in the body", "$request.body.order.id", "7"},
		{"a truth value in the body", "$request.body.paid", "true"},
		{"an item of a list in the body", "$request.body.order.lines[1].sku", "b"},
		{"an object in the body as JSON", "$request.body.order.lines[0]", `{"sku":"a"}`},
		{"null in the body", "$request.body.order.note", missing},
		{"what the body does not have", "$request.body.order.total", missing},
		{"the path without the stage", "$request.path", "/pets/a/b c"},
		{"a path parameter, decoded", "$request.path.id", "a/b c"},
		{"a path parameter that the route does not have", "$request.path.name", missing},
		{"a context variable", "$context.requestId", "id="},
		{"a context variable with a dot", "$context.identity.sourceIp", "203.0.113.7"},
		{"a claim", "$context.authorizer.claims.sub", "u-1"},
		{"a key of an authorizer's context", "$context.authorizer.tenant-id", "t-9"},
		{"a number of an authorizer's context", "$context.authorizer.limit", "3"},
		{"a context variable without a value", "$context.authorizer.claims.none", missing},
		{"a stage variable", "$stageVariables.tier", "test"},
		{"an empty stage variable", "$stageVariables.empty", ""},
		{"a stage variable that is not there", "$stageVariables.none", missing},
		{"a static value", "static", "static"},
		{"an empty static value", "", ""},
		{"quotes are part of a static value", "'static'", "'static'"},
		{"several in one", "${request.path.id} on ${stageVariables.tier}!", "a/b c on test!"},
		{"one of several that is missing is empty", "a${request.header.none}b", "ab"},
		{"a dollar within text", "costs 5$", "costs 5$"},
	} {
		t.Run(r.name, func(t *testing.T) {
			parameters, err := mapping.CompileV2Request(map[string]string{"append:header.X-Out": r.value})
			if err != nil {
				t.Fatal(err)
			}
			var want []mapping.Change
			if r.want != missing {
				want = append(want, mapping.Change{Action: "append", Place: "header", Name: "X-Out", Value: r.want})
			}
			if diff := cmp.Diff(want, append([]mapping.Change(nil), parameters.Apply(v2Call())...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestV2Changes(t *testing.T) {
	parameters, err := mapping.CompileV2Request(map[string]string{
		"remove:header.A": "''", "overwrite:header.Host": "h", "append:querystring.q.1": "v",
		"overwrite:querystring.Q": "w", "remove:querystring.r": "", "overwrite:path": "$request.path",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping.Change{
		{Action: "append", Place: "querystring", Name: "q.1", Value: "v"},
		{Action: "overwrite", Place: "header", Name: "Host", Value: "h"},
		{Action: "overwrite", Place: "path", Value: "/pets/a%2Fb%20c"},
		{Action: "overwrite", Place: "querystring", Name: "Q", Value: "w"},
		{Action: "remove", Place: "header", Name: "A"},
		{Action: "remove", Place: "querystring", Name: "r"},
	}
	if diff := cmp.Diff(want, parameters.Apply(v2Call())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestV2ResponseChanges(t *testing.T) {
	parameters, err := mapping.CompileV2Response(map[string]string{
		"append:header.a": "$response.header.X-BACK", "append:header.b": "${response.body.code}",
		"append:header.c": "$response.body", "append:header.d": "$context.stage",
		"append:header.e": "$stageVariables.tier", "append:header.f": "$response.header.none",
		"overwrite:statuscode": "410", "remove:header.server": "''",
	})
	if err != nil {
		t.Fatal(err)
	}
	change := func(name, value string) mapping.Change {
		return mapping.Change{Action: "append", Place: "header", Name: name, Value: value}
	}
	want := []mapping.Change{
		change("a", "1,2"), change("b", "E1"), change("c", `{"code":"E1"}`), change("d", "dev"),
		change("e", "test"),
		{Action: "overwrite", Place: "statuscode", Value: "410"},
		{Action: "remove", Place: "header", Name: "server"},
	}
	if diff := cmp.Diff(want, parameters.Apply(v2Call())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A body is cut at 100 KB before a path is looked for, not where the whole body is asked for.
func TestV2LargeBodies(t *testing.T) {
	compiled := func(value string) *mapping.V2Parameters {
		parameters, err := mapping.CompileV2Request(map[string]string{"append:header.X": value})
		if err != nil {
			t.Fatal(err)
		}
		return parameters
	}
	for size, want := range map[int]int{100<<10 - 14: 1, 100<<10 - 13: 0} {
		call := v2Call()
		call.Request.Body = []byte(`{"id":1,"f":"` + strings.Repeat("x", size-1) + `"}`)
		if got := len(compiled("$request.body.id").Apply(call)); got != want {
			t.Errorf("%d bytes: got %d changes, want %d", len(call.Request.Body), got, want)
		}
		if got := compiled("$request.body").Apply(call); len(got[0].Value) != len(call.Request.Body) {
			t.Errorf("the whole body came with %d bytes", len(got[0].Value))
		}
	}
}

func TestV2Refusals(t *testing.T) {
	const begin = "Invalid mapping expression specified: Validation Result: warnings : [], errors : ["
	for _, r := range []struct{ name, side, key, value, want string }{
		{"an unknown action", "Request", "prepend:header.a", "b", "Invalid Request Actioned Parameter destination specified: prepend:header.a]"},
		{"an unknown place", "Request", "append:cookie.a", "b", "Invalid Request Actioned Parameter destination specified: append:cookie.a]"},
		{"a header without a name", "Request", "append:header.", "b", "Invalid Request Actioned Parameter destination specified: append:header.]"},
		{"a header whose name is none", "Request", "append:header.a b", "b", "Invalid Request Actioned Parameter destination specified: append:header.a b]"},
		{"appending to the path", "Request", "append:path", "b", "Invalid Request Actioned Parameter destination specified: append:path]"},
		{"the status of a request", "Request", "overwrite:statuscode", "200", "Invalid Request Actioned Parameter destination specified: overwrite:statuscode]"},
		{"REST's way", "Request", "integration.request.header.a", "'b'", "Invalid Request Actioned Parameter destination specified: integration.request.header.a]"},
		{"the example of the provider", "Response", "append:overwrite.static", "b", "Invalid Response Actioned Parameter destination specified: append:overwrite.static]"},
		{"the query string of a response", "Response", "append:querystring.a", "b", "Invalid Response Actioned Parameter destination specified: append:querystring.a]"},
		{"a reserved header", "Request", "overwrite:header.Authorization", "b", "Operations on header Authorization are restricted]"},
		{"a reserved prefix", "Request", "remove:header.x-amzn-trace-id", "''", "Operations on header x-amzn-trace-id are restricted]"},
		{"a reserved header of a response", "Response", "append:header.Access-Control-Allow-Origin", "*", "Operations on header Access-Control-Allow-Origin are restricted]"},
		{"an unknown source", "Request", "append:header.a", "$request.cookie.a", "Invalid mapping expression parameter specified: $request.cookie.a]"},
		{"a source without a name", "Request", "append:header.a", "$request.header.", "Invalid mapping expression parameter specified: $request.header.]"},
		{"the answer in a request", "Request", "append:header.a", "$response.header.a", "Invalid mapping expression parameter specified: $response.header.a]"},
		{"the request in a response", "Response", "append:header.a", "$request.header.a", "Invalid mapping expression parameter specified: $request.header.a]"},
		{"recursive descent", "Request", "append:header.a", "$request.body..name", "Invalid mapping expression parameter specified: $request.body..name]"},
		{"a filter", "Request", "append:header.a", "$request.body.a[?(@.b)]", "Invalid mapping expression parameter specified: $request.body.a[?(@.b)]]"},
		{"two without braces", "Request", "append:header.a", "$context.stage $context.path", "Invalid mapping expression parameter specified: $context.stage $context.path]"},
		{"an open brace", "Request", "append:header.a", "x${context.stage", "Invalid mapping expression parameter specified: x${context.stage]"},
		{"an unknown source among text", "Request", "append:header.a", "x${a.b}", "Invalid mapping expression parameter specified: x${a.b}]"},
	} {
		t.Run(r.name, func(t *testing.T) {
			compile := mapping.CompileV2Request
			if r.side == "Response" {
				compile = mapping.CompileV2Response
			}
			_, err := compile(map[string]string{r.key: r.value})
			if err == nil || !strings.HasSuffix(err.Error(), begin+r.want) {
				t.Errorf("got  %v\nwant %s", err, begin+r.want)
			}
		})
	}
}

func TestReservedV2Headers(t *testing.T) {
	for name, want := range map[string]bool{
		"Access-Control-Allow-Origin": true, "x-amzn-trace-id": true, "X-Amz-Date": true,
		"Apigw-Requestid": true, "Authorization": true, "Connection": true, "Content-Encoding": true,
		"Content-Length": true, "Content-Location": true, "Forwarded": true, "Keep-Alive": true,
		"Origin": true, "Proxy-Authenticate": true, "Proxy-Authorization": true, "TE": true,
		"Trailers": true, "Transfer-Encoding": true, "Upgrade": true, "X-Forwarded-For": true,
		"X-Forwarded-Host": true, "X-Forwarded-Proto": true, "VIA": true,
		"Host": false, "X-Tenant": false, "Content-Type": false, "Cookie": false, "User-Agent": false,
	} {
		if got := mapping.IsReservedV2Header(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

func FuzzV2Parameters(f *testing.F) {
	f.Add("append:header.a", "$request.body.a[0]['b']", `{"a":[{"b":1}]}`)
	f.Add("overwrite:path", "/x/${request.path.id}?q=${context.stage}", "")
	f.Add("append:querystring.a", "${request.querystring.tag}}${", "[")
	f.Fuzz(func(t *testing.T, key, value, body string) {
		parameters, err := mapping.CompileV2Request(map[string]string{key: value})
		if err != nil {
			return
		}
		call := v2Call()
		call.Request.Body = []byte(body)
		for _, change := range parameters.Apply(call) {
			if change.Action == "" || change.Place == "header" && mapping.IsReservedV2Header(change.Name) {
				t.Errorf("%q: got %+v", key, change)
			}
		}
	})
}
