package runner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"

	"portico/local/lambda"
	"portico/local/provision"
)

// additions are what the management APIs created beside the template, by the service that was told.
type additions map[string]provision.Application

// Put makes what a management API created part of what is served, in the place of what its owner put
// there before. When it cannot be served, all is as it was.
func (r *Runner) Put(ctx context.Context, owner string, what provision.Application) error {
	r.changing.Lock()
	defer r.changing.Unlock()
	// Code of a source folder may have changed where nothing else has.
	sourced := slices.ContainsFunc(what.Lambda.Functions, func(f lambda.Function) bool {
		return f.Code.Source != ""
	})
	if !sourced && reflect.DeepEqual(r.added[owner], what) {
		return nil
	}
	changed := maps.Clone(r.added)
	if changed == nil {
		changed = additions{}
	}
	changed[owner] = what
	app, err := r.template.with(changed)
	if err != nil {
		return err
	}
	d := app.since(r.App())
	d.functions = d.functions || sourced
	if err := r.swapOrKeep(ctx, app, d); err != nil {
		return err
	}
	r.added = changed
	return nil
}

// Template returns what the template alone describes.
func (r *Runner) Template() *App {
	r.changing.Lock()
	defer r.changing.Unlock()
	return r.template
}

// with returns the app with what was added to it. Two that have one id cannot be served both.
func (a *App) with(added additions) (*App, error) {
	whole := *a
	for _, owner := range slices.Sorted(maps.Keys(added)) {
		part := added[owner]
		if err := whole.disjoint(owner, part); err != nil {
			return nil, err
		}
		whole.add(part)
	}
	return &whole, nil
}

func (a *App) add(part provision.Application) {
	a.REST = slices.Concat(a.REST, part.REST)
	a.HTTP = slices.Concat(a.HTTP, part.HTTP)
	a.URLs = slices.Concat(a.URLs, part.URLs)
	a.WebSocket = slices.Concat(a.WebSocket, part.WebSocket)
	a.UserPools = slices.Concat(a.UserPools, part.UserPools)
	a.Tables = slices.Concat(a.Tables, part.Tables)
	a.Queues = slices.Concat(a.Queues, part.Queues)
	a.Roles = slices.Concat(a.Roles, part.Roles)
	a.Users = slices.Concat(a.Users, part.Users)
	a.WebACLs = slices.Concat(a.WebACLs, part.WebACLs)
	a.Domains = slices.Concat(a.Domains, part.Domains)
	a.LogGroups = slices.Concat(a.LogGroups, part.LogGroups)
	a.Alarms = slices.Concat(a.Alarms, part.Alarms)
	a.Dashboards = slices.Concat(a.Dashboards, part.Dashboards)
	pools := maps.Clone(a.PoolWebACLs)
	if pools == nil {
		pools = map[string]string{}
	}
	maps.Copy(pools, part.PoolWebACLs)
	a.PoolWebACLs = pools
	stages := maps.Clone(a.StageWebACLs)
	if stages == nil {
		stages = map[string]string{}
	}
	maps.Copy(stages, part.StageWebACLs)
	a.StageWebACLs = stages
	a.addFunctions(part)
}

func (a *App) addFunctions(part provision.Application) {
	c, more := a.Lambda, part.Lambda
	if c.Account == "" {
		c.Account, c.Region, c.Partition = more.Account, more.Region, more.Partition
	}
	c.Functions = slices.Concat(c.Functions, more.Functions)
	c.Aliases = slices.Concat(c.Aliases, more.Aliases)
	c.Versions = slices.Concat(c.Versions, more.Versions)
	c.Permissions = slices.Concat(c.Permissions, more.Permissions)
	c.EventSources = slices.Concat(c.EventSources, more.EventSources)
	c.AsyncConfigurations = slices.Concat(c.AsyncConfigurations, more.AsyncConfigurations)
	a.Lambda = c
}

// disjoint refuses what would be served twice under one id.
func (a *App) disjoint(owner string, part provision.Application) error {
	ids := a.identities()
	added := (&App{Application: part}).identities()
	for _, id := range slices.Sorted(maps.Keys(added)) {
		if ids[id] {
			return fmt.Errorf("%s is served already, from the template or by another management API; "+
				"it cannot be added by %s", id, owner)
		}
	}
	return nil
}

// identities returns what tells the parts of an app apart.
func (a *App) identities() map[string]bool {
	ids := map[string]bool{}
	for _, d := range a.described() {
		ids["API "+d.id] = true
	}
	for _, f := range a.Lambda.Functions {
		ids["function "+f.ARN] = true
	}
	for _, p := range slices.Concat(a.Roles, a.Users) {
		ids["principal "+p.ARN] = true
	}
	for _, q := range a.Queues {
		ids["queue "+q.ARN] = true
	}
	for _, t := range a.Tables {
		ids["table "+t.Name] = true
	}
	for _, d := range a.Domains {
		ids["domain "+d.Name] = true
	}
	return ids
}

