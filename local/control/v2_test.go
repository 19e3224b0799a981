package control_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"portico/local/control/apigatewayv2"
	"portico/local/gateway/api"
)

// orders makes an HTTP API with a route to an integration, and its stage $default, which deploys by
// itself.
func (c *client) orders() {
	c.t.Helper()
	made := c.do("POST /v2/apis", `{"name":"orders","protocolType":"HTTP"}`)
	c.names["apiid"] = made["apiId"].(string)
	c.names["integrationid"] = c.do("POST /v2/apis/<apiid>/integrations",
		`{"integrationType":"HTTP_PROXY","integrationMethod":"GET","integrationUri":"http://localhost",`+
			`"payloadFormatVersion":"1.0"}`)["integrationId"].(string)
	c.names["routeid"] = c.do("POST /v2/apis/<apiid>/routes",
		`{"routeKey":"GET /orders","target":"integrations/<integrationid>"}`)["routeId"].(string)
	c.do("POST /v2/apis/<apiid>/stages", `{"stageName":"$default","autoDeploy":true}`)
}

// chat makes a WebSocket API with a route to a MOCK, and its stage dev, which deploys by itself.
func (c *client) chat() {
	c.t.Helper()
	made := c.do("POST /v2/apis",
		`{"name":"chat","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`)
	c.names["apiid"] = made["apiId"].(string)
	c.names["integrationid"] = c.do("POST /v2/apis/<apiid>/integrations",
		`{"integrationType":"MOCK"}`)["integrationId"].(string)
	c.names["routeid"] = c.do("POST /v2/apis/<apiid>/routes",
		`{"routeKey":"say","target":"integrations/<integrationid>"}`)["routeId"].(string)
	c.do("POST /v2/apis/<apiid>/stages", `{"stageName":"dev","autoDeploy":true}`)
}

func (c *client) keys() []string {
	var keys []string
	for _, d := range c.v2.served() {
		if d.ID() != c.names["apiid"] {
			continue
		}
		for _, route := range d.HTTP.Routes {
			keys = append(keys, route.Key)
		}
	}
	slices.Sort(keys)
	return keys
}

