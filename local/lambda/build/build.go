package build

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// flags make the program the one that is deployed, but for this machine.
var flags = []string{"-trimpath", "-buildvcs=false", "-tags", "lambda.norpc"}

// Options say where programs are kept and who compiles them.
type Options struct {
	StateDir string // programs and manifests live in its folder "functions"
	Go       string // the go command; "go" of the PATH when ""
	Parallel int    // builds at a time; one per CPU when 0
}

// Artifact is a function's program and what it depends on.
type Artifact struct {
	Dir         string // holds bootstrap; never changed once it is returned
	Fingerprint string
	// Watched are the files and folders whose change may change the program. They are given also
	// beside an error, as far as they are known.
	Watched []string
	Cached  bool // nothing was compiled
}

// Error is what the go command said about a package it could not compile.
type Error struct {
	Source string
	Output string
}

// Error returns the compiler's words.
func (e *Error) Error() string {
	return fmt.Sprintf("building %s: the go command says:\n%s", e.Source, e.Output)
}

// Builder compiles source folders. It may be used by several callers at once.
type Builder struct {
	options Options
	slots   chan struct{}

	mu    sync.Mutex // guards locks
	locks map[string]*sync.Mutex
}

// New returns a builder; it touches nothing before the first Build.
func New(o Options) *Builder {
	if o.Go == "" {
		o.Go = "go"
	}
	if o.Parallel <= 0 {
		o.Parallel = runtime.NumCPU()
	}
	return &Builder{
		options: o,
		slots:   make(chan struct{}, o.Parallel),
		locks:   map[string]*sync.Mutex{},
	}
}

// Build returns the program of the Go package in source, an absolute folder. The error is an *Error
// when the package does not compile.
func (b *Builder) Build(ctx context.Context, source string) (Artifact, error) {
	watched := []string{source}
	if b.options.StateDir == "" {
		return Artifact{Watched: watched},
			fmt.Errorf("building %s: no state folder is set to keep programs in", source)
	}
	if !filepath.IsAbs(source) {
		return Artifact{Watched: watched},
			fmt.Errorf("building %s: the folder must be an absolute path", source)
	}
	if info, err := os.Stat(source); err != nil || !info.IsDir() {
		return Artifact{Watched: watched}, fmt.Errorf("building %s: there is no such folder", source)
	}
	lock := b.lock(source)
	lock.Lock()
	defer lock.Unlock()
	j := b.job(source)
	if artifact, ok := j.unchanged(); ok {
		return artifact, nil
	}
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return Artifact{Watched: watched}, fmt.Errorf("building %s: %w", source, ctx.Err())
	}
	return j.build(ctx)
}

func (b *Builder) lock(source string) *sync.Mutex {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.locks[source] == nil {
		b.locks[source] = &sync.Mutex{}
	}
	return b.locks[source]
}

// job is the building of one source folder.
type job struct {
	builder *Builder
	source  string
	folder  string // programs of this source, by fingerprint, and the manifest
}

func (b *Builder) job(source string) *job {
	name := filepath.Base(source) + "-" + shortHash(source)
	return &job{
		builder: b, source: source,
		folder: filepath.Join(b.options.StateDir, "functions", name),
	}
}

func (j *job) artifact(m *manifest, cached bool) Artifact {
	return Artifact{
		Dir:         j.program(m.Fingerprint),
		Fingerprint: m.Fingerprint,
		Watched:     m.watched(),
		Cached:      cached,
	}
}

func (j *job) program(fingerprint string) string { return filepath.Join(j.folder, fingerprint) }

// has reports whether a program of this fingerprint is kept.
func (j *job) has(fingerprint string) bool {
	info, err := os.Stat(filepath.Join(j.program(fingerprint), "bootstrap"))
	return err == nil && info.Mode().IsRegular() && info.Size() > 0
}

// attempts is how often a build starts again because files changed while it ran.
const attempts = 3

// build asks the go command what the program consists of, and compiles it unless a program of that
// fingerprint is kept.
func (j *job) build(ctx context.Context) (Artifact, error) {
	watched := []string{j.source}
	if old, err := j.readManifest(); err == nil {
		watched = old.watched()
	}
	for range attempts {
		m, err := j.list(ctx)
		if err != nil {
			return Artifact{Watched: watched}, err
		}
		watched = m.watched()
		cached := j.has(m.Fingerprint)
		if !cached {
			if err := j.compile(ctx, m.Fingerprint); err != nil {
				return Artifact{Watched: watched}, err
			}
		}
		if !m.unchanged() {
			_ = os.RemoveAll(j.program(m.Fingerprint)) // may hold newer source than it says
			continue
		}
		previous := j.previous()
		if err := j.writeManifest(m); err != nil {
			return Artifact{Watched: watched}, err
		}
		j.prune(m.Fingerprint, previous)
		return j.artifact(m, cached), nil
	}
	return Artifact{Watched: watched},
		fmt.Errorf("building %s: its files kept changing during %d builds", j.source, attempts)
}

// compile makes the program in a folder beside its place and moves it there whole.
func (j *job) compile(ctx context.Context, fingerprint string) error {
	if err := os.MkdirAll(j.folder, 0o755); err != nil {
		return fmt.Errorf("building %s: making its state folder: %w", j.source, err)
	}
	made, err := os.MkdirTemp(j.folder, "building-")
	if err != nil {
		return fmt.Errorf("building %s: making a folder for the program: %w", j.source, err)
	}
	defer func() { _ = os.RemoveAll(made) }()
	arguments := append([]string{"build"}, flags...)
	arguments = append(arguments, "-o", filepath.Join(made, "bootstrap"), ".")
	if _, err := j.run(ctx, arguments...); err != nil {
		return err
	}
	if err := os.Chmod(made, 0o755); err != nil {
		return fmt.Errorf("building %s: opening the program's folder: %w", j.source, err)
	}
	_ = os.RemoveAll(j.program(fingerprint)) // half of one, from an earlier crash
	if err := os.Rename(made, j.program(fingerprint)); err != nil {
		return fmt.Errorf("building %s: putting the program in place: %w", j.source, err)
	}
	return nil
}

// run runs the go command in the source folder and returns what it printed.
func (j *job) run(ctx context.Context, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, j.builder.options.Go, arguments...)
	command.Dir = j.source
	// Without cgo, as functions are built for deployment: no compiler or library of the host.
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	command.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("building %s: %w", j.source, ctx.Err())
	case stderr.Len() == 0 && stdout.Len() == 0:
		return nil, fmt.Errorf("building %s: running go %s: %w", j.source, arguments[0], err)
	}
	output := stderr.String()
	if arguments[0] == "build" {
		output = stdout.String() + output
	}
	return nil, &Error{Source: j.source, Output: strings.TrimSpace(output)}
}

// previous returns the fingerprint the manifest names, "" when there is none.
func (j *job) previous() string {
	m, err := j.readManifest()
	if err != nil {
		return ""
	}
	return m.Fingerprint
}

// prune removes all programs but two: environments of the previous one may still be served.
func (j *job) prune(kept ...string) {
	entries, err := os.ReadDir(j.folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		keep := !entry.IsDir()
		for _, fingerprint := range kept {
			keep = keep || entry.Name() == fingerprint
		}
		if !keep {
			_ = os.RemoveAll(filepath.Join(j.folder, entry.Name()))
		}
	}
}
