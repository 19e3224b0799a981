package authorize_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// forge signs any header and claims, as the issuer would if it could be made to.
func forge(t *testing.T, key *rsa.PrivateKey, header, claims string) string {
	t.Helper()
	input := segment(header) + "." + segment(claims)
	signature, err := jwt.SigningMethodRS256.Sign(input, key)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

const plainHeader = `{"alg":"RS256","kid":"k1"}`

// goodClaims are claims that pass, with more after them.
func goodClaims(more string) string {
	return `{"iss":"` + jwtIssuer + `","aud":"client","exp":1767323105` + more + `}`
}

// publicPEM is the issuer's key as everybody can have it.
func publicPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&jwtKeys()[0].PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func TestForgedSignaturesFail(t *testing.T) {
	s := newJWT(t)
	ours, theirs := jwtKeys()[0], jwtKeys()[1]
	unverified := invalid("unable to verify signature")
	good := forge(t, ours, plainHeader, goodClaims(""))
	last := strings.LastIndexByte(good, '.')
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := `"jwk":{"kty":"RSA","e":"AQAB","n":"` +
		base64.RawURLEncoding.EncodeToString(theirs.N.Bytes()) + `"}`
	hmacOf := func(secret []byte) string {
		return sign(t, jwt.SigningMethodHS256, "k1", secret, s.claims())
	}
	rows := []struct{ name, token, want string }{
		{"none of them: a good token", good, ""},
		{
			"alg none", segment(`{"alg":"none","kid":"k1"}`) + good[strings.IndexByte(good, '.'):],
			invalid("signing method none is invalid"),
		},
		{
			"alg nOnE", segment(`{"alg":"nOnE","kid":"k1"}`) + good[strings.IndexByte(good, '.'):],
			invalid("signing method nOnE is invalid"),
		},
		{
			"no alg", segment(`{"kid":"k1"}`) + good[strings.IndexByte(good, '.'):],
			invalid("signing method  is invalid"),
		},
		{
			"alg is a list", segment(`{"alg":["RS256"],"kid":"k1"}`) + good[strings.IndexByte(good, '.'):],
			invalid("signing method  is invalid"),
		},
		{"HMAC with the public key", hmacOf(publicPEM(t)), invalid("signing method HS256 is invalid")},
		{"HMAC with the modulus", hmacOf(ours.N.Bytes()), invalid("signing method HS256 is invalid")},
		{"signature stripped", good[:last+1], unverified},
		{
			"signature and dot stripped", good[:last],
			invalid("token contains an invalid number of segments"),
		},
		{
			"ECDSA", sign(t, jwt.SigningMethodES256, "k1", curve, s.claims()),
			invalid("signing method ES256 is invalid"),
		},
		{
			"PSS", sign(t, jwt.SigningMethodPS256, "k1", ours, s.claims()),
			invalid("signing method PS256 is invalid"),
		},
		{
			"jwk in the header",
			forge(t, theirs, `{"alg":"RS256","kid":"k1",`+jwk+`}`, goodClaims("")), unverified,
		},
		{
			"jku in the header",
			forge(t, theirs, `{"alg":"RS256","kid":"evil","jku":"http://127.0.0.1/k"}`, goodClaims("")),
			unverified,
		},
		{
			"x5u in the header",
			forge(t, theirs, `{"alg":"RS256","kid":"k1","x5u":"http://127.0.0.1/k"}`, goodClaims("")),
			unverified,
		},
		{
			"x5c in the header",
			forge(t, theirs, `{"alg":"RS256","kid":"k1","x5c":["AAAA"]}`, goodClaims("")), unverified,
		},
		{
			"another pool's token", forge(t, theirs, `{"alg":"RS256","kid":"k2"}`, strings.Replace(
				goodClaims(""), jwtIssuer, "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_other", 1)),
			unverified,
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := s.ask(bearing(r.token))
			if diff := cmp.Diff(r.want, verdict(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A key id names a key of the issuer's and nothing else.
func TestKeyIDInjectionFails(t *testing.T) {
	s := newJWT(t)
	for name, id := range map[string]string{
		"a path":       `"../../../../dev/null"`,
		"SQL":          `"k1' OR '1'='1"`,
		"a command":    `"k1|/bin/true"`,
		"an address":   `"http://127.0.0.1:1/keys"`,
		"a very long":  `"` + strings.Repeat("k", 6000) + `"`,
		"a line break": `"k1\r\nx-evil: 1"`,
		"a null byte":  `"k1\u0000"`,
		"empty":        `""`,
		"a list":       `["k1"]`,
		"a number":     `1`,
		"null":         `null`,
	} {
		t.Run(name, func(t *testing.T) {
			token := forge(t, jwtKeys()[0], `{"alg":"RS256","kid":`+id+`}`, goodClaims(""))
			_, err := s.ask(bearing(token))
			if diff := cmp.Diff(invalid("unable to verify signature"), verdict(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err != nil && len(err.Error()) > 500 {
				t.Errorf("the reason repeats %d bytes", len(err.Error()))
			}
		})
	}
	if asked := s.issuer.asked.Load(); asked > 2 {
		t.Errorf("made-up key ids made us ask %d times, allowed is one time more than the first", asked)
	}
}

// What parsers could read in two ways is refused, though its signature holds.
func TestAmbiguousTokensFail(t *testing.T) {
	s := newJWT(t)
	const header, claim = "could not JSON decode header", "could not JSON decode claim"
	const audience = "the token does not have a valid audience"
	deep := strings.Repeat("[", 3000) + strings.Repeat("]", 3000)
	aud := func(value string) string {
		return strings.Replace(goodClaims(""), `"client"`, value, 1)
	}
	rows := []struct{ name, header, claims, want string }{
		{
			"a foreign issuer", plainHeader, strings.Replace(goodClaims(""), jwtIssuer, "https://evil", 1),
			"the token does not have a valid issuer",
		},
		{
			"an issuer with a slash more", plainHeader,
			strings.Replace(goodClaims(""), jwtIssuer, jwtIssuer+"/", 1),
			"the token does not have a valid issuer",
		},
		{
			"an issuer that is a list", plainHeader,
			strings.Replace(goodClaims(""), `"`+jwtIssuer+`"`, `["`+jwtIssuer+`"]`, 1),
			"the token does not have a valid issuer",
		},
		{"duplicated claims", plainHeader, goodClaims(`,"exp":9999999999`), claim},
		{"duplicated nested claims", plainHeader, goodClaims(`,"a":{"b":1,"b":2}`), claim},
		{"duplicated header members", `{"alg":"RS256","alg":"none","kid":"k1"}`, goodClaims(""), header},
		{"a header member in capitals", `{"ALG":"none","alg":"RS256","kid":"k1"}`, goodClaims(""), ""},
		{
			"crit", `{"alg":"RS256","kid":"k1","crit":["exp"],"exp":1}`, goodClaims(""),
			"token has an unsupported critical header",
		},
		{
			"an unencoded payload", `{"alg":"RS256","kid":"k1","b64":false,"crit":["b64"]}`, goodClaims(""),
			"token has an unsupported critical header",
		},
		{"a deep header", `{"alg":"RS256","kid":"k1","x":` + deep[1500:4500] + `}`, goodClaims(""), ""},
		{
			"an unbalanced header", `{"alg":"RS256","kid":"k1","x":` + deep[:1500] + `}`, goodClaims(""),
			header,
		},
		{"a header that is a list", `["RS256"]`, goodClaims(""), header},
		{"claims that are a list", plainHeader, `[1]`, claim},
		{"claims with something behind", plainHeader, goodClaims("") + "{}", claim},
		{"claims that are no UTF-8", plainHeader, goodClaims(",\"a\":\"\xff\""), claim},
		{"an audience list that nests the client", plainHeader, aud(`[["client"]]`), audience},
		{"an audience that holds the client", plainHeader, aud(`"client other-client"`), audience},
		{"an audience of another case", plainHeader, aud(`"Client"`), audience},
		{"an audience object", plainHeader, aud(`{"client":true}`), audience},
		{
			"an audience that is null does not let client_id in", plainHeader,
			aud(`null,"client_id":"client"`), audience,
		},
		{
			"an empty audience list does not let client_id in", plainHeader,
			aud(`[],"client_id":"client"`), audience,
		},
		{
			"an exp of text", plainHeader, strings.Replace(goodClaims(""), "1767323105", `"1767323105"`, 1),
			"the token has an invalid exp claim",
		},
		{
			"an infinite exp", plainHeader, strings.Replace(goodClaims(""), "1767323105", "1e999", 1),
			"the token has an invalid exp claim",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			want := ""
			if r.want != "" {
				want = invalid(r.want)
			}
			_, err := s.ask(bearing(forge(t, jwtKeys()[0], r.header, r.claims)))
			if diff := cmp.Diff(want, verdict(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOddSpellingsFail(t *testing.T) {
	s := newJWT(t)
	good := forge(t, jwtKeys()[0], plainHeader, goodClaims(""))
	deep := forge(t, jwtKeys()[0], plainHeader,
		goodClaims(`,"a":`+strings.Repeat("[", 1500)+strings.Repeat("]", 1500)))
	sum := sha256.Sum256([]byte(good))
	rows := []struct{ name, token, want string }{
		{"nested claims", deep, ""},
		{"an oversized token", forge(t, jwtKeys()[0], plainHeader,
			goodClaims(`,"a":"`+strings.Repeat("a", 10_240)+`"`)), invalid("token is too long")},
		{"padding", good + "==", invalid("could not base64 decode signature")},
		{
			"a line break in the signature", good[:len(good)-4] + "\n" + good[len(good)-4:],
			invalid("could not base64 decode signature"),
		},
		{
			"standard base64", strings.NewReplacer("-", "+", "_", "/").Replace(good) + "+/",
			invalid("could not base64 decode signature"),
		},
		{
			"five segments, as encryption has", good + ".a.b",
			invalid("token contains an invalid number of segments"),
		},
		{"only dots", "..", invalid("could not JSON decode header")},
		{"two tokens", good + "," + good, invalid("token contains an invalid number of segments")},
		{"a digest", segment(string(sum[:])), invalid("token contains an invalid number of segments")},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			_, err := s.ask(bearing(r.token))
			if diff := cmp.Diff(r.want, verdict(t, err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
