// Package journal keeps log groups as files: what CloudWatch Logs would have of a deployed
// application.
//
// It stands beside the way of a call: functions, access logs and execution logs are written here,
// and clients' events; the management API of CloudWatch Logs reads them. The files are the truth.
// Of a group NAME there is NAME.log, its events one below the other as plain text, for people;
// beside it NAME.index, a record of 32 bytes for each event that says when it was, of which stream,
// and where its text lies; and NAME.json, which names the group and its streams. A group that has
// grown to 64 MB goes on in new files, and what it had stays until it has done so again as
// NAME.1.log. Reading takes ranges of these files. In memory there are only the streams, and text
// that has not been written yet: for a fifth of a second at most.
//
// Unlike AWS: a group holds its last 64 to 128 MB. It knows nothing of patterns, retention or
// regions.
package journal

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Event is a line that was logged, which may have several itself.
type Event struct {
	At   int64 // milliseconds of the epoch
	Text string
}

// Journal keeps log groups.
type Journal struct {
	dir string
	now func() time.Time

	// observer is told of everything that is written; nil tells nobody.
	observer atomic.Pointer[func(group string, events []Event)]

	mu      sync.Mutex        // guards what follows
	groups  map[string]*group // nil until the folder was read
	bases   map[string]bool   // names of files that are taken
	closed  bool
	bell    *time.Timer // rings when something is to be written; nil while there is nothing
	ringing sync.WaitGroup
}

// writeWithin is how long text may wait before it is written.
const writeWithin = 200 * time.Millisecond

// Open returns a journal of the files in a folder, which is made when something is written. now
// says when events arrive.
func Open(dir string, now func() time.Time) *Journal { return &Journal{dir: dir, now: now} }

// Observe has f told of everything that is written from now on. It is called before the write
// returns, and must not write itself.
func (j *Journal) Observe(f func(group string, events []Event)) { j.observer.Store(&f) }

// Errors that tell what there is, and what not.
var (
	ErrNoGroup  = errors.New("there is no such log group")
	ErrNoStream = errors.New("there is no such log stream")
	ErrExists   = errors.New("there is one of that name already")
	ErrClosed   = errors.New("the log groups are closed")
)

// load reads which groups there are; j.mu is held.
func (j *Journal) load() error {
	if j.groups != nil {
		return nil
	}
	groups, bases := map[string]*group{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join(j.dir, "*"+metaExtension))
	if err != nil {
		return err
	}
	for _, file := range files {
		base := strings.TrimSuffix(file, metaExtension)
		g := &group{base: base}
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, &g.meta)
		}
		if err != nil {
			return fmt.Errorf("reading the log group of %s (delete it to begin anew): %w", file, err)
		}
		groups[g.meta.Group], bases[base] = g, true
	}
	j.groups, j.bases = groups, bases
	return nil
}

// group returns a group; it begins where begin says so. Its lock is held when there is one, and the
// caller gives it back.
func (j *Journal) group(name string, begin bool) (*group, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, ErrClosed
	}
	if err := j.load(); err != nil {
		return nil, err
	}
	g := j.groups[name]
	switch {
	case g == nil && !begin:
		return nil, ErrNoGroup
	case g == nil:
		g = &group{base: j.free(name), meta: meta{Group: name, Created: j.now().UnixMilli()}}
		if err := g.save(); err != nil {
			return nil, err
		}
		j.groups[name], j.bases[g.base] = g, true
	}
	g.mu.Lock()
	if err := g.open(); err != nil {
		g.mu.Unlock()
		return nil, fmt.Errorf("opening log group %s: %w", name, err)
	}
	return g, nil
}

// free returns a name for the files of a group.
func (j *Journal) free(name string) string {
	base := filepath.Join(j.dir, strings.ReplaceAll(strings.Trim(name, "/"), "/", "_"))
	free := base
	for n := 2; j.bases[free]; n++ {
		free = fmt.Sprintf("%s~%d", base, n)
	}
	return free
}

