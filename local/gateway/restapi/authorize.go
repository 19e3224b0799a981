package restapi

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/cache"
	"portico/local/gateway/payload"
	"portico/local/gateway/policy"
)

// authorization is what guards a method.
type authorization interface {
	authorize(ctx context.Context, c *call) error
}

// authorize asks what guards the method.
func (a *API) authorize(ctx context.Context, c *call) error {
	return c.method.authorization.authorize(ctx, c)
}

// open guards nothing: authorization type NONE.
type open struct{}

func (open) authorize(_ context.Context, c *call) error {
	c.Note("authorization", "NONE")
	return nil
}

// closed lets nobody in, because what the definition asks for is not served.
type closed struct{ refuse func() error }

func (g closed) authorize(context.Context, *call) error { return g.refuse() }

// lambdaAuthorizer guards with a TOKEN or REQUEST authorizer.
type lambdaAuthorizer struct {
	lambda  *authorize.Lambda
	id      string
	name    string
	token   bool // TOKEN: the function is told the one identity source and nothing else
	sources []source
	arn     string // of the stage: arn:…:{api}/{stage}/
}

func (g *lambdaAuthorizer) authorize(ctx context.Context, c *call) error {
	c.Note("authorizer", g.name)
	identity := make([]string, len(g.sources))
	for i := range g.sources {
		identity[i], _ = g.sources[i].value(c)
	}
	methodARN := g.arn + c.vars.HTTPMethod + c.path
	verdict, err := g.lambda.Authorize(ctx, authorize.Question{
		Identity: identity, MethodARN: methodARN, Conditions: c.conditions, Trace: c.traceHeader().full,
		Event: func() []byte { return g.event(c, identity, methodARN) },
	})
	g.keep(c, &verdict)
	if err == nil {
		c.vars.AuthorizerStatus = "200"
		return nil
	}
	var denied *authorize.LambdaError
	if !errors.As(err, &denied) {
		return err
	}
	refused := authorizerRefusal(denied)
	c.vars.AuthorizerError = refused.message
	c.vars.AuthorizerStatus = strconv.Itoa(refused.status)
	return refused
}

// mayInvalidate asks the policy that the function returned.
func (g *lambdaAuthorizer) mayInvalidate(c *call) bool {
	if c.verdict == nil {
		return false
	}
	return c.verdict.Evaluate(policy.Request{
		Action: cache.InvalidateAction, Resource: g.arn + c.vars.HTTPMethod + c.path,
		Conditions: c.conditions(),
	}).Effect == policy.Allow
}

func (g *lambdaAuthorizer) event(c *call, identity []string, methodARN string) []byte {
	if g.token {
		return payload.AppendTokenEvent(nil, identity[0], methodARN)
	}
	event := c.event()
	if key := c.request.Header.Get("X-API-Key"); key != "" {
		shown := c.vars // the key is the client's word until it has been checked
		shown.Caller.APIKey = key
		if known := c.stage.keys[key]; known != nil {
			shown.Caller.APIKeyID = known.def.ID
		}
		event.Variables, event.WithAPIKey = &shown, true
	}
	return event.AppendRequestEvent(make([]byte, 0, event.SizeHint()), methodARN)
}

// keep writes down what the authorizer said, also when the call may not pass: access logs and
// gateway responses name the principal.
func (g *lambdaAuthorizer) keep(c *call, verdict *authorize.Verdict) {
	c.vars.AuthorizerLatency = verdict.Latency
	if verdict.LambdaResult == nil {
		return
	}
	c.verdict = verdict
	c.vars.PrincipalID = verdict.PrincipalID
	c.vars.AuthorizerRequestID = verdict.RequestID
	c.vars.Authorizer = verdict.Variables // shared with other calls; nobody writes to it
	c.Note("principal", verdict.PrincipalID)
	c.Note("cached", strconv.FormatBool(verdict.Cached))
	if verdict.Statement != "" {
		c.Note("statement", verdict.Statement)
	}
	if !verdict.Cached {
		c.Note("latency", verdict.Latency.String())
	}
}

// identitySources reads the identity source expressions of an authorizer.
func identitySources(expression string) ([]source, error) {
	var sources []source
	for text := range strings.SplitSeq(expression, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		compiled, err := parseSource(text)
		if err != nil {
			return nil, err
		}
		compiled.fold = true
		sources = append(sources, compiled)
	}
	return sources, nil
}
