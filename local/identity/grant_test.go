package identity_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"portico/local/identity"
)

// says returns the claims of a token that must hold, without the ids that differ in each.
func (d *domain) says(t *testing.T, token string) map[string]any {
	t.Helper()
	got, err := claims(t, d.Provider, token, d.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"jti", "origin_jti", "event_id", "at_hash"} {
		if text, _ := got[id].(string); text == "" && (id != "at_hash" || got["token_use"] == "id") {
			t.Errorf("no claim %s", id)
		}
		delete(got, id)
	}
	return got
}

func TestAPersonSignsIn(t *testing.T) {
	d := serveDomain(t)
	back := d.signIn(t, asks(), "username", "ada", "group", "admins", "group", "staff",
		"claims", "customer=c-1\ncustom:tier = gold\r\n")
	if got := back.Scheme + "://" + back.Host + back.Path; got != callback || back.Query().Get("state") != "s t&a=te" {
		t.Fatalf("sent to %s", back)
	}
	got := d.tokens(t, redeems(back.Query().Get("code")))
	if got.Expires != 600 || got.Type != "Bearer" || got.Refresh == "" {
		t.Errorf("granted %+v", got)
	}
	access, id := d.says(t, got.Access), d.says(t, got.ID)
	sub := access["sub"]
	groups := []any{"admins", "staff"}
	if diff := cmp.Diff(map[string]any{
		"sub": sub, "iss": issuer, "client_id": webClient, "token_use": "access", "version": 2.0,
		"scope": "openid email orders/read", "username": "ada", "cognito:groups": groups,
		"auth_time": 1795341600.0, "iat": 1795341600.0, "exp": 1795342200.0, "customer": "c-1",
	}, access); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{
		"sub": sub, "iss": issuer, "aud": webClient, "token_use": "id", "cognito:username": "ada",
		"cognito:groups": groups, "cognito:roles": []any{
			"arn:aws:iam::123456789012:role/admins", "arn:aws:iam::123456789012:role/staff",
		},
		"cognito:preferred_role": "arn:aws:iam::123456789012:role/admins", "nonce": "n-1",
		"email": "ada@example.com", "email_verified": true, "customer": "c-1",
		"auth_time": 1795341600.0, "iat": 1795341600.0, "exp": 1795342800.0,
	}, id); diff != "" {
		t.Errorf("ID token (-want +got):\n%s", diff) // custom:tier needs more than openid and email
	}
}

func TestAUserOfTheTemplateSignsIn(t *testing.T) {
	d := serveDomain(t)
	query := url.Values{"client_id": {appClient}, "response_type": {"code"}, "scope": {"openid profile"}}
	back := d.signIn(t, query, "username", "grace")
	if back.Query().Get("tenant") != "1" || back.Query().Has("state") {
		t.Fatalf("sent to %s", back)
	}
	got := d.tokens(t, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {appClient}, "client_secret": {"s3cret"},
		"redirect_uri": {"https://app.example/in?tenant=1"}, "code": {back.Query().Get("code")},
	})
	id := d.says(t, got.ID)
	if id["email"] != "grace@navy.example" || id["name"] != "Grace" ||
		cmp.Diff(id["cognito:groups"], []any{"staff"}) != "" || got.Expires != 3600 {
		t.Errorf("ID token %v, granted %+v", id, got)
	}
}

func TestPeopleWhoSignInWithTheirEmailAreNamedByCognito(t *testing.T) {
	p := peoplePool()
	p.SignInWith = []string{"email"}
	d := serveDomain(t, p)
	if page := d.get(t, "/login", asks()); !strings.Contains(page.body, `<label for="username">Email</label>`) {
		t.Errorf("page = %s", page.body)
	}
	got := d.tokens(t, redeems(d.signIn(t, asks(), "username", "ada@x.example").Query().Get("code")))
	id := d.says(t, got.ID)
	if id["email"] != "ada@x.example" || id["cognito:username"] != id["sub"] {
		t.Errorf("ID token = %v", id)
	}
}

