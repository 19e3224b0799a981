package provision

import (
	"strings"
	"testing"
)

const (
	mapping  = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
	function = "'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
		"arn:aws:lambda:us-east-1:123456789012:function:f/invocations'"
	restVerb = "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot
)

// withResource returns a resource below another, "" for the root.
func withResource(id, parent, part string) string {
	if parent == "" {
		parent = "!GetAtt Api.RootResourceId"
	} else {
		parent = "!Ref " + parent
	}
	return "  " + id + ": {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, " +
		"ParentId: " + parent + ", PathPart: '" + part + "'}}\n"
}

func withIntegration(properties string) string {
	return restVerb + "Integration: {" + properties + "}}}"
}

func withAuthorizer(properties string) string {
	return "  A: {Type: AWS::ApiGateway::Authorizer, Properties: {RestApiId: !Ref Api, Name: a, " +
		properties + "}}"
}

type refusedTemplate struct{ name, template, property, reason string }

// The reasons are those of spec control-plane.md §2 to §6, in AWS's words.
var refusedResources = []refusedTemplate{
	{
		"a child of {proxy+}", withResource("R", "", "{proxy+}") + withResource("S", "R", "a"),
		"resource S (AWS::ApiGateway::Resource), property ParentId",
		"Cannot create a child of a resource with a greedy path variable: {proxy+}",
	}, {
		"a sibling of the same name", withResource("R", "", "pets") + withResource("S", "", "pets"),
		`resource S (AWS::ApiGateway::Resource), property PathPart = "pets"`,
		"Another resource with the same parent already has this name: pets",
	}, {
		"a variable beside {proxy+}", withResource("R", "", "{proxy+}") + withResource("S", "", "{dynamic}"),
		`property PathPart = "{dynamic}"`,
		"A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed",
	}, {
		"a variable that is a part of a segment", withResource("R", "", "res{id}"),
		`property PathPart = "res{id}"`, "Resource's path part only allow a-zA-Z0-9._-",
	}, {
		"a segment with a slash", withResource("R", "", "a/b"),
		`property PathPart = "a/b"`, "Resource's path part only allow a-zA-Z0-9._-",
	}, {
		"an API without methods",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}",
		"resource D (AWS::ApiGateway::Deployment), property RestApiId", "The REST API doesn't contain any methods",
	}, {
		"a verb that HTTP APIs do not have",
		"  M: {Type: AWS::ApiGateway::Method, Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, " +
			"HttpMethod: TRACE, " + mock + "}}",
		`property HttpMethod = "TRACE"`,
		"Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
	}, {
		"an unknown authorizer", restVerb + "AuthorizationType: CUSTOM, AuthorizerId: gone, " + mock + "}}",
		`property AuthorizerId = "gone"`,
		"Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
	}, {
		"an unknown validator", restVerb + "RequestValidatorId: gone, " + mock + "}}",
		`property RequestValidatorId = "gone"`, "Invalid Request Validator identifier specified",
	}, {
		"an unknown model", restVerb + "RequestModels: {application/json: petModel}, " + mock + "}}",
		`property RequestModels.application/json = "petModel"`, "Invalid model identifier specified: petModel",
	}, {
		"a model that refers to an unknown one",
		"  X: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref Api, Name: Pet, Schema: {$ref: " +
			"!Sub 'https://apigateway.amazonaws.com/restapis/${Api}/models/Gone'}}}",
		"resource X (AWS::ApiGateway::Model), property Schema", "Invalid model identifier specified: Gone",
	}, {
		"a model whose name is no word",
		"  X: {Type: AWS::ApiGateway::Model, Properties: {RestApiId: !Ref Api, Name: my-pet, Schema: {}}}",
		`property Name = "my-pet"`, "Model name must be alphanumeric: my-pet",
	}, {
		"one name in two places",
		restVerb + "RequestParameters: {method.request.querystring.optional: true, method.request.header.optional: true}, " + mock + "}}",
		"property RequestParameters.method.request.querystring.optional",
		"Parameter names must be unique across querystring, header and path",
	}, {
		"a parameter that is no expression", restVerb + "RequestParameters: {'true': true}, " + mock + "}}",
		"property RequestParameters.true", mapping + "[Invalid mapping expression specified: true]",
	}, {
		"a method response without a status", restVerb + "MethodResponses: [{StatusCode: 600}], " + mock + "}}",
		"property MethodResponses[0].StatusCode = 600",
		`1 validation error detected: Value '600' at 'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [1-5]\d\d`,
	}, {
		"a response header that is no expression",
		restVerb + "MethodResponses: [{StatusCode: 200, ResponseParameters: {X: true}}], " + mock + "}}",
		"property MethodResponses[0].ResponseParameters.X", "[Invalid mapping expression specified: X]",
	},
}

