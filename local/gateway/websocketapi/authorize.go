package websocketapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// grant is what was found out about the caller at $connect; it holds as long as the connection.
type grant struct {
	principal string
	context   map[string]any // of an authorizer: strings
	latency   time.Duration
	caller    exchange.Caller
	signer    *authorize.Signer // of AWS_IAM; nil for all others
	secure    bool              // whether the signer came with TLS
}

// fill writes the grant into the variables of a call; a nil grant writes nothing.
func (g *grant) fill(v *exchange.Variables) {
	if g != nil {
		v.PrincipalID, v.Authorizer, v.AuthorizerLatency = g.principal, g.context, g.latency
		v.Caller = g.caller
	}
}

// authorize asks what guards $connect.
func (a *API) authorize(ctx context.Context, c *call) error {
	switch {
	case c.route.signed:
		return a.authorizeSigner(c)
	case c.route.authorizer != nil:
		return a.askAuthorizer(ctx, c)
	}
	return nil
}

// askAuthorizer asks the REQUEST authorizer. Whatever goes wrong with it denies.
func (a *API) askAuthorizer(ctx context.Context, c *call) error {
	authorizer := c.route.authorizer
	c.Note("authorizer", authorizer.name)
	if authorizer.unserved != "" {
		return authorizerFailed(errors.New(authorizer.unserved))
	}
	methodARN := a.arn(c.stage.name + "/" + connectKey)
	verdict, err := authorizer.lambda[c.stage.name].Authorize(ctx, authorize.Question{
		MethodARN: methodARN, Trace: c.vars.TraceID,
		Conditions: func() map[string][]string { return authorize.RequestConditions(c.request) },
		Event: func() []byte {
			return payload.WebSocketAuthorizer(methodARN, c.forwarded(), &c.vars, c.stage.variables)
		},
	})
	c.vars.AuthorizerLatency = verdict.Latency
	c.vars.AuthorizerStatus = "200"
	if verdict.LambdaResult != nil {
		c.keep(&verdict)
	}
	var denied *authorize.LambdaError
	if errors.As(err, &denied) {
		return c.refusedByAuthorizer(denied)
	}
	if err == nil {
		c.vars.Authorize.Status = http.StatusOK
	}
	return err
}

// keep writes down what the authorizer said, also when the call may not pass.
func (c *call) keep(verdict *authorize.Verdict) {
	c.identity = &grant{
		principal: verdict.PrincipalID, context: verdict.Variables, latency: verdict.Latency,
	}
	c.identity.fill(&c.vars)
	c.vars.AuthorizerRequestID, c.usageKey = verdict.RequestID, verdict.UsageKey
	c.Note("principal", verdict.PrincipalID)
	c.Note("latency", verdict.Latency.String())
	if verdict.Statement != "" {
		c.Note("statement", verdict.Statement)
	}
}

// refusedByAuthorizer puts a denial into a WebSocket API's words.
func (c *call) refusedByAuthorizer(denied *authorize.LambdaError) error {
	c.vars.AuthorizerError = denied.Reason
	switch denied.Denial {
	case authorize.MissingIdentity, authorize.InvalidIdentity, authorize.Unauthorized:
		c.vars.AuthorizerStatus = "401"
		return unauthorized(denied.Reason)
	case authorize.ExplicitDeny, authorize.ImplicitDeny:
		c.vars.AuthorizerStatus = "403"
		c.vars.Authorize = exchange.Phase{Status: http.StatusForbidden, Error: denied.Reason}
		return forbidden(denied.Reason)
	}
	c.vars.AuthorizerStatus = "500"
	return authorizerFailed(denied)
}

// arn names a part of this API.
func (a *API) arn(rest string) string {
	return "arn:" + a.def.Account.Partition + ":execute-api:" + a.def.Account.Region + ":" +
		a.def.Account.ID + ":" + a.def.ID + "/" + rest
}
