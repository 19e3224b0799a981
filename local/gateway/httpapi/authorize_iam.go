package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// maxRouteARN is the longest ARN that policies are asked about ("Quotas").
const maxRouteARN = 1600

// iamGuard guards with AWS_IAM: the call must be signed, and the policies of who signed it must
// allow execute-api:Invoke on the route. Whatever is wrong, an HTTP API answers 403 Forbidden
// alone; $context.authorizer.error tells what it was.
type iamGuard struct {
	api   *API
	scope authorize.Scope
	arn   string // of the stage: arn:…:{api}/{stage}/
}

func (a *API) compileIAM(s *stage) guard {
	return &iamGuard{
		api: a, arn: a.stageARN(s),
		scope: authorize.Scope{Region: a.def.Account.Region, Service: "execute-api"},
	}
}

func (g *iamGuard) authorize(_ context.Context, c *call) error {
	c.Note("authorization", authorizationIAM)
	deps := &g.api.deps
	signer, err := authorize.VerifySigner(c.request, g.scope, deps.Secrets, clock.Unmoved(deps.Clock).Now())
	var wrong *authorize.SignatureError
	if errors.As(err, &wrong) {
		c.vars.AuthorizerError = wrong.Message
		return forbidden("", "the signature does not hold: "+wrong.Error())
	}
	if err != nil {
		return err
	}
	c.Note("principal", signer.PrincipalARN)
	signer.Fill(&c.vars.Caller)
	routeARN := g.arn + c.request.Method + c.decodedPath()
	if len(routeARN) > maxRouteARN {
		return uriTooLong(fmt.Sprintf("the route's ARN has %d bytes, allowed are %d",
			len(routeARN), maxRouteARN))
	}
	decision := deps.Principals.Decide(authorize.IAMCall{
		Action: "execute-api:Invoke", Resource: routeARN, Caller: signer.Credential,
		APIAccount: g.api.def.Account.ID, Conditions: authorize.RequestConditions(c.request),
	})
	if !decision.Allowed {
		c.vars.AuthorizerError = "User: " + signer.PrincipalARN +
			" is not authorized to perform: execute-api:Invoke on resource: " + routeARN
		return forbidden("", "execute-api:Invoke on "+routeARN+" by "+signer.PrincipalARN+": "+
			decision.Why)
	}
	c.Note("statement", decision.Why)
	c.identity = (*iamIdentity)(&c.vars.Caller)
	return nil
}

// iamIdentity is who signed the call. Payload format 1.0 shows it in requestContext.identity.
type iamIdentity exchange.Caller

func (i *iamIdentity) event(format string) []byte {
	if format == format10 {
		return nil
	}
	return payload.AppendIAMAuthorizer20(nil, (*exchange.Caller)(i))
}

// decodedPath is the path of route ARNs: decoded, as HTTP APIs show paths everywhere. An escaped
// letter therefore evades no policy.
func (c *call) decodedPath() string {
	if !strings.Contains(c.path, "%") {
		return c.path
	}
	decoded, err := url.PathUnescape(c.path)
	if err != nil {
		return c.path
	}
	return decoded
}
