package journal

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"sort"
)

// windowSize is how much text is read at once.
const windowSize = 256 << 10

// Position is the place of an event in a group: by its time, and the order of arrival.
type Position struct{ At, Seq int64 }

func (p Position) compare(other Position) int {
	return cmp.Or(cmp.Compare(p.At, other.At), cmp.Compare(p.Seq, other.Seq))
}

// Selection says which events are read.
type Selection struct {
	Stream   func(name string) bool // nil takes all
	From, To int64                  // milliseconds; To does not belong to it, 0 has no bound
	// After and Before bound it by places, which do not belong to it; nil does not.
	After, Before *Position
	Backward      bool                   // the last ones are taken, not the first
	Match         func(text string) bool // nil takes all
	Limit         int                    // of events
	Bytes         int                    // of their texts
	Scan          int                    // of the texts that are looked at; 0 has no bound
}

// Found is an event that was read.
type Found struct {
	Event
	Ingested int64
	Stream   string
	Seq      int64
}

// Page is what was read, in the order of time.
type Page struct {
	Events []Found
	// Last is the place that was looked at last: a page that goes on begins there. More says that
	// there is more behind it.
	Last *Position
	More bool
}

// ref is an event that may be read.
type ref struct {
	record
	seq int64
	old bool // it lies in the previous files
}

func (r *ref) position() Position { return Position{At: r.at, Seq: r.seq} }

// snapshot is a group as it was when a reader came: files that are rotated away stay open.
type snapshot struct {
	texts, indexes [2]*os.File // the current one, and the previous one, which may be nil
	count          int64       // of records in the current one
	first, before  int64
	streams        []string // by number; "" for one that is not asked for
	mixed          bool
}

// Read returns events of a group.
func (j *Journal) Read(name string, s Selection) (Page, error) {
	shot, err := j.snapshot(name, s.Stream)
	if err != nil {
		return Page{}, err
	}
	page, err := shot.read(s)
	return page, errors.Join(err, shot.close())
}

func (j *Journal) snapshot(name string, stream func(string) bool) (*snapshot, error) {
	g, err := j.group(name, false)
	if err != nil {
		return nil, err
	}
	defer g.mu.Unlock()
	if err := g.flush(); err != nil {
		return nil, err
	}
	shot := &snapshot{
		count: g.count, first: g.meta.First, before: g.before, mixed: g.mixed,
		streams: make([]string, len(g.meta.Streams)),
	}
	for name, id := range g.byName {
		if stream == nil || stream(name) {
			shot.streams[id] = name
		}
	}
	for i, part := range []string{"", previous} {
		var errs [2]error
		shot.texts[i], errs[0] = os.Open(g.base + part + textExtension)
		shot.indexes[i], errs[1] = os.Open(g.base + part + indexExtension)
		err := errors.Join(errs[:]...)
		if err != nil && (i == 0 || !errors.Is(err, fs.ErrNotExist)) {
			return nil, errors.Join(err, shot.close())
		}
	}
	return shot, nil
}

func (s *snapshot) close() error {
	var errs []error
	for i := range s.texts {
		for _, file := range []*os.File{s.texts[i], s.indexes[i]} {
			if file != nil {
				errs = append(errs, file.Close())
			}
		}
	}
	return errors.Join(errs...)
}

// refs returns the events that a selection may take, in the order of time.
func (s *snapshot) refs(sel *Selection) ([]ref, error) {
	var all []ref
	to := sel.To
	if to == 0 {
		to = math.MaxInt64
	}
	take := func(r ref) {
		if int(r.stream) >= len(s.streams) || s.streams[r.stream] == "" || r.at < sel.From || r.at >= to {
			return
		}
		at := r.position()
		if sel.After != nil && at.compare(*sel.After) <= 0 ||
			sel.Before != nil && at.compare(*sel.Before) >= 0 {
			return
		}
		all = append(all, r)
	}
	seq := s.first
	if s.indexes[1] != nil {
		if _, err := scan(s.indexes[1], func(r record) { take(ref{r, seq, true}); seq++ }); err != nil {
			return nil, err
		}
	}
	seq = s.first + s.before
	current := io.LimitReader(s.indexes[0], s.count*recordSize)
	if _, err := scan(current, func(r record) { take(ref{r, seq, false}); seq++ }); err != nil {
		return nil, err
	}
	if s.mixed {
		sort.SliceStable(all, func(a, b int) bool { return all[a].at < all[b].at })
	}
	return all, nil
}

func (s *snapshot) read(sel Selection) (Page, error) {
	all, err := s.refs(&sel)
	if err != nil {
		return Page{}, err
	}
	if sel.Backward {
		slices.Reverse(all)
	}
	var page Page
	bytes, scanned := 0, 0
	windows := [2]window{{file: s.texts[0]}, {file: s.texts[1]}}
	for i := range all {
		r := &all[i]
		full := len(page.Events) >= sel.Limit || bytes > 0 && bytes+int(r.length) > sel.Bytes
		if full || sel.Scan > 0 && scanned > sel.Scan {
			page.More = true
			break
		}
		w := &windows[0]
		if r.old {
			w = &windows[1]
		}
		text, found, err := w.read(r.offset, int(r.length), sel.Backward)
		if err != nil {
			return page, err
		}
		scanned += len(text)
		at := r.position()
		page.Last = &at
		if !found || sel.Match != nil && !sel.Match(text) {
			continue
		}
		bytes += len(text)
		page.Events = append(page.Events, Found{
			Event: Event{At: r.at, Text: text}, Ingested: r.ingested, Stream: s.streams[r.stream],
			Seq: r.seq,
		})
	}
	if sel.Backward {
		slices.Reverse(page.Events)
	}
	return page, nil
}

// window is a range of a file that was read.
type window struct {
	file  *os.File
	begin int64
	text  []byte
}

// read returns a range, unless somebody has cut the file short; in a walk that goes backward what
// lies before it is read with it.
func (w *window) read(offset int64, length int, backward bool) (
	text string, found bool, err error,
) {
	if length > maxSegment {
		return "", false, nil
	}
	if offset < w.begin || offset+int64(length) > w.begin+int64(len(w.text)) {
		begin := offset
		if backward {
			begin = max(offset+int64(length)-windowSize, 0)
			begin = min(begin, offset)
		}
		size := max(windowSize, int(offset-begin)+length)
		if cap(w.text) < size {
			w.text = make([]byte, size)
		}
		n, err := w.file.ReadAt(w.text[:size], begin)
		if err != nil && !errors.Is(err, io.EOF) {
			return "", false, err
		}
		w.begin, w.text = begin, w.text[:n]
	}
	from := int(offset - w.begin)
	if from+length > len(w.text) {
		return "", false, nil
	}
	return string(w.text[from : from+length]), true, nil
}
