package openapi

import (
	"encoding/json"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

// basePathTests are the pages' own example, and what was recorded (control-plane.md §18).
var basePathTests = []struct {
	name, head, mode string
	want             []string
}{
	{
		name: "a base path is ignored when nothing else is said",
		head: "swagger: '2.0'\nbasePath: /a/b/c\n",
		want: []string{"/", "/e", "/f"},
	}, {
		name: "ignore serves the paths as they are", mode: BasePathIgnore,
		head: "swagger: '2.0'\nbasePath: /a/b/c\n",
		want: []string{"/", "/e", "/f"},
	}, {
		name: "prepend makes resources of the whole base path", mode: BasePathPrepend,
		head: "swagger: '2.0'\nbasePath: /a/b/c\n",
		want: []string{"/", "/a", "/a/b", "/a/b/c", "/a/b/c/e", "/a/b/c/f"},
	}, {
		name: "split drops the first segment", mode: BasePathSplit,
		head: "swagger: '2.0'\nbasePath: /a/b/c\n",
		want: []string{"/", "/b", "/b/c", "/b/c/e", "/b/c/f"},
	}, {
		name: "split of a single segment leaves nothing", mode: BasePathSplit,
		head: "swagger: '2.0'\nbasePath: /base\n",
		want: []string{"/", "/e", "/f"},
	}, {
		name: "no base path has no effect", mode: BasePathPrepend,
		head: "swagger: '2.0'\n",
		want: []string{"/", "/e", "/f"},
	}, {
		name: "OpenAPI 3 takes the path of the server", mode: BasePathSplit,
		head: "openapi: 3.0.1\nservers: [{url: 'https://x.example.com/base-url/part/'}]\n",
		want: []string{"/", "/part", "/part/e", "/part/f"},
	}, {
		name: "OpenAPI 3 takes the path of a server without host", mode: BasePathPrepend,
		head: "openapi: 3.0.1\nservers: [{url: /v1}]\n",
		want: []string{"/", "/v1", "/v1/e", "/v1/f"},
	}, {
		name: "the variable basePath counts even if the URL does not have it", mode: BasePathPrepend,
		head: "openapi: 3.0.1\nservers: [{url: 'https://x.example.com/y', " +
			"variables: {basePath: {default: v2}}}]\n",
		want: []string{"/", "/v2", "/v2/e", "/v2/f"},
	}, {
		name: "of several variables basePath the first counts", mode: BasePathPrepend,
		head: "openapi: 3.0.1\nservers: [{url: /, variables: {basePath: {default: /one}}}, " +
			"{url: /, variables: {basePath: {default: /two}}}]\n",
		want: []string{"/", "/one", "/one/e", "/one/f"},
	},
}

func TestBasePathBecomesPartOfThePathsAsAsked(t *testing.T) {
	for _, test := range basePathTests {
		t.Run(test.name, func(t *testing.T) {
			document := test.head + "info: {title: t}\npaths: {/e: {get: {}}, /f: {get: {}}}\n"
			got := importREST(t, document, Options{BasePath: test.mode})
			equal(t, "paths", test.want, pathsOf(got.API))
		})
	}
}

const head3 = "openapi: 3.0.1\ninfo: {title: t}\n"

// mockMethod is an operation of OpenAPI 3.0 with an integration that AWS takes.
const mockMethod = "{x-amazon-apigateway-integration: {type: mock}}"

// restRefusals are documents that AWS refuses, with its words (control-plane.md §3 to §5, §18).
var restRefusals = []struct {
	name, document string
	options        Options
	want           []string
}{
	{
		name: "a document that is no JSON", document: "{\"openapi\": ",
		want: []string{"Invalid OpenAPI input.", "line 1:13"},
	}, {
		name: "a document that is no YAML", document: "openapi: 3.0.1\n\tinfo: x\n",
		want: []string{"Invalid OpenAPI input.", "line 2"},
	}, {
		name: "a document without version", document: "info: {title: t}",
		want: []string{"Invalid OpenAPI input.", "neither swagger"},
	}, {
		name: "a version that AWS does not import", document: "openapi: 3.1.0",
		want: []string{"Invalid OpenAPI input.", `"3.1.0"`, "/openapi line 1:10"},
	}, {
		name: "a key that stands twice", document: "{\"openapi\":\"3.0.1\",\"openapi\":\"3.0.1\"}",
		want: []string{"Invalid OpenAPI input.", "a key stands twice"},
	}, {
		name:     "a child of a greedy path variable",
		document: head3 + "paths: {'/{proxy+}/a': {get: " + mockMethod + "}}",
		want: []string{
			"Unable to create resource at path '/{proxy+}/a': " +
				"Cannot create a child of a resource with a greedy path variable: {proxy+}",
			"/paths/~1{proxy+}~1a line 3:",
		},
	}, {
		name: "two variable siblings",
		document: head3 + "paths: {'/{proxy+}': {get: " + mockMethod + "}, '/{dynamic}': {get: " +
			mockMethod + "}}",
		want: []string{"A sibling ({proxy+}) of this resource already has a variable path part -- " +
			"only one is allowed"},
	}, {
		name:     "a path parameter that is not a whole segment",
		document: head3 + "paths: {'/res{id}': {get: " + mockMethod + "}}",
		want:     []string{"Resource's path part only allow a-zA-Z0-9._-:", "res{id}"},
	}, {
		name: "one name in two places",
		document: head3 + "paths: {/a: {get: {parameters: [{name: x, in: query}, " +
			"{name: x, in: header}], x-amazon-apigateway-integration: {type: mock}}}}",
		want: []string{"Parameter names must be unique across querystring, header and path"},
	}, {
		name:     "an integration without method",
		document: integrationDocument("{type: http, uri: 'http://x.example.com'}"),
		want: []string{"Unable to put integration on 'GET' for resource at path '/a': " +
			"Enumeration value for HttpMethod must be non-empty"},
	}, {
		name:     "an HTTP endpoint that is none",
		document: integrationDocument("{type: http_proxy, httpMethod: GET, uri: '${stageVariables.x}'}"),
		want:     []string{"Invalid HTTP endpoint specified for URI"},
	}, {
		name:     "an AWS integration of something else than an ARN",
		document: integrationDocument("{type: aws, httpMethod: POST, uri: 'http://x'}"),
		want:     []string{"Invalid ARN specified in the request"},
	}, {
		name: "a bare function ARN",
		document: integrationDocument("{type: aws, httpMethod: POST, " +
			"uri: 'arn:aws:lambda:eu-west-1:123456789012:function:f'}"),
		want: []string{"AWS ARN for integration must contain path or action"},
	}, {
		name: "AWS_PROXY to a bucket",
		document: integrationDocument("{type: aws_proxy, httpMethod: POST, " +
			"uri: 'arn:aws:apigateway:eu-west-1:s3:path/b'}"),
		want: []string{"Integrations of type 'AWS_PROXY' currently only supports Lambda function " +
			"and Firehose stream invocations."},
	}, {
		name: "an AWS service without role",
		document: integrationDocument("{type: aws, httpMethod: POST, " +
			"uri: 'arn:aws:apigateway:eu-west-1:sqs:path/123456789012/q'}"),
		want: []string{"Role ARN must be specified for AWS integrations"},
	}, {
		name: "a mapped parameter that the method does not declare",
		document: integrationDocument("{type: mock, requestParameters: " +
			"{integration.request.header.a: method.request.header.b}}"),
		want: []string{
			"Unable to put integration on 'GET' for resource at path '/a': Invalid mapping expression " +
				"specified: Validation Result: warnings : [], errors : [Invalid mapping expression " +
				"parameter specified: method.request.header.b]",
			"/requestParameters/integration.request.header.a line 3:",
		},
	}, {
		name: "a mapping that is no expression",
		document: integrationDocument("{type: mock, requestParameters: " +
			"{integration.request.header.a: 'true'}}"),
		want: []string{"[Invalid mapping expression specified: true]"},
	}, {
		name: "a response header that the method does not declare",
		document: head3 + "paths: {/a: {get: {responses: {200: {description: ok}}, " +
			"x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: 200, " +
			"responseParameters: {method.response.header.X: \"'1'\"}}}}}}}",
		want: []string{
			"Unable to put integration response on 'GET' for resource at path '/a': ",
			"[Invalid mapping expression parameter specified: method.response.header.X]",
		},
	}, {
		name: "a response header of a status that the method does not have",
		document: integrationDocument("{type: mock, responses: {default: {statusCode: 200, " +
			"responseParameters: {method.response.header.X: \"'1'\"}}}}"),
		want: []string{"[No method response exists for method.]"},
	}, {
		name:     "a selection pattern that is none",
		document: integrationDocument("{type: mock, responses: {'(': {statusCode: 200}}}"),
		want:     []string{"the pattern \"(\" is no regular expression"},
	}, {
		name:     "an integration that is no object",
		document: integrationDocument("text"),
		want: []string{
			"Unable to parse API definition because of a malformed integration at path /a.",
			"/paths/~1a/get/x-amazon-apigateway-integration",
		},
	}, {
		name:     "an unknown integration type",
		document: integrationDocument("{type: lambda}"),
		want:     []string{`type = "lambda", want one of`, "AWS_PROXY"},
	}, {
		name:     "a timeout below AWS's",
		document: integrationDocument("{type: mock, timeoutInMillis: 10}"),
		want: []string{
			"Unable to put integration on 'GET' for resource at path '/a': Timeout should be between " +
				"50 ms and 29000 ms", "timeoutInMillis = 10", "timeoutInMillis line 3:83",
		},
	}, {
		name:     "a model whose name has a dash",
		document: head3 + "components: {schemas: {a-b: {type: object}}}",
		want:     []string{"Model name must be alphanumeric: a-b"},
	}, {
		name:     "a model that refers to no model",
		document: head3 + "components: {schemas: {A: {$ref: '#/components/schemas/Gone'}}}",
		want:     []string{"there is no #/components/schemas/Gone"},
	}, {
		name:     "a reference to another file",
		document: head3 + "paths: {/a: {$ref: 'other.yaml'}}",
		want:     []string{"$ref can only refer to a part of the same document"},
	}, {
		name: "references in a circle",
		document: head3 + "paths: {/a: {$ref: '#/components/a'}}\n" +
			"components: {a: {$ref: '#/components/b'}, b: {$ref: '#/components/a'}}",
		want: []string{"$ref leads round in a circle"},
	}, {
		name:     "a validator that is not defined",
		document: head3 + "x-amazon-apigateway-request-validator: gone\npaths: {/a: {get: {}}}",
		want:     []string{"Invalid Request Validator identifier specified", `"gone"`},
	}, {
		name:     "a gateway response that AWS does not have",
		document: head3 + "x-amazon-apigateway-gateway-responses: {TEAPOT: {statusCode: 418}}",
		want:     []string{"TEAPOT", "Must be one of: [REQUEST_TOO_LARGE,"},
	}, {
		name:     "a compression size above AWS's",
		document: head3 + "x-amazon-apigateway-minimum-compression-size: 10485761",
		want:     []string{"want a whole number from 0 to 10485760"},
	}, {
		name:     "a security scheme that is not defined",
		document: head3 + "paths: {/a: {get: {security: [{gone: []}]}}}",
		want:     []string{`the document defines no security scheme "gone"`},
	}, {
		name: "an authorizer whose URI is no function",
		document: head3 + "components: {securitySchemes: {s: {type: apiKey, name: A, in: header, " +
			"x-amazon-apigateway-authorizer: {type: token, authorizerUri: 'arn:x'}}}}",
		want: []string{"Invalid Authorizer URI: arn:x. Authorizer URI should be a valid API Gateway " +
			"ARN that represents a Lambda function invocation."},
	}, {
		name:     "an unknown basepath mode",
		document: head3, options: Options{BasePath: "append"},
		want: []string{`basepath = "append" is none of ignore, prepend, split`},
	}, {
		name:     "an unknown mode",
		document: head3, options: Options{Mode: "replace"},
		want: []string{`the mode "replace" is none of overwrite, merge`},
	}, {
		name: "several mistakes at once",
		document: head3 + "x-amazon-apigateway-api-key-source: COOKIE\n" +
			"components: {schemas: {a-b: {}}}",
		want: []string{"Errors found during import:\n\t", "COOKIE", "a-b"},
	},
}

func integrationDocument(integration string) string {
	return head3 + "paths: {/a: {get: {x-amazon-apigateway-integration: " + integration + "}}}"
}

func TestDocumentsThatAWSRefuses(t *testing.T) {
	for _, test := range restRefusals {
		t.Run(test.name, func(t *testing.T) {
			document, err := Parse([]byte(test.document))
			if err == nil {
				_, err = document.REST(emptyREST(), test.options)
			}
			if err == nil {
				t.Fatalf("the document was taken, want %q", test.want)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got the error\n%v\nwant %q in it", err, want)
				}
			}
		})
	}
}

