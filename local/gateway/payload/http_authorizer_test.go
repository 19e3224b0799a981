package payload_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/route"
)

// judged is the call of the examples in "Working with AWS Lambda authorizers for HTTP APIs".
func judged() *payload.HTTPCall {
	at := time.UnixMilli(1583348638390)
	return &payload.HTTPCall{
		Request: &exchange.Request{
			Method: "GET", RawPath: "/test/request/value1", Host: "id.execute-api.us-east-1.amazonaws.com",
			RawQuery: "parameter1=value1&parameter1=value2&parameter2=value", Protocol: "HTTP/1.1",
			SourceIP: "192.0.2.1", Received: at, Body: []byte("not for authorizers"),
			Header: exchange.Header{
				{Name: "Header1", Value: "value1"},
				{Name: "Header1", Value: "value2"},
				{Name: "Cookie", Value: "cookie1; cookie2"},
			},
		},
		Variables: &exchange.Variables{
			AccountID: "123456789012", APIID: "abcdef123", Stage: "test", HTTPMethod: "GET",
			DomainName: "id.execute-api.us-east-1.amazonaws.com", DomainPrefix: "id",
			Protocol: "HTTP/1.1", RequestID: "id", ExtendedRequestID: "id", RequestTime: at,
			SourceIP: "192.0.2.1", UserAgent: "agent", RouteKey: "GET /request/{parameter1}",
			TraceID: "Root=1-2-3",
		},
		Params:         []route.Param{{Name: "parameter1", Value: "value1"}},
		StageVariables: []byte(`{"stageVariable1":"value1"}`),
	}
}

const routeARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request/value1"

func TestAuthorizerEvent20(t *testing.T) {
	text := payload.AppendAuthorizerEvent20(nil, judged(), []string{"user1", "123"}, routeARN)
	const head = `{"version":"2.0","type":"REQUEST","routeArn":"` + routeARN +
		`","identitySource":["user1","123"],"routeKey":"GET /request/{parameter1}",` +
		`"rawPath":"/test/request/value1",` +
		`"rawQueryString":"parameter1=value1&parameter1=value2&parameter2=value",` +
		`"cookies":["cookie1","cookie2"],"headers":{`
	if !strings.HasPrefix(string(text), head) {
		t.Errorf("event begins otherwise than %s:\n%s", head, text)
	}
	var got events.APIGatewayV2CustomAuthorizerV2Request
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Headers["header1"] != "value1,value2" || got.Headers["cookie"] != "" {
		t.Errorf("headers are %v", got.Headers)
	}
	got.Headers = nil
	want := events.APIGatewayV2CustomAuthorizerV2Request{
		Version: "2.0", Type: "REQUEST", RouteArn: routeARN, IdentitySource: []string{"user1", "123"},
		RouteKey: "GET /request/{parameter1}", RawPath: "/test/request/value1",
		RawQueryString:        "parameter1=value1&parameter1=value2&parameter2=value",
		Cookies:               []string{"cookie1", "cookie2"},
		QueryStringParameters: map[string]string{"parameter1": "value1,value2", "parameter2": "value"},
		PathParameters:        map[string]string{"parameter1": "value1"},
		StageVariables:        map[string]string{"stageVariable1": "value1"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: "GET /request/{parameter1}", AccountID: "123456789012", Stage: "test",
			RequestID: "id", APIID: "abcdef123", DomainPrefix: "id",
			DomainName: "id.execute-api.us-east-1.amazonaws.com",
			Time:       "04/Mar/2020:19:03:58 +0000", TimeEpoch: 1583348638390,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
				Method: "GET", Path: "/test/request/value1", Protocol: "HTTP/1.1",
				SourceIP: "192.0.2.1", UserAgent: "agent",
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAuthorizerEvent10(t *testing.T) {
	text := payload.AppendAuthorizerEvent10(nil, judged(), []string{"user1", "123"}, routeARN)
	const head = `{"version":"1.0","type":"REQUEST","methodArn":"` + routeARN +
		`","identitySource":"user1,123","authorizationToken":"user1,123",` +
		`"resource":"/request/{parameter1}","path":"/test/request/value1","httpMethod":"GET",` +
		`"headers":{`
	if !strings.HasPrefix(string(text), head) {
		t.Errorf("event begins otherwise than %s:\n%s", head, text)
	}
	var got events.APIGatewayV2CustomAuthorizerV1Request
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Headers["header1"] != "value1,value2" || got.Headers["cookie"] != "cookie1; cookie2" {
		t.Errorf("headers are %v", got.Headers)
	}
	if got.QueryStringParameters["parameter1"] != "value1,value2" ||
		got.PathParameters["parameter1"] != "value1" ||
		got.StageVariables["stageVariable1"] != "value1" ||
		got.RequestContext.ResourcePath != "/request/{parameter1}" ||
		got.RequestContext.Identity.SourceIP != "192.0.2.1" {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(string(text), "not for authorizers") ||
		strings.Contains(string(text), `"authorizer"`) {
		t.Errorf("the event has what nobody knows yet: %s", text)
	}
}

// The keys are those of the examples; what a call lacks is null, absent or {} as there.
func TestAuthorizerEventsOfABareCall(t *testing.T) {
	c := judged()
	c.Request.RawQuery, c.Request.Header, c.Params, c.StageVariables = "", nil, nil, nil
	rows := []struct {
		format string
		text   []byte
		keys   []string
		bare   string
	}{
		{
			"2.0", payload.AppendAuthorizerEvent20(nil, c, nil, routeARN),
			[]string{
				"headers", "identitySource", "rawPath", "rawQueryString", "requestContext", "routeArn",
				"routeKey", "type", "version",
			},
			`"identitySource":null,`,
		},
		{
			"1.0", payload.AppendAuthorizerEvent10(nil, c, nil, routeARN),
			[]string{
				"authorizationToken", "headers", "httpMethod", "identitySource", "methodArn", "path",
				"pathParameters", "queryStringParameters", "requestContext", "resource", "stageVariables",
				"type", "version",
			},
			`"queryStringParameters":{},"pathParameters":{},"stageVariables":{},`,
		},
	}
	for _, r := range rows {
		t.Run(r.format, func(t *testing.T) {
			var members map[string]any
			if err := json.Unmarshal(r.text, &members); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.keys, slices.Sorted(maps.Keys(members))); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if !strings.Contains(string(r.text), r.bare) {
				t.Errorf("event lacks %s:\n%s", r.bare, r.text)
			}
		})
	}
}