// The answers are those of the examples of the AWS CLI reference, and of what the AWS provider of
// Terraform wants to read back.
func TestV2AnswersAsAWSDoes(t *testing.T) {
	const date = `"2023-11-14T22:13:20Z"`
	const http, ws = "HTTP", "WEBSOCKET"
	for _, row := range []struct{ name, on, line, body, want string }{
		{
			"an HTTP API has defaults", http, "GET /v2/apis/<apiid>", "",
			`200 {"apiEndpoint":"https://<apiid>.execute-api.us-east-1.amazonaws.com","apiId":"<apiid>",` +
				`"apiKeySelectionExpression":"$request.header.x-api-key","createdDate":` + date + `,` +
				`"disableExecuteApiEndpoint":false,"ipAddressType":"ipv4","name":"orders",` +
				`"protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","tags":{}}`,
		},
		{
			"a WebSocket API is reached by wss", ws, "GET /v2/apis/<apiid>", "",
			`200 {"apiEndpoint":"wss://<apiid>.*"routeSelectionExpression":"$request.body.action",.*`,
		},
		{
			"an integration of an HTTP API has no passthrough behaviour", http,
			"GET /v2/apis/<apiid>/integrations/<integrationid>", "",
			`200 {"connectionType":"INTERNET","integrationId":"<integrationid>",` +
				`"integrationMethod":"GET","integrationType":"HTTP_PROXY",` +
				`"integrationUri":"http://localhost","payloadFormatVersion":"1.0","timeoutInMillis":30000}`,
		},
		{
			"a MOCK is answered by status", ws, "GET /v2/apis/<apiid>/integrations/<integrationid>", "",
			`200 {"connectionType":"INTERNET","integrationId":"<integrationid>",` +
				`"integrationResponseSelectionExpression":"${integration.response.statuscode}",` +
				`"integrationType":"MOCK","passthroughBehavior":"WHEN_NO_MATCH",` +
				`"payloadFormatVersion":"1.0","timeoutInMillis":29000}`,
		},
		{
			"a function is invoked by POST", http, "POST /v2/apis/<apiid>/integrations",
			`{"integrationType":"AWS_PROXY","integrationUri":"arn:aws:lambda:us-east-1:1:function:f",` +
				`"payloadFormatVersion":"2.0"}`,
			`201 {.*"integrationMethod":"POST","integrationType":"AWS_PROXY",.*"timeoutInMillis":30000}`,
		},
		{
			"a route has few members", http, "GET /v2/apis/<apiid>/routes", "",
			`200 {"items":\[{"apiKeyRequired":false,"authorizationType":"NONE","routeId":"<routeid>",` +
				`"routeKey":"GET /orders","target":"integrations/<integrationid>"}\]}`,
		},
		{
			"a stage of an HTTP API", http, "POST /v2/apis/<apiid>/stages", `{"stageName":"dev"}`,
			`201 {"createdDate":` + date + `,"defaultRouteSettings":{"detailedMetricsEnabled":false},` +
				`"lastUpdatedDate":` + date + `,"routeSettings":{},"stageName":"dev","stageVariables":{},` +
				`"tags":{}}`,
		},
		{
			"a stage of a WebSocket API", ws, "POST /v2/apis/<apiid>/stages", `{"stageName":"beta"}`,
			`201 {.*"defaultRouteSettings":{"dataTraceEnabled":false,"detailedMetricsEnabled":false,` +
				`"loggingLevel":"OFF"}.*`,
		},
		{
			"a stage that deploys by itself names its deployment", http,
			"GET /v2/apis/<apiid>/stages/$default", "",
			`200 {"autoDeploy":true,.*"deploymentId":"(\w+)".*"lastDeploymentStatusMessage":` +
				`"Successfully deployed stage with deployment ID '\w+'".*`,
		},
		{
			"a deployment is there at once", http, "POST /v2/apis/<apiid>/deployments", `{}`,
			`201 {"autoDeployed":false,"createdDate":` + date + `,"deploymentId":"\w+",` +
				`"deploymentStatus":"DEPLOYED"}`,
		},
		{
			"a VPC link is there at once", http, "POST /v2/vpclinks", `{"name":"l","subnetIds":["s"]}`,
			`201 {"createdDate":` + date + `,"name":"l","securityGroupIds":\[\],"subnetIds":\["s"\],` +
				`"tags":{},"vpcLinkId":"\w+","vpcLinkStatus":"AVAILABLE",.*"vpcLinkVersion":"V2"}`,
		},
		{
			"a domain is there at once", http, "POST /v2/domainnames", `{"domainName":"api.example.com"}`,
			`201 {"apiMappingSelectionExpression":"$request.basepath","domainName":"api.example.com",` +
				`"domainNameArn":"arn:aws:apigateway:us-east-1::/domainnames/api.example.com",` +
				`"domainNameConfigurations":\[{.*"domainNameStatus":"AVAILABLE".*}\],` +
				`"routingMode":"API_MAPPING_ONLY","tags":{}}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			newClient(t, "").expect(row.on, row.line, row.body, row.want)
		})
	}
}

// expect makes an API of a protocol and a request, whose status and answer must fit a pattern. Of
// the signs of patterns, only those that answers do not hold mean something.
func (c *client) expect(protocol, line, body, want string) {
	c.t.Helper()
	if protocol == "HTTP" {
		c.orders()
	} else {
		c.chat()
	}
	status, text := c.text(line, body)
	plain := strings.NewReplacer("{", `\{`, "}", `\}`, "$", `\$`).Replace(want)
	got := fmt.Sprintf("%d %s", status, text)
	if !regexp.MustCompile("^" + plain + "$").MatchString(got) {
		c.t.Errorf("%s\ngot  %s\nwant %s", line, got, want)
	}
}

// The words are AWS's where it is known what they are: from reports of its users, from botocore and
// from the AWS provider of Terraform.
func TestV2RefusesInAWSWords(t *testing.T) {
	const http, ws = "HTTP", "WEBSOCKET"
	for _, row := range []struct{ name, on, line, body, want string }{
		{
			"an unknown API", http, "GET /v2/apis/nothing", "",
			`404 {"message":"Invalid API identifier specified nothing"}`,
		},
		{
			"an unknown route", http, "GET /v2/apis/<apiid>/routes/nothing", "",
			`404 {"message":"Invalid Route identifier specified nothing"}`,
		},
		{
			"an unknown stage", http, "GET /v2/apis/<apiid>/stages/nothing", "",
			`404 {"message":"Invalid stage identifier specified"}`,
		},
		{
			"a route that is there", http, "POST /v2/apis/<apiid>/routes", `{"routeKey":"GET /orders"}`,
			`409 {"message":"Route with key GET /orders already exists for this API"}`,
		},
		{
			"a route key that is none", http, "POST /v2/apis/<apiid>/routes", `{"routeKey":"orders"}`,
			`400 {"message":"The provided route key is not formatted properly for HTTP protocol..*`,
		},
		{
			"a route key of AWS's that there is not", ws, "POST /v2/apis/<apiid>/routes",
			`{"routeKey":"$message"}`, `400 {"message":".*The provided route key is not formatted properly.*`,
		},
		{
			"an integration with a route", http, "DELETE /v2/apis/<apiid>/integrations/<integrationid>", "",
			`409 {"message":"Cannot delete Integration because it is referenced by the following Routes ` +
				`with Ids: \[<routeid>\]"}`,
		},
		{
			"a stage that is there", http, "POST /v2/apis/<apiid>/stages", `{"stageName":"$default"}`,
			`409 {"message":"Stage already exists"}`,
		},
		{
			"settings of no route", http, "PATCH /v2/apis/<apiid>/stages/$default",
			`{"routeSettings":{"GET /no":{"throttlingRateLimit":1}}}`,
			`404 {"message":"Unable to find Route by key GET /no within the provided RouteSettings"}`,
		},
		{
			"execution logs of an HTTP API", http, "PATCH /v2/apis/<apiid>/stages/$default",
			`{"defaultRouteSettings":{"loggingLevel":"INFO"}}`,
			`400 {"message":".*Execution logs are not supported on protocolType HTTP"}`,
		},
		{
			"a model of an HTTP API", http, "POST /v2/apis/<apiid>/models", `{"name":"m","schema":"{}"}`,
			`400 {"message":".*Models are not permitted for APIs with a protocol type of HTTP"}`,
		},
		{
			"a MOCK of an HTTP API", http, "POST /v2/apis/<apiid>/integrations",
			`{"integrationType":"MOCK"}`,
			`400 {"message":".*may only be associated with proxy integrations \(AWS_PROXY, HTTP_PROXY\)"}`,
		},
		{
			"scopes without a JWT", http, "PATCH /v2/apis/<apiid>/routes/<routeid>",
			`{"authorizationScopes":["a"]}`, `400 {"message":".*JWT only"}`,
		},
		{
			"a guard within a WebSocket API", ws, "PATCH /v2/apis/<apiid>/routes/<routeid>",
			`{"authorizationType":"AWS_IAM"}`, `400 .*`,
		},
		{
			"a mapping key with a slash first", http, "POST /v2/domainnames/nothing/apimappings",
			`{"apiId":"<apiid>","stage":"$default"}`,
			`404 {"message":"The domain name resource specified in the request was not found."}`,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			newClient(t, "").expect(row.on, row.line, row.body, row.want)
		})
	}
}

