package control_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// fact is what AWS was recorded to answer to the last of some requests, each "METHOD path body".
type fact struct {
	name     string
	requests []string
	status   int
	want     string // in the answer
	not      string // not in it
}

// patch writes patch operations, each "op path" or "op path value".
func patch(operations ...string) string {
	var all []string
	for _, operation := range operations {
		parts := strings.SplitN(operation, " ", 3)
		made := fmt.Sprintf(`{"op":%q,"path":%q`, parts[0], parts[1])
		if len(parts) == 3 {
			made += fmt.Sprintf(`,"value":%q`, parts[2])
		}
		all = append(all, made+"}")
	}
	return ` {"patchOperations":[` + strings.Join(all, ",") + "]}"
}

func holds(t *testing.T, facts []fact) {
	t.Helper()
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			c := newClient(t, "")
			c.pets()
			var status int
			var text string
			for i, request := range f.requests {
				parts := append(strings.SplitN(request, " ", 3), "")
				status, text = c.text(parts[0]+" "+parts[1], parts[2])
				var made struct{ ID string }
				if json.Unmarshal([]byte(text), &made) == nil && made.ID != "" {
					c.names[fmt.Sprint(i)] = made.ID // for the requests after it
				}
			}
			if status != f.status || !strings.Contains(text, f.want) ||
				f.not != "" && strings.Contains(text, f.not) {
				t.Errorf("got  %d %s\nwant %d %s, without %q", status, text, f.status, f.want, f.not)
			}
		})
	}
}

const (
	root    = "/restapis/<api>/resources/<root>"
	pets    = "/restapis/<api>/resources/<pets>"
	getPets = pets + "/methods/GET"
)

