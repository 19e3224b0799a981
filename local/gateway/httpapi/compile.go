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
	variables        []byte            // JSON object, nil without variables
	values           map[string]string // the same
	routes           *route.Tree[*endpoint]
	fallback         *endpoint // of $default, may be nil
	limits           map[string]throttle.Limit
	accessLog        *accesslog.Format // nil for none
	logDestination   string
}

// endpoint is a route on a stage.
type endpoint struct {
	key, method, operation string
	bucket                 string // of the route's throttle, "" for none
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
		routes: route.New[*endpoint](route.HTTP), limits: map[string]throttle.Limit{},
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
	if limit := routeLimit(stageDef, def.Key); limit != nil {
		e.bucket = s.name + " " + def.Key
		s.limits[e.bucket] = throttle.Limit{Rate: limit.Rate, Burst: limit.Burst}
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

// routeLimit returns the throttle of a route on a stage: its own, else the stage's default, which
// each route has a bucket of.
func routeLimit(s *api.Stage, key string) *api.Throttle {
	if own, ok := s.MethodSettings[key]; ok && own.Throttle != nil {
		return own.Throttle
	}
	return s.MethodSettings["*"].Throttle
}

func (a *API) limits() map[string]throttle.Limit {
	all := map[string]throttle.Limit{}
	for _, s := range a.stages {
		for key, limit := range s.limits {
			all[key] = limit
		}
	}
	return all
}
