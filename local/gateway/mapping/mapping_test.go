package mapping_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

func render(t testing.TB, text string, in mapping.Input) mapping.Output {
	t.Helper()
	template, err := mapping.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	out, err := template.Render(in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func call() mapping.Input {
	return mapping.Input{
		Body: []byte(`{"some": "value"}`),
		Params: mapping.Params{
			Path: []exchange.Field{{Name: "id", Value: "p-1"}, {Name: "both", Value: "path"}},
			Query: []exchange.Field{
				{Name: "both", Value: "query"}, {Name: "q", Value: "1"}, {Name: "q", Value: "2"},
			},
			Header: exchange.Header{{Name: "X-One", Value: "a"}, {Name: "X-One", Value: "b"}},
		},
		StageVariables: map[string]string{"env": "dev", "name": "n"},
		Variables: &exchange.Variables{
			AccountID: "123456789012", APIID: "abcdef1234", Stage: "dev", HTTPMethod: "POST",
			ResourcePath: "/orders/{id}", ResourceID: "r1", RequestID: "req-1", SourceIP: "10.0.0.1",
			UserAgent: "curl/8", Path: "/dev/orders/1", Protocol: "HTTP/1.1", DeploymentID: "d1",
			DomainName: "x.execute-api.us-east-1.amazonaws.com", DomainPrefix: "x",
			ExtendedRequestID: "ext=", RequestTime: time.Unix(1700000000, 0).UTC(),
		},
	}
}

// Values of the table in spec: what $input.path prints, as AWS printed it.
func TestInputPathPrints(t *testing.T) {
	const whole = `#set($r=$input.path("$.json"))$r`
	for _, r := range []struct{ name, template, value, want string }{
		{"an object as a Java map", whole, `{"foo":"bar"}`, `{foo=bar}`},
		{"a list as compact JSON", whole, `[{"foo": "bar"}]`, `[{"foo":"bar"}]`},
		{
			"a list inside an object as JSON", whole, `{"foo":[{"nested":"bar"}]}`,
			`{foo=[{"nested":"bar"}]}`,
		},
		{
			"members in order", whole, `{"bigger":"dict","to":"test","with":"separators"}`,
			`{bigger=dict, to=test, with=separators}`,
		},
		{"an object inside", whole + ".nested", `{"nested":{"foo":"bar"}}`, `{foo=bar}`},
		{"a list inside", whole + ".nested", `{"nested":[{"foo":"bar"}]}`, `[{"foo":"bar"}]`},
		{"an element", whole + "[0]", `[{"foo":"bar"}]`, `{foo=bar}`},
		{"an element that is a list", whole + "[0]", `[[{"foo":"bar"}]]`, `[{"foo":"bar"}]`},
		{
			"toString of an object", whole + ".toString()", `{"list":[{"foo":"bar"}]}`,
			`{list=[{"foo":"bar"}]}`,
		},
		{"null prints nothing", whole, `null`, ``},
		{"below null is nothing", whole + ".nested", `null`, ``},
		{"null equals $null", `#set($r=$input.path("$.json"))#if($r == $null)yes#end`, `null`, `yes`},
		{"null equals \"\"", `#set($r=$input.path("$.json"))#if($r == "")yes#end`, `null`, `yes`},
		{"a missing path is null", `#set($r=$input.path("$.x"))#if($r == $null)yes#end`, `1`, `yes`},
		{"an empty list", whole, `[]`, `[]`},
		{
			"an empty list is not null",
			`#set($r=$input.path("$.json"))#if($r == $null)a#elseif($r == "")b#{else}c#end`, `[]`, `c`,
		},
		{"an unset name equals the empty string", `#if($foo.bar.stuff != '')a#{else}b#end`, `1`, `b`},
		{"large numbers keep their digits", whole, `12345678901234567890`, `12345678901234567890`},
	} {
		t.Run(r.name, func(t *testing.T) {
			in := mapping.Input{Body: []byte(`{"json":` + r.value + `}`)}
			if r.template != whole && strings.HasPrefix(r.template, whole) {
				r.template = strings.Replace(r.template, ")$r", ")${r", 1) + "}"
			}
			if got := render(t, r.template, in).Text; got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestRender(t *testing.T) {
	canary := true
	for _, r := range []struct{ name, template, want string }{
		{"a constant", `{"statusCode": 200}`, `{"statusCode": 200}`},
		{"blanks around a template are cut", "\n  {\"a\": 1}\n", `{"a": 1}`},
		{"the body as it came", "$input.body", `{"some": "value"}`},
		{"a property of the body is nothing", "<$input.body.testAccess>", "<>"},
		{"json of all", "$input.json('$')", `{"some":"value"}`},
		{"json of a string has quotes", "$input.json('$.some')", `"value"`},
		{"json of a missing path", "$input.json('$.none')", `""`},
		{"a parameter of the path comes first", "$input.params('both')", "path"},
		{"a parameter of the query: the last", "$input.params('q')", "2"},
		{"a parameter of the header", "$input.params('X-One')", "a"},
		{"names have case", "<$input.params('x-one')>", "<>"},
		{"params by place", "$input.params().path.id $input.params().header.get('X-One')", "p-1 a"},
		{"the places of params", "$input.params().keySet()", "[path, querystring, header]"},
		{"urlEncode", "$util.urlEncode($input.body)", "%7B%22some%22%3A+%22value%22%7D"},
		{"urlEncode of null", "<$util.urlEncode($nothing)>", "<>"},
		{"urlDecode", "$util.urlDecode('a+b%2Fc')", "a b/c"},
		{"base64", "$util.base64Encode('hé') $util.base64Decode('aMOp')", "aMOp hé"},
		{"parseJson", `#set($e = $util.parseJson('{"key2":{"arr":[1]}}'))$e.key2.arr[0]`, "1"},
		{
			"escapeJavaScript", `$util.escapeJavaScript('a"b/c') $util.escapeJavaScript("it's é")`,
			`a\"b\/c it\'s \u00E9`,
		},
		{
			"stage variables", "$stageVariables.env ${stageVariables['name']} <$stageVariables.no>",
			"dev n <>",
		},
		{"keys of stage variables", "$stageVariables.keySet()", "[env, name]"},
		{"context", "$context.httpMethod $context.identity.sourceIp $context.stage", "POST 10.0.0.1 dev"},
		{"an identity's missing value", "<$context.identity.user><$context.get('identity')>", "<><>"},
		{"no authorizer has no keys", "#foreach($k in $context.authorizer.keySet())x#end", ""},
		{"canary", "$context.isCanaryRequest", "true"},
		{"the override maps print nothing", "<$context.get('requestOverride')>", "<>"},
		{
			"the keys of context as AWS orders them", "$context.keySet()",
			"[resourceId, resourcePath, httpMethod, extendedRequestId, requestTime, path, " +
				"accountId, protocol, requestOverride, stage, domainPrefix, requestTimeEpoch, " +
				"requestId, identity, domainName, deploymentId, responseOverride, apiId]",
		},
		{"the keys of responseOverride", "$context.responseOverride.keySet()", "[header]"},
		{"a path made of a variable", `#set($i = 0)$input.path("$.some${nothing}")`, "value"},
	} {
		t.Run(r.name, func(t *testing.T) {
			in := call()
			in.Canary = &canary
			if got := render(t, r.template, in).Text; got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestAnEmptyBodyIsAnEmptyObject(t *testing.T) {
	for _, r := range []struct{ template, want string }{
		{"$util.urlEncode($input.body)", "%7B%7D"},
		{"$input.json('$')", "{}"}, // AWS's passthrough template makes "body-json": {} of a GET
		{"$input.path('$')", "{}"},
		{"$input.json('$.none')", `""`},
		{"<$input.path('$.none')>", "<>"},
	} {
		if got := render(t, r.template, mapping.Input{}).Text; got != r.want {
			t.Errorf("%s: got %q, want %q", r.template, got, r.want)
		}
	}
}

func TestOverrides(t *testing.T) {
	out := render(t, `#set($context.requestOverride.header.X-Amz-Target = "t")
#set($name = "q")#set($context.requestOverride.querystring[$name] = "1")
$context.requestOverride.querystring.put("r", "2")
#set($context["requestOverride"].querystring["k"] = "3")
#set($context.requestOverride.path.body = $input.body)
#set($context.requestOverride.header.many = ["a", "b"])
#set($context.responseOverride.status = 444)#set($context.responseOverride.header.foo = "bar")
#set($context.responseOverride.custom = "kept")`, call())
	got := map[string][]mapping.Override{
		"header": out.Overrides.RequestHeader(), "query": out.Overrides.RequestQuery(),
		"path": out.Overrides.RequestPath(), "response": out.Overrides.ResponseHeader(),
	}
	want := map[string][]mapping.Override{
		"header": {
			{Name: "X-Amz-Target", Values: []string{"t"}}, {Name: "many", Values: []string{"a", "b"}},
		},
		"query": {
			{Name: "q", Values: []string{"1"}},
			{Name: "r", Values: []string{"2"}},
			{Name: "k", Values: []string{"3"}},
		},
		"path":     {{Name: "body", Values: []string{`{"some": "value"}`}}},
		"response": {{Name: "foo", Values: []string{"bar"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if status, ok := out.Overrides.Status(); !ok || status != 444 {
		t.Errorf("got status %d %t, want 444", status, ok)
	}
	in := call()
	in.Overrides = out.Overrides
	response := render(t, "$context.requestOverride.path.body $context.responseOverride.custom", in)
	if want := `{"some": "value"} kept`; response.Text != want {
		t.Errorf("the response template got %q, want %q", response.Text, want)
	}
}

// spec rest-api.md §8: each parameter may be overridden once.
func TestAParameterIsOverriddenOnceInATemplate(t *testing.T) {
	for _, r := range []struct{ name, template, want string }{
		{"a header", `#set($context.requestOverride.header.A = 1)
#set($context.requestOverride.header.A = 2)`, "line 2, column 38: $context.requestOverride.header.A is overridden twice"},
		{"by property and by index", `#set($o = $context.requestOverride)#set($o.querystring.a = 1)#set($o.querystring["a"] = 1)`, "requestOverride.querystring.a is"},
		{"by put", `#set($context.requestOverride.path.a = 1)$context.requestOverride.path.put("a", 2)`, "requestOverride.path.a is"},
		{"by putAll", `#set($context.responseOverride.header.a = 1)$context.responseOverride.header.putAll({"a": 2})`, "responseOverride.header.a is"},
		{"taken away between", `#set($h = $context.responseOverride.header)#set($h.a = 1)$!h.remove("a")#set($h.a = 2)`, "responseOverride.header.a is"},
		{"in a loop", `#foreach($i in [1..2])#set($context.responseOverride.status = 400)#end`, "responseOverride.status is"},
		{"the status by put", `#set($context.responseOverride.status = 400)$context.responseOverride.put("status", 401)`, "responseOverride.status is"},
		{"several parameters once each", `#set($context.requestOverride.header.a = 1)#set($context.requestOverride.header.b = 1)` +
			`#set($context.requestOverride.path.a = 1)#set($context.responseOverride.header.a = 1)#set($context.responseOverride.status = 400)`, ""},
		{"put where nothing is", `$!context.requestOverride.header.putIfAbsent("a", 1)$!context.requestOverride.header.putIfAbsent("a", 1)`, ""},
		{"what is no parameter", `#set($context.responseOverride.custom = 1)#set($context.responseOverride.custom = 2)`, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			template, err := mapping.Compile(r.template)
			if err != nil {
				t.Fatal(err)
			}
			out, err := template.Render(call())
			if r.want != "" {
				if err == nil || !strings.Contains(err.Error(), r.want) {
					t.Errorf("got %v, want an error with %q", err, r.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			again := call()
			again.Overrides = out.Overrides
			if _, err := template.Render(again); err != nil {
				t.Errorf("the next template cannot override what this one did: %v", err)
			}
		})
	}
}

// What a template hands over is read when it has been rendered, and others after it.
func TestOverridesAreReadAfterTheTemplate(t *testing.T) {
	const to = "#set($context.requestOverride.header.X = "
	for _, r := range []struct{ name, template, want string }{
		{"a block", "#define($b)on $context.stage#end" + to + "$b)", "on dev"},
		{"a block in a list", "#define($b)on $context.stage#end" + to + "[$b, 1])", "on dev,1"},
		{"the body of a macro", "#macro(m)" + to + "$bodyContent)#end#@m()on $context.stage#end", "on dev"},
		{"all stage variables", to + "$stageVariables)", "{env=dev, name=n}"},
		{"the context", to + "[$context, 1])", "{resourceId=r1,"},
	} {
		t.Run(r.name, func(t *testing.T) {
			out := render(t, r.template, call())
			other := call()
			other.Variables.Stage, other.Variables.ResourceID, other.StageVariables = "other", "other", nil
			render(t, r.template, other)
			got := strings.Join(out.Overrides.RequestHeader()[0].Values, ",")
			if !strings.HasPrefix(got, r.want) {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestStatusMustBeAWholeNumber(t *testing.T) {
	for _, value := range []string{`99`, `600`, `"abc"`, `1.5`, `$nothing`} {
		out := render(t, "#set($context.responseOverride.status = "+value+")", call())
		if status, ok := out.Overrides.Status(); ok {
			t.Errorf("%s: got the status %d, want none", value, status)
		}
	}
}

func TestAnErrorNamesLineAndColumn(t *testing.T) {
	_, err := mapping.Compile("{\n  \"a\": #if($x\n}")
	if err == nil || !strings.Contains(err.Error(), "line 3, column 1") {
		t.Errorf("got %v, want line 3, column 1", err)
	}
	template, err := mapping.Compile("{\n\"a\": $input.body.substring(99)}")
	if err != nil {
		t.Fatal(err)
	}
	_, err = template.Render(call())
	if err == nil || !strings.Contains(err.Error(), "line 2, column 18") {
		t.Errorf("got %v, want line 2, column 18", err)
	}
}