func TestFactsOfAPIsAndResources(t *testing.T) {
	apis := "POST /restapis "
	holds(t, []fact{
		{"an id in capitals", []string{"GET /restapis/ABCDEFGHIJ"}, 404, "Invalid API identifier specified 123456789012:ABCDEFGHIJ", ""},
		{"an empty description before a compression", []string{apis + `{"name":"a","description":"","minimumCompressionSize":-1}`}, 400, "Description cannot be an empty string", ""},
		{"a compression too large", []string{apis + `{"name":"a","minimumCompressionSize":10485761}`}, 400, "Invalid minimum compression size, must be between 0 and 10485760", ""},
		{"no endpoint type", []string{apis + `{"name":"a","endpointConfiguration":{"types":[]}}`}, 400, "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.", ""},
		{"a private API on IPv4", []string{apis + `{"name":"a","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`}, 400, "Only dualstack ipAddressType is supported for Private APIs.", ""},
		{"a private API", []string{apis + `{"name":"a","endpointConfiguration":{"types":["PRIVATE"]}}`}, 201, `"ipAddressType":"dualstack"`, "tags"},
		{"a binary type is the end of the path", []string{"PATCH /restapis/<api>" + patch("add /binaryMediaTypes/image~1png ignored")}, 200, `"binaryMediaTypes":["image/png"]`, ""},
		{"a binary type that is a dash", []string{"PATCH /restapis/<api>" + patch("add /binaryMediaTypes/- a/b")}, 200, `"binaryMediaTypes":["-"]`, ""},
		{"a binary type replaced goes to the end", []string{"PATCH /restapis/<api>" + patch("add /binaryMediaTypes/a~1b", "add /binaryMediaTypes/c~1d", "replace /binaryMediaTypes/a~1b e/f")}, 200, `"binaryMediaTypes":["c/d","e/f"]`, ""},
		{"no compression size", []string{"PATCH /restapis/<api>" + patch("replace /minimumCompressionSize 10", "replace /minimumCompressionSize ")}, 200, `"name":"pets"`, "minimumCompressionSize"},
		{"a compression size of nothing", []string{"PATCH /restapis/<api>" + patch("replace /minimumCompressionSize 0")}, 200, `"minimumCompressionSize":0`, ""},
		{"a description removed", []string{"PATCH /restapis/<api>" + patch("replace /description d"), "PATCH /restapis/<api>" + patch("remove /description")}, 200, `"tags":{}`, "description"},
		{"the last endpoint type wins", []string{"PATCH /restapis/<api>" + patch("replace /endpointConfiguration/types/0 REGIONAL", "replace /endpointConfiguration/types/EDGE PRIVATE")}, 200, `"types":["PRIVATE"],"ipAddressType":"dualstack"`, ""},
		{"a wrong endpoint type", []string{"PATCH /restapis/<api>" + patch("replace /endpointConfiguration/types/0 x")}, 400, "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE", ""},
		{"an endpoint type removed", []string{"PATCH /restapis/<api>" + patch("remove /endpointConfiguration/types/0")}, 400, "Invalid patch operation specified. Must be 'add'|'remove'|'replace'", ""},
		{"a wrong kind of address", []string{"PATCH /restapis/<api>" + patch("replace /endpointConfiguration/ipAddressType x")}, 400, "ipAddressType must be either ipv4 or dualstack.", ""},
		{"a kind of address removed", []string{"PATCH /restapis/<api>" + patch("remove /endpointConfiguration/ipAddressType")}, 400, "Must be one of: [replace]", ""},
		{"an endpoint of a VPC", []string{"PATCH /restapis/<api>" + patch("replace /endpointConfiguration/types/0 PRIVATE", "add /endpointConfiguration/vpcEndpointIds vpce-1")}, 200, `"vpcEndpointIds":["vpce-1"]`, ""},
		{"an unknown parent", []string{"POST /restapis/<api>/resources/nope " + `{"pathPart":"a"}`}, 404, "Invalid Resource identifier specified", ""},
		{"a variable beside a greedy one", []string{"POST " + root + ` {"pathPart":"{proxy+}"}`, "POST " + root + ` {"pathPart":"{dynamic}"}`}, 400, "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed", ""},
		{"below a greedy variable", []string{"POST " + root + ` {"pathPart":"{proxy+}"}`, "POST /restapis/<api>/resources/<0> " + `{"pathPart":"a"}`}, 400, "Cannot create a child of a resource with a greedy path variable: {proxy+}", ""},
		{"a name that is taken where it moves", []string{"POST " + pets + ` {"pathPart":"pets"}`, "PATCH /restapis/<api>/resources/<0>" + patch("replace /parentId <root>")}, 409, "Another resource with the same parent already has this name: pets", ""},
		{"an unknown new parent", []string{"PATCH " + pets + patch("replace /parentId nope")}, 404, "Invalid Resource identifier specified", ""},
		{"the root moved", []string{"PATCH " + root + patch("replace /parentId <pets>")}, 400, "Root resource cannot update its parentId.", ""},
		{"what was below a deleted resource", []string{"POST " + pets + ` {"pathPart":"a"}`, "DELETE " + pets, "DELETE /restapis/<api>/resources/<0>"}, 404, "Invalid Resource identifier specified", ""},
		{"what moved away before", []string{"POST " + pets + ` {"pathPart":"a"}`, "PATCH /restapis/<api>/resources/<0>" + patch("replace /parentId <root>"), "DELETE " + pets, "GET /restapis/<api>/resources/<0>"}, 200, `"path":"/a"`, ""},
	})
}

