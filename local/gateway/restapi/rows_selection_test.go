package restapi_test

import (
	"testing"

	"portico/local/gateway/api"
)

// The rows are those of spec rest-api.md §6 and control-plane.md §12 that
// TestIntegrationResponseSelection has not. A function answers with output.
func TestRowsOfSelection(t *testing.T) {
	type change = func(*api.Method)
	response := func(status, pattern string) api.IntegrationResponse {
		return api.IntegrationResponse{StatusCode: status, SelectionPattern: pattern}
	}
	responses := func(list ...api.IntegrationResponse) change {
		return func(m *api.Method) { m.Integration.Responses = list }
	}
	overriding := func(text string) change {
		return func(m *api.Method) {
			m.Integration.Responses = []api.IntegrationResponse{{
				StatusCode: "200", Templates: map[string]string{"application/json": text},
			}}
		}
	}
	const failed = `{"errorMessage":"x","errorType":"E","stackTrace":[]}`
	for _, r := range []struct {
		name, output string
		change       change
		want         answer
	}{
		{"an error message that is empty is no error", `{"errorMessage":""}`, responses(response("200", ""), response("400", ".+")), answer{200, "", `{"errorMessage":""}`}},
		{"an error message that is no text is none", `{"errorMessage":{"a":1}}`, responses(response("200", ""), response("400", ".+")), answer{200, "", `{"errorMessage":{"a":1}}`}},
		{"an error message beside a name that stands twice", `{"a":1,"a":2,"errorMessage":"x"}`, responses(response("200", ""), response("400", ".+")), answer{400, "", `{"a":1,"a":2,"errorMessage":"x"}`}},
		{"of several defaults the first by status", "1", responses(response("400", ""), response("200", "")), answer{200, "", "1"}},
		{"nothing fits and there is no default", "1", responses(response("400", ".+")), internalError},
		{"there are no integration responses", "1", responses(), internalError},
		{"without a template the client gets Lambda's error", failed, responses(response("200", ""), response("400", ".+")), answer{400, "", failed}},
		{"patterns are compared with case", failed, responses(response("200", ""), response("400", "X")), answer{200, "", failed}},
		{"an override may name a status nobody declares", "1", overriding("#set($context.responseOverride.status = 418)t"), answer{418, "", "t"}},
		{"200 is the least status of an override that ends an exchange", "1", overriding("#set($context.responseOverride.status = 200)t"), answer{200, "", "t"}},
		{"an override of an interim status is a failure", "1", overriding("#set($context.responseOverride.status = 199)t"), internalError},
		{"an override that would switch protocols is a failure", "1", overriding("#set($context.responseOverride.status = 101)t"), internalError},
		{"an integration response of an interim status is a failure", "1", responses(response("100", "")), internalError},
		{"599 is the greatest status of an override", "1", overriding("#set($context.responseOverride.status = 599)t"), answer{599, "", "t"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			m.Responses = map[string]api.MethodResponse{"100": {}, "200": {}, "400": {}}
			r.change(&m)
			w.method("/m", "GET", m)
			w.lambda.answer(functionARN, r.output)
			if got := seen(w.get(t, "/dev/m")); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
		})
	}
	for _, r := range []struct{ name, value, want string }{
		{"a mapped Content-Type is the reply's", "'text/html'", "text/html"},
		{"a Content-Type whose source is missing is application/json", "integration.response.header.None", "application/json"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := lambdaMethod()
			m.Integration.Responses = []api.IntegrationResponse{{
				StatusCode: "200", Parameters: map[string]string{"method.response.header.Content-Type": r.value},
			}}
			w.method("/m", "GET", m)
			if got := w.get(t, "/dev/m").Header.Values("Content-Type"); len(got) != 1 || got[0] != r.want {
				t.Errorf("got %v, want %s", got, r.want)
			}
		})
	}
}
