package websocketapi

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/executionlog"
	"portico/local/gateway/integration"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
)

// Dependencies are what an API needs of the world around it.
type Dependencies struct {
	Clock    clock.Clock
	Invoker  exchange.Invoker  // runs functions
	Observer exchange.Observer // told of every connect, message, disconnect and @connections call
	// AccessLog is called once per call when the stage has an access log; may be nil.
	AccessLog func(destinationARN, line string)
	// ExecutionLog is called once per event that the stage's execution log is to have, with all its
	// lines; nil writes none.
	ExecutionLog func(group, lines string)
	Log          *slog.Logger
	Secrets      authorize.Secrets // of the keys that sign @connections calls and AWS_IAM upgrades
	// Principals says what signers may call.
	Principals authorize.Principals
	// Buckets are those of the account, shared with its other APIs; nil makes buckets of the API's own.
	Buckets *throttle.Buckets
	// Usage counts what API keys use of usage plans, over all APIs; nil counts for this API alone.
	Usage *usage.Store
	// HTTP calls the backends of HTTP, HTTP_PROXY and AWS integrations; nil makes a caller of the
	// API's own.
	HTTP *integration.HTTP
	// Presenting returns a caller that presents the client certificate of that id to HTTP backends;
	// nil knows none, and the backends of stages that name one are not called.
	Presenting func(certificateID string) (*integration.HTTP, error)
	// Backends knows where HTTP backends are reached; nil calls what the definition names.
	Backends integration.Backends
	// PrivateTargets knows what stands behind VPC links; nil knows nothing.
	PrivateTargets integration.PrivateTargets
	// Endpoints knows where AWS services are; nil knows none.
	Endpoints integration.Endpoints
	// Credentials returns what the calls of AWS services are signed with for the role that an
	// integration names; nil signs none, and such calls fail.
	Credentials func(roleARN string) aws.Credentials
	// Deployment returns what a deployment froze when it was made; nil, and an id that it does not
	// know, mean that the deployment is of the definition as it is.
	Deployment func(id string) (api.WebSocket, bool)
}

// API is a compiled WebSocket API; it serves all its stages.
type API struct {
	def       api.WebSocket
	deps      Dependencies
	stages    map[string]*stage
	routes    map[string]*route // by route key
	selection *expression
	keySource keySource
	throttle  routeBuckets

	connects, messages, disconnects, management pipeline.Pipeline[*call]

	deployed map[string]*API // by stage: what serves its deployment, where that was frozen
	hub      *hub            // shared with the APIs before and after this one
}

// stage is a compiled stage.
type stage struct {
	name      string
	variables map[string]string
	deploy    string
	logARN    string
	logFormat *accesslog.Format                // nil: no access log
	logs      map[string]executionlog.Settings // execution logs, by route key and "*"
	keys      map[string]apiKey                // by value: those of usage plans that name the stage
	caller    *integration.HTTP                // of HTTP backends; nil: none may be called
	presents  string                           // the id of the client certificate; "" for none
}

// New compiles an API. It starts nothing; Close ends what Upgrade starts.
func New(def api.WebSocket, deps Dependencies) (*API, error) {
	if deps.HTTP == nil {
		deps.HTTP = integration.NewHTTP(deps.Clock)
	}
	deps.Buckets = throttle.Shared(deps.Buckets, deps.Clock, def.Account.Region)
	deps.Usage = usage.Shared(deps.Usage, deps.Clock)
	a, err := compile(def, deps)
	if err != nil {
		return nil, err
	}
	if err := a.compileDeployments(); err != nil {
		return nil, err
	}
	if err := a.compileThrottle(); err != nil {
		return nil, fmt.Errorf("WebSocket API %s (%s): %w", def.Name, def.ID, err)
	}
	a.share(newHub(a))
	return a, nil
}

