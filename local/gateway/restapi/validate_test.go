package restapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// validated puts POST /orders/{id} behind a validator.
func (w *world) validated(v api.RequestValidator) {
	w.def.RequestValidators = map[string]api.RequestValidator{"v1": v}
	w.def.Models = map[string]api.Model{"Order": {Name: "Order", Schema: json.RawMessage(
		`{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}`)}}
	m := proxy()
	m.RequestValidatorID = "v1"
	m.RequestModels = map[string]string{"application/json": "Order"}
	m.RequestParameters = map[string]bool{
		"method.request.header.x-header-param": true, "method.request.path.id": true,
		"method.request.querystring.qs1": true, "method.request.querystring.free": false,
	}
	w.method("/orders/{id}", "POST", m)
}

// The rows are those of spec rest-api.md §11 and control-plane.md §8 and §19.
func TestValidateRequest(t *testing.T) {
	both := api.RequestValidator{ValidateBody: true, ValidateParameters: true}
	const all, body = "?qs1=a", `{"name":"x"}`
	lacks := func(names string) answer {
		return answer{400, "BadRequestException", `{"message": "Missing required request parameters: [` + names + `]"}`}
	}
	ok, wrong := answer{200, "", "ok"}, answer{400, "BadRequestException", `{"message": "Invalid request body"}`}
	for _, r := range []struct {
		name, query, header, body string
		validator                 api.RequestValidator
		want                      answer
	}{
		{"everything is there", all, "x-header-param: a", body, both, ok},
		{"all are missing, headers first", "", "A: b", body, both, lacks("x-header-param, qs1")},
		{"a blank value is missing", "?qs1=", "x-header-param: a", body, both, lacks("qs1")},
		{"header names are compared as written", all, "X-Header-Param: a", body, both, lacks("x-header-param")},
		{"parameters come before the body", "", "x-header-param: a", `[]`, both, lacks("qs1")},
		{"a body that does not fit", all, "x-header-param: a", `{"name":1}`, both, wrong},
		{"an empty body counts as {}", all, "x-header-param: a", ``, both, wrong},
		{"a body that is no JSON", all, "x-header-param: a", `{`, both, wrong},
		{"parameters alone", all, "x-header-param: a", `{`, api.RequestValidator{ValidateParameters: true}, ok},
		{"the body alone", "", "A: b", body, api.RequestValidator{ValidateBody: true}, ok},
		{"nothing", "", "A: b", `{`, api.RequestValidator{}, ok},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.validated(r.validator)
			asked := request("POST", "/dev/orders/7"+r.query, r.header)
			asked.Body = []byte(r.body)
			if got := seen(w.serve(t, asked)); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if r.want.status == 400 && len(w.lambda.calls) > 0 {
				t.Error("the function was called")
			}
		})
	}
}

func TestValidationErrorString(t *testing.T) {
	w := newWorld()
	w.validated(api.RequestValidator{ValidateBody: true})
	w.def.GatewayResponses = map[string]api.GatewayResponse{"BAD_REQUEST_BODY": {Templates: map[string]string{
		"application/json": `$context.error.messageString $context.error.validationErrorString $context.error.responseType`,
	}}}
	reply := w.serve(t, request("POST", "/dev/orders/7"))
	const want = `"Invalid request body" [object has missing required properties (["name"])] BAD_REQUEST_BODY`
	if got := string(reply.Body); got != want || reply.Status != 400 {
		t.Errorf("got %d %s, want %s", reply.Status, got, want)
	}
	if got := w.records[0].Reason(); !strings.Contains(got, "model Order") {
		t.Errorf("the reason is %q", got)
	}
}

func TestValidatorsThatCannotBeRead(t *testing.T) {
	for _, r := range []struct {
		name, want string
		change     func(*world)
	}{
		{"no such validator", "request validator v1", func(w *world) { delete(w.def.RequestValidators, "v1") }},
		{"no such model", `model "Order"`, func(w *world) { delete(w.def.Models, "Order") }},
		{"a schema that is none", "Order", func(w *world) {
			w.def.Models["Order"] = api.Model{Name: "Order", Schema: json.RawMessage(`{"type":5}`)}
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.validated(api.RequestValidator{ValidateBody: true})
			r.change(w)
			got := seen(w.serve(t, request("POST", "/dev/orders/7")))
			if got != (answer{500, "InternalServerErrorException", internalBody}) {
				t.Errorf("got %+v", got)
			}
			if reason := w.records[0].Reason(); !strings.Contains(reason, r.want) {
				t.Errorf("the reason is %q, want one that names %s", reason, r.want)
			}
		})
	}
}
