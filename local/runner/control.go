package runner

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"

	"portico/local/cloudformation"
	"portico/local/control"
	"portico/local/gateway/api"
	"portico/local/gateway/executeapi"
)

// controlFolder is where the state folder keeps what the management APIs were told.
const controlFolder = "control"

// managed are the APIs that the management APIs created one by one, served beside the app's.
type managed struct {
	door *control.Door // nil where nothing can be created
	// deployed are the stacks that were deployed through CloudFormation; nil for none.
	deployed atomic.Pointer[cloudformation.Assembly]

	mu      sync.Mutex // guards what follows, and the order in which the server is told
	apis    map[string]placed
	domains []*executeapi.Domain
}

// compiler makes an API that answers, for the app that is served beside it.
type compiler func(app *App, shared restParts) (*served, error)

// placed is an API, and what makes it anew when the app changes.
type placed struct {
	*served
	compile compiler
}

// compile makes APIs anew for an app that is about to be served, all or none; those that stay are
// left as they are.
func (m *managed) compile(app *App, shared restParts, stays func(*served) bool) error {
	m.mu.Lock()
	before := maps.Clone(m.apis)
	m.mu.Unlock()
	now := make(map[string]placed, len(before))
	for id, one := range before {
		if stays(one.served) {
			now[id] = one
			continue
		}
		shared.old = []*served{one.served}
		compiled, err := one.compile(app, shared)
		if err != nil {
			return err
		}
		now[id] = placed{compiled, one.compile}
	}
	for id, one := range now {
		one.adopt([]*served{before[id].served})
	}
	m.mu.Lock()
	m.apis = now
	m.mu.Unlock()
	return nil
}

// place serves an API that a management API describes, in the place of the one with its id: calls in
// flight finish on what was there.
func (r *Runner) place(id string, compile compiler) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	r.managed.mu.Lock()
	before, had := r.managed.apis[id]
	r.managed.mu.Unlock()
	shared := r.sharedNow()
	if had {
		shared.old = []*served{before.served}
	}
	compiled, err := compile(r.App(), shared)
	if err != nil {
		return err
	}
	r.managed.mu.Lock()
	defer r.managed.mu.Unlock()
	if r.managed.apis == nil {
		r.managed.apis = map[string]placed{}
	}
	compiled.adopt(shared.old)
	r.managed.apis[id] = placed{compiled, compile}
	r.replace()
	return nil
}

// sharedNow returns what the REST APIs of the app that is served share.
func (r *Runner) sharedNow() restParts {
	return restParts{granted: r.granted.Principals(), webACL: r.firewalls.find}
}

// displace ends an API that was placed: what calls it from then on is told that there is none.
func (r *Runner) displace(ctx context.Context, id string) {
	r.managed.mu.Lock()
	before, had := r.managed.apis[id]
	if had {
		delete(r.managed.apis, id)
		r.replace()
	}
	r.managed.mu.Unlock()
	before.served.close(ctx)
}

// openControl restores what the management APIs were told, and serves it. What cannot be served any
// more is said, and keeps no other from being served.
func (r *Runner) openControl() error {
	if r.options.functionsOnly {
		return nil
	}
	if err := r.openDoor(); err != nil {
		return err
	}
	if err := r.managed.door.Refresh(); err != nil {
		r.options.Log.Error("serving what the management APIs created", "error", err)
	}
	return nil
}

// openDoor restores what the management APIs were told, without serving it.
func (r *Runner) openDoor() error {
	people := &peopleHost{runner: r}
	options := control.Options{
		Account: r.app.account(),
		State:   inDir(r.options.State, controlFolder), Clock: r.options.Clock, Log: r.options.Log,
		Hosts: control.Hosts{
			Lambda: functionHost{r}, REST: controlHost{r}, V2: &v2Host{runner: r},
			IAM: people, STS: people.sessions(), WAF: firewallHost{r},
			Parameters: parameterHost{r}, Stacks: &stackHost{runner: r},
			Watch: watchHost{r}, Logs: logsHost{r}, Metrics: r.metering.store, Journal: r.logs,
		},
	}
	if r.options.Verify || r.app.Settings.Verify {
		options.Verify = r.secrets
	}
	door, err := control.Open(options)
	r.managed.door = door
	return err
}

