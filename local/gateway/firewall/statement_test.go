package firewall

import (
	"net/netip"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }

var (
	uri    = api.FieldToMatch{Kind: "UriPath"}
	query  = api.FieldToMatch{Kind: "QueryString"}
	body   = api.FieldToMatch{Kind: "Body", Oversize: "CONTINUE"}
	first  = &api.ForwardedIP{Header: "X-Forwarded-For", Fallback: "MATCH", Position: "FIRST"}
	last   = &api.ForwardedIP{Header: "X-Forwarded-For", Fallback: "NO_MATCH", Position: "LAST"}
	any10  = &api.ForwardedIP{Header: "X-Forwarded-For", Fallback: "NO_MATCH", Position: "ANY"}
	yes    = api.Statement{SizeConstraint: &api.SizeConstraintStatement{Field: uri, Operator: "GE"}}
	no     = api.Statement{SizeConstraint: &api.SizeConstraintStatement{Field: uri, Operator: "LT"}}
	script = "<script>alert(\"hello\")</script>"
)

func header(name string) api.FieldToMatch {
	return api.FieldToMatch{Kind: "SingleHeader", Name: name}
}

func regex(field api.FieldToMatch, pattern string, chain ...string) api.Statement {
	return api.Statement{RegexMatch: &api.RegexMatchStatement{
		Field: field, Pattern: pattern, Transformations: chain,
	}}
}

func size(field api.FieldToMatch, operator string, n int) api.Statement {
	return api.Statement{SizeConstraint: &api.SizeConstraintStatement{
		Field: field, Operator: operator, Size: n,
	}}
}

func ipSet(arn string, from *api.ForwardedIP) api.Statement {
	return api.Statement{IPSet: &api.IPSetStatement{ARN: arn, ForwardedIP: from}}
}

func geo(from *api.ForwardedIP, countries ...string) api.Statement {
	return api.Statement{GeoMatch: &api.GeoMatchStatement{Countries: countries, ForwardedIP: from}}
}

func injected(high string) api.Statement {
	return api.Statement{SQLiMatch: &api.SQLiMatchStatement{Field: query, Sensitivity: high}}
}

type statementRow struct {
	name      string
	statement api.Statement
	request   *exchange.Request
	want      bool
}

func textRows() []statementRow {
	return []statementRow{
		{"exactly", bytes1(uri, "EXACTLY", "/dev/a"), request("/dev/a"), true},
		{"exactly, but longer", bytes1(uri, "EXACTLY", "/dev/a"), request("/dev/ab"), false},
		{"starts with", bytes1(uri, "STARTS_WITH", "/dev"), request("/dev/ab"), true},
		{"ends with", bytes1(uri, "ENDS_WITH", "ab"), request("/dev/ab"), true},
		{"contains, with case", contains("UriPath", "EV"), request("/dev"), false},
		{"contains after lower case", bytes1(uri, "CONTAINS", "dev", "LOWERCASE"), request("/DEV"), true},
		{"a word", bytes1(query, "CONTAINS_WORD", "bad"), request("/?a=bad-b"), true},
		{"a part of a word", bytes1(query, "CONTAINS_WORD", "bad"), request("/?a=bad_b&xbad"), false},
		{"the second is a word", bytes1(query, "CONTAINS_WORD", "bad"), request("/?abad=bad"), true},
		{"a regular expression", regex(uri, `^/dev/[0-9]+$`), request("/dev/12"), true},
		{"another", regex(uri, `^/dev/[0-9]+$`), request("/dev/a"), false},
		{"its literal alone", regex(uri, `orders/x`), request("/dev/orders/y"), false},
		{"without regard to case", regex(uri, `(?i)ORDERS`), request("/dev/orders"), true},
		{
			"transformations in their order", regex(query, "^a b$", "URL_DECODE", "LOWERCASE", "NONE"),
			request("/?A%20B"), true,
		},
		{"a set of patterns", api.Statement{RegexPatternSet: &api.RegexPatternSetStatement{
			Field: query, ARN: "arn:set",
		}}, request("/?hot+dog"), true},
		{"none of a set", api.Statement{RegexPatternSet: &api.RegexPatternSetStatement{
			Field: query, ARN: "arn:set",
		}}, request("/?the+cat"), false},
		{"size equal", size(query, "EQ", 3), request("/?a=1"), true},
		{"size not equal", size(query, "NE", 3), request("/?a=1"), false},
		{"size at most", size(query, "LE", 3), request("/?a=1"), true},
		{"size less", size(query, "LT", 3), request("/?a=1"), false},
		{"size at least", size(query, "GE", 3), request("/?a=1"), true},
		{"size greater", size(query, "GT", 3), request("/?a=1"), false},
		{"an empty part is inspected as empty", size(query, "EQ", 0), request("/"), true},
		{"a missing part matches nothing", size(header("X"), "GE", 0), request("/"), false},
		{"SQL injection", injected("LOW"), request("/?a=' or 1=1"), true},
		{"no SQL injection", injected("LOW"), request("/?a=it's"), false},
		{"beyond the low level", injected("LOW"), request("/?a=load_file('x')"), false},
		{"at the high level", injected("HIGH"), request("/?a=LOAD_FILE('x')"), true},
		{
			"cross-site scripting",
			api.Statement{XSSMatch: &api.XSSMatchStatement{Field: query}},
			request("/?" + script), true,
		},
	}
}

