package authorize

import (
	"container/list"
	"sync"
	"time"
)

// lru keeps a bounded number of values until they expire; the one that was used longest ago makes
// room. It is told the time, so that a user can move it.
type lru[V any] struct {
	capacity int

	mu      sync.Mutex // guards the two below
	entries map[string]*list.Element
	order   *list.List // of *lruEntry[V], the latest used first
}

type lruEntry[V any] struct {
	key     string
	value   V
	expires time.Time
}

func newLRU[V any](capacity int) *lru[V] {
	return &lru[V]{capacity: capacity, entries: map[string]*list.Element{}, order: list.New()}
}

// get returns the value of key while it has not expired.
func (c *lru[V]) get(key string, now time.Time) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.entries[key]
	if element == nil {
		return value, false
	}
	entry := element.Value.(*lruEntry[V])
	if !now.Before(entry.expires) {
		c.remove(element)
		return value, false
	}
	c.order.MoveToFront(element)
	return entry.value, true
}

// put keeps value under key until expires.
func (c *lru[V]) put(key string, value V, expires time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element := c.entries[key]; element != nil {
		c.remove(element)
	}
	if len(c.entries) >= c.capacity {
		c.remove(c.order.Back())
	}
	entry := &lruEntry[V]{key: key, value: value, expires: expires}
	c.entries[key] = c.order.PushFront(entry)
}

// remove takes an entry out; the caller holds mu.
func (c *lru[V]) remove(element *list.Element) {
	delete(c.entries, element.Value.(*lruEntry[V]).key)
	c.order.Remove(element)
}
