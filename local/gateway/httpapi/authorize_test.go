package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

func TestAuthorization(t *testing.T) {
	s := start(t, func(s *setup) {
		s.def.Routes = append(
			s.def.Routes,
			api.Route{Key: "GET /iam", AuthorizationType: "AWS_IAM", IntegrationID: "two"},
			api.Route{
				Key:               "GET /custom",
				AuthorizationType: "CUSTOM",
				AuthorizerID:      "fn",
				IntegrationID:     "two",
			},
		)
	})
	const unauthorized = "401\nwww-authenticate: %s\n\n{\"message\":\"Unauthorized\"}"
	rows := []struct {
		name, line string
		headers    []string
		want       string
	}{
		{"a token with the scope", "GET /orders/7", []string{s.token(t, "orders/read")}, served},
		{"no token", "GET /orders/7", nil, fmt.Sprintf(unauthorized, "Bearer")},
		{
			"a broken token", "GET /orders/7",
			[]string{"Authorization: Bearer a.b"},
			fmt.Sprintf(unauthorized, `Bearer scope="orders/read" error="invalid_token" `+
				`error_description="token contains an invalid number of segments"`),
		},
		{
			"a token without the scope", "GET /orders/7",
			[]string{s.token(t, "orders/write")},
			"403\nwww-authenticate: Bearer scope=\"orders/read\" error=\"insufficient_scope\" " +
				"error_description=\"the token does not have a valid scope\"\n\n{\"message\":\"Forbidden\"}",
		},
		{"IAM fails closed", "GET /iam", nil, message(403, "Forbidden")},
		{
			"a Lambda authorizer fails closed",
			"GET /custom",
			nil,
			message(500, "Internal Server Error"),
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s.invoked = nil
			if diff := cmp.Diff(r.want, s.serve(t, s.request(r.line, r.headers...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (len(s.invoked) == 1) != (r.want == served) {
				t.Errorf("the function was called %d times", len(s.invoked))
			}
			if r.want != served && s.reason() == "" {
				t.Error("the refusal has no reason")
			}
		})
	}
}

func TestClaimsReachTheFunctionAndTheAccessLog(t *testing.T) {
	s := start(t, nil)
	s.serve(t, s.request("GET /orders/7", s.token(t, "orders/read x")))
	const want = `"authorizer":{"jwt":{"claims":{"client_id":"client","exp":"1767323105",` +
		`"iss":"` + issuer +
		`","scope":"orders/read x","sub":"u-1"},"scopes":["orders/read"]}}`
	if !strings.Contains(string(s.invoked[0].Payload), want) {
		t.Errorf("event lacks %s:\n%s", want, s.invoked[0].Payload)
	}
	s.serve(t, s.request("GET /orders/7"))
	ids := []string{s.observer.records[0].RequestID, s.observer.records[1].RequestID}
	lines := []string{
		logGroup + " " + ids[0] + " GET /orders/{id} 200 u-1 -",
		logGroup + " " + ids[1] + " GET /orders/{id} 401 - Unauthorized",
	}
	if diff := cmp.Diff(lines, s.lines); diff != "" {
		t.Errorf("access log (-want +got):\n%s", diff)
	}
}