func addressRows() []statementRow {
	us, de := geo(nil, "US", "CA"), geo(first, "DE")
	asn := func(from *api.ForwardedIP) api.Statement {
		return api.Statement{ASNMatch: &api.ASNMatchStatement{ASNs: []int{64501}, ForwardedIP: from}}
	}
	return []statementRow{
		{"in a range", ipSet("arn:v4", nil), from("192.0.2.200"), true},
		{"an address", ipSet("arn:v4", nil), from("198.51.100.7"), true},
		{"beside it", ipSet("arn:v4", nil), from("198.51.100.8"), false},
		{"IPv6", ipSet("arn:v6", nil), from("2001:db8::1"), true},
		{"IPv4 in IPv6", ipSet("arn:v4", nil), from("::ffff:192.0.2.1"), true},
		{"no address at all", ipSet("arn:v4", nil), from(""), false},
		{
			"the first forwarded", ipSet("arn:v4", first),
			from("1.2.3.4", "X-Forwarded-For: 192.0.2.1, 1.1.1.1"), true,
		},
		{
			"not the second", ipSet("arn:v4", first),
			from("192.0.2.1", "X-Forwarded-For: 1.1.1.1, 192.0.2.1"), false,
		},
		{
			"the last forwarded", ipSet("arn:v4", last),
			from("1.2.3.4", "X-Forwarded-For: 1.1.1.1, 192.0.2.1"), true,
		},
		{
			"any forwarded", ipSet("arn:v4", any10),
			from("1.2.3.4", "X-Forwarded-For: 1.1.1.1, 192.0.2.1, 8.8.8.8"), true,
		},
		{"without the header the rule is not applied", ipSet("arn:v4", first), from("192.0.2.1"), false},
		{
			"no address matches by fallback", ipSet("arn:v4", first),
			from("1.2.3.4", "X-Forwarded-For: unknown"), true,
		},
		{
			"no address does not match by fallback", ipSet("arn:v4", last),
			from("192.0.2.1", "X-Forwarded-For: unknown"), false,
		},
		{"in a country", us, from("203.0.113.1"), true},
		{"in a narrower range", us, from("203.0.113.200"), false},
		{"unknown places", geo(nil, "XX"), from("8.8.8.8"), true},
		{"a forwarded country", de, from("8.8.8.8", "x-forwarded-for: 203.0.113.200"), true},
		{"an autonomous system", asn(nil), from("203.0.113.200"), true},
		{"another", asn(nil), from("203.0.113.1"), false},
		{"a forwarded one", asn(first), from("8.8.8.8", "X-Forwarded-For: 203.0.113.200"), true},
	}
}

func logicRows() []statementRow {
	pair := func(a, b api.Statement) []api.Statement { return []api.Statement{a, b} }
	return []statementRow{
		{"and", api.Statement{And: pair(yes, yes)}, request("/"), true},
		{"and not both", api.Statement{And: pair(yes, no)}, request("/"), false},
		{"or", api.Statement{Or: pair(no, yes)}, request("/"), true},
		{"or neither", api.Statement{Or: pair(no, no)}, request("/"), false},
		{"not", api.Statement{Not: &no}, request("/"), true},
		{"nested", api.Statement{And: pair(yes, api.Statement{
			Not: &api.Statement{Or: pair(no, yes)},
		})}, request("/"), false},
	}
}

