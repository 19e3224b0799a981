// Package apigateway is what the management API of REST APIs (apigateway, 2015-07-09) does.
//
// The door of local/control hands it the inputs of operations, read and held against AWS's
// constraints; here stand AWS's rules: what refers to what, what a patch may change, what is
// refused in which words and in which order. What is created is kept as AWS would print it, in
// files of the state folder, and becomes a definition (gateway/api) at CreateDeployment, which
// freezes it, and whenever something that takes effect without a deployment changes: a stage, a
// usage plan, an API key. Such a definition is handed whole to the Host, which serves it before the
// operation answers.
//
// Everything in a region is one value that is never changed, but replaced: writes come one after
// the other, each works on a draft, and only a draft that was served and written down takes the
// place of what was; readers see one or the other. The APIs of a template are shown, and cannot be
// changed. Nothing here listens, checks who may call, or calls an integration.
package apigateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	"portico/local/gateway/restapi"
	"portico/local/gateway/usage"
)

// Host serves the APIs that are described here.
type Host interface {
	// Serve puts a REST API in place, or in the place of the one with its id. Frozen returns what a
	// deployment of it holds. An error says why no API can be made of it.
	Serve(definition api.REST, frozen func(deployment string) (api.REST, bool)) error
	// Remove ends the REST API of that id.
	Remove(id string)
	// WebACL returns the ARN of the web ACL that AWS WAF put before a stage, named by its ARN; "" for
	// none.
	WebACL(stage string) string
	// Flush forgets the replies that a stage of an API keeps.
	Flush(api, stage string) error
	// Test calls a method of a definition, served or not.
	Test(ctx context.Context, definition api.REST, in restapi.TestInvocation) (
		restapi.TestResult, error)
	// Described returns the REST APIs that a template describes.
	Described() []api.REST
	Domains
	Authorizers
	// Certificate makes the client certificate of that id; ForgetCertificate deletes it.
	Certificate(id string) (Certificate, error)
	ForgetCertificate(id string) error
	// Usage is what API keys use of usage plans.
	Usage() *usage.Store
}

// Domains serves custom domain names.
type Domains interface {
	// ServeDomains puts the domains of a region in the place of those it had. An error means that
	// nothing changed.
	ServeDomains(ctx context.Context, region string, all []api.Domain) error
	// DescribedDomains returns the domains that come from elsewhere: a template.
	DescribedDomains() []api.Domain
	// Stages returns the names of the stages of an HTTP or WebSocket API; ok is false when there is
	// none.
	Stages(api string) (names []string, ok bool)
}

// Authorizers runs authorizers.
type Authorizers interface {
	// FlushAuthorizers forgets the results that the authorizers of a stage keep.
	FlushAuthorizers(api, stage string) error
	// TestAuthorizer asks an authorizer of a definition, served or not.
	TestAuthorizer(ctx context.Context, definition api.REST, in restapi.TestAuthorization) (
		restapi.TestedAuthorization, error)
}

// Options say where what is created is kept, and who serves it.
type Options = state.Options[Host]

// Service answers the operations of apigateway.
type Service struct {
	options Options

	writing sync.Mutex // held by a write from its draft to its end
	mu      sync.Mutex // guards regions
	regions map[string]*world
}

// Open restores what was kept, without serving it: that is Refresh.
func Open(o Options) (*Service, error) {
	if err := o.Check("REST APIs"); err != nil {
		return nil, err
	}
	s := &Service{options: o, regions: map[string]*world{}}
	var err error
	s.regions, err = restore(o.Dir)
	return s, err
}

// Refresh hands every API to the host anew. Those that it cannot serve are in the error; the others
// are served.
func (s *Service) Refresh() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var errs []error
	for _, region := range slices.Sorted(maps.Keys(s.all())) {
		w := s.world(region)
		for _, id := range slices.Sorted(maps.Keys(w.APIs)) {
			errs = append(errs, s.serve(w, s.options.In(region), id))
		}
		errs = append(errs, s.options.Host.ServeDomains(context.Background(), region, w.domains()))
	}
	return errors.Join(errs...)
}