// swapOrKeep swaps an app in, or serves all of what was served before when that fails; the caller
// holds changing.
func (r *Runner) swapOrKeep(ctx context.Context, app *App, d difference) error {
	if err := r.swap(ctx, app, d); err != nil {
		return errors.Join(err, r.swap(ctx, r.App(), d))
	}
	return nil
}

// swap serves an app in the place of the one that is served, where these differ; the caller holds
// changing. Calls in flight finish on what they began with.
func (r *Runner) swap(ctx context.Context, app *App, d difference) error {
	domains, err := r.swapDomains(app, d)
	if err != nil {
		return err
	}
	if d.pools {
		if err := r.startIdentity(app); err != nil {
			return err
		}
	}
	endpoint := r.endpoints["SQS"]
	if d.functions {
		if err := r.startCompanions(ctx, app); err != nil {
			return err
		}
		if err := r.deploy(ctx, app); err != nil {
			return err
		}
	}
	d.apis = d.apis || endpoint != r.endpoints["SQS"]
	if err := r.swapAPIs(app, d); err != nil {
		return err
	}
	r.mu.Lock()
	r.app = app
	r.mu.Unlock()
	r.publish(domains)
	r.startPolling(app)
	return nil
}

// swapAPIs makes an app's permissions and web ACLs those that calls are judged by, and compiles the
// APIs that depend on what differs: those of the app, and those that management APIs describe.
func (r *Runner) swapAPIs(app *App, d difference) error {
	everybody, granted, err := app.granted()
	if err != nil {
		return err
	}
	find := r.firewalls.find
	if d.walls {
		compiled, err := r.compileFirewalls(app)
		if err != nil {
			return err
		}
		find = compiled.find
	}
	shared := restParts{granted: r.granted.Principals(), webACL: find}
	if d.apis || d.walls {
		stays := func(s *served) bool {
			return !d.apis && (s.definition == nil ||
				slices.Equal(s.walls, app.wallsOf(*s.definition, find)))
		}
		if err := r.compileAgain(app, shared, stays); err != nil {
			return err
		}
	}
	if d.people {
		r.admit(everybody, granted)
	}
	return nil
}

// compileAgain compiles the APIs that do not stay as they are, all or none.
func (r *Runner) compileAgain(app *App, shared restParts, stays func(*served) bool) error {
	r.mu.Lock()
	shared.old = r.apis
	r.mu.Unlock()
	apis, err := r.compileAll(app, shared, stays)
	if err != nil {
		return err
	}
	if err := r.managed.compile(app, shared, stays); err != nil {
		return err
	}
	r.buckets.SetQuotas(quotasOf(app))
	for _, s := range apis {
		s.adopt(shared.old)
	}
	r.mu.Lock()
	r.apis = apis
	r.mu.Unlock()
	endRemoved(shared.old, apis)
	return nil
}

// endRemoved ends the connections of the APIs that are served no more.
func endRemoved(before, now []*served) {
	closeAll(context.Background(), slices.DeleteFunc(slices.Clone(before), func(old *served) bool {
		return slices.ContainsFunc(now, func(s *served) bool { return s.ID == old.ID })
	}))
}

// startCompanions starts what an app needs and the one before it did not, and tells what runs of
// its new tables and queues.
func (r *Runner) startCompanions(ctx context.Context, app *App) error {
	switch {
	case r.dynalite != nil:
		if err := r.dynalite.CreateTables(ctx, app.Tables); err != nil {
			return err
		}
	case r.wantsDynalite(app):
		if err := r.startDynalite(ctx, app); err != nil {
			return err
		}
	}
	if serving := r.queues.Load(); serving != nil {
		serving.Replace(app.Queues)
	} else {
		r.startQueues(app)
	}
	return nil
}

// reload serves the app as it stands now; when it cannot be read or compiled, the app served so far
// goes on.
func (r *Runner) reload(ctx context.Context) error {
	read, err := Read(ctx, r.options)
	if err != nil {
		return err
	}
	if missing := read.NotHonoured(); len(missing) > 0 && !r.options.Lenient {
		return &NotHonouredError{Findings: missing}
	}
	r.changing.Lock()
	defer r.changing.Unlock()
	app, err := read.with(r.added)
	if err != nil {
		return err
	}
	d := app.since(r.App())
	d.functions = true // their code may have changed
	before, secure := r.template.Settings, r.server.TLSURL()
	if err := r.swapOrKeep(ctx, app, d); err != nil {
		return err
	}
	if r.server.TLSURL() != secure {
		before.TLSPort = read.Settings.TLSPort // it counted just now
	}
	for _, name := range read.Settings.waiting(before) {
		r.terminal.note(settingsFile + ": what " + name + " says now counts from the next start")
	}
	r.template = read
	r.options.Log.Info("reloaded", slog.Int("apis", len(r.apis)))
	return nil
}
