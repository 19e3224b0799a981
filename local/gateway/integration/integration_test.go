package integration_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// The rows are those of spec control-plane.md §14.
func TestMockStatus(t *testing.T) {
	for _, r := range []struct {
		name, rendered string
		want           int
		refused        bool
	}{
		{"JSON", `{"statusCode": 200}`, 200, false},
		{"an unquoted key", `{statusCode: 200}`, 200, false},
		{"blanks around", " {\n statusCode : 404 \n} ", 404, false},
		{"single quotes", `{'statusCode': 200}`, 200, false},
		{"a trailing comma", `{"statusCode": 200,}`, 200, false},
		{"a double comma", `{"statusCode": 200,, "a": 1}`, 200, false},
		{"null: null", `{null: null, statusCode: 200}`, 200, false},
		{"an empty key", `{"": 1, statusCode: 200}`, 200, false},
		{"junk after a comma", `{statusCode: 200, super{ f}oo: [ba r]}`, 200, false},
		{"zero", `{"statusCode": 0}`, 0, false},
		{"a negative number", `{statusCode: -1000}`, -1000, false},
		{"a status deeper down is another's", `{"statusCode": 200, a: {"statusCode": 404}}`, 200, false},
		{"a quoted number", `{"statusCode": "200"}`, 0, true},
		{"a quoted number, loosely", `{statusCode: "200"}`, 0, true},
		{"mismatched quotes around the key", `{"statusCode': 200}`, 0, true},
		{"no closing brace", `{"statusCode": 200`, 0, true},
		{"no braces", `"statusCode": 200`, 0, true},
		{"an open brace within", `{statusCode: 200, {foo: [ba r]}`, 0, true},
		{"no status", `{"a": 1}`, 0, true},
		{"nothing", ``, 0, true},
		{"null", `null`, 0, true},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := integration.MockStatus([]byte(r.rendered))
			if got != r.want || (err != nil) != r.refused {
				t.Errorf("got %d, %v, want %d, refused %v", got, err, r.want, r.refused)
			}
		})
	}
}

func FuzzMockStatus(f *testing.F) {
	f.Add([]byte(`{statusCode: 200, super{ f}oo: [ba r]}`))
	f.Fuzz(func(_ *testing.T, rendered []byte) { _, _ = integration.MockStatus(rendered) })
}

