package payload_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/route"
)

func restRequest() *exchange.Request {
	return &exchange.Request{
		Method: "POST", RawPath: "/testStage/hello/world", Protocol: "HTTP/1.1",
		Host: "gy415nuibc.execute-api.us-east-1.amazonaws.com", SourceIP: "192.168.196.186",
		TLS: true,
		Header: exchange.Header{
			{Name: "Host", Value: "gy415nuibc.execute-api.us-east-1.amazonaws.com"},
			{Name: "user-agent", Value: "PostmanRuntime/2.4.5"},
			{Name: "tEsT-HEADeR", Value: "one"},
			{Name: "Accept", Value: "*/*"},
			{Name: "Connection", Value: "keep-alive"},
			{Name: "Content-Length", Value: "12"},
			{Name: "Test-Header", Value: "two"},
			{Name: "aUThorization", Value: "Bearer x"},
			{Name: "X-Forwarded-For", Value: "54.240.196.186"},
			{Name: "TE", Value: "trailers"},
		},
	}
}

func restCall() *payload.REST {
	r := restRequest()
	return &payload.REST{
		Variables: &exchange.Variables{
			AccountID: "12345678912", APIID: "gy415nuibc", Stage: "testStage", DomainName: r.Host,
			DomainPrefix: "gy415nuibc", RequestID: "deef4878-7910-11e6-8f14-25afc3e9ae33",
			ExtendedRequestID: "TWegAcC4EowCHnA=", HTTPMethod: "POST",
			Path: "/testStage/hello/world", Protocol: "HTTP/1.1",
			RequestTime: time.UnixMilli(1589522469693), SourceIP: r.SourceIP,
			UserAgent: "PostmanRuntime/2.4.5", DeploymentID: "d3pl0y", ResourceID: "roq9wj",
			ResourcePath: "/{proxy+}",
		},
		Path: "/hello/world", Header: payload.RESTHeader(r, "Root=1-5ebe3025-0"),
		Query:          payload.RESTQuery("name=you&name=me"),
		PathParameters: []route.Param{{Name: "proxy", Value: "hello/world"}},
		StageVariables: []byte(`{"stageVariableName":"stageVariableValue"}`),
		Body:           []byte("{\r\n\t\"a\": 1\r\n}"),
	}
}

// The key order is the one recorded from AWS (spec control-plane.md §11).
const restEvent = `{"resource":"/{proxy+}","path":"/hello/world","httpMethod":"POST",` +
	`"headers":{"Accept":"*/*","Authorization":"Bearer x",` +
	`"Host":"gy415nuibc.execute-api.us-east-1.amazonaws.com","tEsT-HEADeR":"two",` +
	`"User-Agent":"PostmanRuntime/2.4.5","X-Amzn-Trace-Id":"Root=1-5ebe3025-0",` +
	`"X-Forwarded-For":"54.240.196.186, 192.168.196.186","X-Forwarded-Port":"443",` +
	`"X-Forwarded-Proto":"https"},` +
	`"multiValueHeaders":{"Accept":["*/*"],"Authorization":["Bearer x"],` +
	`"Host":["gy415nuibc.execute-api.us-east-1.amazonaws.com"],"tEsT-HEADeR":["one","two"],` +
	`"User-Agent":["PostmanRuntime/2.4.5"],"X-Amzn-Trace-Id":["Root=1-5ebe3025-0"],` +
	`"X-Forwarded-For":["54.240.196.186, 192.168.196.186"],"X-Forwarded-Port":["443"],` +
	`"X-Forwarded-Proto":["https"]},` +
	`"queryStringParameters":{"name":"me"},"multiValueQueryStringParameters":{"name":["you","me"]},` +
	`"pathParameters":{"proxy":"hello/world"},` +
	`"stageVariables":{"stageVariableName":"stageVariableValue"},` +
	`"requestContext":{"resourceId":"roq9wj","resourcePath":"/{proxy+}","httpMethod":"POST",` +
	`"extendedRequestId":"TWegAcC4EowCHnA=","requestTime":"15/May/2020:06:01:09 +0000",` +
	`"path":"/testStage/hello/world","accountId":"12345678912","protocol":"HTTP/1.1",` +
	`"stage":"testStage","domainPrefix":"gy415nuibc","requestTimeEpoch":1589522469693,` +
	`"requestId":"deef4878-7910-11e6-8f14-25afc3e9ae33",` +
	`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,` +
	`"caller":null,"sourceIp":"192.168.196.186","principalOrgId":null,"accessKey":null,` +
	`"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,` +
	`"userAgent":"PostmanRuntime/2.4.5","user":null},` +
	`"domainName":"gy415nuibc.execute-api.us-east-1.amazonaws.com","deploymentId":"d3pl0y",` +
	`"apiId":"gy415nuibc"},"body":"{\r\n\t\"a\": 1\r\n}","isBase64Encoded":false}`