var refusedIntegrations = []refusedTemplate{
	{
		"a function without an integration method", withIntegration("Type: AWS_PROXY, Uri: " + function),
		"property Integration.IntegrationHttpMethod is absent", "Enumeration value for HttpMethod must be non-empty",
	}, {
		"a backend that is no URL", withIntegration("Type: HTTP, IntegrationHttpMethod: GET, Uri: backend/x"),
		`property Integration.Uri = "backend/x"`, "Invalid HTTP endpoint specified for URI",
	}, {
		"a backend whose scheme is a stage variable",
		withIntegration("Type: HTTP_PROXY, IntegrationHttpMethod: GET, Uri: '${stageVariables.url}'"),
		"property Integration.Uri", "Invalid HTTP endpoint specified for URI",
	}, {
		"a service that is no ARN", withIntegration("Type: AWS, IntegrationHttpMethod: POST, Uri: 'https://sqs'"),
		"property Integration.Uri", "Invalid ARN specified in the request",
	}, {
		"a bare function",
		withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: 'arn:aws:lambda:us-east-1:123456789012:function:f'"),
		"property Integration.Uri", "AWS ARN for integration must contain path or action",
	}, {
		"a function below neither path nor action",
		withIntegration("Type: AWS, IntegrationHttpMethod: POST, Uri: 'arn:aws:apigateway:us-east-1:lambda:test/2015-03-31'"),
		"property Integration.Uri", "AWS ARN for integration must contain path or action",
	}, {
		"a proxy to a table",
		withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/PutItem'"),
		"property Integration.Uri",
		"Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
	}, {
		"a function's path that is malformed",
		withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: 'arn:aws:apigateway:us-east-1:lambda:path/functions/f'"),
		"property Integration.Uri", "Integrations of type 'AWS_PROXY' currently only supports",
	}, {
		"a service without a role",
		withIntegration("Type: AWS, IntegrationHttpMethod: POST, Uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q'"),
		"property Integration.Credentials is absent", "Role ARN must be specified for AWS integrations",
	}, {
		"a timeout that is too long for an EDGE API", withIntegration("Type: MOCK, TimeoutInMillis: 30000"),
		"property Integration.TimeoutInMillis = 30000", "Timeout should be between 50 ms and 29000 ms",
	}, {
		"a parameter that the method does not declare",
		withIntegration("Type: MOCK, RequestParameters: {integration.request.path.proxy: method.request.path.proxy}"),
		"property Integration.RequestParameters.integration.request.path.proxy",
		mapping + "[Invalid mapping expression parameter specified: method.request.path.proxy]",
	}, {
		"a source that is none",
		withIntegration("Type: MOCK, RequestParameters: {integration.request.header.X: integration.response.header.X}"),
		"property Integration.RequestParameters.integration.request.header.X",
		mapping + "[Invalid mapping expression specified: integration.response.header.X]",
	}, {
		"a literal without quotes", withIntegration("Type: MOCK, RequestParameters: {integration.request.header.X: x}"),
		"RequestParameters.integration.request.header.X", "[Invalid mapping expression specified: x]",
	}, {
		"a target that is none", withIntegration("Type: MOCK, RequestParameters: {integration.request.body.X: \"'x'\"}"),
		"RequestParameters.integration.request.body.X", "[Invalid mapping expression specified: integration.request.body.X]",
	}, {
		"a template of no content type", withIntegration("Type: MOCK, RequestTemplates: {'123': x}"),
		"property Integration.RequestTemplates.123",
		"Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
	}, {
		"an integration response without a status", withIntegration("Type: MOCK, IntegrationResponses: [{StatusCode: abc}]"),
		`property Integration.IntegrationResponses[0].StatusCode = "abc"`,
		"Value 'abc' at 'statusCode' failed to satisfy constraint",
	}, {
		"a selection pattern that cannot be read",
		withIntegration("Type: MOCK, IntegrationResponses: [{StatusCode: 200, SelectionPattern: '('}]"),
		`property Integration.IntegrationResponses[0].SelectionPattern = "("`, "want a regular expression",
	}, {
		"a header that the method response does not declare",
		restVerb + "MethodResponses: [{StatusCode: 200}], Integration: {Type: MOCK, IntegrationResponses: [{StatusCode: 200, " +
			"ResponseParameters: {method.response.header.Access-Control-Allow-Origin: \"'*'\"}}]}}}",
		"property Integration.IntegrationResponses[0].ResponseParameters.method.response.header.Access-Control-Allow-Origin",
		mapping + "[Invalid mapping expression parameter specified: method.response.header.Access-Control-Allow-Origin]",
	}, {
		"headers of a status without method response",
		withIntegration("Type: MOCK, IntegrationResponses: [{StatusCode: 200, ResponseParameters: {method.response.header.X: \"'x'\"}}]"),
		"property Integration.IntegrationResponses[0].ResponseParameters",
		mapping + "[No method response exists for method.]",
	}, {
		"a response header from the request",
		restVerb + "MethodResponses: [{StatusCode: 200, ResponseParameters: {method.response.header.X: true}}], Integration: {Type: MOCK, " +
			"IntegrationResponses: [{StatusCode: 200, ResponseParameters: {method.response.header.X: method.request.header.X}}]}}}",
		"ResponseParameters.method.response.header.X", "[Invalid mapping expression specified: method.request.header.X]",
	},
}

