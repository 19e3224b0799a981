package throttle

import (
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

// Shared returns the buckets that an API shares with others of its account, or, when it shares none,
// buckets of its own for a new account in the region.
func Shared(given *Buckets, c clock.Clock, region string) *Buckets {
	if given != nil {
		return given
	}
	return New(c, NewAccount(region))
}

// Defined returns the bucket for a limit of a definition, nil when there is none.
func (b *Buckets) Defined(name Name, def *api.Throttle) (*Bucket, error) {
	if def == nil {
		return nil, nil
	}
	limit := Limit(*def)
	if err := limit.Check(); err != nil {
		return nil, err
	}
	return b.Bucket(name, limit), nil
}
