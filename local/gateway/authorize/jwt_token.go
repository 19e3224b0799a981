package authorize

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/payload"
)

// jwtToken is a token whose signature held.
type jwtToken struct {
	keyID      string
	key        rsaKey // it was verified with
	issuer     string
	audience   []string // aud, else client_id
	scopes     []string
	expires    float64 // seconds; 0 when missing, which is long past
	notBefore  float64
	issued     float64
	claims     map[string]string
	claimsJSON []byte
}

// parseToken decodes text and verifies its signature with the issuer's keys. Nothing of the claims
// is read before.
func parseToken(
	ctx context.Context, text string, keys *KeyCache, issuer string,
) (*jwtToken, error) {
	signed, err := splitToken(text)
	if err != nil {
		return nil, err
	}
	key, err := keys.key(ctx, issuer, signed.keyID)
	if err != nil {
		return nil, err
	}
	if err := signed.verify(key); err != nil {
		return nil, err
	}
	claims, err := decodeClaims(signed.claims)
	if err != nil {
		return nil, err
	}
	made := &jwtToken{keyID: signed.keyID, key: key}
	return made, made.read(claims)
}

func (t *jwtToken) read(claims map[string]any) error {
	t.issuer, _ = claims["iss"].(string)
	// client_id counts only where there is no aud, as in access tokens of Amazon Cognito.
	if audience, ok := claims["aud"]; ok {
		t.audience = claimTexts(audience)
	} else {
		t.audience = claimTexts(claims["client_id"])
	}
	t.scopes = claimScopes(claims)
	var err error
	if t.expires, err = claimSeconds(claims, "exp"); err != nil {
		return err
	}
	if t.notBefore, err = claimSeconds(claims, "nbf"); err != nil {
		return err
	}
	if t.issued, err = claimSeconds(claims, "iat"); err != nil {
		return err
	}
	t.claims = renderClaims(claims)
	t.claimsJSON = payload.AppendObject(nil, t.claims)
	return nil
}

func claimScopes(claims map[string]any) []string {
	if text, ok := claims["scope"].(string); ok {
		return strings.Fields(text)
	}
	if text, ok := claims["scp"].(string); ok {
		return strings.Fields(text)
	}
	return claimTexts(claims["scp"])
}

// claimTexts returns a string or a list of strings as a list.
func claimTexts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		list := make([]string, 0, len(v))
		for _, item := range v {
			if text, ok := item.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

func claimSeconds(claims map[string]any, name string) (float64, error) {
	value, ok := claims[name]
	if !ok {
		return 0, nil
	}
	number, ok := value.(json.Number)
	if ok {
		at, err := number.Float64()
		if err == nil && !math.IsInf(at, 0) {
			return at, nil
		}
	}
	return 0, &tokenError{"the token has an invalid " + name + " claim", fmt.Errorf("it is %v", value)}
}

// renderClaims prints claims as functions see them: every value a string, lists as "[a b]", nested
// objects as JSON; claims that are null are left out.
func renderClaims(claims map[string]any) map[string]string {
	rendered := make(map[string]string, len(claims))
	for name, value := range claims {
		if value != nil {
			rendered[name] = renderClaim(value)
		}
	}
	return rendered
}

func renderClaim(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = renderClaim(item)
		}
		return "[" + strings.Join(items, " ") + "]"
	case nil:
		return "null"
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// maxTokens bounds what an authorizer remembers; with the usual 1 KB token that is 4 MB.
const maxTokens = 4096

// end is when the token may be forgotten: with the signature it holds no longer than its exp.
func (t *jwtToken) end() time.Time {
	const farAway = 1 << 40 // beyond it, seconds no longer fit a time
	return time.Unix(int64(min(t.expires, farAway)), 0)
}
