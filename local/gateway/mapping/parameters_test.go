package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

func TestRequestParameters(t *testing.T) {
	const target = "integration.request.header.X"
	for _, r := range []struct {
		name, source string
		body         string
		want         []string
	}{
		{"a literal", "'text'", "", []string{"text"}},
		{"a path parameter", "method.request.path.id", "", []string{"p-1"}},
		{"of a repeated query parameter the last", "method.request.querystring.q", "", []string{"2"}},
		{
			"each of a repeated query parameter", "method.request.multivaluequerystring.q", "",
			[]string{"1", "2"},
		},
		{"of a repeated header the last", "method.request.header.X-One", "", []string{"b"}},
		{"a repeated header joined", "method.request.multivalueheader.X-One", "", []string{"a,b"}},
		{"a header of another case is missing", "method.request.header.x-one", "", nil},
		{"an empty body", "method.request.body", "", []string{"{}"}},
		{"the whole body", "method.request.body", "text", []string{"text"}},
		{
			"a value of the body", "method.request.body.a.b[0].c", `{"a":{"b":[{"c":"x"}]}}`,
			[]string{"x"},
		},
		{"an object of the body", "method.request.body.a", `{"a":{"b":1}}`, []string{`{"b":1}`}},
		{"a missing value of the body", "method.request.body.z", `{"a":1}`, nil},
		{"a body that is no JSON", "method.request.body.z", `hello`, nil},
		{"a stage variable", "stageVariables.env", "", []string{"dev"}},
		{"a missing stage variable", "stageVariables.none", "", nil},
		{"a context variable", "context.resourceId", "", []string{"r1"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			parameters, err := mapping.CompileRequest(map[string]string{target: r.source})
			if err != nil {
				t.Fatal(err)
			}
			in := call()
			in.Body = []byte(r.body)
			mapped, err := parameters.Apply(&in)
			if err != nil {
				t.Fatal(err)
			}
			var want []mapping.Mapped
			if r.want != nil {
				want = []mapping.Mapped{{Place: mapping.Header, Name: "X", Values: r.want}}
			}
			if diff := cmp.Diff(want, append([]mapping.Mapped(nil), mapped...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestABrokenBodyIsRefused(t *testing.T) {
	parameters, err := mapping.CompileRequest(map[string]string{
		"integration.request.path.x": "method.request.body.a",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = parameters.Apply(&mapping.Input{Body: []byte(`{"a":`)})
	if !errors.Is(err, mapping.ErrInvalidBody) {
		t.Errorf("got %v, want %v", err, mapping.ErrInvalidBody)
	}
}

func TestResponseParameters(t *testing.T) {
	parameters, err := mapping.CompileResponse(map[string]string{
		"method.response.header.a": "integration.response.header.X-Back",
		"method.response.header.b": "integration.response.multivalueheader.X-Back",
		"method.response.header.c": "integration.response.body.errorMessage.httpStatus",
		"method.response.header.d": "'*'",
		"method.response.header.e": "integration.response.header.none",
	})
	if err != nil {
		t.Fatal(err)
	}
	mapped, err := parameters.Apply(&mapping.Input{
		Body:    []byte(`{"errorMessage":"{\"httpStatus\":404}"}`),
		Backend: exchange.Header{{Name: "X-Back", Value: "1"}, {Name: "X-Back", Value: "2"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping.Mapped{
		{Place: mapping.ResponseHeader, Name: "a", Values: []string{"2"}},
		{Place: mapping.ResponseHeader, Name: "b", Values: []string{"1,2"}},
		{Place: mapping.ResponseHeader, Name: "c", Values: []string{"404"}},
		{Place: mapping.ResponseHeader, Name: "d", Values: []string{"*"}},
	}
	if diff := cmp.Diff(want, mapped); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCompileParametersRefuses(t *testing.T) {
	for _, r := range []struct{ name, target, source string }{
		{"an unknown target", "integration.request.cookie.X", "'x'"},
		{"a name with blanks", "integration.request.header.a b", "'x'"},
		{"an unknown source", "integration.request.header.X", "method.request.cookie.X"},
		{
			"a response's source in a request", "integration.request.header.X",
			"integration.response.header.X",
		},
		{"a JSON path that is none", "integration.request.header.X", "method.request.body.a[0"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if _, err := mapping.CompileRequest(map[string]string{r.target: r.source}); err == nil {
				t.Error("got no error")
			}
		})
	}
}
