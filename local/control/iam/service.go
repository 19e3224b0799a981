// Package iam is what the management API of AWS Identity and Access Management (iam, 2010-05-08)
// does, as far as who calls APIs needs it: roles, users and groups, their policies, access keys and
// tags.
//
// The door of local/control hands it the inputs of operations; here stand AWS's rules and words.
// Policy documents are read when they arrive: one that AWS would not take is refused in AWS's
// words. What was created is one value of the region "global". Before an operation that changed it
// answers, its roles and users are handed whole to the Host, with the documents that count for each
// of them, and the next signed call is judged by those. What a template describes is shown, and
// cannot be changed. No call is judged here, and nobody's signature is verified.
package iam

import (
	"context"
	"encoding/json"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	"portico/local/provision"
)

// region is where everything is: IAM has no regions.
const region = "global"

// Host judges calls by what is created here.
type Host interface {
	// Serve puts these roles and users in the place of those that were created before.
	Serve(ctx context.Context, roles []Role, users []provision.Principal) error
	// Described returns what the template describes.
	Described() Described
	// Caller returns the ARN of who signs with a key; ok is false for a key that nobody has.
	Caller(accessKeyID string) (arn string, ok bool)
}

// Role is a role that was created, and who may assume it.
type Role struct {
	provision.Principal
	Trust      json.RawMessage
	MaxSession time.Duration
}

// Described is what a template says of roles, users, groups and managed policies.
type Described struct {
	Entities []Entity
	Policies []Policy
}

// Options say where what is created is kept, and who judges by it.
type Options = state.Options[Host]

// Service answers the operations of IAM.
type Service struct {
	options Options
	store   *state.Store[world]
	opened  string // what a template describes is as old as this
}

// Open restores what was kept, without putting it into effect: that is Refresh.
func Open(o Options) (*Service, error) {
	if err := o.Check("IAM"); err != nil {
		return nil, err
	}
	store, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	return &Service{options: o, store: store, opened: stamp(o.Clock.Now())}, nil
}

// Refresh puts everything that was created into effect anew.
func (s *Service) Refresh() error {
	return s.serve(context.Background(), s.store.Read(region))
}

// Reset forgets everything that was created.
func (s *Service) Reset() error {
	if err := s.serve(context.Background(), newWorld()); err != nil {
		return err
	}
	return s.store.Reset()
}

// serve hands the roles and users of a world to the host.
func (s *Service) serve(ctx context.Context, w *world) error {
	c := &call{Context: ctx, service: s, world: w, account: s.options.Account}
	roles, users := c.principals()
	return s.options.Host.Serve(ctx, roles, users)
}

// call is one call of an operation, and the world it sees.
type call struct {
	context.Context
	service     *Service
	in          model.Object
	account     api.Account
	accessKeyID string
	now         time.Time
	world       *world // of a write: its draft
	described   *Described
}

// operation is the behaviour of one operation.
type operation func(c *call) (model.Object, error)

// reads makes a handler of an operation that changes nothing.
func (s *Service) reads(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		return do(s.newCall(ctx, in, s.store.Read(region)))
	}
}

// writes makes a handler of an operation that changes something, whole or not at all.
func (s *Service) writes(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		return state.Answer(s.store, region, func(draft *world) (model.Object, error) {
			return do(s.newCall(ctx, in, draft))
		}, func(now *world) error { return s.serve(ctx, now) })
	}
}

func (s *Service) newCall(ctx context.Context, in model.Call, w *world) *call {
	account := s.options.Account
	account.ID = in.Account
	return &call{
		Context: ctx, service: s, in: in.Input, account: account, accessKeyID: in.AccessKeyID,
		now: s.options.Clock.Now(), world: w,
	}
}

// stamp prints a time as answers in XML have it.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }
