package lambda

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync/atomic"
)

// latest is the version that is not published.
const latest = "$LATEST"

// deployment is a configuration made ready for calls. It is never changed, but swapped whole.
type deployment struct {
	configuration Configuration
	functions     map[string]*function // by name
	targets       map[string]*target   // by every way to name one
	unreserved    int64                // calls in flight for functions without reserved concurrency
}

// function is a deployed function.
type function struct {
	Function
	program
	running *atomic.Int64
	fleets  map[string]*fleet // by version
}

// target is what one name of a function leads to.
type target struct {
	function    *function
	arn         string // as the function sees it, with the qualifier of the call
	version     string
	weights     []share
	permissions []Permission
}

// share is the part of an alias's calls that goes to a second version.
type share struct {
	version string
	weight  float64
}

// pick returns the version that serves this call; roll is random in [0,1).
func (t *target) pick(roll float64) string {
	for _, s := range t.weights {
		if roll < s.weight {
			return s.version
		}
		roll -= s.weight
	}
	return t.version
}

// program is the code of a function, ready to run.
type program struct {
	dir         string   // the task root, with a bootstrap
	fingerprint string   // differs when the code does
	watched     []string // files and folders it depends on
	broken      *Failure // why it cannot run; nil when it can
}

// compile checks a configuration and wires its names. Environments of old functions that did not
// change are kept.
func (s *Service) compile(c Configuration, programs map[string]program) (*deployment, error) {
	d := &deployment{
		configuration: c,
		functions:     make(map[string]*function, len(c.Functions)),
		targets:       map[string]*target{},
		unreserved:    int64(s.options.AccountConcurrency),
	}
	versions, err := publishedVersions(&c)
	if err != nil {
		return nil, err
	}
	for _, definition := range c.Functions {
		fn := s.adopt(definition, programs[definition.Name])
		d.functions[fn.Name] = fn
		if fn.ReservedConcurrency != nil {
			d.unreserved -= int64(*fn.ReservedConcurrency)
		}
		d.name(fn, "", &target{function: fn, version: latest})
		s.addFleet(d, fn, latest)
		for _, number := range versions[fn.Name] {
			d.name(fn, number, &target{function: fn, version: number})
			s.addFleet(d, fn, number)
		}
	}
	if err := d.addAliases(); err != nil {
		return nil, err
	}
	return d, d.addPermissions()
}

// adopt makes the function; what must outlive a deployment comes from the current one.
func (s *Service) adopt(definition Function, p program) *function {
	fn := &function{
		Function: definition, program: p,
		running: &atomic.Int64{}, fleets: map[string]*fleet{},
	}
	if old := s.current.Load().functions[definition.Name]; old != nil {
		fn.running = old.running
	}
	return fn
}

// addFleet takes over the environments of a version when nothing they depend on has changed.
func (s *Service) addFleet(d *deployment, fn *function, version string) {
	if fn.broken != nil {
		return
	}
	region := d.configuration.Region
	if old := s.current.Load().functions[fn.Name]; old != nil {
		f := old.fleets[version]
		if f != nil && f.region == region && old.dir == fn.dir &&
			old.fingerprint == fn.fingerprint && reflect.DeepEqual(old.Function, fn.Function) {
			fn.fleets[version] = f
			return
		}
	}
	fn.fleets[version] = newFleet(s, fn, version, region)
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
		if !slices.Contains(versions[fn.Name], v.Number) {
			versions[fn.Name] = append(versions[fn.Name], v.Number)
		}
	}
	return versions, nil
}

func (d *deployment) addAliases() error {
	for _, alias := range d.configuration.Aliases {
		definition, _, err := d.configuration.lookup(alias.FunctionARN)
		if err != nil {
			return fmt.Errorf("alias %s: %w", alias.Name, err)
		}
		fn := d.functions[definition.Name]
		t := &target{function: fn, version: alias.Version}
		if err := d.hasVersion(fn, alias.Version); err != nil {
			return fmt.Errorf("alias %s of function %s: %w", alias.Name, fn.Name, err)
		}
		if t.weights, err = d.weigh(fn, alias.Weights); err != nil {
			return fmt.Errorf("alias %s of function %s: %w", alias.Name, fn.Name, err)
		}
		d.name(fn, alias.Name, t)
	}
	return nil
}

func (d *deployment) hasVersion(fn *function, version string) error {
	if version == latest {
		return nil
	}
	if version == "" || d.targets[fn.ARN+":"+version] == nil {
		return fmt.Errorf("version %q does not exist", version)
	}
	return nil
}

func (d *deployment) weigh(fn *function, weights map[string]float64) ([]share, error) {
	var shares []share
	total := 0.0
	for _, version := range slices.Sorted(maps.Keys(weights)) {
		if err := d.hasVersion(fn, version); err != nil {
			return nil, err
		}
		weight := weights[version]
		if total += weight; weight < 0 || total > 1 {
			return nil, fmt.Errorf("weight %v of version %s: weights must be 0.0 to 1.0 in all",
				weight, version)
		}
		shares = append(shares, share{version: version, weight: weight})
	}
	return shares, nil
}

// addPermissions hangs each statement on the qualifier it was granted for: a policy on an alias
// says nothing about the function's other names.
func (d *deployment) addPermissions() error {
	for _, p := range d.configuration.Permissions {
		definition, r, err := d.configuration.lookup(p.FunctionARN)
		if err != nil {
			return fmt.Errorf("permission for %s: %w", p.Principal, err)
		}
		arn := d.functions[definition.Name].ARN
		if r.qualifier != "" {
			arn += ":" + r.qualifier
		}
		t := d.targets[arn]
		if t == nil {
			return fmt.Errorf("permission for %s: %s does not exist", p.Principal, arn)
		}
		t.permissions = append(t.permissions, p)
	}
	return nil
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
	return c, nil
}
