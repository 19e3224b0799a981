package authorize_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

const jwtIssuer = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"

// jwtKeys are made once: a 2,048 bit key takes its time.
var jwtKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

// issuer is a key source whose answer tests change.
type issuer struct {
	mu    sync.Mutex
	set   jose.JSONWebKeySet
	err   error
	asked atomic.Int64
	wait  chan struct{}
}

func (i *issuer) Keys(context.Context, string) (*jose.JSONWebKeySet, error) {
	i.asked.Add(1)
	if i.wait != nil {
		<-i.wait
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	set := i.set
	return &set, i.err
}

func (i *issuer) publish(ids ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.set.Keys = nil
	for n, id := range ids {
		i.set.Keys = append(i.set.Keys, jose.JSONWebKey{
			Key: &jwtKeys()[n].PublicKey, KeyID: id, Algorithm: "RS256", Use: "sig",
		})
	}
}

type jwtSetup struct {
	clock  *clock.Manual
	issuer *issuer
	jwt    *authorize.JWT
}

func newJWT(t testing.TB, sources ...string) *jwtSetup {
	t.Helper()
	if len(sources) == 0 {
		sources = []string{"$request.header.Authorization"}
	}
	s := &jwtSetup{
		clock:  clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		issuer: &issuer{},
	}
	s.issuer.publish("k1")
	var err error
	s.jwt, err = authorize.NewJWT(api.V2Authorizer{
		Name: "pool", Type: "JWT", IdentitySource: sources, Issuer: jwtIssuer,
		Audience: []string{"client", "other"},
	}, authorize.NewKeyCache(s.issuer, s.clock), s.clock)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *jwtSetup) claims(change ...jwt.MapClaims) jwt.MapClaims {
	now := s.clock.Now().Unix()
	claims := jwt.MapClaims{
		"iss": jwtIssuer, "aud": "client", "sub": "u-1", "exp": now + 60, "iat": now - 5,
	}
	for _, c := range change {
		maps.Copy(claims, c)
	}
	for name, value := range claims {
		if value == "absent" {
			delete(claims, name)
		}
	}
	return claims
}

func sign(t testing.TB, method jwt.SigningMethod, id string, key any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if id != "" {
		token.Header["kid"] = id
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (s *jwtSetup) token(t testing.TB, change ...jwt.MapClaims) string {
	t.Helper()
	return sign(t, jwt.SigningMethodRS256, "k1", jwtKeys()[0], s.claims(change...))
}

func bearing(token string) *exchange.Request {
	return &exchange.Request{
		Header: exchange.Header{{Name: "authorization", Value: "Bearer " + token}},
	}
}

func (s *jwtSetup) ask(r *exchange.Request, scopes ...string) (*authorize.JWTIdentity, error) {
	return s.jwt.Authorize(context.Background(), r, scopes)
}

// verdict is what a client sees of an answer: "" when the token is good.
func verdict(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var denied *authorize.JWTDenied
	if !errors.As(err, &denied) {
		t.Fatalf("%v is no denial", err)
	}
	if denied.Reason == "" {
		t.Error("a denial has no reason")
	}
	status := map[int]string{401: "401 ", 403: "403 "}[denied.Status]
	return status + denied.Challenge
}

func invalid(description string) string {
	return `401 Bearer scope="" error="invalid_token" error_description="` + description + `"`
}

func TestJWTIdentitySources(t *testing.T) {
	s := newJWT(t, "$request.header.X-Token", "$request.querystring.token")
	good := s.token(t)
	header := func(value string) *exchange.Request {
		return &exchange.Request{Header: exchange.Header{{Name: "x-token", Value: value}}}
	}
	rows := []struct {
		name    string
		request *exchange.Request
		want    string
	}{
		{"a bare token", header(good), ""},
		{"after Bearer", header("Bearer " + good), ""},
		{"after bearer in any case", header("bEARER  " + good), ""},
		{"in the query string", &exchange.Request{RawQuery: "a=1&token=" + good}, ""},
		{"the second source when the first is empty", &exchange.Request{
			RawQuery: "token=" + good, Header: exchange.Header{{Name: "X-Token", Value: ""}},
		}, ""},
		{"none", &exchange.Request{}, "401 Bearer"},
		{"an empty header", header(""), "401 Bearer"},
		{"a scheme without a token", header("Bearer "), "401 Bearer"},
		{
			"another scheme",
			header("Basic YTpi"),
			invalid("token contains an invalid number of segments"),
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := s.ask(r.request)
			if diff := cmp.Diff(r.want, verdict(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestJWTChecks(t *testing.T) {
	s := newJWT(t)
	now := s.clock.Now().Unix()
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`)) + ".e30."
	odd := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"x\"y"}`)) + ".e30.eA"
	with := func(name string, value any) string { return s.token(t, jwt.MapClaims{name: value}) }
	tampered := s.token(t)
	tampered = tampered[:len(tampered)-8] + "AAAAAAAA"
	rows := []struct{ name, token, want string }{
		{"a good token", s.token(t), ""},
		{"two segments", "a.b", invalid("token contains an invalid number of segments")},
		{"a header that is no base64", "*.e30.x", invalid("could not base64 decode header")},
		{"no algorithm", none, invalid("signing method none is invalid")},
		{"a quote in the algorithm", odd, invalid("signing method xy is invalid")},
		{
			"HS256",
			sign(t, jwt.SigningMethodHS256, "k1", []byte("secret"), s.claims()),
			invalid("signing method HS256 is invalid"),
		},
		{
			"PS256",
			sign(t, jwt.SigningMethodPS256, "k1", jwtKeys()[0], s.claims()),
			invalid("signing method PS256 is invalid"),
		},
		{
			"no key id",
			sign(t, jwt.SigningMethodRS256, "", jwtKeys()[0], s.claims()),
			invalid("unable to verify signature"),
		},
		{
			"an unknown key id",
			sign(t, jwt.SigningMethodRS256, "k9", jwtKeys()[0], s.claims()),
			invalid("unable to verify signature"),
		},
		{
			"another algorithm than the key's",
			sign(t, jwt.SigningMethodRS512, "k1", jwtKeys()[0], s.claims()),
			invalid("unable to verify signature"),
		},
		{
			"another key's signature",
			sign(t, jwt.SigningMethodRS256, "k1", jwtKeys()[1], s.claims()),
			invalid("unable to verify signature"),
		},
		{"a changed signature", tampered, invalid("unable to verify signature")},
		{
			"another issuer",
			with("iss", jwtIssuer+"/"),
			invalid("the token does not have a valid issuer"),
		},
		{
			"another audience",
			with("aud", "stranger"),
			invalid("the token does not have a valid audience"),
		},
		{"an audience list with one that fits", with("aud", []string{"x", "other"}), ""},
		{
			"client_id without aud",
			s.token(t, jwt.MapClaims{"aud": "absent", "client_id": "client"}),
			"",
		},
		{
			"client_id does not help a wrong aud",
			s.token(t, jwt.MapClaims{"aud": "x", "client_id": "client"}),
			invalid("the token does not have a valid audience"),
		},
		{
			"neither aud nor client_id",
			with("aud", "absent"),
			invalid("the token does not have a valid audience"),
		},
		{"expired", with("exp", now), invalid("the token has expired")},
		{"a second before it expires", with("exp", now+1), ""},
		{"no exp", with("exp", "absent"), invalid("the token has expired")},
		{"exp is no number", with("exp", "soon"), invalid("the token has an invalid exp claim")},
		{"nbf ahead", with("nbf", now+1), invalid("the token is not valid yet")},
		{"nbf now", with("nbf", now), ""},
		{"iat ahead", with("iat", now+1), invalid("the token was issued in the future")},
		{
			"the issuer is checked before the audience",
			s.token(t, jwt.MapClaims{"iss": "x", "aud": "x"}),
			invalid("the token does not have a valid issuer"),
		},
		{
			"the audience is checked before the times",
			s.token(t, jwt.MapClaims{"aud": "x", "exp": 1}),
			invalid("the token does not have a valid audience"),
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			for _, again := range []string{"first", "second"} {
				_, err := s.ask(bearing(r.token))
				if diff := cmp.Diff(r.want, verdict(t, err)); diff != "" {
					t.Errorf("%s time (-want +got):\n%s", again, diff)
				}
			}
		})
	}
}

func TestJWTScopes(t *testing.T) {
	s := newJWT(t)
	const refused = `403 Bearer scope="orders/read orders/write" error="insufficient_scope" ` +
		`error_description="the token does not have a valid scope"`
	rows := []struct {
		name   string
		claims jwt.MapClaims
		want   string
		scopes []string
	}{
		{"one of them", jwt.MapClaims{"scope": "a orders/write b"}, "", []string{"orders/write"}},
		{
			"both",
			jwt.MapClaims{"scope": "orders/read orders/write"},
			"",
			[]string{"orders/read", "orders/write"},
		},
		{"in scp as text", jwt.MapClaims{"scp": "orders/read"}, "", []string{"orders/read"}},
		{
			"in scp as list",
			jwt.MapClaims{"scp": []string{"orders/read"}},
			"",
			[]string{"orders/read"},
		},
		{"none of them", jwt.MapClaims{"scope": "orders/rea"}, refused, nil},
		{"no scope at all", jwt.MapClaims{}, refused, nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			identity, err := s.ask(bearing(s.token(t, r.claims)), "orders/read", "orders/write")
			if diff := cmp.Diff(r.want, verdict(t, err)); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if err == nil && !cmp.Equal(r.scopes, identity.Scopes) {
				t.Errorf("got scopes %q, want %q", identity.Scopes, r.scopes)
			}
		})
	}
	identity, err := s.ask(bearing(s.token(t, jwt.MapClaims{"scope": "a"})))
	if err != nil || identity.Scopes != nil {
		t.Errorf("a route without scopes: got %v, %v, want no scopes", identity, err)
	}
	_, err = s.ask(bearing(s.token(t, jwt.MapClaims{"exp": 1})), "a", "b")
	want := `401 Bearer scope="a b" error="invalid_token" error_description="the token has expired"`
	if got := verdict(t, err); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Forms as captured from HTTP APIs: lists in brackets, nothing for null, JSON for objects.
func TestJWTClaimsAreText(t *testing.T) {
	s := newJWT(t)
	identity, err := s.ask(bearing(s.token(t, jwt.MapClaims{
		"cognito:groups": []string{"admin", "users"}, "email_verified": true, "n": 1.5,
		"none": nil, "address": map[string]any{"b": "<&>", "a": []int{1}}, "exp": 1767326705,
		"iat": 1767322000,
	})))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":"{\"a\":[1],\"b\":\"<&>\"}","aud":"client","cognito:groups":"[admin users]",` +
		`"email_verified":"true","exp":"1767326705","iat":"1767322000","iss":"` + jwtIssuer +
		`","n":"1.5","sub":"u-1"}`
	if diff := cmp.Diff(want, string(identity.ClaimsJSON)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if identity.Claims["cognito:groups"] != "[admin users]" {
		t.Errorf("got %q", identity.Claims["cognito:groups"])
	}
}

func TestJWTKeys(t *testing.T) {
	s := newJWT(t)
	check := func(what, token, want string, asked int64) {
		t.Helper()
		_, err := s.ask(bearing(token))
		if got := verdict(t, err); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
		if got := s.issuer.asked.Load(); got != asked {
			t.Errorf("%s: the issuer was asked %d times, want %d", what, got, asked)
		}
	}
	long := jwt.MapClaims{"exp": s.clock.Now().Add(24 * time.Hour).Unix()}
	first := s.token(t, long)
	second := sign(t, jwt.SigningMethodRS256, "k2", jwtKeys()[1], s.claims(long))
	check("the first call asks", first, "", 1)
	check("the second does not", first, "", 1)
	check("an unknown key asks again", second, invalid("unable to verify signature"), 2)
	check("but not at once", second, invalid("unable to verify signature"), 2)
	s.issuer.publish("k1", "k2")
	s.clock.Advance(9 * time.Second)
	check("not within ten seconds", second, invalid("unable to verify signature"), 2)
	s.clock.Advance(time.Second)
	check("a rotated key is found later", second, "", 3)
	check("the old key still counts", first, "", 3)
	s.clock.Advance(2*time.Hour - time.Second)
	check("keys live for two hours", first, "", 3)
	s.issuer.publish("other")
	s.clock.Advance(time.Second)
	check(
		"a withdrawn key ends tokens seen before",
		first,
		invalid("unable to verify signature"),
		4,
	)
	s.clock.Advance(2 * time.Hour)
	s.issuer.err = errors.New("connection refused")
	check("an issuer out of reach denies", first, invalid("JWKS communication error"), 5)
	check("also the next time", first, invalid("JWKS communication error"), 6)
	s.issuer.err = nil
	s.issuer.publish("k1")
	check("until it answers", first, "", 7)
}

func TestCallsThatComeTogetherAskForKeysOnce(t *testing.T) {
	jwtKeys()
	synctest.Test(t, func(t *testing.T) {
		s := newJWT(t)
		s.issuer.wait = make(chan struct{})
		token := s.token(t)
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				if _, err := s.ask(bearing(token)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		close(s.issuer.wait)
		group.Wait()
		if asked := s.issuer.asked.Load(); asked != 1 {
			t.Errorf("the issuer was asked %d times, want once", asked)
		}
	})
}

func TestNewJWTRefuses(t *testing.T) {
	rows := []struct {
		name string
		def  api.V2Authorizer
		want string
	}{
		{"no issuer", api.V2Authorizer{Name: "a"}, `authorizer "a": the issuer is empty`},
		{
			"no audience",
			api.V2Authorizer{Name: "a", Issuer: "i"},
			`authorizer "a": the audience is empty`,
		},
		{
			"no source",
			api.V2Authorizer{Name: "a", Issuer: "i", Audience: []string{"x"}},
			`authorizer "a": there is no identity source`,
		},
		{"a source of another kind", api.V2Authorizer{
			Name: "a", Issuer: "i", Audience: []string{"x"}, IdentitySource: []string{"$context.stage"},
		}, `authorizer "a": identity source "$context.stage": allowed are $request.header.NAME ` +
			`and $request.querystring.NAME`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := authorize.NewJWT(r.def, nil, clock.System{})
			if err == nil || err.Error() != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}

func FuzzJWT(f *testing.F) {
	s := newJWT(f)
	good := s.token(f)
	f.Add(good)
	f.Add("a.b.c")
	f.Add(strings.Replace(good, ".", "..", 1))
	f.Fuzz(func(t *testing.T, text string) {
		_, err := s.ask(bearing(text))
		if err == nil && strings.TrimSpace(text) != good && !strings.Contains(text, good) {
			t.Errorf("%q passed", text)
		}
		if got := verdict(t, err); strings.ContainsAny(got, "\r\n") {
			t.Errorf("the challenge breaks the header: %q", got)
		}
	})
}

func BenchmarkJWT(b *testing.B) {
	s := newJWT(b)
	r := bearing(s.token(b, jwt.MapClaims{"scope": "orders/read"}))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.ask(r, "orders/read"); err != nil {
			b.Fatal(err)
		}
	}
}
