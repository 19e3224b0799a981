package identity

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Clock tells the time that goes into tokens.
type Clock interface {
	Now() time.Time
}

// Options are what a Provider needs.
type Options struct {
	Pools []UserPool
	Clock Clock
	// StateDir is where the keys are kept, so that tokens survive a restart; with "" every Provider
	// has keys of its own.
	StateDir string
}

// Provider issues the tokens of all user pools.
type Provider struct {
	clock Clock
	pools map[string]*pool // by id
	*memory
}

// memory is what a Provider knows beyond its definitions; all of it is bounded.
type memory struct {
	codes  *codes
	spent  *ledger
	people *people
}

// The most a Provider remembers; what is oldest goes first.
const (
	maxCodes  = 1_000
	maxSpent  = 20_000
	maxPeople = 1_000
)

// pool is a user pool and its key.
type pool struct {
	UserPool
	key signingKey
}

// New returns a Provider for the pools. Keys are read or made when they are first needed.
func New(o Options) (*Provider, error) {
	if o.Clock == nil {
		return nil, errors.New("identity: Options.Clock is nil, want a clock")
	}
	p := &Provider{clock: o.Clock, pools: make(map[string]*pool, len(o.Pools)), memory: &memory{
		codes:  newCodes(maxCodes),
		spent:  newLedger(maxSpent),
		people: newPeople(maxPeople),
	}}
	for _, def := range o.Pools {
		if def.ID == "" || strings.ContainsAny(def.ID, `/\.`) {
			return nil, fmt.Errorf("identity: user pool %q has the id %q, want one like us-east-1_AbCdEfGhI",
				def.Name, def.ID)
		}
		if _, twice := p.pools[def.ID]; twice {
			return nil, fmt.Errorf("identity: two user pools have the id %s", def.ID)
		}
		p.pools[def.ID] = &pool{UserPool: def, key: signingKey{dir: o.StateDir, name: def.ID}}
	}
	return p, nil
}

// Adopt takes over what another Provider remembers, so that people who are signing in, and tokens
// that were revoked, outlive a reload. It is called before p serves.
func (p *Provider) Adopt(before *Provider) { p.memory = before.memory }

// Keys returns the public keys of the pool that issues as issuer.
func (p *Provider) Keys(_ context.Context, issuer string) (*jose.JSONWebKeySet, error) {
	for _, pool := range p.pools {
		if pool.Issuer() == issuer {
			return pool.key.public()
		}
	}
	return nil, fmt.Errorf("no user pool issues as %q, those here do as %s", issuer,
		strings.Join(p.issuers(), ", "))
}

func (p *Provider) issuers() []string {
	issuers := make([]string, 0, len(p.pools))
	for _, pool := range p.pools {
		issuers = append(issuers, pool.Issuer())
	}
	sort.Strings(issuers)
	return issuers
}

// find returns the pool with that id or name; "" means the only one.
func (p *Provider) find(name string) (*pool, error) {
	var found *pool
	known := make([]string, 0, len(p.pools))
	for id, pool := range p.pools {
		known = append(known, id)
		if name == "" || id == name || pool.Name == name {
			if found != nil {
				sort.Strings(known)
				return nil, fmt.Errorf("user pool %q is ambiguous, name one of them by its id", name)
			}
			found = pool
		}
	}
	if found == nil {
		sort.Strings(known)
		return nil, fmt.Errorf("there is no user pool %q, there are: %s", name,
			strings.Join(known, ", "))
	}
	return found, nil
}

// client returns the app client with that id or name; "" means the first one.
func (p *pool) client(name string) (Client, error) {
	known := make([]string, 0, len(p.Clients))
	for _, c := range p.Clients {
		if name == "" || c.ID == name || c.Name == name {
			return c, nil
		}
		known = append(known, c.ID)
	}
	return Client{}, fmt.Errorf("user pool %s has no app client %q, it has: %s", p.ID, name,
		strings.Join(known, ", "))
}
