package restapi

import (
	"context"
	"strconv"
)

// completeReply adds the headers every reply of a REST API has, and what is only now known.
func (a *API) completeReply(_ context.Context, c *call) error {
	c.reply.Header.Set("x-amzn-RequestId", c.vars.RequestID)
	c.reply.Header.Set("x-amz-apigw-id", c.vars.ExtendedRequestID)
	c.vars.Status = c.reply.Status
	c.vars.ResponseLength = len(c.reply.Body)
	c.vars.ResponseLatency = a.deps.Clock.Now().Sub(c.vars.RequestTime)
	c.Note("bytes", strconv.Itoa(len(c.reply.Body)))
	return nil
}

// writeAccessLog hands on the line of the call. A body that is too large is not logged ("Set up
// CloudWatch logging for REST APIs").
func (a *API) writeAccessLog(_ context.Context, c *call) error {
	if c.stage == nil || c.stage.accessLog == nil || a.deps.AccessLog == nil ||
		c.vars.ErrorType == "REQUEST_TOO_LARGE" {
		return nil
	}
	line := c.stage.accessLog.Append(make([]byte, 0, 256), &c.vars)
	a.deps.AccessLog(c.stage.def.AccessLog.DestinationARN, string(line))
	return nil
}
