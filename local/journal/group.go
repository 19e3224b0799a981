package journal

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// The sizes of what is kept: text that waits to be written, and the text of a group before it goes
// on in a new file.
const (
	maxPending = 64 << 10
	maxSegment = 64 << 20
)

// The names of a group's files.
const (
	metaExtension  = ".json"
	textExtension  = ".log"
	indexExtension = ".index"
	previous       = ".1" // before the extension, of what was there before
)

// meta is what a group's file says of it.
type meta struct {
	Group   string
	Created int64
	// First is the number of the first event that is kept.
	First   int64
	Streams []streamMeta // by their number in the index
}

type streamMeta struct {
	Name    string
	Created int64
	Deleted bool `json:",omitempty"`
}

// group is a log group and its files.
type group struct {
	base string // path of its files, without an extension

	mu      sync.Mutex // guards what follows; the journal's may be held when it is taken
	meta    meta
	opened  bool
	removed bool
	byName  map[string]int
	stats   []Stream // by number
	latest  int64    // the time of the newest event
	mixed   bool     // an event is older than one before it

	textFile, indexFile *os.File
	size                int64  // of the text, pending included
	count               int64  // of events in the current files
	before              int64  // of events in the previous files
	old                 int64  // of bytes in the previous files
	text, index         []byte // pending
}

// save writes down what the group is.
func (g *group) save() error {
	text, err := json.Marshal(g.meta)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(g.base), 0o755); err != nil {
		return err
	}
	path := g.base + metaExtension
	if err := os.WriteFile(path+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// open opens the files, and reads what there is in them.
func (g *group) open() error {
	if g.removed {
		return ErrNoGroup
	}
	if g.opened {
		return nil
	}
	const how = os.O_APPEND | os.O_CREATE | os.O_RDWR
	var err error
	if g.textFile, err = os.OpenFile(g.base+textExtension, how, 0o644); err != nil {
		return err
	}
	if g.indexFile, err = os.OpenFile(g.base+indexExtension, how, 0o644); err != nil {
		return errors.Join(err, g.textFile.Close())
	}
	if g.size, err = g.textFile.Seek(0, io.SeekEnd); err != nil {
		return errors.Join(err, g.close())
	}
	g.byName, g.stats = map[string]int{}, nil
	for id, stream := range g.meta.Streams {
		g.stats = append(g.stats, Stream{Name: stream.Name, Created: stream.Created})
		if !stream.Deleted {
			g.byName[stream.Name] = id
		}
	}
	if err := g.recount(); err != nil {
		return errors.Join(err, g.close())
	}
	g.opened = true
	return nil
}

// recount reads both indexes for what is known of streams.
func (g *group) recount() error {
	g.old, g.before, g.count = 0, 0, 0
	if info, err := os.Stat(g.base + previous + textExtension); err == nil {
		g.old = info.Size()
		if file, err := os.Open(g.base + previous + indexExtension); err == nil {
			g.before, err = scan(file, g.see)
			if err := errors.Join(err, file.Close()); err != nil {
				return err
			}
		}
	}
	if _, err := g.indexFile.Seek(0, io.SeekStart); err != nil {
		return err
	}
	var err error
	if g.count, err = scan(g.indexFile, g.see); err != nil {
		return err
	}
	return g.indexFile.Truncate(g.count * recordSize) // of a record that was not written whole
}

// see takes a record into what is known.
func (g *group) see(r record) {
	if r.at < g.latest {
		g.mixed = true
	}
	g.latest = max(g.latest, r.at)
	if int(r.stream) >= len(g.stats) {
		return
	}
	s := &g.stats[r.stream]
	if s.First == 0 || r.at < s.First {
		s.First = r.at
	}
	s.Last, s.Ingested = max(s.Last, r.at), max(s.Ingested, r.ingested)
	s.Bytes += int64(r.length)
}

// stream returns the number of a stream, which begins if there is none.
func (g *group) stream(name string, now int64) (int, error) {
	if id, ok := g.byName[name]; ok {
		return id, nil
	}
	id := len(g.meta.Streams)
	g.meta.Streams = append(g.meta.Streams, streamMeta{Name: name, Created: now})
	g.stats = append(g.stats, Stream{Name: name, Created: now})
	g.byName[name] = id
	return id, g.save()
}

// write adds events to what is pending.
func (g *group) write(stream string, events []Event, now int64) error {
	id, err := g.stream(stream, now)
	if err != nil {
		return err
	}
	for _, e := range events {
		r := record{
			at: e.At, ingested: now, offset: g.size, length: uint32(len(e.Text)), stream: uint32(id),
		}
		g.text = append(append(g.text, e.Text...), '\n')
		g.index = r.append(g.index)
		g.size += int64(len(e.Text)) + 1
		g.count++
		g.see(r)
	}
	return nil
}

// flush writes what is pending. What cannot be written is lost.
func (g *group) flush() error {
	if len(g.text) == 0 {
		return nil
	}
	_, err := g.textFile.Write(g.text)
	if err == nil {
		_, err = g.indexFile.Write(g.index)
	}
	g.text, g.index = g.text[:0], g.index[:0]
	if err != nil {
		g.opened = false // what is in the files is read anew
		return errors.Join(err, g.close())
	}
	if g.size >= maxSegment {
		return g.rotate()
	}
	return nil
}

// rotate goes on in new files, and forgets what was there before the current ones.
func (g *group) rotate() error {
	err := g.close()
	for _, extension := range []string{textExtension, indexExtension} {
		err = errors.Join(err, os.Rename(g.base+extension, g.base+previous+extension))
	}
	g.meta.First += g.before
	g.opened = false
	if err := errors.Join(err, g.save()); err != nil {
		return err
	}
	return g.open()
}

func (g *group) close() error {
	if g.textFile == nil {
		return nil
	}
	err := errors.Join(g.textFile.Close(), g.indexFile.Close())
	g.textFile, g.indexFile, g.opened = nil, nil, false
	return err
}

func (g *group) bytes() int64 { return g.size + g.old }

// remove deletes the files.
func (g *group) remove() error {
	errs := []error{g.close()}
	g.removed = true
	for _, name := range []string{
		textExtension, indexExtension, previous + textExtension, previous + indexExtension,
		metaExtension,
	} {
		if err := os.Remove(g.base + name); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
