package lambda

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"portico/local/lambda/build"
	"portico/local/lambda/interpreter"
	"portico/local/lambda/process"
)

// grace is how long an environment may take to end before it is killed: within the two seconds a
// person waits for Ctrl-C.
const grace = 1200 * time.Millisecond

// Service runs functions.
type Service struct {
	options Options
	builder *build.Builder
	finder  interpreter.Finder
	told    sync.Map // warnings that were given: one of each is enough
	spawner process.Spawner

	current    atomic.Pointer[deployment]
	unreserved atomic.Int64 // calls in flight of functions without reserved concurrency

	deploying sync.Mutex // one Deploy or Rebuild at a time

	mu      sync.Mutex // guards all below; a fleet's mutex may be held when it is taken
	closed  bool
	fleets  map[*fleet]struct{} // also replaced ones, until their last environment ended
	retries map[*attempt]func() bool
	work    sync.WaitGroup // environments and asynchronous attempts

	meters meters
	// delivering ends with Close, and the deliveries of outcomes with it.
	delivering context.Context
	quit       context.CancelFunc
}

// New returns a service without functions.
func New(o Options) *Service {
	s := &Service{
		options: o.withDefaults(),
		builder: build.New(build.Options{StateDir: o.StateDir, Go: o.Go}),
		finder:  interpreter.Finder{Path: o.Path},
		fleets:  map[*fleet]struct{}{},
		retries: map[*attempt]func() bool{},
	}
	s.delivering, s.quit = context.WithCancel(context.Background())
	s.current.Store(&deployment{})
	return s
}

// Deploy makes a configuration the one that is served. Calls in flight finish on the environments
// they have, which then end. The error is a Failures when the configuration is served but for the
// functions it names; any other error leaves the service as it was.
func (s *Service) Deploy(ctx context.Context, c Configuration) error {
	s.deploying.Lock()
	defer s.deploying.Unlock()
	c, err := normalize(c)
	if err != nil {
		return err
	}
	programs, failures := s.prepareAll(ctx, &c)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("deploying %d functions: %w", len(c.Functions), err)
	}
	e := edition{configuration: c, programs: programs, broken: map[string]bool{}}
	for _, fn := range c.Functions {
		e.broken[fn.Name] = programs[fn.Name].failed
	}
	if err := s.publish(&e); err != nil {
		return err
	}
	if err := s.serve(e); err != nil {
		return err
	}
	if len(failures) > 0 {
		return failures
	}
	return nil
}

// Prepare builds the programs of a configuration, so that a Deploy finds them built. What is wrong
// with any of them, Deploy says.
func (s *Service) Prepare(ctx context.Context, c Configuration) {
	if c, err := normalize(c); err == nil {
		s.prepareAll(ctx, &c)
	}
}

// serve compiles an edition, keeps what it publishes, and swaps it in.
func (s *Service) serve(e edition) error {
	d, err := s.compile(e)
	if err != nil {
		return err
	}
	if err := e.save(); err != nil {
		return err
	}
	return s.swap(d)
}

// Rebuild compiles a function again after an edit and swaps it in; versions that follow the code
// are published anew. A failed build keeps the old code serving; the error then is a Failures with
// the compiler's words.
func (s *Service) Rebuild(ctx context.Context, name string) error {
	s.deploying.Lock()
	defer s.deploying.Unlock()
	old := s.current.Load()
	definition, _, err := old.configuration.lookup(name)
	if err != nil {
		return fmt.Errorf("rebuilding function %q: %w", name, err)
	}
	built, failure := s.prepare(ctx, definition)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("rebuilding function %s: %w", name, err)
	}
	e := old.edition
	e.programs, e.broken = maps.Clone(old.programs), maps.Clone(old.broken)
	e.programs[name], e.broken[name] = built, failure != nil
	if err := s.publish(&e); err != nil {
		return err
	}
	if err := s.serve(e); err != nil {
		return err
	}
	if failure != nil {
		return Failures{*failure}
	}
	return nil
}

// Watched returns the files and folders whose change calls for a Rebuild of the function.
func (s *Service) Watched(name string) []string {
	fn := s.current.Load().functions[name]
	if fn == nil {
		return nil
	}
	return slices.Clone(fn.watched)
}

// Affected returns the functions that a change of the file at path calls to Rebuild.
func (s *Service) Affected(path string) []string {
	var names []string
	for name, fn := range s.current.Load().functions {
		if fn.touchedBy(path) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// swap serves d and retires every fleet it does not take over.
func (s *Service) swap(d *deployment) error {
	taken := map[*fleet]int{}
	for _, fn := range d.versions {
		if fn.fleet != nil {
			taken[fn.fleet] = fn.provisioned
		}
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return refuseStopping()
	}
	s.current.Store(d)
	var replaced []*fleet
	for f := range s.fleets {
		if _, kept := taken[f]; !kept {
			replaced = append(replaced, f)
		}
	}
	for f := range taken {
		s.fleets[f] = struct{}{}
	}
	s.mu.Unlock()
	for f, n := range taken {
		f.provision(n)
	}
	for _, f := range replaced {
		f.retire()
	}
	for _, b := range d.books {
		b.sweep()
	}
	return nil
}

// forget drops a fleet whose last environment ended.
func (s *Service) forget(f *fleet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fleets, f)
}

// begin runs work that Close waits for; it reports whether the service is still open.
func (s *Service) begin(work func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Go(work)
	return true
}

// Close refuses further calls, ends every environment and asynchronous call, and returns when all
// processes are gone, within two seconds.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	s.quit()
	fleets := make([]*fleet, 0, len(s.fleets))
	for f := range s.fleets {
		fleets = append(fleets, f)
	}
	for _, stop := range s.retries {
		stop()
	}
	clear(s.retries)
	s.mu.Unlock()
	for _, f := range fleets {
		f.shut()
	}
	s.work.Wait()
	s.spawner.Close()
	return nil
}
