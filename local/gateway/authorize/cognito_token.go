package authorize

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/payload"
)

// cognitoToken is a token of a user pool whose signature held.
type cognitoToken struct {
	*jwtToken
	identity CognitoIdentity
}

// verified returns a token once its signature held. One that was seen before is not verified again
// while the keys it was verified with are still the pool's.
func (g *Cognito) verified(ctx context.Context, text string) (*cognitoToken, error) {
	known, ok := g.tokens.get(text, g.clock.Now())
	if ok && g.keys.holds(known.issuer, known.keyID, known.key) {
		return known, nil
	}
	signed, err := splitToken(text)
	if err != nil {
		return nil, badToken("%v", err)
	}
	if signed.algorithm != "RS256" {
		return nil, badToken("the token is signed with %q, user pools sign with RS256",
			signed.algorithm)
	}
	claims, err := readClaims(signed.claims)
	if err != nil {
		return nil, badToken("the token's claims: %v", err)
	}
	issuer := claims.text("iss")
	pool, ours := g.issuers[issuer]
	if !ours {
		return nil, badToken("the token was issued by %q, which is no pool of authorizer %s",
			issuer, g.name)
	}
	verified, err := parseToken(ctx, text, g.keys, issuer)
	if err != nil && g.keys.current(issuer) == nil {
		return nil, &CognitoError{Denial: NoKeys, Reason: err.Error()}
	}
	if err != nil {
		return nil, badToken("%v", err)
	}
	token := &cognitoToken{jwtToken: verified, identity: claims.identity(pool)}
	g.tokens.put(text, token, verified.end())
	return token, nil
}

// claimList are the members of a JSON object in its order.
type claimList []claim

type claim struct {
	name  string
	value jsontext.Value
}

// readClaims reads the claims of a token. A name that comes twice is malformed: nobody could say
// which of its values counts.
func readClaims(text []byte) (claimList, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginObject {
		return nil, errors.New("it is no JSON object")
	}
	var claims claimList
	for dec.PeekKind() == jsontext.KindString {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, err
		}
		key := name.String()
		value, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		claims = append(claims, claim{key, value.Clone()})
	}
	_, err := dec.ReadToken()
	return claims, err
}

// text returns a claim that is a string, or "".
func (l claimList) text(name string) string {
	for _, c := range l {
		var text string
		if c.name == name && json.Unmarshal(c.value, &text) == nil {
			return text
		}
	}
	return ""
}

// identity renders claims as REST APIs show them: all are strings, the items of a list are joined
// by commas, exp and iat are dates as Java prints them. A claim that is null is left out.
func (l claimList) identity(pool string) CognitoIdentity {
	identity := CognitoIdentity{ByName: make(map[string]string, len(l)), Pool: pool}
	identity.Use = l.text("token_use")
	for _, c := range l {
		if c.value.Kind() == jsontext.KindNull {
			continue
		}
		text := c.render()
		identity.Claims = append(identity.Claims, payload.Pair{Name: c.name, Value: text})
		identity.ByName[c.name] = text
	}
	return identity
}

func (c claim) render() string {
	if seconds, err := strconv.ParseInt(string(c.value), 10, 64); err == nil &&
		(c.name == "exp" || c.name == "iat") {
		return time.Unix(seconds, 0).UTC().Format("Mon Jan 02 15:04:05 UTC 2006")
	}
	if c.value.Kind() != jsontext.KindBeginArray {
		return renderValue(c.value)
	}
	var items []jsontext.Value
	if err := json.Unmarshal(c.value, &items); err != nil {
		return fmt.Sprint(err) // cannot be: the value was read as JSON
	}
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = renderValue(item)
	}
	return strings.Join(texts, ",")
}

// renderValue prints a string without quotes, and everything else as JSON without white space.
func renderValue(value jsontext.Value) string {
	if value.Kind() == jsontext.KindString {
		var text string
		if json.Unmarshal(value, &text) == nil {
			return text
		}
	}
	if err := value.Compact(); err != nil {
		return ""
	}
	return string(value)
}