// compile compiles a definition, all of whose stages serve it as it is.
func compile(def api.WebSocket, deps Dependencies) (*API, error) {
	a := &API{
		def: def, deps: deps, stages: map[string]*stage{}, routes: map[string]*route{},
	}
	var err error
	a.selection, err = compileExpression(def.RouteSelectionExpression, requestVariables())
	if err != nil {
		return nil, fmt.Errorf("WebSocket API %s (%s): route selection expression: %w",
			def.Name, def.ID, err)
	}
	if a.keySource, err = compileKeySource(&def); err != nil {
		return nil, fmt.Errorf("WebSocket API %s (%s): %w", def.Name, def.ID, err)
	}
	for _, s := range def.Stages {
		if a.stages[s.Name], err = a.compileStage(s); err != nil {
			return nil, fmt.Errorf("WebSocket API %s (%s): stage %s: %w", def.Name, def.ID, s.Name, err)
		}
	}
	for _, r := range def.Routes {
		if _, twice := a.routes[r.Key]; twice {
			return nil, fmt.Errorf("WebSocket API %s (%s): route %s is defined twice",
				def.Name, def.ID, r.Key)
		}
		if a.routes[r.Key], err = a.compileRoute(r); err != nil {
			return nil, fmt.Errorf("WebSocket API %s (%s): route %s: %w", def.Name, def.ID, r.Key, err)
		}
	}
	a.connects, a.messages = a.connectPipeline(), a.messagePipeline()
	a.disconnects, a.management = a.disconnectPipeline(), a.managementPipeline()
	return a, nil
}

func (a *API) compileStage(def api.Stage) (*stage, error) {
	s := &stage{
		name: def.Name, variables: def.Variables, deploy: def.DeploymentID,
		logs: a.compileLogging(&def), presents: def.ClientCertificateID,
	}
	var err error
	s.caller, err = integration.CallerFor(a.deps.HTTP, a.deps.Presenting, def.ClientCertificateID)
	if err != nil {
		return nil, err
	}
	if s.keys, err = a.keysOf(def.Name); err != nil || def.AccessLog == nil {
		return s, err
	}
	s.logARN = def.AccessLog.DestinationARN
	s.logFormat, err = accesslog.Compile(def.AccessLog.Format)
	return s, err
}

// Adopt takes over the open connections of the API that a served until now. It must be called
// before a serves its first call; closing old then does nothing.
func (a *API) Adopt(old *API) {
	a.share(old.hub)
	a.hub.api.Store(a)
}

// Serve answers what is no upgrade: @connections calls, and refusals for the rest.
func (a *API) Serve(ctx context.Context, r *exchange.Request) *exchange.Reply {
	a = a.of(stageOf(r))
	c := a.newCall(r, "")
	marks := a.management.Walk(ctx, c)
	a.report(c, marks)
	return &c.reply
}

// Holds says whether there is a stage of this name, and whether it holds a connection open.
func (a *API) Holds(stage, connection string) (known, open bool) {
	found, ok := a.hub.find(connection)
	return a.stages[stage] != nil, ok && found.stage == stage
}

// Close sends every open connection 1001, runs $disconnect for it, and waits until ctx ends; then
// it cancels what still runs, and says so in its record. It does nothing when another API has
// adopted the connections.
func (a *API) Close(ctx context.Context) {
	if a.hub.api.Load() == a {
		a.hub.close(ctx)
	}
}

// Route is a line of the table that is shown at start.
type Route struct{ Method, Path, Authorizer, Target string }

// Routes returns the routes in the order of the definition: the path is the route key.
func (a *API) Routes() []Route {
	routes := make([]Route, 0, len(a.def.Routes))
	for _, def := range a.def.Routes {
		r := a.routes[def.Key]
		line := Route{Method: eventType(def.Key), Path: def.Key, Target: r.shown}
		switch {
		case def.Key != connectKey:
		case r.authorizer != nil:
			line.Authorizer = r.authorizer.name
		default:
			line.Authorizer = def.AuthorizationType
		}
		routes = append(routes, line)
	}
	return routes
}

// eventType is how AWS calls what happens on a route.
func eventType(routeKey string) string {
	switch routeKey {
	case connectKey:
		return eventConnect
	case disconnectKey:
		return eventDisconnect
	}
	return eventMessage
}
