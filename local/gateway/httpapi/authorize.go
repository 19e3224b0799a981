package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/payload"
)

// The authorization types of a route.
const (
	authorizationNone   = "NONE"
	authorizationJWT    = "JWT"
	authorizationIAM    = "AWS_IAM"
	authorizationCustom = "CUSTOM"
)

// guard is what stands before a route.
type guard interface {
	authorize(ctx context.Context, c *call) error
}

// identity is what the guard learned of the caller, for the integration.
type identity interface {
	// event returns requestContext.authorizer in a payload format, nil for none.
	event(format string) []byte
}

// authorize asks what guards the route.
func (a *API) authorize(ctx context.Context, c *call) error {
	return c.endpoint.guard.authorize(ctx, c)
}

// open guards nothing: authorization type NONE.
type open struct{}

func (open) authorize(context.Context, *call) error { return nil }

// jwtGuard guards with a JWT authorizer.
type jwtGuard struct {
	jwt    *authorize.JWT
	name   string
	scopes []string // of the route
}

func (g *jwtGuard) authorize(ctx context.Context, c *call) error {
	c.Note("authorizer", g.name)
	found, err := g.jwt.Authorize(ctx, c.request, g.scopes)
	var denied *authorize.JWTDenied
	if errors.As(err, &denied) {
		c.vars.AuthorizerError = denied.Logged
		if denied.Status == http.StatusForbidden {
			return forbidden(denied.Challenge, denied.Reason)
		}
		return unauthorized(denied.Challenge, denied.Reason)
	}
	if err != nil {
		return err
	}
	c.identity, c.vars.Claims = (*jwtIdentity)(found), found.Claims
	if subject := found.Claims["sub"]; subject != "" {
		c.Note("subject", subject)
	}
	if found.Scopes != nil {
		c.Note("scopes", strings.Join(found.Scopes, " "))
	}
	return nil
}

// jwtIdentity is what a token says of its bearer.
type jwtIdentity authorize.JWTIdentity

func (i *jwtIdentity) event(format string) []byte {
	if format == format10 {
		return payload.AppendJWTAuthorizer10(nil, i.ClaimsJSON, i.Scopes)
	}
	return payload.AppendJWTAuthorizer20(nil, i.ClaimsJSON, i.Scopes)
}
