package httpapi

import (
	"context"
	"strconv"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// callIntegration calls what stands behind the route and makes its answer the reply, with the
// parameter mappings of the request before and those of the answer's status after it.
func (a *API) callIntegration(ctx context.Context, c *call) error {
	t := &c.endpoint.target
	if t.request != nil {
		c.changes = t.request.Apply(c.readByMappings())
		c.noteChanges("request", c.changes)
	}
	if err := t.backend.call(ctx, c); err != nil {
		return err
	}
	if mapped := t.replies[c.reply.Status]; mapped != nil {
		in := c.readByMappings()
		in.Reply = &c.reply
		changes := mapped.Apply(in)
		integration.ChangeHTTPAPIReply(&c.reply, changes)
		c.noteChanges("reply", changes)
	}
	return nil
}

// readByMappings is what parameter mappings read of a call.
func (c *call) readByMappings() *mapping.V2Call {
	return &mapping.V2Call{
		Request: c.request, Path: c.path, Params: c.params,
		StageVariables: c.stage.values, Variables: &c.vars,
	}
}

// noteChanges notes what the mappings made, by name alone: values may be secrets.
func (c *call) noteChanges(of string, changes []mapping.Change) {
	for i := range changes {
		text := changes[i].Action + ":" + changes[i].Place
		if changes[i].Name != "" {
			text += "." + changes[i].Name
		}
		c.Note("mapped "+of, text)
	}
}

// mapped is the request with its mappings applied.
func (c *call) mapped() *exchange.Request {
	if len(c.changes) == 0 {
		return c.request
	}
	return integration.ChangeHTTPAPIRequest(c.request, c.changes)
}

// answered notes the status of the answer.
func (c *call) answered(status int) {
	c.vars.IntegrationBackendStatus = strconv.Itoa(status)
	c.Note("status", c.vars.IntegrationBackendStatus)
}
