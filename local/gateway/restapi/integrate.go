package restapi

import (
	"context"
	"errors"
	"strconv"

	"portico/local/gateway/integration"
)

// backend is the integration of a method.
type backend interface {
	// request makes what the backend is sent.
	request(ctx context.Context, c *call) error
	// invoke calls the backend.
	invoke(ctx context.Context, c *call) error
	// respond makes the reply of what came back.
	respond(c *call) error
}

func (a *API) buildIntegrationRequest(ctx context.Context, c *call) error {
	c.Note("integration", c.method.target)
	return c.integrationFault(c.method.backend.request(ctx, c))
}

func (a *API) callIntegration(ctx context.Context, c *call) error {
	c.vars.TransferMode = transferBuffered
	return c.integrationFault(c.method.backend.invoke(ctx, c))
}

// integrationFault writes down how an integration failed, and makes its refusal.
func (c *call) integrationFault(err error) error {
	if err == nil {
		return nil
	}
	var failed *integration.Error
	if errors.As(err, &failed) {
		c.vars.IntegrationStatus, c.vars.IntegrationError = failed.Status, failed.Text
		return integrationRefusal(failed)
	}
	return err
}

func (a *API) buildMethodResponse(_ context.Context, c *call) error {
	if err := c.method.backend.respond(c); err != nil {
		return err
	}
	c.Note("status", strconv.Itoa(c.reply.Status))
	return nil
}

// broken is an integration that cannot be called: every call is refused for the same reason.
type broken struct{ refuse func() error }

func (b broken) request(context.Context, *call) error { return b.refuse() }
func (b broken) invoke(context.Context, *call) error  { return b.refuse() }
func (b broken) respond(*call) error                  { return b.refuse() }

var _ backend = broken{}
