package usage

import "portico/local/gateway/clock"

// Shared returns the store that an API shares with others of its account, or, when it shares none,
// one of its own that keeps nothing.
func Shared(given *Store, c clock.Clock) *Store {
	if given != nil {
		return given
	}
	return &Store{
		options: Options{Clock: c}, machine: clock.Unmoved(c), plans: map[string]*plan{},
	}
}
