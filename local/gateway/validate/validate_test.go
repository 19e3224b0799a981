package validate_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/validate"
)

// The rows are those of spec rest-api.md §11.
func TestParameters(t *testing.T) {
	declared := map[string]bool{
		"method.request.querystring.qs1": true, "method.request.path.issuer": true,
		"method.request.header.x-header-param": true, "method.request.header.optional": false,
	}
	for _, r := range []struct {
		name   string
		values map[string]string
		off    bool
		want   string
	}{
		{"all are there", map[string]string{
			"header x-header-param": "a", "path issuer": "b", "querystring qs1": "c",
		}, false, ""},
		{
			"the order is that of the full keys", nil, false,
			"Missing required request parameters: [x-header-param, issuer, qs1]",
		},
		{"a blank one is missing", map[string]string{
			"header x-header-param": "a", "path issuer": "b", "querystring qs1": "",
		}, false, "Missing required request parameters: [qs1]"},
		{"a header's name is compared as written", map[string]string{
			"header X-Header-Param": "a", "path issuer": "b", "querystring qs1": "c",
		}, false, "Missing required request parameters: [x-header-param]"},
		{"nothing is checked without the flag", nil, true, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			method, err := validate.New("a1", nil).Method(
				&api.Method{RequestParameters: declared},
				api.RequestValidator{ValidateParameters: !r.off, ValidateBody: true})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			err = method.Parameters(func(place validate.Place, name string) (string, bool) {
				value, ok := r.values[string(place)+" "+name]
				return value, ok
			})
			if err != nil {
				got = err.Error()
			}
			if got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

const pet = `{
	"$schema": "http://json-schema.org/draft-04/schema#", "id": "pet", "type": "object",
	"required": ["price", "name"], "additionalProperties": false,
	"properties": {
		"name": {"type": "string", "minLength": 3, "maxLength": 5, "pattern": "^[a-z]+$"},
		"kind": {"type": "string", "enum": ["dog", "cat", "fish"]},
		"price": {"type": "number", "minimum": 25, "maximum": 500},
		"age": {"type": "integer", "minimum": 0, "exclusiveMinimum": true, "multipleOf": 2},
		"tags": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true,
			"items": {"type": "string"}},
		"born": {"type": "string", "format": "date-time"}, "day": {"type": "string", "format": "date"},
		"nothing": {"type": "null"},
		"owner": {"$ref": "https://apigateway.amazonaws.com/restapis/a1/models/Owner"},
		"parent": {"$ref": "#"},
		"size": {"oneOf": [{"type": "string"}, {"type": "integer"}]}
	}
}`

const owner = `{"type":"object","required":["mail"],"properties":{
	"mail":{"type":"string"},
	"pets":{"type":"array","items":{"$ref":"https://apigateway.amazonaws.com/restapis/a1/models/Pet"}}}}`

func models() map[string]api.Model {
	return map[string]api.Model{
		"Pet":     {Name: "Pet", Schema: json.RawMessage(pet)},
		"Owner":   {Name: "Owner", Schema: json.RawMessage(owner)},
		"List":    {Name: "List", Schema: json.RawMessage(`{"type":"array","items":{"type":"integer"}}`)},
		"Foreign": {Name: "Foreign", Schema: json.RawMessage(`{"$ref":"https://apigateway.amazonaws.com/restapis/b2/models/Pet"}`)},
		"Broken":  {Name: "Broken", Schema: json.RawMessage(`{`)},
		"Java":    {Name: "Java", Schema: json.RawMessage(`{"pattern":"(?=x"}`)},
	}
}

func method(t testing.TB, requestModels map[string]string) *validate.Method {
	t.Helper()
	built, err := validate.New("a1", models()).Method(
		&api.Method{RequestModels: requestModels}, api.RequestValidator{ValidateBody: true})
	if err != nil {
		t.Fatal(err)
	}
	return built
}

// The messages are those of spec rest-api.md §11, their order is that of control-plane.md §19's
// validator: keywords by name, then members by name.
func TestBodyMessages(t *testing.T) {
	for _, r := range []struct{ name, model, body, want string }{
		{"a body that fits", "Pet", `{"name":"rex","price":30.5,"kind":"dog","tags":["a"],"nothing":null}`, ""},
		{"missing properties are sorted", "Pet", `{}`, `[object has missing required properties (["name","price"])]`},
		{"no body counts as an empty object", "Pet", ``, `[object has missing required properties (["name","price"])]`},
		{"an array model refuses no body", "List", ``, `[instance type (object) does not match any allowed primitive type (allowed: ["array"])]`},
		{"no JSON", "Pet", `{"name"`, `[Unknown error parsing request body]`},
		{"two JSON values", "Pet", `{} {}`, `[Unknown error parsing request body]`},
		{"a wrong type", "Pet", `{"name":"rex","price":"30"}`, `[instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])]`},
		{"a property that is not allowed", "Pet", `{"name":"rex","price":30,"x":1,"b":2}`, `[object instance has properties which are not allowed by the schema: ["b","x"]]`},
		{"not in the enumeration", "Pet", `{"name":"rex","price":30,"kind":"bird"}`, `[instance value ("bird") not found in enum (possible values: ["dog","cat","fish"])]`},
		{"too large", "Pet", `{"name":"rex","price":501}`, `[numeric instance is greater than the required maximum (maximum: 500, found: 501)]`},
		{"too small", "Pet", `{"name":"rex","price":1}`, `[numeric instance is lower than the required minimum (minimum: 25, found: 1)]`},
		{"an exclusive minimum", "Pet", `{"name":"rex","price":30,"age":0}`, `[numeric instance is not strictly greater than the required minimum 0]`},
		{"no multiple", "Pet", `{"name":"rex","price":30,"age":3}`, `[remainder of division is not zero (3 / 2)]`},
		{"too short", "Pet", `{"name":"a","price":30}`, `[string "a" is too short (length: 1, required minimum: 3)]`},
		{"too long, and no match", "Pet", `{"name":"ABCDEFGHI","price":30}`, `[string "ABCDEFGHI" is too long (length: 9, maximum allowed: 5), ECMA 262 regex "^[a-z]+$" does not match input string "ABCDEFGHI"]`},
		{"too few items", "Pet", `{"name":"rex","price":30,"tags":[]}`, `[array is too short: must have at least 1 elements but instance has 0 elements]`},
		{"items twice", "Pet", `{"name":"rex","price":30,"tags":["a","a"]}`, `[array must not contain duplicate elements]`},
		{"one of several schemas", "Pet", `{"name":"rex","price":30,"size":true}`, `[instance failed to match exactly one schema (matched 0 out of 2)]`},
		{"a time", "Pet", `{"name":"rex","price":30,"born":"today"}`, `[string "today" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]]`},
		{"a format draft 4 does not know", "Pet", `{"name":"rex","price":30,"day":"today"}`, ``},
		{"another model", "Pet", `{"name":"rex","price":30,"owner":{}}`, `[object has missing required properties (["mail"])]`},
		{"a circle of models", "Pet", `{"name":"rex","price":30,"owner":{"mail":"","pets":[{"name":"tom"}]}}`, `[object has missing required properties (["price"])]`},
		{"a model that refers to itself", "Pet", `{"name":"rex","price":30,"parent":{"parent":1}}`, `[object has missing required properties (["name","price"])]`},
		{"members in order", "Pet", `{"price":1,"name":"a"}`, `[string "a" is too short (length: 1, required minimum: 3), numeric instance is lower than the required minimum (minimum: 25, found: 1)]`},
		{"a fault hides those deeper down", "Pet", `{"name":1,"x":1}`, `[object instance has properties which are not allowed by the schema: ["x"], object has missing required properties (["price"])]`},
		{"the built-in Empty wants an object", "Empty", `[]`, `[instance type (array) does not match any allowed primitive type (allowed: ["object"])]`},
		{"the built-in Error", "Error", `{"message":1}`, `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`},
	} {
		t.Run(r.name, func(t *testing.T) {
			err := method(t, map[string]string{"application/json": r.model}).Body("application/json", []byte(r.body))
			var failed *validate.BodyError
			got := ""
			if errors.As(err, &failed) {
				got = failed.ValidationError()
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if failed != nil && (failed.Error() != "Invalid request body" || failed.Model != r.model) {
				t.Errorf("got %q of model %s", failed.Error(), failed.Model)
			}
		})
	}
}

func TestModelIsChosenByContentType(t *testing.T) {
	for _, r := range []struct {
		name, contentType string
		models            map[string]string
		want              string
	}{
		{"the type's own", "text/json; charset=utf-8", map[string]string{"text/json": "List", "application/json": "Pet"}, "List"},
		{"else application/json", "text/plain", map[string]string{"application/json": "Pet", "$default": "List"}, "Pet"},
		{"no Content-Type is JSON", "", map[string]string{"application/json": "Pet"}, "Pet"},
		{"else $default", "text/plain", map[string]string{"$default": "List"}, "List"},
		{"else none", "text/plain", map[string]string{"text/json": "List"}, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			var failed *validate.BodyError
			got := ""
			if errors.As(method(t, r.models).Body(r.contentType, []byte("true")), &failed) {
				got = failed.Model
			}
			if got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for _, r := range []struct {
		name   string
		method api.Method
		want   string
	}{
		{"a model that is not there", api.Method{RequestModels: map[string]string{"application/json": "No"}}, `no model "No"`},
		{"a model of another API", api.Method{RequestModels: map[string]string{"application/json": "Foreign"}}, "restapis/b2/models/Pet"},
		{"a model that is no JSON", api.Method{RequestModels: map[string]string{"application/json": "Broken"}}, "model Broken"},
		{"a regular expression that is none", api.Method{RequestModels: map[string]string{"application/json": "Java"}}, "(?=x"},
		{"a parameter's key", api.Method{RequestParameters: map[string]bool{"method.request.body.x": true}}, "method.request.body.x"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := validate.New("a1", models()).Method(&r.method,
				api.RequestValidator{ValidateBody: true, ValidateParameters: true})
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want something with %q", err, r.want)
			}
		})
	}
}

func TestZeroMethodLetsEverythingPass(t *testing.T) {
	var m validate.Method
	if m.Body("", []byte("{")) != nil || m.Parameters(nil) != nil {
		t.Error("a method without a validator refused a request")
	}
}

func FuzzBody(f *testing.F) {
	checked := method(f, map[string]string{"application/json": "Pet"})
	f.Add([]byte(`{"name":"a","price":1e400,"parent":{"parent":{}},"tags":[1,1]}`))
	f.Add([]byte(`[[[]]]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var failed *validate.BodyError
		if err := checked.Body("", body); err != nil && (!errors.As(err, &failed) || len(failed.Messages) == 0) {
			t.Errorf("%q: got %v", body, err)
		}
	})
}
