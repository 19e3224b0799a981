package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/control/apigatewayv2"
	"portico/local/gateway/api"
	"portico/local/provision"
)

// v2Owner owns the domains that the management API of HTTP and WebSocket APIs created.
const v2Owner = "apigatewayv2"

// v2Host makes HTTP and WebSocket APIs of what the management API was told, by way of their
// CloudFormation twins, and serves them.
type v2Host struct {
	runner *Runner

	mu  sync.Mutex // guards led
	led []api.Domain
}

var _ apigatewayv2.Host = (*v2Host)(nil)

// Define reads the resources of one API, as those of a template are read.
func (h *v2Host) Define(
	account api.Account, resources []apigatewayv2.Resource,
) (apigatewayv2.Definition, error) {
	application, err := h.read(account, resources)
	if err != nil {
		return apigatewayv2.Definition{}, err
	}
	switch {
	case len(application.HTTP) == 1:
		return apigatewayv2.Definition{HTTP: &application.HTTP[0]}, nil
	case len(application.WebSocket) == 1:
		return apigatewayv2.Definition{WebSocket: &application.WebSocket[0]}, nil
	}
	return apigatewayv2.Definition{}, errors.New("want one API")
}

// DefineDomain reads a domain, and its truststore.
func (h *v2Host) DefineDomain(
	account api.Account, domain apigatewayv2.Resource,
) (api.Domain, error) {
	application, err := h.read(account, []apigatewayv2.Resource{domain})
	if err != nil {
		return api.Domain{}, err
	}
	if len(application.Domains) != 1 {
		return api.Domain{}, errors.New("want one domain")
	}
	_, _, err = truststore(application.Domains[0], h.runner.options.Clock.Now())
	return application.Domains[0], err
}

func (h *v2Host) read(
	account api.Account, resources []apigatewayv2.Resource,
) (*provision.Application, error) {
	all := make([]cloudformation.Existing, len(resources))
	for i, r := range resources {
		all[i] = cloudformation.Existing{
			Type: r.Type, PhysicalID: r.ID, Properties: r.Properties,
			LogicalID: r.ID + r.Type[strings.LastIndexByte(r.Type, ':')+1:],
		}
	}
	assembly, err := cloudformation.Compose(cloudformation.Options{
		Account: account.ID, Region: account.Region, Partition: account.Partition,
	}, v2Owner, all)
	if err != nil {
		return nil, err
	}
	documents := inDirs(h.runner.options.Dir, h.runner.App().Settings.Documents)
	for _, r := range resources {
		trust := r.Properties.Object("MutualTlsAuthentication").Text("TruststoreUri")
		bucket, key, _ := strings.Cut(strings.TrimPrefix(trust, "s3://"), "/")
		if file, err := h.runner.stored(bucket, key); err == nil {
			documents[bucket+"/"+key] = file
		}
	}
	application, err := provision.Read(assembly, provision.Options{
		Root: h.runner.options.Dir, Partition: account.Partition, Unfinished: true,
		Documents: documents,
	})
	if err != nil {
		return nil, mistakeOf(err)
	}
	findings := slices.Concat(coverage.Check(assembly, provision.Coverage()), application.Findings)
	for _, f := range coverage.Only(findings, coverage.NotHonoured) {
		if !h.runner.options.Lenient {
			return nil, fmt.Errorf("%s is not honoured here: %s", f.Property, f.Why)
		}
	}
	return application, nil
}

// absent is what provision says of a property that must be there.
const absent = "the property is required"

// mistakeOf says the first thing that is wrong as AWS says it: a reason in AWS's words stands alone,
// another one needs to be told what it is about.
func mistakeOf(err error) error {
	var problem *provision.Problem
	if !errors.As(err, &problem) {
		return err
	}
	if problem.Reason == absent {
		return fmt.Errorf("%s is a required parameter", problem.Property)
	}
	first, _ := utf8.DecodeRuneInString(problem.Reason)
	if unicode.IsUpper(first) && !strings.HasPrefix(problem.Reason, "AWS ") {
		return errors.New(problem.Reason)
	}
	return fmt.Errorf("%s: %s", problem.Property, problem.Reason)
}

// Serve puts an API in place, whole: calls in flight finish on what was there, and connections go
// on.
func (h *v2Host) Serve(
	definition apigatewayv2.Definition,
	frozen func(deployment string) (apigatewayv2.Definition, bool),
) error {
	r := h.runner
	return r.place(definition.ID(), func(app *App, shared restParts) (*served, error) {
		if definition.HTTP != nil {
			shared.frozenHTTP = func(id string) (api.HTTP, bool) {
				made, ok := frozen(id)
				if !ok || made.HTTP == nil {
					return api.HTTP{}, false
				}
				return *made.HTTP, true
			}
			return r.compileHTTP(app, *definition.HTTP, shared)
		}
		shared.frozenWebSocket = func(id string) (api.WebSocket, bool) {
			made, ok := frozen(id)
			if !ok || made.WebSocket == nil {
				return api.WebSocket{}, false
			}
			return *made.WebSocket, true
		}
		return r.compileWebSocket(app, *definition.WebSocket, shared)
	})
}

// Remove ends an API, and its open connections.
func (h *v2Host) Remove(id string) {
	h.runner.displace(context.Background(), id)
}

// Lead makes these domains part of what is served.
func (h *v2Host) Lead(domains []api.Domain) error {
	err := h.runner.Put(context.Background(), v2Owner, provision.Application{Domains: domains})
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.led = domains
	return nil
}

// Described returns what was not created by this management API.
func (h *v2Host) Described() apigatewayv2.Described {
	app := h.runner.App()
	found := apigatewayv2.Described{
		REST: slices.Clone(app.REST), HTTP: app.HTTP, WebSocket: app.WebSocket,
	}
	for _, s := range h.runner.allServed() {
		if s.Kind == "REST" {
			found.REST = append(found.REST, api.REST{ID: s.ID, Stages: s.Stages})
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	found.Domains = slices.DeleteFunc(slices.Clone(app.Domains), func(d api.Domain) bool {
		return slices.ContainsFunc(h.led, func(own api.Domain) bool { return own.Name == d.Name })
	})
	return found
}
