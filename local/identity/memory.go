package identity

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// codeLifetime is how long an authorization code holds ("Token endpoint").
const codeLifetime = 5 * time.Minute

// grant is what an authorization code stands for.
type grant struct {
	pool, redirect, challenge string
	session                   session
	expires                   time.Time
}

// codes are the authorization codes that nobody has used yet.
type codes struct {
	most int

	mu    sync.Mutex // guards what follows
	held  map[string]grant
	order []string // the oldest first; may name codes that are gone
}

func newCodes(most int) *codes { return &codes{most: most, held: map[string]grant{}} }

// put remembers a code; when there are too many, the oldest is void.
func (c *codes) put(code string, g grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[code] = g
	c.order = append(c.order, code)
	for len(c.order) > c.most {
		delete(c.held, c.order[0])
		c.order = c.order[1:]
	}
}

// take returns what a code stands for, once: from then on it is void, whatever comes of it.
func (c *codes) take(code string, now time.Time) (grant, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.held[code]
	delete(c.held, code)
	return g, ok && now.Before(g.expires)
}

// ledger keeps which refresh tokens, and which sessions, are spent. It forgets the oldest when it
// is full, and from then on takes whatever was issued before them for spent: nobody comes back in
// because of what was forgotten.
//
// Unlike AWS: it is kept in memory, so a restart of the runner forgets it.
type ledger struct {
	most int

	mu      sync.Mutex // guards what follows
	entries map[string]entry
	floor   time.Time // what was issued up to here is spent
}

// entry says when something was issued, and when it was spent.
type entry struct{ issued, spent time.Time }

func newLedger(most int) *ledger { return &ledger{most: most, entries: map[string]entry{}} }

// spend notes that an id is spent; what it already knows stays.
func (l *ledger) spend(id string, issued, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, already := l.entries[id]; already {
		return
	}
	l.entries[id] = entry{issued, now}
	if len(l.entries) > l.most {
		l.forget()
	}
}

// forget drops the tenth that was issued first.
func (l *ledger) forget() {
	ids := make([]string, 0, len(l.entries))
	for id := range l.entries {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Compare(l.entries[a].issued.UnixNano(), l.entries[b].issued.UnixNano())
	})
	for _, id := range ids[:max(1, len(ids)/10)] {
		if issued := l.entries[id].issued; issued.After(l.floor) {
			l.floor = issued
		}
		delete(l.entries, id)
	}
}

// spentAt returns when an id was spent, if it is.
func (l *ledger) spentAt(id string, issued time.Time) (time.Time, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := l.entries[id]; ok {
		return e.spent, true
	}
	return time.Time{}, !l.floor.IsZero() && !issued.After(l.floor)
}

// people are the attributes that users gave when they last signed in, by pool and user name.
type people struct {
	most int

	mu    sync.Mutex // guards what follows
	known map[string]map[string]string
	order []string // the oldest first
}

func newPeople(most int) *people {
	return &people{most: most, known: map[string]map[string]string{}}
}

func (p *people) put(pool, user string, attributes map[string]string) {
	key := pool + "/" + user
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.known[key]; !known {
		p.order = append(p.order, key)
	}
	p.known[key] = attributes
	for len(p.order) > p.most {
		delete(p.known, p.order[0])
		p.order = p.order[1:]
	}
}

func (p *people) of(pool, user string) (map[string]string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	attributes, ok := p.known[pool+"/"+user]
	return attributes, ok
}