func TestTokensInTheAddress(t *testing.T) {
	d := serveDomain(t)
	back := d.signIn(t, asks("response_type", "token"), "username", "ada")
	got, err := url.ParseQuery(back.EscapedFragment())
	if err != nil || got.Get("expires_in") != "600" || got.Get("state") != "s t&a=te" || got.Has("refresh_token") {
		t.Errorf("fragment %q, error %v", back.Fragment, err)
	}
	if d.says(t, got.Get("access_token"))["token_use"] != "access" || d.says(t, got.Get("id_token"))["nonce"] != "n-1" {
		t.Errorf("fragment %q", back.Fragment)
	}
}

func TestCodesAreRefused(t *testing.T) {
	tests := []struct {
		name    string
		asked   url.Values
		changes []string
		wait    time.Duration
		want    string
	}{
		{"no code", asks(), []string{"code", ""}, 0, "invalid_request"},
		{"another code", asks(), []string{"code", "x"}, 0, "invalid_grant"},
		{"after five minutes", asks(), nil, 5 * time.Minute, "invalid_grant"},
		{"no address", asks(), []string{"redirect_uri", ""}, 0, "invalid_request"},
		{"an address of nobody", asks(), []string{"redirect_uri", "https://evil.example"}, 0, "unauthorized_client"},
		{"another address of the client", asks(), []string{"redirect_uri", "myapp://in"}, 0, "invalid_grant"},
		{"no verifier", asks(), []string{"code_verifier", ""}, 0, "invalid_grant"},
		{"another verifier", asks(), []string{"code_verifier", strings.Repeat("x", 43)}, 0, "invalid_grant"},
		{"the challenge for a verifier", asks(), []string{"code_verifier", challenge}, 0, "invalid_grant"},
		{
			"a verifier where there was no challenge", asks("code_challenge", "", "code_challenge_method", ""), nil,
			0, "invalid_grant",
		},
		{"no client", asks(), []string{"client_id", ""}, 0, "invalid_client"},
		{
			"another client", asks(),
			[]string{"client_id", appClient, "client_secret", "s3cret"},
			0,
			"invalid_grant",
		},
		{"a secret of a client without one", asks(), []string{"client_secret", "x"}, 0, "invalid_client"},
		{"another grant", asks(), []string{"grant_type", "password"}, 0, "unsupported_grant_type"},
		{"the grant of machines", asks(), []string{"grant_type", "client_credentials"}, 0, "unauthorized_client"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := serveDomain(t)
			code := d.signIn(t, test.asked, "username", "ada").Query().Get("code")
			d.clock.move(test.wait)
			d.post(t, "/oauth2/token", redeems(code, test.changes...)).refuses(t, 400, test.want)
		})
	}
}

func TestACodeIsForOneUse(t *testing.T) {
	d := serveDomain(t)
	code := d.signIn(t, asks(), "username", "ada").Query().Get("code")
	d.tokens(t, redeems(code))
	d.post(t, "/oauth2/token", redeems(code)).refuses(t, 400, "invalid_grant")

	code = d.signIn(t, asks(), "username", "ada").Query().Get("code")
	d.post(t, "/oauth2/token", redeems(code, "code_verifier", "")).refuses(t, 400, "invalid_grant")
	d.post(t, "/oauth2/token", redeems(code)).refuses(t, 400, "invalid_grant")
}

func TestOnlyFormsAreRead(t *testing.T) {
	d := serveDomain(t)
	d.post(t, "/oauth2/token", redeems("x"), "Content-Type", "application/json").refuses(t, 400, "invalid_request")
	twice := redeems("x")
	twice.Add("code", "y")
	d.post(t, "/oauth2/token", twice).refuses(t, 400, "invalid_request")
	big := redeems("x", "padding", strings.Repeat("x", 65<<10))
	d.post(t, "/oauth2/token", big).refuses(t, 400, "invalid_request")
}

func renews(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {webClient}, "refresh_token": {token}}
}

