package control_test

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestRecordedRefusals holds refusals against those that AWS was recorded to give
// (spec/control-plane.md).
func TestRecordedRefusals(t *testing.T) {
	const (
		get      = "/restapis/<api>/resources/<pets>/methods/GET"
		notFound = "NotFoundException"
		bad      = "BadRequestException"
		conflict = "ConflictException"
		invalid  = "ValidationException"
	)
	const noResource = "Invalid Resource identifier specified"
	for _, r := range []struct {
		name, line, body string
		status           int
		code, message    string
	}{
		{
			"an unknown API", "GET /restapis/nope", "", 404, notFound,
			"Invalid API identifier specified 123456789012:nope",
		},
		{
			"an authorizer of an unknown API", "POST /restapis/nope/authorizers",
			`{"name":"a","type":"TOKEN","identitySource":"method.request.header.A","authorizerUri":` +
				`"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"}`,
			409, conflict,
			"Unable to complete operation due to concurrent modification. Please try again later.",
		},
		{
			"a validator of an unknown API", "POST /restapis/nope/requestvalidators", `{}`, 400, bad,
			"Invalid REST API identifier specified",
		},
		{
			"a validator that is not there", "GET /restapis/nope/requestvalidators/v", "", 404, notFound,
			"Invalid Request Validator identifier specified",
		},
		{
			"a model that is not there", "GET /restapis/nope/models/M", "", 404, notFound,
			"Invalid model name specified: M",
		},
		{
			"a method on an unknown API", "PUT /restapis/nope/resources/r/methods/WRONG",
			`{"authorizationType":"NONE"}`, 404, notFound, noResource,
		},
		{
			"a wrong method", "PUT /restapis/<api>/resources/<pets>/methods/WRONG",
			`{"authorizationType":"NONE"}`, 400, bad,
			"Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
		},
		{
			"CUSTOM without an authorizer", "PUT /restapis/<api>/resources/<root>/methods/GET",
			`{"authorizationType":"CUSTOM"}`, 400, bad, "Invalid authorizer ID specified. Setting the " +
				"authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
		},
		{
			"a model that a method does not find", "PUT /restapis/<api>/resources/<root>/methods/GET",
			`{"authorizationType":"NONE","requestModels":{"application/json":"petModel"}}`, 400, bad,
			"Invalid model identifier specified: petModel",
		},
		{
			"a parameter in two places", "PUT /restapis/<api>/resources/<root>/methods/GET",
			`{"authorizationType":"NONE","requestParameters":{"method.request.header.optional":true,` +
				`"method.request.querystring.optional":true}}`,
			400, bad, "Parameter names must be unique across querystring, header and path",
		},
		{
			"an integration of no type", "PUT " + get + "/integration", `{"type":"WRONG"}`, 400, invalid,
			"1 validation error detected: Value 'WRONG' at 'putIntegrationInput.type' failed to satisfy " +
				"constraint: Member must satisfy enum value set: [HTTP, MOCK, AWS_PROXY, HTTP_PROXY, AWS]",
		},
		{
			"two constraints", "POST /restapis",
			`{"name":"x","description":"","endpointConfiguration":{"ipAddressType":"x","types":["wrong"]}}`,
			400, invalid, "2 validation errors detected: Value '[wrong]' at " +
				"'createRestApiInput.endpointConfiguration.types' failed to satisfy constraint: Member must " +
				"satisfy constraint: [Member must satisfy enum value set: [PRIVATE, EDGE, REGIONAL]]; Value " +
				"'x' at 'createRestApiInput.endpointConfiguration.ipAddressType' failed to satisfy " +
				"constraint: Member must satisfy enum value set: [ipv4, dualstack]",
		},
		{
			"the op of a patch before the path", "PATCH " + get + "/responses/9",
			`{"patchOperations":[{"op":"add"},{"op":"remove"},{"op":"wrong"}]}`, 400, invalid,
			"2 validation errors detected: Value 'wrong' at " +
				"'updateMethodResponseInput.patchOperations.3.member.op' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [add, remove, move, test, replace, copy]; Value '9' at " +
				`'statusCode' failed to satisfy constraint: Member must satisfy regular expression pattern: ` +
				`[1-5]\d\d`,
		},
		{
			"a truth value for a string", "POST /restapis", `{"name":true}`, 400, "SerializationException",
			"class java.lang.Boolean can not be converted to an String",
		},
		{
			"a number for a string", "POST /restapis", `{"name":1}`, 400, "SerializationException",
			"class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String",
		},
		{
			"an HTTP integration without a method", "PUT " + get + "/integration",
			`{"type":"HTTP","uri":"https://example.com"}`, 400, bad,
			"Enumeration value for HttpMethod must be non-empty",
		},
		{
			"an HTTP integration of no address", "PUT " + get + "/integration",
			`{"type":"HTTP","httpMethod":"GET","uri":"ftp://x"}`, 400, bad,
			"Invalid HTTP endpoint specified for URI",
		},
		{
			"an ARN without action", "PUT " + get + "/integration", `{"type":"AWS","httpMethod":"POST",` +
				`"uri":"arn:aws:lambda:us-east-1:123456789012:function:f"}`, 400, bad,
			"AWS ARN for integration must contain path or action",
		},
		{
			"a proxy of S3", "PUT " + get + "/integration", `{"type":"AWS_PROXY","httpMethod":"POST",` +
				`"uri":"arn:aws:apigateway:us-east-1:s3:path/b/k"}`, 400, bad, "Integrations of type " +
				"'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
		},
		{
			"an integration response of an unknown status", "GET " + get + "/integration/responses/418", "",
			404, notFound, "Invalid Response status code specified",
		},
		{
			"an integration response deleted of an unknown method",
			"DELETE /restapis/<api>/resources/<pets>/methods/NOPE/integration/responses/200", "", 404,
			notFound, "Invalid Integration identifier specified",
		},
		{
			"a template of no content type", "PUT " + get + "/integration/responses/200",
			`{"responseTemplates":{"123":"x"}}`, 400, bad,
			"Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
		},
		{
			"the same resource again", "POST /restapis/<api>/resources/<root>", `{"pathPart":"pets"}`, 409,
			conflict, "Another resource with the same parent already has this name: pets",
		},
		{
			"a resource moved below itself", "PATCH /restapis/<api>/resources/<pets>",
			`{"patchOperations":[{"op":"replace","path":"/parentId","value":"<pets>"}]}`, 400, bad,
			"Resources cannot be cyclical.",
		},
		{
			"the root renamed", "PATCH /restapis/<api>/resources/<root>",
			`{"patchOperations":[{"op":"replace","path":"/pathPart","value":"x"}]}`, 400, bad,
			"Root resource cannot update its pathPart.",
		},
		{
			"a wrong path of a resource's patch", "PATCH /restapis/<api>/resources/<pets>",
			`{"patchOperations":[{"op":"replace","path":"/invalid","value":"x"}]}`, 400, bad,
			"Invalid patch path  '/invalid' specified for op 'replace'. Must be one of: " +
				"[/parentId, /pathPart]",
		},
		{
			"a wrong op of a resource's patch", "PATCH /restapis/<api>/resources/<pets>",
			`{"patchOperations":[{"op":"remove","path":"/pathPart"}]}`, 400, bad,
			"Invalid patch path  '/pathPart' specified for op 'remove'. Please choose supported operations",
		},
		{
			"a model without a schema", "POST /restapis/<api>/models",
			`{"name":"M","contentType":"application/json"}`, 400, bad,
			"Model schema must have at least 1 property or array items defined",
		},
		{
			"a model again", "POST /restapis/<api>/models",
			`{"name":"Empty","contentType":"application/json","schema":"{}"}`, 409, conflict,
			"Model name already exists for this REST API",
		},
		{
			"a gateway response never set", "DELETE /restapis/<api>/gatewayresponses/ACCESS_DENIED", "",
			404, notFound, "Gateway response type not defined on api",
		},
		{
			"a deployment in use", "DELETE /restapis/<api>/deployments/<deployment>", "", 400, bad,
			"Active stages pointing to this deployment must be moved or deleted",
		},
		{
			"a canary without a stage", "POST /restapis/<api>/deployments",
			`{"canarySettings":{"percentTraffic":10}}`, 400, bad, "Invalid deployment content specified." +
				"Non null and non empty stageName must be provided for canary deployment. Provided value " +
				"is null",
		},
		{
			"a canary on no stage", "POST /restapis/<api>/deployments",
			`{"stageName":"nope","canarySettings":{"percentTraffic":10}}`, 400, bad, "Invalid deployment " +
				"content specified.Stage nope must already be created before making a canary release " +
				"deployment",
		},
		{
			"a promotion without a canary", "PATCH /restapis/<api>/stages/dev",
			`{"patchOperations":[{"op":"copy","from":"/canarySettings/deploymentId",` +
				`"path":"/deploymentId"}]}`,
			400, bad, "Promotion not available. Canary does not exist.",
		},
		{
			"a setting that is not there", "PATCH /restapis/<api>/stages/dev",
			`{"patchOperations":[{"op":"remove","path":"/*/*"}]}`, 400, bad, "Cannot remove method " +
				"setting */* because there is no method setting for this method ",
		},
		{
			"an empty access log", "PATCH /restapis/<api>/stages/dev",
			`{"patchOperations":[{"op":"replace","path":"/accessLogSettings/format","value":""}]}`, 400, bad,
			"Access Log value must not be empty",
		},
		{
			"a short key", "POST /apikeys", `{"value":"short"}`, 400, bad,
			"API Key value should be at least 20 characters",
		},
		{
			"an unknown plan", "GET /usageplans/nope", "", 404, notFound,
			"Invalid Usage Plan ID specified",
		},
		{
			"a document that is none", "POST /restapis?mode=import", `nothing`, 400, bad,
			"Invalid OpenAPI input.",
		},
		{
			"an API of two endpoint types", "POST /restapis",
			`{"name":"x","endpointConfiguration":{"types":["EDGE","REGIONAL"]}}`, 400, bad,
			"Cannot create an api with multiple Endpoint Types.",
		},
		{
			"binary types as a whole", "PATCH /restapis/<api>",
			`{"patchOperations":[{"op":"add","path":"/binaryMediaTypes","value":"a/b"}]}`, 400, bad,
			"Invalid patch path /binaryMediaTypes",
		},
		{
			"a compression added", "PATCH /restapis/<api>",
			`{"patchOperations":[{"op":"add","path":"/minimumCompressionSize","value":"1"}]}`, 400, bad,
			"Invalid patch operation specified. Must be one of: [replace]",
		},
		{
			"a documentation part of an unknown API", "GET /restapis/nope/documentation/parts/p", "", 404,
			notFound, "Invalid Documentation part identifier specified",
		},
		{
			"a documentation part of no type", "POST /restapis/<api>/documentation/parts",
			`{"location":{"type":"x"},"properties":"{}"}`, 400, invalid, "1 validation error detected: " +
				"Value 'x' at 'createDocumentationPartInput.location.type' failed to satisfy constraint: " +
				"Member must satisfy enum value set: [RESPONSE_BODY, RESPONSE, METHOD, MODEL, AUTHORIZER, " +
				"RESPONSE_HEADER, RESOURCE, PATH_PARAMETER, REQUEST_BODY, QUERY_PARAMETER, API, " +
				"REQUEST_HEADER]",
		},
		{
			"a VPC link to no ARN", "POST /vpclinks", `{"name":"l","targetArns":["invalid-arn"]}`, 400, bad,
			"Invalid ARN. ARN is not well formed invalid-arn",
		},
		{
			"an unknown VPC link", "GET /vpclinks/nope", "", 404, notFound,
			"Invalid Vpc Link identifier specified",
		},
		{
			"an operation that is not implemented", "GET /restapis/<api>/stages/dev/sdks/java", "", 501,
			"NotImplemented", "apigateway GetSdk is not implemented here: portico check --apis lists what is",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := newClient(t, t.TempDir())
			c.pets()
			response := c.send(r.line, r.body)
			var got struct{ Message string }
			if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			code := response.Header.Get("x-amzn-ErrorType")
			if response.StatusCode != r.status || code != r.code || got.Message != c.filled(r.message) {
				t.Errorf("got  %d %s: %s\nwant %d %s: %s", response.StatusCode, code, got.Message,
					r.status, r.code, c.filled(r.message))
			}
		})
	}
}

