package httpapi_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func TestTheSampleOfAnAuthorizerOfFormat20(t *testing.T) {
	g := policyGate(answering(policyFor("Allow", "*", "null")))
	g.authorizer.IdentitySource = []string{"$request.header.User", "$request.header.Id"}
	s := sampled(t, api.Route{
		Key: "$default", AuthorizationType: "CUSTOM", AuthorizerID: "fn", IntegrationID: "two",
	}, g.put)
	call := sampleCall(s, "POST "+strings.TrimPrefix(sampleLine, "GET "),
		"Header1: value1", "Header2: value2", "Cookie: cookie1; cookie2", "User: user1", "Id: 123")
	call.ClientCertificate = &exchange.ClientCertificate{
		PEM: "CERT_CONTENT", SubjectDN: "www.example.com", IssuerDN: "Example issuer",
		SerialNumber: "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
		NotBefore:    "May 28 12:30:02 2019 GMT", NotAfter: "Aug  5 09:36:04 2021 GMT",
	}
	s.serve(t, call)
	want := s.differing(writtenByHand, map[string]string{
		// The sample's ARN is that of another API, stage, method and path than its other fields tell.
		"routeArn":                  `"arn:aws:execute-api:us-east-1:123456789012:api-id/$default/POST/my/path"`,
		"headers.user":              `"user1"`,
		"headers.id":                `"123"`,
		"headers.content-length":    `"0"`,
		"pathParameters.parameter1": absent, // $default has none
	})
	delete(want, "headers.content-type")
	delete(want, "pathParameters.proxy")
	event := []byte(s.payloadOf(gateARN))
	got := differences(t, sample(t, "apigw-v2-custom-authorizer-v2-request"), event)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}

// The sample of an authorizer of format 1.0 was written by hand after one of a REST API: it lacks
// what HTTP APIs add, and its request context ends where theirs goes on.
func TestTheSampleOfAnAuthorizerOfFormat10(t *testing.T) {
	g := policyGate(answering(policyFor("Allow", "*", "null")))
	g.authorizer.IdentitySource = []string{"$request.header.User", "$request.header.Id"}
	g.authorizer.PayloadFormatVersion = "1.0"
	s := sampled(t, api.Route{
		Key: "GET /request", AuthorizationType: "CUSTOM", AuthorizerID: "fn", IntegrationID: "one",
	}, func(s *setup) {
		s.def.ID = "abcdef123"
		s.def.Stages[0].Name = "test"
		s.def.Stages[0].Variables = map[string]string{"StageVar1": "stageValue1"}
		g.put(s)
	})
	call := s.request("GET /test/request?QueryString1=queryValue1",
		"X-AMZ-Date: 20170718T062915Z", "Accept: */*", "HeaderAuth1: headerValue1",
		"CloudFront-Viewer-Country: US", "User-Agent: ...", "User: user1", "Id: 123")
	call.SourceIP = "..."
	call.ClientCertificate = &exchange.ClientCertificate{
		PEM: "CERT_CONTENT", SubjectDN: "www.example.com", IssuerDN: "Example issuer",
		SerialNumber: "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
		NotBefore:    "May 28 12:30:02 2019 GMT", NotAfter: "Aug  5 09:36:04 2021 GMT",
	}
	s.serve(t, call)
	got := differences(t, sample(t, "apigw-v2-custom-authorizer-v1-request"), []byte(s.payloadOf(gateARN)))
	maps.DeleteFunc(got, func(way, _ string) bool {
		return strings.HasPrefix(way, "headers.") // in lower case, and without CloudFront's
	})
	const context, identity = "requestContext.", "requestContext.identity."
	want := s.differing(map[string]string{
		"path": `"/test/request"`, context + "path": `"/test/request"`, // with the stage, as 1.0 has it
		context + "resourceId": `"GET /request"`, // an HTTP API has no resources with ids
		identity + "apiKey":    absent,           // nor API keys
		// What the request context of HTTP APIs has besides ("Create AWS Lambda proxy integrations").
		context + "domainName":                     `"abcdef123.execute-api.us-east-1.amazonaws.com"`,
		context + "domainPrefix":                   `"abcdef123"`,
		context + "extendedRequestId":              s.id(),
		context + "protocol":                       `"HTTP/1.1"`,
		context + "requestTime":                    `"04/Mar/2020:19:03:58 +0000"`,
		context + "requestTimeEpoch":               "1583348638390",
		identity + "accessKey":                     "null",
		identity + "accountId":                     "null",
		identity + "caller":                        "null",
		identity + "cognitoAuthenticationProvider": "null",
		identity + "cognitoAuthenticationType":     "null",
		identity + "cognitoIdentityId":             "null",
		identity + "cognitoIdentityPoolId":         "null",
		identity + "principalOrgId":                "null",
		identity + "user":                          "null",
		identity + "userAgent":                     `"..."`,
		identity + "userArn":                       "null",
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}

// The sample of format 1.0 is one of a REST API, which is what the format is made after.
func TestTheSampleOfFormat10(t *testing.T) {
	s := sampled(t, api.Route{
		Key: "POST /{proxy+}", AuthorizationType: "NONE", IntegrationID: "one",
	}, func(s *setup) {
		s.def.Account.ID = "12345678912"
		s.def.Stages[0].Variables = map[string]string{"stageVariableName": "stageVariableValue"}
	})
	call := s.request("POST /hello/world?name=me", "Content-Type: application/json",
		"User-Agent: PostmanRuntime/2.4.5")
	call.SourceIP, call.Body = "192.168.196.186", []byte("{\r\n\t\"a\": 1\r\n}")
	call.ClientCertificate = &exchange.ClientCertificate{
		PEM: "CERT_CONTENT", SubjectDN: "www.example.com", IssuerDN: "Example issuer",
		SerialNumber: "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
		NotBefore:    "May 28 12:30:02 2019 GMT", NotAfter: "Aug  5 09:36:04 2021 GMT",
	}
	call.Domain = &exchange.Domain{
		Name: "gy415nuibc.execute-api.us-east-2.amazonaws.com", Stage: "$default", Path: "/hello/world",
	}
	s.serve(t, call)
	got := differences(t, sample(t, "apigw-request"), s.invoked[0].Payload)
	const context, identity = "requestContext.", "requestContext.identity."
	// Who calls, and what it sends along, are not a matter of the format.
	maps.DeleteFunc(got, func(way, _ string) bool {
		return strings.HasPrefix(way, "headers.") || strings.HasPrefix(way, "multiValueHeaders.") ||
			strings.HasPrefix(way, identity) && way != identity+"apiKey" && way != identity+"apiKeyId" &&
				way != identity+"principalOrgId" ||
			strings.HasPrefix(way, context+"authorizer.")
	})
	want := s.differing(map[string]string{
		"version":                     `"1.0"`, // HTTP APIs say which format it is
		"isBase64Encoded":             "false", // the sample leaves it out
		context + "resourceId":        `"POST /{proxy+}"`,
		context + "stage":             `"$default"`, // testStage would be in the path
		context + "apiId":             `"api-id"`,
		identity + "apiKey":           absent, // HTTP APIs have no API keys
		identity + "apiKeyId":         absent,
		context + "domainPrefix":      `"gy415nuibc"`, // the sample's is another domain's
		context + "extendedRequestId": s.id(),
		context + "requestTime":       `"04/Mar/2020:19:03:58 +0000"`,
		context + "requestTimeEpoch":  "1583348638390",
		identity + "principalOrgId":   "null",
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields that differ (-want +got):\n%s", diff)
	}
}
