package provision

import (
	"strings"
	"testing"
)

// readWhole reads a template of these resources, which is without mistakes.
func readWhole(t *testing.T, resources string) *Application {
	t.Helper()
	app, err := readText(t, "Resources:\n"+resources)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func TestMistakesInServicesQuickCreateAndURLs(t *testing.T) {
	service := func(properties string) string {
		return v2Part + "  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, " +
			"IntegrationType: AWS_PROXY, IntegrationSubtype: SQS-SendMessage, " + properties + "}}\n"
	}
	quick := func(properties string) string {
		return "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, " + properties + "}}\n"
	}
	lambdaURL := func(properties string) string {
		return urlFunction + "  Url: {Type: AWS::Lambda::Url, Properties: {" + properties + "}}\n"
	}
	const role = "CredentialsArn: 'arn:r', "
	rows := []struct{ name, resources, want string }{
		{"a parameter that an action needs", service(role + "RequestParameters: {QueueUrl: q}"), "Parameter: MessageBody is required for Operation: SQS-SendMessage."},
		{"a parameter that an action does not take", service(role + "RequestParameters: {QueueUrl: q, MessageBody: m, Body: b}"), "Parameter: Body does not fit schema for Operation: SQS-SendMessage."},
		{"no role", service("RequestParameters: {QueueUrl: q, MessageBody: m}"), "needs credentials"},
		{"payload format 2.0", service(role + "PayloadFormatVersion: '2.0', RequestParameters: {QueueUrl: q, MessageBody: m}"), "is not supported with payload format version 2.0"},
		{"a service behind a WebSocket route", strings.Replace(service(role+"RequestParameters: {}"), "ProtocolType: HTTP", "ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a", 1), "only HTTP APIs have integration subtypes"},
		{"quick create of a WebSocket API", quick("ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a, Target: 'https://a'"), "only HTTP APIs are quick-created"},
		{"a route key without a target", quick("ProtocolType: HTTP, RouteKey: GET /a"), "needs a Target"},
		{"a role without a target", quick("ProtocolType: HTTP, CredentialsArn: 'arn:r'"), "needs a Target"},
		{"a target that is nothing to call", quick("ProtocolType: HTTP, Target: orders"), "want the ARN of a function, or a URL"},
		{"a target beside a document", quick("ProtocolType: HTTP, Target: 'https://a', Body: {openapi: 3.0.1}"), "a document describes is not quick-created"},
		{"overrides of an API that was not quick-created", v2Part + "  O: {Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides, Properties: {ApiId: !Ref Api}}\n", "the API is not quick-created"},
		{"a quick-created stage that is not deployed", quick("ProtocolType: HTTP, Target: 'https://a'") + "  O: {Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides, Properties: {ApiId: !Ref Api, Stage: {AutoDeploy: false}}}\n", "property Stage.AutoDeploy = false"},
		{"a URL of no function", lambdaURL("TargetFunctionArn: gone, AuthType: NONE"), "there is no such function"},
		{"a URL without authorization", lambdaURL("TargetFunctionArn: !Ref Fn"), "property AuthType is absent"},
		{"an alias within the ARN", lambdaURL("TargetFunctionArn: !Ref Live, AuthType: NONE"), "name an alias by Qualifier"},
		{"an alias that there is not", lambdaURL("TargetFunctionArn: !Ref Fn, Qualifier: next, AuthType: NONE"), "function orders has no such alias"},
		{"a version", lambdaURL("TargetFunctionArn: !Ref Fn, Qualifier: '1', AuthType: NONE"), "versions have no URLs"},
		{"OPTIONS among the methods", lambdaURL("TargetFunctionArn: !Ref Fn, AuthType: NONE, Cors: {AllowMethods: [OPTIONS]}"), `"OPTIONS" is none of GET, PUT`},
		{"a URL twice", lambdaURL("TargetFunctionArn: !Ref Fn, AuthType: NONE") + "  Again: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Fn, AuthType: NONE}}\n", "has a URL already"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := readText(t, "Resources:\n"+r.resources)
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want %q in it", err, r.want)
			}
		})
	}
}
