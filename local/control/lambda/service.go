// Package lambda is what the management API of functions (lambda, 2015-03-31) does.
//
// The door of local/control hands it the inputs of operations, read and held against AWS's
// constraints; here stand AWS's rules: what refers to what, what is refused in which words and in
// which order. What is created is one value per region, and the code of functions and layers lies
// beside it by its SHA-256; both become definitions of local/lambda, which the Host puts beside
// what the template describes before an operation answers. Functions of the template are listed and
// invoked, new versions of them are published and their aliases moved, as release tools do; nothing
// else of them can be changed. Invocations go straight to local/lambda.
//
// Nothing here runs a function, reads a template, checks who may call, or polls a queue.
package lambda

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// Host serves what is described here.
type Host interface {
	// Put serves functions and their URLs, in the place of those that were put before. When it cannot,
	// all is as it was.
	Put(ctx context.Context, functions plane.Configuration, urls []api.FunctionURL) error
	// Functions runs them all: what was put, and what the template describes.
	Functions() *plane.Service
	// Described returns what the template says of functions.
	Described() (plane.Configuration, []api.FunctionURL)
	// Object returns what lies in a bucket; its error is an *ObjectError where S3 has a word for it.
	Object(ctx context.Context, bucket, key string) ([]byte, error)
	// Address is where code can be fetched: Code serves what stands below CodePath there.
	Address() string
}

// ObjectError is how S3 refuses to hand out an object.
type ObjectError struct{ Code, Message string }

// Error returns the code and the message.
func (e *ObjectError) Error() string { return e.Code + ": " + e.Message }

// Options say where what is created is kept, and who serves it. Without a folder no code can be
// taken.
type Options = state.Options[Host]

// Service answers the operations of lambda.
type Service struct {
	options Options
	store   *state.Store[world]
}

// Open restores what was kept, without serving it: that is Refresh.
func Open(o Options) (*Service, error) {
	if err := o.Check("functions"); err != nil {
		return nil, err
	}
	dir := ""
	if o.Dir != "" {
		dir = filepath.Join(o.Dir, "regions")
	}
	store, err := state.Open(dir, newWorld)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, store: store}
	return s, s.sweep()
}

// Refresh serves everything that was created. A function that the template has taken the name of
// since is left out, and named in the error.
func (s *Service) Refresh() error { return s.serve(context.Background(), "", nil) }

// Reset forgets everything that was created.
func (s *Service) Reset() error {
	if err := s.store.Reset(); err != nil {
		return err
	}
	err := s.options.Host.Put(context.Background(), s.configuration(), nil)
	return errors.Join(err, s.forgetCode())
}

// serve puts all regions into effect; now stands for what the one of that name has.
func (s *Service) serve(ctx context.Context, region string, now *world) error {
	described, _ := s.options.Host.Described()
	made := effective{
		configuration: s.configuration(), taken: map[string]bool{}, code: s.folderOf,
	}
	for _, f := range described.Functions {
		made.taken[f.Name] = true
	}
	for name, w := range s.store.All(region, now) {
		made.add(w, s.options.In(name))
	}
	err := s.options.Host.Put(context.WithoutCancel(ctx), made.configuration, made.urls)
	return errors.Join(err, made.err())
}

// configuration is an empty one of the account's.
func (s *Service) configuration() plane.Configuration {
	return plane.Configuration{
		Account: s.options.Account.ID, Region: s.options.Account.Region,
		Partition: s.options.Account.Partition,
	}
}

// call is one call of an operation, and the world it sees.
type call struct {
	context.Context
	service *Service
	in      model.Object
	account api.Account
	now     time.Time
	request string
	world   *world // of a write: its draft
	seen    *template
}

// operation is the behaviour of one operation.
type operation func(c *call) (model.Object, error)

// reads makes a handler of an operation that changes nothing.
func (s *Service) reads(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		out, err := do(s.newCall(ctx, in, s.store.Read(in.Region)))
		return out, refusalOf(err)
	}
}

// writes makes a handler of an operation that changes something, whole or not at all.
func (s *Service) writes(do operation) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		seen := s.newCall(ctx, in, nil).template() // before the store is locked: the host locks too
		out, err := state.Answer(s.store, in.Region, func(draft *world) (model.Object, error) {
			c := s.newCall(ctx, in, draft)
			c.seen = seen
			return do(c)
		}, func(now *world) error {
			if err := s.serve(ctx, in.Region, now); err != nil {
				return invalid("%s", err)
			}
			return nil
		})
		return out, refusalOf(err)
	}
}

func (s *Service) newCall(ctx context.Context, in model.Call, w *world) *call {
	return &call{
		Context: ctx, service: s, in: in.Input, account: s.options.In(in.Region), world: w,
		now: s.options.Clock.Now(), request: in.RequestID,
	}
}

// arn returns the ARN of a resource of Lambda: "function:orders".
func (c *call) arn(resource string) string {
	return c.account.ARN("lambda", resource)
}

// modified is the time of the call as Lambda writes it.
func (c *call) modified() string { return c.now.UTC().Format("2006-01-02T15:04:05.000-0700") }