// account returns where the app is: what its functions or APIs say, else the settings.
func (a *App) account() api.Account {
	found := api.Account{ID: a.Settings.Account.ID, Region: a.Settings.Region}
	if a.Lambda.Account != "" {
		found = api.Account{ID: a.Lambda.Account, Region: a.Lambda.Region}
	}
	for _, definition := range a.REST {
		found.ID = cmp.Or(found.ID, definition.Account.ID)
		found.Region = cmp.Or(found.Region, definition.Account.Region)
	}
	return api.Account{
		ID: cmp.Or(found.ID, "123456789012"), Region: cmp.Or(found.Region, "us-east-1"),
		Partition: "aws",
	}
}

// publish serves the APIs of the template with these domains, and what the management APIs created.
func (r *Runner) publish(domains []*executeapi.Domain) {
	r.managed.mu.Lock()
	defer r.managed.mu.Unlock()
	r.managed.domains = domains
	r.replace()
}

// replace tells the server what to serve; the caller holds managed.mu.
func (r *Runner) replace() {
	r.metering.forget()
	r.mu.Lock()
	mounts := mountsOf(r.apis)
	r.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(r.managed.apis)) {
		mounts = append(mounts, executeapi.Mount{ID: id, API: r.managed.apis[id].api})
	}
	r.server.Replace(mounts, r.managed.domains...)
}

// allServed returns the APIs of the template, and those that the management APIs created.
func (r *Runner) allServed() []*served {
	r.mu.Lock()
	all := slices.Clone(r.apis)
	r.mu.Unlock()
	r.managed.mu.Lock()
	defer r.managed.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(r.managed.apis)) {
		all = append(all, r.managed.apis[id].served)
	}
	return all
}

// orControl hands requests that are signed for a management API to it, and names the endpoint that
// is missing for those of other services: clients may be told AWS_ENDPOINT_URL alone.
func (r *Runner) orControl(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasPrefix(request.URL.Path, knobs) {
			next.ServeHTTP(w, request)
			return
		}
		if door := r.managed.door; door != nil && door.Serves(request) {
			door.ServeHTTP(w, request)
			return
		}
		if service := signedService(request); service != "unknown" && service != "execute-api" {
			if companion := r.companion(service, request); companion != nil {
				companion.ServeHTTP(w, request)
				return
			}
			serveNowhere(w, request)
			return
		}
		next.ServeHTTP(w, request)
	})
}

// serveReset forgets what the management APIs created.
func (r *Runner) serveReset(w http.ResponseWriter, _ *http.Request) {
	if r.managed.door != nil {
		if err := r.managed.door.Reset(); err != nil {
			r.options.Log.Error("forgetting what the management APIs created", "error", err)
			answer(w, http.StatusInternalServerError, problem{"not everything could be deleted: " +
				err.Error()})
			return
		}
	}
	answer(w, http.StatusOK, struct{}{})
}

// Operation is an operation of a management API, and whether it is implemented.
type Operation = control.Line

// Operations lists the operations of the management APIs that are served.
func Operations() ([]Operation, error) { return control.Coverage() }

// WriteOperations prints which operations of the management APIs are implemented; with all also
// those that are not, by name.
func WriteOperations(w io.Writer, all bool) error {
	lines, err := Operations()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "SERVICE\tOPERATION\tSTATUS")
	done, count := map[string]int{}, map[string]int{}
	for _, line := range lines {
		count[line.Service]++
		status := "not implemented"
		if line.Implemented {
			done[line.Service]++
			status = "implemented"
		}
		if line.Implemented || all {
			fmt.Fprintf(table, "%s\t%s\t%s\n", line.Service, line.Operation, status)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, service := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(w, "%s: %d of %d operations\n", service, done[service], count[service])
	}
	return nil
}
