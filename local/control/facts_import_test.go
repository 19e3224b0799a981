package control_test

import (
	"strconv"
	"strings"
	"testing"
)

// document is an OpenAPI document with a path, and members beside it.
func document(path, more string) string {
	return `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{` + path + `}` + more + `}`
}

func TestFactsOfImports(t *testing.T) {
	const imported = "POST /restapis?mode=import"
	const mock = `"x-amazon-apigateway-integration":{"type":"mock","httpMethod":"POST","passthroughBehavior":"when_no_match","contentHandling":"CONVERT_TO_TEXT","responses":{"default":{"statusCode":200}}}`
	const test = `"/test":{"get":{"operationId":"op",` + mock + `}}`
	const shown = "GET /restapis/<0>/resources?embed=methods"
	based := func(server string) string {
		return document(test, `,"servers":[{"url":`+strconv.Quote(server)+`,"variables":{"basePath":{"default":"base-url/part"}}}]`)
	}
	secured := func(scheme, security string) string {
		return document(`"/test":{"get":{"security":[`+security+`],`+mock+`}}`, `,"components":{"securitySchemes":{"s":`+scheme+`}}`)
	}
	const key = `{"type":"apiKey","name":"x-api-key","in":"header"}`
	const token = `{"type":"apiKey","name":"Auth","in":"header","x-amazon-apigateway-authtype":"custom","x-amazon-apigateway-authorizer":{"type":"token","authorizerUri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"}}`
	holds(t, []fact{
		{"a broken document before the API", []string{"PUT /restapis/nope {"}, 400, "Invalid OpenAPI input.", ""},
		{"a document without a version", []string{imported + ` {"openapi":"3.0.1","info":{"title":"t"},"paths":{}}`}, 201, `"name":"t"`, "version"},
		{"a type in small letters", []string{imported + " " + document(test, ""), shown}, 200, `"type":"MOCK"`, `"httpMethod":"POST"`},
		{"a behavior in small letters", []string{imported + " " + document(test, ""), shown}, 200, `"passthroughBehavior":"WHEN_NO_MATCH"`, ""},
		{"the handling of content", []string{imported + " " + document(test, ""), shown}, 200, `"contentHandling":"CONVERT_TO_TEXT"`, ""},
		{"the default response", []string{imported + " " + document(test, ""), shown}, 200, `"integrationResponses":{"200":{"statusCode":"200"}}`, "selectionPattern"},
		{"an operation's id", []string{imported + " " + document(test, ""), shown}, 200, `"operationName":"op"`, "methodResponses"},
		{"a path parameter that nobody declared", []string{imported + " " + document(`"/t/{id}":{"get":{`+mock+`}}`, ""), shown}, 200, `"requestParameters":{"method.request.path.id":true}`, ""},
		{"a query parameter", []string{imported + " " + document(`"/t":{"get":{"parameters":[{"name":"q","in":"query","schema":{"type":"string"}}],`+mock+`}}`, ""), shown}, 200, `"method.request.querystring.q":false`, ""},
		{"a response's header", []string{imported + " " + document(`"/t":{"get":{"responses":{"200":{"description":"d","headers":{"X":{"schema":{"type":"string"}}}}},`+mock+`}}`, ""), shown}, 200, `"method.response.header.X":false`, ""},
		{"any method", []string{imported + " " + document(`"/t":{"x-amazon-apigateway-any-method":{`+mock+`}}`, ""), shown}, 200, `"ANY":{"httpMethod":"ANY"`, ""},
		{"where keys come from", []string{imported + " " + document(test, `,"x-amazon-apigateway-api-key-source":"AUTHORIZER","x-amazon-apigateway-binary-media-types":["a/b"]`)}, 201, `"binaryMediaTypes":["a/b"],"apiKeySource":"AUTHORIZER"`, ""},
		{"a key", []string{imported + " " + secured(key, `{"s":[]}`), shown}, 200, `"authorizationType":"NONE","apiKeyRequired":true`, ""},
		{"an authorizer", []string{imported + " " + secured(token, `{"s":[]}`), shown}, 200, `"authorizationType":"CUSTOM"`, `"apiKeyRequired":true`},
		{"an authorizer that nothing uses", []string{imported + " " + secured(token, ""), "GET /restapis/<0>/authorizers"}, 200, `"identitySource":"method.request.header.Auth"`, "authorizerResultTtlInSeconds"},
		{"the security of all", []string{imported + " " + document(test, `,"security":[{"s":[]}],"components":{"securitySchemes":{"s":`+key+`}}`), shown}, 200, `"apiKeyRequired":true`, ""},
		{"a base path is ignored", []string{imported + "&basepath=ignore " + based("/{basePath}"), shown}, 200, `"path":"/test"`, "base-url"},
		{"a base path is prepended", []string{imported + "&basepath=prepend " + based("/{basePath}"), shown}, 200, `"path":"/base-url/part/test"`, ""},
		{"a base path is split", []string{imported + "&basepath=split " + based("/{basePath}"), shown}, 200, `"path":"/part/test"`, "base-url"},
		{"a base path that the URL does not name", []string{imported + "&basepath=prepend " + based("https://x.example"), shown}, 200, `"path":"/base-url/part/test"`, ""},
		{"a document put over an API", []string{"PUT /restapis/<api>?mode=overwrite " + document(test, "")}, 200, `"id":"<api>","name":"t"`, ""},
		{"what is merged stays", []string{"PUT /restapis/<api>?mode=merge " + document(test, ""), "GET /restapis/<api>/resources"}, 200, `"path":"/pets"`, ""},
		{"what is overwritten goes", []string{"PUT /restapis/<api>?mode=overwrite " + document(test, ""), "GET /restapis/<api>/resources"}, 200, `"id":"<root>","path":"/"`, `"/pets"`},
		{"binary types are merged", []string{"PATCH /restapis/<api>" + patch("add /binaryMediaTypes/o~1ld"), "PUT /restapis/<api>?mode=merge " + document(test, `,"x-amazon-apigateway-binary-media-types":["n/ew"]`)}, 200, `"binaryMediaTypes":["o/ld","n/ew"]`, ""},
		{"binary types are overwritten", []string{"PATCH /restapis/<api>" + patch("add /binaryMediaTypes/o~1ld"), "PUT /restapis/<api>?mode=overwrite " + document(test, `,"x-amazon-apigateway-binary-media-types":["n/ew"]`)}, 200, `"binaryMediaTypes":["n/ew"]`, ""},
		{"a parameter that is no text", []string{imported + " " + strings.Replace(document(test, ""), `"contentHandling"`, `"requestParameters":{"integration.request.header.nothing":true},"contentHandling"`, 1)}, 201, "Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.nothing' of resource '/test' and method 'GET' but got 'true'", ""},
	})
}
