package replay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portico/shared/fixture"
)

// Fixture is one recorded event and what should come of it.
type Fixture = fixture.Case

// Load reads the fixtures at the given files and folders. A fixture without an expected file, or
// one that cannot be read, is an error; all are reported together.
func Load(paths ...string) ([]Fixture, error) {
	var fixtures []Fixture
	var errs []error
	for _, path := range paths {
		err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !fixture.IsEvent(path) {
				return err
			}
			read, err := read(path)
			if err != nil {
				errs = append(errs, err)
				return nil
			}
			fixtures = append(fixtures, read)
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

// read reads a fixture by its whole path, which names the function's folder, and keeps the path as
// it was given.
func read(path string) (Fixture, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Fixture{}, err
	}
	f, err := fixture.Read(os.ReadFile, filepath.ToSlash(absolute))
	f.Path = path
	return f, err
}
