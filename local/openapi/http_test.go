package openapi

import (
	"strings"
	"testing"
)

// httpRefusals are documents that AWS does not import as an HTTP API.
var httpRefusals = []struct {
	name, document, want string
}{
	{
		name: "OpenAPI 2.0", document: "swagger: '2.0'",
		want: "HTTP APIs support only OpenAPI 3.0",
	}, {
		name:     "another import algorithm",
		document: head3 + "x-amazon-apigateway-importexport-version: '2.0'",
		want:     "want 1.0",
	}, {
		name:     "an integration that is not defined",
		document: integrationDocument("{$ref: '#/components/x-amazon-apigateway-integrations/gone'}"),
		want:     "there is no #/components/x-amazon-apigateway-integrations/gone",
	}, {
		name:     "an integration without URI",
		document: integrationDocument("{type: aws_proxy}"),
		want:     "uri is required",
	}, {
		name:     "a timeout above AWS's",
		document: integrationDocument("{type: aws_proxy, uri: arn, timeoutInMillis: 30001}"),
		want:     "want a whole number from 50 to 30000",
	}, {
		name:     "a payload format that AWS does not have",
		document: integrationDocument("{type: aws_proxy, uri: 'arn:f', payloadFormatVersion: 3.0}"),
		want:     "want 1.0 or 2.0",
	}, {
		name: "the default route twice",
		document: head3 + "paths: {/$default: {x-amazon-apigateway-any-method: {}}, " +
			"/a: {x-amazon-apigateway-any-method: {isDefaultRoute: true}}}",
		want: "Route with key $default already exists for this API",
	}, {
		name: "a service without a parameter that it needs",
		document: integrationDocument("{type: aws_proxy, integrationSubtype: SQS-PurgeQueue, " +
			"credentials: 'arn:r', payloadFormatVersion: '1.0'}"),
		want: "Parameter: QueueUrl is required for Operation: SQS-PurgeQueue.",
	}, {
		name: "a service with a parameter that it does not take",
		document: integrationDocument("{type: aws_proxy, integrationSubtype: SQS-PurgeQueue, " +
			"credentials: 'arn:r', requestParameters: {QueueUrl: q, queueUrl: q}}"),
		want: "Parameter: queueUrl does not fit schema for Operation: SQS-PurgeQueue.",
	}, {
		name: "a service without a role",
		document: integrationDocument("{type: aws_proxy, integrationSubtype: SQS-PurgeQueue, " +
			"requestParameters: {QueueUrl: q}}"),
		want: "needs credentials",
	}, {
		name:     "a greedy parameter in the middle",
		document: head3 + "paths: {'/{proxy+}/a': {get: {}}}",
		want:     "a greedy path variable can only stand at the end",
	},
}

func TestDocumentsThatAWSRefusesForHTTPAPIs(t *testing.T) {
	for _, test := range httpRefusals {
		t.Run(test.name, func(t *testing.T) {
			_, err := mustParse(t, test.document).HTTP(emptyHTTP(), Options{})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q in it", err, test.want)
			}
		})
	}
}

// httpWarnings are what AWS tolerates; routes are the keys that remain.
var httpWarnings = []struct {
	name, document, want string
	routes               string
}{
	{
		name:     "an integration type that HTTP APIs do not have",
		document: integrationDocument("{type: AWS, httpMethod: POST, uri: 'arn:f'}"),
		want:     "HTTP APIs support only AWS_PROXY and HTTP_PROXY integrations",
		routes:   "GET /a",
	}, {
		name: "an authorizer that cannot be created takes its routes with it",
		document: head3 + "components: {securitySchemes: {s: {type: oauth2, " +
			"x-amazon-apigateway-authorizer: {type: jwt, jwtConfiguration: {audience: [a]}}}}}\n" +
			"paths: {/a: {get: {security: [{s: []}]}}}",
		want: "Unable to create Authorizer 's': Invalid issuer",
	}, {
		name: "a Lambda authorizer without payload format",
		document: head3 + "components: {securitySchemes: {s: {type: apiKey, " +
			"x-amazon-apigateway-authorizer: {type: request, authorizerUri: 'arn:f'}}}}",
		want: "authorizerPayloadFormatVersion is required",
	}, {
		name:     "CORS that is no object",
		document: head3 + "x-amazon-apigateway-cors: true",
		want:     "CORS Scheme is malformed. Ignoring.",
	}, {
		name: "a schema that is not there",
		document: head3 + "paths: {/update: {get: {responses: {200: {content: {application/json: " +
			"{schema: {$ref: '#/components/schemas/Gone'}}}}}, x-amazon-apigateway-integration: " +
			"{type: aws_proxy, uri: 'arn:f'}}}}",
		want: "Parse issue: attribute paths.'/update'(get).responses.200.content.schema." +
			"#/components/schemas/Gone is missing",
		routes: "GET /update",
	}, {
		name: "$default without slash",
		document: head3 + "paths: {$default: {x-amazon-apigateway-any-method: " +
			"{x-amazon-apigateway-integration: {type: aws_proxy, uri: 'arn:f'}}}}",
		want:   "Parse issue: attribute paths. Resource $default should start with /",
		routes: "$default",
	}, {
		name:     "a route without integration",
		document: head3 + "paths: {/a: {get: {}}}",
		want:     "The route 'GET /a' has no integration.",
		routes:   "GET /a",
	},
}

func TestWarningsOfHTTPAPIs(t *testing.T) {
	for _, test := range httpWarnings {
		t.Run(test.name, func(t *testing.T) {
			got := importHTTP(t, test.document, Options{})
			if len(got.Warnings) == 0 || !strings.Contains(got.Warnings[0].Message, test.want) {
				t.Errorf("got the warnings %v, want %q first", got.Warnings, test.want)
			}
			var keys []string
			for _, route := range got.API.Routes {
				keys = append(keys, route.Key)
			}
			equal(t, "routes", test.routes, strings.Join(keys, ", "))
		})
	}
}

func TestBasePathOfHTTPAPIs(t *testing.T) {
	const document = head3 + "servers: [{url: 'https://x.example.com/v1'}]\n" +
		"paths: {/: {get: {}}, /a/: {get: {}}, /$default: {x-amazon-apigateway-any-method: {}}}"
	var keys []string
	for _, route := range importHTTP(t, document, Options{BasePath: BasePathPrepend}).API.Routes {
		keys = append(keys, route.Key)
	}
	equal(t, "routes", []string{"GET /v1", "GET /v1/a/", "$default"}, keys)
}
