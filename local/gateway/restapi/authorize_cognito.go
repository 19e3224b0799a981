package restapi

import (
	"context"
	"errors"
	"strconv"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
)

// cognitoAuthorizer guards with tokens of user pools.
type cognitoAuthorizer struct {
	cognito *authorize.Cognito
	name    string
	source  source
}

func (a *API) compileCognito(def *api.RESTAuthorizer) (*cognitoAuthorizer, error) {
	from, err := tokenSource(def.IdentitySource)
	if err != nil {
		return nil, err
	}
	cognito, err := authorize.NewCognito(authorize.CognitoOptions{
		Name: def.Name, Pools: def.ProviderARNs, Validation: def.IdentityValidation,
		Keys: a.keys, Clock: a.deps.Clock,
	})
	if err != nil {
		return nil, err
	}
	return &cognitoAuthorizer{cognito: cognito, name: def.Name, source: from}, nil
}

// authorize judges the token first, then asks the resource policy, which must allow the call where
// there is one.
func (g *cognitoAuthorizer) authorize(ctx context.Context, c *call) error {
	c.Note("authorizer", g.name)
	token, _ := g.source.value(c)
	identity, err := g.cognito.Authorize(ctx, token, c.method.def.AuthorizationScopes)
	var denied *authorize.CognitoError
	if errors.As(err, &denied) {
		refused := cognitoRefusal(denied)
		c.vars.AuthorizerError = refused.message
		c.vars.AuthorizerStatus = strconv.Itoa(refused.status)
		return refused
	}
	if err != nil {
		return err
	}
	c.cognito = identity
	c.vars.Claims = identity.ByName // shared with other calls; nobody writes to it
	c.vars.AuthorizerStatus = "200"
	c.Note("principal", identity.ByName["sub"])
	c.Note("token", identity.Use)
	return c.admit()
}
