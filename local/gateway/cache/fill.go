package cache

import (
	"bytes"
	"fmt"

	"portico/local/gateway/exchange"
)

// Fill is the duty of a call that missed: equal calls may be waiting for its reply. Methods of a
// nil Fill do nothing.
type Fill struct {
	cache *Cache
	look  Lookup
	ended bool // only the call itself reads and writes it

	done   chan struct{} // closed when the call has ended
	shared *entry        // written before done is closed; nil when there is nothing to share
}

// Store keeps a reply and hands it to the calls that wait. It returns why the reply is not kept,
// "" when it is. A reply that is never kept is shared with nobody.
//
// Unlike AWS: replies other than 2xx are not kept. AWS does not document it, and is reported to
// keep what a backend maps to 4xx.
func (f *Fill) Store(reply exchange.Reply) (reason string) {
	if f == nil || f.ended {
		return "the call has nothing to fill"
	}
	if reason = unfit(&reply); reason != "" {
		f.Abandon()
		return reason
	}
	fresh := &entry{ttl: f.look.TTL, stored: f.cache.clock.Now(), reply: exchange.Reply{
		Status: reply.Status, Header: reply.Header.Clone(0), Body: bytes.Clone(reply.Body),
	}}
	if !f.end(fresh) {
		return "the cache was flushed, or another call began to fetch the same"
	}
	return ""
}

// unfit says why a reply is never kept, "" when it may be.
func unfit(reply *exchange.Reply) string {
	if reply.Status < 200 || reply.Status > 299 {
		return fmt.Sprintf("status %d is not kept, only 2xx is", reply.Status)
	}
	if reply.Stream != nil {
		return "a streamed reply is not kept"
	}
	if len(reply.Body) > MaxBody {
		return fmt.Sprintf("the body has %d bytes, kept are up to %d", len(reply.Body), MaxBody)
	}
	return ""
}

// Abandon ends the duty without a reply; calls that wait go on by themselves. After Store it does
// nothing, so it may stand in a defer. What a refresh was to replace is forgotten.
func (f *Fill) Abandon() {
	if f != nil && !f.ended {
		f.end(nil)
	}
}

// end keeps fresh, unless another fill or a flush came in between, and lets the others go on.
func (f *Fill) end(fresh *entry) (kept bool) {
	f.ended = true
	f.shared = fresh
	defer close(f.done)
	c := f.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fills[f.look.Key] != f {
		return false
	}
	delete(c.fills, f.look.Key)
	switch {
	case fresh != nil:
		c.kept.Set(f.look.Key, fresh)
	case f.look.Refresh:
		c.kept.Invalidate(f.look.Key)
	}
	return fresh != nil
}
