package httpapi

import (
	"errors"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/throttle"
)

// Dependencies is what an API needs from outside.
type Dependencies struct {
	Clock    clock.Clock
	Invoker  exchange.Invoker
	Observer exchange.Observer // told of every finished call, exactly once; nil tells nobody
	// AccessLog takes a line per call of the stages that have an access log; nil drops them.
	AccessLog func(destinationARN, line string)
	Log       *slog.Logger // takes failures; nil drops them
	Keys      authorize.KeySource
	// Secrets knows who may sign calls of AWS_IAM routes; nil knows nobody.
	Secrets    authorize.Secrets
	Principals authorize.Principals // says what signers may call
	// HTTP calls HTTP backends; nil makes a caller of this API's own.
	HTTP     *integration.HTTP
	Backends integration.Backends // nil calls what the definition names
	// PrivateTargets knows the targets of VPC links; nil knows none.
	PrivateTargets integration.PrivateTargets
	// Deployment returns the definition that a deployment froze, for the stages that point at it; nil
	// has every stage serve the definition as it is.
	Deployment func(id string) (api.HTTP, bool)
	// Endpoints knows where AWS services are reached; nil knows none.
	Endpoints integration.Endpoints
	// Buckets are those of the account, shared with its other APIs; nil makes buckets of the API's own.
	Buckets *throttle.Buckets
	// Credentials gives the keys of the role that an integration with a service names.
	Credentials func(roleARN string) aws.Credentials
}

// API is a compiled HTTP API.
type API struct {
	def    api.HTTP
	deps   Dependencies
	domain string
	stages map[string]*stage
	cors   *cors // nil without a configuration
	walk   pipeline.Pipeline[*call]
	memory pipeline.Memory
}

// Route describes a route of an API.
type Route struct{ Method, Path, Authorizer, Target string }

// New compiles an API: routes, authorizers, limits and access logs. Its errors name the resource.
func New(def api.HTTP, deps Dependencies) (*API, error) {
	if deps.Clock == nil || deps.Invoker == nil {
		return nil, errors.New("an HTTP API needs a clock and an invoker")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.HTTP == nil {
		deps.HTTP = integration.NewHTTP(deps.Clock)
	}
	deps.Buckets = throttle.Shared(deps.Buckets, deps.Clock, def.Account.Region)
	a := &API{
		def: def, deps: deps,
		domain: def.ID + ".execute-api." + def.Account.Region + ".amazonaws.com",
		stages: make(map[string]*stage, len(def.Stages)),
	}
	err := a.compileShared()
	if err != nil {
		return nil, err
	}
	if err := a.compileStages(); err != nil {
		return nil, err
	}
	a.walk = a.steps()
	return a, nil
}

// Routes returns the routes of the API in the order of its definition.
func (a *API) Routes() []Route {
	routes := make([]Route, 0, len(a.def.Routes))
	for i := range a.def.Routes {
		r := &a.def.Routes[i]
		method, path := splitKey(r.Key)
		line := Route{Method: method, Path: path, Authorizer: r.AuthorizationType}
		if authorizer, ok := a.def.Authorizers[r.AuthorizerID]; ok {
			line.Authorizer += " " + authorizer.Name
		}
		if integration, ok := a.def.Integrations[r.IntegrationID]; ok {
			line.Target = describeTarget(&integration)
		}
		routes = append(routes, line)
	}
	return routes
}
