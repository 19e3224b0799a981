// Package cache keeps the replies of REST API methods, one Cache for each stage with a cache
// cluster.
//
// It stands twice in the way of a call: after the request is validated, where a kept reply answers
// it and the integration is not called, and after the method response is built, where a new reply
// is kept. Calls that miss the same key together make one call of the integration. Keys are made in
// keys.go, "Cache-Control: max-age=0" is judged in control.go. It answers nothing itself, reads no
// request parameters and evaluates no policies.
package cache

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// MaxBody is the size of the largest body that is kept ("Cache settings for REST APIs in API
// Gateway").
const MaxBody = 1_048_576

// gigabyte is AWS's, of 1024 megabytes.
const gigabyte = 1 << 30

// clusters are the sizes of cache clusters, smallest first.
var clusters = []struct {
	size  string
	bytes int64
}{
	{"0.5", gigabyte / 2},
	{"1.6", gigabyte * 16 / 10},
	{"6.1", gigabyte * 61 / 10},
	{"13.5", gigabyte * 135 / 10},
	{"28.4", gigabyte * 284 / 10},
	{"58.2", gigabyte * 582 / 10},
	{"118", gigabyte * 118},
	{"237", gigabyte * 237},
}

// ClusterBytes returns how much a cluster of a cacheClusterSize holds: "0.5" GB to "237".
func ClusterBytes(size string) (int64, error) {
	allowed := make([]string, len(clusters))
	for i, cluster := range clusters {
		if cluster.size == size {
			return cluster.bytes, nil
		}
		allowed[i] = cluster.size
	}
	return 0, fmt.Errorf("cache cluster size %q: allowed are %s", size, strings.Join(allowed, ", "))
}

// Options are what a cache is made with.
type Options struct {
	Clock clock.Clock // nil is the machine's
	Bytes int64       // the most it holds; 0 is the smallest cluster. Nothing is set aside ahead
}

// Cache keeps the replies of one stage.
type Cache struct {
	clock  clock.Clock
	kept   *otter.Cache[Key, *entry]
	hits   atomic.Int64
	misses atomic.Int64

	mu    sync.Mutex // guards fills, and that they and kept change together
	fills map[Key]*Fill
}

// entry is a reply that is kept. Nobody changes it.
type entry struct {
	reply  exchange.Reply
	ttl    time.Duration
	stored time.Time
}

// New returns an empty cache.
func New(o Options) *Cache {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Bytes <= 0 {
		o.Bytes = clusters[0].bytes
	}
	kept := otter.Must(&otter.Options[Key, *entry]{
		MaximumWeight: uint64(o.Bytes),
		Weigher:       weight,
		Clock:         otterClock{o.Clock},
		Executor:      func(f func()) { f() }, // at once, without a goroutine
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[Key, *entry]) time.Duration {
			return e.Value.ttl
		}),
	})
	return &Cache{clock: o.Clock, kept: kept, fills: map[Key]*Fill{}}
}

// otterClock lends our clock. Without ticks no goroutine stays behind, and what has expired is
// cleared away by later writes.
type otterClock struct{ clock.Clock }

// NowNano returns the time.
func (c otterClock) NowNano() int64 { return c.Now().UnixNano() }

// Tick returns no ticks.
func (otterClock) Tick(time.Duration) <-chan time.Time { return nil }

// weight is what an entry takes of the cluster, with a rough allowance for its own upkeep.
func weight(key Key, e *entry) uint32 {
	const upkeep, line = 256, 32
	n := upkeep + len(key) + len(e.reply.Body)
	for i := range e.reply.Header {
		n += line + len(e.reply.Header[i].Name) + len(e.reply.Header[i].Value)
	}
	return uint32(n)
}

// Lookup is what is looked up.
type Lookup struct {
	Key Key
	TTL time.Duration // how long a reply is kept; 0 leaves the cache out
	// Refresh passes a kept reply by and replaces it: a permitted "Cache-Control: max-age=0".
	Refresh bool
}

// Result is what a look-up found.
type Result struct {
	Hit bool
	// Reply is that of a hit. Its header lines are the caller's own; the body is shared.
	Reply exchange.Reply
	Age   time.Duration // of the reply of a hit
	// Fill is that of a miss, to be ended with Store or Abandon; nil when the TTL is 0.
	Fill *Fill
}

// Find looks a reply up. While another call fetches the same key it waits for that call's reply,
// or until ctx is done: that is the only error. A call that waited for nothing does not wait
// again, so that calls to a broken backend do not queue up.
//
// Unlike AWS: what calls do that miss one key together is not documented; here one fetches.
func (c *Cache) Find(ctx context.Context, look Lookup) (Result, error) {
	if look.TTL <= 0 {
		return Result{}, nil
	}
	if look.Refresh {
		return c.refresh(look), nil
	}
	if found, ok := c.kept.GetEntry(look.Key); ok {
		return c.hit(found.Value, found.Value.ttl-found.ExpiresAfter()), nil
	}
	found, leader, own := c.join(look)
	if found == nil && !own {
		select {
		case <-leader.done:
		case <-ctx.Done():
			return Result{}, fmt.Errorf("waiting for the reply to an equal call: %w", ctx.Err())
		}
		if found = leader.shared; found == nil {
			found, leader, own = c.join(look)
		}
	}
	switch {
	case found != nil:
		return c.hit(found, c.clock.Now().Sub(found.stored)), nil
	case own:
		return c.miss(leader), nil
	}
	return c.miss(c.fill(look)), nil
}

// join returns a reply that came meanwhile, or who fetches the key: another call, or this one.
func (c *Cache) join(look Lookup) (found *entry, leader *Fill, own bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if leader, ok := c.fills[look.Key]; ok {
		return nil, leader, false
	}
	if found, ok := c.kept.GetIfPresent(look.Key); ok {
		return found, nil, false
	}
	leader = c.fill(look)
	c.fills[look.Key] = leader
	return nil, leader, true
}

// refresh takes the place of whoever fetches the key: what that call was sent may be older than
// the wish for a new reply.
func (c *Cache) refresh(look Lookup) Result {
	f := c.fill(look)
	c.mu.Lock()
	c.fills[look.Key] = f
	c.mu.Unlock()
	return c.miss(f)
}

func (c *Cache) fill(look Lookup) *Fill {
	return &Fill{cache: c, look: look, done: make(chan struct{})}
}

func (c *Cache) hit(found *entry, age time.Duration) Result {
	c.hits.Add(1)
	const ahead = 6 // lines that a REST API adds to every reply, and a warning
	reply := found.reply
	reply.Header = reply.Header.Clone(ahead)
	return Result{Hit: true, Reply: reply, Age: age}
}

func (c *Cache) miss(f *Fill) Result {
	c.misses.Add(1)
	return Result{Fill: f}
}

// Flush forgets every reply, as FlushStageCache does. Replies to calls under way are not kept.
func (c *Cache) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.fills)
	c.kept.InvalidateAll()
}

// Stats are the counts of a cache.
type Stats struct {
	Hits    int64 // CacheHitCount: calls that a kept or shared reply answered
	Misses  int64 // CacheMissCount: calls that went to the backend, refreshing ones too
	Replies int   // that are kept
	Bytes   int64 // that they take
}

// Stats returns the counts since the cache was made, and what it holds.
func (c *Cache) Stats() Stats {
	c.kept.CleanUp()
	return Stats{
		Hits: c.hits.Load(), Misses: c.misses.Load(),
		Replies: c.kept.EstimatedSize(), Bytes: int64(c.kept.WeightedSize()),
	}
}
