package lambda

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"portico/local/lambda/interpreter"
)

// keptVersions is how many versions of a function are kept that nothing names any more.
//
// Unlike AWS: a version that left the template is not deleted at once, whatever its deletion policy
// says, and not kept for ever.
const keptVersions = 10

// book is what was published of one function, and where its aliases stand.
type book struct {
	ARN      string
	Last     int                     // the highest number that was ever given
	Origins  map[string]string       // number by what published it
	Releases []*release              // in the order of their numbers
	Aliases  map[string]*aliasRecord // by name
	folder   string                  // "" keeps nothing
}

// release is a version as it was published.
type release struct {
	Number      string
	Function    Function // as the template had it
	Fingerprint string   // of the code; the program lies in the book's folder under it
	Digest      string   // of code and configuration
	RevisionID  string
	Description string
	Published   time.Time
	// provisional is the program of a version that is not published: what $LATEST runs, or what its
	// definition says where it is defined.
	provisional *program
	defined     bool
}

// aliasRecord is where an alias stands: an update at run time holds until the template says
// something else than it said before.
type aliasRecord struct {
	Template, Current aliasState
	RevisionID        string
}

// aliasState is where an alias leads.
type aliasState struct {
	Version string
	Weights map[string]float64
}

func (a aliasState) equals(b aliasState) bool {
	return a.Version == b.Version && maps.Equal(a.Weights, b.Weights)
}

const bookFile = "versions.json"

// bookFolder is where the versions of a function are kept.
func bookFolder(published, arn string) string {
	r, _ := parseReference(arn)
	return filepath.Join(published, r.name+"-"+hash(arn))
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// openBook reads what was published of a function; published "" has nothing.
func openBook(published, arn string) (*book, error) {
	b := &book{ARN: arn, Origins: map[string]string{}, Aliases: map[string]*aliasRecord{}}
	if published == "" {
		return b, nil
	}
	b.folder = bookFolder(published, arn)
	path := filepath.Join(b.folder, bookFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the published versions of %s: %w", arn, err)
	}
	if err := json.Unmarshal(text, b); err != nil {
		return nil, fmt.Errorf("reading the published versions of %s: %s: %w; delete the file to "+
			"begin with version 1", arn, path, err)
	}
	if b.Origins == nil || b.Aliases == nil {
		return nil, fmt.Errorf("reading the published versions of %s: %s holds none; delete it", arn,
			path)
	}
	b.Releases = slices.DeleteFunc(b.Releases, func(r *release) bool { return !b.hasProgram(r) })
	return b, nil
}

func (b *book) hasProgram(r *release) bool {
	program := filepath.Join(b.folder, r.Fingerprint)
	if !interpreter.IsManaged(r.Function.Runtime) {
		program = filepath.Join(program, "bootstrap")
	}
	_, err := os.Stat(program)
	return err == nil
}

// clone returns a book that can be written in while the other is served.
func (b *book) clone() *book {
	copied := *b
	copied.Origins = maps.Clone(b.Origins)
	copied.Aliases = map[string]*aliasRecord{}
	for name, record := range b.Aliases {
		own := *record
		copied.Aliases[name] = &own
	}
	copied.Releases = slices.DeleteFunc(slices.Clone(b.Releases), func(r *release) bool {
		return r.provisional != nil
	})
	return &copied
}

// save writes the book, whole or not at all. Environments may hold secrets.
func (b *book) save() error {
	if b.folder == "" || len(b.Origins)+len(b.Releases)+len(b.Aliases) == 0 {
		return nil
	}
	kept := *b
	kept.Releases = slices.DeleteFunc(slices.Clone(b.Releases), func(r *release) bool {
		return r.provisional != nil
	})
	text, err := json.MarshalIndent(kept, "", "\t")
	if err == nil {
		err = os.MkdirAll(b.folder, 0o755)
	}
	path := filepath.Join(b.folder, bookFile)
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("keeping the published versions of %s: %w", b.ARN, err)
	}
	return nil
}

func (b *book) release(number string) *release {
	for _, r := range b.Releases {
		if r.Number == number {
			return r
		}
	}
	return nil
}

// newest is the version that was published last; nil before the first.
func (b *book) newest() *release {
	for _, r := range slices.Backward(b.Releases) {
		if r.provisional == nil {
			return r
		}
	}
	return nil
}

// add takes a release in, in the place of one with its number.
func (b *book) add(r *release) {
	b.Releases = slices.DeleteFunc(b.Releases, func(other *release) bool {
		return other.Number == r.Number
	})
	b.Releases = append(b.Releases, r)
	if n, err := strconv.Atoi(r.Number); err == nil && r.provisional == nil {
		b.Last = max(b.Last, n)
	}
	slices.SortStableFunc(b.Releases, func(x, y *release) int {
		n, _ := strconv.Atoi(x.Number)
		m, _ := strconv.Atoi(y.Number)
		return n - m
	})
}

func (b *book) next() string { return strconv.Itoa(b.Last + 1) }

// prune forgets versions that nothing names, but for the newest ones, and their programs.
func (b *book) prune(used map[string]bool) {
	for _, record := range b.Aliases {
		used[record.Current.Version] = true
		for version := range record.Current.Weights {
			used[version] = true
		}
	}
	first := max(0, len(b.Releases)-keptVersions)
	var kept []*release
	for i, r := range b.Releases {
		if i >= first || used[r.Number] {
			kept = append(kept, r)
		}
	}
	b.Releases = kept
	maps.DeleteFunc(b.Origins, func(_, number string) bool { return b.release(number) == nil })
}

// sweep removes the programs that no version runs.
func (b *book) sweep() {
	entries, err := os.ReadDir(b.folder)
	if b.folder == "" || err != nil {
		return
	}
	for _, entry := range entries {
		isRun := slices.ContainsFunc(b.Releases, func(r *release) bool {
			return r.provisional == nil && r.Fingerprint == entry.Name()
		})
		if entry.IsDir() && !isRun {
			_ = os.RemoveAll(filepath.Join(b.folder, entry.Name()))
		}
	}
}
