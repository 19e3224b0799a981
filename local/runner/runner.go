package runner

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"portico/local/certificates"
	"portico/local/gateway/authorize"
	"portico/local/gateway/executeapi"
	"portico/local/gateway/integration"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
	"portico/local/identity"
	"portico/local/journal"
	"portico/local/lambda"
	"portico/local/lambda/poller"
	"portico/local/services"
	"portico/local/services/queues"
)

// closeWithin bounds how long calls in flight may take when the runner stops: functions that do not
// want to end are given 1.2 s after it, and all must be over in two.
const closeWithin = 400 * time.Millisecond

// partWithin bounds how long the $disconnect calls of open WebSocket connections may take when an
// API ends: functions whose environments are cold, or busy, are waited for.
const partWithin = 5 * time.Second

// Runner serves one app until it is closed.
type Runner struct {
	options     Options
	calls       *calls
	logs        *journal.Journal
	metering    *metering
	secrets     *credentials
	identity    atomic.Pointer[identity.Provider]
	functions   *lambda.Service
	dynalite    *services.Dynalite             // nil when the app has no tables
	queues      atomic.Pointer[queues.Service] // nil when the app has no queues
	queuesGiven http.Handler                   // SQS elsewhere; nil for none
	tables      atomic.Pointer[http.Handler]   // DynamoDB, beside the runner or elsewhere; nil for none
	polling     *poller.Poller                 // nil while nothing is polled
	polled      polled                         // by it
	server      *executeapi.Server
	terminal    *terminal
	endpoints   services.Endpoints
	// authority issues the certificates of the address for TLS; nil where there is none.
	authority atomic.Pointer[certificates.Authority]
	// deployments keeps what deployments froze; nil where nothing is deployed, as for a replay.
	deployments *deployments
	buckets     *throttle.Buckets // of the account; nil where nothing is served
	usage       *usage.Store      // of usage plans; nil where nothing is served
	http        *integration.HTTP // calls what HTTP and AWS integrations name
	// certificates are what stages present to HTTP backends; nil where none is called.
	certificates *clientCertificates

	firewalls firewallKeeper // web ACLs
	granted   authorize.Live // what roles and users may call

	changing sync.Mutex // held by whoever changes what is served, from its beginning to its end
	template *App       // what was read; guarded by changing, as is what was added to it
	added    additions

	mu   sync.Mutex // guards what a change replaces
	app  *App       // the template, and what was added to it
	apis []*served

	managed managed // what the management APIs created

	watch     *watcher // nil when nothing is watched
	announced bool     // other commands were told of this runner
}

