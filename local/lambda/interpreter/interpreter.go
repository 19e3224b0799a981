// Package interpreter runs functions of managed runtimes: it finds the program of this machine that
// a runtime needs, and gives it a bootstrap that speaks the Runtime API.
//
// It stands between a function's definition and its process: what it returns is started in the
// place of the function's own bootstrap. It knows Node.js and Python; it unpacks no code, installs
// nothing, and starts no function itself.
package interpreter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	//go:embed bootstrap.js
	node string
	//go:embed bootstrap.py
	python string
)

// patience bounds how long a program may take to say what it is.
const patience = 10 * time.Second

// Runtimes lists the managed runtimes that are served.
func Runtimes() []string {
	return []string{
		"nodejs20.x", "nodejs22.x", "nodejs24.x",
		"python3.10", "python3.11", "python3.12", "python3.13", "python3.14",
	}
}

// IsManaged says whether a runtime is one of those.
func IsManaged(runtime string) bool { return slices.Contains(Runtimes(), runtime) }

// language is what the runtimes of one language share.
type language struct {
	name     string
	version  string   // that the runtime promises
	programs []string // by preference
	ask      []string // arguments that make a program say its path and version, a line each
	run      []string // arguments that make it run the bootstrap
}

func languageOf(runtime string) (language, bool) {
	if !IsManaged(runtime) {
		return language{}, false
	}
	if version, ok := strings.CutPrefix(runtime, "python"); ok {
		return language{
			name: "Python", version: version, programs: []string{"python" + version, "python3"},
			ask: []string{"-c", `import sys; print(sys.executable); print("%d.%d" % sys.version_info[:2])`},
			// -u: lines are written when they are printed; -B: the code's folder stays as it is.
			run: []string{"-u", "-B", "-c", python},
		}, true
	}
	version := strings.TrimSuffix(strings.TrimPrefix(runtime, "nodejs"), ".x")
	return language{
		name: "Node.js", version: version, programs: []string{"node" + version, "node"},
		ask: []string{"-p", `process.execPath + "\n" + process.versions.node.split(".")[0]`},
		run: []string{"-e", node},
	}, true
}

// Program is what runs the functions of a runtime.
type Program struct {
	Path    string
	Args    []string
	Version string // of the program, as far as the runtime names it: 22, 3.13
	// Differs says that it is another version than the runtime's: there is none of that on this
	// machine.
	//
	// Unlike AWS: such a function runs all the same.
	Differs bool
}

// Finder finds programs, each once. Its zero value is ready.
type Finder struct {
	// Path is a list of folders that are searched before those of the PATH.
	Path string

	mu    sync.Mutex // guards found
	found map[string]*Program
}

// Find returns the program of a managed runtime. The error says what is missing.
func (f *Finder) Find(ctx context.Context, runtime string) (*Program, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if program := f.found[runtime]; program != nil {
		return program, nil
	}
	spoken, ok := languageOf(runtime)
	if !ok {
		return nil, fmt.Errorf("runtime %q is not served; served are %s", runtime,
			strings.Join(Runtimes(), ", "))
	}
	program, err := f.choose(ctx, spoken)
	if err != nil {
		return nil, fmt.Errorf("runtime %s: %w", runtime, err)
	}
	if f.found == nil {
		f.found = map[string]*Program{}
	}
	f.found[runtime] = program
	return program, nil
}

// choose takes the first program of the runtime's version, else the first that runs.
func (f *Finder) choose(ctx context.Context, of language) (*Program, error) {
	var other *Program
	var errs []error
	for _, name := range of.programs {
		path, err := f.lookUp(name)
		if err != nil {
			continue
		}
		program, err := introduce(ctx, path, of)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !program.Differs {
			return program, nil
		}
		if other == nil {
			other = program
		}
	}
	if other != nil {
		return other, nil
	}
	return nil, errors.Join(append([]error{fmt.Errorf("%s %s is needed, and the PATH has neither %s: "+
		"install it", of.name, of.version, strings.Join(of.programs, " nor "))}, errs...)...)
}

func (f *Finder) lookUp(name string) (string, error) {
	for _, folder := range filepath.SplitList(f.Path) {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return exec.LookPath(name)
}

// introduce asks a program what it is. What the PATH has may be a shim that a function's
// environment could not run, so the program's own path counts.
func introduce(ctx context.Context, path string, of language) (*Program, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said, err := exec.CommandContext(ctx, path, of.ask...).Output()
	if err != nil {
		return nil, fmt.Errorf("%s does not run: %w", path, err)
	}
	own, version, ok := strings.Cut(strings.TrimSpace(string(said)), "\n")
	if !ok || !filepath.IsAbs(own) {
		return nil, fmt.Errorf("%s says %q, and not where it lies", path, said)
	}
	version = strings.TrimSpace(version)
	return &Program{
		Path: strings.TrimSpace(own), Args: of.run, Version: version, Differs: version != of.version,
	}, nil
}