// restWarnings are what AWS tolerates and drops.
var restWarnings = []struct {
	name, document string
	want           Warning
}{
	{
		name: "a request parameter that is no string",
		document: head3 + "paths:\n  /test:\n    get:\n      x-amazon-apigateway-integration:\n" +
			"        type: mock\n        requestParameters:\n" +
			"          integration.request.header.nothing: true\n",
		want: Warning{
			Pointer: "/paths/~1test/get/x-amazon-apigateway-integration/requestParameters/" +
				"integration.request.header.nothing",
			Line: 9, Column: 47,
			Message: "Invalid format for 'requestParameters'. Expected type string for property " +
				"'integration.request.header.nothing' of resource '/test' and method 'GET' but got 'true'",
		},
	}, {
		name: "a model that is not there",
		document: "{\"swagger\":\"2.0\",\"paths\":{\"/a\":{\"get\":{\"responses\":{\"200\":" +
			"{\"schema\":\n{\"$ref\":\"#/definitions/Gone\"}}}}}}}",
		want: Warning{
			Pointer: "/paths/~1a/get/responses/200/schema/$ref", Line: 2, Column: 9,
			Message: "Reference to model 'Gone' not found. Ignoring.",
		},
	}, {
		name:     "a path without slash",
		document: head3 + "paths:\n  test: {get: {}}\n",
		want: Warning{
			Pointer: "/paths/test", Line: 4, Column: 9,
			Message: "Parse issue: attribute paths. Resource test should start with /",
		},
	}, {
		name: "two integration responses for one status code",
		document: integrationDocument("{type: mock, responses: {default: {statusCode: 200}, " +
			"\"4..\":\n{statusCode: 200}}}"),
		want: Warning{
			Pointer: "/paths/~1a/get/x-amazon-apigateway-integration/responses/4..",
			Line:    4, Column: 1,
			Message: "The integration response for status code 200 of resource '/a' and method 'GET' " +
				"replaces another one: API Gateway keeps one for each status code",
		},
	},
}

