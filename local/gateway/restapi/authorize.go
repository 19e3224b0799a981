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

// authorization is what guards a method. Each asks the API's resource policy where AWS does ("How
// API Gateway resource policies affect authorization workflow").
type authorization interface {
	authorize(ctx context.Context, c *call) error
}

// authorize asks what guards the method.
func (a *API) authorize(ctx context.Context, c *call) error {
	guard := c.method.authorization
	if _, isOpen := guard.(open); !isOpen || c.stage.policy != nil {
		if length := len(c.methodARN()); length > maxMethodARN {
			return methodARNTooLong(length)
		}
	}
	return guard.authorize(ctx, c)
}

// open guards with nothing but the resource policy: authorization type NONE.
type open struct{}

func (open) authorize(_ context.Context, c *call) error {
	c.Note("authorization", "NONE")
	return c.admit()
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
}

func (g *lambdaAuthorizer) authorize(ctx context.Context, c *call) error {
	c.Note("authorizer", g.name)
	resource, err := c.precheck()
	if err != nil {
		return err
	}
	identity, methodARN := g.identity(c), c.methodARN()
	verdict, err := g.lambda.Authorize(ctx, authorize.Question{
		Identity: identity, MethodARN: methodARN, Alias: c.alias(), Conditions: c.conditions,
		Trace: c.traceHeader().full, ResourcePolicy: resource,
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

// identity returns the values of the identity sources. Of a REQUEST authorizer they are no more
// than what its result is kept under, so a parameter that was sent several times is no other
// client's: the function might read the first value, and the next client send only the last.
func (g *lambdaAuthorizer) identity(c *call) []string {
	identity := make([]string, len(g.sources))
	for i := range g.sources {
		s := &g.sources[i]
		identity[i], _ = s.value(c)
		if g.token || identity[i] == "" {
			continue
		}
		switch s.kind {
		case fromHeader:
			identity[i] = strings.Join(s.headerValues(c), "\x00") // no header has that
		case fromQuery:
			identity[i] = strings.Join(quoteAll(s.queryValues(c)), ",")
		}
	}
	return identity
}

// quoteAll makes several values distinguishable from one; a single one stays as it is, unless it
// looks like a quoted one.
func quoteAll(values []string) []string {
	if len(values) == 1 && !strings.HasPrefix(values[0], `"`) {
		return values
	}
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = strconv.Quote(value)
	}
	return quoted
}

// mayInvalidate asks the policy that the function returned.
func (g *lambdaAuthorizer) mayInvalidate(c *call) bool {
	if c.verdict == nil {
		return false
	}
	asked := c.asked(cache.InvalidateAction)
	if c.stage.policy != nil {
		if d, _ := c.stage.policy.Anonymous(asked); d.Effect == policy.Deny {
			return false
		}
	}
	return c.verdict.Evaluate(asked).Effect == policy.Allow
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