func TestAnAPIWithoutRoutesIsNotDeployed(t *testing.T) {
	for protocol, want := range map[string]string{
		"HTTP":      "Unable to deploy API because no routes exist in this API",
		"WEBSOCKET": "At least one route is required before deploying the Api",
	} {
		c := newClient(t, "")
		selection := map[string]string{
			"HTTP": "$request.method $request.path", "WEBSOCKET": "$request.body.action",
		}
		c.names["apiid"] = c.do("POST /v2/apis", `{"name":"a","protocolType":"`+protocol+
			`","routeSelectionExpression":"`+selection[protocol]+`"}`)["apiId"].(string)
		status, text := c.text("POST /v2/apis/<apiid>/deployments", `{}`)
		if status != 400 || !strings.Contains(text, want) {
			t.Errorf("%s answers %d %s, want 400 %s", protocol, status, text, want)
		}
	}
}

func TestADeploymentOfAnHTTPAPIHoldsWhatWasThere(t *testing.T) {
	c := newClient(t, "")
	c.orders()
	deployment := c.do("POST /v2/apis/<apiid>/deployments", `{}`)["deploymentId"].(string)
	c.do("POST /v2/apis/<apiid>/stages", `{"stageName":"kept","deploymentId":"`+deployment+`"}`)
	c.do("PATCH /v2/apis/<apiid>/routes/<routeid>", `{"routeKey":"GET /changed"}`)
	if want := []string{"GET /changed"}; !slices.Equal(c.keys(), want) {
		t.Errorf("what deploys by itself has %q, want %q", c.keys(), want)
	}
	frozen, ok := c.v2.frozen(deployment)
	if !ok || len(frozen.HTTP.Routes) != 1 || frozen.HTTP.Routes[0].Key != "GET /orders" {
		t.Errorf("the deployment holds %+v %v", frozen.HTTP, ok)
	}
	status, text := c.text("DELETE /v2/apis/<apiid>/deployments/"+deployment, "")
	if want := "Active stages pointing to this deployment must be moved or deleted"; status != 400 ||
		!strings.Contains(text, want) {
		t.Errorf("deleting it answers %d %s", status, text)
	}
	// A stage that stops deploying by itself goes on with what it had.
	stage := c.do("PATCH /v2/apis/<apiid>/stages/$default", `{"autoDeploy":false}`)
	c.do("DELETE /v2/apis/<apiid>/routes/<routeid>", "")
	frozen, ok = c.v2.frozen(stage["deploymentId"].(string))
	if !ok || len(frozen.HTTP.Routes) != 1 {
		t.Errorf("its deployment holds %+v %v", frozen.HTTP, ok)
	}
}

