package restapi

import (
	"context"
	"strconv"
	"strings"

	"portico/local/gateway/clock"
)

// completeReply adds the headers every reply of a REST API has, and what is only now known.
func (a *API) completeReply(_ context.Context, c *call) error {
	c.reply.Header.Set("x-amzn-RequestId", c.vars.RequestID)
	c.reply.Header.Set("x-amz-apigw-id", c.vars.ExtendedRequestID)
	c.vars.Status = c.reply.Status
	if c.reply.Stream != nil {
		return nil // the rest is known when it has ended
	}
	c.vars.ResponseLength = len(c.reply.Body)
	c.vars.ResponseLatency = clock.Took(a.deps.Clock, c.vars.Began)
	c.Note("bytes", strconv.Itoa(len(c.reply.Body)))
	return nil
}

// writeAccessLog hands on the line of the call; that of a streamed reply waits for its end.
func (a *API) writeAccessLog(_ context.Context, c *call) error {
	if c.reply.Stream == nil {
		a.logAccess(c)
	}
	return nil
}

// logAccess hands on the line of the call. That of a canary's call goes to the canary's log
// group too. A body that is too large is not logged ("Set up
// CloudWatch logging for REST APIs").
func (a *API) logAccess(c *call) {
	if c.stage == nil || c.stage.accessLog == nil || a.deps.AccessLog == nil ||
		c.vars.ErrorType == "REQUEST_TOO_LARGE" {
		return
	}
	line := c.stage.accessLog.Append(make([]byte, 0, 256), &c.vars)
	destination := c.stage.def.AccessLog.DestinationARN
	a.deps.AccessLog(destination, string(line))
	if c.vars.CanaryRequest != nil && *c.vars.CanaryRequest && !isStream(destination) {
		a.deps.AccessLog(strings.TrimSuffix(destination, ":*")+"/Canary", string(line))
	}
}

// isStream tells a Firehose stream from a log group: only log groups have one for the canary.
func isStream(destinationARN string) bool { return strings.Contains(destinationARN, ":firehose:") }
