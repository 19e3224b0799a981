package httpapi

import (
	"context"
	"strconv"
)

// holdToRate takes a token from the route's bucket on this stage and from the account's.
func (a *API) holdToRate(_ context.Context, c *call) error {
	decision := a.throttle.Allow(c.endpoint.bucket, "account")
	if decision.Allowed {
		return nil
	}
	c.Note("level", decision.Level)
	c.Note("tokens", strconv.FormatFloat(decision.Tokens, 'f', 3, 64))
	return tooManyRequests(decision.Reason())
}
