package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
	"portico/local/gateway/route"
)

// The kinds of values are those of "Mapping request parameters" (Create AWS service integrations for
// HTTP APIs).
func TestServiceParameters(t *testing.T) {
	call := func() *mapping.V2Call {
		return &mapping.V2Call{
			Request: &exchange.Request{
				RawQuery: "q=Value1&q=Value2", Body: []byte(`{"message":"hi","of":{"a":[1]}}`),
				Header: exchange.Header{{Name: "X", Value: "value1"}, {Name: "x", Value: "value2"}},
			},
			Path: "/pets/7%2F8", Params: []route.Param{{Name: "petId", Value: "7%2F8"}},
			StageVariables: map[string]string{"queue": "https://q"},
			Variables:      &exchange.Variables{RequestID: "r-1"},
		}
	}
	rows := []struct{ name, source, want string }{
		{"a header, its values joined", "$request.header.x", "value1,value2"},
		{"a query parameter, its values joined", "$request.querystring.q", "Value1,Value2"},
		{"a path parameter, decoded", "$request.path.petId", "7/8"},
		{"the whole body", "$request.body", `{"message":"hi","of":{"a":[1]}}`},
		{"a text in the body", "$request.body.message", "hi"},
		{"an object in the body", "$request.body.of", `{"a":[1]}`},
		{"a context variable", "$context.requestId", "r-1"},
		{"a stage variable", "$stageVariables.queue", "https://q"},
		{"a constant", "https://sqs.us-east-1.amazonaws.com/1/q", "https://sqs.us-east-1.amazonaws.com/1/q"},
		{"text with expressions in it", `{"a": {"StringValue": "${request.header.x}"}}`, `{"a": {"StringValue": "value1,value2"}}`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			compiled, err := mapping.CompileServiceParameters(map[string]string{"P": r.source})
			if err != nil {
				t.Fatal(err)
			}
			got, err := compiled.Evaluate(call())
			if diff := cmp.Diff(map[string]string{"P": r.want}, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
	t.Run("a value that the call does not have", func(t *testing.T) {
		compiled, err := mapping.CompileServiceParameters(map[string]string{"MessageBody": "$request.body.gone"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = compiled.Evaluate(call())
		var unresolved *mapping.UnresolvedError
		if !errors.As(err, &unresolved) || unresolved.Parameter != "MessageBody" || unresolved.Source != "$request.body.gone" {
			t.Errorf("got %v", err)
		}
	})
}

// The words are recorded (terraform-provider-aws #17348 and #50061).
func TestServiceParametersThatAWSRefuses(t *testing.T) {
	const refusal = "Invalid selection expression specified: Validation Result: warnings : [], errors : "
	for _, r := range []struct{ name, source, want string }{
		{"no value", "", refusal + "[Mapping expression missing source or destination]"},
		{"an expression that is none", "$request.gone", refusal + "[Invalid source: $request.gone specified for destination: P]"},
		{"what only responses have", "$response.body", refusal + "[Invalid source: $response.body specified for destination: P]"},
		{"recursive descent", "$request.body..a", refusal + "[Invalid source: $request.body..a specified for destination: P]"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := mapping.CompileServiceParameters(map[string]string{"P": r.source})
			if err == nil || err.Error() != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}
