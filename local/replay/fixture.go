package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const expectedSuffix = ".expected.json"

// Fixture is one recorded event and what should come of it.
type Fixture struct {
	Function string // the folder's name
	Name     string // the file's name without .json
	Path     string // of the event
	Event    json.RawMessage
	Expected Expected
	before   []Fixture
}

// Expected is the content of an expected file.
type Expected struct {
	Before []string        `json:"before,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// Load reads the fixtures at the given files and folders. A fixture without an expected file, or
// one that cannot be read, is an error; all are reported together.
func Load(paths ...string) ([]Fixture, error) {
	var fixtures []Fixture
	var errs []error
	for _, path := range paths {
		err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !isEvent(path) {
				return err
			}
			fixture, err := read(path)
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			fixtures = append(fixtures, fixture)
			return nil
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("looking for fixtures: %w", err))
		}
	}
	if len(errs) == 0 && len(fixtures) == 0 {
		return nil, fmt.Errorf("no fixtures (<function>/<case>.json) in %s", strings.Join(paths, ", "))
	}
	slices.SortFunc(fixtures, func(a, b Fixture) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(fixtures, func(a, b Fixture) bool { return a.Path == b.Path }),
		errors.Join(errs...)
}

func isEvent(path string) bool {
	return strings.HasSuffix(path, ".json") && !strings.HasSuffix(path, expectedSuffix)
}

func read(path string) (Fixture, error) {
	f, err := readEvent(path)
	if err != nil {
		return f, err
	}
	expectedPath := strings.TrimSuffix(path, ".json") + expectedSuffix
	text, err := os.ReadFile(expectedPath)
	if err != nil {
		return f, fmt.Errorf("fixture %s has no expected answer: %w", path, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f.Expected); err != nil {
		return f, fmt.Errorf("%s: %w", expectedPath, err)
	}
	if (f.Expected.Answer == nil) == (f.Expected.Error == nil) {
		return f, fmt.Errorf(`%s: wants "answer" or "error", and not both`, expectedPath)
	}
	for _, name := range f.Expected.Before {
		earlier, err := readEvent(filepath.Join(filepath.Dir(path), name))
		if err != nil {
			return f, fmt.Errorf("%s: before: %w", expectedPath, err)
		}
		f.before = append(f.before, earlier)
	}
	return f, nil
}

func readEvent(path string) (Fixture, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Fixture{}, fmt.Errorf("reading a fixture: %w", err)
	}
	if !json.Valid(text) {
		return Fixture{}, fmt.Errorf("fixture %s is not JSON", path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Fixture{}, err
	}
	return Fixture{
		Function: filepath.Base(filepath.Dir(absolute)),
		Name:     strings.TrimSuffix(filepath.Base(path), ".json"),
		Path:     path,
		Event:    text,
	}, nil
}
