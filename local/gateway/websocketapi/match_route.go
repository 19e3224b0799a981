package websocketapi

import (
	"context"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/pipeline"
)

// The predefined route keys.
const (
	connectKey    = "$connect"
	disconnectKey = "$disconnect"
	defaultKey    = "$default"
)

// What AWS calls the events of $connect, of $disconnect, and of all others.
const (
	eventConnect    = "CONNECT"
	eventMessage    = "MESSAGE"
	eventDisconnect = "DISCONNECT"
)

// route is a compiled route.
type route struct {
	key        string
	operation  string
	unserved   string      // why calls of it are refused; "" when they are not
	authorizer *authorizer // $connect only
	signed     bool        // $connect only: authorization type AWS_IAM
	needsKey   bool        // $connect only: API key required
	twoWay     bool        // what the integration answers goes back to the client
	validation validation
	backends   map[string]backend // by stage
	shown      string             // what it calls, in the table of routes
}

func (a *API) compileRoute(def api.Route) (*route, error) {
	r := &route{
		key: def.Key, operation: def.OperationName, validation: a.compileValidation(&def),
		twoWay: def.HasRouteResponse && def.RouteResponseSelectionExpression != "",
	}
	if err := a.compileAccess(r, def); err != nil {
		return nil, err
	}
	return r, a.compileBackends(r, &def)
}

// functionOf reads the function from the URI of an invocation, or from its plain ARN.
func functionOf(uri string) (arn string, ok bool) {
	if _, rest, found := strings.Cut(uri, ":lambda:path/2015-03-31/functions/"); found {
		return strings.CutSuffix(rest, "/invocations")
	}
	return uri, strings.Contains(uri, ":function:")
}

// functionName returns the name in a function ARN.
func functionName(arn string) string {
	_, rest, _ := strings.Cut(arn, ":function:")
	name, _, _ := strings.Cut(rest, ":")
	return name
}

// matchConnect finds the $connect route; without one the connection opens at once.
func (a *API) matchConnect(_ context.Context, c *call) error {
	c.vars.RouteKey = connectKey
	found, ok := a.routes[connectKey]
	if !ok {
		c.reply.Status = switchingProtocols
		c.Note("route", "the API has no $connect route: the connection opens at once")
		return pipeline.ErrAnswered
	}
	return c.take(found)
}

// matchDisconnect finds the $disconnect route; without one there is nothing to do.
func (a *API) matchDisconnect(_ context.Context, c *call) error {
	c.vars.RouteKey = disconnectKey
	found, ok := a.routes[disconnectKey]
	if !ok {
		c.reply.Status = statusOK
		return pipeline.ErrAnswered
	}
	return c.take(found)
}

// take makes r the route of the call; one that asks for what is not served yet is refused.
func (c *call) take(r *route) error {
	c.route, c.vars.RouteKey, c.vars.OperationName = r, r.key, r.operation
	if r.unserved != "" {
		return forbidden(r.unserved)
	}
	return nil
}
