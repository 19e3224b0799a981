package authorize

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"portico/local/gateway/clock"
)

// ErrDiscovery is wrapped by a KeySource that could not learn where an issuer's keys are; whatever
// else fails was asking for the keys themselves. AWS tells the two apart.
var ErrDiscovery = errors.New("OIDC discovery")

// KeySource knows the public keys of issuers.
type KeySource interface {
	Keys(ctx context.Context, issuer string) (*jose.JSONWebKeySet, error)
}

const (
	// keysLife is how long AWS keeps an issuer's keys.
	keysLife = 2 * time.Hour
	// keysPause keeps tokens with made-up key ids from asking the issuer at every call.
	keysPause = 10 * time.Second
	// keysTimeout is what discovery and JWKS together may take: 1,500 ms each.
	keysTimeout = 3 * time.Second
)

// KeyCache keeps the keys of issuers as API Gateway does: for up to two hours, asking again when a
// token names a key it does not know. It has no memory of failures and fails closed.
type KeyCache struct {
	source KeySource
	clock  clock.Clock
	flight singleflight.Group

	mu     sync.RWMutex // guards sets
	sets   map[string]*keySet
	asking map[string]time.Time // when an unknown key last made us ask, guarded by mu
}

// keySet is what an issuer last answered; it is never changed.
type keySet struct {
	keys    map[string]rsaKey
	fetched time.Time
}

// rsaKey can be compared: while an issuer publishes a key unchanged, its pointer stays the same.
type rsaKey struct {
	public    *rsa.PublicKey
	algorithm string // "" allows every one
}

func (k rsaKey) same(other rsaKey) bool {
	return other.public != nil && k.algorithm == other.algorithm && k.public.Equal(other.public)
}

// NewKeyCache returns an empty cache, to be shared by the authorizers of an API.
func NewKeyCache(source KeySource, c clock.Clock) *KeyCache {
	return &KeyCache{
		source: source, clock: c,
		sets: map[string]*keySet{}, asking: map[string]time.Time{},
	}
}

// current returns the keys of issuer while they are fresh, else nil.
func (k *KeyCache) current(issuer string) *keySet {
	k.mu.RLock()
	set := k.sets[issuer]
	k.mu.RUnlock()
	if set == nil || k.clock.Now().Sub(set.fetched) >= keysLife {
		return nil
	}
	return set
}

// holds says whether key is still the issuer's under that id, as far as is freshly known.
func (k *KeyCache) holds(issuer, id string, key rsaKey) bool {
	set := k.current(issuer)
	return set != nil && key.public != nil && set.keys[id] == key
}

// key returns a key of issuer by its id.
func (k *KeyCache) key(ctx context.Context, issuer, id string) (rsaKey, error) {
	set := k.current(issuer)
	if set != nil {
		if key, ok := set.keys[id]; ok {
			return key, nil
		}
		if !k.mayAsk(issuer) {
			return rsaKey{}, unknownKey(issuer, id)
		}
	}
	set, err := k.fetch(ctx, issuer)
	if errors.Is(err, ErrDiscovery) {
		return rsaKey{}, &tokenError{"OIDC discovery endpoint communication error", err}
	}
	if err != nil {
		return rsaKey{}, &tokenError{"JWKS communication error", err}
	}
	key, ok := set.keys[id]
	if !ok {
		return rsaKey{}, unknownKey(issuer, id)
	}
	return key, nil
}

func unknownKey(issuer, id string) error {
	const shown = 64 // bytes of what a client made up
	return &tokenError{
		"unable to verify signature",
		fmt.Errorf("no RSA key of %s has the token's key id %.*q", issuer, shown, id),
	}
}

func (k *KeyCache) mayAsk(issuer string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.clock.Now()
	if last, ok := k.asking[issuer]; ok && now.Sub(last) < keysPause {
		return false
	}
	k.asking[issuer] = now
	return true
}

// fetch asks the source, once for all who wait. Nobody's going away ends it for the others.
func (k *KeyCache) fetch(ctx context.Context, issuer string) (*keySet, error) {
	if k.source == nil {
		return nil, errors.New("there is no source of keys")
	}
	got, err, _ := k.flight.Do(issuer, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysTimeout)
		defer cancel()
		answer, err := k.source.Keys(ctx, issuer)
		if err != nil {
			return nil, fmt.Errorf("asking for the keys of %s: %w", issuer, err)
		}
		k.mu.Lock()
		set := readKeys(answer, k.sets[issuer])
		set.fetched = k.clock.Now()
		k.sets[issuer] = set
		k.mu.Unlock()
		return set, nil
	})
	if err != nil {
		return nil, err
	}
	return got.(*keySet), nil
}

// readKeys keeps the keys that may sign tokens: RSA, and not meant for encryption. Keys that were
// there before stay what they were.
func readKeys(answer *jose.JSONWebKeySet, before *keySet) *keySet {
	set := &keySet{keys: map[string]rsaKey{}}
	if answer == nil {
		return set
	}
	for _, key := range answer.Keys {
		public, ok := key.Key.(*rsa.PublicKey)
		if ok && key.KeyID != "" && (key.Use == "" || key.Use == "sig") {
			made := rsaKey{public: public, algorithm: key.Algorithm}
			if before != nil && made.same(before.keys[key.KeyID]) {
				made = before.keys[key.KeyID]
			}
			set.keys[key.KeyID] = made
		}
	}
	return set
}