func TestRefreshTokens(t *testing.T) {
	d := serveDomain(t)
	first := d.tokens(t, redeems(d.signIn(t, asks(), "username", "ada").Query().Get("code")))
	d.clock.move(time.Hour)
	again := d.tokens(t, renews(first.Refresh))
	if again.Refresh != "" {
		t.Error("without rotation there was a new refresh token")
	}
	access, id := d.says(t, again.Access), d.says(t, again.ID)
	if access["auth_time"] != 1795341600.0 || access["iat"] != 1795345200.0 || id["nonce"] != nil {
		t.Errorf("access token %v, ID token %v", access, id)
	}
	d.post(t, "/oauth2/token", renews("")).refuses(t, 400, "invalid_request")
	d.post(t, "/oauth2/token", renews(again.Access)).refuses(t, 400, "invalid_grant")
	d.post(t, "/oauth2/token", renews(first.Refresh[:len(first.Refresh)-4]+"AAAA")).refuses(t, 400, "invalid_grant")
	other := changed(renews(first.Refresh), "client_id", appClient, "client_secret", "s3cret")
	d.post(t, "/oauth2/token", other).refuses(t, 400, "invalid_grant")
	d.clock.move(time.Hour)
	d.post(t, "/oauth2/token", renews(first.Refresh)).refuses(t, 400, "invalid_grant")
}

func TestARefreshTokenIsNoTokenForAPIs(t *testing.T) {
	d := serveDomain(t)
	got := d.tokens(t, redeems(d.signIn(t, asks(), "username", "ada").Query().Get("code")))
	if parts := strings.Split(got.Refresh, "."); len(parts) != 5 {
		t.Fatalf("the refresh token has %d parts, want the 5 of an encrypted one", len(parts))
	}
	if _, _, err := jwt.NewParser().ParseUnverified(got.Refresh, jwt.MapClaims{}); err == nil {
		t.Error("the refresh token reads as a signed token")
	}
	if strings.Contains(got.Refresh, "ada") {
		t.Error("the refresh token shows who signed in")
	}
}

func TestRefreshTokensSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	restart := func() *domain {
		d := serveDomain(t)
		var err error
		d.Provider, err = identity.New(identity.Options{
			Pools: []identity.UserPool{peoplePool()}, Clock: d.clock, StateDir: dir,
		})
		if err != nil {
			t.Fatal(err)
		}
		server := newServer(t, d.Handler())
		d.base = server + "/" + pool.ID
		return d
	}
	d := restart()
	got := d.tokens(t, redeems(d.signIn(t, asks(), "username", "ada").Query().Get("code")))
	if d = restart(); d.says(t, d.tokens(t, renews(got.Refresh)).Access)["username"] != "ada" {
		t.Error("another user")
	}
}

