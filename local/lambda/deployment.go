package lambda

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"
)

// latest is the version that is not published.
const latest = "$LATEST"

// deployment is a configuration made ready for calls. It is never changed, but swapped whole.
type deployment struct {
	edition
	functions  map[string]*function // $LATEST, by name
	versions   map[string]*function // every version, by its qualified ARN
	targets    map[string]*target   // by every way to name one
	unreserved int64                // calls in flight for functions without reserved concurrency
}

// function is a version of a deployed function.
type function struct {
	Function
	program
	version     string
	running     *atomic.Int64 // shared by all versions
	fleet       *fleet        // nil when it is broken
	provisioned int           // environments that are started ahead
}

// target is what one name of a function leads to.
type target struct {
	function    *function // serves what the shares leave
	meter       *meter
	arn         string // as the function sees it, with the qualifier of the call
	shares      []share
	permissions []Permission
	async       *AsyncConfiguration
}

// share is the part of an alias's calls that goes to a second version.
type share struct {
	function *function
	meter    *meter
	weight   float64
}

// pick returns the version that serves this call, and what counts it; roll is in [0,1).
func (t *target) pick(roll float64) (*function, *meter) {
	for _, s := range t.shares {
		if roll < s.weight {
			return s.function, s.meter
		}
		roll -= s.weight
	}
	return t.function, t.meter
}

// program is the code of a function, ready to run.
type program struct {
	dir         string   // the task root, with a bootstrap
	fingerprint string   // differs when the code does
	built       bool     // by package build, so that the fingerprint names the content
	fixed       bool     // never changed in its place, so that it does so too
	watched     []string // files and folders it depends on
	compiled    bool     // from Go files, or to be
	failed      bool     // the newest code does not run: this is what ran before, or nothing
	broken      *Failure // why it cannot run; nil when it can
}

