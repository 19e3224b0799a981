package provision

import (
	"slices"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// describedHTTP is an HTTP API with a document of one route.
const describedHTTP = `
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties:
      FailOnWarnings: false
      CorsConfiguration: {AllowOrigins: ["https://template.example.com"]}
      Body:
        openapi: 3.0.1
        info: {title: described, version: "1"}
        x-amazon-apigateway-cors: {allowOrigins: ["https://document.example.com"]}
        paths:
          /orders:
            get:
              x-amazon-apigateway-integration:
                {type: http_proxy, httpMethod: GET, uri: "https://example.com", payloadFormatVersion: "1.0"}
          /old:
            get:
              security: [{gone: []}]
              x-amazon-apigateway-integration:
                {type: http_proxy, httpMethod: GET, uri: "https://example.com", payloadFormatVersion: "1.0"}
        components:
          securitySchemes:
            gone:
              type: oauth2
              x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {audience: [a], issuer: nowhere}}
  More:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: HTTP_PROXY, IntegrationMethod: GET, IntegrationUri: "https://example.com/more"}
  MoreRoute:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: KEY, Target: !Sub "integrations/${More}"}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true, RouteSettings: {GET /orders: {ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1}}}
`

func TestResourcesJoinWhatADocumentDescribes(t *testing.T) {
	got := readWhole(t, strings.Replace(describedHTTP, "KEY", "GET /more", 1)).HTTP[0]
	keys := make([]string, len(got.Routes))
	for i, route := range got.Routes {
		keys[i] = route.Key
	}
	// The route of the authorizer that AWS cannot create is dropped with it (cloudformation.md,
	// FailOnWarnings).
	equal(t, "routes", []string{"GET /orders", "GET /more"}, keys)
	equal(t, "name", "described", got.Name)
	equal(t, "CORS", &api.CORS{AllowOrigins: []string{"https://template.example.com"}}, got.CORS)
	if len(got.Integrations) != 2 || got.Stages[0].MethodSettings["GET /orders"].Throttle == nil {
		t.Errorf("got %+v and %+v", got.Integrations, got.Stages)
	}
}

func TestMistakesInDescribedHTTPAPIs(t *testing.T) {
	for _, r := range []struct{ name, old, changed, want string }{
		{"a route that the document has already", "KEY", "GET /orders", "the API has a route of this key already"},
		{"a warning that is to fail the import", "FailOnWarnings: false", "FailOnWarnings: true", "Warnings found during import: Unable to create Authorizer 'gone'"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := readText(t, "Resources:\n"+strings.Replace(describedHTTP, r.old, r.changed, 1))
			if err == nil || !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool {
				return strings.Contains(line, r.want)
			}) {
				t.Errorf("got %v, want %q in it", err, r.want)
			}
		})
	}
}
