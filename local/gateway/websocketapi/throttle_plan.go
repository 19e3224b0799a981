package websocketapi

import (
	"context"
	"fmt"
	"strconv"

	"portico/local/gateway/api"
	"portico/local/gateway/throttle"
)

// holdKey gives a key its meter and bucket: those of its plan, which it has on the plan's stages of
// all APIs together.
func (a *API) holdKey(plan *api.UsagePlan, key api.APIKey) (apiKey, error) {
	held := apiKey{
		def: key, plan: plan.Name, quota: plan.Quota, meter: a.deps.Usage.Meter(plan, key.ID),
	}
	var err error
	held.bucket, err = a.deps.Buckets.Defined(throttle.Name{
		Level: throttle.Plan, Key: plan.ID + "/" + key.ID,
	}, plan.Throttle)
	return held, err
}

// holdToPlan holds an upgrade to the throttle and the quota of its key's usage plan. An open
// connection is not counted again: messages show no key. Whom the plan throttles does not use the
// quota.
//
// The bodies are those of a REST API's refusals, in the form of WebSocket ones: AWS documents none.
func (a *API) holdToPlan(_ context.Context, c *call) error {
	if c.key == nil {
		return nil
	}
	if c.key.bucket != nil {
		if err := a.takeToken(c, c.key.bucket); err != nil {
			return err
		}
	}
	left, ok := c.key.meter.Take()
	switch {
	case !ok:
		return quotaExceeded(fmt.Sprintf("usage plan %s allows a key %d calls per %s, and API key %s "+
			"has made them", c.key.plan, c.key.quota.Limit, c.key.quota.Period, c.key.def.ID))
	case c.key.quota != nil:
		c.Note("quota left", strconv.Itoa(left))
	}
	return nil
}
