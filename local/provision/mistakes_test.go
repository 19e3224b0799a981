package provision

const (
	restPart = "  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}\n"
	v2Part   = "  Api: {Type: AWS::ApiGatewayV2::Api, " +
		"Properties: {Name: a, ProtocolType: HTTP}}\n"
	onRoot = "{RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: GET, "
	mock   = "Integration: {Type: MOCK}"
)

// mistakes are templates that AWS would not take, and what is said of each.
var mistakes = []struct {
	name, template string
	want           []string
}{
	{
		name: "a method names an authorizer that does not exist",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"AuthorizationType: CUSTOM, AuthorizerId: gone, " + mock + "}}",
		want: []string{
			"resource M (AWS::ApiGateway::Method), property AuthorizerId = \"gone\"",
			"no such authorizer",
		},
	}, {
		name: "a method that needs an authorizer names none",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"AuthorizationType: CUSTOM, " + mock + "}}",
		want: []string{"property AuthorizerId is absent: the property is required"},
	}, {
		name: "a number is a word",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"Integration: {Type: MOCK, TimeoutInMillis: soon}}}",
		want: []string{"property Integration.TimeoutInMillis = \"soon\": want a whole number"},
	}, {
		name: "a number is out of AWS's bounds",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"Integration: {Type: MOCK, TimeoutInMillis: 10}}}",
		want: []string{"Integration.TimeoutInMillis = 10: Timeout should be between 50 ms and 29000 ms"},
	}, {
		name: "a truth value is a word",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"ApiKeyRequired: perhaps, " + mock + "}}",
		want: []string{"property ApiKeyRequired = \"perhaps\": want true or false"},
	}, {
		name: "an integration type that AWS does not have",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"Integration: {Type: LAMBDA}}}",
		want: []string{"Integration.Type = \"LAMBDA\": want one of MOCK, AWS_PROXY"},
	}, {
		name: "a Lambda integration without URI",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"Integration: {Type: AWS_PROXY, IntegrationHttpMethod: POST}}}",
		want: []string{"property Integration.Uri is absent"},
	}, {
		name: "a method without integration",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"AuthorizationType: NONE}}",
		want: []string{"property Integration is absent: AWS refuses to deploy"},
	}, {
		name: "the same method twice",
		template: restPart +
			"  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot + mock + "}}\n" +
			"  N: {Type: AWS::ApiGateway::Method, Properties: " + onRoot + mock + "}}",
		want: []string{"resource N", "resource / has this method already"},
	}, {
		name: "a model that does not exist",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"RequestModels: {application/json: Gone}, " + mock + "}}",
		want: []string{"RequestModels.application/json = \"Gone\"", "there is Empty, Error"},
	}, {
		name: "a resource of an unknown parent",
		template: restPart + "  R: {Type: AWS::ApiGateway::Resource, Properties: " +
			"{RestApiId: !Ref Api, ParentId: gone, PathPart: a}}",
		want: []string{"property ParentId = \"gone\": there is no such resource"},
	}, {
		name: "two variable siblings",
		template: restPart +
			"  R: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, " +
			"ParentId: !GetAtt Api.RootResourceId, PathPart: '{a}'}}\n" +
			"  S: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, " +
			"ParentId: !GetAtt Api.RootResourceId, PathPart: '{b}'}}",
		want: []string{"resource S", "A sibling ({a}) of this resource already has a variable path part -- only one is allowed"},
	}, {
		name: "a stage of an unknown deployment",
		template: restPart + "  S: {Type: AWS::ApiGateway::Stage, Properties: " +
			"{RestApiId: !Ref Api, StageName: dev, DeploymentId: gone}}",
		want: []string{"property DeploymentId = \"gone\": there is no such deployment"},
	}, {
		name: "settings of a method that does not exist",
		template: restPart +
			"  D: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}\n" +
			"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, " +
			"StageName: dev, DeploymentId: !Ref D, " +
			"MethodSettings: [{ResourcePath: /gone, HttpMethod: GET}]}}",
		want: []string{"property MethodSettings[0].ResourcePath = \"/gone\"", "no method GET /gone"},
	}, {
		name: "a usage plan of an unknown stage",
		template: restPart + "  P: {Type: AWS::ApiGateway::UsagePlan, Properties: " +
			"{ApiStages: [{ApiId: !Ref Api, Stage: gone}]}}",
		want: []string{"property ApiStages[0].Stage = \"gone\": there is no such stage"},
	}, {
		name: "a web ACL on an unknown stage",
		template: restPart + "  W: {Type: AWS::WAFv2::WebACLAssociation, Properties: " +
			"{WebACLArn: a, ResourceArn: !Sub 'arn:aws:apigateway:r::/restapis/${Api}/stages/x'}}",
		want: []string{"property ResourceArn", "no stage \"x\""},
	}, {
		name: "a route to an unknown integration",
		template: v2Part + "  R: {Type: AWS::ApiGatewayV2::Route, Properties: " +
			"{ApiId: !Ref Api, RouteKey: GET /, Target: integrations/gone}}",
		want: []string{"property Target = \"integrations/gone\": there is no such integration"},
	}, {
		name: "a route without target",
		template: v2Part + "  R: {Type: AWS::ApiGatewayV2::Route, Properties: " +
			"{ApiId: !Ref Api, RouteKey: GET /}}",
		want: []string{"property Target is absent"},
	}, {
		name: "a stage that nothing is deployed to",
		template: v2Part + "  S: {Type: AWS::ApiGatewayV2::Stage, Properties: " +
			"{ApiId: !Ref Api, StageName: dev}}",
		want: []string{"property DeploymentId is absent", "AutoDeploy"},
	}, {
		name: "a JWT authorizer without issuer",
		template: v2Part + "  A: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: " +
			"!Ref Api, Name: a, AuthorizerType: JWT, JwtConfiguration: {Audience: [x]}}}",
		want: []string{"property JwtConfiguration.Issuer is absent"},
	}, {
		name: "a permission of an unknown function",
		template: "  P: {Type: AWS::Lambda::Permission, Properties: {Action: a, " +
			"FunctionName: gone, Principal: p}}",
		want: []string{"property FunctionName = \"gone\": there is no such function"},
	}, {
		name: "a function whose code is nowhere",
		template: "  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: f, Role: r, " +
			"Runtime: provided.al2023, Handler: h, Code: {S3Bucket: b, S3Key: k.zip}}}",
		want: []string{"property Code.S3Key = \"k.zip\"", "no source folder"},
	}, {
		name: "a client with a scope its pool lacks",
		template: "  P: {Type: AWS::Cognito::UserPool}\n" +
			"  C: {Type: AWS::Cognito::UserPoolClient, Properties: " +
			"{UserPoolId: !Ref P, AllowedOAuthScopes: [orders/read]}}",
		want: []string{"property AllowedOAuthScopes", "no scope \"orders/read\""},
	}, {
		name: "a key that is no attribute",
		template: "  T: {Type: AWS::DynamoDB::Table, Properties: {BillingMode: " +
			"PAY_PER_REQUEST, AttributeDefinitions: [{AttributeName: a, AttributeType: S}], " +
			"KeySchema: [{AttributeName: b, KeyType: HASH}]}}",
		want: []string{"property KeySchema[0].AttributeName = \"b\"", "there is a"},
	}, {
		name: "a route key with a method that HTTP APIs do not have",
		template: v2Part + "  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, " +
			"RouteKey: FETCH /a}}",
		want: []string{
			"resource R (AWS::ApiGatewayV2::Route), property RouteKey = \"FETCH /a\"",
			"The provided route key is not formatted properly for HTTP protocol",
		},
	}, {
		name: "a route key without a path",
		template: v2Part + "  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, " +
			"RouteKey: slow}}",
		want: []string{"property RouteKey = \"slow\": The provided route key is not formatted properly"},
	}, {
		name: "a stage name with a blank",
		template: v2Part + "  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, " +
			"StageName: a b}}",
		want: []string{"property StageName = \"a b\": Stage name only allows a-zA-Z0-9_-"},
	}, {
		name: "the stage $default of a WebSocket API",
		template: "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, " +
			"RouteSelectionExpression: $request.body.a}}\n" +
			"  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: $default}}",
		want: []string{"property StageName = \"$default\": Stage name only allows a-zA-Z0-9_-"},
	}, {
		name: "several mistakes at once",
		template: restPart + "  M: {Type: AWS::ApiGateway::Method, Properties: " + onRoot +
			"AuthorizationType: SOME, ApiKeyRequired: [], " + mock + "}}\n" +
			"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: gone, StageName: s}}",
		want: []string{
			"property AuthorizationType = \"SOME\"", "property ApiKeyRequired = []",
			"resource S (AWS::ApiGateway::Stage), property RestApiId = \"gone\"",
		},
	},
}
