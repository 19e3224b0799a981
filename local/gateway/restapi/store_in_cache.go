package restapi

import "context"

// storeInCache keeps the reply for equal calls, as it is before it is compressed for this client.
func (a *API) storeInCache(_ context.Context, c *call) error {
	if c.fill == nil {
		return nil
	}
	reason := ""
	if c.backend.header.Has("Content-Encoding") && !c.reply.Header.Has("Content-Encoding") {
		// A reply from the cache could not tell that its body is compressed already.
		reason = "the backend compressed the body, and the reply does not say so"
		c.fill.Abandon()
	} else {
		reason = c.fill.Store(c.reply)
	}
	if reason != "" {
		c.Note("not kept", reason)
	}
	c.warn()
	return nil
}
