package restapi

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/executionlog"
)

// testAuthorizerStage is the stage in the method ARN that a tested authorizer is told.
const testAuthorizerStage = "ESTestInvoke-stage"

// TestAuthorization is what TestInvokeAuthorizer is asked.
type TestAuthorization struct {
	AuthorizerID        string
	PathWithQueryString string
	Header              exchange.Header
	Body                string
	StageVariables      map[string]string
}

// TestedAuthorization is what TestInvokeAuthorizer answers.
type TestedAuthorization struct {
	// ClientStatus is what a client would have been answered; 0 when the authorizer succeeded, also
	// with a policy that denies.
	ClientStatus  int
	Log           string
	Latency       time.Duration
	PrincipalID   string
	Policy        string // as the function returned it; "" for none
	Authorization map[string]string
	Claims        map[string]string // of a token of a user pool
}

// TestInvokeAuthorizer asks an authorizer of the definition as it is, deployed or not, about a call
// that nobody made: GET of the path it is given. Nothing is kept of the result, and nobody is told
// of the call but the function. An error is a NotFoundError.
func (a *API) TestInvokeAuthorizer(
	ctx context.Context, in TestAuthorization,
) (TestedAuthorization, error) {
	def, ok := a.def.Authorizers[in.AuthorizerID]
	if !ok {
		return TestedAuthorization{}, &NotFoundError{"Invalid Authorizer identifier specified"}
	}
	def.ResultTTL = 0
	heard := &listener{Invoker: a.deps.Invoker}
	asking := a.compiler(a.def)
	asking.deps.Invoker = heard
	s := &stage{
		def:      &api.Stage{Name: testAuthorizerStage, Variables: in.StageVariables},
		deployed: &a.def, arn: a.arn() + "/" + testAuthorizerStage + "/",
	}
	if len(in.StageVariables) > 0 {
		text, err := json.Marshal(in.StageVariables)
		if err != nil {
			return TestedAuthorization{}, err
		}
		s.variables = text
	}
	invocation := TestInvocation{
		HTTPMethod: "GET", PathWithQueryString: in.PathWithQueryString, Header: in.Header, Body: in.Body,
	}
	c := a.arriveTest(&invocation, s, "/")
	c.vars.Stage = testAuthorizerStage
	c.method = &method{def: &api.Method{}, resource: &api.Resource{Path: "/"}}
	c.method.authorization = asking.compileAuthorizer(s, in.AuthorizerID, &def)
	c.vars.ResourcePath = "/"
	err := askTested(ctx, c)
	return a.tested(c, heard, err)
}

// askTested asks the authorizer of a call; a policy that denies is no refusal here.
func askTested(ctx context.Context, c *call) error {
	asked, ok := c.method.authorization.(*lambdaAuthorizer)
	if !ok {
		return c.method.authorization.authorize(ctx, c)
	}
	identity, methodARN := asked.identity(c), c.methodARN()
	verdict, err := asked.lambda.Authorize(ctx, authorize.Question{
		Identity: identity, MethodARN: methodARN, Conditions: c.conditions,
		Trace: c.traceHeader().full,
		Event: func() []byte { return asked.event(c, identity, methodARN) },
	})
	asked.keep(c, &verdict)
	var denied *authorize.LambdaError
	switch {
	case !errors.As(err, &denied):
		return err
	case denied.Denial == authorize.ExplicitDeny || denied.Denial == authorize.ImplicitDeny:
		return nil
	}
	return authorizerRefusal(denied)
}

// tested says what came of it.
func (a *API) tested(c *call, heard *listener, err error) (TestedAuthorization, error) {
	out := TestedAuthorization{
		Latency: clock.Took(a.deps.Clock, c.vars.Began), PrincipalID: c.vars.PrincipalID,
		Policy: heard.policy(), Claims: c.vars.Claims, Authorization: map[string]string{},
	}
	if c.verdict != nil {
		for _, value := range c.verdict.Context {
			out.Authorization[value.Name] = value.Value
		}
	}
	log := newTestLog(c)
	asked := log.authorizerBegins(c)
	if asked && heard.payload != nil {
		log.At = a.deps.Clock.Now()
		log.Add("Endpoint response body before transformations: " + executionlog.Body(heard.payload))
	}
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		out.ClientStatus = refused.status
		log.Add(refused.executionText(c))
		log.Add("Method completed with status: " + strconv.Itoa(refused.status))
	case err != nil:
		return TestedAuthorization{}, err
	default:
		log.authorizerEnds(c)
	}
	out.Log = log.String()
	return out, nil
}

// listener hears what a function answers.
type listener struct {
	exchange.Invoker
	payload []byte
}

// Invoke runs the function.
func (l *listener) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	out, err := l.Invoker.Invoke(ctx, in)
	l.payload = out.Payload
	return out, err
}

// policy returns the policy document that was answered.
func (l *listener) policy() string {
	var answer struct {
		PolicyDocument json.RawMessage `json:"policyDocument"`
	}
	if json.Unmarshal(l.payload, &answer) != nil {
		return ""
	}
	return string(answer.PolicyDocument)
}