var refusedSettings = []refusedTemplate{
	{
		"an authorizer that calls a bare function",
		withAuthorizer("Type: TOKEN, IdentitySource: method.request.header.A, AuthorizerUri: 'arn:aws:lambda:us-east-1:1:function:f'"),
		"resource A (AWS::ApiGateway::Authorizer), property AuthorizerUri",
		"Invalid Authorizer URI: arn:aws:lambda:us-east-1:1:function:f. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.",
	}, {
		"a token of the query",
		withAuthorizer("Type: TOKEN, IdentitySource: method.request.querystring.key, AuthorizerUri: " + function),
		"property IdentitySource",
		"Invalid token source expression: method.request.querystring.key. The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'.",
	}, {
		"two tokens",
		withAuthorizer("Type: TOKEN, IdentitySource: 'method.request.header.a, method.request.header.b', AuthorizerUri: " + function),
		"property IdentitySource", "Invalid token source expression: method.request.header.a, method.request.header.b.",
	}, {
		"an identity of the body",
		withAuthorizer("Type: REQUEST, IdentitySource: 'method.request.header.a, method.request.body', AuthorizerUri: " + function),
		"property IdentitySource", `"method.request.body" is no source of a REQUEST authorizer`,
	}, {
		"an identity that is validated by nothing",
		withAuthorizer("Type: TOKEN, IdentitySource: method.request.header.a, IdentityValidationExpression: '[', AuthorizerUri: " + function),
		"property IdentityValidationExpression", "want a regular expression",
	}, {
		"a gateway response that sets no header",
		"  G: {Type: AWS::ApiGateway::GatewayResponse, Properties: {RestApiId: !Ref Api, ResponseType: THROTTLED, " +
			"ResponseParameters: {method.response.header.X: \"'x'\"}}}",
		"property ResponseParameters.method.response.header.X", "[Invalid mapping expression specified: method.response.header.X]",
	}, {
		"a gateway response from nowhere",
		"  G: {Type: AWS::ApiGateway::GatewayResponse, Properties: {RestApiId: !Ref Api, ResponseType: THROTTLED, " +
			"ResponseParameters: {gatewayresponse.header.X: x}}}",
		"property ResponseParameters.gatewayresponse.header.X", "[Invalid mapping expression specified: x]",
	}, {
		"a compression that starts beyond all answers",
		"  B: {Type: AWS::ApiGateway::RestApi, Properties: {Name: b, MinimumCompressionSize: 10485761}}",
		"property MinimumCompressionSize = 10485761", "Invalid minimum compression size, must be between 0 and 10485760",
	}, {
		"an API with two endpoint types",
		"  B: {Type: AWS::ApiGateway::RestApi, Properties: {Name: b, EndpointConfiguration: {Types: [EDGE, REGIONAL]}}}",
		"property EndpointConfiguration.Types", "Cannot create an api with multiple Endpoint Types.",
	}, {
		"a stage with a blank in its name",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: 'a b'}}",
		`property StageName = "a b"`, "Stage name only allows a-zA-Z0-9_-",
	}, {
		"a stage variable with a hyphen in its name",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: dev, " +
			"StageDescription: {Variables: {a-b: c}}}}",
		`property StageDescription.Variables.a-b = "c"`, "the name of a stage variable only allows a-zA-Z0-9_",
	}, {
		"a canary of an unknown deployment",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}\n" +
			"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: dev, DeploymentId: !Ref D, " +
			"CanarySetting: {DeploymentId: gone}}}",
		`property CanarySetting.DeploymentId = "gone"`, "Deployment id does not exist",
	}, {
		"a canary of more than everything",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}\n" +
			"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: dev, DeploymentId: !Ref D, " +
			"CanarySetting: {PercentTraffic: 101}}}",
		"property CanarySetting.PercentTraffic = 101", "want 0 to 100",
	}, {
		"a canary deployment of no stage",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, DeploymentCanarySettings: {PercentTraffic: 1}}}",
		"property StageName is absent",
		"Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is null",
	}, {
		"a canary deployment of an unknown stage",
		"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api, StageName: non-existing, " +
			"DeploymentCanarySettings: {PercentTraffic: 1}}}",
		`property StageName = "non-existing"`,
		"Invalid deployment content specified.Stage non-existing must already be created before making a canary release deployment",
	},
}

