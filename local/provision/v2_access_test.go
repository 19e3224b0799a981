package provision

import (
	"strings"
	"testing"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

func TestUsagePlansOfAWebSocketAPI(t *testing.T) {
	app, ids := read(t, "websocket-keys.yaml", Options{})
	found := app.WebSocket[0]
	equal(t, "key selection", "$context.authorizer.usageIdentifierKey",
		found.APIKeySelectionExpression)
	equal(t, "route", api.Route{
		ID: ids["Connect"], Key: "$connect", AuthorizationType: "AWS_IAM", APIKeyRequired: true,
		IntegrationID: ids["Lambda"],
	}, found.Routes[0])
	equal(t, "usage plans", []api.UsagePlan{{
		ID: ids["Plan"], Name: "basic", Quota: &api.Quota{Limit: 10, Period: "DAY"},
		Stages: []api.UsagePlanStage{{APIID: ids["Api"], Stage: "dev"}},
		Keys: []api.APIKey{{
			ID: ids["Key"], Name: "partner", Value: "0123456789abcdefghij", Enabled: true,
		}},
	}}, found.UsagePlans)
	for _, finding := range app.Findings {
		if finding.Status == coverage.NotHonoured {
			t.Errorf("%s", finding)
		}
	}
}

// The features of this file are served, so that nothing of them is reported.
func TestAccessOfV2APIsIsHonoured(t *testing.T) {
	for _, name := range []string{"websocket-keys.yaml", "http-lambda-authorizer.yaml"} {
		for _, finding := range coverage.Check(loaded(t, name), Coverage()) {
			if finding.Status == coverage.NotHonoured {
				t.Errorf("%s: %s", name, finding)
			}
		}
	}
}

func TestReadOfALambdaAuthorizer(t *testing.T) {
	app, ids := read(t, "http-lambda-authorizer.yaml", Options{})
	equal(t, "authorizer", api.V2Authorizer{
		ID: ids["Gate"], Name: "gate", Type: "REQUEST", URI: "arn:authorizer",
		IdentitySource:       []string{"$request.header.Auth", "$context.routeKey"},
		PayloadFormatVersion: "2.0", EnableSimpleResponses: true, ResultTTL: 60,
	}, app.HTTP[0].Authorizers[ids["Gate"]])
}

// accessMistakes are what AWS does not take of the access to HTTP and WebSocket APIs.
var accessMistakes = []struct{ name, template, want string }{
	{
		"an API key on an HTTP route",
		v2Part + "  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, " +
			"IntegrationType: AWS_PROXY, IntegrationUri: arn:f, PayloadFormatVersion: '2.0'}}\n" +
			"  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /a, " +
			"ApiKeyRequired: true, Target: !Sub 'integrations/${I}'}}",
		"property ApiKeyRequired = true: only $connect of WebSocket APIs takes API keys",
	},
	{
		"scopes without JWT",
		v2Part + "  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, " +
			"IntegrationType: AWS_PROXY, IntegrationUri: arn:f, PayloadFormatVersion: '2.0'}}\n" +
			"  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /a, " +
			"AuthorizationType: AWS_IAM, AuthorizationScopes: [a], Target: !Sub 'integrations/${I}'}}",
		"AWS takes them with AuthorizationType JWT only",
	},
	{
		"an authorizer that caches by nothing",
		v2Part + "  A: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref Api, Name: a, " +
			"AuthorizerType: REQUEST, AuthorizerUri: arn:f, AuthorizerPayloadFormatVersion: '2.0', " +
			"AuthorizerResultTtlInSeconds: 60}}",
		"an authorizer that caches needs an IdentitySource",
	},
}

func TestMistakesAboutAccess(t *testing.T) {
	for _, m := range accessMistakes {
		t.Run(m.name, func(t *testing.T) {
			if got := broken(t, m.template); !strings.Contains(got, m.want) {
				t.Errorf("got %q, want it to say %q", got, m.want)
			}
		})
	}
}