func TestRESTEvent(t *testing.T) {
	if diff := cmp.Diff(restEvent, string(restCall().AppendEvent(nil))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRESTEventIsWhatGoFunctionsRead(t *testing.T) {
	call := restCall()
	call.Authorizer = &payload.RESTAuthorizer{
		PrincipalID: "admin", LatencyMillis: 12,
		Context: []payload.Pair{{Name: "clientId", Value: "1"}},
	}
	call.Variables.Caller.APIKey, call.Variables.Caller.APIKeyID = "theApiKey", "theApiKeyId"
	call.WithAPIKey = true
	var event events.APIGatewayProxyRequest
	if err := json.Unmarshal(call.AppendEvent(nil), &event); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"principalId": "admin", "integrationLatency": 12.0, "clientId": "1"}
	if diff := cmp.Diff(want, event.RequestContext.Authorizer); diff != "" {
		t.Errorf("authorizer (-want +got):\n%s", diff)
	}
	if id := event.RequestContext.Identity; id.APIKey != "theApiKey" || id.APIKeyID != "theApiKeyId" ||
		id.SourceIP != "192.168.196.186" {
		t.Errorf("identity is %+v", id)
	}
}

func TestRESTEventParts(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*payload.REST)
		want   string
	}{
		{"an empty body is null", func(c *payload.REST) { c.Body = nil }, `"body":null,"isBase64Encoded":false}`},
		{
			"a binary body is base64", func(c *payload.REST) { c.Body, c.Base64 = []byte{0xff, 0}, true },
			`"body":"/wA=","isBase64Encoded":true}`,
		},
		{"text that is not UTF-8 is replaced", func(c *payload.REST) { c.Body = []byte("a\xff") }, `"body":"a` + "\uFFFD" + `"`},
		{"no query is null", func(c *payload.REST) { c.Query = nil }, `"queryStringParameters":null,"multiValueQueryStringParameters":null,`},
		{"no path parameters are null", func(c *payload.REST) { c.PathParameters = nil }, `"pathParameters":null,`},
		{"no stage variables are null", func(c *payload.REST) { c.StageVariables = nil }, `"stageVariables":null,`},
		{
			"the operation name stands after the resource path",
			func(c *payload.REST) { c.Variables.OperationName = "GetIt" },
			`"resourcePath":"/{proxy+}","operationName":"GetIt","httpMethod":"POST"`,
		},
		{
			"the authorizer stands after the resource id",
			func(c *payload.REST) { c.Authorizer = &payload.RESTAuthorizer{PrincipalID: "p"} },
			`{"resourceId":"roq9wj","authorizer":{"principalId":"p","integrationLatency":0},"resourcePath"`,
		},
		{
			"a needed API key shows in the identity",
			func(c *payload.REST) { c.WithAPIKey = true; c.Variables.Caller.APIKey = "k" },
			`"identity":{"cognitoIdentityPoolId":null,"cognitoIdentityId":null,"apiKey":"k",` +
				`"principalOrgId":null,"cognitoAuthenticationType":null,"userArn":null,"apiKeyId":null,`,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			call := restCall()
			r.change(call)
			got := string(call.AppendEvent(nil))
			if !strings.Contains(got, r.want) || !json.Valid([]byte(got)) {
				t.Errorf("got %s\nwant in it %s", got, r.want)
			}
		})
	}
}

