package release

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// The events of a record, in the order in which they may come.
const (
	Started     = "started"
	Moving      = "moving"
	Moved       = "moved"
	Looked      = "looked"
	Resumed     = "resumed"
	RollingBack = "rolling back"
	// The last event of a record is one of these. Refused says that somebody else moved the target.
	Promoted   = "promoted"
	RolledBack = "rolled back"
	Refused    = "refused"
)

// Entry is one line of a record.
type Entry struct {
	Time     time.Time `json:"time"`
	Event    string    `json:"event"`
	By       string    `json:"by"`
	Target   string    `json:"target,omitempty"` // of the first entry, as are the next three
	Number   int       `json:"number,omitempty"` // of the folder's releases; clocks can be set back
	Plan     *Plan     `json:"plan,omitempty"`
	Begin    *Position `json:"begin,omitempty"`
	Position Position  `json:"position"` // where it stands, or is being moved to
	Samples  *Samples  `json:"samples,omitempty"`
	Verdict  *Verdict  `json:"verdict,omitempty"`
	Why      string    `json:"why,omitempty"`
}

// Record is the audit record of one release: a file of JSON lines, only ever added to.
type Record struct {
	ID      string
	Entries []Entry

	path string
	turn int // which of the processes that walk it one after another this one is; 0 walks nothing
}

// first returns what the release began with.
func (r *Record) first() Entry { return r.Entries[0] }

// last returns what happened last.
func (r *Record) last() Entry { return r.Entries[len(r.Entries)-1] }

// Open says whether the release has not ended.
func (r *Record) Open() bool { return !ends(r.last().Event) }

func ends(event string) bool {
	return event == Promoted || event == RolledBack || event == Refused
}

// turns returns how many processes have walked the release so far, and who began the last one.
func (r *Record) turns() (count int, by string) {
	for _, entry := range r.Entries {
		if entry.Event == Started || entry.Event == Resumed {
			count, by = count+1, entry.By
		}
	}
	return count, by
}

// stands returns the positions that the target may be in if nobody but releases moved it: where it
// was, and where it was being moved to.
func (r *Record) stands() []Position {
	at := *r.first().Begin
	for _, entry := range r.Entries {
		if entry.Event == Moved || ends(entry.Event) {
			at = entry.Position
		}
	}
	if last := r.lastMove(); last.Event == Moving || last.Event == RollingBack {
		return []Position{at, last.Position}
	}
	return []Position{at}
}

// lastMove returns the last entry that moves, or is the first.
func (r *Record) lastMove() Entry {
	for _, entry := range slices.Backward(r.Entries) {
		switch entry.Event {
		case Moving, Moved, RollingBack, Promoted, RolledBack:
			return entry
		}
	}
	return r.first()
}

// Records are the records in a folder.
type Records struct{ Dir string }

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]+`)

func slug(target string) string {
	return strings.Trim(notInNames.ReplaceAllString(target, "-"), "-")
}

// lock keeps every other process from moving a target until unlock is called.
func (r Records) lock(target string) (unlock func(), err error) {
	if err := os.MkdirAll(r.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the audit records: %w", err)
	}
	unlock, err = lockedfile.MutexAt(filepath.Join(r.Dir, slug(target)+".lock")).Lock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", target, err)
	}
	return unlock, nil
}

// create begins a record.
func (r Records) create(first Entry) (*Record, error) {
	before, err := r.All("")
	if err != nil {
		return nil, err
	}
	first.Number = len(before) + 1
	id := first.Time.UTC().Format("20060102T150405.000Z") + "-" + slug(first.Target)
	made := &Record{ID: id, path: filepath.Join(r.Dir, id+".jsonl")}
	if _, err := os.Stat(made.path); err == nil {
		return nil, fmt.Errorf("the audit record %s is there already", made.path)
	}
	return made, made.add(first)
}

// add writes an entry to the disk before it returns. Who adds holds the lock of the target.
func (r *Record) add(entry Entry) error {
	line, err := json.Marshal(entry)
	if err == nil {
		err = r.mend()
	}
	if err != nil {
		return fmt.Errorf("writing the audit record: %w", err)
	}
	file, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing the audit record: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("writing the audit record: %w", err)
	}
	r.Entries = append(r.Entries, entry)
	return nil
}

// mend drops what a process that was killed, or found the disk full, wrote of its last line.
func (r *Record) mend() error {
	text, err := os.ReadFile(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is the first line
	}
	if whole := wholeLines(text); err == nil && whole < len(text) {
		return os.Truncate(r.path, int64(whole))
	}
	return err
}

// wholeLines returns how many bytes the lines take that were written to their ends.
func wholeLines(text []byte) int { return bytes.LastIndexByte(text, '\n') + 1 }

// errNotBegun is the error of a record without a first line: nothing was moved.
var errNotBegun = errors.New("the audit record has no first line")

// refresh reads what other processes have added since.
func (r *Record) refresh() error {
	text, err := os.ReadFile(r.path)
	if err != nil {
		return fmt.Errorf("reading the audit record: %w", err)
	}
	text = text[:wholeLines(text)]
	if len(text) == 0 {
		return errNotBegun
	}
	r.Entries = nil
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var entry Entry
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			return fmt.Errorf("reading the audit record %s, line %d: %w", r.path, len(r.Entries)+1, err)
		}
		r.Entries = append(r.Entries, entry)
	}
	if len(r.Entries) == 0 || r.first().Begin == nil || r.first().Plan == nil {
		return fmt.Errorf("the audit record %s does not begin with a release", r.path)
	}
	return lines.Err()
}

// All returns every record of a target, oldest first; "" stands for every target.
func (r Records) All(target string) ([]*Record, error) {
	entries, err := os.ReadDir(r.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the audit records: %w", err)
	}
	var all []*Record
	for _, entry := range entries {
		id, found := strings.CutSuffix(entry.Name(), ".jsonl")
		if !found {
			continue
		}
		one := &Record{ID: id, path: filepath.Join(r.Dir, entry.Name())}
		err := one.refresh()
		if errors.Is(err, errNotBegun) {
			continue // its process was killed, or found the disk full, before anything was moved
		}
		if err != nil {
			return nil, err
		}
		if target == "" || one.first().Target == target {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b *Record) int {
		return cmp.Or(cmp.Compare(a.first().Number, b.first().Number),
			a.first().Time.Compare(b.first().Time))
	})
	return all, nil
}

// latest returns the newest record of a target, nil when there is none.
func (r Records) latest(target string) (*Record, error) {
	all, err := r.All(target)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[len(all)-1], nil
}
