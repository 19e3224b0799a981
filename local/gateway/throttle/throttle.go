// Package throttle holds calls to rates with token buckets.
//
// It is the step "throttle" of all three kinds of API. An API asks for its buckets while it is
// compiled; a call takes a token from each that holds for it, from the narrowest to the widest, as
// "Throttle requests to your REST APIs" orders them: usage plan, stage and method or route,
// account. Buckets belong to an account in a region: its APIs share those of the account and of
// usage plans, and a deployment goes on with the tokens of the one before. Time comes from the
// injected clock. It answers nothing itself, knows no usage plans, stages or routes, only names,
// and counts no quotas.
package throttle

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"portico/local/gateway/clock"
)

// Limit is a token bucket: tokens per second, and how many it holds. It starts full.
type Limit struct {
	Rate  float64
	Burst int
}

// Check refuses rates and bursts below zero.
func (l Limit) Check() error {
	if l.Rate < 0 || l.Burst < 0 {
		return fmt.Errorf("rate %v and burst %d, allowed are 0 and more", l.Rate, l.Burst)
	}
	return nil
}

// The levels of buckets, narrowest first.
const (
	PlanMethod  = "usage plan method" // of a usage plan, for one method
	Plan        = "usage plan"
	StageMethod = "stage method" // of a stage, for one method
	Stage       = "stage"        // of a stage, for each of its methods
	Route       = "route"        // of a stage of an HTTP or WebSocket API, for each of its routes
	Connections = "new connections"
	Account     = "account"
)

// Name tells a bucket from the others.
type Name struct {
	API   string // its id; "" when APIs share the bucket
	Level string
	Key   string // the route, plan and API key, …
}

// The buckets that all APIs of an account share.
var (
	requestsName    = Name{Level: Account, Key: "account"}
	connectionsName = Name{Level: Connections, Key: "connections"}
)

// Buckets are those of an account in a region, or of an API that shares them with no other.
type Buckets struct {
	clock       clock.Clock
	requests    *Bucket
	connections *Bucket

	mu  sync.Mutex // guards all
	all map[Name]*Bucket
}

// New returns the buckets of an account with its quotas.
func New(c clock.Clock, quotas Quotas) *Buckets {
	b := &Buckets{clock: c, all: map[Name]*Bucket{}}
	b.SetQuotas(quotas)
	b.requests, b.connections = b.all[requestsName], b.all[connectionsName]
	return b
}

// SetQuotas changes the quotas of the account.
func (b *Buckets) SetQuotas(to Quotas) {
	b.Bucket(requestsName, to.Requests)
	b.Bucket(connectionsName, to.Connections)
}

// Requests returns the bucket that all calls of the account take from.
func (b *Buckets) Requests() *Bucket { return b.requests }

// Connections returns the bucket of the account's new WebSocket connections.
func (b *Buckets) Connections() *Bucket { return b.connections }

// Bucket returns the bucket of a name, full when it is new. One that is known keeps its tokens, as
// far as it still holds them, and takes the limit over.
func (b *Buckets) Bucket(name Name, limit Limit) *Bucket {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known := b.all[name]; known != nil {
		known.change(limit, b.clock.Now())
		return known
	}
	made := &Bucket{name: name, limit: limit, tokens: float64(limit.Burst), last: b.clock.Now()}
	b.all[name] = made
	return made
}

// Decision says whether a call passes, and which bucket decided.
type Decision struct {
	Allowed bool
	// Bucket is the one that refused the call; of one that passed, that with the fewest tokens left;
	// nil when nothing limits it.
	Bucket *Bucket
	Tokens float64 // that are left in it
}

// Take takes a token from each bucket, in their order; nil ones are passed by. The first bucket
// without a token refuses the call: the tokens taken before stay taken, and the buckets after it
// stay untouched, so a client held back by its own plan costs the others nothing.
func (b *Buckets) Take(buckets ...*Bucket) Decision {
	now := b.clock.Now()
	passed := Decision{Allowed: true}
	for _, bucket := range buckets {
		if bucket == nil {
			continue
		}
		taken, left := bucket.take(now)
		if !taken {
			return Decision{Bucket: bucket, Tokens: left}
		}
		if passed.Bucket == nil || left < passed.Tokens {
			passed.Bucket, passed.Tokens = bucket, left
		}
	}
	return passed
}

// Level returns the level of the bucket that decided.
func (d Decision) Level() string { return d.Bucket.name.Level }

// Left returns how many tokens were left, as marks show it.
func (d Decision) Left() string {
	if d.Allowed {
		return strconv.Itoa(int(d.Tokens))
	}
	return strconv.FormatFloat(d.Tokens, 'f', 3, 64)
}

// Narrow reports whether something narrower than the account decided.
func (d Decision) Narrow() bool { return d.Bucket != nil && d.Bucket.name.Level != Account }

// Reason says in a sentence why a call was refused.
func (d Decision) Reason() string {
	name, limit := d.Bucket.name, d.Bucket.Limit()
	return fmt.Sprintf("the %s limit of %s requests per second with a burst of %d is used up for %q",
		name.Level, strconv.FormatFloat(limit.Rate, 'f', -1, 64), limit.Burst, name.Key)
}

// Bucket is a token bucket.
type Bucket struct {
	name Name

	mu     sync.Mutex // guards what follows
	limit  Limit
	tokens float64
	last   time.Time // when tokens came last
}

// Limit returns what the bucket holds, and how fast it fills.
func (b *Bucket) Limit() Limit {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limit
}

func (b *Bucket) change(to Limit, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	b.limit = to
	b.tokens = min(b.tokens, float64(to.Burst))
}

func (b *Bucket) take(now time.Time) (taken bool, left float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	if b.tokens < 1 {
		return false, b.tokens
	}
	b.tokens--
	return true, b.tokens
}

// fill adds the tokens that came since the last time. A call that read the clock before another
// one, and comes after it, adds none; a clock that was set back starts anew from there.
func (b *Bucket) fill(now time.Time) {
	const overtaken = 10 * time.Second // longer ago no other call can have read the clock
	switch passed := now.Sub(b.last); {
	case passed > 0:
		b.tokens = min(float64(b.limit.Burst), b.tokens+passed.Seconds()*b.limit.Rate)
		b.last = now
	case passed < -overtaken:
		b.last = now
	}
}
