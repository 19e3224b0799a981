package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/executeapi"
	"portico/local/gateway/firewall"
	"portico/local/gateway/httpapi"
	"portico/local/gateway/restapi"
	"portico/local/gateway/websocketapi"
	"portico/local/lambda"
	"portico/local/provision"
)

// defaultPort is the main address unless anybody says otherwise.
const defaultPort = 3000

// served is one API, compiled.
type served struct {
	ID, Name, Kind string
	Stages         []api.Stage
	Routes         []RouteLine
	region         string // of a REST API
	api            executeapi.API
	webSocket      *websocketapi.API // nil for the other kinds
	// definition and walls are those of a REST API: what it was made of, and the web ACLs before its
	// stages.
	definition *api.REST
	walls      []*firewall.ACL
}

// RouteLine is a route as tables show it.
type RouteLine struct {
	API        string `json:"api"`
	Kind       string `json:"kind"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	Authorizer string `json:"authorizer"`
	Target     string `json:"target"`
}

// close ends the connections of an API; one that could not be compiled is nil.
func (s *served) close(ctx context.Context) {
	if s != nil && s.webSocket != nil {
		s.webSocket.Close(ctx)
	}
}

// closeAll ends the connections of all these at once, within partWithin: one whose calls hang takes
// no time from the others.
func closeAll(ctx context.Context, apis []*served) {
	ctx, cancel := context.WithTimeout(ctx, partWithin)
	defer cancel()
	var closing sync.WaitGroup
	for _, s := range apis {
		closing.Go(func() { s.close(ctx) })
	}
	closing.Wait()
}

// adopt takes over the connections of what was served before. It waits until nothing can fail any
// more: an API that is not served after all must not answer them.
func (s *served) adopt(before []*served) {
	for _, old := range before {
		if s != old && s.ID == old.ID && s.webSocket != nil && old.webSocket != nil {
			s.webSocket.Adopt(old.webSocket)
		}
	}
}

// lines turns the routes of one API into lines of a table.
func lines[R ~struct{ Method, Path, Authorizer, Target string }](
	name, kind string, routes []R,
) []RouteLine {
	all := make([]RouteLine, 0, len(routes))
	for _, route := range routes {
		r := struct{ Method, Path, Authorizer, Target string }(route)
		all = append(all, RouteLine{
			API: name, Kind: kind, Method: r.Method, Path: r.Path,
			Authorizer: r.Authorizer, Target: r.Target,
		})
	}
	return all
}

func mountsOf(apis []*served) []executeapi.Mount {
	mounts := make([]executeapi.Mount, 0, len(apis))
	for _, s := range apis {
		mounts = append(mounts, executeapi.Mount{ID: s.ID, API: s.api})
	}
	return mounts
}

// compile turns the definitions of an app into APIs that answer, its permissions and web ACLs too.
func (r *Runner) compile(app *App) ([]*served, error) {
	everybody, granted, err := app.granted()
	if err != nil {
		return nil, err
	}
	r.admit(everybody, granted)
	firewalls, err := r.compileFirewalls(app)
	if err != nil {
		return nil, err
	}
	shared := restParts{granted: r.granted.Principals(), webACL: firewalls.find}
	return r.compileAll(app, shared, func(*served) bool { return false })
}

// compileAll compiles the APIs of an app, but those of before that stay.
func (r *Runner) compileAll(
	app *App, shared restParts, stays func(*served) bool,
) ([]*served, error) {
	var apis []*served
	var errs []error
	add := func(id string, compile func() (*served, error)) {
		at := slices.IndexFunc(shared.old, func(s *served) bool { return s.ID == id })
		if at >= 0 && stays(shared.old[at]) {
			apis = append(apis, shared.old[at])
			return
		}
		s, err := compile()
		apis, errs = append(apis, s), append(errs, err)
	}
	for _, d := range app.REST {
		add(d.ID, func() (*served, error) { return r.compileREST(app, d, shared) })
	}
	for _, d := range app.HTTP {
		add(d.ID, func() (*served, error) { return r.compileHTTP(app, d, shared) })
	}
	for _, d := range app.WebSocket {
		add(d.ID, func() (*served, error) { return r.compileWebSocket(app, d, shared) })
	}
	for _, d := range app.URLs {
		add(d.ID, func() (*served, error) { return r.compileURL(app, d, shared.granted) })
	}
	return apis, errors.Join(errs...)
}

// restParts are what the APIs of an app share.
type restParts struct {
	granted authorize.Principals
	webACL  func(arn string) *firewall.ACL
	old     []*served // what was served before a reload
	// What finds the deployments of an API that a template does not describe; nil for the others.
	frozen          func(id string) (api.REST, bool)
	frozenHTTP      func(id string) (api.HTTP, bool)
	frozenWebSocket func(id string) (api.WebSocket, bool)
}

func (r *Runner) compileREST(app *App, definition api.REST, shared restParts) (*served, error) {
	described := definition
	definition = app.guarded(definition)
	dependencies := restapi.Dependencies{
		Clock: r.options.Clock, Invoker: r.invoker(app), Observer: r.calls,
		AccessLog: r.accessLog, Log: r.options.Log,
		Secrets: r.secrets, Principals: shared.granted, HTTP: r.http, Backends: backends(app.Settings.Backends),
		Endpoints:      endpointFinder{r.endpoints, app.Settings.PrivateTargets},
		PrivateTargets: endpointFinder{r.endpoints, app.Settings.PrivateTargets},
		Credentials:    r.assume(app),
		WebACL:         shared.webACL, ExecutionLog: r.executionLog,
		Keys: r.keysFor(app), Endpoint: app.Settings.endpoint(), Buckets: r.buckets, Usage: r.usage,
	}
	if r.certificates != nil {
		dependencies.Presenting = r.certificates.caller
	}
	if dependencies.Deployment = shared.frozen; r.deployments != nil && shared.frozen == nil {
		if err := r.deployments.freeze(definition); err != nil {
			return nil, err
		}
		dependencies.Deployment = r.deployments.of(definition.ID)
	}
	compiled, err := restapi.New(definition, dependencies)
	if err != nil {
		return nil, fmt.Errorf("REST API %s%s: %w", definition.Name, app.origin(definition.ID), err)
	}
	for _, s := range shared.old {
		if before, ok := s.api.(*restapi.API); ok && s.ID == definition.ID {
			compiled.Adopt(before)
		}
	}
	return &served{
		ID: definition.ID, Name: definition.Name, Kind: "REST", Stages: definition.Stages,
		region: definition.Account.Region,
		Routes: lines(definition.Name, "REST", compiled.Routes()),
		api:    compiled, definition: &described, walls: app.wallsOf(described, shared.webACL),
	}, nil
}

func (r *Runner) compileHTTP(
	app *App, definition api.HTTP, shared restParts,
) (*served, error) {
	dependencies := httpapi.Dependencies{
		Clock: r.options.Clock, Invoker: r.invoker(app), Observer: r.calls,
		AccessLog: r.accessLog, Log: r.options.Log,
		Keys: keySource{
			pools: r.identity.Load(), issuers: app.Settings.Issuers, client: http.DefaultClient,
		},
		Secrets: r.secrets, Principals: shared.granted,
		HTTP: r.http, Backends: backends(app.Settings.Backends),
		PrivateTargets: endpointFinder{r.endpoints, app.Settings.PrivateTargets},
		Endpoints:      endpointFinder{r.endpoints, app.Settings.PrivateTargets},
		Credentials:    r.assume(app), Buckets: r.buckets,
	}
	dependencies.Deployment = shared.frozenHTTP
	if r.deployments != nil && shared.frozenHTTP == nil {
		if err := r.deployments.freezeHTTP(definition); err != nil {
			return nil, err
		}
		dependencies.Deployment = r.deployments.ofHTTP(definition.ID)
	}
	compiled, err := httpapi.New(definition, dependencies)
	if err != nil {
		return nil, fmt.Errorf("HTTP API %s%s: %w", definition.Name, app.origin(definition.ID), err)
	}
	return &served{
		ID: definition.ID, Name: definition.Name, Kind: "HTTP", Stages: definition.Stages,
		Routes: lines(definition.Name, "HTTP", compiled.Routes()),
		api:    compiled,
	}, nil
}

func (r *Runner) compileWebSocket(
	app *App, definition api.WebSocket, shared restParts,
) (*served, error) {
	dependencies := websocketapi.Dependencies{
		Clock: r.options.Clock, Invoker: r.invoker(app), Observer: r.calls,
		AccessLog: r.accessLog, Log: r.options.Log, Secrets: r.secrets, Principals: shared.granted,
		HTTP: r.http, Backends: backends(app.Settings.Backends), Credentials: r.assume(app),
		Endpoints:      endpointFinder{r.endpoints, app.Settings.PrivateTargets},
		PrivateTargets: endpointFinder{r.endpoints, app.Settings.PrivateTargets},
		Buckets:        r.buckets, Usage: r.usage, ExecutionLog: r.executionLog,
	}
	if r.certificates != nil {
		dependencies.Presenting = r.certificates.caller
	}
	dependencies.Deployment = shared.frozenWebSocket
	if r.deployments != nil && shared.frozenWebSocket == nil {
		if err := r.deployments.freezeWebSocket(definition); err != nil {
			return nil, err
		}
		dependencies.Deployment = r.deployments.ofWebSocket(definition.ID)
	}
	compiled, err := websocketapi.New(definition, dependencies)
	if err != nil {
		return nil, fmt.Errorf("WebSocket API %s%s: %w", definition.Name, app.origin(definition.ID), err)
	}
	return &served{
		ID: definition.ID, Name: definition.Name, Kind: "WEBSOCKET", Stages: definition.Stages,
		Routes: lines(definition.Name, "WEBSOCKET", compiled.Routes()),
		api:    compiled, webSocket: compiled,
	}, nil
}

// origin says which resource of a template an API is, "" for one that a management API made.
func (a *App) origin(id string) string {
	for _, stack := range a.Assembly.Stacks {
		for _, resource := range stack.Resources {
			if resource.PhysicalID == id {
				return fmt.Sprintf(" (%s, resource %s)", filepath.Base(stack.File), resource.LogicalID)
			}
		}
	}
	return ""
}

// Routes returns the routes of the app without serving it, by name of the API.
func (a *App) Routes() ([]RouteLine, error) {
	r := &Runner{
		options: a.options, app: a, calls: &calls{}, secrets: newCredentials(nil),
		terminal: newTerminal(nil),
	}
	apis, err := r.compile(a)
	if err != nil {
		return nil, err
	}
	r.apis = apis
	return r.Routes(), nil
}

// port returns the main address's port.
func (r *Runner) port() int {
	if r.options.Port != nil {
		return *r.options.Port
	}
	if r.app.Settings.Port != nil {
		return *r.app.Settings.Port
	}
	return defaultPort
}

// described is an API before it is compiled: enough to give it an address.
type described struct{ id, name string }

func (a *App) described() []described {
	var all []described
	for _, d := range a.REST {
		all = append(all, described{d.ID, d.Name})
	}
	for _, d := range a.HTTP {
		all = append(all, described{d.ID, d.Name})
	}
	for _, d := range a.WebSocket {
		all = append(all, described{d.ID, d.Name})
	}
	slices.SortFunc(all, func(a, b described) int { return cmp.Compare(a.name, b.name) })
	return append(all, a.describedURLs()...) // last, so that APIs keep their ports
}

// checkPorts refuses ports for an API that the template does not have.
func checkPorts(s Settings, application *provision.Application) error {
	var names []string
	for _, d := range (&App{Application: *application}).described() {
		names = append(names, d.name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Ports)) {
		if !slices.Contains(names, name) {
			return s.wrong("ports."+name, "the template has no such API; there are: %s",
				strings.Join(names, ", "))
		}
	}
	return nil
}

// mounts gives each API a port: the settings' own, else the next one above the main address in the
// order of names, else any free one when the main address takes any.
func (r *Runner) mounts() []executeapi.Mount {
	next := r.port()
	taken := slices.Collect(maps.Values(r.app.Settings.Ports))
	var mounts []executeapi.Mount
	for _, d := range r.app.described() {
		mount := executeapi.Mount{ID: d.id, Name: d.name}
		if port, fixed := r.app.Settings.Ports[d.name]; fixed {
			mount.Port = port
		} else if next != 0 {
			next++
			for slices.Contains(taken, next) {
				next++
			}
			mount.Port = next
		}
		mounts = append(mounts, mount)
	}
	return mounts
}

// localized returns the functions of an app, and what this machine adds to their environment.
func (r *Runner) localized(app *App) lambda.Configuration {
	local := endpoints{}
	for _, d := range app.described() {
		url, ok := r.server.APIURL(d.id)
		if !ok {
			url = r.server.URL() + "/restapis/" + d.id
		}
		local[d.id+".execute-api."+app.Lambda.Region+".amazonaws.com"] = url
	}
	maps.Copy(local, r.urlEndpoints(app))
	configuration := app.Lambda
	configuration.Localize = func(f lambda.Function) map[string]string {
		environment := functionEnvironment(f, app.Settings, local)
		for name, value := range r.serviceEnvironment() {
			if _, set := environment[name]; !set {
				environment[name] = value
			}
		}
		return environment
	}
	if r.options.functionsOnly {
		configuration.Versions = unpublished(configuration)
	}
	return configuration
}

// serviceEnvironment tells functions where AWS services are: what runs beside them, what is given,
// and for all others the main address, where the management APIs are and the rest is told how to
// give one (orControl).
func (r *Runner) serviceEnvironment() map[string]string {
	environment := map[string]string{
		"AWS_ENDPOINT_URL":                           r.server.URL(),
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": r.server.URL() + cognitoPath,
	}
	if r.dynalite != nil {
		environment["AWS_ENDPOINT_URL_DYNAMODB"] = r.dynalite.Endpoint()
	}
	maps.Copy(environment, r.endpoints.Environment())
	return environment
}
