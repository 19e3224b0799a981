package build

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// project is a module with a function, a package it imports and a file it embeds.
type project struct {
	t    *testing.T
	root string
}

func newProject(t *testing.T) project {
	p := project{t: t, root: t.TempDir()}
	p.write("go.mod", "module project\n\ngo 1.26\n")
	p.write("function/main.go", `package main

import (
	_ "embed"

	"project/names"
)

//go:embed text.txt
var text string

func main() { print(names.Name, text) }
`)
	p.write("function/text.txt", "text")
	p.write("names/names.go", "package names\n\nconst Name = \"name\"\n")
	return p
}

func (p project) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p project) source() string { return filepath.Join(p.root, "function") }

func (p project) prints(a Artifact) string {
	p.t.Helper()
	output, err := exec.Command(filepath.Join(a.Dir, "bootstrap")).CombinedOutput()
	if err != nil {
		p.t.Fatal(err)
	}
	return string(output)
}

func TestAFunctionIsBuiltWhenItMust(t *testing.T) {
	p := newProject(t)
	b := New(Options{StateDir: t.TempDir()})
	rows := []struct {
		does   string
		edit   func()
		prints string
		cached bool
	}{
		{"at first", func() {}, "nametext", false},
		{"not when nothing changed", func() {}, "nametext", true},
		{"not when a file was only touched", func() {
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(filepath.Join(p.root, "names/names.go"), later, later); err != nil {
				t.Fatal(err)
			}
		}, "nametext", true},
		{"not for a test or a hidden file", func() {
			p.write("function/main_test.go", "package main\n")
			p.write("function/.main.go.swp", "")
		}, "nametext", true},
		{"when an imported package changed", func() {
			p.write("names/names.go", "package names\n\nconst Name = \"other\"\n")
		}, "othertext", false},
		{"when an embedded file changed", func() {
			p.write("function/text.txt", "words")
		}, "otherwords", false},
		{"not when a change was taken back", func() {
			p.write("function/text.txt", "text")
		}, "othertext", true},
		{"when a file is new", func() {
			p.write("function/more.go", "package main\n\nfunc init() { print(\"more \") }\n")
		}, "more othertext", false},
	}
	for _, row := range rows {
		row.edit()
		a, err := b.Build(t.Context(), p.source())
		if err != nil {
			t.Fatalf("%s: %v", row.does, err)
		}
		if got := p.prints(a); got != row.prints || a.Cached != row.cached {
			t.Errorf("%s: prints %q, cached %v; want %q, %v",
				row.does, got, a.Cached, row.prints, row.cached)
		}
	}
}

func TestAnUnchangedFunctionCostsNoGoCommand(t *testing.T) {
	p, state := newProject(t), t.TempDir()
	first, err := New(Options{StateDir: state}).Build(t.Context(), p.source())
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	b := New(Options{StateDir: state, Go: path}) // another builder, as after a restart
	cancelled, cancel := context.WithCancel(t.Context())
	cancel() // so that a go command could not run
	second, err := b.Build(cancelled, p.source())
	if err != nil || second.Dir != first.Dir || second.Fingerprint != first.Fingerprint {
		t.Errorf("got %+v, %v, want %+v", second, err, first)
	}
}

func TestWhatIsWatched(t *testing.T) {
	p := newProject(t)
	a, err := New(Options{StateDir: t.TempDir()}).Build(t.Context(), p.source())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"function", "names", "go.mod", "function/text.txt"} {
		if path := filepath.Join(p.root, name); !slices.Contains(a.Watched, path) {
			t.Errorf("%s is not watched: %v", path, a.Watched)
		}
	}
}

func TestWhatCannotBeBuilt(t *testing.T) {
	rows := []struct {
		does   string
		edit   func(project)
		says   string
		output bool
	}{
		{"a mistake", func(p project) {
			p.write("function/more.go", "package main\n\nvar x int = \"y\"\n")
		}, "more.go:3:13: cannot use", true},
		{"a syntax error", func(p project) {
			p.write("function/more.go", "package main\n\nfunc (\n")
		}, "more.go:4:1: syntax error", true},
		{"a missing import", func(p project) {
			p.write("function/more.go", "package main\n\nimport _ \"project/missing\"\n")
		}, "project/missing", true},
		{"a package that is no program", func(p project) {
			for _, name := range []string{"main.go", "text.txt"} {
				_ = os.Remove(filepath.Join(p.root, "function", name))
			}
			p.write("function/main.go", "package function\n")
		}, "a function must be package main, this is package function", false},
		{"no Go files", func(p project) {
			_ = os.Remove(filepath.Join(p.root, "function/main.go"))
		}, "no Go files", true},
		{"no folder", func(p project) {
			_ = os.RemoveAll(filepath.Join(p.root, "function"))
		}, "there is no such folder", false},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			p := newProject(t)
			row.edit(p)
			a, err := New(Options{StateDir: t.TempDir()}).Build(t.Context(), p.source())
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Fatalf("got %v, want %q", err, row.says)
			}
			var compiler *Error
			if errors.As(err, &compiler) != row.output {
				t.Errorf("got %T, want the compiler's words: %v", err, row.output)
			}
			if !slices.Contains(a.Watched, p.source()) {
				t.Errorf("%s is not watched: %v", p.source(), a.Watched)
			}
		})
	}
}

func TestTheSameSourceIsBuiltOnce(t *testing.T) {
	p := newProject(t)
	b := New(Options{StateDir: t.TempDir()})
	var all sync.WaitGroup
	var mu sync.Mutex // guards compiled
	compiled := 0
	for range 4 {
		all.Go(func() {
			a, err := b.Build(t.Context(), p.source())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			} else if !a.Cached {
				compiled++
			}
		})
	}
	all.Wait()
	if compiled != 1 {
		t.Errorf("%d builds, want 1", compiled)
	}
}

func BenchmarkUnchanged(b *testing.B) {
	source, err := filepath.Abs("../testdata/handler")
	if err != nil {
		b.Fatal(err)
	}
	builder := New(Options{StateDir: b.TempDir()})
	if _, err := builder.Build(b.Context(), source); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if a, err := builder.Build(b.Context(), source); err != nil || !a.Cached {
			b.Fatal(a, err)
		}
	}
}