// compile checks an edition and wires its names. Environments of versions that did not change are
// kept.
func (s *Service) compile(e edition) (*deployment, error) {
	d := &deployment{
		edition:    e,
		functions:  make(map[string]*function, len(e.configuration.Functions)),
		versions:   map[string]*function{},
		targets:    map[string]*target{},
		unreserved: int64(s.options.AccountConcurrency),
	}
	for _, definition := range e.configuration.Functions {
		fn := s.adopt(definition, e.programs[definition.Name])
		d.functions[fn.Name] = fn
		if fn.ReservedConcurrency != nil {
			d.unreserved -= int64(*fn.ReservedConcurrency)
		}
		s.addVersion(d, fn, "", fn)
		for _, r := range e.books[fn.ARN].Releases {
			s.addVersion(d, fn, r.Number, r.function(fn, e.books[fn.ARN]))
		}
	}
	for _, check := range []func() error{
		func() error { return s.addAliases(d) }, d.addPermissions, d.addAsync, d.provision,
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// adopt makes $LATEST; what must outlive a deployment comes from the current one.
func (s *Service) adopt(definition Function, p program) *function {
	fn := &function{
		Function: definition, program: p, version: latest, running: &atomic.Int64{},
	}
	if old := s.current.Load().functions[definition.Name]; old != nil {
		fn.running = old.running
	}
	return fn
}

// function makes a published version ready; what is not versioned comes from $LATEST.
func (r *release) function(of *function, b *book) *function {
	fn := &function{Function: r.Function, version: r.Number, running: of.running}
	fn.ReservedConcurrency = of.ReservedConcurrency
	if !r.defined {
		fn.LogicalID, fn.Stack, fn.Code = of.LogicalID, of.Stack, of.Code
	}
	if r.provisional != nil {
		fn.program = *r.provisional
		return fn
	}
	fn.program = program{
		dir: filepath.Join(b.folder, r.Fingerprint), fingerprint: r.Fingerprint, built: true,
	}
	return fn
}

// addVersion names a version and gives it a fleet: the one it has, when nothing that its
// environments depend on has changed.
func (s *Service) addVersion(d *deployment, of *function, qualifier string, fn *function) {
	t := &target{function: fn, meter: s.meterOf(of.Name, qualifier, fn.version)}
	d.name(of, qualifier, t)
	d.versions[of.ARN+":"+fn.version] = fn
	if localize := d.configuration.Localize; localize != nil {
		fn.Environment = localize(fn.Function)
	}
	if fn.broken != nil {
		return
	}
	region := d.configuration.Region
	old := s.current.Load().versions[of.ARN+":"+fn.version]
	if old != nil && old.fleet != nil && old.fleet.region == region && old.dir == fn.dir &&
		old.fingerprint == fn.fingerprint && reflect.DeepEqual(old.Function, fn.Function) {
		fn.fleet = old.fleet
		return
	}
	fn.fleet = newFleet(s, fn, region)
}

func (d *deployment) name(fn *function, qualifier string, t *target) {
	t.arn = fn.ARN
	if qualifier != "" {
		t.arn += ":" + qualifier
	}
	for _, name := range names(&fn.Function, d.configuration.Account, qualifier) {
		d.targets[name] = t
	}
}

// lookup finds the function a version, alias or permission belongs to.
func (c *Configuration) lookup(text string) (*Function, reference, error) {
	r, ok := parseReference(text)
	if !ok {
		return nil, r, fmt.Errorf("%q is neither a function's name nor its ARN", text)
	}
	for i := range c.Functions {
		if c.Functions[i].Name == r.name {
			return &c.Functions[i], r, nil
		}
	}
	return nil, r, fmt.Errorf("function %q is not in the configuration", r.name)
}

func publishedVersions(c *Configuration) (map[string][]string, error) {
	versions := map[string][]string{}
	for _, v := range c.Versions {
		fn, _, err := c.lookup(v.FunctionARN)
		if err != nil {
			return nil, fmt.Errorf("version %s: %w", v.Number, err)
		}
		if v.Number == "" || v.Number == latest {
			return nil, fmt.Errorf("version %q of function %s: it must be a number",
				v.Number, fn.Name)
		}
		versions[fn.Name] = append(versions[fn.Name], v.Number)
	}
	return versions, nil
}

func (s *Service) addAliases(d *deployment) error {
	for _, alias := range d.configuration.Aliases {
		definition, _, err := d.configuration.lookup(alias.FunctionARN)
		if err != nil {
			return fmt.Errorf("alias %s: %w", alias.Name, err)
		}
		fn := d.functions[definition.Name]
		state := d.books[fn.ARN].Aliases[alias.Name].Current
		t, err := s.lead(d, fn, alias.Name, state)
		if err != nil {
			return fmt.Errorf("alias %s of function %s: %w", alias.Name, fn.Name, err)
		}
		if alias.Provisioned > 0 && state.Version == latest {
			return fmt.Errorf("alias %s of function %s: provisioned concurrency wants a published "+
				"version, not $LATEST", alias.Name, fn.Name)
		}
		d.name(fn, alias.Name, t)
	}
	return nil
}

// lead returns what an alias leads to.
func (s *Service) lead(
	d *deployment, fn *function, name string, state aliasState,
) (*target, error) {
	version := d.versions[fn.ARN+":"+state.Version]
	if version == nil {
		return nil, fmt.Errorf("version %q does not exist", state.Version)
	}
	t := &target{function: version, meter: s.meterOf(fn.Name, name, version.version)}
	if err := d.checkWeights(fn, state); err != nil {
		return nil, err
	}
	for _, number := range slices.Sorted(maps.Keys(state.Weights)) {
		t.shares = append(t.shares, share{
			function: d.versions[fn.ARN+":"+number], weight: state.Weights[number],
			meter: s.meterOf(fn.Name, name, number),
		})
	}
	return t, nil
}

// addPermissions hangs each statement on the qualifier it was granted for: a policy on an alias
// says nothing about the function's other names.
func (d *deployment) addPermissions() error {
	for _, p := range d.configuration.Permissions {
		t, err := d.qualified(p.FunctionARN)
		if err != nil {
			return fmt.Errorf("permission for %s: %w", p.Principal, err)
		}
		t.permissions = append(t.permissions, p)
	}
	return nil
}

// qualified finds what a qualified name leads to.
func (d *deployment) qualified(name string) (*target, error) {
	definition, r, err := d.configuration.lookup(name)
	if err != nil {
		return nil, err
	}
	arn := d.functions[definition.Name].ARN
	if r.qualifier != "" {
		arn += ":" + r.qualifier
	}
	if d.targets[arn] == nil {
		return nil, fmt.Errorf("%s does not exist", arn)
	}
	return d.targets[arn], nil
}

// normalize fills defaults and refuses what has no meaning at all.
func normalize(c Configuration) (Configuration, error) {
	if c.Partition == "" {
		c.Partition = "aws"
	}
	functions := make([]Function, 0, len(c.Functions))
	seen := map[string]bool{}
	for _, fn := range c.Functions {
		if fn.Name == "" {
			return c, errors.New("failed: a function without a name")
		}
		if seen[fn.Name] {
			return c, fmt.Errorf("failed: function %s is defined twice", fn.Name)
		}
		seen[fn.Name] = true
		functions = append(functions, fn.withDefaults(&c))
	}
	c.Functions = functions
	c.Versions = slices.Clone(c.Versions)
	for i := range c.Versions {
		if given := c.Versions[i].Definition; given != nil {
			defined := given.withDefaults(&c)
			c.Versions[i].Definition = &defined
		}
	}
	return c, nil
}
