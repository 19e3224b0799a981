package identity

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// The uses of a token.
const (
	Access = "access"
	ID     = "id"
)

// TokenRequest says which token to mint.
type TokenRequest struct {
	Pool     string         // id or name; "" is the only pool
	Client   string         // id or name; "" is the pool's first
	Use      string         // Access or ID; "" is Access
	Scopes   []string       // of an access token; any, so that refusals can be tried
	Claims   map[string]any // added, or in the place of Cognito's own
	Lifetime time.Duration  // 0 is the client's own; negative makes a token that has expired
	Subject  string         // the user; "" is always the same one of the pool
}

// Token mints a token as a signed-in user has it from Cognito.
func (p *Provider) Token(r TokenRequest) (string, error) {
	pool, err := p.find(r.Pool)
	if err != nil {
		return "", fmt.Errorf("minting a token: %w", err)
	}
	client, err := pool.client(r.Client)
	if err != nil {
		return "", fmt.Errorf("minting a token: %w", err)
	}
	user := r.Subject
	if user == "" {
		user = uuid.NewSHA1(uuid.NameSpaceURL, []byte(pool.Issuer())).String()
	}
	holds := or(client.Lifetimes.Access, lifetime)
	if r.Use == ID {
		holds = or(client.Lifetimes.ID, lifetime)
	}
	claims := p.common(pool, user, or(r.Lifetime, holds))
	switch r.Use {
	case Access, "":
		claims["token_use"], claims["client_id"] = Access, client.ID
		claims["version"], claims["username"] = 2, user
		if len(r.Scopes) > 0 {
			claims["scope"] = strings.Join(r.Scopes, " ")
		}
	case ID:
		claims["token_use"], claims["aud"], claims["cognito:username"] = ID, client.ID, user
		claims["email"], claims["email_verified"] = email(user), true
	default:
		return "", fmt.Errorf("minting a token: use %q, allowed are %s and %s", r.Use, Access, ID)
	}
	maps.Copy(claims, r.Claims)
	return pool.sign(claims)
}

// machineToken mints what the client-credentials grant gives: the client is its own subject.
func (p *Provider) machineToken(pool *pool, client Client, scopes []string) (string, error) {
	claims := p.common(pool, client.ID, or(client.Lifetimes.Access, lifetime))
	delete(claims, "event_id")
	delete(claims, "origin_jti")
	claims["token_use"], claims["client_id"], claims["version"] = Access, client.ID, 2
	claims["scope"] = strings.Join(scopes, " ")
	return pool.sign(claims)
}

// common returns the claims that all of Cognito's tokens have. A token that has expired was issued
// an hour before it did.
func (p *Provider) common(pool *pool, subject string, holds time.Duration) jwt.MapClaims {
	issued := p.clock.Now()
	expires := issued.Add(holds)
	if holds < 0 {
		issued = expires.Add(-lifetime)
	}
	return jwt.MapClaims{
		"sub": subject, "iss": pool.Issuer(), "auth_time": issued.Unix(), "iat": issued.Unix(),
		"exp": expires.Unix(), "jti": uuid.NewString(), "origin_jti": uuid.NewString(),
		"event_id": uuid.NewString(),
	}
}

func (p *pool) sign(claims jwt.MapClaims) (string, error) {
	key, id, err := p.key.private()
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header = map[string]any{"kid": id, "alg": jwt.SigningMethodRS256.Alg()}
	text, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("signing a token of user pool %s: %w", p.ID, err)
	}
	return text, nil
}

func email(user string) string {
	if strings.Contains(user, "@") {
		return user
	}
	return user + "@example.com"
}
