// Package apigatewayv2 is what the management API of HTTP and WebSocket APIs (apigatewayv2,
// 2018-11-29) does.
//
// The door of local/control hands it the inputs of operations, read and held against AWS's
// constraints; here stand AWS's rules: what refers to what, what an update replaces and what it
// adds to, what deploys by itself, what is refused in which words. Everything is kept as AWS would
// print it. An API becomes a definition (gateway/api) after every write to it, by way of its
// CloudFormation twins: their properties are called as the members are here, so the Host reads them
// as it reads a template, and what it finds wrong refuses the write. A deployment keeps such a
// definition; a stage that deploys by itself serves the API as it is.
//
// APIs and domains of a template are shown, and cannot be changed. Nothing here listens, checks who
// may call, or compiles an API.
package apigatewayv2

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
)

// Definition is an API of either kind: one of the two is set, or none where there is no API.
type Definition struct {
	HTTP      *api.HTTP      `json:",omitempty"`
	WebSocket *api.WebSocket `json:",omitempty"`
}

// ID returns the id of the API.
func (d Definition) ID() string {
	switch {
	case d.HTTP != nil:
		return d.HTTP.ID
	case d.WebSocket != nil:
		return d.WebSocket.ID
	}
	return ""
}

// Resource is a part of an API, or a domain, in the shape of its CloudFormation twin.
type Resource struct {
	Type, ID   string
	Properties model.Object
}

// Described is what a template describes, and other management APIs created.
type Described struct {
	REST      []api.REST
	HTTP      []api.HTTP
	WebSocket []api.WebSocket
	Domains   []api.Domain
}

// Host makes definitions and serves them.
type Host interface {
	// Define reads the resources of one API. Its error says what is wrong with them, in AWS's words
	// where they are known.
	Define(account api.Account, resources []Resource) (Definition, error)
	// DefineDomain reads a domain without mappings.
	DefineDomain(account api.Account, domain Resource) (api.Domain, error)
	// Serve puts an API in place, or in the place of the one with its id: connections stay open.
	// Frozen returns what a deployment of it holds.
	Serve(definition Definition, frozen func(deployment string) (Definition, bool)) error
	// Remove ends the API of that id.
	Remove(id string)
	// Lead makes these domains the ones that lead to APIs, beside those of the template.
	Lead(domains []api.Domain) error
	// Described returns what was not created here.
	Described() Described
}

// Options say where what is created is kept, and who serves it.
type Options = state.Options[Host]

// Service answers the operations of apigatewayv2.
type Service struct {
	options Options
	store   *state.Store[world]
}

// Open restores what was kept, without serving it: that is Refresh.
func Open(o Options) (*Service, error) {
	if err := o.Check("HTTP and WebSocket APIs"); err != nil {
		return nil, err
	}
	store, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	return &Service{options: o, store: store}, nil
}

// Refresh hands every API and domain to the host anew. Those that it cannot serve are in the error;
// the others are served.
func (s *Service) Refresh() error {
	var errs []error
	domains := false
	for _, region := range s.store.Regions() {
		w := s.store.Read(region)
		domains = domains || len(w.Domains) > 0
		for _, id := range slices.Sorted(maps.Keys(w.APIs)) {
			errs = append(errs, s.serveAPI(w, s.options.In(region), id))
		}
	}
	if domains {
		errs = append(errs, s.lead("", nil))
	}
	return errors.Join(errs...)
}

// Reset forgets everything that was created.
func (s *Service) Reset() error {
	var all []*world
	for _, region := range s.store.Regions() {
		all = append(all, s.store.Read(region))
	}
	if err := s.store.Reset(); err != nil {
		return err
	}
	for _, w := range all {
		for id := range w.APIs {
			s.options.Host.Remove(id)
		}
		if len(w.Domains) > 0 {
			if err := s.options.Host.Lead(nil); err != nil {
				return err
			}
		}
	}
	return nil
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
	touched map[string]bool       // APIs
	defined map[string]Definition // what became of them
	domains bool
}

// operation is the behaviour of one operation.
type operation func(c *call) (model.Object, error)

// reads makes a handler of an operation that changes nothing.
func (s *Service) reads(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		return do(s.newCall(ctx, in, s.store.Read(in.Region)))
	}
}

// writes makes a handler of an operation that changes something, whole or not at all.
func (s *Service) writes(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		c := s.newCall(ctx, in, nil)
		return state.Answer(s.store, in.Region, func(draft *world) (model.Object, error) {
			c.world = draft
			out, err := do(c)
			if err != nil {
				return nil, err
			}
			return out, c.settle()
		}, func(now *world) error { return s.serve(c, now) })
	}
}

func (s *Service) newCall(ctx context.Context, in model.Call, w *world) *call {
	return &call{
		Context: ctx, service: s, in: in.Input, account: s.options.In(in.Region), world: w,
		now: s.options.Clock.Now().UTC(), touched: map[string]bool{}, defined: map[string]Definition{},
	}
}

// settle deploys the APIs that a write has changed where they deploy by themselves, and makes
// definitions of them.
func (c *call) settle() error {
	for _, id := range slices.Sorted(maps.Keys(c.touched)) {
		a := c.world.APIs[id]
		if a == nil {
			continue
		}
		c.deployByItself(a)
		made, err := c.service.options.Host.Define(c.account, a.resources(c.world))
		if err != nil {
			return asBadRequest(err)
		}
		if err := a.freeze(made); err != nil {
			return err
		}
		c.defined[id] = made
	}
	return nil
}

func asBadRequest(err error) error {
	var refused *model.Error
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return model.BadRequest("%s", err)
}

// serve puts what a write has changed into effect, or what was there before it.
func (s *Service) serve(c *call, now *world) error {
	for _, id := range slices.Sorted(maps.Keys(c.touched)) {
		err := error(nil)
		made, known := c.defined[id]
		if known && now == c.world {
			err = s.serveDefinition(now.APIs[id], made)
		} else {
			err = s.serveAPI(now, c.account, id)
		}
		if err != nil {
			return asBadRequest(err)
		}
	}
	if !c.domains {
		return nil
	}
	return asBadRequest(s.lead(c.account.Region, now))
}

func (s *Service) serveAPI(w *world, account api.Account, id string) error {
	a := w.APIs[id]
	if a == nil {
		s.options.Host.Remove(id)
		return nil
	}
	made, err := s.options.Host.Define(account, a.resources(w))
	if err != nil {
		return fmt.Errorf("serving API %s: %w", id, err)
	}
	return s.serveDefinition(a, made)
}

// serveDefinition hands an API to the host. Without a stage that was deployed to, nothing of it can
// be called.
func (s *Service) serveDefinition(a *entity, made Definition) error {
	if !a.isServed() {
		s.options.Host.Remove(a.id())
		return nil
	}
	return s.options.Host.Serve(made, a.frozen)
}

// lead tells the host the domains of all regions; of the one named, those of now.
func (s *Service) lead(region string, now *world) error {
	var all []api.Domain
	for name, w := range s.store.All(region, now) {
		for _, domain := range sortedKeys(w.Domains) {
			made, err := s.define(s.options.In(name), w.Domains[domain])
			if err != nil {
				return err
			}
			all = append(all, made)
		}
	}
	return s.options.Host.Lead(all)
}