// TestRecordedAnswers holds what operations return against what AWS was recorded to return.
func TestRecordedAnswers(t *testing.T) {
	for _, r := range []struct {
		name, line, body string
		status           int
		want             string
	}{
		{
			"a resource", "GET /restapis/<api>/resources/<pets>", "", 200,
			`{"id":"<pets>","parentId":"<root>","pathPart":"pets","path":"/pets",` +
				`"resourceMethods":{"GET":{}}}`,
		},
		{"the root", "GET /restapis/<api>/resources/<root>", "", 200, `{"id":"<root>","path":"/"}`},
		{
			"a method", "PUT /restapis/<api>/resources/<root>/methods/POST",
			`{"authorizationType":"none"}`, 201,
			`{"httpMethod":"POST","authorizationType":"NONE","apiKeyRequired":false}`,
		},
		{
			"a MOCK integration", "PUT /restapis/<api>/resources/<pets>/methods/GET/integration",
			`{"type":"MOCK","httpMethod":"POST","uri":"https://x"}`, 201,
			`{"type":"MOCK","passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,` +
				`"cacheNamespace":"<pets>","cacheKeyParameters":[]}`,
		},
		{
			"an HTTP integration", "PUT /restapis/<api>/resources/<pets>/methods/GET/integration",
			`{"type":"HTTP","httpMethod":"GET","uri":"https://x"}`, 201,
			`{"type":"HTTP","httpMethod":"GET","uri":"https://x","connectionType":"INTERNET",` +
				`"passthroughBehavior":"WHEN_NO_MATCH","timeoutInMillis":29000,` +
				`"cacheNamespace":"<pets>","cacheKeyParameters":[]}`,
		},
		{
			"a method response with empty maps",
			"PUT /restapis/<api>/resources/<pets>/methods/GET/responses/201",
			`{"responseModels":{},"responseParameters":{}}`, 201,
			`{"statusCode":"201","responseParameters":{},"responseModels":{}}`,
		},
		{
			"an updated method response is 201",
			"PATCH /restapis/<api>/resources/<pets>/methods/GET/responses/200",
			`{"patchOperations":[{"op":"add","path":"/responseParameters/method.response.header.A",` +
				`"value":"true"}]}`, 201,
			`{"statusCode":"200","responseParameters":{"method.response.header.A":true}}`,
		},
		{
			"an integration response with an empty template",
			"PUT /restapis/<api>/resources/<pets>/methods/GET/integration/responses/504",
			`{"selectionPattern":"","responseTemplates":{"application/json":""}}`, 201,
			`{"statusCode":"504","selectionPattern":"","responseTemplates":{"application/json":null}}`,
		},
		{
			"a gateway response's default", "GET /restapis/<api>/gatewayresponses/ACCESS_DENIED", "", 200,
			`{"responseType":"ACCESS_DENIED","statusCode":"403","responseParameters":{},` +
				`"responseTemplates":{"application/json":` +
				`"{\"message\":$context.error.messageString}"},"defaultResponse":true}`,
		},
		{
			"a stage", "GET /restapis/<api>/stages/dev", "", 200,
			`{"deploymentId":"<deployment>","stageName":"dev","cacheClusterEnabled":false,` +
				`"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false,` +
				`"createdDate":1700000000,"lastUpdatedDate":1700000000}`,
		},
		{
			"a setting of all methods", "PATCH /restapis/<api>/stages/dev",
			`{"patchOperations":[{"op":"replace","path":"/*/*/caching/enabled","value":"true"},` +
				`{"op":"replace","path":"/test/GET/throttling/burstLimit","value":"124"}]}`, 200,
			`{"deploymentId":"<deployment>","stageName":"dev","cacheClusterEnabled":false,` +
				`"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{"*/*":{"metricsEnabled":false,` +
				`"dataTraceEnabled":false,"throttlingBurstLimit":5000,"throttlingRateLimit":10000.0,` +
				`"cachingEnabled":true,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,` +
				`"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":` +
				`"SUCCEED_WITH_RESPONSE_HEADER"},"test/GET":{"metricsEnabled":false,` +
				`"dataTraceEnabled":false,"throttlingBurstLimit":124,"throttlingRateLimit":10000.0,` +
				`"cachingEnabled":true,"cacheTtlInSeconds":300,"cacheDataEncrypted":false,` +
				`"requireAuthorizationForCacheControl":true,"unauthorizedCacheControlHeaderStrategy":` +
				`"SUCCEED_WITH_RESPONSE_HEADER"}},"tracingEnabled":false,"createdDate":1700000000,` +
				`"lastUpdatedDate":1700000000}`,
		},
		{
			"the keys of an unknown plan", "GET /usageplans/nope/keys", "", 200, `{"item":[]}`,
		},
		{
			"no keys for a limit below zero", "GET /apikeys?limit=-1", "", 200, `{"item":[]}`,
		},
		{"a method deleted", "DELETE /restapis/<api>/resources/<pets>/methods/GET", "", 204, ``},
		{"a resource deleted", "DELETE /restapis/<api>/resources/<pets>", "", 202, ``},
	} {
		t.Run(r.name, func(t *testing.T) {
			c := newClient(t, "")
			c.pets()
			status, got := c.text(r.line, r.body)
			if status != r.status || got != r.want {
				t.Errorf("got  %d %s\nwant %d %s", status, got, r.status, r.want)
			}
		})
	}
}

func TestAnAPIAsCreated(t *testing.T) {
	c := newClient(t, "")
	made := c.do("POST /restapis", `{"name":"a","binaryMediaTypes":[],`+
		`"policy":"{\"Statement\":[{\"Resource\":\"execute-api:/*\"}]}"}`)
	c.names["api"] = made["id"].(string)
	delete(made, "id")
	delete(made, "rootResourceId")
	want := map[string]any{
		"name": "a", "createdDate": 1.7e9, "apiKeySource": "HEADER", "disableExecuteApiEndpoint": false,
		"endpointConfiguration": map[string]any{"types": []any{"EDGE"}, "ipAddressType": "ipv4"},
		"policy": `{\"Statement\":[{\"Resource\":\"arn:aws:execute-api:us-east-1:123456789012:` +
			c.names["api"] + `/*\"}]}`,
	}
	if !reflect.DeepEqual(made, want) {
		t.Errorf("got  %v\nwant %v", made, want)
	}
	if tags := c.do("GET /restapis/<api>", "")["tags"]; !reflect.DeepEqual(tags, map[string]any{}) {
		t.Errorf("the tags of GetRestApi are %v, want {}", tags)
	}
}
