package httpapi

import (
	"fmt"
	"strings"
	"time"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
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
	variables        []byte // JSON object, nil without variables
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

// target is the integration of a route on a stage.
type target struct {
	functionARN, function string
	sourceARN             string
	format                string
	timeout               time.Duration
	unserved              string // why it cannot be called, "" when it can
}

func (a *API) compileStage(
	def *api.Stage, authorizers *authorizers,
) (*stage, error) {
	s := &stage{
		name: def.Name, deployment: def.DeploymentID,
		routes: route.New[*endpoint](route.HTTP), limits: map[string]throttle.Limit{},
	}
	if len(def.Variables) > 0 {
		s.variables = payload.AppendObject(nil, def.Variables)
	}
	if def.AccessLog != nil {
		format, err := accesslog.Compile(def.AccessLog.Format)
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

func (a *API) compileTarget(s *api.Stage, def *api.Route) (target, error) {
	if def.IntegrationID == "" {
		return target{unserved: "the route has no integration"}, nil
	}
	integration, ok := a.def.Integrations[def.IntegrationID]
	if !ok {
		return target{}, fmt.Errorf("integration %q is not one of this API", def.IntegrationID)
	}
	if reason := unserved(&integration); reason != "" {
		return target{unserved: reason}, nil
	}
	t := target{
		format:  integration.PayloadFormatVersion,
		timeout: time.Duration(integration.TimeoutMillis) * time.Millisecond,
	}
	if t.format != format10 && t.format != format20 {
		return target{}, fmt.Errorf("integration %q: payload format version %q, allowed are %s and %s",
			def.IntegrationID, t.format, format10, format20)
	}
	if t.timeout <= 0 {
		return target{}, fmt.Errorf("integration %q: timeout of %d ms, allowed are 50 to 30000",
			def.IntegrationID, integration.TimeoutMillis)
	}
	uri := expand(integration.URI, s.Variables)
	t.functionARN = functionARN(uri)
	t.function = functionName(t.functionARN)
	if t.function == "" && uri == integration.URI {
		return target{}, fmt.Errorf("integration %q: URI %q names no Lambda function",
			def.IntegrationID, uri)
	}
	if t.function == "" {
		t.unserved = fmt.Sprintf("URI %q, with stage variables filled in, names no Lambda function",
			uri)
	}
	// Unlike AWS: what the integration's own role may do is not looked at.
	if integration.Credentials == "" {
		t.sourceARN = a.sourceARN(s.Name, def.Key)
	}
	return t, nil
}

// unserved says why an integration cannot be called, "" when it can.
func unserved(i *api.V2Integration) string {
	switch {
	case i.Type != "AWS_PROXY":
		return "integration type " + i.Type + " is not served yet for HTTP APIs"
	case i.Subtype != "":
		return "integration subtype " + i.Subtype + " is not served yet"
	case len(i.RequestParameters) > 0 || len(i.ResponseParameters) > 0:
		return "parameter mapping is not served yet for HTTP APIs"
	}
	return ""
}

// expand fills in stage variables.
func expand(uri string, variables map[string]string) string {
	var text strings.Builder
	for _, piece := range exchange.SplitReferences(uri, "stageVariables") {
		if piece.Name == "" {
			text.WriteString(piece.Text)
			continue
		}
		text.WriteString(variables[strings.TrimPrefix(piece.Name, "stageVariables.")])
	}
	return text.String()
}

// functionARN takes the function out of an invocation ARN; a function's own ARN stays as it is.
func functionARN(uri string) string {
	if _, rest, found := strings.Cut(uri, "/functions/"); found {
		return strings.TrimSuffix(rest, "/invocations")
	}
	return uri
}

// functionName is "orders" of arn:aws:lambda:us-east-1:123456789012:function:orders:live.
func functionName(arn string) string {
	parts := strings.Split(arn, ":")
	if len(parts) < 7 || parts[2] != "lambda" || parts[5] != "function" {
		return ""
	}
	return parts[6]
}

// sourceARN is whom Lambda's resource policy is asked about: {api}/{stage}/{METHOD}{path}, "*" for
// ANY, and {api}/{stage}/$default.
func (a *API) sourceARN(stageName, key string) string {
	account := a.def.Account
	arn := "arn:" + account.Partition + ":execute-api:" + account.Region + ":" + account.ID + ":" +
		a.def.ID + "/" + stageName + "/"
	if key == defaultRoute {
		return arn + defaultRoute
	}
	method, path := splitKey(key)
	if method == route.Any {
		method = "*"
	}
	return arn + method + path
}

func describeTarget(i *api.V2Integration) string {
	if name := functionName(functionARN(i.URI)); name != "" {
		return name
	}
	return i.Type + " " + i.URI
}
