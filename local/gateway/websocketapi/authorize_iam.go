package websocketapi

import (
	"context"
	"errors"
	"net/http"

	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

const invokeAction = "execute-api:Invoke"

// verifySigner wants the call signed for execute-api in the API's region, in the Authorization
// header or, as browsers have to, in the query string. A signature that does not hold is an
// *authorize.SignatureError.
func (a *API) verifySigner(c *call) error {
	began := clock.Begin(a.deps.Clock)
	signer, err := authorize.VerifySigner(c.request,
		authorize.Scope{Region: a.def.Account.Region, Service: "execute-api"},
		a.deps.Secrets, clock.Unmoved(a.deps.Clock).Now())
	c.vars.Authenticate = exchange.Phase{
		Status: http.StatusOK, Latency: clock.Took(a.deps.Clock, began),
	}
	var wrong *authorize.SignatureError
	if errors.As(err, &wrong) {
		c.vars.Authenticate.Status, c.vars.Authenticate.Error = http.StatusForbidden, wrong.Message
	}
	if err != nil {
		return err
	}
	c.signer = &signer
	signer.Fill(&c.vars.Caller)
	c.Note("signed by", signer.PrincipalARN)
	return nil
}

// authorizeSigner guards $connect with AWS_IAM: the upgrade must be signed, and the policies of who
// signed it must allow execute-api:Invoke on $connect.
func (a *API) authorizeSigner(c *call) error {
	err := a.verifySigner(c)
	var wrong *authorize.SignatureError
	if errors.As(err, &wrong) {
		return signerRefused(wrong.Type, "the signature does not hold: "+wrong.Error())
	}
	if err != nil {
		return err
	}
	c.identity = &grant{caller: c.vars.Caller, signer: c.signer, secure: c.request.TLS}
	resource := a.arn(c.stage.name + "/" + connectKey)
	decision := a.decideInvoke(c, c.signer, resource)
	if !decision.Allowed {
		return signerRefused(accessDenied, denied(c.signer, resource, decision))
	}
	c.Note("statement", decision.Why)
	return nil
}

func denied(signer *authorize.Signer, resource string, d authorize.IAMDecision) string {
	return invokeAction + " on " + resource + " by " + signer.PrincipalARN + ": " + d.Why
}

// authorizeMessage asks the policies of who signed the upgrade about the route of a message. What
// an authorizer said at $connect is not asked again.
func (a *API) authorizeMessage(_ context.Context, c *call) error {
	if c.identity == nil || c.identity.signer == nil {
		return nil
	}
	signer, resource := c.identity.signer, a.arn(c.stage.name+"/"+c.route.key)
	decision := a.decideInvoke(c, signer, resource)
	if !decision.Allowed {
		return forbidden(denied(signer, resource, decision))
	}
	c.Note("statement", decision.Why)
	return nil
}

func (a *API) decideInvoke(
	c *call, signer *authorize.Signer, resource string,
) authorize.IAMDecision {
	request := c.request
	if request == nil { // of a message: what the upgrade told of the client
		request = &exchange.Request{
			Header:   exchange.Header{{Name: "User-Agent", Value: c.conn.userAgent}},
			SourceIP: c.conn.sourceIP, Received: c.vars.RequestTime, TLS: c.identity.secure,
		}
	}
	return a.decide(c, &authorize.IAMCall{
		Action: invokeAction, Resource: resource, Caller: signer.Credential,
		Conditions: authorize.RequestConditions(request),
	})
}

// decide asks the policies of a signer.
func (a *API) decide(c *call, asked *authorize.IAMCall) authorize.IAMDecision {
	began := clock.Begin(a.deps.Clock)
	asked.APIAccount = a.def.Account.ID
	decision := a.deps.Principals.Decide(*asked)
	c.vars.Authorize = exchange.Phase{
		Status: http.StatusOK, Latency: clock.Took(a.deps.Clock, began),
	}
	if !decision.Allowed {
		c.vars.Authorize.Status, c.vars.Authorize.Error = http.StatusForbidden, decision.Why
	}
	return decision
}