func TestTwoClientsOfAnHTTPAPILoseNothing(t *testing.T) {
	c := newClient(t, "")
	c.orders()
	var writing sync.WaitGroup
	want := []string{"GET /orders"}
	for i := range 2 {
		for j := range 10 {
			want = append(want, fmt.Sprintf("GET /%d/%d", i, j))
		}
		writing.Go(func() {
			for j := range 10 {
				c.send("POST /v2/apis/<apiid>/routes",
					fmt.Sprintf(`{"routeKey":"GET /%d/%d","target":"integrations/<integrationid>"}`, i, j))
			}
		})
	}
	writing.Wait()
	slices.Sort(want)
	if !slices.Equal(c.keys(), want) {
		t.Errorf("got %q, want %q", c.keys(), want)
	}
}

func TestWhatWasCreatedOfV2IsKept(t *testing.T) {
	state := t.TempDir()
	c := newClient(t, state)
	c.orders()
	c.do("POST /v2/domainnames", `{"domainName":"api.example.com"}`)
	c.do("POST /v2/domainnames/api.example.com/apimappings",
		`{"apiId":"<apiid>","stage":"$default","apiMappingKey":"v1"}`)
	asked := []string{
		"GET /v2/apis", "GET /v2/apis/<apiid>/routes", "GET /v2/apis/<apiid>/stages",
		"GET /v2/domainnames", "GET /v2/domainnames/api.example.com/apimappings",
	}
	before := map[string]string{}
	for _, line := range asked {
		_, before[line] = c.text(line, "")
	}
	again := newClient(t, state)
	maps.Copy(again.names, c.names)
	for _, line := range asked {
		if _, got := again.text(line, ""); got != before[line] {
			t.Errorf("%s\ngot  %s\nwant %s", line, got, before[line])
		}
	}
	want := []api.Mapping{{Path: "v1", APIID: c.names["apiid"], Stage: "$default"}}
	if len(again.v2.domains) != 1 || !slices.Equal(again.v2.domains[0].Mappings, want) {
		t.Errorf("the domains are %+v", again.v2.domains)
	}
	if err := again.door.Reset(); err != nil {
		t.Fatal(err)
	}
	if served := again.v2.served(); len(served)+len(again.v2.domains) > 0 {
		t.Errorf("after a reset %v and %v are served", served, again.v2.domains)
	}
}

func TestAPIsOfTheTemplateAreShownAndStay(t *testing.T) {
	c := newClient(t, "")
	account := api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"}
	c.v2.described = apigatewayv2.Described{HTTP: []api.HTTP{{
		ID: "described1", Name: "public", Account: account,
		Routes: []api.Route{{
			ID: "r", Key: "GET /x", AuthorizationType: "NONE", IntegrationID: "i",
		}},
		Integrations: map[string]api.V2Integration{"i": {Type: "HTTP_PROXY", URI: "http://localhost"}},
		Stages:       []api.Stage{{Name: "$default", AutoDeploy: true}},
	}}}
	for line, want := range map[string]string{
		"GET /v2/apis":                                          `"name":"public"`,
		"GET /v2/apis/described1/routes":                        `"target":"integrations/i"`,
		"GET /v2/apis/described1/stages/$default":               `"autoDeploy":true`,
		"DELETE /v2/apis/described1":                            `is described by the template`,
		"DELETE /v2/apis/described1/routes/r":                   `is described by the template`,
		"GET /v2/apis/described1/exports/OAS30?outputType=JSON": `"/x"`,
	} {
		if _, text := c.text(line, ""); !strings.Contains(text, want) {
			t.Errorf("%s answers %s, want %s", line, text, want)
		}
	}
}

func TestALargeHTTPAPIIsImportedWhole(t *testing.T) {
	const many = 2000
	var paths []string
	for i := range many {
		paths = append(paths, fmt.Sprintf(`\"/p%d\":{\"get\":{\"x-amazon-apigateway-integration\":{`+
			`\"type\":\"HTTP_PROXY\",\"httpMethod\":\"GET\",\"uri\":\"http://localhost/%d\",`+
			`\"payloadFormatVersion\":\"1.0\"}}}`, i, i))
	}
	body := `{"body":"{\"openapi\":\"3.0.1\",\"info\":{\"title\":\"many\",\"version\":\"1\"},` +
		`\"paths\":{` + strings.Join(paths, ",") + `}}"}`
	c := newClient(t, t.TempDir())
	c.names["apiid"] = c.do("PUT /v2/apis", body)["apiId"].(string)
	c.do("POST /v2/apis/<apiid>/deployments", `{}`)
	c.do("POST /v2/apis/<apiid>/stages", `{"stageName":"$default","autoDeploy":true}`)
	page := c.do("GET /v2/apis/<apiid>/routes?maxResults=500", "")
	if len(page["items"].([]any)) != 500 || page["nextToken"] == nil || len(c.keys()) != many {
		t.Errorf("a page has %d routes, the API %d", len(page["items"].([]any)), len(c.keys()))
	}
}