// Write adds events to a stream; the group and the stream begin with them. What is urgent can be
// read in the file when Write returns; anything else a moment later.
func (j *Journal) Write(name, stream string, urgent bool, events ...Event) error {
	if j.dir == "" || len(events) == 0 {
		return nil
	}
	g, err := j.group(name, true)
	if err != nil {
		return err
	}
	err = g.write(stream, events, j.now().UnixMilli())
	if err == nil && (urgent || len(g.text) > maxPending) {
		err = g.flush()
	}
	waiting := len(g.text) > 0
	g.mu.Unlock()
	if waiting {
		j.ring()
	}
	if f := j.observer.Load(); f != nil && err == nil {
		(*f)(name, events)
	}
	return err
}

// ring has what is pending written after a while.
func (j *Journal) ring() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.bell != nil || j.closed {
		return
	}
	j.ringing.Add(1)
	j.bell = time.AfterFunc(writeWithin, func() {
		defer j.ringing.Done()
		j.mu.Lock()
		j.bell = nil
		j.mu.Unlock()
		_ = j.flush() // the next write finds the same, and says so
	})
}

func (j *Journal) all() []*group {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Collect(maps.Values(j.groups))
}

func (j *Journal) flush() error {
	var errs []error
	for _, g := range j.all() {
		g.mu.Lock()
		errs = append(errs, g.flush())
		g.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Close writes what is pending and closes every file.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closed = true
	if j.bell != nil && j.bell.Stop() {
		j.ringing.Done()
	}
	j.mu.Unlock()
	j.ringing.Wait()
	errs := []error{j.flush()}
	for _, g := range j.all() {
		g.mu.Lock()
		errs = append(errs, g.close())
		g.mu.Unlock()
	}
	return errors.Join(errs...)
}

// Group is what is known of a log group.
type Group struct {
	Name    string
	Created int64 // milliseconds of the epoch
	Bytes   int64
}

// Groups returns the groups by name.
func (j *Journal) Groups() ([]Group, error) {
	j.mu.Lock()
	if err := j.load(); err != nil {
		j.mu.Unlock()
		return nil, err
	}
	names := slices.Sorted(maps.Keys(j.groups))
	j.mu.Unlock()
	all := make([]Group, 0, len(names))
	for _, name := range names {
		g, err := j.group(name, false)
		if errors.Is(err, ErrNoGroup) { // removed meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, Group{Name: name, Created: g.meta.Created, Bytes: g.bytes()})
		g.mu.Unlock()
	}
	return all, nil
}

// Remove deletes a group with all of its events.
func (j *Journal) Remove(name string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.load(); err != nil {
		return err
	}
	g := j.groups[name]
	if g == nil {
		return ErrNoGroup
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(j.groups, name)
	delete(j.bases, g.base)
	return g.remove()
}

// Stream is what is known of a log stream. Times are milliseconds of the epoch, 0 without events.
type Stream struct {
	Name                           string
	Created, First, Last, Ingested int64
	Bytes                          int64
}

// Streams returns the streams of a group by name.
func (j *Journal) Streams(name string) ([]Stream, error) {
	g, err := j.group(name, false)
	if err != nil {
		return nil, err
	}
	defer g.mu.Unlock()
	all := make([]Stream, 0, len(g.byName))
	for _, id := range g.byName {
		all = append(all, g.stats[id])
	}
	slices.SortFunc(all, func(a, b Stream) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// CreateStream begins a stream without events, and its group.
func (j *Journal) CreateStream(name, stream string) error {
	g, err := j.group(name, true)
	if err != nil {
		return err
	}
	defer g.mu.Unlock()
	if _, ok := g.byName[stream]; ok {
		return ErrExists
	}
	_, err = g.stream(stream, j.now().UnixMilli())
	return err
}

// DeleteStream forgets a stream: its events cannot be read any more.
func (j *Journal) DeleteStream(name, stream string) error {
	g, err := j.group(name, false)
	if err != nil {
		return err
	}
	defer g.mu.Unlock()
	id, ok := g.byName[stream]
	if !ok {
		return ErrNoStream
	}
	g.meta.Streams[id].Deleted = true
	delete(g.byName, stream)
	return g.save()
}
