package websocketapi

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
)

// authorizer is a compiled REQUEST authorizer.
type authorizer struct {
	id, name string
	lambda   map[string]*authorize.Lambda // by stage
	sources  []source
	unserved string // why it refuses everyone; "" when it does not
}

// source is an identity source: where in the upgrade something must be found.
type source struct {
	text, kind, name string // "route.request.header.Auth", "route.request.header", "Auth"
}

// compileAccess compiles what stands before a route. Of WebSocket routes $connect alone has
// something there; another that asks for it is refused to everybody.
func (a *API) compileAccess(r *route, def api.Route) error {
	open := def.AuthorizationType == "" || def.AuthorizationType == "NONE"
	switch {
	case def.Key != connectKey && (!open || def.APIKeyRequired):
		r.unserved = "of WebSocket routes " + connectKey + " alone has authorization and API keys"
	case open:
	case def.AuthorizationType == "AWS_IAM":
		r.signed = true
	case def.AuthorizationType == "CUSTOM":
		var err error
		if r.authorizer, err = a.compileAuthorizer(def.AuthorizerID); err != nil {
			return err
		}
	default:
		return fmt.Errorf("the authorization type is %q, allowed are NONE, AWS_IAM and CUSTOM",
			def.AuthorizationType)
	}
	r.needsKey = def.APIKeyRequired
	return nil
}

func (a *API) compileAuthorizer(id string) (*authorizer, error) {
	def, known := a.def.Authorizers[id]
	if !known {
		return nil, fmt.Errorf("there is no authorizer %q", id)
	}
	if def.Type != "REQUEST" {
		return nil, fmt.Errorf("authorizer %s has type %q, WebSocket APIs have REQUEST alone",
			def.Name, def.Type)
	}
	compiled := &authorizer{id: id, name: def.Name, lambda: map[string]*authorize.Lambda{}}
	function, ok := functionOf(def.URI)
	if !ok {
		compiled.unserved = fmt.Sprintf("the authorizer's URI %q names no Lambda function", def.URI)
	}
	options := authorize.LambdaOptions{
		Name: def.Name, Role: def.Credentials, Clock: a.deps.Clock, Invoker: a.deps.Invoker,
	}
	if def.Credentials == "" {
		options.SourceARN = a.arn("authorizers/" + id)
	}
	var err error
	for name, s := range a.stages {
		options.FunctionARN = exchange.FillStageVariables(function, s.variables)
		if compiled.lambda[name], err = authorize.NewWebSocketLambda(options); err != nil {
			return nil, err
		}
	}
	compiled.sources, err = compileSources(def)
	return compiled, err
}

func compileSources(def api.V2Authorizer) ([]source, error) {
	kinds := []string{
		"route.request.header", "route.request.querystring", "stageVariables", "context",
	}
	sources := make([]source, 0, len(def.IdentitySource))
next:
	for _, text := range def.IdentitySource {
		for _, kind := range kinds {
			if name, found := strings.CutPrefix(text, kind+"."); found && name != "" {
				sources = append(sources, source{text: text, kind: kind, name: name})
				continue next
			}
		}
		return nil, fmt.Errorf("authorizer %s: identity source %q, allowed are %s, each with a name",
			def.Name, text, strings.Join(kinds, ", "))
	}
	return sources, nil
}

// checkIdentity refuses an upgrade that lacks an identity source, without calling the function.
func (a *API) checkIdentity(_ context.Context, c *call) error {
	if c.route.authorizer == nil {
		return nil
	}
	for _, s := range c.route.authorizer.sources {
		if s.value(c) == "" {
			return unauthorized("the identity source " + s.text + " is missing or empty")
		}
	}
	return nil
}

func (s source) value(c *call) string {
	switch s.kind {
	case "route.request.header":
		return strings.Join(c.request.Header.Values(s.name), ",")
	case "route.request.querystring":
		return queryValue(c.request.RawQuery, s.name)
	case "stageVariables":
		return c.stage.variables[s.name]
	}
	value, _ := c.vars.Lookup(s.name)
	return value
}

// queryValue returns the first value of a parameter, decoded.
func queryValue(raw, name string) string {
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(key); err != nil || decoded != name {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			return decoded
		}
		return value
	}
	return ""
}
