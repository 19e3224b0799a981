package openapi

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

const validator = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "

// onA is a document whose GET /a has more than a MOCK integration, or another one.
func onA(method string) string {
	if !strings.Contains(method, "x-amazon-apigateway-integration") {
		method += ", x-amazon-apigateway-integration: {type: mock}"
	}
	return head3 + "paths:\n  /a:\n    get: {" + strings.TrimPrefix(method, ", ") + "}"
}

func integratedA(integration string) string {
	return onA("x-amazon-apigateway-integration: {" + integration + "}")
}

func authorizedBy(authorizer string) string {
	return head3 + "components: {securitySchemes: {s: {type: apiKey, name: Unused, in: header, " +
		"x-amazon-apigateway-authorizer: {authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/" +
		"2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations', " +
		authorizer + "}}}}"
}

// The reasons are those of spec control-plane.md §2 to §6, in AWS's words: what AWS refuses of the
// operations that describe an API one by one, it refuses of a document.
var deploymentRefusals = []struct{ name, document, reason, pointer string }{
	{
		"a service that is no ARN", integratedA("type: aws, httpMethod: POST, uri: 'https://sqs'"),
		"Unable to put integration on 'GET' for resource at path '/a': Invalid ARN specified in the request",
		"/paths/~1a/get/x-amazon-apigateway-integration line 5:44",
	}, {
		"a bare function", integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:lambda:us-east-1:1:function:f'"),
		"AWS ARN for integration must contain path or action", "/paths/~1a/get/x-amazon-apigateway-integration",
	}, {
		"a function below neither path nor action",
		integratedA("type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:lambda:test/2015-03-31'"),
		"AWS ARN for integration must contain path or action", "",
	}, {
		"a proxy to a table", integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:dynamodb:action/PutItem'"),
		"Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.", "",
	}, {
		"a function's path that is malformed",
		integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:lambda:path/functions/f'"),
		"Integrations of type 'AWS_PROXY' currently only supports", "",
	}, {
		"a firehose path with a function behind it",
		integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:firehose:path/2015-03-31/functions/f/invocations'"),
		"Integrations of type 'AWS_PROXY' currently only supports", "",
	}, {
		"a service without a role", integratedA("type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q'"),
		"Role ARN must be specified for AWS integrations", "",
	}, {
		"an integration without a method", integratedA("type: http, uri: 'http://localhost'"),
		"Enumeration value for HttpMethod must be non-empty", "",
	}, {
		"a backend whose scheme is a stage variable", integratedA("type: http_proxy, httpMethod: GET, uri: '${stageVariables.url}'"),
		"Invalid HTTP endpoint specified for URI", "",
	}, {
		"a stream of what is no proxy", integratedA("type: mock, responseTransferMode: STREAM"),
		"STREAM is for integrations of type AWS_PROXY and HTTP_PROXY", "",
	}, {
		"a link without an id", integratedA("type: http, httpMethod: GET, uri: 'http://x', connectionType: VPC_LINK"),
		"connectionId is required with VPC_LINK", "",
	}, {
		"a link of a function", integratedA("type: mock, connectionType: VPC_LINK, connectionId: l"),
		"VPC_LINK is for integrations of type HTTP and HTTP_PROXY", "",
	}, {
		"a timeout that is too long for an EDGE API", integratedA("type: mock, timeoutInMillis: 30000"),
		"Timeout should be between 50 ms and 29000 ms", "/timeoutInMillis line 5:",
	}, {
		"a template of no content type", integratedA("type: mock, requestTemplates: {'123': x}"),
		"Validation Result: warnings : [], errors : [Invalid content type specified: 123]", "/requestTemplates/123 line 5:",
	}, {
		"a response template of no content type",
		integratedA("type: mock, responses: {default: {statusCode: 200, responseTemplates: {html: x}}}"),
		"errors : [Invalid content type specified: html]", "/responses/default/responseTemplates/html",
	}, {
		"a body of no content type", onA("requestBody: {content: {json: {schema: {type: object}}}}"),
		"Unable to put method 'GET' on resource at path '/a': Validation Result: warnings : [], errors : [Invalid content type specified: json]",
		"/paths/~1a/get/requestBody/content/json",
	}, {
		"a parameter whose name is no expression", onA("parameters: [{in: query, name: 'filter[id]'}]"),
		"Unable to put method 'GET' on resource at path '/a': " + validator +
			"[Invalid mapping expression specified: method.request.querystring.filter[id]]",
		"/paths/~1a/get/parameters/0",
	}, {
		"one name in two places", onA("parameters: [{in: query, name: a}, {in: header, name: a}]"),
		"Parameter names must be unique across querystring, header and path", "/paths/~1a/get/parameters/1",
	}, {
		"a response header that is no expression", onA("responses: {'200': {headers: {'a b': {}}}}"),
		validator + "[Invalid mapping expression specified: method.response.header.a b]", "/paths/~1a/get/responses/200/headers/a b",
	}, {
		"a gateway response that sets no header",
		head3 + "x-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {method.response.header.X: \"'x'\"}}}",
		"Unable to put gateway response 'THROTTLED': " + validator + "[Invalid mapping expression specified: method.response.header.X]",
		"/x-amazon-apigateway-gateway-responses/THROTTLED/responseParameters/method.response.header.X",
	}, {
		"a gateway response from nowhere",
		head3 + "x-amazon-apigateway-gateway-responses: {THROTTLED: {responseParameters: {gatewayresponse.header.X: x}}}",
		"[Invalid mapping expression specified: x]", "",
	}, {
		"a token of the query", authorizedBy("type: token, identitySource: method.request.querystring.key"),
		"Invalid token source expression: method.request.querystring.key. The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'.",
		"/components/securitySchemes/s/x-amazon-apigateway-authorizer",
	}, {
		"an identity of the body", authorizedBy("type: request, identitySource: 'method.request.header.a, method.request.body'"),
		`"method.request.body" is no source of a REQUEST authorizer`, "",
	}, {
		"an identity that is validated by nothing",
		authorizedBy("type: token, identitySource: method.request.header.a, identityValidationExpression: '['"),
		"is no regular expression", "/identityValidationExpression",
	}, {
		"a model that refers to an unknown one by its URL",
		head3 + "components: {schemas: {A: {$ref: 'https://apigateway.amazonaws.com/restapis/rest012345/models/Gone'}}}",
		"Invalid model identifier specified: Gone", "/components/schemas/A/$ref",
	}, {
		"a child of {proxy+}", head3 + "paths: {'/{proxy+}/a': {}}",
		"Unable to create resource at path '/{proxy+}/a': Cannot create a child of a resource with a greedy path variable: {proxy+}",
		"/paths/~1{proxy+}~1a",
	},
}

