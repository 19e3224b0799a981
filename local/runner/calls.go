package runner

import (
	"iter"
	"sync"

	"portico/local/gateway/exchange"
)

// keptCalls is how many finished calls can be explained.
const keptCalls = 2000

// calls remembers the last finished calls, for explain, and passes each on to what measures and to
// the terminal.
type calls struct {
	mu   sync.Mutex        // guards what follows
	ring []exchange.Record // up to keptCalls, each in memory that it keeps
	next int               // the oldest, once the ring is full

	tell  func(*exchange.Record) // may be nil
	count func(*exchange.Record) // may be nil
}

var _ exchange.Observer = (*calls)(nil)

// Observe remembers a finished call.
func (c *calls) Observe(record *exchange.Record) {
	c.remember(record)
	if c.count != nil {
		c.count(record)
	}
	if c.tell != nil {
		c.tell(record)
	}
}

func (c *calls) remember(record *exchange.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ring) < keptCalls {
		c.ring = append(c.ring, exchange.Record{})
		record.Keep(&c.ring[len(c.ring)-1])
		return
	}
	record.Keep(&c.ring[c.next])
	c.next = (c.next + 1) % keptCalls
}

// find returns the newest call of that request id.
func (c *calls) find(requestID string) (*exchange.Record, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for record := range c.newest() {
		if record.RequestID == requestID {
			return kept(record), true
		}
	}
	return nil, false
}

// newest goes through the calls, the newest first. mu is held.
func (c *calls) newest() iter.Seq[*exchange.Record] {
	return func(yield func(*exchange.Record) bool) {
		n := len(c.ring)
		for i := range n {
			if !yield(&c.ring[(c.next+n-1-i)%n]) {
				return
			}
		}
	}
}

// kept returns a record that later calls leave alone.
func kept(record *exchange.Record) *exchange.Record {
	var own exchange.Record
	record.Keep(&own)
	return &own
}

// recent returns up to n calls, newest first.
func (c *calls) recent(n int) []*exchange.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	var records []*exchange.Record
	for record := range c.newest() {
		if len(records) == n {
			break
		}
		records = append(records, kept(record))
	}
	return records
}
