package restapi

import (
	"context"
	"strconv"

	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
)

// httpCustom calls the backend of an HTTP integration.
type httpCustom struct {
	caller  *integration.HTTP
	backend integration.HTTPBackend
	place   integration.Place
}

var _ target = (*httpCustom)(nil)

func (h *httpCustom) prepare(_ context.Context, c *call) error {
	var err error
	if c.outgoing, err = h.backend.CustomRequest(c.httpInput()); err != nil {
		return err
	}
	return c.locate(&h.place)
}

func (h *httpCustom) call(ctx context.Context, c *call) (answered, error) {
	response, err := c.callHTTP(ctx, h.caller)
	return answered{
		selects: strconv.Itoa(response.Status), header: response.Header, body: response.Body,
	}, err
}

// httpProxy is an HTTP_PROXY integration: the backend gets what the client sent, and the client
// what the backend answers. Of the mappings only those of request parameters have a say.
type httpProxy struct {
	caller     *integration.HTTP
	backend    integration.HTTPBackend
	place      integration.Place
	parameters requestMapping
	conversion conversion
	answered   conversion
}

var _ backend = (*httpProxy)(nil)

func (h *httpProxy) request(_ context.Context, c *call) error {
	body, _, err := h.conversion.request(c)
	if err != nil {
		return err
	}
	c.sent = body
	if err := c.mapParameters(&h.parameters); err != nil {
		return err
	}
	if c.outgoing, err = h.backend.ProxyRequest(c.httpInput()); err != nil {
		return err
	}
	return c.locate(&h.place)
}

func (h *httpProxy) invoke(ctx context.Context, c *call) error {
	response, err := c.callHTTP(ctx, h.caller)
	c.incoming = response
	return err
}

func (h *httpProxy) respond(c *call) error {
	body, err := h.answered.response(c, c.incoming.Header.Get("Content-Type"), c.incoming.Body)
	if err != nil {
		return err
	}
	c.incoming.Body = body
	c.reply = integration.ProxyReply(&c.incoming)
	return nil
}

// httpInput returns the call as HTTP backends are told of it.
func (c *call) httpInput() *integration.HTTPInput {
	return &integration.HTTPInput{
		Method: c.vars.HTTPMethod, Header: c.visibleHeader(), RawQuery: c.request.RawQuery,
		Body: c.sent, Trace: c.traceHeader().full, Mapped: c.mapped,
	}
}

// callHTTP sends the request that was built, and notes what came of it.
func (c *call) callHTTP(ctx context.Context, caller *integration.HTTP) (
	integration.HTTPResponse, error,
) {
	began := clock.Begin(c.clock)
	response, err := caller.Call(ctx, c.outgoing)
	c.vars.IntegrationLatency = clock.Took(c.clock, began)
	c.Note("url", c.outgoing.Method+" "+c.outgoing.URL)
	c.Note("latency", c.vars.IntegrationLatency.String())
	if err != nil {
		return response, err
	}
	status := strconv.Itoa(response.Status)
	c.vars.IntegrationStatus, c.vars.IntegrationBackendStatus = status, status
	c.Note("backend status", status)
	return response, nil
}