func TestDocumentsAreHeldToTheRulesOfTemplates(t *testing.T) {
	for _, r := range deploymentRefusals {
		t.Run(r.name, func(t *testing.T) {
			_, err := mustParse(t, r.document).REST(emptyREST(), Options{})
			if err == nil || !strings.Contains(err.Error(), r.reason) || !strings.Contains(err.Error(), r.pointer) {
				t.Errorf("got the error %v\nwant %q at %q", err, r.reason, r.pointer)
			}
		})
	}
}

func TestDocumentsThatAWSTakesAllTheSame(t *testing.T) {
	for _, r := range []struct{ name, document string }{
		{"a function's path that begins twice", integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/f/invocations'")},
		{"a stream of Firehose", integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:firehose:action/PutRecord'")},
		{"a stage variable for a function", integratedA("type: aws_proxy, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${stageVariables.f}/invocations'")},
		{"a streamed function for 15 minutes", integratedA("type: aws_proxy, responseTransferMode: stream, timeoutInMillis: 900000, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/f/response-streaming-invocations'")},
		{"an integration response without a method response", integratedA("type: mock, responses: {default: {statusCode: 504}}")},
		{"a template for all others", integratedA("type: mock, requestTemplates: {$default: x}")},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := mustParse(t, r.document).REST(emptyREST(), Options{})
			if err != nil || len(got.Unfinished) > 0 {
				t.Errorf("got the error %v and %v unfinished", err, got)
			}
		})
	}
}

func TestMethodsWithoutIntegrationAreNamed(t *testing.T) {
	got := importREST(t, head3+"paths:\n  /a:\n    get: {}\n    post:\n      x-amazon-apigateway-integration: {type: mock}\n", Options{})
	equal(t, "what cannot be deployed", []Warning{{
		Pointer: "/paths/~1a/get", Line: 5, Column: 10,
		Message: "Unable to deploy method 'GET' of resource '/a': No integration defined for method",
	}}, got.Unfinished)
}

func TestTheTargetOfAPrivateIntegration(t *testing.T) {
	const arn = "arn:aws:elasticloadbalancing:us-east-2:111122223333:loadbalancer/app/myLoadBalancerName/1234567891011"
	got := importREST(t, integratedA("type: http_proxy, httpMethod: GET, uri: 'https://example.com:443/path', "+
		"connectionType: VPC_LINK, connectionId: bbb111, integrationTarget: '"+arn+"'"), Options{})
	integration := methodOf(t, got.API, "GET", "/a").Integration
	equal(t, "integration", api.Integration{
		Type: "HTTP_PROXY", HTTPMethod: "GET", URI: "https://example.com:443/path",
		PassthroughBehavior: "WHEN_NO_MATCH", TimeoutMillis: 29000, ResponseMode: "BUFFERED",
		ConnectionType: "VPC_LINK", ConnectionID: "bbb111", Targets: []string{arn},
		CacheNamespace: integration.CacheNamespace,
	}, integration)
	equal(t, "findings", 0, len(got.Findings))
}
