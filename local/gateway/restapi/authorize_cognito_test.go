package restapi_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

const (
	poolARN    = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Ours"
	poolIssuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Ours"
	otherPool  = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"
	expired    = `{"message":"The incoming token has expired"}`
)

// poolKeys returns the key that all pools of the tests sign with; making one takes a while.
var poolKeys = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// pools knows the keys of every issuer, or fails.
type pools struct{ err error }

func (p pools) Keys(context.Context, string) (*jose.JSONWebKeySet, error) {
	return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: poolKeys().Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig",
	}}}, p.err
}

func segment(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// mint signs claims as Cognito does; header adds to, or takes the place of, its own.
func mint(claims map[string]any, header map[string]any) string {
	head := map[string]any{"kid": "k1", "alg": "RS256"}
	maps.Copy(head, header)
	return signRS256(segment(head) + "." + segment(claims))
}

func signRS256(signed string) string {
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, poolKeys(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func idClaims(now time.Time, more map[string]any) map[string]any {
	claims := map[string]any{
		"sub": "u-1", "iss": poolIssuer, "aud": "client-1", "token_use": "id",
		"iat": now.Unix(), "auth_time": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	maps.Copy(claims, more)
	return claims
}

// pool puts GET /mine behind the pool, with scopes or none.
func (w *world) pool(change func(*api.RESTAuthorizer), scopes ...string) time.Time {
	def := api.RESTAuthorizer{
		ID: "auth02", Name: "pool", Type: "COGNITO_USER_POOLS", ProviderARNs: []string{poolARN},
		IdentitySource: "method.request.header.Authorization", ResultTTL: 300,
	}
	if change != nil {
		change(&def)
	}
	w.def.Authorizers["auth02"] = def
	m := proxy()
	m.AuthorizationType, m.AuthorizerID = "COGNITO_USER_POOLS", "auth02"
	m.AuthorizationScopes = scopes
	w.method("/mine", "GET", m)
	w.pools = pools{}
	return w.clock.Now()
}

type claimsOf = map[string]any

// The rows are those of spec authorizers.md §7.
func TestCognitoOnTheWire(t *testing.T) {
	var (
		ok     = answer{200, "", "ok"}
		no     = answer{401, "UnauthorizedException", unauthorized}
		gone   = answer{401, "UnauthorizedException", expired}
		broken = answer{500, "AuthorizerConfigurationException", nullMessage}
	)
	reader := []string{"orders/write", "orders/read"}
	for _, r := range []struct {
		name   string
		scopes []string
		claims claimsOf // nil: the header is given
		header string   // %s is the token
		change func(*api.RESTAuthorizer)
		want   answer
	}{
		{name: "no token", header: "A: b", want: no},
		{name: "an empty token", header: "Authorization: ", want: no},
		{name: "no token after Bearer", header: "Authorization: Bearer ", want: no},
		{name: "what is no token", header: "Authorization: abc", want: no},
		{name: "three segments of nothing", header: "Authorization: a.b.c", want: no},
		{name: "an identity token", claims: claimsOf{}, want: ok},
		{name: "an identity token without Bearer", claims: claimsOf{}, header: "Authorization: %s", want: ok},
		{name: "a token that has expired", claims: claimsOf{"exp": 1589522469}, want: gone},
		{name: "a token without exp", claims: claimsOf{"exp": nil}, want: no},
		{name: "a token for later", claims: claimsOf{"nbf": 1589522500}, want: no},
		{name: "a token from the future", claims: claimsOf{"iat": 1589522500}, want: no},
		{name: "a token for another pool", claims: claimsOf{"iss": otherPool}, want: no},
		{name: "a pool of another host", claims: claimsOf{"iss": "https://evil.example/us-east-1_Ours"}, want: no},
		{name: "a second pool", claims: claimsOf{"iss": otherPool}, change: func(a *api.RESTAuthorizer) {
			a.ProviderARNs = append(a.ProviderARNs, strings.Replace(poolARN, "Ours", "Other", 1))
		}, want: ok},
		{name: "an access token where no scopes are asked for", claims: claimsOf{"token_use": "access"}, want: no},
		{name: "a token of no use", claims: claimsOf{"token_use": nil}, want: no},
		{name: "an identity token where scopes are asked for", scopes: reader, claims: claimsOf{}, want: no},
		{name: "an access token with one of the scopes", scopes: reader, claims: claimsOf{"token_use": "access", "scope": "openid orders/read"}, want: ok},
		{name: "an access token with other scopes", scopes: reader, claims: claimsOf{"token_use": "access", "scope": "orders/rea"}, want: no},
		{name: "an access token without scopes", scopes: reader, claims: claimsOf{"token_use": "access"}, want: no},
		{name: "an access token that has expired", scopes: reader, claims: claimsOf{"token_use": "access", "scope": "orders/read", "exp": 1589522469}, want: gone},
		{name: "an audience that the expression matches", claims: claimsOf{}, change: func(a *api.RESTAuthorizer) { a.IdentityValidation = "client-[0-9]" }, want: ok},
		{name: "an audience of which it matches a part", claims: claimsOf{}, change: func(a *api.RESTAuthorizer) { a.IdentityValidation = "client" }, want: no},
		{name: "an access token has no audience", scopes: reader, claims: claimsOf{"token_use": "access", "scope": "orders/read", "aud": nil}, change: func(a *api.RESTAuthorizer) { a.IdentityValidation = "client-1" }, want: no},
		{name: "another header is the source", claims: claimsOf{}, header: "X-Token: %s", change: func(a *api.RESTAuthorizer) { a.IdentitySource = "method.request.header.X-Token" }, want: ok},
		{name: "no pool", claims: claimsOf{}, change: func(a *api.RESTAuthorizer) { a.ProviderARNs = nil }, want: broken},
		{name: "what is no pool", claims: claimsOf{}, change: func(a *api.RESTAuthorizer) { a.ProviderARNs = []string{guardARN} }, want: broken},
		{name: "a source that is no header", claims: claimsOf{}, change: func(a *api.RESTAuthorizer) { a.IdentitySource = "method.request.querystring.t" }, want: broken},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			now := w.pool(r.change, r.scopes...)
			header := r.header
			if header == "" {
				header = "Authorization: Bearer %s"
			}
			header = strings.Replace(header, "%s", mint(idClaims(now, r.claims), nil), 1)
			called := 0
			if r.want == ok {
				called = 1
			}
			w.check(t, request("GET", "/dev/mine", header), r.want, called)
		})
	}
}

func TestCognitoRefusesForgedTokens(t *testing.T) {
	w := newWorld()
	claims := idClaims(w.pool(nil), nil)
	good := mint(claims, nil)
	parts := strings.Split(good, ".")
	admin := segment(idClaims(w.clock.Now(), claimsOf{"sub": "admin"}))
	twice := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(
		string(must(json.Marshal(claims))), `{`, `{"sub":"admin",`, 1)))
	for name, token := range map[string]string{
		"no signature":                parts[0] + "." + parts[1] + ".",
		"alg none":                    segment(claimsOf{"alg": "none", "kid": "k1"}) + "." + parts[1] + ".",
		"another signature algorithm": mint(claims, claimsOf{"alg": "RS512"}),
		"an HMAC":                     mint(claims, claimsOf{"alg": "HS256"}),
		"an unknown key":              mint(claims, claimsOf{"kid": "../../k1"}),
		"no key":                      mint(claims, claimsOf{"kid": nil}),
		"a key of its own":            mint(claims, claimsOf{"kid": "k2", "jwk": claimsOf{"kty": "RSA"}}),
		"changed claims":              parts[0] + "." + admin + "." + parts[2],
		"a claim that comes twice":    signRS256(parts[0] + "." + twice),
		"a fourth segment":            good + ".x",
		"padding":                     good + "=",
		"an oversized token":          mint(idClaims(w.clock.Now(), claimsOf{"x": strings.Repeat("x", 9000)}), nil),
	} {
		t.Run(name, func(t *testing.T) {
			status := w.get(t, "/dev/mine", "Authorization: Bearer "+token).Status
			if status != 401 && status != 431 || len(w.lambda.calls) != 0 {
				t.Errorf("got %d, %d calls", status, len(w.lambda.calls))
			}
		})
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

func TestCognitoWithoutKeys(t *testing.T) {
	w := newWorld()
	now := w.pool(nil)
	token := mint(idClaims(now, nil), nil)
	w.pools = pools{errors.New("unreachable")}
	want := answer{500, "AuthorizerConfigurationException", nullMessage}
	w.check(t, request("GET", "/dev/mine", "Authorization: "+token), want, 0)
	w.api, w.pools = nil, nil
	w.check(t, request("GET", "/dev/mine", "Authorization: "+token), want, 0)
}

func TestCognitoTokenExpiresWhileItIsKnown(t *testing.T) {
	w := newWorld()
	token := mint(idClaims(w.pool(nil), nil), nil)
	w.check(t, request("GET", "/dev/mine", "Authorization: "+token), answer{200, "", "ok"}, 1)
	w.clock.(*clock.Manual).Advance(time.Hour)
	w.check(t, request("GET", "/dev/mine", "Authorization: "+token), answer{401, "UnauthorizedException", expired}, 1)
}

// After the token, the resource policy alone decides, and must allow (spec authorizers.md §10).
func TestCognitoWithAResourcePolicy(t *testing.T) {
	opening := strings.Replace(byAnonymous, "admin/7", "mine", 1)
	for _, r := range []tableRow{{"", allows, "allow"}, {"", quiet, "implicit"}, {"", denies, "explicit"}} {
		t.Run("the resource policy "+r.resource, func(t *testing.T) {
			w := newWorld()
			token := mint(idClaims(w.pool(nil), nil), nil)
			w.def.Policy = json.RawMessage(strings.Replace(statementOf(r.resource, anyone), "admin/*", "mine", 1))
			w.check(t, request("GET", "/dev/mine"), answer{401, "UnauthorizedException", unauthorized}, 0)
			called := 0
			if r.want == "allow" {
				called = 1
			}
			w.check(t, request("GET", "/dev/mine", "Authorization: "+token), r.answer(opening), called)
		})
	}
}

// The values are as functions on AWS have been shown them: dates as Java prints them, items of lists
// with commas between them, objects as JSON.
func TestClaimsInTheEvent(t *testing.T) {
	w := newWorld()
	w.pool(nil)
	w.def.Stages[0].AccessLog = &api.AccessLog{DestinationARN: "log", Format: "$context.authorizer.claims.sub $context.authorizer.claims.exp"}
	w.clock = clock.NewManual(time.Unix(1513492200, 0))
	signed := segment(claimsOf{"kid": "k1", "alg": "RS256"}) + "." + base64.RawURLEncoding.EncodeToString([]byte(
		`{"sub":"940805d0","aud":"6an6jbhc8q","email_verified":true,"token_use":"id","auth_time":1513492092,`+
			`"iss":"`+poolIssuer+`","exp":1513495692,"iat":1513492092,"cognito:groups":["admin","ops"],`+
			`"identities":[{"userId":"1","primary": true},{"userId":"2"}],"custom:n":1.50,"nothing":null,"custom:o":{"a": [1]}}`))
	if got := w.get(t, "/dev/mine", "Authorization: "+signRS256(signed)); got.Status != 200 {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	const want = `"authorizer":{"claims":{"sub":"940805d0","aud":"6an6jbhc8q","email_verified":"true","token_use":"id",` +
		`"auth_time":"1513492092","iss":"` + poolIssuer + `","exp":"Sun Dec 17 07:28:12 UTC 2017",` +
		`"iat":"Sun Dec 17 06:28:12 UTC 2017","cognito:groups":"admin,ops",` +
		`"identities":"{\"userId\":\"1\",\"primary\":true},{\"userId\":\"2\"}","custom:n":"1.50","custom:o":"{\"a\":[1]}"}}`
	if event := string(w.lambda.last(t).Payload); !strings.Contains(event, want) {
		t.Errorf("got %s", event)
	}
	if diff := cmp.Diff([]string{"log 940805d0 Sun Dec 17 07:28:12 UTC 2017"}, w.lines); diff != "" {
		t.Errorf("the access log (-want +got):\n%s", diff)
	}
}
