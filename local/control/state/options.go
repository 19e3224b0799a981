package state

import (
	"errors"
	"iter"
	"reflect"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

// Options say where what a management API is told is kept, and who puts it into effect.
type Options[Host any] struct {
	Account api.Account // of the configuration; calls for another region get their own
	Dir     string      // of the state; nothing is kept when empty
	Clock   clock.Clock
	Host    Host
}

// Check refuses options that lack a clock or a host.
func (o *Options[Host]) Check(service string) error {
	if host := reflect.ValueOf(&o.Host).Elem(); o.Clock == nil || host.IsZero() {
		return errors.New("the management API of " + service + " needs a clock and a host")
	}
	return nil
}

// In returns the account as it is in a region.
func (o *Options[Host]) In(region string) api.Account {
	account := o.Account
	account.Region = region
	return account
}

// All returns what every region has, by its name; now stands for what the region of that name has,
// unless it is nil.
func (s *Store[T]) All(region string, now *T) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		seen := false
		for _, name := range s.Regions() {
			value := s.Read(name)
			if now != nil && name == region {
				value, seen = now, true
			}
			if !yield(name, value) {
				return
			}
		}
		if now != nil && !seen {
			yield(region, now)
		}
	}
}

// Answer is Write for a change that has an answer.
func Answer[T, A any](
	s *Store[T], region string, change func(draft *T) (A, error), serve func(now *T) error,
) (A, error) {
	var answer A
	err := s.Write(region, func(draft *T) error {
		var err error
		answer, err = change(draft)
		return err
	}, serve)
	return answer, err
}
