// Package state keeps what the management APIs were told: one value per region and service, in
// memory and as a file.
//
// It stands behind the operations of a service (packages beside it). Readers see a value that nobody
// changes; a writer gets a copy, and what it made of it is first put into effect, then kept on disk,
// then shown: whole, or not at all. Options are what services are opened with. It knows nothing of
// any service.
package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	fast "github.com/go-json-experiment/json"
)

const extension = ".json"

// Store keeps one value of T per region. T is plain data that JSON can hold.
type Store[T any] struct {
	dir   string
	empty func() *T

	writing sync.Mutex // one writer at a time
	mu      sync.Mutex // guards regions
	regions map[string]*T
}

// Open restores what was kept in dir; nothing is kept when dir is "". What a region begins with is
// empty's.
func Open[T any](dir string, empty func() *T) (*Store[T], error) {
	s := &Store[T]{dir: dir, empty: empty, regions: map[string]*T{}}
	if dir == "" {
		return s, nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"+extension))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		kept := empty()
		if err := Read(file, kept); err != nil {
			return nil, fmt.Errorf("restoring what a management API was told (delete %s to begin anew): %w",
				dir, err)
		}
		s.regions[strings.TrimSuffix(filepath.Base(file), extension)] = kept
	}
	return s, nil
}

// Read returns the value of a region. It is shared: nobody may change it.
func (s *Store[T]) Read(region string) *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept := s.regions[region]; kept != nil {
		return kept
	}
	return s.empty()
}

// Regions returns the regions that something was written in, sorted.
func (s *Store[T]) Regions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.regions))
}

// Write gives change a deep copy of a region's value. What it leaves is put into effect by serve,
// where there is one, then kept, then shown. After an error all is as it was before, and serve was
// called with that again.
func (s *Store[T]) Write(
	region string, change func(draft *T) error, serve func(now *T) error,
) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	before := s.Read(region)
	draft, err := s.copyOf(before)
	if err != nil {
		return err
	}
	if err := change(draft); err != nil {
		return err
	}
	if serve == nil {
		serve = func(*T) error { return nil }
	}
	if err := serve(draft); err != nil {
		return errors.Join(err, serve(before))
	}
	if s.dir != "" {
		if err := Replace(filepath.Join(s.dir, region+extension), draft); err != nil {
			return errors.Join(fmt.Errorf("keeping what was written in %s: %w", region, err),
				serve(before))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.regions[region] = draft
	return nil
}

func (s *Store[T]) copyOf(value *T) (*T, error) {
	text, err := fast.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("copying what was written before: %w", err)
	}
	draft := s.empty()
	if err := fast.Unmarshal(text, draft); err != nil {
		return nil, fmt.Errorf("copying what was written before: %w", err)
	}
	return draft, nil
}

// Reset forgets every region.
func (s *Store[T]) Reset() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.regions = map[string]*T{}
	s.mu.Unlock()
	if s.dir == "" {
		return nil
	}
	return os.RemoveAll(s.dir)
}

// Replace writes a value as a file, whole: whoever reads it sees what was before, or what is. The
// file is the owner's alone, because it may hold secrets.
func Replace(path string, value any) error {
	text, err := fast.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	made, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = made.Write(text)
	if err := errors.Join(err, made.Close()); err != nil {
		return errors.Join(err, os.Remove(made.Name()))
	}
	return os.Rename(made.Name(), path)
}

// Read reads a file that Replace wrote; its error wraps fs.ErrNotExist when there is none.
func Read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// IgnoreMissing returns err, or nil when it says that there is no such file.
func IgnoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