func TestWarningsSayWhatIsDroppedAndWhere(t *testing.T) {
	for _, test := range restWarnings {
		t.Run(test.name, func(t *testing.T) {
			got := importREST(t, test.document, Options{})
			equal(t, "warnings", []Warning{test.want}, got.Warnings)
			err := Refuse(got.Warnings)
			want := "Warnings found during import:\n\t" + test.want.Message
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got the error %v, want %q", err, want)
			}
		})
	}
}

func TestWhatIsWarnedOfIsDropped(t *testing.T) {
	got := importREST(t, integrationDocument("{type: mock, requestParameters: "+
		"{integration.request.header.a: true, integration.request.header.b: \"'True'\"}}"), Options{})
	equal(t, "request parameters", map[string]string{"integration.request.header.b": "'True'"},
		methodOf(t, got.API, "GET", "/a").Integration.RequestParameters)
}

func TestSchemasInlineBecomeModelsOfTheirOwn(t *testing.T) {
	got := importREST(t, head3+"paths: {/a: {post: {requestBody: {content: {application/json: "+
		"{schema: {type: object, readOnly: true}}}}}}}", Options{})
	name := methodOf(t, got.API, "POST", "/a").RequestModels["application/json"]
	if !modelName.MatchString(name) {
		t.Errorf("got a model named %q, want an alphanumeric name", name)
	}
	equal(t, "schema", `{"type":"object"}`, string(got.API.Models[name].Schema))
}

