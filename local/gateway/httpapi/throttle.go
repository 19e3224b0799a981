package httpapi

import (
	"context"
	"fmt"

	"portico/local/gateway/api"
	"portico/local/gateway/throttle"
)

// routeBucket returns the bucket of a route on a stage, nil for none: its own limit, else the
// stage's default, which each route has a bucket of.
func (a *API) routeBucket(s *api.Stage, key string) (*throttle.Bucket, error) {
	def := s.MethodSettings["*"].Throttle
	if own, ok := s.MethodSettings[key]; ok && own.Throttle != nil {
		def = own.Throttle
	}
	bucket, err := a.deps.Buckets.Defined(throttle.Name{
		API: a.def.ID, Level: throttle.Route, Key: s.Name + " " + key,
	}, def)
	if err != nil {
		return nil, fmt.Errorf("throttle: %w", err)
	}
	return bucket, nil
}

// holdToRate takes a token from the route's bucket on this stage and from the account's.
func (a *API) holdToRate(_ context.Context, c *call) error {
	buckets := a.deps.Buckets
	decision := buckets.Take(c.endpoint.bucket, buckets.Requests())
	if decision.Narrow() || !decision.Allowed {
		c.Note("level", decision.Level())
		c.Note("tokens", decision.Left())
	}
	if decision.Allowed {
		return nil
	}
	return tooManyRequests(decision.Reason())
}
