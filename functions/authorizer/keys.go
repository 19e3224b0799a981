package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// errUnknownKey says that the issuer has no key of the id a token names.
var errUnknownKey = errors.New("the issuer has no such key")

// How long keys are kept.
const (
	keysFresh = time.Hour
	// keysAgain is how soon an unknown id may fetch the keys again: a rotated key must be found at
	// once, but tokens with made-up ids must not make a request each.
	keysAgain = 10 * time.Second
)

// maxKeys bounds the answer read, as API Gateway bounds it for its own JWT authorizers.
const maxKeys = 150_000

// keySet is the issuer's JSON Web Key Set, fetched at the first token.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time

	mu      sync.Mutex // guards what follows, and lets only one caller fetch
	keys    *jose.JSONWebKeySet
	fetched time.Time
}

// key returns the public key of an id, errUnknownKey, or why the keys cannot be had. Keys that are
// out of date are not used: a key that was withdrawn must not live on while its issuer is away.
func (s *keySet) key(ctx context.Context, id string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.now().Sub(s.fetched)
	if s.keys != nil && age < keysFresh {
		if key, ok := s.find(id); ok {
			return key, nil
		}
		if age < keysAgain {
			return nil, fmt.Errorf("key %q: %w", id, errUnknownKey)
		}
	}
	keys, err := s.fetch(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetching the keys from %s: %w", s.url, err)
	}
	s.keys, s.fetched = keys, s.now()
	if key, ok := s.find(id); ok {
		return key, nil
	}
	return nil, fmt.Errorf("key %q: %w", id, errUnknownKey)
}

func (s *keySet) find(id string) (any, bool) {
	for _, k := range s.keys.Key(id) {
		if k.Valid() && k.IsPublic() && k.Use != "enc" {
			return k.Key, true
		}
	}
	return nil, false
}

func (s *keySet) fetch(ctx context.Context) (*jose.JSONWebKeySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s; expected 200", response.Status)
	}
	var keys jose.JSONWebKeySet
	if err := json.NewDecoder(io.LimitReader(response.Body, maxKeys)).Decode(&keys); err != nil {
		return nil, fmt.Errorf("the answer is no key set: %w", err)
	}
	return &keys, nil
}
