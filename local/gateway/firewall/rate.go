package firewall

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"portico/local/gateway/api"
)

// AWS's bounds of rate-based statements.
const (
	minRate      = 10
	maxRate      = 2_000_000_000
	maxInstances = 10_000
	maxRateKeys  = 5
)

// maxKey is the longest key that is kept as it is; of longer ones the hash is.
const maxKey = 64

// slot is how finely requests are counted.
const slot = 10 * time.Second

// rateNode matches while the requests of one aggregation instance exceed the limit.
//
// Unlike AWS: the count decides on each request. AWS adds up every ten seconds or so, and lets
// requests beyond the limit pass until then.
type rateNode struct {
	scope node // nil counts every request
	def   *api.RateBasedStatement
	name  string // of the rule
	keys  []rateKey
	limit int
	slots int64 // of the window

	mu        sync.Mutex // guards instances and swept
	instances map[string]*instance
	swept     int64 // slot of the last sweep
}

// instance counts the requests with one key, by slot of time, in a ring.
type instance struct {
	counts []int
	total  int
	last   int64 // the slot that counts were brought up to
}

func (c *compiler) rateBased(s *api.RateBasedStatement) (node, error) {
	if s.Limit < minRate || s.Limit > maxRate {
		return nil, fmt.Errorf("rate limit %d, allowed are %d to %d", s.Limit, minRate, maxRate)
	}
	if !slices.Contains([]int{60, 120, 300, 600}, s.Window) {
		return nil, fmt.Errorf("evaluation window of %d s, allowed are 60, 120, 300, 600", s.Window)
	}
	n := &rateNode{
		def: s, limit: s.Limit, slots: int64(time.Duration(s.Window) * time.Second / slot),
		instances: map[string]*instance{},
	}
	c.capacity += 2
	var err error
	if s.ScopeDown != nil {
		if n.scope, err = c.statement(s.ScopeDown); err != nil {
			return nil, fmt.Errorf("scope-down statement: %w", err)
		}
	}
	n.keys, err = c.rateKeys(s)
	return n, err
}

func (c *compiler) rateKeys(s *api.RateBasedStatement) ([]rateKey, error) {
	switch s.KeyType {
	case "IP":
		return []rateKey{addressKey}, nil
	case "FORWARDED_IP":
		key, err := forwardedKey(s.ForwardedIP)
		return []rateKey{key}, err
	case "CONSTANT":
		if s.ScopeDown == nil {
			return nil, errors.New("aggregate key type CONSTANT wants a scope-down statement")
		}
		return nil, nil
	case "CUSTOM_KEYS":
		return c.customKeys(s)
	}
	return nil, fmt.Errorf("aggregate key type %q, allowed are IP, FORWARDED_IP, CUSTOM_KEYS, "+
		"CONSTANT", s.KeyType)
}

func (n *rateNode) matches(in *inspection) bool {
	if n.scope != nil && !n.scope.matches(in) {
		return false
	}
	var key []byte
	for _, read := range n.keys {
		part, outcome := read(in)
		switch outcome {
		case keyMissing:
			return false // the rule does not count such requests
		case keyMatches:
			return true
		}
		key = binary.AppendUvarint(key, uint64(len(part))) // so that no two tuples read the same
		key = append(key, part...)
	}
	if len(key) > maxKey {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	if !n.count(string(key), in.acl.clock.Now()) {
		return false
	}
	in.verdict.Rates = append(in.verdict.Rates, n.rate(in))
	return true
}

// count takes a request into account and says whether its instance is over the limit.
func (n *rateNode) count(key string, at time.Time) bool {
	now := max(0, at.Unix()/int64(slot/time.Second))
	n.mu.Lock()
	defer n.mu.Unlock()
	found, ok := n.instances[key]
	if !ok {
		n.makeRoom(now)
		found = &instance{counts: make([]int, n.slots), last: now}
		n.instances[key] = found
	}
	found.advance(now)
	found.counts[found.last%n.slots]++
	found.total++
	return found.total > n.limit
}

// advance forgets what has left the window. A request that read the clock before another one, and
// comes after it, is counted with that; a clock that was turned back starts anew from there.
func (i *instance) advance(now int64) {
	slots := int64(len(i.counts))
	if now < i.last-1 {
		clear(i.counts)
		i.total, i.last = 0, now
	}
	for steps := min(now-i.last, slots); steps > 0; steps-- {
		at := (now - steps + 1) % slots
		i.total -= i.counts[at]
		i.counts[at] = 0
	}
	i.last = max(i.last, now)
}

// makeRoom keeps the instances below AWS's number.
//
// Unlike AWS: of too many it drops one that has few requests among some, not the one with fewest.
func (n *rateNode) makeRoom(now int64) {
	if len(n.instances) < maxInstances {
		return
	}
	if n.swept != now { // once per slot, so that ever new keys do not make it slow
		n.swept = now
		for key, each := range n.instances {
			if each.advance(now); each.total == 0 {
				delete(n.instances, key)
			}
		}
	}
	if len(n.instances) < maxInstances {
		return
	}
	victim, fewest, looked := "", 0, 0
	for key, each := range n.instances {
		if looked == 0 || each.total < fewest {
			victim, fewest = key, each.total
		}
		if looked++; looked == 8 {
			break
		}
	}
	delete(n.instances, victim)
}
