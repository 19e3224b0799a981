package export_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"portico/local/gateway/api"
)

const functionURI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
	"arn:aws:lambda:us-east-1:123456789012:function:f/invocations"

func account() api.Account {
	return api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"}
}

// maker makes definitions that a document can say.
type maker struct{ *rand.Rand }

func (m maker) pick(all ...string) string { return all[m.IntN(len(all))] }

func (m maker) yes() bool { return m.IntN(2) == 0 }

// rest makes a REST API. With plain it holds only what OpenAPI 2.0 can say.
func (m maker) rest(plain bool) api.REST {
	def := api.REST{
		ID: "abc123", Name: m.pick("orders", "a: b", "yes", "0x1F", "é\u2028"), Account: account(),
		EndpointType: "EDGE", APIKeySource: m.pick("HEADER", "AUTHORIZER"),
		DisableExecuteAPIEndpoint: m.yes(),
		Authorizers:               m.authorizers(),
		Models: map[string]api.Model{
			"Pet": schema("Pet", `{"type":"object","required":["name"],"properties":{"name":`+
				`{"type":"string","minLength":1},"$ref":{"type":"number","maximum":1.50}}}`),
			"Pets": schema("Pets", `{"type":"array","items":{"$ref":`+
				`"https://apigateway.amazonaws.com/restapis/abc123/models/Pet"}}`),
			"Unused": schema("Unused", `{"type":"string","enum":["$ref",null,1e3]}`),
		},
		RequestValidators: map[string]api.RequestValidator{
			"v1": {ValidateBody: true}, "v2": {ValidateParameters: true, ValidateBody: m.yes()},
		},
		GatewayResponses: map[string]api.GatewayResponse{},
	}
	if m.yes() {
		def.BinaryMediaTypes = []string{"image/png", "*/*"}
		size := m.IntN(2000)
		def.MinimumCompressionSize = &size
		def.Policy = json.RawMessage(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny",` +
			`"Principal":"*","Action":"execute-api:Invoke","Resource":"*"}]}`)
		def.GatewayResponses["DEFAULT_4XX"] = api.GatewayResponse{
			Type: "DEFAULT_4XX", StatusCode: m.IntN(2) * 404,
			Parameters: map[string]string{"gatewayresponse.header.X": "'*'"},
			Templates:  map[string]string{"application/json": "{\"m\":$context.error.messageString}\n"},
		}
	}
	for i, path := range []string{"/", "/files", "/files/{proxy+}", "/pets", "/pets/{id}"} {
		resource := api.Resource{ID: fmt.Sprintf("r%d", i), Path: path, Methods: map[string]api.Method{}}
		for _, verb := range []string{"GET", "POST", "ANY"} {
			if m.IntN(3) > 0 {
				resource.Methods[verb] = m.method(&resource, plain)
			}
		}
		def.Resources = append(def.Resources, resource)
	}
	return def
}

func schema(name, text string) api.Model {
	return api.Model{Name: name, ContentType: "application/json", Schema: json.RawMessage(text)}
}

func (m maker) authorizers() map[string]api.RESTAuthorizer {
	return map[string]api.RESTAuthorizer{
		"t": {
			ID: "t", Name: m.pick("api_key", "token"), Type: "TOKEN", URI: functionURI, ResultTTL: m.IntN(3600),
			IdentitySource: "method.request.header.Auth", IdentityValidation: m.pick("", "^Bearer .*$"),
			Credentials: m.pick("", "arn:aws:iam::123456789012:role/r"),
		},
		"r": {
			ID: "r", Name: "request", Type: "REQUEST", URI: functionURI, ResultTTL: 60,
			IdentitySource: m.pick("method.request.querystring.q",
				"method.request.header.A, context.httpMethod"),
		},
		"c": {
			ID: "c", Name: "pool", Type: "COGNITO_USER_POOLS", ResultTTL: 300,
			IdentitySource: "method.request.header.Authorization",
			ProviderARNs:   []string{"arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_x"},
		},
	}
}

func (m maker) method(at *api.Resource, plain bool) api.Method {
	def := api.Method{
		AuthorizationType: "NONE", APIKeyRequired: m.yes(), OperationName: m.pick("", "op"),
		RequestParameters: map[string]bool{
			"method.request.querystring.q": m.yes(), "method.request.header.H-1": m.yes(),
		},
		RequestValidatorID: m.pick("", "v1", "v2"),
		Responses: map[string]api.MethodResponse{
			"200": {
				Parameters: map[string]bool{"method.response.header.X": false},
				Models:     map[string]string{"application/json": m.pick("Pet", "Pets")},
			},
			"404": {},
		},
	}
	switch m.IntN(5) {
	case 0:
		def.AuthorizationType = "AWS_IAM"
	case 1:
		def.AuthorizationType, def.AuthorizerID = "CUSTOM", m.pick("t", "r")
	case 2:
		def.AuthorizationType, def.AuthorizerID = "COGNITO_USER_POOLS", "c"
		def.AuthorizationScopes = []string{"a/b", "c/d"}
	}
	for _, part := range strings.Split(at.Path, "/") {
		if name := strings.Trim(part, "{+}"); name != part {
			def.RequestParameters["method.request.path."+name] = true
		}
	}
	if m.yes() {
		def.RequestModels = map[string]string{"application/json": "Pet"}
		if !plain {
			def.RequestModels["text/xml"] = "Pets"
			def.Responses["200"].Models["text/xml"] = "Pet"
		}
	}
	def.Integration = m.integration(at.ID)
	if plain { // what consumes and produces say is one for all
		def.Integration.RequestTemplates = nil
		for i := range def.Integration.Responses {
			def.Integration.Responses[i].Templates = nil
		}
	}
	return def
}

