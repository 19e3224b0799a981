package authorize

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"portico/local/gateway/payload"
)

// jwtToken is a token whose signature held.
type jwtToken struct {
	keys       *keySet // it was verified with
	issuer     string
	audience   []string // aud, else client_id
	scopes     []string
	expires    float64 // seconds; 0 when missing, which is long past
	notBefore  float64
	issued     float64
	claims     map[string]string
	claimsJSON []byte
}

// jwtAlgorithms are those a JWT authorizer accepts: RSA with PKCS #1 v1.5 only.
func jwtAlgorithms() []string { return []string{"RS256", "RS384", "RS512"} }

// parseToken decodes text and verifies its signature with the issuer's keys.
func parseToken(
	ctx context.Context, text string, keys *KeyCache, issuer string,
) (*jwtToken, error) {
	made := &jwtToken{}
	parser := jwt.NewParser(
		jwt.WithValidMethods(jwtAlgorithms()), jwt.WithJSONNumber(), jwt.WithoutClaimsValidation())
	claims := jwt.MapClaims{}
	parsed, err := parser.ParseWithClaims(text, claims, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, set, err := keys.key(ctx, issuer, id)
		if err != nil {
			return nil, err
		}
		if key.algorithm != "" && key.algorithm != t.Method.Alg() {
			return nil, &tokenError{"unable to verify signature", fmt.Errorf(
				"key %q is for %s, the token is signed with %s", id, key.algorithm, t.Method.Alg())}
		}
		made.keys = set
		return key.public, nil
	})
	if err != nil {
		return nil, describeJWT(parsed, err)
	}
	return made, made.read(claims)
}

// describeJWT puts what golang-jwt says into the words of the challenge.
func describeJWT(parsed *jwt.Token, err error) error {
	var known *tokenError
	if errors.As(err, &known) {
		return known
	}
	if parsed != nil {
		algorithm, named := parsed.Header["alg"]
		text, _ := algorithm.(string)
		if named && !slices.Contains(jwtAlgorithms(), text) {
			return &tokenError{fmt.Sprintf("signing method %s is invalid", headerSafe(text)), nil}
		}
	}
	if errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		return &tokenError{"unable to verify signature", err}
	}
	// "token is malformed: token contains an invalid number of segments" and its like; what
	// follows the second colon quotes the decoder.
	parts := strings.SplitN(err.Error(), ": ", 3)
	return &tokenError{parts[min(1, len(parts)-1)], err}
}

// headerSafe keeps what a client wrote from leaving the quotes of a header.
func headerSafe(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, text)
}

func (t *jwtToken) read(claims jwt.MapClaims) error {
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

func claimScopes(claims jwt.MapClaims) []string {
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

func claimSeconds(claims jwt.MapClaims, name string) (float64, error) {
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
func renderClaims(claims jwt.MapClaims) map[string]string {
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
