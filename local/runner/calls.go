package runner

import (
	"sync"

	"portico/local/gateway/exchange"
)

// keptCalls is how many finished calls can be explained.
const keptCalls = 2000

// calls remembers the last finished calls, for explain, and passes each on to what measures and to
// the terminal.
type calls struct {
	mu   sync.Mutex // guards what follows
	ring [keptCalls]*exchange.Record
	next int

	tell  func(*exchange.Record) // may be nil
	count func(*exchange.Record) // may be nil
}

var _ exchange.Observer = (*calls)(nil)

// Observe remembers a finished call.
func (c *calls) Observe(record *exchange.Record) {
	c.mu.Lock()
	c.ring[c.next] = record
	c.next = (c.next + 1) % keptCalls
	c.mu.Unlock()
	if c.count != nil {
		c.count(record)
	}
	if c.tell != nil {
		c.tell(record)
	}
}

// find returns the newest call of that request id.
func (c *calls) find(requestID string) (*exchange.Record, bool) {
	for _, record := range c.recent(keptCalls) {
		if record.RequestID == requestID {
			return record, true
		}
	}
	return nil, false
}

// recent returns up to n calls, newest first.
func (c *calls) recent(n int) []*exchange.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	var records []*exchange.Record
	for i := 1; i <= keptCalls && len(records) < n; i++ {
		record := c.ring[(c.next-i+keptCalls)%keptCalls]
		if record == nil {
			break
		}
		records = append(records, record)
	}
	return records
}
