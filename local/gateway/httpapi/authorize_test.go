package httpapi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/authorize"
)

// challenged is a refusal of a JWT authorizer.
func challenged(status int, challenge, text string) string {
	return fmt.Sprintf("%d\nwww-authenticate: %s\n\n{\"message\":%q}", status, challenge, text)
}

// badToken is how a token is refused on GET /orders/{id}.
func badToken(description string) string {
	return challenged(401, `Bearer scope="orders/read" error="invalid_token" error_description="`+
		description+`"`, "Unauthorized")
}

func TestJWTAtTheWire(t *testing.T) {
	s := start(t, nil)
	good := s.token(t, "orders/read")
	claim := func(name string, value any) string {
		return s.tokenOf(t, map[string]any{name: value, "scope": "orders/read"})
	}
	rows := []struct {
		name    string
		headers []string
		want    string
		logged  string // $context.authorizer.error
	}{
		{"a token with the scope", []string{good}, served, ""},
		{"no token", nil, challenged(401, "Bearer", "Unauthorized"), "Unauthorized"},
		{
			"a malformed token",
			[]string{"Authorization: Bearer a.b"},
			badToken("token contains an invalid number of segments"),
			"invalid_token: token contains an invalid number of segments",
		},
		{
			"an expired token",
			[]string{claim("exp", s.clock.Now().Unix())},
			badToken("the token has expired"), "invalid_token: the token has expired",
		},
		{
			"another audience",
			[]string{claim("aud", "other")},
			badToken("the token does not have a valid audience"),
			"invalid_token: the token does not have a valid audience",
		},
		{
			"a token without the scope",
			[]string{s.token(t, "orders/write")},
			challenged(403, `Bearer scope="orders/read" error="insufficient_scope" `+
				`error_description="the token does not have a valid scope"`, "Forbidden"),
			"insufficient_scope: the token does not have a valid scope",
		},
		{
			"a second Authorization header hides nothing",
			[]string{good, "Authorization: Bearer a.b.c"},
			badToken("token contains an invalid number of segments"),
			"invalid_token: token contains an invalid number of segments",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s.invoked = nil
			if diff := cmp.Diff(r.want, s.serve(t, s.request("GET /orders/7", r.headers...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (len(s.invoked) == 1) != (r.want == served) {
				t.Errorf("the function was called %d times", len(s.invoked))
			}
			if r.want != served && s.reason() == "" {
				t.Error("the refusal has no reason")
			}
			if got := s.authorizerError(); got != r.logged {
				t.Errorf("$context.authorizer.error is %q, want %q", got, r.logged)
			}
		})
	}
}

// Keys that cannot be had deny, and say which of the two questions failed.
func TestKeysOutOfReach(t *testing.T) {
	for name, err := range map[string]error{
		"OIDC discovery endpoint communication error": fmt.Errorf("%w: refused", authorize.ErrDiscovery),
		"JWKS communication error":                    errors.New("refused"),
	} {
		s := start(t, func(s *setup) { s.keys = keys{err: err} })
		got := s.serve(t, s.request("GET /orders/7", s.token(t, "orders/read")))
		if diff := cmp.Diff(badToken(name), got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if len(s.invoked) != 0 {
			t.Error("the function was called")
		}
	}
}

func TestRefusalsCarryCORSHeaders(t *testing.T) {
	s := start(t, withCORS)
	got := s.serve(t, s.request("GET /orders/7", "Origin: http://localhost:5173"))
	for _, want := range []string{
		"401\n", "www-authenticate: Bearer\n",
		"access-control-allow-origin: http://localhost:5173\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
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
	if diff := cmp.Diff(lines, s.withoutErrors()); diff != "" {
		t.Errorf("access log (-want +got):\n%s", diff)
	}
}

func TestATokenIsRefusedTheSecondItExpires(t *testing.T) {
	s := start(t, nil)
	r := s.request("GET /orders/7", s.token(t, "orders/read"))
	if got := s.serve(t, r); got != served {
		t.Fatalf("got %s", got)
	}
	s.clock.Advance(time.Minute)
	if diff := cmp.Diff(badToken("the token has expired"), s.serve(t, r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
