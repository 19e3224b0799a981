package authorize

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // of jwsHash
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxToken is the longest token that is looked at: more cannot arrive in the 10,240 bytes that an
// HTTP API takes of a request line and headers.
const maxToken = 10_240

// jwsHash returns the hash of an algorithm. A JWT authorizer takes RSA with PKCS #1 v1.5 alone
// ("Control access to HTTP APIs with JWT authorizers"): what a token claims never chooses more.
func jwsHash(algorithm string) (crypto.Hash, bool) {
	switch algorithm {
	case "RS256":
		return crypto.SHA256, true
	case "RS384":
		return crypto.SHA384, true
	case "RS512":
		return crypto.SHA512, true
	}
	return 0, false
}

// signedToken is a token taken apart, before its signature is verified. Of the header only what is
// named here counts: a key or an address of one that a token brings along (jwk, jku, x5c, x5u) is
// never used.
type signedToken struct {
	algorithm, keyID string
	hash             crypto.Hash
	signed           string // header and claims, as sent
	claims           []byte // JSON, not looked at
	signature        []byte
}

// splitToken takes a token apart: RFC 7515, section 7.1, the compact serialization.
func splitToken(text string) (*signedToken, error) {
	if len(text) > maxToken {
		return nil, &tokenError{
			"token is too long", fmt.Errorf("it has %d bytes, allowed are %d", len(text), maxToken),
		}
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, &tokenError{"token contains an invalid number of segments", nil}
	}
	header, err := decodeSegment(parts[0], "header")
	if err != nil {
		return nil, err
	}
	t := &signedToken{signed: text[:len(text)-len(parts[2])-1]}
	if err := t.readHeader(header); err != nil {
		return nil, err
	}
	if t.claims, err = decodeSegment(parts[1], "claim"); err != nil {
		return nil, err
	}
	t.signature, err = decodeSegment(parts[2], "signature")
	return t, err
}

// decodeSegment is strict: there is one spelling of a segment, without padding and line breaks.
func decodeSegment(text, what string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil && strings.ContainsAny(text, "\r\n") {
		err = errors.New("it has a line break")
	}
	if err != nil {
		return nil, &tokenError{"could not base64 decode " + what, err}
	}
	return decoded, nil
}

// readHeader reads the members that matter. A member that comes twice, or an extension that is
// marked critical, refuses the token: RFC 7515, sections 4 and 4.1.11.
func (t *signedToken) readHeader(header []byte) error {
	if err := strictObject(header); err != nil {
		return &tokenError{"could not JSON decode header", err}
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(header, &members); err != nil {
		return &tokenError{"could not JSON decode header", err}
	}
	t.algorithm, t.keyID = memberText(members["alg"]), memberText(members["kid"])
	var ok bool
	if t.hash, ok = jwsHash(t.algorithm); !ok {
		return &tokenError{"signing method " + headerSafe(t.algorithm) + " is invalid", nil}
	}
	if critical, ok := members["crit"]; ok {
		return &tokenError{
			"token has an unsupported critical header", fmt.Errorf("crit is %.64s", critical),
		}
	}
	return nil
}

// strictObject refuses what parsers disagree about: names that come twice, and text that is no
// UTF-8.
func strictObject(text []byte) error {
	value := jsontext.Value(text)
	if value.Kind() != jsontext.KindBeginObject {
		return errors.New("it is no object")
	}
	if !value.IsValid() {
		return errors.New("it is no valid JSON, or has a name twice")
	}
	return nil
}

// memberText returns a member that is a string; any other is as good as absent.
func memberText(member json.RawMessage) string {
	var text string
	if err := json.Unmarshal(member, &text); err != nil {
		return ""
	}
	return text
}

// headerSafe keeps what a client wrote from leaving the quotes of a header, and short.
func headerSafe(text string) string {
	const longest = 32
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
	return safe[:min(longest, len(safe))]
}

// verify holds the signature against a key, which may be made for one algorithm alone.
func (t *signedToken) verify(key rsaKey) error {
	const description = "unable to verify signature"
	if key.algorithm != "" && key.algorithm != t.algorithm {
		return &tokenError{description, fmt.Errorf("key %q is for %s, the token is signed with %s",
			t.keyID, key.algorithm, t.algorithm)}
	}
	hash := t.hash.New()
	hash.Write([]byte(t.signed))
	if err := rsa.VerifyPKCS1v15(key.public, t.hash, hash.Sum(nil), t.signature); err != nil {
		return &tokenError{description, err}
	}
	return nil
}

// decodeClaims reads the claims of a token whose signature held.
func decodeClaims(text []byte) (map[string]any, error) {
	const description = "could not JSON decode claim"
	if err := strictObject(text); err != nil {
		return nil, &tokenError{description, err}
	}
	claims := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&claims); err != nil {
		return nil, &tokenError{description, err}
	}
	return claims, nil
}