func fieldRows() []statementRow {
	find := func(field api.FieldToMatch, text string) api.Statement {
		return bytes1(field, "EXACTLY", text)
	}
	fields := func(kind, pattern, scope string, names ...string) api.FieldToMatch {
		return api.FieldToMatch{
			Kind: kind, Pattern: pattern, Scope: scope, Names: names, Oversize: "CONTINUE",
		}
	}
	argument := api.FieldToMatch{Kind: "SingleQueryArgument", Name: "name"}
	all := api.FieldToMatch{Kind: "AllQueryArguments"}
	c := []string{"Cookie: a=1; b=2", "Cookie: c=3"}
	return []statementRow{
		{"the path is as received", find(uri, "/dev/a%2Fb"), request("/dev/a%2Fb?c"), true},
		{"the query string", find(query, "a=1&b"), request("/?a=1&b"), true},
		{"an argument without regard to case", find(argument, "1%202"), request("/?x&NaMe=1%202"), true},
		{"no such argument", size(argument, "GE", 0), request("/?x=1"), false},
		{"any argument's value", find(all, "2"), request("/?a=1&b=2"), true},
		{"not an argument's name", find(all, "b"), request("/?a=1&b=2"), false},
		{
			"a header without regard to case", find(header("USER-agent"), "Mozilla/5.0"),
			request("/"), true,
		},
		{"the method", find(api.FieldToMatch{Kind: "Method"}, "GET"), request("/"), true},
		{
			"the order of headers", find(api.FieldToMatch{Kind: "HeaderOrder"}, "host:user-agent:x"),
			request("/", "X: 1"), true,
		},
		{
			"values of all headers", find(fields("Headers", "All", "VALUE"), "1"),
			request("/", "X: 1"), true,
		},
		{"names of all headers", find(fields("Headers", "All", "KEY"), "1"), request("/", "X: 1"), false},
		{
			"an included header", find(fields("Headers", "Included", "ALL", "x"), "X"),
			request("/", "X: 1"), true,
		},
		{
			"an excluded header", find(fields("Headers", "Excluded", "ALL", "x"), "1"),
			request("/", "X: 1"), false,
		},
		{"values of all cookies", find(fields("Cookies", "All", "VALUE"), "3"), request("/", c...), true},
		{"names of cookies", find(fields("Cookies", "All", "KEY"), "c"), request("/", c...), true},
		{
			"an included cookie", find(fields("Cookies", "Included", "ALL", "a"), "2"),
			request("/", c...), false,
		},
		{"the body", find(body, "hello"), posted("hello"), true},
		{
			"no fragment: fallback", find(api.FieldToMatch{Kind: "UriFragment", Fallback: "MATCH"}, "a"),
			request("/"), true,
		},
		{
			"no fingerprint: fallback",
			find(api.FieldToMatch{Kind: "JA3Fingerprint", Fallback: "NO_MATCH"}, "a"), request("/"), false,
		},
	}
}

func TestStatements(t *testing.T) {
	for _, rows := range [][]statementRow{
		textRows(), addressRows(), logicRows(), fieldRows(), jsonRows(), oversizeRows(),
	} {
		for _, r := range rows {
			t.Run(r.name, func(t *testing.T) {
				acl := compiled(t, definition(blocks(r.statement)))
				for range 2 { // the second inspection reuses what the first one made
					verdict := acl.Inspect(r.request)
					if got := verdict.Action == Block; got != r.want {
						t.Errorf("got a match: %v, want %v", got, r.want)
					}
				}
			})
		}
	}
}

