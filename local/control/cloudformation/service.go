package cloudformation

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/clock"
)

// patience is how long a call waits for the operation it began: clients poll every few seconds.
const patience = 3 * time.Second

// Host knows what templates mean, and serves what they describe.
type Host interface {
	// Parse reads a template, JSON or YAML, with the short forms of functions written out. The error
	// is a sentence.
	Parse(body string) (map[string]any, error)
	// Fetch reads what a TemplateURL names. The error is a sentence.
	Fetch(url string) (string, error)
	// Parameter returns what a parameter of Systems Manager holds.
	Parameter(region, name string) (value string, ok bool)
	// Evaluate says what stacks consist of that are deployed together, in their order. Its error is
	// Faults for what is wrong with templates.
	Evaluate(all []Template) ([]Evaluated, error)
	// Deploy serves stacks in the place of those that were served before, or leaves all as it was.
	// Its error is Faults for what is wrong with templates.
	Deploy(ctx context.Context, all []Template) error
	// Described returns the stacks of the template that the runner was started with.
	Described() []Described
}

// Template is a stack as it is handed to the host.
type Template struct {
	Name, Region, Body string
	Parameters         map[string]string
}

// Evaluated is what a template consists of.
type Evaluated struct {
	ID        string     // of the stack
	Resources []Resource // by logical id
	Outputs   []Output   // by key
	Imports   []string   // the names of exports
}

// Described is a stack that cannot be changed.
type Described struct {
	Template
	Evaluated
}

// Resource is one resource of a stack.
type Resource struct {
	LogicalID, PhysicalID, Type string
	Properties                  map[string]string // each as JSON
	Metadata                    string            // as JSON; "" for none
}

// Output is a value that a stack shows; one with an Export is there for other stacks.
type Output struct{ Key, Value, Export, Description string }

// Fault is one thing that keeps a stack from being served; Resource is "" for the stack itself.
type Fault struct{ Stack, Resource, Reason string }

// Faults are all things that keep stacks from being served.
type Faults []Fault

// Error returns one line per fault.
func (f Faults) Error() string {
	text := ""
	for i, fault := range f {
		if i > 0 {
			text += "\n"
		}
		text += fault.Reason
	}
	return text
}

// Options say where stacks are kept, and who serves them.
type Options = state.Options[Host]

// Service answers the operations of cloudformation.
type Service struct {
	options Options
	store   *state.Store[world]

	serving sync.Mutex     // held by an operation from its evaluation to its end
	running sync.WaitGroup // operations
	run     func(work func(context.Context)) (done <-chan struct{})
	cancel  context.CancelFunc
}

// Open restores the stacks that were deployed, without serving them: that is Refresh.
func Open(o Options) (*Service, error) {
	if err := o.Check("stacks"); err != nil {
		return nil, err
	}
	store, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, store: store}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.run = func(work func(context.Context)) <-chan struct{} {
		done := make(chan struct{})
		s.running.Go(func() {
			defer close(done)
			work(ctx)
		})
		return done
	}
	return s, nil
}

// Close gives up the operations at work and waits for their end.
func (s *Service) Close() error {
	s.cancel()
	s.running.Wait()
	return nil
}

// Refresh serves the stacks that were deployed before. Those that cannot be served any more are in
// the error, and stay deployed; the others are served.
func (s *Service) Refresh() error {
	s.serving.Lock()
	defer s.serving.Unlock()
	if err := s.settle(); err != nil {
		return err
	}
	all := s.served()
	if len(all) == 0 {
		return nil
	}
	var errs []error
	for len(all) > 0 {
		err := s.options.Host.Deploy(context.Background(), templatesOf(all))
		if err == nil {
			break
		}
		errs = append(errs, err)
		var faults Faults
		if !errors.As(err, &faults) {
			break
		}
		left := slices.DeleteFunc(slices.Clone(all), func(d deployed) bool {
			return slices.ContainsFunc(faults, func(f Fault) bool { return f.Stack == d.Name })
		})
		if len(left) == len(all) {
			break
		}
		all = left
	}
	return errors.Join(errs...)
}

// settle ends the operations that the end of a runner interrupted.
func (s *Service) settle() error {
	const reason = "the runner ended while this was at work"
	for _, region := range s.store.Regions() {
		err := s.store.Write(region, func(w *world) error {
			for _, one := range w.Stacks {
				to, interrupted := map[string]string{
					"CREATE_IN_PROGRESS": "ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
					"DELETE_IN_PROGRESS": "DELETE_FAILED",
				}[one.Status]
				if interrupted {
					one.turn(s.options.Clock.Now(), to, reason, "")
				}
			}
			return nil
		}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// Reset deletes every stack.
func (s *Service) Reset() error {
	s.running.Wait()
	s.serving.Lock()
	defer s.serving.Unlock()
	if len(s.served()) > 0 {
		if err := s.options.Host.Deploy(context.Background(), nil); err != nil {
			return err
		}
	}
	return s.store.Reset()
}

// call is one call of an operation.
type call struct {
	context.Context
	service *Service
	region  string
	in      model.Object
	now     time.Time
}

// behaviour is that of one operation of the API.
type behaviour func(c *call) (model.Object, error)

// handler makes the handler of an operation.
func (s *Service) handler(do behaviour) model.Handler {
	return func(ctx context.Context, in model.Call) (model.Object, error) {
		return do(&call{
			Context: ctx, service: s, region: in.Region, in: in.Input, now: s.options.Clock.Now(),
		})
	}
}

// world returns the stacks of the caller's region. Nobody may change them.
func (c *call) world() *world { return c.service.store.Read(c.region) }

// write changes the stacks of the caller's region.
func (c *call) write(change func(w *world) error) error {
	return c.service.store.Write(c.region, change, nil)
}

// await waits for an operation, but not long.
func (c *call) await(done <-chan struct{}) {
	enough := make(chan struct{})
	stop := clock.Unmoved(c.service.options.Clock).AfterFunc(patience, func() { close(enough) })
	defer stop()
	select {
	case <-done:
	case <-enough:
	case <-c.Done():
	}
}

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	all := model.Handlers{}
	for name, do := range map[string]behaviour{
		"CreateStack": createStack, "UpdateStack": updateStack, "DeleteStack": deleteStack,
		"CancelUpdateStack": cancelUpdate, "ContinueUpdateRollback": continueRollback,
		"RollbackStack":               rollbackStack,
		"UpdateTerminationProtection": protect,
		"SetStackPolicy":              setPolicy, "GetStackPolicy": getPolicy,

		"CreateChangeSet": createChangeSet, "DescribeChangeSet": describeChangeSet,
		"ExecuteChangeSet": executeChangeSet, "DeleteChangeSet": deleteChangeSet,
		"ListChangeSets": listChangeSets, "DescribeChangeSetHooks": describeHooks,
		"ListHookResults": listHookResults,

		"DescribeStacks": describeStacks, "ListStacks": listStacks,
		"DescribeStackEvents": describeStackEvents, "DescribeEvents": describeEvents,
		"DescribeStackResource": describeResource, "DescribeStackResources": describeResources,
		"ListStackResources": listResources, "ListExports": listExports, "ListImports": listImports,

		"GetTemplate": getTemplate, "GetTemplateSummary": getTemplateSummary,
		"ValidateTemplate": validateTemplate,
	} {
		all[name] = s.handler(do)
	}
	return all
}
