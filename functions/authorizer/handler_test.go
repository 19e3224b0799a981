package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"portico/shared/fixture"
)

const (
	testIssuer   = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example01"
	testAudience = "1example23456789abcdefghij"
)

// issuer signs tokens and serves its keys.
type issuer struct {
	private *rsa.PrivateKey
	id      atomic.Value // string, the id of the key
	fetches atomic.Int64
	url     string
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{private: private}
	i.id.Store("key-1")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.fetches.Add(1)
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
			Key: &private.PublicKey, KeyID: i.id.Load().(string), Algorithm: "RS256", Use: "sig",
		}}})
	}))
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// sign makes a token of the claims with the present key.
func (i *issuer) sign(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = i.id.Load()
	text, err := token.SignedString(i.private)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (i *issuer) verifier(now func() time.Time) *verifier {
	return newVerifier(verifierOptions{
		Issuer: testIssuer, Audience: []string{testAudience}, Now: now,
		Keys: &keySet{url: i.url, client: http.DefaultClient, now: now},
	})
}

func accessClaims(now time.Time) jwt.MapClaims {
	return jwt.MapClaims{
		"iss": testIssuer, "sub": "u-1", "client_id": testAudience, "token_use": "access",
		"scope": "orders/read", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func atStart() time.Time { return start }

func TestEvents(t *testing.T) {
	cases, err := fixture.Load("../../events/authorizer")
	if err != nil {
		t.Fatal(err)
	}
	keys := newIssuer(t)
	h := &handler{verifier: keys.verifier(atStart), log: slog.New(slog.DiscardHandler)}
	player := fixture.Player{
		Invoke: func(ctx context.Context, _ string, event []byte) ([]byte, error) {
			var r request
			if err := json.Unmarshal(event, &r); err != nil {
				return nil, err
			}
			answer, err := h.handle(ctx, r)
			if err != nil {
				return nil, err
			}
			return json.Marshal(answer)
		},
		Token: func(settings map[string]string) (string, error) {
			return keys.sign(t, claimsOf(t, settings)), nil
		},
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			differences, err := player.Play(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range differences {
				t.Error(difference)
			}
		})
	}
}

// claimsOf makes the claims Cognito would write for an expression {{token …}}.
func claimsOf(t *testing.T, settings map[string]string) jwt.MapClaims {
	t.Helper()
	claims := accessClaims(start)
	delete(claims, "scope")
	for name, value := range settings {
		switch name {
		case "use":
			if value == "id" {
				delete(claims, "client_id")
				claims["aud"] = testAudience
			}
			claims["token_use"] = value
		case "scope":
			claims["scope"] = strings.ReplaceAll(value, ",", " ")
		case "lifetime":
			lifetime, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			claims["exp"] = start.Add(lifetime).Unix()
		default:
			claims[name] = value
		}
	}
	return claims
}

func TestTokenIsTrustedOnlyWhenEverythingFits(t *testing.T) {
	keys := newIssuer(t)
	v := keys.verifier(atStart)
	for name, row := range map[string]struct {
		change  jwt.MapClaims // claims set, or deleted when nil
		trusted bool
	}{
		"an access token": {nil, true},
		"an identity token": {
			jwt.MapClaims{"client_id": nil, "aud": testAudience}, true,
		},
		"one of several audiences":             {jwt.MapClaims{"aud": []string{"x", testAudience}}, true},
		"aud counts before client_id":          {jwt.MapClaims{"aud": "someone-else"}, false},
		"another client":                       {jwt.MapClaims{"client_id": "someone-else"}, false},
		"neither aud nor client_id":            {jwt.MapClaims{"client_id": nil}, false},
		"another issuer":                       {jwt.MapClaims{"iss": "https://example.com"}, false},
		"no issuer":                            {jwt.MapClaims{"iss": nil}, false},
		"expired this second":                  {jwt.MapClaims{"exp": start.Unix()}, false},
		"no expiry":                            {jwt.MapClaims{"exp": nil}, false},
		"not valid before the next second":     {jwt.MapClaims{"nbf": start.Unix() + 1}, false},
		"issued in the future":                 {jwt.MapClaims{"iat": start.Unix() + 60}, false},
		"an expiry that is no number":          {jwt.MapClaims{"exp": "tomorrow"}, false},
		"a customer of its own is no obstacle": {jwt.MapClaims{"customer": "c-1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			claims := accessClaims(start)
			for claim, value := range row.change {
				claims[claim] = value
				if value == nil {
					delete(claims, claim)
				}
			}
			_, err := v.verify(t.Context(), "Bearer "+keys.sign(t, claims))
			var bad *badToken
			if trusted := err == nil; trusted != row.trusted || !trusted && !errors.As(err, &bad) {
				t.Errorf("error = %v, want trusted %v", err, row.trusted)
			}
		})
	}
}

func TestAlgorithmsOutsideTheListAreRefused(t *testing.T) {
	keys := newIssuer(t)
	v := keys.verifier(atStart)
	sign := func(method jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(method, accessClaims(start))
		token.Header["kid"] = "key-1"
		text, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, token := range map[string]string{
		"none":                      sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"HS256 with the public key": sign(jwt.SigningMethodHS256, keys.private.N.Bytes()),
		"PS256 with the right key":  sign(jwt.SigningMethodPS256, keys.private),
		"RS512 with the right key":  sign(jwt.SigningMethodRS512, keys.private),
	} {
		t.Run(name, func(t *testing.T) {
			var bad *badToken
			if _, err := v.verify(t.Context(), token); !errors.As(err, &bad) {
				t.Errorf("error = %v, want a bad token", err)
			}
		})
	}
}

func TestKeysAreFetchedWhenNeeded(t *testing.T) {
	keys := newIssuer(t)
	now := start
	v := keys.verifier(func() time.Time { return now })
	verify := func(token string) error {
		_, err := v.verify(t.Context(), token)
		return err
	}
	steps := []struct {
		name    string
		wait    time.Duration
		rotate  string
		trusted bool
		fetches int64
	}{
		{"the first token fetches", 0, "", true, 1},
		{"the second does not", time.Minute, "", true, 1},
		{"a new key is fetched at once", time.Minute, "key-2", true, 2},
		{"and is kept", time.Minute, "", true, 2},
		{"old keys are fetched again", time.Hour, "", true, 3},
		{"a new key right after waits", time.Second, "key-3", false, 3},
		{"and is found a little later", keysAgain, "", true, 4},
	}
	for _, step := range steps {
		now = now.Add(step.wait)
		if step.rotate != "" {
			keys.id.Store(step.rotate)
		}
		claims := maps.Clone(accessClaims(now))
		if err := verify(keys.sign(t, claims)); (err == nil) != step.trusted {
			t.Errorf("%s: error = %v, want trusted %v", step.name, err, step.trusted)
		}
		if got := keys.fetches.Load(); got != step.fetches {
			t.Errorf("%s: %d fetches, want %d", step.name, got, step.fetches)
		}
	}
}

func TestWithoutKeysTheAuthorizerFails(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"an error":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"no key set":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) },
		"no such path": http.NotFound,
	} {
		t.Run(name, func(t *testing.T) {
			keys := newIssuer(t)
			server := httptest.NewServer(answer)
			defer server.Close()
			token := keys.sign(t, accessClaims(start))
			keys.url = server.URL
			h := &handler{verifier: keys.verifier(atStart), log: slog.New(slog.DiscardHandler)}
			for _, r := range []request{
				{Type: "TOKEN", AuthorizationToken: token, MethodARN: "arn:aws:execute-api:r:1:a/s/GET/"},
				{Version: "2.0", Type: "REQUEST", IdentitySource: []string{token}},
			} {
				got, err := h.handle(t.Context(), r)
				if err == nil || errors.Is(err, errUnauthorized) {
					t.Errorf("answer = %v, %v, want a failure that is not Unauthorized", got, err)
				}
			}
		})
	}
}

func TestKeysURL(t *testing.T) {
	const path = "/.well-known/jwks.json"
	for name, row := range map[string]struct{ endpoint, want string }{
		"at the issuer":                     {"", testIssuer + path},
		"at another Cognito":                {"http://a:9", "http://a:9/us-east-1_Example01" + path},
		"a slash at the end does not count": {"http://a:9/", "http://a:9/us-east-1_Example01" + path},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keysURL(testIssuer, row.endpoint); got != row.want {
				t.Errorf("keysURL = %q, want %q", got, row.want)
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("Bearer a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	v := newVerifier(verifierOptions{
		Issuer: testIssuer, Audience: []string{testAudience}, Now: atStart, Keys: noKeys{},
	})
	f.Fuzz(func(t *testing.T, token string) {
		if who, err := v.verify(context.Background(), token); err == nil {
			t.Errorf("%q is trusted as %v", token, who)
		}
	})
}

type noKeys struct{}

func (noKeys) key(context.Context, string) (any, error) { return nil, errUnknownKey }
