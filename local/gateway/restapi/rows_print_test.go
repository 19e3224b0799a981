package restapi_test

import "testing"

// The rows are those of spec control-plane.md §14 that TestWhatTemplatesPrint has not: of the table
// in templates of responses, and of the list below it. $r is $input.path("$.json") of {"json": X}.
func TestRowsOfPrinting(t *testing.T) {
	for _, r := range []struct{ name, template, x, want string }{
		{"an object, in a response", "$r", `{"foo":"bar"}`, "{foo=bar}"},
		{"a list of an object, in a response", "$r", `[{"foo":"bar"}]`, `[{"foo":"bar"}]`},
		{"a list in an object, in a response", "$r", `{"foo":[{"nested":"bar"}]}`, `{foo=[{"nested":"bar"}]}`},
		{"an object of several, in a response", "$r", `{"bigger":"dict","to":"test","with":"separators"}`, "{bigger=dict, to=test, with=separators}"},
		{"an element, in a response", "$r[0]", `[{"foo":"bar"}]`, "{foo=bar}"},
		{"a list has no blanks, whatever the body has", "$r", `[ { "foo" : "bar" } , 1 ]`, `[{"foo":"bar"},1]`},
		{"null in an object", "$r", `{"a":null}`, "{a=null}"},
		{"null in a list", "$r", `[null,1]`, "[null,1]"},
		{"numbers and truth values of an object", "$r", `{"n":1.50,"t":true}`, "{n=1.5, t=true}"},
		{"a text has no quotes", "$r", `"text"`, "text"},
		{"the body of nothing is {}", "$input.body", "", "{}"},
		{"a text that is no JSON is printed as it is", "$input.body", "hello", "hello"},
		{"a quoted path with a variable", `#set($i = 1)$input.path("$.json[${i}]")`, `["a","b"]`, "b"},
		{"a range with a variable", `#set($max = $r.size() - 1)#foreach($i in [0..$max])$r.get($i)#if($foreach.hasNext),#end#end`, `["a","b"]`, "a,b"},
		{"Java's methods of a text", `$r.replaceAll("b", "x") $r.contains("a") $r.length()`, `"abc"`, "axc true 3"},
		{"blanks are a plus in a URL", "$util.urlEncode($r)", `"a b"`, "a+b"},
		{"JSON in a URL", "$util.urlEncode($input.body)", `{"some": "value"}`, "%7B%22json%22%3A%7B%22some%22%3A+%22value%22%7D%7D"},
		{"base64 there and back", "$util.base64Decode($util.base64Encode($r))", `"grüß"`, "grüß"},
		{"JSON within a text", "$util.parseJson($r).a", `"{\"a\":7}"`, "7"},
		{"JSON may be set and printed later", `#set($j = $input.json('$.json'))[$j]`, `{"a":[1]}`, `[{"a":[1]}]`},
		{"the maps of the context print nothing", `[$context.get("identity")][$context.get("requestOverride")][$context.get("responseOverride")]`, "1", "[][][]"},
		{"what may be overridden of a request", "#foreach($k in $context.requestOverride.keySet())$k,#end", "1", "path,header,querystring,"},
		{"what may be overridden of a response", "#foreach($k in $context.responseOverride.keySet())$k,#end", "1", "header,"},
		{"without an authorizer it has no keys", "[#foreach($k in $context.authorizer.keySet())$k#end]", "1", "[]"},
		{"the identity's keys", "#foreach($k in $context.identity.keySet())$k,#end", "1", "cognitoIdentityPoolId,accountId,cognitoIdentityId,caller,sourceIp,principalOrgId,accessKey,cognitoAuthenticationType,cognitoAuthenticationProvider,userArn,userAgent,user,"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			m.Integration.Responses[0].Templates = map[string]string{"application/json": `#set($r = $input.path("$.json"))` + r.template}
			w.method("/m", "GET", m)
			output := `{"json":` + r.x + `}`
			switch r.x {
			case "", "hello":
				output = r.x
			}
			w.lambda.answer(functionARN, output)
			reply := w.get(t, "/dev/m")
			if reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			if got := string(reply.Body); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}
