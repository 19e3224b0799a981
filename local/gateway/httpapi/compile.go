package httpapi

import (
	"fmt"
	"strings"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/api"
	"portico/local/gateway/payload"
	"portico/local/gateway/route"
	"portico/local/gateway/throttle"
)

const defaultStage, defaultRoute = "$default", "$default"

// The payload formats of Lambda integrations.
const (
	format10 = "1.0"
	format20 = "2.0"
)

// stage is a stage, compiled.
type stage struct {
	name, deployment string
	of               *API              // what is served here: as its deployment froze it
	variables        []byte            // JSON object, nil without variables
	values           map[string]string // the same
	routes           *route.Tree[*endpoint]
	fallback         *endpoint         // of $default, may be nil
	accessLog        *accesslog.Format // nil for none
	logDestination   string
}

// endpoint is a route on a stage.
type endpoint struct {
	key, method, operation string
	bucket                 *throttle.Bucket // of the route's throttle, nil for none
	authorization          string
	guard                  guard
	authorizer             string // its name, "" for none
	target                 target
}

func (a *API) compileStage(
	def *api.Stage, authorizers *authorizers,
) (*stage, error) {
	s := &stage{
		name: def.Name, deployment: def.DeploymentID, values: def.Variables,
		routes: route.New[*endpoint](route.HTTP),
	}
	if len(def.Variables) > 0 {
		s.variables = payload.AppendObject(nil, def.Variables)
	}
	if def.AccessLog != nil {
		format, err := accesslog.CompileHTTP(def.AccessLog.Format)
		if err != nil {
			return nil, fmt.Errorf("access log: %w", err)
		}
		s.accessLog, s.logDestination = format, def.AccessLog.DestinationARN
	}
	for i := range a.def.Routes {
		if err := a.addRoute(s, def, &a.def.Routes[i], authorizers); err != nil {
			return nil, fmt.Errorf("route %q: %w", a.def.Routes[i].Key, err)
		}
	}
	return s, nil
}

func (a *API) addRoute(
	s *stage, stageDef *api.Stage, def *api.Route, authorizers *authorizers,
) error {
	method, path := splitKey(def.Key)
	e := &endpoint{
		key: def.Key, method: method, operation: def.OperationName,
		authorization: def.AuthorizationType,
	}
	var err error
	if e.guard, err = a.compileGuard(s, stageDef, def, authorizers); err != nil {
		return err
	}
	if def.AuthorizerID != "" {
		e.authorizer = a.def.Authorizers[def.AuthorizerID].Name
	}
	if e.bucket, err = a.routeBucket(stageDef, def.Key); err != nil {
		return err
	}
	if e.target, err = a.compileTarget(stageDef, def); err != nil {
		return err
	}
	if def.Key != defaultRoute {
		return s.routes.Add(method, path, e)
	}
	if s.fallback != nil {
		return fmt.Errorf("%s appears twice", defaultRoute)
	}
	s.fallback = e
	return nil
}

// splitKey reads "GET /orders"; $default is a route for any method.
func splitKey(key string) (method, path string) {
	if method, path, found := strings.Cut(key, " "); found {
		return method, path
	}
	return route.Any, key
}
