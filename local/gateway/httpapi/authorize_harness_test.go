package httpapi_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

const gateARN = "arn:aws:lambda:us-east-1:123456789012:function:gate"

// tokenOf returns an Authorization header with a token that has claims besides the usual ones.
func (s *setup) tokenOf(t testing.TB, change map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": issuer, "client_id": "client", "sub": "u-1", "exp": s.clock.Now().Unix() + 60,
	}
	maps.Copy(claims, change)
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k1"
	text, err := token.SignedString(key())
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: Bearer " + text
}

func withCORS(s *setup) {
	s.def.CORS = &api.CORS{
		AllowOrigins: []string{"http://localhost:5173"}, AllowMethods: []string{"GET"},
	}
}

// errorMark stands before $context.authorizer.error in the access log.
const errorMark = " | "

// authorizerError returns $context.authorizer.error of the last call.
func (s *setup) authorizerError() string {
	_, text, _ := strings.Cut(s.lines[len(s.lines)-1], errorMark)
	if text == "-" {
		return ""
	}
	return text
}

// withoutErrors returns the access log without $context.authorizer.error.
func (s *setup) withoutErrors() []string {
	lines := make([]string, len(s.lines))
	for i, line := range s.lines {
		lines[i], _, _ = strings.Cut(line, errorMark)
	}
	return lines
}

// gate puts routes behind a Lambda authorizer whose function answers with gate.
type gate struct {
	authorizer api.V2Authorizer
	answer     invoker
}

// policyGate answers with policies, and asks for the header Auth.
func policyGate(answer invoker) *gate {
	return &gate{answer: answer, authorizer: api.V2Authorizer{
		ID: "fn", Name: "gate", Type: "REQUEST", URI: gateARN, PayloadFormatVersion: "2.0",
		IdentitySource: []string{"$request.header.Auth"},
	}}
}

func (g *gate) put(s *setup) {
	s.def.Authorizers["fn"] = g.authorizer
	for _, route := range []struct{ key, integration string }{
		{"GET /custom", "two"},
		{"GET /custom/{id}", "two"},
		{"GET /old/{id}", "one"},
	} {
		s.def.Routes = append(s.def.Routes, api.Route{
			Key: route.key, AuthorizationType: "CUSTOM", AuthorizerID: "fn",
			IntegrationID: route.integration,
		})
	}
	usual := s.invoke
	s.invoke = func(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
		if in.FunctionARN == gateARN {
			return g.answer(ctx, in)
		}
		return usual(ctx, in)
	}
}

// calls returns how often a function was called.
func (s *setup) calls(arn string) (count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.invoked {
		if in.FunctionARN == arn {
			count++
		}
	}
	return count
}

// payloadOf returns the event that a function was last called with.
func (s *setup) payloadOf(arn string) string {
	for i := len(s.invoked) - 1; i >= 0; i-- {
		if s.invoked[i].FunctionARN == arn {
			return string(s.invoked[i].Payload)
		}
	}
	return ""
}

// policyFor is an authorizer's answer with one statement.
func policyFor(effect, resource, context string) string {
	return `{"principalId":"ada","policyDocument":{"Version":"2012-10-17","Statement":[{` +
		`"Sid":"One","Action":"execute-api:Invoke","Effect":"` + effect + `","Resource":"` + resource +
		`"}]},"context":` + context + `}`
}
