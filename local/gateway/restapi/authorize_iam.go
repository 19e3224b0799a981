package restapi

import (
	"context"
	"errors"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/cache"
	"portico/local/gateway/clock"
)

// iam guards with AWS_IAM: the call must be signed, and the policies of who signed it must allow
// execute-api:Invoke on the method.
type iam struct {
	api   *API
	scope authorize.Scope
}

func (a *API) compileIAM(*stage) authorization {
	return &iam{
		api:   a,
		scope: authorize.Scope{Region: a.def.Account.Region, Service: "execute-api"},
	}
}

func (g *iam) authorize(_ context.Context, c *call) error {
	c.Note("authorization", "AWS_IAM")
	header := c.request.Header.Get("Authorization")
	if header != "" && !strings.HasPrefix(header, "AWS4-") {
		return incompleteSignature(noSignature(header),
			"the method wants a signed call (AWS_IAM), and the Authorization header is no signature")
	}
	signer, err := authorize.VerifySigner(c.wire, g.scope, g.api.deps.Secrets, clock.Unmoved(g.api.deps.Clock).Now())
	var wrong *authorize.SignatureError
	if errors.As(err, &wrong) {
		return badSignature(wrong)
	}
	if err != nil {
		return err
	}
	c.Note("principal", signer.PrincipalARN)
	c.signer = &signer
	signer.Fill(&c.vars.Caller)
	return g.permit(c)
}

// permit asks the policies of who signed together with the resource policy.
func (g *iam) permit(c *call) error {
	decision := g.decide(c, invoke)
	if !decision.Allowed {
		return signerDenied(c.signer.PrincipalARN, c.methodARN(), decision)
	}
	c.Note("statement", decision.Why)
	return nil
}

// decide asks whether who signed may do an action on the method.
func (g *iam) decide(c *call, action string) authorize.IAMDecision {
	return g.api.deps.Principals.Decide(authorize.IAMCall{
		Action: action, Resource: c.methodARN(), Alias: c.alias(), Caller: c.signer.Credential,
		APIAccount: g.api.def.Account.ID, Conditions: c.conditions(),
		ResourcePolicy: c.stage.policy.Policy(),
	})
}

// mayInvalidate asks the policies of who signed the call. An account invalidates its own caches
// only ("Override API Gateway API caching for method-level caching").
func (g *iam) mayInvalidate(c *call) bool {
	return c.signer != nil && c.signer.AccountID == g.api.def.Account.ID &&
		g.decide(c, cache.InvalidateAction).Allowed
}