func (m maker) integration(resource string) api.Integration {
	def := api.Integration{
		Type: m.pick("MOCK", "HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"), HTTPMethod: "POST",
		PassthroughBehavior: m.pick("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"),
		RequestTemplates:    map[string]string{"application/json": "#set($a = \"b\")\n$input.json('$')"},
		RequestParameters: map[string]string{
			"integration.request.header.a": "method.request.querystring.q",
			"integration.request.header.b": "'literal'",
		},
		ContentHandling: m.pick("", "CONVERT_TO_TEXT"), TimeoutMillis: 29_000 - m.IntN(2)*1000,
		ConnectionType: "INTERNET", CacheNamespace: m.pick(resource, "shared"), ResponseMode: "BUFFERED",
		CacheKeyParameters: []string{"method.request.querystring.q"}[:m.IntN(2)],
		Responses: []api.IntegrationResponse{
			{
				StatusCode: "404", SelectionPattern: `4\d{2}`, ContentHandling: m.pick("", "CONVERT_TO_BINARY"),
			},
			{
				StatusCode: "200", Templates: map[string]string{"application/json": "$input.body"},
				Parameters: map[string]string{"method.response.header.X": "integration.response.header.Y"},
			},
		},
	}
	switch def.Type {
	case "MOCK":
		def.HTTPMethod = ""
	case "AWS", "AWS_PROXY":
		def.URI, def.Credentials = functionURI, m.pick("", "arn:aws:iam::123456789012:role/r")
	default:
		def.URI, def.InsecureTLS = "https://backend.example/{proxy}", m.yes()
	}
	return def
}

// http makes an HTTP API.
func (m maker) http() api.HTTP {
	def := api.HTTP{
		ID: "abc123", Name: m.pick("orders", "on"), Account: account(),
		DisableExecuteAPIEndpoint: m.yes(),
		Integrations: map[string]api.V2Integration{
			"i1": {
				ID: "i1", Type: "AWS_PROXY", Method: "POST", URI: functionURI, ConnectionType: "INTERNET",
				PayloadFormatVersion: m.pick("1.0", "2.0"), TimeoutMillis: 30_000 - m.IntN(2),
				PassthroughBehavior: "WHEN_NO_MATCH",
			},
			"i2": {
				ID: "i2", Type: "HTTP_PROXY", Method: "ANY", URI: "https://backend.example/",
				ConnectionType: "INTERNET", PayloadFormatVersion: "1.0", TimeoutMillis: 30_000,
				PassthroughBehavior: "WHEN_NO_MATCH", TLSServerName: m.pick("", "backend.example"),
				RequestParameters:  map[string]string{"append:header.a": "$request.querystring.q"},
				ResponseParameters: map[string]map[string]string{"200": {"overwrite:statuscode": "201"}},
			},
		},
		Authorizers: map[string]api.V2Authorizer{
			"j": {
				ID: "j", Name: "jwt", Type: "JWT", IdentitySource: []string{"$request.header.Authorization"},
				Issuer: "https://issuer.example", Audience: []string{"a", "b"},
			},
			"l": {
				ID: "l", Name: "lambda", Type: "REQUEST", URI: functionURI, PayloadFormatVersion: "2.0",
				EnableSimpleResponses: m.yes(), ResultTTL: m.IntN(2) * 60,
				IdentitySource: []string{"$request.header.a", "$context.routeKey"},
			},
		},
	}
	if m.yes() {
		age := m.IntN(100)
		def.CORS = &api.CORS{
			AllowCredentials: m.yes(), AllowOrigins: []string{"https://a.example"}, MaxAge: &age,
			AllowMethods: []string{"GET"}, ExposeHeaders: []string{"x-a"},
		}
	}
	for i, key := range []string{"$default", "ANY /b", "GET /a/{id}", "GET /b", "POST /a/{proxy+}"} {
		route := api.Route{
			ID: fmt.Sprintf("r%d", i), Key: key, AuthorizationType: "NONE", IntegrationID: m.pick("i1", "i2"),
			OperationName: m.pick("", "op"),
		}
		switch m.IntN(4) {
		case 0:
			route.AuthorizationType = "AWS_IAM"
		case 1:
			route.AuthorizationType, route.AuthorizerID = "CUSTOM", "l"
		case 2:
			route.AuthorizationType, route.AuthorizerID = "JWT", "j"
			route.AuthorizationScopes = []string{"a", "b"}
		}
		def.Routes = append(def.Routes, route)
	}
	return def
}
