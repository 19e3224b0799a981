package restapi

import (
	"context"

	"portico/local/gateway/throttle"
)

// throttle takes a token for the call at every level. A call without an API key has no usage plan.
func (a *API) throttle(_ context.Context, c *call) error {
	buckets := a.deps.Buckets
	decision := buckets.Take(
		c.planBucket(), c.method.stageBucket(c.vars.HTTPMethod), buckets.Requests())
	if decision.Narrow() || !decision.Allowed {
		c.Note("level", decision.Level())
		c.Note("tokens", decision.Left())
	}
	if decision.Allowed {
		return nil
	}
	return tooManyRequests(decision.Reason())
}

// planBucket returns the bucket of the call's API key: that of the method, else that of the plan.
func (c *call) planBucket() *throttle.Bucket {
	if c.key == nil {
		return nil
	}
	if c.key.overrides != nil {
		path := c.method.resource.Path + "/"
		for _, verb := range []string{c.vars.HTTPMethod, c.method.verb} {
			if bucket := c.key.overrides[path+verb]; bucket != nil {
				return bucket
			}
		}
	}
	return c.key.bucket
}

// stageBucket returns the bucket of a verb on the stage, nil for none.
func (m *method) stageBucket(verb string) *throttle.Bucket {
	if bucket, ok := m.verbBuckets[verb]; ok {
		return bucket
	}
	return m.bucket
}
