// Package restapi serves a REST API: it takes a call from arrival to reply through the steps of
// AWS's data plane, in AWS's order.
//
// executeapi hands it calls by API; it picks the stage, the resource and the method, asks who may
// call, calls the integration, and answers every "no" through the API's gateway responses. The list
// of steps is in steps.go, everything a client can be told in refusals.go. All that a definition
// says is compiled in New, stage by stage; a call parses nothing. It listens to nothing, builds no
// function and reads no template of CloudFormation.
package restapi

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
	"portico/local/gateway/integration"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
	"portico/local/gateway/validate"
)

// Dependencies are what a REST API needs of its surroundings.
type Dependencies struct {
	Clock   clock.Clock
	Invoker exchange.Invoker
	// Observer is told of every finished call, exactly once: before its reply is written, of a
	// streamed one when it has ended. Nil tells nobody.
	Observer exchange.Observer
	// AccessLog takes the line of a call on a stage with an access log; nil drops it.
	AccessLog func(destinationARN, line string)
	// ExecutionLog takes the lines of a call that its stage logs, with the name of the log group; nil
	// drops them.
	ExecutionLog func(logGroup, text string)
	Log          *slog.Logger
	// Secrets knows who may sign calls of AWS_IAM methods; nil knows nobody.
	Secrets authorize.Secrets
	// Principals says what signers may call.
	Principals authorize.Principals
	// Keys knows the public keys of user pools; nil knows none, and their tokens are not let in.
	Keys authorize.KeySource
	// Endpoint is where calls of private APIs come in that do not say so themselves.
	Endpoint VPCEndpoint
	// HTTP calls the backends of HTTP, HTTP_PROXY and AWS integrations; nil makes a caller of the
	// API's own.
	HTTP *integration.HTTP
	// Presenting returns a caller that presents the client certificate of that id to HTTP backends;
	// nil knows no certificate, and stages that name one call no backend.
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
	Deployment func(id string) (api.REST, bool)
	// WebACL returns a web ACL by its ARN, nil for one that is not known: its stages refuse every
	// call. A nil WebACL knows none.
	WebACL func(arn string) *firewall.ACL
	// Buckets are those of the account, shared with its other APIs; nil makes buckets of the API's own.
	Buckets *throttle.Buckets
	// Usage counts what API keys use of usage plans, over all APIs; nil counts for this API alone.
	Usage *usage.Store
	// Roll returns a number from 0 to below 1, which decides whether a canary serves a call; nil
	// rolls at random.
	Roll func() float64
}

// API serves one REST API on all of its stages.
type API struct {
	def      api.REST
	deps     Dependencies
	stages   map[string]*stage
	models   *validate.Models    // of a compiler
	keys     *authorize.KeyCache // of a compiler too
	pipeline pipeline.Pipeline[*call]
	memory   pipeline.Memory
	spare    sync.Pool // of calls that are over
	records  sync.Pool // of records that were told of
}

// New compiles a REST API. An error names the resource or stage that no API of AWS could have; what
// is not served yet does not fail here: its calls are refused, with a mark that says so.
func New(def api.REST, deps Dependencies) (*API, error) {
	if deps.Clock == nil || deps.Invoker == nil || deps.Log == nil {
		return nil, errors.New("a REST API needs a clock, an invoker and a log")
	}
	if deps.HTTP == nil {
		deps.HTTP = integration.NewHTTP(deps.Clock)
	}
	if deps.Roll == nil {
		deps.Roll = rand.Float64
	}
	deps.Buckets = throttle.Shared(deps.Buckets, deps.Clock, def.Account.Region)
	deps.Usage = usage.Shared(deps.Usage, deps.Clock)
	a := &API{
		def: def, deps: deps, stages: make(map[string]*stage, len(def.Stages)),
		keys: authorize.NewKeyCache(deps.Keys, deps.Clock),
	}
	if err := a.compileStages(); err != nil {
		return nil, err
	}
	a.pipeline = pipeline.Pipeline[*call]{
		Steps:   slices.Concat(a.admission(), a.service(), a.delivery()),
		Refuse:  a.refuse,
		Always:  a.conclusion(),
		Elapsed: clock.Stopwatch(deps.Clock),
	}
	return a, nil
}

// Serve answers a call. The reply has no Date, Content-Length and Connection: they are the
// listener's.
func (a *API) Serve(ctx context.Context, r *exchange.Request) *exchange.Reply {
	c := a.arrive(r)
	reply := a.serve(ctx, c)
	if c.kept {
		return a.setAside(c)
	}
	return reply
}

func (a *API) serve(ctx context.Context, c *call) *exchange.Reply {
	defer func() { c.fill.Abandon() }() // equal calls wait for it
	marks := a.pipeline.Walk(ctx, c)
	if s, ok := c.reply.Stream.(*stream); ok {
		a.tellWhenOver(s, c, marks)
		return &c.reply
	}
	a.writeExecutionLog(c, marks)
	a.observe(c, marks)
	a.memory.TakeBack(&c.Notes)
	return &c.reply
}

func (a *API) observe(c *call, marks []pipeline.Mark) {
	if a.deps.Observer != nil {
		record, ok := a.records.Get().(*exchange.Record)
		if !ok {
			record = &exchange.Record{}
		}
		a.record(record, c, marks)
		a.deps.Observer.Observe(record)
		a.records.Put(record)
	}
}

// record writes down what is told of a finished call.
func (a *API) record(record *exchange.Record, c *call, marks []pipeline.Mark) {
	*record = exchange.Record{
		RequestID: c.vars.RequestID, APIKind: "REST", APIID: a.def.ID, APIName: a.def.Name,
		Stage: c.vars.Stage, Method: c.request.Method, Path: c.request.RawPath,
		Status: c.reply.Status, Received: c.request.Received, Marks: marks,
		Took: clock.Took(a.deps.Clock, c.vars.Began), Measured: c.vars.Measure(),
	}
	record.Measured.Cached, record.Measured.CacheMissed = c.cached, c.fill != nil
	if c.method != nil {
		record.Route, record.Function = c.method.route, c.method.function
		record.Measured.Resource = c.method.resource.Path
	}
}

// Route is a line of the start table.
type Route struct{ Method, Path, Authorizer, Target string }

// Routes returns what the API serves, by path and method.
func (a *API) Routes() []Route {
	var routes []Route
	for i := range a.def.Resources {
		resource := &a.def.Resources[i]
		for verb, method := range resource.Methods {
			routes = append(routes, Route{
				Method: verb, Path: resource.Path,
				Authorizer: a.authorizerName(&method), Target: targetName(&method.Integration),
			})
		}
	}
	slices.SortFunc(routes, compareRoutes)
	return routes
}

// millis turns a definition's milliseconds into a duration.
func millis(n int) time.Duration { return time.Duration(n) * time.Millisecond }