func TestTemplatesThatAWSRefuses(t *testing.T) {
	for _, rows := range [][]refusedTemplate{refusedResources, refusedIntegrations, refusedSettings} {
		for _, r := range rows {
			t.Run(r.name, func(t *testing.T) {
				got := broken(t, restPart+r.template)
				for _, want := range []string{"stack app", r.property, r.reason} {
					if !strings.Contains(got, want) {
						t.Errorf("got %q, want it to say %q", got, want)
					}
				}
			})
		}
	}
}

func TestTemplatesThatAWSTakes(t *testing.T) {
	for _, r := range []struct{ name, template string }{
		{"a static sibling of a variable", withResource("R", "", "{id}") + withResource("S", "", "a:b,c")},
		{"a function with a stage variable in its name", withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: " +
			"'arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:${stageVariables.fn}/invocations'")},
		{"a function that streams", withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: POST, ResponseTransferMode: STREAM, " +
			"TimeoutInMillis: 900000, Uri: 'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:1:function:f/response-streaming-invocations'")},
		{"a proxy to a stream", withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: POST, Uri: 'arn:aws:apigateway:us-east-1:firehose:action/PutRecord'")},
		{"a proxy by GET, which fails every call", withIntegration("Type: AWS_PROXY, IntegrationHttpMethod: GET, Uri: " + function)},
		{"a backend on a host of the stage", withIntegration("Type: HTTP, IntegrationHttpMethod: ANY, Uri: 'https://${stageVariables.host}/x'")},
		{"every source of a mapping", restVerb + "RequestParameters: {method.request.querystring.q: false, method.request.header.h: false}, " +
			"Integration: {Type: MOCK, RequestParameters: {integration.request.header.A: \"'it''s'\", " +
			"integration.request.header.B: context.identity.sourceIp, integration.request.header.C: stageVariables.c, " +
			"integration.request.querystring.D: method.request.multivaluequerystring.q, integration.request.path.E: method.request.header.h, " +
			"integration.request.header.F: method.request.body, integration.request.header.G: 'method.request.body.a[0].b'}}}}"},
		{"a selection pattern of Java's", withIntegration("Type: MOCK, IntegrationResponses: [{StatusCode: 400, SelectionPattern: '(?s)(?!un).*+'}]")},
		{"a validation expression of Java's", withAuthorizer("Type: TOKEN, IdentitySource: method.request.header.a, " +
			"IdentityValidationExpression: '(?=.{9})Bearer (\\w)\\1.*', AuthorizerUri: " + function)},
		{"a default template", withIntegration("Type: MOCK, RequestTemplates: {$default: x}")},
		{"a status without method response", withIntegration("Type: MOCK, IntegrationResponses: [{StatusCode: 504}]")},
		{"a REQUEST authorizer of several sources", withAuthorizer("Type: REQUEST, AuthorizerUri: " + function +
			", IdentitySource: 'method.request.header.a,method.request.querystring.b, context.identity.sourceIp, stageVariables.c'")},
	} {
		t.Run(r.name, func(t *testing.T) { taken(t, restPart+r.template) })
	}
}
