package httpapi

import (
	"context"

	"portico/local/gateway/clock"
)

// finishReply adds the header every reply of an HTTP API carries, and notes what it came to.
func (a *API) finishReply(_ context.Context, c *call) error {
	c.reply.Header.Add("apigw-requestid", c.vars.RequestID)
	c.vars.Status = c.reply.Status
	c.vars.ResponseLength = len(c.reply.Body)
	c.vars.DataProcessed = len(c.request.Body) + len(c.reply.Body)
	c.vars.ResponseLatency = clock.Took(a.deps.Clock, c.vars.Began)
	return nil
}

// writeAccessLog hands the stage's access-log line on. A call that chose no stage has none.
func (a *API) writeAccessLog(_ context.Context, c *call) error {
	if c.stage == nil || c.stage.accessLog == nil || a.deps.AccessLog == nil {
		return nil
	}
	line := c.stage.accessLog.Append(nil, &c.vars)
	a.deps.AccessLog(c.stage.logDestination, string(line))
	return nil
}