func jsonRows() []statementRow {
	field := func(scope, fallback string, paths ...string) api.FieldToMatch {
		f := api.FieldToMatch{
			Kind: "JsonBody", Pattern: "All", Scope: scope, Fallback: fallback, Oversize: "CONTINUE",
		}
		if paths != nil {
			f.Pattern, f.Names = "Included", paths
		}
		return f
	}
	find := func(f api.FieldToMatch, text string) api.Statement { return bytes1(f, "EXACTLY", text) }
	dogs := posted(`{"dogs":[{"name":"Rex","age":3},{"name":"A\u0042"}],"cats/":{"x":true}}`)
	open := posted(`{"a":"1","b":`)
	return []statementRow{
		{"JSON values", find(field("VALUE", ""), "Rex"), dogs, true},
		{"JSON values are unescaped", find(field("VALUE", ""), "AB"), dogs, true},
		{"JSON numbers", find(field("VALUE", ""), "3"), dogs, true},
		{"JSON keys are no values", find(field("VALUE", ""), "name"), dogs, false},
		{"JSON keys", find(field("KEY", ""), "name"), dogs, true},
		{"JSON values are no keys", find(field("KEY", ""), "Rex"), dogs, false},
		{"JSON keys and values", find(field("ALL", ""), "age"), dogs, true},
		{"a pointer", find(field("VALUE", "", "/dogs/1/name"), "AB"), dogs, true},
		{"beside the pointer", find(field("VALUE", "", "/dogs/1/name"), "Rex"), dogs, false},
		{"below the pointer", find(field("VALUE", "", "/dogs"), "Rex"), dogs, true},
		{"after what is below the pointer", find(field("VALUE", "", "/dogs"), "true"), dogs, false},
		{"an escaped pointer", find(field("VALUE", "", "/cats~1/x"), "true"), dogs, true},
		{"invalid: what was parsed", find(field("VALUE", ""), "1"), open, true},
		{"invalid: as text", find(field("VALUE", "EVALUATE_AS_STRING"), `{"a":"1","b":`), open, true},
		{"invalid: match", find(field("VALUE", "MATCH"), "no"), open, true},
		{"invalid: no match", find(field("VALUE", "NO_MATCH"), "1"), open, false},
		{
			"a root that is no container is invalid", find(field("VALUE", "MATCH"), "no"),
			posted(`1`), true,
		},
		{
			"the same key twice is invalid", find(field("VALUE", "MATCH"), "no"),
			posted(`{"a":1,"a":2}`), true,
		},
		{"more than a root is invalid", find(field("VALUE", "MATCH"), "no"), posted(`{} {}`), true},
		{"no body", find(field("ALL", "MATCH"), "no"), posted(""), false},
	}
}

func oversizeRows() []statementRow {
	with := func(kind, oversize string) api.Statement {
		return bytes1(api.FieldToMatch{
			Kind: kind, Pattern: "All", Scope: "ALL", Oversize: oversize,
		}, "CONTAINS", "needle")
	}
	filler := strings.Repeat("x", 16<<10)
	late, early := posted(filler+"needle"), posted("needle"+filler)
	manyHeaders, manyCookies := request("/"), request("/", "Cookie: "+strings.Repeat("a=1; ", 201))
	for range 201 {
		manyHeaders.Header.Add("A", "needle")
	}
	longHeader := request("/", "A: "+filler[:8192], "B: needle")
	return []statementRow{
		{"beyond the limit nothing is seen", with("Body", "CONTINUE"), late, false},
		{"up to the limit everything is", with("Body", "CONTINUE"), early, true},
		{"a large body matches", with("Body", "MATCH"), late, true},
		{"a large body does not match", with("Body", "NO_MATCH"), early, false},
		{"a body at the limit is not large", with("Body", "MATCH"), posted(filler), false},
		{"the size is that of what is seen", size(body, "EQ", 16<<10), late, true},
		{"a large JSON body matches", with("JsonBody", "MATCH"), late, true},
		{"long headers match", with("Headers", "MATCH"), longHeader, true},
		{"beyond 8 KB no header is seen", with("Headers", "CONTINUE"), longHeader, false},
		{"many headers do not match", with("Headers", "NO_MATCH"), manyHeaders, false},
		{"many cookies match", with("Cookies", "MATCH"), manyCookies, true},
		{"many cookies go on", with("Cookies", "CONTINUE"), manyCookies, false},
		{"many header names match", with("HeaderOrder", "MATCH"), manyHeaders, true},
	}
}

func TestNotOfAnOversizeMatchIsNone(t *testing.T) {
	large := api.FieldToMatch{Kind: "Body", Oversize: "MATCH"}
	inner := bytes1(large, "CONTAINS", "needle")
	acl := compiled(t, definition(blocks(api.Statement{Not: &inner})))
	if got := acl.Inspect(posted(strings.Repeat("x", 20_000))); got.Action != Allow {
		t.Errorf("got %s, want ALLOW", got.Action)
	}
}
