package restapi

import (
	"context"
	"io"
	"strconv"

	"portico/local/gateway/integration"
)

// httpStream is an HTTP_PROXY integration whose answer goes to the client as it comes, once all of
// its headers are there.
type httpStream struct {
	httpProxy
	limits limits
}

var _ backend = (*httpStream)(nil)

func (a *API) compileHTTPStream(proxy *httpProxy) backend {
	return &httpStream{httpProxy: *proxy, limits: a.streamLimits(proxy.backend.Timeout)}
}

func (h *httpStream) invoke(ctx context.Context, c *call) error {
	c.vars.TransferMode = transferStreamed
	c.Note("url", c.outgoing.Method+" "+c.outgoing.URL)
	ctx, s := h.limits.begin(ctx)
	answer, err := h.open(ctx, c, s)
	if err != nil {
		c.noReply(s)
		return err
	}
	c.incoming = answer
	c.beginReply(s)
	status := strconv.Itoa(answer.Status)
	c.vars.IntegrationStatus, c.vars.IntegrationBackendStatus = status, status
	c.Note("backend status", status)
	return nil
}

// open sends the request and returns the answer's status and header lines.
func (h *httpStream) open(
	ctx context.Context, c *call, s *stream,
) (answer integration.HTTPResponse, err error) {
	err = s.await(func() (body io.ReadCloser, err error) {
		answer, body, err = h.caller.Open(ctx, c.outgoing)
		return body, err
	})
	if err == nil {
		return answer, nil
	}
	if late := s.late(err, c.outgoing.URL); late != nil {
		return answer, late
	}
	return answer, err
}

func (h *httpStream) respond(c *call) error {
	return c.streamReply(integration.ProxyReply(&c.incoming))
}