func TestModelsLoseWhatOnlyOpenAPIHas(t *testing.T) {
	const schema = `{"type":"object","discriminator":"x","example":{"a":1},"properties":` +
		`{"example":{"type":"integer","minimum":1,"exclusiveMinimum":true,"default":3},` +
		`"properties":{"type":"string","enum":[{"example":1}]},"x-a":{"x-b":1}},"x-c":2,"oneOf":[{}]}`
	got := importREST(t, `{"swagger":"2.0","definitions":{"A":`+schema+`}}`, Options{})
	const want = `{"type":"object","properties":{"example":{"type":"integer","minimum":1},` +
		`"properties":{"type":"string","enum":[{"example":1}]},"x-a":{}}}`
	equal(t, "schema", want, string(got.API.Models["A"].Schema))
	var names []string
	for _, finding := range got.Findings {
		names = append(names, finding.Name)
	}
	equal(t, "keywords that would have constrained", []string{"exclusiveMinimum", "oneOf"}, names)
}

func TestModesPutADocumentOverAnAPI(t *testing.T) {
	base := emptyREST()
	base.Name, base.BinaryMediaTypes = "old", []string{"image/png"}
	base.Policy = json.RawMessage(`{}`)
	base.Stages = []api.Stage{{Name: "dev"}}
	base.Models = map[string]api.Model{"Old": {Name: "Old"}}
	base.Authorizers = map[string]api.RESTAuthorizer{"old": {ID: "old", Name: "s"}}
	base.Resources = []api.Resource{
		{ID: "root", Path: "/"},
		{ID: "a", Path: "/a", Methods: map[string]api.Method{
			"GET": {OperationName: "old"}, "POST": {AuthorizerID: "old"},
		}},
		{ID: "z", Path: "/z"},
	}
	document := mustParse(t, head3+"x-amazon-apigateway-binary-media-types: [a/b]\n"+
		"components: {securitySchemes: {s: {type: apiKey, name: A, in: header, "+
		"x-amazon-apigateway-authorizer: {type: cognito_user_pools, providerARNs: [arn]}}}}\n"+
		"paths: {/a: {get: {operationId: new, security: [{s: []}]}}, /b: {}}")
	put := func(mode string) api.REST {
		imported, err := document.REST(base, Options{Mode: mode, RootID: "root"})
		if err != nil {
			t.Fatal(err)
		}
		return imported.API
	}
	over, merged, deployed := put(ModeOverwrite), put(ModeMerge), put("")
	equal(t, "the name is the title when one overwrites", "t", over.Name)
	equal(t, "the name is the title when one merges", "t", merged.Name)
	equal(t, "overwrite replaces the media types", []string{"a/b"}, over.BinaryMediaTypes)
	equal(t, "merge unions them, old first", []string{"image/png", "a/b"}, merged.BinaryMediaTypes)
	equal(t, "CloudFormation unions them", []string{"image/png", "a/b"}, deployed.BinaryMediaTypes)
	equal(t, "overwrite removes resources", []string{"/", "/a", "/b"}, pathsOf(over))
	equal(t, "merge keeps them", []string{"/", "/a", "/b", "/z"}, pathsOf(merged))
	equal(t, "a resource keeps its id", "a", over.Resources[1].ID)
	equal(t, "overwrite removes methods", 1, len(over.Resources[1].Methods))
	equal(t, "merge replaces a method", "new", merged.Resources[1].Methods["GET"].OperationName)
	equal(t, "merge keeps a method", "old", merged.Resources[1].Methods["POST"].AuthorizerID)
	equal(t, "an authorizer of the same name replaces the old one", "COGNITO_USER_POOLS",
		merged.Authorizers["old"].Type)
	equal(t, "and methods use it", "old", merged.Resources[1].Methods["GET"].AuthorizerID)
	equal(t, "overwrite removes models", 0, len(over.Models))
	equal(t, "merge keeps models", 1, len(merged.Models))
	equal(t, "stages stay", base.Stages, over.Stages)
	equal(t, "a policy stays when the document has none", "{}", string(over.Policy))
}
