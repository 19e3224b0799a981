package provision

import (
	"testing"

	"portico/local/gateway/api"
)

func TestReadOfAnHTTPAPI(t *testing.T) {
	app, ids := read(t, "http.yaml", Options{})
	age := 600
	all := api.MethodSettings{
		Throttle: &api.Throttle{Rate: 10, Burst: 20}, LoggingLevel: "OFF",
	}
	equal(t, "HTTP APIs", []api.HTTP{{
		ID: ids["Api"], Name: "public",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		CORS: &api.CORS{
			AllowCredentials: true, AllowHeaders: []string{"authorization"}, MaxAge: &age,
			AllowMethods: []string{"GET"}, AllowOrigins: []string{"http://localhost:5173"},
		},
		Routes: []api.Route{
			{
				ID: ids["Get"], Key: "GET /orders/{id}", AuthorizationType: "JWT",
				AuthorizerID: ids["Jwt"], AuthorizationScopes: []string{"orders/read"},
				IntegrationID: ids["Lambda"],
			},
			{
				ID: ids["Health"], Key: "GET /health", AuthorizationType: "NONE",
				IntegrationID: ids["Lambda"],
			},
		},
		Integrations: map[string]api.V2Integration{ids["Lambda"]: {
			ID: ids["Lambda"], Type: "AWS_PROXY", Method: "POST", URI: "arn:function",
			PayloadFormatVersion: "2.0", TimeoutMillis: 30_000, ConnectionType: "INTERNET",
			PassthroughBehavior: "WHEN_NO_MATCH",
			ResponseParameters:  map[string]map[string]string{"404": {"append:header.x": "static"}},
		}},
		Authorizers: map[string]api.V2Authorizer{ids["Jwt"]: {
			ID: ids["Jwt"], Name: "jwt", Type: "JWT", Issuer: "https://issuer",
			Audience: []string{"client"}, IdentitySource: []string{"$request.header.Authorization"},
		}},
		Stages: []api.Stage{
			{
				Name: "$default", AutoDeploy: true, Variables: map[string]string{"colour": "blue"},
				AccessLog: &api.AccessLog{DestinationARN: "arn:log", Format: "$context.requestId"},
				MethodSettings: map[string]api.MethodSettings{
					"*": all,
					"GET /health": {
						Throttle: &api.Throttle{Rate: 1, Burst: 20}, LoggingLevel: "OFF",
					},
				},
			},
			{Name: "v1", DeploymentID: ids["Deployment"]},
		},
	}}, app.HTTP)
}

func TestReadOfAWebSocketAPI(t *testing.T) {
	app, ids := read(t, "websocket.yaml", Options{})
	equal(t, "WebSocket APIs", []api.WebSocket{{
		ID: ids["Api"], Name: "realtime",
		Account:                   api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		RouteSelectionExpression:  "$request.body.action",
		APIKeySelectionExpression: "$request.header.x-api-key",
		Routes: []api.Route{
			{
				ID: ids["Connect"], Key: "$connect", AuthorizationType: "CUSTOM",
				AuthorizerID: ids["Check"], IntegrationID: ids["Lambda"],
			},
			{
				ID: ids["Subscribe"], Key: "subscribe", AuthorizationType: "NONE",
				IntegrationID:                    ids["Lambda"],
				RouteResponseSelectionExpression: "$default", HasRouteResponse: true,
			},
		},
		Integrations: map[string]api.V2Integration{ids["Lambda"]: {
			ID: ids["Lambda"], Type: "AWS_PROXY", Method: "POST", URI: "arn:function",
			PayloadFormatVersion: "1.0", TimeoutMillis: 29_000, ConnectionType: "INTERNET",
			PassthroughBehavior: "WHEN_NO_MATCH",
		}},
		Authorizers: map[string]api.V2Authorizer{ids["Check"]: {
			ID: ids["Check"], Name: "check", Type: "REQUEST", URI: "arn:authorizer",
			IdentitySource: []string{"route.request.querystring.token"},
		}},
		Stages: []api.Stage{{Name: "dev", DeploymentID: ids["Deployment"]}},
	}}, app.WebSocket)
}
