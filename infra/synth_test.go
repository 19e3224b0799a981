package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"portico/infra/constructs"
	"portico/infra/settings"
	"portico/shared/names"
)

// assembly is one environment, synthesized once for all tests of this package.
type assembly struct {
	dir       string
	resources []resource
	outputs   map[string]string // those whose value is a text, by name
}

// resource is a resource of one of the assembly's templates.
type resource struct {
	Stack          string
	ID             string
	Type           string
	Properties     map[string]any
	Metadata       map[string]any
	UpdatePolicy   map[string]any
	DeletionPolicy string
	DependsOn      any
}

// synthesized returns the environment's assembly; the first to ask waits for CDK.
func synthesized(t *testing.T, environment string) assembly {
	t.Helper()
	a, err := assemblies()[environment]()
	if err != nil {
		t.Fatalf("synthesize %s: %v", environment, err)
	}
	return a
}

var assemblies = sync.OnceValue(func() map[string]func() (assembly, error) {
	all := map[string]func() (assembly, error){}
	for _, environment := range settings.Names() {
		all[environment] = sync.OnceValues(func() (assembly, error) {
			return synthesizeTo(filepath.Join(output, environment), environment)
		})
	}
	return all
})

// output holds the assemblies of this run.
var output string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "portico-infra-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	defer closeRuntime()
	output = dir
	return m.Run()
}

// repositorySources are read once, so that all assemblies are made from the same files even while
// somebody edits them.
var repositorySources = sync.OnceValues(func() (*constructs.Sources, error) {
	root, err := repository()
	if err != nil {
		return nil, err
	}
	functions := sources(root)
	_, err = functions.Fingerprint("functions/" + names.Orders)
	return functions, err
})

// synthesizeTo does what `go run ./infra` does, without compiling the functions.
func synthesizeTo(dir, environment string) (assembly, error) {
	functions, err := repositorySources()
	if err != nil {
		return assembly{}, err
	}
	assumed := maps.Clone(*context())
	assumed["env"] = environment
	assumed["aws:cdk:bundling-stacks"] = []string{}
	app := awscdk.NewApp(&awscdk.AppProps{Context: &assumed, Outdir: &dir})
	if err := synthesize(app, functions); err != nil {
		return assembly{}, err
	}
	return readAssembly(dir)
}

func readAssembly(dir string) (assembly, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		return assembly{}, err
	}
	a := assembly{dir: dir, outputs: map[string]string{}}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return assembly{}, err
		}
		var template struct {
			Resources map[string]resource
			Outputs   map[string]struct{ Value any }
		}
		if err := json.Unmarshal(data, &template); err != nil {
			return assembly{}, fmt.Errorf("read %s: %w", file, err)
		}
		for name, output := range template.Outputs {
			if value, ok := output.Value.(string); ok {
				a.outputs[name] = value
			}
		}
		for _, id := range slices.Sorted(maps.Keys(template.Resources)) {
			r := template.Resources[id]
			r.ID = id
			r.Stack = strings.TrimSuffix(filepath.Base(file), ".template.json")
			a.resources = append(a.resources, r)
		}
	}
	return a, nil
}

// every calls f for each resource of the types in every environment, and fails when one of the
// environments has none: a test that looks at nothing proves nothing.
func every(t *testing.T, f func(t *testing.T, r resource), types ...string) {
	t.Helper()
	for _, environment := range settings.Names() {
		found := synthesized(t, environment).of(types...)
		if len(found) == 0 {
			t.Errorf("%s has no %s", environment, strings.Join(types, ", "))
		}
		for _, r := range found {
			t.Run(r.Stack+"/"+r.ID, func(t *testing.T) { f(t, r) })
		}
	}
}

func (a assembly) of(types ...string) []resource {
	var found []resource
	for _, r := range a.resources {
		if slices.Contains(types, r.Type) {
			found = append(found, r)
		}
	}
	return found
}

// at reads a property by its path, or nil.
func (r resource) at(path ...string) any {
	var value any = r.Properties
	for _, name := range path {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[name]
	}
	return value
}

// text is the JSON of a value, for searches and comparisons.
func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
