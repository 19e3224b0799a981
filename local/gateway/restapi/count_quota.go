package restapi

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"portico/local/gateway/api"
)

// countQuota counts the call against the quota of its API key's usage plan. What was throttled is
// not counted.
func (a *API) countQuota(_ context.Context, c *call) error {
	if c.key == nil || c.key.plan.Quota == nil {
		return nil
	}
	quota := c.key.plan.Quota
	left := a.quotas.take(c.key.meter, quota, a.deps.Clock.Now())
	if left >= 0 {
		c.Note("quota left", strconv.Itoa(left))
		return nil
	}
	return quotaExceeded(fmt.Sprintf("usage plan %s allows a key %d calls per %s, and API key %s "+
		"has made them", c.key.plan.Name, quota.Limit, quota.Period, c.key.def.ID))
}

// quotas count what API keys have used of their usage plans.
//
// Unlike AWS: they are kept in memory, so a restart forgets them, and each API counts by itself.
type quotas struct {
	mu   sync.Mutex       // guards used
	used map[string]usage // by plan and key
}

// usage is a number of calls within a period.
type usage struct {
	began time.Time
	calls int
}

// take counts a call and returns how many are left, or -1 when there was none left. In the first
// period of a key the plan's offset counts as used.
func (q *quotas) take(meter string, quota *api.Quota, now time.Time) (left int) {
	began := periodStart(quota.Period, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	used, known := q.used[meter]
	switch {
	case !known:
		used = usage{began: began, calls: quota.Offset}
	case used.began.Before(began):
		used = usage{began: began}
	}
	if used.calls >= quota.Limit {
		q.used[meter] = used
		return -1
	}
	used.calls++
	q.used[meter] = used
	return quota.Limit - used.calls
}

// periodStart returns when the period around now began: at midnight UTC, of Sunday for a week, of
// the first day for a month.
func periodStart(period string, now time.Time) time.Time {
	year, month, day := now.UTC().Date()
	switch period {
	case "WEEK":
		day -= int(now.UTC().Weekday())
	case "MONTH":
		day = 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Adopt goes on counting quotas where an earlier API of the same id stands.
func (a *API) Adopt(old *API) {
	old.quotas.mu.Lock()
	defer old.quotas.mu.Unlock()
	a.quotas.mu.Lock()
	defer a.quotas.mu.Unlock()
	for meter, used := range old.quotas.used {
		a.quotas.used[meter] = used
	}
}
