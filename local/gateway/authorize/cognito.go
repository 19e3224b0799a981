package authorize

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/javaregex"
	"portico/local/gateway/payload"
)

// CognitoOptions make a Cognito authorizer.
type CognitoOptions struct {
	Name  string
	Pools []string // ARNs of user pools
	// Validation must match the whole aud of a token; "" lets any pass.
	Validation string
	Keys       *KeyCache
	Clock      clock.Clock
}

// Cognito is an authorizer of type COGNITO_USER_POOLS of a REST API.
//
// Unlike AWS: what a token allows is judged anew at every call, whatever the authorizer's TTL says,
// so a token that expires is refused at once.
type Cognito struct {
	name       string
	issuers    map[string]string // issuer → ARN of its pool
	validation *javaregex.Regexp
	keys       *KeyCache
	clock      clock.Clock
	tokens     *lru[*cognitoToken] // whose signature held, by their text
}

// CognitoIdentity is what a token says of its bearer.
type CognitoIdentity struct {
	Claims []payload.Pair    // in the token's order, all of them strings
	ByName map[string]string // the same by name; nobody writes to it
	Pool   string            // ARN
	Use    string            // id or access
}

// CognitoDenial is why a Cognito authorizer does not let a call pass.
type CognitoDenial int

// The denials.
const (
	// NoToken means that the call carries none.
	NoToken CognitoDenial = iota + 1
	// BadToken means that the token is none of the pools', or not for this method.
	BadToken
	// ExpiredToken means that the token was good, and is no longer.
	ExpiredToken
	// NoKeys means that the keys of the pool could not be had.
	NoKeys
)

// CognitoError is a call that a Cognito authorizer does not let pass.
type CognitoError struct {
	Denial CognitoDenial
	Reason string // for the person at the terminal
}

// Error returns the reason.
func (e *CognitoError) Error() string { return e.Reason }

func badToken(format string, args ...any) error {
	return &CognitoError{Denial: BadToken, Reason: fmt.Sprintf(format, args...)}
}

// NewCognito returns an authorizer. Its validation expression is one of Java's.
func NewCognito(o CognitoOptions) (*Cognito, error) {
	g := &Cognito{
		name: o.Name, keys: o.Keys, clock: o.Clock, issuers: map[string]string{},
		tokens: newLRU[*cognitoToken](maxTokens),
	}
	if len(o.Pools) == 0 {
		return nil, errors.New("it names no user pool")
	}
	for _, arn := range o.Pools {
		issuer, err := poolIssuer(arn)
		if err != nil {
			return nil, err
		}
		g.issuers[issuer] = arn
	}
	if o.Validation != "" {
		validation, err := javaregex.Compile(o.Validation)
		if err != nil {
			return nil, fmt.Errorf("identity validation expression: %w", err)
		}
		g.validation = validation
	}
	return g, nil
}

// poolIssuer returns the iss of a user pool's tokens.
func poolIssuer(arn string) (string, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "cognito-idp" || parts[3] == "" {
		return "", fmt.Errorf("%q is no ARN of a user pool", arn)
	}
	id, ok := strings.CutPrefix(parts[5], "userpool/")
	if !ok || id == "" {
		return "", fmt.Errorf("%q is no ARN of a user pool", arn)
	}
	suffix := ""
	if parts[1] == "aws-cn" {
		suffix = ".cn"
	}
	return "https://cognito-idp." + parts[3] + ".amazonaws.com" + suffix + "/" + id, nil
}

// Authorize judges the token that the identity source yields, bare or after "Bearer ". A method
// without scopes wants an identity token, one with scopes an access token that has one of them
// ("Control access to REST APIs using Amazon Cognito user pools as an authorizer"). The error is a
// *CognitoError.
func (g *Cognito) Authorize(
	ctx context.Context, value string, scopes []string,
) (*CognitoIdentity, error) {
	text := withoutScheme(value)
	if text == "" {
		return nil, &CognitoError{Denial: NoToken, Reason: "the identity source of authorizer " +
			g.name + " is missing or empty"}
	}
	token, err := g.verified(ctx, text)
	if err != nil {
		return nil, err
	}
	if err := token.judge(g.clock.Now()); err != nil {
		return nil, err
	}
	if err := g.fits(token, scopes); err != nil {
		return nil, err
	}
	return &token.identity, nil
}

// fits holds the use of a token against what the method wants.
func (g *Cognito) fits(token *cognitoToken, scopes []string) error {
	wanted := "id"
	if len(scopes) > 0 {
		wanted = "access"
	}
	if token.identity.Use != wanted {
		return badToken("the token_use is %q, a method with %d authorization scopes takes %q tokens",
			token.identity.Use, len(scopes), wanted)
	}
	audience := token.identity.ByName["aud"]
	if why := mismatch(g.validation, audience); why != "" {
		return badToken("the aud %q %s of authorizer %s", audience, why, g.name)
	}
	if len(scopes) == 0 || slices.ContainsFunc(token.scopes, func(scope string) bool {
		return slices.Contains(scopes, scope)
	}) {
		return nil
	}
	return badToken("the token has the scopes %q, the method asks for one of %q",
		token.scopes, scopes)
}

// judge holds the times of a token against the clock.
func (t *cognitoToken) judge(now time.Time) error {
	seconds := float64(now.UnixNano()) / float64(time.Second)
	switch {
	case seconds >= t.expires:
		return &CognitoError{
			Denial: ExpiredToken,
			Reason: "the token has expired: " + claimTime(t.expires, "exp").Error(),
		}
	case seconds < t.notBefore:
		return badToken("the token is not valid yet: %v", claimTime(t.notBefore, "nbf"))
	case seconds < t.issued:
		return badToken("the token was issued in the future: %v", claimTime(t.issued, "iat"))
	}
	return nil
}
