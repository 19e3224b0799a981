package identity_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"portico/local/identity"
)

type fixed time.Time

func (f fixed) Now() time.Time { return time.Time(f) }

var (
	now  = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	pool = identity.UserPool{
		ID: "us-east-1_AbCdEfGhI", Name: "customers", Region: "us-east-1",
		ARN:    "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_AbCdEfGhI",
		Scopes: []string{"orders/read", "orders/write"},
		Domain: "customers-test",
		Clients: []identity.Client{
			{
				ID: "1example23456789", Name: "app", Scopes: []string{"orders/read", "orders/write"},
				Secret: "s3cret", OAuth: true, Flows: []string{identity.FlowMachine},
			},
		},
	}
)

const issuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI"

func provider(t *testing.T, dir string) *identity.Provider {
	t.Helper()
	p, err := identity.New(identity.Options{
		Pools: []identity.UserPool{pool}, Clock: fixed(now), StateDir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// claims verifies a token with the provider's keys, at a time, and returns what it says.
func claims(t *testing.T, p *identity.Provider, token string, at time.Time) (jwt.MapClaims, error) {
	t.Helper()
	keys, err := p.Keys(context.Background(), issuer)
	if err != nil {
		t.Fatal(err)
	}
	got := jwt.MapClaims{}
	_, err = jwt.ParseWithClaims(token, got, func(token *jwt.Token) (any, error) {
		return keys.Key(token.Header["kid"].(string))[0].Key, nil
	}, jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer(issuer), jwt.WithIssuedAt(),
		jwt.WithTimeFunc(func() time.Time { return at }))
	return got, err
}

func TestTokens(t *testing.T) {
	common := map[string]any{
		"iss": issuer, "iat": 1795341600.0, "auth_time": 1795341600.0, "exp": 1795345200.0,
	}
	tests := []struct {
		name    string
		request identity.TokenRequest
		want    map[string]any // besides the common claims and the ids
	}{
		{
			"an access token",
			identity.TokenRequest{
				Scopes: []string{"orders/read", "orders/write"}, Subject: "ada",
			},
			map[string]any{
				"sub": "ada", "token_use": "access", "client_id": "1example23456789", "version": 2.0,
				"username": "ada", "scope": "orders/read orders/write",
			},
		},
		{
			"an id token",
			identity.TokenRequest{
				Pool: "customers", Client: "app", Use: identity.ID, Subject: "ada",
				Claims: map[string]any{"custom:role": "admin", "email": "ada@x.org"},
			},
			map[string]any{
				"sub": "ada", "token_use": "id", "aud": "1example23456789", "cognito:username": "ada",
				"email": "ada@x.org", "email_verified": true, "custom:role": "admin",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := provider(t, "")
			token, err := p.Token(test.request)
			if err != nil {
				t.Fatal(err)
			}
			got, err := claims(t, p, token, now)
			if err != nil {
				t.Fatal(err)
			}
			for _, id := range []string{"jti", "origin_jti", "event_id"} {
				if got[id] == nil {
					t.Errorf("no claim %s", id)
				}
				delete(got, id)
			}
			for name, value := range common {
				test.want[name] = value
			}
			if diff := cmp.Diff(test.want, map[string]any(got)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestANegativeLifetimeHasExpired(t *testing.T) {
	p := provider(t, "")
	token, err := p.Token(identity.TokenRequest{Lifetime: -time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claims(t, p, token, now); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("error = %v, want one about expiry", err)
	}
	if _, err := claims(t, p, token, now.Add(-90*time.Minute)); err != nil {
		t.Errorf("before it expired: %v", err)
	}
}

func TestTokenRefuses(t *testing.T) {
	tests := []struct {
		name    string
		request identity.TokenRequest
		want    string
	}{
		{"an unknown pool", identity.TokenRequest{Pool: "x"}, pool.ID},
		{"an unknown client", identity.TokenRequest{Client: "x"}, "1example23456789"},
		{"an unknown use", identity.TokenRequest{Use: "refresh"}, "access and id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := provider(t, "").Token(test.request)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one that names %s", err, test.want)
			}
		})
	}
}

func TestKeysSurviveARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	token, err := provider(t, dir).Token(identity.TokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claims(t, provider(t, dir), token, now); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, error %v", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestABrokenKeyFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "user-pool-"+pool.ID+".pem")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := provider(t, dir).Token(identity.TokenRequest{})
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("error = %v, want one that names %s", err, file)
	}
}

func TestKeysOfAForeignIssuer(t *testing.T) {
	_, err := provider(t, "").Keys(context.Background(), "https://evil.example")
	if err == nil || !strings.Contains(err.Error(), issuer) {
		t.Errorf("error = %v, want one that names the issuers there are", err)
	}
}

func TestHandler(t *testing.T) {
	p := provider(t, "")
	server := httptest.NewServer(http.StripPrefix("/cognito", p.Handler()))
	defer server.Close()
	base := server.URL + "/cognito/" + pool.ID

	var discovery struct {
		Issuer, TokenEndpoint string
		JWKS                  string `json:"jwks_uri"`
		Token                 string `json:"token_endpoint"`
	}
	get(t, base+"/.well-known/openid-configuration", &discovery)
	if discovery.Issuer != issuer || discovery.JWKS != base+"/.well-known/jwks.json" {
		t.Errorf("discovery = %+v", discovery)
	}
	var keys jose.JSONWebKeySet
	get(t, discovery.JWKS, &keys)
	if len(keys.Keys) != 1 || !keys.Keys[0].IsPublic() || keys.Keys[0].Algorithm != "RS256" {
		t.Errorf("keys = %+v", keys)
	}
	other := server.URL + "/cognito/us-east-1_Other/.well-known/jwks.json"
	if status := get(t, other, nil); status != 404 {
		t.Errorf("the keys of another pool: %d", status)
	}
}

func get(t *testing.T, address string, into any) int {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode
}

func TestClientCredentials(t *testing.T) {
	form := func(pairs ...string) url.Values {
		values := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"1example23456789"},
			"client_secret": {"s3cret"},
		}
		for i := 0; i < len(pairs); i += 2 {
			values.Set(pairs[i], pairs[i+1])
		}
		return values
	}
	tests := []struct {
		name      string
		form      url.Values
		basic     string
		wantScope string
		wantError string
	}{
		{"a scope of the client", form("scope", "orders/read"), "", "orders/read", ""},
		{"no scope means all of the client's", form(), "", "orders/read orders/write", ""},
		{
			"the client in the Authorization header", form("client_id", "", "client_secret", ""),
			"1example23456789",
			"orders/read orders/write", "",
		},
		{"a scope the client may not have", form("scope", "admin"), "", "", "invalid_scope"},
		{"an unknown client", form("client_id", "x"), "", "", "invalid_client"},
		{"no client", form("client_id", ""), "", "", "invalid_client"},
		{"another secret", form("client_secret", "x"), "", "", "invalid_client"},
		{"no secret", form("client_secret", ""), "", "", "invalid_client"},
		{"no grant", form("grant_type", ""), "", "", "invalid_request"},
		{"another grant", form("grant_type", "password"), "", "", "unsupported_grant_type"},
	}
	p := provider(t, "")
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequest("POST", server.URL+"/"+pool.ID+"/oauth2/token",
				strings.NewReader(test.form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if test.basic != "" {
				r.SetBasicAuth(test.basic, "s3cret")
			}
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if test.wantError != "" {
				if want := `{"error":"` + test.wantError + `"}`; string(body) != want ||
					response.StatusCode != 400 {
					t.Errorf("answer %d %s, want 400 %s", response.StatusCode, body, want)
				}
				return
			}
			var granted struct {
				Token string `json:"access_token"`
			}
			if err := json.Unmarshal(body, &granted); err != nil {
				t.Fatal(err)
			}
			got, err := claims(t, p, granted.Token, now)
			if err != nil || got["scope"] != test.wantScope || got["sub"] != "1example23456789" ||
				got["username"] != nil {
				t.Errorf("claims %v, error %v", got, err)
			}
		})
	}
}
