package authorize

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// JWT is a JWT authorizer of an HTTP API.
type JWT struct {
	issuer   string
	audience []string
	sources  []tokenSource
	keys     *KeyCache
	clock    clock.Clock
	// tokens are those whose signature held, by their text: verifying RSA costs more than the rest
	// of a call. What their claims allow is checked at every call all the same.
	tokens *lru[*jwtToken]
}

// tokenSource is where a token is looked for.
type tokenSource struct{ header, query string }

// JWTIdentity is what a token says of its bearer.
type JWTIdentity struct {
	Claims map[string]string // as AWS renders them: all strings
	// ClaimsJSON is Claims as a JSON object with sorted keys.
	ClaimsJSON []byte
	// Scopes are those of the token that the route asks for; nil when the route asks for none.
	Scopes []string
}

// JWTDenied says why a token does not let its bearer in.
type JWTDenied struct {
	Status    int    // 401, or 403 when only the scope is missing
	Challenge string // the www-authenticate header
	Logged    string // $context.authorizer.error, "invalid_token: the token has expired"
	Reason    string // for the person at the terminal
}

// Error returns the reason.
func (d *JWTDenied) Error() string { return d.Reason }

// NewJWT compiles an authorizer whose keys come from keys.
func NewJWT(def api.V2Authorizer, keys *KeyCache, c clock.Clock) (*JWT, error) {
	j := &JWT{
		issuer: def.Issuer, audience: def.Audience, keys: keys, clock: c,
		tokens: newLRU[*jwtToken](maxTokens),
	}
	if def.Issuer == "" {
		return nil, fmt.Errorf("authorizer %q: the issuer is empty", def.Name)
	}
	if len(def.Audience) == 0 {
		return nil, fmt.Errorf("authorizer %q: the audience is empty", def.Name)
	}
	for _, expression := range def.IdentitySource {
		source, err := parseTokenSource(expression)
		if err != nil {
			return nil, fmt.Errorf("authorizer %q: %w", def.Name, err)
		}
		j.sources = append(j.sources, source)
	}
	if len(j.sources) == 0 {
		return nil, fmt.Errorf("authorizer %q: there is no identity source", def.Name)
	}
	return j, nil
}

func parseTokenSource(expression string) (tokenSource, error) {
	if name, ok := strings.CutPrefix(expression, "$request.header."); ok && name != "" {
		return tokenSource{header: name}, nil
	}
	if name, ok := strings.CutPrefix(expression, "$request.querystring."); ok && name != "" {
		return tokenSource{query: name}, nil
	}
	return tokenSource{}, fmt.Errorf("identity source %q: allowed are $request.header.NAME and "+
		"$request.querystring.NAME", expression)
}

// Authorize checks the token of r in the order of "Control access to HTTP APIs with JWT
// authorizers": token, algorithm, key, signature, issuer, audience, times, scopes. scopes are the
// route's. A refusal is a *JWTDenied.
func (j *JWT) Authorize(
	ctx context.Context, r *exchange.Request, scopes []string,
) (*JWTIdentity, error) {
	text := j.token(r)
	if text == "" {
		return nil, &JWTDenied{
			Status: http.StatusUnauthorized, Challenge: "Bearer",
			Logged: "Unauthorized", Reason: "the call carries no token",
		}
	}
	token, err := j.verified(ctx, text)
	if err != nil {
		return nil, invalidToken(scopes, err)
	}
	if err := token.check(j.issuer, j.audience, j.clock.Now()); err != nil {
		return nil, invalidToken(scopes, err)
	}
	identity := &JWTIdentity{Claims: token.claims, ClaimsJSON: token.claimsJSON}
	if len(scopes) == 0 {
		return identity, nil
	}
	for _, scope := range token.scopes {
		if slices.Contains(scopes, scope) {
			identity.Scopes = append(identity.Scopes, scope)
		}
	}
	if identity.Scopes == nil {
		return nil, insufficientScope(scopes, token.scopes)
	}
	return identity, nil
}

// verified returns the token once its signature held. A token seen before is not verified again
// while the keys it was verified with are still the issuer's.
func (j *JWT) verified(ctx context.Context, text string) (*jwtToken, error) {
	known, ok := j.tokens.get(text, j.clock.Now())
	if ok && j.keys.holds(j.issuer, known.keyID, known.key) {
		return known, nil
	}
	made, err := parseToken(ctx, text, j.keys, j.issuer)
	if err != nil {
		return nil, err
	}
	j.tokens.put(text, made, made.end())
	return made, nil
}

