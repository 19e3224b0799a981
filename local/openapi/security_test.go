package openapi

import (
	"strings"
	"testing"

	"portico/local/gateway/api"
)

const securitySchemes = "components:\n  securitySchemes:\n" +
	"    pool: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: " +
	"{type: cognito_user_pools, providerARNs: [arn]}}\n" +
	"    other: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authorizer: " +
	"{type: cognito_user_pools, providerARNs: [arn]}}\n" +
	"    key: {type: apiKey, name: x-api-key, in: header}\n" +
	"    iam: {type: apiKey, name: Authorization, in: header, " +
	"x-amazon-apigateway-authtype: awsSigv4}\n" +
	"    bearer: {type: http, scheme: bearer}\n"

// securityTests are the rules of control-plane.md §18 and of the pages on the extensions.
var securityTests = []struct {
	name, root, operation string
	want                  api.Method
}{
	{
		name: "no security is open to all",
		want: api.Method{AuthorizationType: "NONE"},
	}, {
		name: "the root's security applies to every operation", root: "security: [{pool: []}]\n",
		want: api.Method{AuthorizationType: "COGNITO_USER_POOLS", AuthorizerID: "pool"},
	}, {
		name: "an operation's own security wins over the root's", root: "security: [{pool: []}]\n",
		operation: "security: [{key: []}]",
		want:      api.Method{AuthorizationType: "NONE", APIKeyRequired: true},
	}, {
		name: "an empty list switches the root's security off", root: "security: [{pool: []}]\n",
		operation: "security: []",
		want:      api.Method{AuthorizationType: "NONE"},
	}, {
		name:      "scopes become authorization scopes",
		operation: "security: [{pool: [a/read, openid]}]",
		want: api.Method{
			AuthorizationType: "COGNITO_USER_POOLS", AuthorizerID: "pool",
			AuthorizationScopes: []string{"a/read", "openid"},
		},
	}, {
		name:      "an authorizer and a key are both required",
		operation: "security: [{pool: []}, {key: []}]",
		want: api.Method{
			AuthorizationType: "COGNITO_USER_POOLS", AuthorizerID: "pool", APIKeyRequired: true,
		},
	}, {
		name:      "awsSigv4 is IAM authorization",
		operation: "security: [{iam: []}]",
		want:      api.Method{AuthorizationType: "AWS_IAM"},
	}, {
		name:      "x-amazon-apigateway-auth is IAM authorization",
		operation: "x-amazon-apigateway-auth: {type: aws_iam}",
		want:      api.Method{AuthorizationType: "AWS_IAM"},
	}, {
		name:      "x-amazon-apigateway-auth NONE opens an operation",
		root:      "security: [{pool: []}]\n",
		operation: "x-amazon-apigateway-auth: {type: none}",
		want:      api.Method{AuthorizationType: "NONE"},
	}, {
		name: "SAM's NONE is no authorizer", operation: "security: [{NONE: []}]",
		want: api.Method{AuthorizationType: "NONE"},
	},
}

func TestSecurityOfOperations(t *testing.T) {
	for _, test := range securityTests {
		t.Run(test.name, func(t *testing.T) {
			document := head3 + test.root + securitySchemes + "paths: {/a: {get: {" + test.operation + "}}}"
			imported := importREST(t, document, Options{})
			got := methodOf(t, imported.API, "GET", "/a")
			got.AuthorizerID = imported.API.Authorizers[got.AuthorizerID].Name
			equal(t, "method", test.want, got)
		})
	}
}

func TestTwoAuthorizersAreRefused(t *testing.T) {
	for _, operation := range []string{
		"security: [{pool: []}, {other: []}]",
		"security: [{pool: [], other: []}]",
		"security: [{iam: []}, {pool: []}]",
		"security: [{pool: []}], x-amazon-apigateway-auth: {type: AWS_IAM}",
	} {
		document := mustParse(t, head3+securitySchemes+"paths: {/a: {get: {"+operation+"}}}")
		_, err := document.REST(emptyREST(), Options{})
		if err == nil || !strings.Contains(err.Error(), "API Gateway takes one authorizer") {
			t.Errorf("%s: got the error %v, want that only one authorizer is taken", operation, err)
		}
	}
}

