package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"portico/local/gateway/authorize"
)

// The authorization types of a route.
const (
	authorizationNone   = "NONE"
	authorizationJWT    = "JWT"
	authorizationIAM    = "AWS_IAM"
	authorizationCustom = "CUSTOM"
)

func (a *API) authorize(ctx context.Context, c *call) error {
	e := c.endpoint
	switch e.authorization {
	case authorizationNone:
		return nil
	case authorizationJWT:
		return a.authorizeJWT(ctx, c)
	case authorizationIAM:
		return forbidden("", "authorization type AWS_IAM is not served yet for HTTP APIs")
	}
	return notServed("authorization type " + e.authorization + " is not served yet for HTTP APIs")
}

func (a *API) authorizeJWT(ctx context.Context, c *call) error {
	e := c.endpoint
	c.Note("authorizer", e.authorizer)
	identity, err := e.jwt.Authorize(ctx, c.request, e.scopes)
	var denied *authorize.JWTDenied
	if errors.As(err, &denied) {
		c.vars.AuthorizerError = denied.Reason
		if denied.Status == http.StatusForbidden {
			return forbidden(denied.Challenge, denied.Reason)
		}
		return unauthorized(denied.Challenge, denied.Reason)
	}
	if err != nil {
		return err
	}
	c.identity, c.vars.Claims = identity, identity.Claims
	if subject := identity.Claims["sub"]; subject != "" {
		c.Note("subject", subject)
	}
	if identity.Scopes != nil {
		c.Note("scopes", strings.Join(identity.Scopes, " "))
	}
	return nil
}