// Reset forgets everything that was created.
func (s *Service) Reset() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var errs []error
	for region, w := range s.all() {
		errs = append(errs, s.options.Host.ServeDomains(context.Background(), region, nil))
		for id := range w.APIs {
			s.options.Host.Remove(id)
		}
		for id := range w.Certificates {
			errs = append(errs, s.options.Host.ForgetCertificate(id))
		}
	}
	s.mu.Lock()
	s.regions = map[string]*world{}
	s.mu.Unlock()
	return errors.Join(append(errs, forget(s.options.Dir))...)
}

func (s *Service) all() map[string]*world {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.regions)
}

func (s *Service) world(region string) *world {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w := s.regions[region]; w != nil {
		return w
	}
	return newWorld()
}

// call is one call of an operation, and the world it sees.
type call struct {
	context.Context
	service *Service
	in      model.Object
	account api.Account
	now     time.Time
	world   *world // of a write: its draft

	// What a write has changed.
	touched map[string]bool // APIs
	live    map[string]bool // APIs of which something changed that takes effect at once
	shared  bool            // what belongs to no single API
	routed  bool            // a domain, or where it leads
}

// operation is the behaviour of one operation.
type operation func(c *call) (model.Object, error)

// reads makes a handler of an operation that changes nothing.
func (s *Service) reads(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		return do(s.newCall(ctx, in, s.world(in.Region)))
	}
}

// writes makes a handler of an operation that changes something, whole or not at all.
func (s *Service) writes(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		s.writing.Lock()
		defer s.writing.Unlock()
		before := s.world(in.Region)
		c := s.newCall(ctx, in, before.draft())
		out, err := do(c)
		if err != nil {
			return nil, err
		}
		return out, s.commit(c, in.Region, before)
	}
}

func (s *Service) newCall(ctx context.Context, in model.Call, w *world) *call {
	return &call{
		Context: ctx, service: s, in: in.Input, account: s.options.In(in.Region), world: w,
		now: s.options.Clock.Now(), touched: map[string]bool{}, live: map[string]bool{},
	}
}

// commit serves, keeps and shows a draft, in this order. When one fails, all is as before.
func (s *Service) commit(c *call, region string, before *world) error {
	for _, id := range slices.Sorted(maps.Keys(c.live)) {
		if err := s.serve(c.world, c.account, id); err != nil {
			return errors.Join(model.BadRequest("%s", err), s.serveAll(before, c))
		}
	}
	if c.routed {
		if err := s.options.Host.ServeDomains(c, region, c.world.domains()); err != nil {
			return errors.Join(model.BadRequest("%s", err), s.serveAll(before, c))
		}
	}
	if err := s.keep(c, region); err != nil {
		return errors.Join(err, s.serveAll(before, c))
	}
	s.mu.Lock()
	s.regions[region] = c.world
	s.mu.Unlock()
	return nil
}

// serveAll serves again what a draft would have changed.
func (s *Service) serveAll(w *world, c *call) error {
	var errs []error
	if c.routed {
		errs = append(errs, s.options.Host.ServeDomains(c, c.account.Region, w.domains()))
	}
	for id := range c.live {
		errs = append(errs, s.serve(w, c.account, id))
	}
	return errors.Join(errs...)
}

// serve hands one API to the host. Without a stage nothing of it can be called.
func (s *Service) serve(w *world, account api.Account, id string) error {
	a := w.APIs[id]
	if a == nil || len(a.Stages) == 0 {
		s.options.Host.Remove(id)
		return nil
	}
	err := s.options.Host.Serve(w.definition(account, id), func(deployment string) (api.REST, bool) {
		frozen, ok := a.Frozen[deployment]
		if !ok {
			return api.REST{}, false
		}
		return *frozen, true
	})
	if err != nil {
		return fmt.Errorf("serving REST API %s: %w", id, err)
	}
	return nil
}