func TestAReloadKeepsWhoIsSigningIn(t *testing.T) {
	d := serveDomain(t)
	code := d.signIn(t, asks(), "username", "ada").Query().Get("code")
	dir := t.TempDir()
	next, err := identity.New(identity.Options{
		Pools: []identity.UserPool{peoplePool()}, Clock: d.clock, StateDir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	next.Adopt(d.Provider)
	d.base = newServer(t, next.Handler()) + "/" + pool.ID
	d.tokens(t, redeems(code))
}

func TestRotation(t *testing.T) {
	d := serveDomain(t)
	query := url.Values{"client_id": {appClient}, "response_type": {"code"}, "scope": {"openid"}}
	app := func(form url.Values) url.Values {
		return changed(form, "client_id", appClient, "client_secret", "s3cret",
			"redirect_uri", "https://app.example/in?tenant=1", "code_verifier", "")
	}
	first := d.tokens(t, app(redeems(d.signIn(t, query, "username", "ada").Query().Get("code"))))
	second := d.tokens(t, app(renews(first.Refresh)))
	if second.Refresh == "" || second.Refresh == first.Refresh {
		t.Fatal("there is no new refresh token")
	}
	d.clock.move(29 * time.Second)
	d.tokens(t, app(renews(first.Refresh))) // a retry within the grace period
	d.clock.move(time.Second)
	d.post(t, "/oauth2/token", app(renews(first.Refresh))).refuses(t, 400, "invalid_grant")
	third := d.tokens(t, app(renews(second.Refresh)))
	d.clock.move(30*24*time.Hour - 30*time.Second) // a new one lives no longer than the first
	d.post(t, "/oauth2/token", app(renews(third.Refresh))).refuses(t, 400, "invalid_grant")
}

func TestRevocation(t *testing.T) {
	d := serveDomain(t)
	got := d.tokens(t, redeems(d.signIn(t, asks(), "username", "ada").Query().Get("code")))
	revokes := func(changes ...string) reply {
		return d.post(t, "/oauth2/revoke", changed(url.Values{"client_id": {webClient}, "token": {got.Refresh}},
			changes...))
	}
	revokes("client_id", "x").refuses(t, 401, "invalid_client")
	revokes("token", "").refuses(t, 400, "invalid_request")
	revokes("token", got.Access).refuses(t, 400, "unsupported_token_type")
	if gone := revokes("token", "x"); gone.status != 200 || gone.body != "" {
		t.Errorf("a token of nobody: %d %s", gone.status, gone.body)
	}
	revokes("client_id", appClient, "client_secret", "s3cret") // another client's token stays
	if status := d.info(t, got.Access).status; status != 200 {
		t.Fatalf("userInfo before the revocation: %d", status)
	}
	if done := revokes(); done.status != 200 || done.body != "" {
		t.Errorf("revoking: %d %s", done.status, done.body)
	}
	d.post(t, "/oauth2/token", renews(got.Refresh)).refuses(t, 400, "invalid_grant")
	if status := d.info(t, got.Access).status; status != 401 {
		t.Errorf("userInfo after the revocation: %d", status)
	}
}

func (d *domain) info(t *testing.T, token string) reply {
	t.Helper()
	r, err := http.NewRequest("GET", d.base+"/oauth2/userInfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return d.send(t, r)
}

func TestUserInfo(t *testing.T) {
	d := serveDomain(t)
	got := d.tokens(t, redeems(d.signIn(t, asks("scope", "openid"), "username", "ada",
		"claims", "custom:tier=gold").Query().Get("code")))
	var info map[string]string
	if err := json.Unmarshal([]byte(d.info(t, got.Access).body), &info); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"sub": info["sub"], "username": "ada", "email": "ada@example.com", "email_verified": "true",
		"custom:tier": "gold",
	}, info); diff != "" || info["sub"] == "" {
		t.Errorf("userInfo (-want +got):\n%s", diff)
	}
	narrow := d.tokens(t, redeems(d.signIn(t, asks("scope", "orders/read"), "username", "ada").Query().Get("code")))
	if narrow.ID != "" {
		t.Error("there is an ID token without the scope openid")
	}
	const gone = `error="invalid_token", error_description="Access token is expired, disabled, or ` +
		`deleted, or the user has globally signed out."`
	d.clock.move(time.Minute)
	tests := []struct {
		name, token string
		wait        time.Duration
		status      int
		want        string
	}{
		{
			"no token", "", 0, 400,
			`error="invalid_request", error_description="Bad OAuth2 request at UserInfo Endpoint"`,
		},
		{"what is no token", "x", 0, 401, gone},
		{"an ID token", got.ID, 0, 401, gone},
		{"a refresh token", got.Refresh, 0, 401, gone},
		{
			"a token without openid", narrow.Access, 0, 401,
			`error="invalid_token", error_description="Access token does not contain openid scope"`,
		},
		{"a token that has expired", got.Access, 10 * time.Minute, 401, gone},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d.clock.move(test.wait)
			got := d.info(t, test.token)
			if got.status != test.status || got.header.Get("Www-Authenticate") != test.want {
				t.Errorf("answered %d %s", got.status, got.header)
			}
		})
	}
}

func TestPagesElsewhereMayCall(t *testing.T) {
	d := serveDomain(t)
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"} {
		r, err := http.NewRequest("OPTIONS", d.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := d.send(t, r)
		if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "*" ||
			got.header.Get("Access-Control-Allow-Headers") != "authorization,content-type" {
			t.Errorf("preflight of %s: %d %v", path, got.status, got.header)
		}
	}
	for name, got := range map[string]reply{
		"a refusal":              d.post(t, "/oauth2/token", redeems("x"), "Origin", "http://localhost:5173"),
		"userInfo":               d.info(t, "x"),
		"the key set":            d.get(t, "/.well-known/jwks.json", nil),
		"the discovery document": d.get(t, "/.well-known/openid-configuration", nil),
	} {
		if got.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", name, got.header)
		}
		if got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s lets cookies along", name)
		}
	}
}