// token returns the first token that the identity sources yield, bare or after "Bearer ".
func (j *JWT) token(r *exchange.Request) string {
	for _, source := range j.sources {
		if text := withoutScheme(source.value(r)); text != "" {
			return text
		}
	}
	return ""
}

// value joins what is sent more than once with commas, as $request.header.NAME does elsewhere: such
// a text is no token, so none of several can hide behind another.
func (s tokenSource) value(r *exchange.Request) string {
	if s.header != "" {
		return headerValue(r, s.header)
	}
	values, _ := url.ParseQuery(r.RawQuery) // what could be read is read
	return strings.Join(values[s.query], ",")
}

// headerValue spares the list where a header is sent once.
func headerValue(r *exchange.Request, name string) string {
	value, more := "", false
	for i := range r.Header {
		if !strings.EqualFold(r.Header[i].Name, name) {
			continue
		}
		if more {
			value += ","
		}
		value, more = value+r.Header[i].Value, true
	}
	return value
}

func withoutScheme(text string) string {
	text = strings.TrimSpace(text)
	scheme, rest, _ := strings.Cut(text, " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest)
	}
	return text
}

// tokenError is a description that AWS puts into the challenge, with what lies behind it.
type tokenError struct {
	description string
	cause       error
}

func (e *tokenError) Error() string {
	if e.cause == nil {
		return e.description
	}
	return e.description + ": " + e.cause.Error()
}

func (e *tokenError) Unwrap() error { return e.cause }

func invalidToken(scopes []string, err error) *JWTDenied {
	description := "unable to verify signature"
	if known, ok := err.(*tokenError); ok {
		description = known.description
	}
	return &JWTDenied{
		Status:    http.StatusUnauthorized,
		Challenge: bearerChallenge(scopes, "invalid_token", description),
		Logged:    "invalid_token: " + description,
		Reason:    err.Error(),
	}
}

func insufficientScope(scopes, has []string) *JWTDenied {
	const code, description = "insufficient_scope", "the token does not have a valid scope"
	return &JWTDenied{
		Status:    http.StatusForbidden,
		Challenge: bearerChallenge(scopes, code, description),
		Logged:    code + ": " + description,
		Reason:    fmt.Sprintf("the token has the scopes %q, the route asks for one of %q", has, scopes),
	}
}

// bearerChallenge writes a www-authenticate header as "Troubleshooting issues with HTTP API JWT
// authorizers" shows it, without commas.
func bearerChallenge(scopes []string, code, description string) string {
	return `Bearer scope="` + strings.Join(scopes, " ") + `" error="` + code +
		`" error_description="` + description + `"`
}

// check holds the registered claims against the authorizer. The clock has no leeway on AWS.
func (t *jwtToken) check(issuer string, audience []string, now time.Time) error {
	if t.issuer != issuer {
		return &tokenError{
			"the token does not have a valid issuer",
			fmt.Errorf("it is %q, the authorizer expects %q", t.issuer, issuer),
		}
	}
	if !slices.ContainsFunc(t.audience, func(a string) bool { return slices.Contains(audience, a) }) {
		return &tokenError{
			"the token does not have a valid audience",
			fmt.Errorf("it is %q, the authorizer expects one of %q", t.audience, audience),
		}
	}
	seconds := float64(now.UnixNano()) / float64(time.Second)
	switch {
	case seconds >= t.expires:
		return &tokenError{"the token has expired", claimTime(t.expires, "exp")}
	case seconds < t.notBefore:
		return &tokenError{"the token is not valid yet", claimTime(t.notBefore, "nbf")}
	case seconds < t.issued:
		return &tokenError{"the token was issued in the future", claimTime(t.issued, "iat")}
	}
	return nil
}

func claimTime(seconds float64, claim string) error {
	if seconds == 0 {
		return fmt.Errorf("it has no %s", claim)
	}
	at := time.Unix(int64(seconds), 0).UTC()
	return fmt.Errorf("%s is %s", claim, at.Format(time.RFC3339))
}