func TestFactsOfMethods(t *testing.T) {
	put := "PUT " + root + "/methods/POST "
	holds(t, []fact{
		{"an unknown validator", []string{put + `{"authorizationType":"NONE","requestValidatorId":"nope"}`}, 400, "Invalid Request Validator identifier specified", ""},
		{"a validator before a model", []string{put + `{"authorizationType":"NONE","requestValidatorId":"nope","requestModels":{"application/json":"m"}}`}, 400, "Invalid Request Validator identifier specified", ""},
		{"a parameter that is none", []string{put + `{"authorizationType":"NONE","requestParameters":{"true":true}}`}, 400, "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: true]", ""},
		{"an unknown method", []string{"GET " + root + "/methods/GET"}, 404, "Invalid Method identifier specified", ""},
		{"an operation's name added", []string{"PATCH " + getPets + patch("add /operationName a")}, 400, "Invalid patch operation specified. Must be one of: [replace]", ""},
		{"the verb replaced", []string{"PATCH " + getPets + patch("replace /httpMethod POST")}, 400, "Invalid patch path /httpMethod", ""},
		{"parameters as a whole", []string{"PATCH " + getPets + patch("add /requestParameters a")}, 400, "Invalid patch path /requestParameters", ""},
		{"a model under a slash", []string{"PATCH " + getPets + patch("add /requestModels/application/json Empty")}, 400, "Invalid patch path /requestModels/application/json", ""},
		{"a truth value that is none", []string{"PATCH " + getPets + patch("replace /apiKeyRequired whatever")}, 200, `"apiKeyRequired":false`, ""},
		{"an authorizer of a method without", []string{"PATCH " + getPets + patch("replace /authorizerId nope")}, 200, `"authorizationType":"NONE"`, "authorizerId"},
		{"CUSTOM with an authorizer that is not there", []string{"PATCH " + getPets + patch("replace /authorizationType CUSTOM", "replace /authorizerId nope")}, 400, "requires a valid authorizer.", ""},
		{"the last parameter removed", []string{"PATCH " + getPets + patch("add /requestParameters/method.request.header.a true"), "PATCH " + getPets + patch("remove /requestParameters/method.request.header.a")}, 200, `"httpMethod":"GET"`, "requestParameters"},
		{"an unknown status", []string{"PATCH " + getPets + "/responses/418" + patch("add /responseModels/a~1b Empty")}, 404, "Invalid Response status code specified", ""},
		{"an unknown parameter of a response", []string{"PATCH " + getPets + "/responses/200" + patch("replace /responseParameters/method.response.header.x true")}, 404, "Invalid parameter name specified", ""},
		{"an unknown content type", []string{"PATCH " + getPets + "/responses/200" + patch("replace /responseModels/a~1b Empty")}, 404, "Content-Type specified was not found", ""},
		{"a wrong path of a response", []string{"PATCH " + getPets + "/responses/200" + patch("replace /wrong/a~1b Empty")}, 400, "Invalid patch path /wrong/", ""},
		{"a response that is not there", []string{"GET " + getPets + "/responses/418"}, 404, "Invalid Response status code specified", ""},
		{"an address that is no ARN", []string{"PUT " + getPets + `/integration {"type":"AWS","httpMethod":"POST","uri":"x"}`}, 400, "Invalid ARN specified in the request", ""},
		{"a function's path with two slashes", []string{"PUT " + getPets + `/integration {"type":"AWS_PROXY","httpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"}`}, 201, `"type":"AWS_PROXY"`, "connectionType"},
		{"a proxy called by GET", []string{"PUT " + getPets + `/integration {"type":"AWS_PROXY","httpMethod":"GET","uri":"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"}`}, 201, `"httpMethod":"GET"`, ""},
		{"a VPC link in a stage variable", []string{"PUT " + getPets + `/integration {"type":"HTTP_PROXY","httpMethod":"GET","uri":"http://x.example","connectionType":"VPC_LINK","connectionId":"${stageVariables.v}"}`}, 201, `"connectionId":"${stageVariables.v}"`, ""},
		{"an integration of an unknown resource", []string{"GET /restapis/<api>/resources/nope/methods/GET/integration"}, 404, "Invalid Resource identifier specified", ""},
		{"an integration that is not there", []string{put + `{"authorizationType":"NONE"}`, "GET " + root + "/methods/POST/integration"}, 404, "Invalid Integration identifier specified", ""},
		{"its response", []string{put + `{"authorizationType":"NONE"}`, "GET " + root + "/methods/POST/integration/responses/200"}, 404, "Invalid Integration identifier specified", ""},
		{"a response of an integration without a method response", []string{"PUT " + getPets + `/integration/responses/504 {}`}, 201, `{"statusCode":"504"}`, "selectionPattern"},
		{"templates that are empty", []string{"PUT " + getPets + `/integration/responses/504 {"responseTemplates":{}}`}, 201, `"responseTemplates":{}`, ""},
		{"the only response of an integration deleted", []string{"DELETE " + getPets + "/integration/responses/200", "GET " + getPets}, 200, `"methodIntegration"`, "integrationResponses"},
		{"an integration deleted", []string{"DELETE " + getPets + "/integration"}, 204, "", ""},
		{"an integration's response deleted", []string{"DELETE " + getPets + "/integration/responses/200"}, 204, "", ""},
		{"a response deleted", []string{"DELETE " + getPets + "/responses/200"}, 204, "", ""},
		{"a test of an unknown method", []string{"POST " + root + "/methods/GET {}"}, 404, "Invalid Method identifier specified", ""},
	})
}
