package cloudformation

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"portico/local/cloudformation/document"
)

// The environment of a stack that names none.
const (
	defaultAccount   = "123456789012"
	defaultRegion    = "us-east-1"
	defaultPartition = "aws"
)

// source is a stack before its template is read.
type source struct {
	name, account, region string
	file                  string
	parameters            map[string]string
	assets                map[string]Asset
	paths                 map[string]string // aws:cdk:path by logical id
}

// Load reads an assembly: the folder that `cdk synth` writes, its manifest.json, or one template
// in JSON or YAML. An error that concerns templates is an Errors with all that is wrong in all of
// them.
func Load(path string, o Options) (*Assembly, error) {
	o.Account = cmp.Or(o.Account, defaultAccount)
	o.Region = cmp.Or(o.Region, defaultRegion)
	o.Partition = cmp.Or(o.Partition, defaultPartition)
	dir, sources, err := findSources(path)
	if err != nil {
		return nil, err
	}
	r := &reader{options: o, dir: dir, exports: make(map[exportKey]export)}
	for _, s := range sources {
		s.account, s.region = cmp.Or(s.account, o.Account), cmp.Or(s.region, o.Region)
		if err := r.open(s); err != nil {
			return nil, err
		}
	}
	return r.assembly()
}

// findSources returns the folder that error texts are relative to, and the stacks in it.
func findSources(path string) (string, []source, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", nil, fmt.Errorf("reading %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", nil, fmt.Errorf("reading the assembly: %w", err)
	}
	if info.IsDir() {
		path = filepath.Join(path, manifestName)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return "", nil, fmt.Errorf(
				"%s has no %s: give the folder that cdk synth writes, or a template file",
				filepath.Dir(path), manifestName)
		}
	}
	if filepath.Base(path) == manifestName {
		sources, err := readManifest(path)
		return filepath.Dir(path), sources, err
	}
	return filepath.Dir(path), []source{{name: stackName(path), file: path}}, nil
}

var notInStackNames = regexp.MustCompile(`[^A-Za-z0-9-]+`)

// stackName names the stack of a single template after its file.
func stackName(path string) string {
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	base = strings.TrimSuffix(base, ".template")
	name := strings.Trim(notInStackNames.ReplaceAllString(base, "-"), "-")
	if name == "" || !(name[0] >= 'a' && name[0] <= 'z' || name[0] >= 'A' && name[0] <= 'Z') {
		return strings.TrimSuffix("stack-"+name, "-")
	}
	return name
}

// reader reads the templates of one assembly.
type reader struct {
	options   Options
	dir       string
	templates []*template
	exports   map[exportKey]export
}

// exportKey identifies an export: names are unique in an account and region.
type exportKey struct{ account, region, name string }

// export is an output of a template that others may import.
type export struct {
	template *template
	output   string
}

// broken reports that some template could not be read far enough to know what it exports.
func (r *reader) broken() bool {
	return slices.ContainsFunc(r.templates, func(t *template) bool { return !t.usable })
}

// open reads one template file.
func (r *reader) open(s source) error {
	for _, t := range r.templates {
		if t.stack.Name == s.name {
			return fmt.Errorf("two stacks of the assembly are named %s: %s and %s",
				s.name, t.stack.File, s.file)
		}
	}
	data, err := os.ReadFile(s.file)
	if err != nil {
		return fmt.Errorf("reading the template of stack %s: %w", s.name, err)
	}
	root, faults := document.Parse(data)
	t := newTemplate(r, s, root)
	for _, fault := range faults {
		t.fail("", "", fault.At, "%s", fault.Message)
	}
	r.templates = append(r.templates, t)
	return nil
}

// assembly evaluates all templates: what they declare, then what they export, then the rest, so
// that a stack can import from any that comes before it.
func (r *reader) assembly() (*Assembly, error) {
	for _, t := range r.templates {
		t.declare()
	}
	r.unknownParameters()
	for _, t := range r.templates {
		t.exportNames()
	}
	a := &Assembly{Dir: r.dir}
	var all Errors
	incomplete := false
	for _, t := range r.templates {
		t.evaluate()
		a.Stacks = append(a.Stacks, t.stack)
		all = append(all, t.failures.sorted()...)
		incomplete = incomplete || t.incomplete
	}
	switch {
	case len(all) > 0:
		return nil, all
	case incomplete: // never serve half a template, whatever went wrong
		return nil, fmt.Errorf("reading %s: a value could not be evaluated", r.dir)
	}
	return a, nil
}

// unknownParameters reports given parameters that no template declares.
func (r *reader) unknownParameters() {
	for _, name := range slices.Sorted(maps.Keys(r.options.Parameters)) {
		declared := slices.ContainsFunc(r.templates, func(t *template) bool {
			parameter, own := strings.CutPrefix(name, t.stack.Name+":")
			return (own || !strings.Contains(name, ":")) &&
				t.root.Get("Parameters").Get(parameter) != nil
		})
		if !declared && len(r.templates) > 0 {
			r.templates[0].failures.add(Error{
				Message: fmt.Sprintf("the parameter %s is given, but no template declares it%s", name,
					r.declaredParameters()),
			})
		}
	}
}

func (r *reader) declaredParameters() string {
	var names []string
	for _, t := range r.templates {
		if declared := t.root.Get("Parameters"); declared != nil {
			for _, e := range declared.Entries {
				names = append(names, e.Key)
			}
		}
	}
	if names == nil {
		return ""
	}
	slices.Sort(names)
	return "; there are: " + strings.Join(slices.Compact(names), ", ")
}
