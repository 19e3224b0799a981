package accesslog_test

import (
	"strings"
	"testing"
	"time"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/exchange"
)

func httpCall() *exchange.Variables {
	return &exchange.Variables{
		AccountID: "123456789012", APIID: "a1b2c3d4e5", Stage: "$default",
		DomainName: "api.example.com", DomainPrefix: "api", RequestID: "JKJaXmPLvHcESHA=",
		ExtendedRequestID: "JKJaXmPLvHcESHA=", HTTPMethod: "GET", Path: "/v1/orders/7",
		Protocol: "HTTP/1.1", RequestTime: time.Date(2020, 5, 15, 6, 1, 9, 0, time.UTC),
		SourceIP: "203.0.113.7", UserAgent: "curl/8", RouteKey: "GET /orders/{id}",
		Domain:     &exchange.Domain{Name: "api.example.com", BasePath: "v1"},
		Claims:     map[string]string{"sub": "u-1", "custom:tenant": "t"},
		Authorizer: map[string]any{"key": "value", "numKey": 1.0, "boolKey": true},
		Caller: exchange.Caller{
			AccountID: "210987654321", Caller: "AIDA", User: "AIDB", UserARN: "arn:u",
			PrincipalOrgID: "o-1",
		},
		ClientCertificate: &exchange.ClientCertificate{
			PEM: "pem", SubjectDN: "CN=s", IssuerDN: "CN=i", SerialNumber: "a1:b2",
			NotBefore: "nb", NotAfter: "na",
		},
		IntegrationStatus: "200", IntegrationBackendStatus: "404",
		IntegrationLatency: 12 * time.Millisecond, IntegrationRequestID: "r-1",
		IntegrationError: "ie", EndpointRequestID: "e-1", EndpointRequestID2: "e-2",
		AuthorizerError: "ae", Status: 504, ResponseLength: 29, DataProcessed: 31,
		ResponseLatency: 15 * time.Millisecond, ErrorMessage: "say \"no\"", ErrorType: "DEFAULT_5XX",
	}
}

// The rows are all variables of "Customize HTTP API access logs".
func TestHTTPVariables(t *testing.T) {
	for name, want := range map[string]string{
		"accountId": "123456789012", "apiId": "a1b2c3d4e5", "authorizer.claims.sub": "u-1",
		"authorizer.claims": "-", "authorizer.error": "ae", "authorizer.key": "value",
		"authorizer.numKey": "1", "authorizer.boolKey": "true", "awsEndpointRequestId": "e-1",
		"awsEndpointRequestId2": "e-2", "customDomain.basePathMatched": "v1",
		"dataProcessed": "31", "domainName": "api.example.com", "domainPrefix": "api",
		"error.message": `say "no"`, "error.messageString": `"say \"no\""`,
		"error.responseType": "DEFAULT_5XX", "extendedRequestId": "JKJaXmPLvHcESHA=",
		"httpMethod": "GET", "identity.accountId": "210987654321", "identity.caller": "AIDA",
		"identity.cognitoAuthenticationProvider": "-", "identity.cognitoAuthenticationType": "-",
		"identity.cognitoIdentityId": "-", "identity.cognitoIdentityPoolId": "-",
		"identity.principalOrgId": "o-1", "identity.clientCert.clientCertPem": "pem",
		"identity.clientCert.subjectDN": "CN=s", "identity.clientCert.issuerDN": "CN=i",
		"identity.clientCert.serialNumber": "a1:b2", "identity.clientCert.validity.notBefore": "nb",
		"identity.clientCert.validity.notAfter": "na", "identity.sourceIp": "203.0.113.7",
		"identity.user": "AIDB", "identity.userAgent": "curl/8", "identity.userArn": "arn:u",
		"integration.error": "ie", "integration.integrationStatus": "200",
		"integration.latency": "12", "integration.requestId": "r-1", "integration.status": "404",
		"integrationErrorMessage": "ie", "integrationLatency": "12", "integrationStatus": "200",
		"path": "/v1/orders/7", "protocol": "HTTP/1.1", "requestId": "JKJaXmPLvHcESHA=",
		"requestTime": "15/May/2020:06:01:09 +0000", "requestTimeEpoch": "1589522469000",
		"resourcePath": "-", "responseLatency": "15", "responseLength": "29",
		"routeKey": "GET /orders/{id}", "stage": "$default", "status": "504",
	} {
		format, err := accesslog.CompileHTTP("$context." + name + " $context.requestId")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := string(format.Append(nil, httpCall())); got != want+" JKJaXmPLvHcESHA=" {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestHTTPFormatsThatAWSRefuses(t *testing.T) {
	for _, r := range []struct{ name, format, want string }{
		{
			"variables of other APIs", "$context.requestId $context.xrayTraceId $context.status " +
				"$context.waf.status $context.xrayTraceId",
			"The following context variables are not supported: [$context.xrayTraceId, " +
				"$context.waf.status]",
		},
		{
			"API keys", "$context.requestId $context.identity.apiKey",
			"The following context variables are not supported: [$context.identity.apiKey]",
		},
		{
			"no id", "$context.status",
			"Access Log format must include either $context.requestId or $context.extendedRequestId",
		},
		{
			"more than 3 KB", "$context.requestId" + strings.Repeat("x", 3<<10),
			"the format has 3090 bytes, allowed are 3072",
		},
		{"two lines", "$context.requestId\nx", "the format has a line break after"},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := accesslog.CompileHTTP(r.format)
			if err == nil || !strings.HasPrefix(err.Error(), r.want) {
				t.Errorf("got  %v\nwant %s", err, r.want)
			}
		})
	}
}
