package lambda

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"portico/local/lambda/interpreter"
)

// definedKey names the program of a version that brings its definition.
func definedKey(v *Version) string { return v.FunctionARN + ":" + v.Number }

// prepareAll finds or builds the program of every function, and of every version that brings its
// definition, in parallel; the builder bounds it.
func (s *Service) prepareAll(ctx context.Context, c *Configuration) (map[string]program, Failures) {
	wanted := make(map[string]*Function, len(c.Functions)+len(c.Versions))
	for i := range c.Functions {
		wanted[c.Functions[i].Name] = &c.Functions[i]
	}
	for i := range c.Versions {
		if v := &c.Versions[i]; v.Definition != nil {
			wanted[definedKey(v)] = v.Definition
		}
	}
	programs := make(map[string]program, len(wanted))
	var failures Failures
	var mu sync.Mutex // guards programs and failures
	var all sync.WaitGroup
	for key, fn := range wanted {
		all.Go(func() {
			p, failure := s.prepare(ctx, fn)
			mu.Lock()
			defer mu.Unlock()
			p.failed = failure != nil
			programs[key] = p
			if failure != nil {
				failures = append(failures, *failure)
			}
		})
	}
	all.Wait()
	slices.SortFunc(failures, func(a, b Failure) int {
		return strings.Compare(a.Function, b.Function)
	})
	return programs, failures
}

// prepare finds or builds one program. After a failed build it is the one that is served, as long
// as there is one of the same source.
func (s *Service) prepare(ctx context.Context, fn *Function) (program, *Failure) {
	if failure := fn.check(); failure != nil {
		return program{broken: failure}, failure
	}
	switch {
	case interpreter.IsManaged(fn.Runtime):
		return s.prepareManaged(ctx, fn)
	case fn.Code.Source == "":
		return given(fn), nil
	}
	artifact, err := s.builder.Build(ctx, fn.Code.Source)
	if err == nil {
		return program{
			dir: artifact.Dir, watched: artifact.Watched, fingerprint: artifact.Fingerprint,
			built: true, compiled: true,
		}, nil
	}
	failure := unusable(fn.Name, "InvalidZipFileException", err)
	old := s.current.Load().functions[fn.Name]
	if old != nil && old.broken == nil && old.Code.Source == fn.Code.Source {
		kept := old.program
		kept.watched = artifact.Watched
		return kept, failure
	}
	return program{watched: artifact.Watched, compiled: true, broken: failure}, failure
}

// given is the program of a folder that is there.
func given(fn *Function) program {
	if fn.Code.Digest != "" {
		return program{dir: fn.Code.Dir, fingerprint: fn.Code.Digest, fixed: true}
	}
	return program{dir: fn.Code.Dir, watched: foldersOf(fn.Code.Dir), fingerprint: stamp(fn)}
}

// maxFolders bounds how many folders of one function's code are watched.
const maxFolders = 256

// foldersOf lists the folders of code that runs as it is, but for what package managers fill.
func foldersOf(dir string) []string {
	folders := []string{dir}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || path == dir {
			return nil // what cannot be read cannot be watched either
		}
		if name := entry.Name(); isPassing(name) || name == "node_modules" {
			return fs.SkipDir
		}
		if folders = append(folders, path); len(folders) == maxFolders {
			return fs.SkipAll
		}
		return nil
	})
	return folders
}

// isPassing tells files of editors, caches and logs by their names.
func isPassing(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || name == "__pycache__" ||
		strings.HasSuffix(name, ".log")
}

// touchedBy says whether a change of the file at path may change the program.
func (p *program) touchedBy(path string) bool {
	if slices.Contains(p.watched, path) {
		return true
	}
	name := filepath.Base(path)
	if !slices.Contains(p.watched, filepath.Dir(path)) || isPassing(name) {
		return false
	}
	return !p.compiled || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go")
}

// prepareManaged finds what runs the function of a managed runtime.
func (s *Service) prepareManaged(ctx context.Context, fn *Function) (program, *Failure) {
	found, err := s.finder.Find(ctx, fn.Runtime)
	if err != nil {
		failure := unusable(fn.Name, "InvalidRuntimeException", err)
		return program{broken: failure}, failure
	}
	if _, told := s.told.LoadOrStore(fn.Name+" "+fn.Runtime, true); found.Differs && !told {
		s.options.Logger.Warn("a function runs on another version than its runtime's: this machine has "+
			"no other", "function", fn.Name, "runtime", fn.Runtime, "runs on", found.Path,
			"version", found.Version)
	}
	if fn.Code.Inline == "" {
		p := given(fn)
		if info, err := os.Stat(p.dir); err != nil || !info.IsDir() {
			p.broken = unusable(fn.Name, "InvalidZipFileException",
				fmt.Errorf("its code, %s, is no folder that can be read", p.dir))
		}
		return p, p.broken
	}
	dir, err := s.write(fn)
	if err != nil {
		failure := unusable(fn.Name, "InvalidZipFileException", err)
		return program{broken: failure}, failure
	}
	return program{dir: dir, fingerprint: filepath.Base(dir), fixed: true}, nil
}

// write puts inline code where Lambda does: index.js or index.py.
func (s *Service) write(fn *Function) (string, error) {
	if s.options.StateDir == "" {
		return "", errors.New("inline code: no state folder is set to keep it in")
	}
	name := "index.js"
	if strings.HasPrefix(fn.Runtime, "python") {
		name = "index.py"
	}
	dir := filepath.Join(s.options.StateDir, "inline", hash(name+fn.Code.Inline))
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("inline code: %w", err)
	}
	made, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return "", fmt.Errorf("inline code: %w", err)
	}
	_, err = made.WriteString(fn.Code.Inline)
	if err := errors.Join(err, made.Close()); err != nil {
		return "", fmt.Errorf("inline code: %w", err)
	}
	return dir, os.Rename(made.Name(), path)
}

// stamp tells one content of a folder from another in the same place: by the bootstrap, or for a
// managed runtime by all of its files.
func stamp(fn *Function) string {
	if !interpreter.IsManaged(fn.Runtime) {
		info, err := os.Stat(filepath.Join(fn.Code.Dir, "bootstrap"))
		if err != nil {
			return ""
		}
		return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
	}
	sum := sha256.New()
	_ = filepath.WalkDir(fn.Code.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // what cannot be read cannot be run either: its call says so
		}
		if info, err := entry.Info(); err == nil {
			fmt.Fprintln(sum, path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
