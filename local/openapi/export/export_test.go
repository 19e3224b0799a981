package export_test

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/openapi"
	"portico/local/openapi/export"
)

// mock is what AWS was recorded to export (control-plane.md §18).
func mock() api.REST {
	return api.REST{
		ID: "abc123", Name: "mock", Account: account(), APIKeySource: "HEADER",
		BinaryMediaTypes: []string{"image/png"},
		Resources: []api.Resource{{ID: "r", Path: "/"}, {ID: "s", Path: "/t", Methods: map[string]api.Method{
			"GET": {
				AuthorizationType: "NONE",
				Responses:         map[string]api.MethodResponse{"200": {}},
				Integration: api.Integration{
					Type: "MOCK", PassthroughBehavior: "WHEN_NO_MATCH", TimeoutMillis: 29000, CacheNamespace: "s",
					Responses: []api.IntegrationResponse{{StatusCode: "200"}},
				},
			},
		}}},
	}
}

var written = []struct {
	name    string
	options export.Options
	want    string
}{
	{
		name:    "Swagger without extensions",
		options: export.Options{Format: export.Swagger, Stage: "dev", Version: "1.0"},
		want: `{
  "swagger" : "2.0",
  "info" : {
    "version" : "1.0",
    "title" : "mock"
  },
  "host" : "abc123.execute-api.us-east-1.amazonaws.com",
  "basePath" : "/dev",
  "schemes" : [ "https" ],
  "paths" : {
    "/t" : {
      "get" : {
        "responses" : {
          "200" : {
            "description" : "200 response"
          }
        }
      }
    }
  }
}`,
	}, {
		name: "OpenAPI 3.0 with integrations, as YAML",
		options: export.Options{
			Stage: "dev", Version: "1.0", Description: "d", YAML: true,
			Extensions: export.Extensions{Integrations: true, API: true},
		},
		want: `---
openapi: "3.0.1"
info:
  title: "mock"
  description: "d"
  version: "1.0"
servers:
- url: "https://abc123.execute-api.us-east-1.amazonaws.com/{basePath}"
  variables:
    basePath:
      default: "dev"
paths:
  /t:
    get:
      responses:
        "200":
          description: "200 response"
          content: {}
      x-amazon-apigateway-integration:
        responses:
          default:
            statusCode: "200"
        passthroughBehavior: "when_no_match"
        type: "mock"
components: {}
x-amazon-apigateway-binary-media-types:
- "image/png"
`,
	},
}

func TestWhatIsWritten(t *testing.T) {
	for _, test := range written {
		t.Run(test.name, func(t *testing.T) {
			got, err := export.REST(mock(), test.options)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestDocumentationIsWrittenAndRead(t *testing.T) {
	parts := []openapi.Part{
		{Type: "API", Properties: `{"description":"all"}`},
		{Type: "RESPONSE", Path: "/t", Method: "GET", StatusCode: "200", Properties: `{"summary":"s"}`},
	}
	text, err := export.REST(mock(), export.Options{
		Documentation: parts, DocumentationVersion: "v1",
		Extensions: export.Extensions{Documentation: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	document, err := openapi.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	version, got, warnings := document.Documentation()
	if version != "v1" || len(warnings) > 0 || len(got) != 2 || got[0] != parts[0] || got[1] != parts[1] {
		t.Errorf("got %s %+v %v from %s", version, got, warnings, text)
	}
}

func TestWhatNoDocumentCanSay(t *testing.T) {
	of := func(change func(m *api.Method)) api.REST {
		def := mock()
		m := def.Resources[1].Methods["GET"]
		change(&m)
		def.Resources[1].Methods["GET"] = m
		return def
	}
	twice := mock()
	twice.Authorizers = map[string]api.RESTAuthorizer{"a": {Name: "x"}, "b": {Name: "x"}}
	outside := mock()
	outside.Models = map[string]api.Model{"M": {Schema: []byte(`{"$ref":"https://x.example"}`)}}
	for _, test := range []struct {
		name, want string
		def        api.REST
		options    export.Options
	}{
		{"another format", `the format "raml" is none of`, mock(), export.Options{Format: "raml"}},
		{"two authorizers of one name", `two authorizers are called "x"`, twice, export.Options{}},
		{
			"an authorizer that is not there", `GET /t: it names the authorizer "gone"`,
			of(func(m *api.Method) { m.AuthorizationType, m.AuthorizerID = "CUSTOM", "gone" }),
			export.Options{},
		},
		{
			"a model that is not there", `the model "Gone"`,
			of(func(m *api.Method) { m.RequestModels = map[string]string{"a/b": "Gone"} }),
			export.Options{},
		},
		{
			"a parameter without a place", `"method.request.body.x" has no place`,
			of(func(m *api.Method) { m.RequestParameters = map[string]bool{"method.request.body.x": true} }),
			export.Options{},
		},
		{
			"a model that refers out of the API", `refers to "https://x.example"`, outside,
			export.Options{UnusedModels: true},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := export.REST(test.def, test.options); err == nil ||
				!strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestExtensionsAreRead(t *testing.T) {
	for text, want := range map[string]export.Extensions{
		"":                          {},
		"postman":                   {},
		"authorizers,documentation": {Authorizers: true, Documentation: true},
		"integrations":              {Integrations: true, Validators: true, API: true},
	} {
		if got, err := export.ParseExtensions(text); err != nil || got != want {
			t.Errorf("%q is read as %+v %v", text, got, err)
		}
	}
	if _, err := export.ParseExtensions("everything"); err == nil {
		t.Error("an extension that AWS does not have is taken")
	}
}
