package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/payload"
)

// lambdaGuard guards with a Lambda authorizer, on one stage.
type lambdaGuard struct {
	lambda  *authorize.Lambda
	name    string
	arn     string // of the stage: arn:…:{api}/{stage}/
	format  string
	sources []identitySource
	// unserved is why the function cannot be called: nobody comes in then; "" when it can.
	unserved string
}

func (g *lambdaGuard) authorize(ctx context.Context, c *call) error {
	c.Note("authorizer", g.name)
	var identity []string // nil without sources, which the event shows as null
	for i := range g.sources {
		value := g.sources[i].value(c)
		if value == "" {
			return g.refuse(c, unauthorized("", fmt.Sprintf(
				"the identity source %s of authorizer %s is missing or empty, so the function was not called",
				g.sources[i].text, g.name)))
		}
		identity = append(identity, value)
	}
	if g.unserved != "" {
		return g.refuse(c, authorizerFailed("AUTHORIZER_CONFIGURATION_ERROR", g.unserved))
	}
	routeARN := g.arn + c.request.Method + c.decodedPath()
	verdict, err := g.lambda.Authorize(ctx, authorize.Question{
		Identity: identity, MethodARN: routeARN, Trace: c.vars.TraceID,
		Conditions: func() map[string][]string { return authorize.RequestConditions(c.request) },
		Event:      func() []byte { return g.event(c, identity, routeARN) },
	})
	g.keep(c, &verdict)
	var denied *authorize.LambdaError
	if errors.As(err, &denied) {
		return g.refuse(c, lambdaRefusal(denied))
	}
	return err
}

// refuse says in the access log why nobody comes in.
func (g *lambdaGuard) refuse(c *call, err error) error {
	var no *refusal
	if errors.As(err, &no) {
		c.vars.AuthorizerError, c.vars.AuthorizerStatus = no.reason, strconv.Itoa(no.status)
	}
	return err
}

// lambdaRefusal puts a denial into an HTTP API's words.
func lambdaRefusal(denied *authorize.LambdaError) error {
	switch denied.Denial {
	case authorize.MissingIdentity, authorize.InvalidIdentity, authorize.Unauthorized:
		return unauthorized("", denied.Reason)
	case authorize.ExplicitDeny, authorize.ImplicitDeny:
		return forbidden("", denied.Reason)
	case authorize.ARNTooLong:
		return uriTooLong(denied.Reason)
	case authorize.Misconfigured:
		return authorizerFailed("AUTHORIZER_CONFIGURATION_ERROR", denied.Reason)
	}
	return authorizerFailed("AUTHORIZER_FAILURE", denied.Reason)
}

func (g *lambdaGuard) event(c *call, identity []string, routeARN string) []byte {
	e := payload.HTTPCall{
		Request: c.request, Variables: &c.vars, Params: c.params,
		StageVariables: c.stage.variables,
	}
	const usual = 2048 // bytes
	event := make([]byte, 0, usual)
	if g.format == format10 {
		return payload.AppendAuthorizerEvent10(event, &e, identity, routeARN)
	}
	return payload.AppendAuthorizerEvent20(event, &e, identity, routeARN)
}

// keep writes down what the authorizer said, also when the call may not pass.
func (g *lambdaGuard) keep(c *call, verdict *authorize.Verdict) {
	c.vars.AuthorizerLatency = verdict.Latency
	if verdict.LambdaResult == nil {
		return
	}
	c.identity = (*lambdaIdentity)(verdict.LambdaResult)
	c.vars.PrincipalID, c.vars.AuthorizerRequestID = verdict.PrincipalID, verdict.RequestID
	c.vars.Authorizer = verdict.Variables // shared with other calls; nobody writes to it
	c.vars.AuthorizerStatus = "200"
	if verdict.PrincipalID != "" {
		c.Note("principal", verdict.PrincipalID)
	}
	c.Note("cached", strconv.FormatBool(verdict.Cached))
	if verdict.Statement != "" {
		c.Note("statement", verdict.Statement)
	}
	if !verdict.Cached {
		c.Note("latency", verdict.Latency.String())
	}
}

// lambdaIdentity is what an authorizer function said of the caller.
type lambdaIdentity authorize.LambdaResult

func (i *lambdaIdentity) event(format string) []byte {
	if format == format10 {
		return i.Event10
	}
	return i.Event20
}

// identitySource says where in a call something must be found.
type identitySource struct {
	text, kind, name string // "$request.header.Auth", "$request.header.", "Auth"
	fixed            string // the value of a stage variable
}

// The kinds of identity sources ("Working with AWS Lambda authorizers for HTTP APIs").
const (
	headerSource   = "$request.header."
	querySource    = "$request.querystring."
	contextSource  = "$context."
	variableSource = "$stageVariables."
)

func parseIdentitySource(text string, variables map[string]string) (identitySource, error) {
	kinds := []string{headerSource, querySource, contextSource, variableSource}
	for _, kind := range kinds {
		name, found := strings.CutPrefix(text, kind)
		if found && name != "" {
			s := identitySource{text: text, kind: kind, name: name}
			if kind == variableSource {
				s.fixed = variables[name]
			}
			return s, nil
		}
	}
	return identitySource{}, fmt.Errorf("identity source %q, allowed are %s, each with a name", text,
		strings.Join(kinds, " "))
}

// value joins what is sent more than once with commas, as AWS does wherever it selects one text:
// no second header or parameter can hide behind the one that was judged.
func (s *identitySource) value(c *call) string {
	switch s.kind {
	case headerSource:
		return strings.Join(c.request.Header.Values(s.name), ",")
	case querySource:
		return strings.Join(queryValues(c.request.RawQuery, s.name), ",")
	case variableSource:
		return s.fixed
	}
	value, _ := c.vars.Lookup(s.name)
	return value
}

// queryValues returns the values of a parameter, decoded where they can be.
func queryValues(raw, name string) []string {
	var values []string
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if pair != "" && unescape(key) == name {
			values = append(values, unescape(value))
		}
	}
	return values
}

func unescape(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}
