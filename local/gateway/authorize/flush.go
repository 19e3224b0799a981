package authorize

import "container/list"

// Flush forgets every result that the authorizer keeps.
func (l *Lambda) Flush() { l.cache.clear() }

// clear forgets every entry.
func (c *lru[V]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.order = list.New()
}
