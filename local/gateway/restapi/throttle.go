package restapi

import (
	"context"
	"strconv"
)

// throttle takes a token for the call at every level. A call without an API key has no usage plan.
func (a *API) throttle(_ context.Context, c *call) error {
	decision := a.limiter.Allow(c.planBucket(), c.method.stageBucket(c.vars.HTTPMethod), "account")
	if decision.Allowed {
		return nil
	}
	c.Note("level", decision.Level)
	c.Note("tokens", strconv.FormatFloat(decision.Tokens, 'f', 3, 64))
	return tooManyRequests(decision.Reason())
}

// planBucket returns the bucket of the call's API key: that of the method, else that of the plan.
func (c *call) planBucket() string {
	if c.key == nil {
		return ""
	}
	if c.key.overrides != nil {
		path := c.method.resource.Path + "/"
		for _, verb := range []string{c.vars.HTTPMethod, c.method.verb} {
			if bucket, ok := c.key.overrides[path+verb]; ok {
				return bucket
			}
		}
	}
	return c.key.bucket
}

// stageBucket returns the bucket of a verb on the stage, "" for none.
func (m *method) stageBucket(verb string) string {
	if bucket, ok := m.verbBuckets[verb]; ok {
		return bucket
	}
	return m.bucket
}