func TestFunctionARN(t *testing.T) {
	const orders = "arn:aws:lambda:us-east-1:123456789012:function:orders"
	const invoke = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
	variables := map[string]string{"fn": "orders", "alias": "live"}
	for _, r := range []struct{ name, uri, want string }{
		{"a function", invoke + orders + "/invocations", orders},
		{"an alias", invoke + orders + ":live/invocations", orders + ":live"},
		{"a slash after path", "arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/" + orders + "/invocations", orders},
		{
			"stage variables",
			invoke + "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.fn}:${stageVariables.alias}/invocations",
			orders + ":live",
		},
		{"a stage variable that is not set", invoke + "arn:aws:lambda:us-east-1:1:function:${stageVariables.no}/invocations", ""},
		{"a streaming invocation", "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/" + orders + "/response-streaming-invocations", ""},
		{"another service", "arn:aws:apigateway:us-east-1:sqs:path/1/q", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := integration.FunctionARN(r.uri, variables)
			if got != r.want || (err != nil) != (r.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §7.1.
func TestChooseRequest(t *testing.T) {
	templates := map[string]string{"application/json": "x"}
	for _, r := range []struct {
		name, contentType, behaviour string
		templates                    map[string]string
		want                         integration.Choice
	}{
		{"a template for the type", "application/json; charset=utf-8", "NEVER", templates, integration.Render},
		{"no Content-Type is JSON", "", "NEVER", templates, integration.Render},
		{"none for the type, WHEN_NO_MATCH", "text/plain", "WHEN_NO_MATCH", templates, integration.PassThrough},
		{"none for the type, WHEN_NO_TEMPLATES", "text/plain", "WHEN_NO_TEMPLATES", templates, integration.Unsupported},
		{"none for the type, NEVER", "text/plain", "NEVER", templates, integration.Unsupported},
		{"none at all, WHEN_NO_MATCH", "", "WHEN_NO_MATCH", nil, integration.PassThrough},
		{"none at all, WHEN_NO_TEMPLATES", "", "WHEN_NO_TEMPLATES", nil, integration.PassThrough},
		{"none at all, NEVER", "", "NEVER", nil, integration.Unsupported},
		{"the catch-all", "text/plain", "NEVER", map[string]string{"$default": "x"}, integration.Render},
	} {
		t.Run(r.name, func(t *testing.T) {
			if _, got := integration.ChooseRequest(r.templates, r.contentType, r.behaviour); got != r.want {
				t.Errorf("got %v, want %v", got, r.want)
			}
		})
	}
}

func TestChooseResponse(t *testing.T) {
	both := map[string]string{"application/json": "", "a/b": "", "text/html": ""}
	for _, r := range []struct {
		name, accept string
		templates    map[string]string
		want         string
	}{
		{"the accepted one", "text/html", both, "text/html"},
		{"JSON when none fits", "text/html, */*", both, "application/json"},
		{"the first when there is no JSON", "x", map[string]string{"text/html": "", "a/b": ""}, "a/b"},
		{"none", "x", nil, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got, _ := integration.ChooseResponse(r.templates, r.accept); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

// The rows are those of spec rest-api.md §12.
func TestBinaryTypes(t *testing.T) {
	for _, r := range []struct {
		name, entry, accept string
		want                bool
	}{
		{"the same type", "image/png", "image/png", true},
		{"parameters do not count", "image/png", "image/png;q=0.8", true},
		{"a wildcard in Accept", "image/png", "image/*", false},
		{"another type", "image/png", "image/jpg", false},
		{"anything in Accept", "image/png", "*/*", false},
		{"only the first counts", "image/png", "image/webp,image/png,*/*", false},
		{"the first fits", "image/png", "image/png,image/*", true},
		{"a wildcard entry", "application/*", "application/x", true},
		{"a wildcard entry, literally", "application/*", "application/*", true},
		{"a wildcard entry and half a type", "application/*", "application", false},
		{"a wildcard on the left", "*/test", "*/test", false},
		{"everything", "*/*", "", true},
		{"no Accept", "image/png", "", false},
	} {
		t.Run(r.name, func(t *testing.T) {
			types := integration.BinaryTypes{r.entry}
			if got := types.IsAccepted(r.accept); got != r.want {
				t.Errorf("got %v, want %v", got, r.want)
			}
		})
	}
}

func TestSelector(t *testing.T) {
	responses := []api.IntegrationResponse{
		{StatusCode: "502", SelectionPattern: ".+"},
		{StatusCode: "200"},
		{StatusCode: "405", SelectionPattern: `(\n|.)*four hundred(\n|.)*`},
		{StatusCode: "404", SelectionPattern: `4\d{2}`},
		{StatusCode: "409", SelectionPattern: `(?!un)(\w+) is not \1`},
		{StatusCode: "400", SelectionPattern: `(x+)+\1y`},
	}
	for _, r := range []struct{ name, value, want string }{
		{"nothing matches nothing", "", "200"},
		{"a pattern matches the whole value", "404", "404"},
		{"half a value is no match", "4040", "502"},
		{"of several the lowest status", "x four hundred\ny", "405"},
		{"Java's look-ahead and back reference", "this is not this", "409"},
		{"look-ahead that refuses", "unthis is not unthis", "502"},
		{"a search that takes too long matches nothing", strings.Repeat("x", 40), "502"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s, err := integration.NewSelector(responses)
			if err != nil {
				t.Fatal(err)
			}
			place, ok := s.Select(r.value)
			if !ok || responses[place].StatusCode != r.want {
				t.Errorf("got %s, want %s", responses[place].StatusCode, r.want)
			}
		})
	}
	if _, err := integration.NewSelector([]api.IntegrationResponse{
		{StatusCode: "200", SelectionPattern: "(?=x"},
	}); err == nil {
		t.Error("half a look-ahead was accepted")
	}
}

type invoker func(context.Context, exchange.Invocation) (exchange.Invoked, error)

func (f invoker) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	return f(ctx, in)
}

func TestLambdaTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lambda := integration.Lambda{
			FunctionARN: "arn:aws:lambda:us-east-1:1:function:slow", Timeout: 50 * time.Millisecond,
			Clock: clock.System{},
			Invoker: invoker(func(ctx context.Context, _ exchange.Invocation) (exchange.Invoked, error) {
				<-ctx.Done()
				return exchange.Invoked{}, ctx.Err()
			}),
		}
		_, err := lambda.Call(t.Context(), nil, "")
		var failed *integration.Error
		if !errors.As(err, &failed) || failed.Kind != integration.TimedOut {
			t.Errorf("got %v, want a timeout", err)
		}
	})
}
