package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// identity is who a valid token speaks for.
type identity struct {
	subject  string
	customer string
	scopes   []string
}

func (i identity) has(scope string) bool { return slices.Contains(i.scopes, scope) }

// context is what the functions behind the API are told, strings only: REST knows nothing else.
func (i identity) context() map[string]any {
	return map[string]any{"customer": i.customer, "scope": strings.Join(i.scopes, " ")}
}

// badToken says that a token is not to be trusted, as opposed to a failure to find out.
type badToken struct{ reason error }

// Error is the reason, for the log; the client is told nothing.
func (e *badToken) Error() string { return "bad token: " + e.reason.Error() }

// Unwrap returns the reason.
func (e *badToken) Unwrap() error { return e.reason }

// keySource finds the public key a token names.
type keySource interface {
	key(ctx context.Context, id string) (any, error)
}

type verifierOptions struct {
	Issuer   string
	Audience []string // app clients; a token must be made for one of them
	Keys     keySource
	Now      func() time.Time
}

// verifier decides whether to trust a token.
type verifier struct {
	options verifierOptions
	parser  *jwt.Parser
}

// algorithms are the ones Cognito signs with. Without this list a token could choose none, or
// HS256 with the public key as its secret.
func algorithms() []string { return []string{"RS256"} }

func newVerifier(o verifierOptions) *verifier {
	return &verifier{options: o, parser: jwt.NewParser(
		jwt.WithValidMethods(algorithms()),
		jwt.WithIssuer(o.Issuer),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithTimeFunc(o.Now),
	)}
}

// claims are those of Cognito's access and identity tokens that count here.
type claims struct {
	jwt.RegisteredClaims

	ClientID       string `json:"client_id"`
	Scope          string `json:"scope"`
	Customer       string `json:"customer"`
	CustomCustomer string `json:"custom:customer"`
}

// verify returns who the token speaks for, a *badToken, or another error when the keys cannot be
// had.
func (v *verifier) verify(ctx context.Context, token string) (identity, error) {
	token = bare(token)
	if token == "" {
		return identity{}, &badToken{reason: errors.New("there is none")}
	}
	var c claims
	var keyFailure error
	_, err := v.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, err := v.options.Keys.key(ctx, id)
		if err != nil && !errors.Is(err, errUnknownKey) {
			keyFailure = err
		}
		return key, err
	})
	if keyFailure != nil {
		return identity{}, keyFailure
	}
	if err != nil {
		return identity{}, &badToken{reason: err}
	}
	if err := v.checkAudience(&c); err != nil {
		return identity{}, &badToken{reason: err}
	}
	return c.identity(), nil
}

// checkAudience goes by aud, and by client_id only where aud is absent: access tokens of Cognito
// have no aud.
func (v *verifier) checkAudience(c *claims) error {
	if len(c.Audience) > 0 {
		if slices.ContainsFunc(c.Audience, v.isOurs) {
			return nil
		}
		return fmt.Errorf("aud is %q; expected %q", c.Audience, v.options.Audience)
	}
	if !v.isOurs(c.ClientID) {
		return fmt.Errorf("client_id is %q; expected %q", c.ClientID, v.options.Audience)
	}
	return nil
}

func (v *verifier) isOurs(client string) bool {
	return client != "" && slices.Contains(v.options.Audience, client)
}

// identity takes the subject for the customer where the token has no such claim.
func (c *claims) identity() identity {
	i := identity{subject: c.Subject, scopes: strings.Fields(c.Scope)}
	for _, customer := range []string{c.Customer, c.CustomCustomer, c.Subject} {
		if i.customer = customer; customer != "" {
			break
		}
	}
	if i.subject == "" {
		i.subject = i.customer
	}
	return i
}

// bare removes the scheme "Bearer", in any case.
func bare(token string) string {
	const scheme = "bearer "
	if len(token) >= len(scheme) && strings.EqualFold(token[:len(scheme)], scheme) {
		token = token[len(scheme):]
	}
	return strings.TrimSpace(token)
}