func TestRESTQuery(t *testing.T) {
	for _, r := range []struct {
		name, raw string
		want      []payload.Pair
	}{
		{"none", "", nil},
		{"escapes are decoded, a plus is a blank", "email=test%2Balias@x&plus=test+alias@x&whitespace=foo%20bar", []payload.Pair{
			{Name: "email", Value: "test+alias@x"}, {Name: "plus", Value: "test alias@x"}, {Name: "whitespace", Value: "foo bar"},
		}},
		{"repeated names stay in order", "category=electronics&category=books", []payload.Pair{
			{Name: "category", Value: "electronics"}, {Name: "category", Value: "books"},
		}},
		{"a semicolon separates", "a=1;b=2", []payload.Pair{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}}},
		{"a name alone is empty", "a&b=", []payload.Pair{{Name: "a"}, {Name: "b"}}},
		{"an escape that is none stays", "a=%zz", []payload.Pair{{Name: "a", Value: "%zz"}}},
	} {
		t.Run(r.name, func(t *testing.T) {
			if diff := cmp.Diff(r.want, payload.RESTQuery(r.raw)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The rows are the column "in AWS_PROXY event" of spec control-plane.md §10.
func TestRESTHeaderDrops(t *testing.T) {
	visible := map[string]bool{
		"Accept": true, "Accept-Charset": true, "Accept-Encoding": true, "Age": true, "Authorization": true,
		"Connection": false, "Content-Encoding": true, "Content-Length": false, "Content-MD5": false,
		"Content-Type": true, "Date": true, "Expect": false, "Host": true, "Max-Forwards": false, "Pragma": true,
		"Proxy-Authenticate": false, "Range": true, "Referer": true, "Server": false, "TE": false,
		"Transfer-Encoding": false, "Trailer": false, "Upgrade": false, "User-Agent": true, "Via": true,
		"Warn": true, "WWW-Authenticate": false,
	}
	for name, want := range visible {
		r := &exchange.Request{Header: exchange.Header{{Name: name, Value: "x"}}}
		if got := payload.RESTHeader(r, "").Has(name); got != want {
			t.Errorf("%s: visible is %v, want %v", name, got, want)
		}
	}
	signed := &exchange.Request{Header: exchange.Header{
		{Name: "authorization", Value: "AWS4-HMAC-SHA256 Credential=…"},
	}}
	if payload.RESTHeader(signed, "").Has("Authorization") {
		t.Error("a SigV4 signature is visible")
	}
}

func TestAuthorizerEvents(t *testing.T) {
	const arn = "arn:aws:execute-api:us-west-2:123456789012:ymy8tbxw7b/test/GET/"
	want := `{"type":"TOKEN","authorizationToken":"Bearer \"x\"","methodArn":"` + arn + `"}`
	if got := string(payload.AppendTokenEvent(nil, `Bearer "x"`, arn)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	call := restCall()
	call.Query, call.PathParameters, call.StageVariables = nil, nil, nil
	got := string(call.AppendRequestEvent(nil, arn))
	for _, want := range []string{
		`{"type":"REQUEST","methodArn":"` + arn + `","resource":"/{proxy+}","path":"/hello/world",` +
			`"httpMethod":"POST","headers":{`,
		`,"queryStringParameters":{},"multiValueQueryStringParameters":{},"pathParameters":{},` +
			`"stageVariables":{},"requestContext":{"resourceId":"roq9wj",`,
		`"apiId":"gy415nuibc"}}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s\nwant in it %s", got, want)
		}
	}
}