// Open reads, builds, starts and serves the app. Its error names what was wrong with the app; a
// *NotHonouredError lists what the template asks for and is not honoured.
func Open(ctx context.Context, o Options) (*Runner, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return nil, err
	}
	o = app.options
	if missing := app.NotHonoured(); len(missing) > 0 && !o.Lenient {
		return nil, &NotHonouredError{Findings: missing}
	}
	if err := checkAlone(ctx, o); err != nil {
		return nil, err
	}
	r := &Runner{options: o, app: app, template: app}
	r.logs = journal.Open(inDir(o.State, logsFolder), o.Clock.Now)
	r.metering = newMetering(r)
	r.terminal = newTerminal(o.Console)
	r.calls = &calls{tell: r.terminal.call, count: r.metering.call}
	if !o.functionsOnly {
		r.deployments = newDeployments(o.State, r.terminal.note)
	}
	if err := r.open(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// open starts the parts in the order in which each needs those before it: addresses first, because
// functions are told them; then companions and builds side by side; then the APIs.
func (r *Runner) open(ctx context.Context) error {
	seed, err := stateSeed(r.options.State)
	if err != nil {
		return err
	}
	r.secrets = newCredentials(seed)
	r.http = integration.NewHTTP(r.options.machine())
	r.certificates = newClientCertificates(r.options.State, r.options.machine(), r.http)
	if err := r.openEndpoints(); err != nil {
		return err
	}
	if err := r.openUsage(); err != nil {
		return err
	}
	if err := r.startIdentity(r.app); err != nil {
		return err
	}
	r.server, err = executeapi.Listen(executeapi.Options{
		Port: r.port(), Clock: r.options.Clock, Log: r.options.Log, Other: r.knobHandler(),
		Observer: r.calls,
	}, r.mounts())
	if err != nil {
		return err
	}
	if err := r.listenTLS(r.app); err != nil {
		return err
	}
	r.startQueues(r.app)
	if err := r.startFunctions(ctx); err != nil {
		return err
	}
	r.apis, err = r.compile(r.app)
	if err != nil {
		return err
	}
	domains, err := r.compileDomains(r.app)
	if err != nil {
		return err
	}
	r.publish(domains)
	if err := r.openControl(); err != nil {
		return err
	}
	r.server.Start()
	r.startPolling(r.app)
	if r.options.Watch {
		if r.watch, err = startWatcher(r); err != nil {
			return err
		}
	}
	if r.options.unannounced {
		return nil
	}
	err = r.announce()
	r.announced = err == nil
	return err
}

// startIdentity makes the user pools of an app those that issue tokens; their keys stay.
func (r *Runner) startIdentity(app *App) error {
	provider, err := identity.New(identity.Options{
		Pools: app.UserPools, Clock: r.options.Clock, StateDir: inDir(r.options.State, "identity"),
	})
	if err != nil {
		return err
	}
	if before := r.identity.Load(); before != nil {
		provider.Adopt(before)
	}
	r.identity.Store(provider)
	return nil
}

// startFunctions builds functions while companions start, then tells functions where those are.
func (r *Runner) startFunctions(ctx context.Context) error {
	r.functions = lambda.New(lambda.Options{
		Clock:    r.options.machine(), // functions keep the machine's time
		Log:      r.functionLine,
		Measure:  r.metering.function(r.options.Clock),
		Logger:   r.options.Log,
		StateDir: inDir(r.options.State, "functions"),
		Path:     r.options.Path,

		Published: publishedIn(r.options),
		Deliver:   r.deliverer().Send,
		Credentials: func(f lambda.Function) lambda.Credentials {
			return r.secrets.ofFunction(r.App().Lambda.Account, f)
		},
	})
	var companions error
	var starting sync.WaitGroup
	if r.wantsDynalite(r.app) {
		starting.Go(func() { companions = r.startDynalite(ctx, r.app) })
	}
	r.options.Progress("building functions")
	r.functions.Prepare(ctx, r.app.Lambda)
	starting.Wait()
	if companions != nil {
		return companions
	}
	return r.deploy(ctx, r.app)
}

// deploy swaps the functions of an app in. One that does not compile is reported and answers with
// an error; the others are served.
func (r *Runner) deploy(ctx context.Context, app *App) error {
	err := r.functions.Deploy(ctx, r.localized(app))
	var broken lambda.Failures
	if errors.As(err, &broken) {
		for _, failure := range broken {
			r.options.Log.Error("function " + failure.Function + " is not served\n" + failure.Err.Error())
		}
		return nil
	}
	return err
}

func (r *Runner) wantsDynalite(app *App) bool {
	switched := app.Settings.Companions.Dynalite
	_, elsewhere := r.endpoints.Lookup("dynamodb")
	return len(app.Tables) > 0 && elsewhere != nil && !r.options.NoCompanions &&
		(switched == nil || *switched)
}

func (r *Runner) startDynalite(ctx context.Context, app *App) error {
	dynalite, err := services.Start(ctx, services.Options{
		Modules: inDir(r.options.Dir, "node_modules"), Tables: app.Tables,
		Region: app.Lambda.Region, Log: r.options.Log,
	})
	if err != nil {
		return fmt.Errorf("starting the companion for DynamoDB tables: %w", err)
	}
	r.dynalite = dynalite
	return r.forwardTables(dynalite.Endpoint())
}

// Close ends as Shutdown does, and cuts no $disconnect short of its time.
func (r *Runner) Close() error { return r.Shutdown(context.Background()) }

// Shutdown ends the connections of WebSocket APIs and runs $disconnect for each, for up to five
// seconds or until ctx ends; then it stops listening, lets calls in flight finish, and ends every
// process, within two.
func (r *Runner) Shutdown(ctx context.Context) error {
	var errs []error
	if r.watch != nil {
		errs = append(errs, r.watch.close())
	}
	r.stopPolling()
	closeAll(ctx, r.allServed())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	if r.server != nil {
		errs = append(errs, r.server.Close(ctx))
	}
	if r.managed.door != nil {
		errs = append(errs, r.managed.door.Close())
	}
	if r.usage != nil {
		errs = append(errs, r.usage.Close())
	}
	if r.http != nil {
		r.http.Close()
		r.certificates.close()
	}
	var companion error
	var ending sync.WaitGroup
	if r.dynalite != nil {
		ending.Go(func() { companion = r.dynalite.Close() })
	}
	if r.functions != nil {
		errs = append(errs, r.functions.Close())
	}
	ending.Wait()
	errs = append(errs, companion)
	if r.announced {
		errs = append(errs, r.withdraw())
	}
	return errors.Join(append(errs, r.logs.Close())...)
}

// Invoke runs a function by its name, logical id, or the name of its source folder.
func (r *Runner) Invoke(ctx context.Context, function string, payload []byte) (lambda.Output, error) {
	name, err := r.App().functionName(function)
	if err != nil {
		return lambda.Output{}, err
	}
	return r.functions.Invoke(ctx, lambda.Input{FunctionARN: name, Payload: payload})
}

// App returns the app being served.
func (r *Runner) App() *App {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.app
}

// URL returns the main address.
func (r *Runner) URL() string { return r.server.URL() }

// functionName finds a function by what people call it.
func (a *App) functionName(called string) (string, error) {
	var folders []string
	for _, f := range a.Lambda.Functions {
		names := namesOf(f)
		if slices.Contains(names, called) {
			return f.Name, nil
		}
		folders = append(folders, names[len(names)-1])
	}
	return "", fmt.Errorf("no function %q in the template; there are: %s", called,
		strings.Join(folders, ", "))
}
