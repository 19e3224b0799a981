// Package throttle holds calls to rates with token buckets.
//
// It is the step "throttle" of all three kinds of API. An API compiles its limits into levels, from
// the narrowest to the widest, as "Throttle requests to your REST APIs" orders them: usage plan,
// stage and method or route, account. A call names one bucket per level and passes when each has a
// token for it. Time comes from the injected clock. It answers nothing itself, knows no usage
// plans, stages or routes, only keys, and counts no quotas.
package throttle

import (
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/time/rate"

	"portico/local/gateway/clock"
)

// Limit is a token bucket: tokens per second, and how many it holds. It starts full.
type Limit struct {
	Rate  float64
	Burst int
}

// AccountLevel returns the last level of every API: what AWS gives an account in a region ("Amazon
// API Gateway quotas").
//
// Unlike AWS: each API has an account bucket of its own.
func AccountLevel() Level {
	return Level{Name: "account", Default: &Limit{Rate: 10_000, Burst: 5_000}}
}

// Level is a set of buckets of one kind.
type Level struct {
	Name   string           // "route", for marks
	Limits map[string]Limit // by key
	// Default is the limit of the keys that Limits does not name, each with a bucket of its own;
	// nil lets them pass.
	Default *Limit
}

// Throttle decides over the calls of one API.
type Throttle struct {
	clock  clock.Clock
	levels []level
}

type level struct {
	Level
	buckets sync.Map // string → *rate.Limiter
}

// Decision says whether a call passes, and which bucket decided.
type Decision struct {
	Allowed bool
	Level   string  // that refused; "" when allowed
	Key     string  // of the bucket that refused
	Limit   Limit   // of the bucket that refused
	Tokens  float64 // that were left in it
}

// Reason says in a sentence why a call was refused.
func (d Decision) Reason() string {
	return fmt.Sprintf("the %s limit of %s requests per second with a burst of %d is used up for %q",
		d.Level, strconv.FormatFloat(d.Limit.Rate, 'f', -1, 64), d.Limit.Burst, d.Key)
}

// New returns a throttle with full buckets. Rates and bursts below zero are refused.
func New(levels []Level, c clock.Clock) (*Throttle, error) {
	t := &Throttle{clock: c, levels: make([]level, len(levels))}
	for i, l := range levels {
		t.levels[i].Level = l
		if l.Default != nil {
			if err := l.Default.check(l.Name, "(default)"); err != nil {
				return nil, err
			}
		}
		for key, limit := range l.Limits {
			if err := limit.check(l.Name, key); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

func (l Limit) check(level, key string) error {
	if l.Rate < 0 || l.Burst < 0 {
		return fmt.Errorf("throttling %s %q: rate %v and burst %d, allowed are 0 and more",
			level, key, l.Rate, l.Burst)
	}
	return nil
}

// Allow takes a token from one bucket per level, in their order; "" passes a level by. The first
// bucket without a token refuses the call: the tokens taken before stay taken, and the buckets
// after it stay untouched, so a client held back by its own plan costs the others nothing.
func (t *Throttle) Allow(keys ...string) Decision {
	now := t.clock.Now()
	for i := range t.levels {
		if i >= len(keys) {
			break
		}
		l := &t.levels[i]
		bucket := l.bucket(keys[i])
		if bucket == nil || bucket.AllowN(now, 1) {
			continue
		}
		return Decision{
			Level:  l.Name,
			Key:    keys[i],
			Limit:  Limit{Rate: float64(bucket.Limit()), Burst: bucket.Burst()},
			Tokens: bucket.TokensAt(now),
		}
	}
	return Decision{Allowed: true}
}

// bucket returns the bucket of key, filled when first asked for; nil when nothing limits key. Keys
// are routes, plans and API keys, so there are only as many as the definition has.
func (l *level) bucket(key string) *rate.Limiter {
	if key == "" {
		return nil
	}
	if found, ok := l.buckets.Load(key); ok {
		return found.(*rate.Limiter)
	}
	limit, ok := l.Limits[key]
	if !ok {
		if l.Default == nil {
			return nil
		}
		limit = *l.Default
	}
	made, _ := l.buckets.LoadOrStore(key, rate.NewLimiter(rate.Limit(limit.Rate), limit.Burst))
	return made.(*rate.Limiter)
}