// findingTests are what has no effect: nothing of it may pass in silence.
var findingTests = []struct {
	name, document string
	http           bool
	want           Finding // Why is a part of the reason
}{
	{
		name:     "an unknown extension of the document",
		document: head3 + "x-amazon-apigateway-teapot: {a: 1}\n",
		want: Finding{
			Pointer: "/x-amazon-apigateway-teapot", Line: 3, Column: 29,
			Name: "x-amazon-apigateway-teapot", Value: `{"a":1}`, Why: "no such extension here",
		},
	}, {
		name:     "an extension in a place where AWS does not look",
		document: head3 + "paths:\n  /a:\n    x-amazon-apigateway-request-validator: all\n",
		want: Finding{
			Pointer: "/paths/~1a/x-amazon-apigateway-request-validator", Line: 5, Column: 44,
			Name: "x-amazon-apigateway-request-validator", Value: `"all"`,
			Why: "no such extension here",
		},
	}, {
		name:     "an unknown property of an integration",
		document: integrationDocument("{type: mock,\nretries: 3}"),
		want: Finding{
			Pointer: "/paths/~1a/get/x-amazon-apigateway-integration/retries", Line: 4, Column: 10,
			Name: "retries", Value: "3", Why: "no such property here",
		},
	}, {
		name:     "documentation",
		document: head3 + "x-amazon-apigateway-documentation: {version: 1}\n",
		want: Finding{
			Pointer: "/x-amazon-apigateway-documentation", Line: 3, Column: 36,
			Name: "x-amazon-apigateway-documentation", Value: `{"version":1}`,
			Irrelevant: true, Why: "documentation is for people",
		},
	}, {
		name: "a security scheme that protects nothing",
		document: head3 + securitySchemes +
			"paths: {/a: {get: {security: [{bearer: []}]}}}",
		want: Finding{
			Pointer: "/paths/~1a/get/security/0/bearer", Line: 10, Column: 40,
			Name: "bearer", Value: "[]", Why: "protects nothing",
		},
	}, {
		name: "an API key of an HTTP API", http: true,
		document: head3 + "components: {securitySchemes: {key: {type: apiKey}}}\n" +
			"paths: {/a: {get: {security: [{key: []}]}}}",
		want: Finding{
			Pointer: "/paths/~1a/get/security/0/key", Line: 4, Column: 37,
			Name: "key", Value: "[]", Why: "HTTP APIs have no API keys",
		},
	}, {
		name: "a policy of an HTTP API", http: true,
		document: head3 + "x-amazon-apigateway-policy: {}\n",
		want: Finding{
			Pointer: "/x-amazon-apigateway-policy", Line: 3, Column: 29,
			Name: "x-amazon-apigateway-policy", Value: "{}", Irrelevant: true,
			Why: "HTTP APIs have no such thing",
		},
	}, {
		name:     "CORS of a REST API",
		document: head3 + "x-amazon-apigateway-cors: {}\n",
		want: Finding{
			Pointer: "/x-amazon-apigateway-cors", Line: 3, Column: 27,
			Name: "x-amazon-apigateway-cors", Value: "{}", Irrelevant: true,
			Why: "REST APIs have no such thing",
		},
	},
}

func TestWhatHasNoEffectIsFound(t *testing.T) {
	for _, test := range findingTests {
		t.Run(test.name, func(t *testing.T) {
			var findings []Finding
			if test.http {
				findings = importHTTP(t, test.document, Options{}).Findings
			} else {
				findings = importREST(t, test.document, Options{}).Findings
			}
			if len(findings) != 1 {
				t.Fatalf("got the findings %+v, want one", findings)
			}
			got := findings[0]
			if !strings.Contains(got.Why, test.want.Why) {
				t.Errorf("got the reason %q, want %q in it", got.Why, test.want.Why)
			}
			got.Why = test.want.Why
			equal(t, "finding", test.want, got)
		})
	}
}
