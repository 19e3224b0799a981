package restapi

import (
	"context"
	"fmt"
	"strconv"
)

// countQuota counts the call against the quota of its API key's usage plan. What was throttled is
// not counted.
func (a *API) countQuota(_ context.Context, c *call) error {
	if c.key == nil {
		return nil
	}
	left, ok := c.key.meter.Take()
	quota := c.key.plan.Quota
	switch {
	case !ok:
		return quotaExceeded(fmt.Sprintf("usage plan %s allows a key %d calls per %s, and API key %s "+
			"has made them", c.key.plan.Name, quota.Limit, quota.Period, c.key.def.ID))
	case quota != nil:
		c.Note("quota left", strconv.Itoa(left))
	}
	return nil
}
