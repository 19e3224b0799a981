package websocketapi

import (
	"context"
	"net/http"
	"strconv"

	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// httpBackend is what an HTTP or HTTP_PROXY integration calls on a stage.
type httpBackend struct {
	caller  *integration.HTTP
	backend integration.HTTPBackend
	place   integration.Place
}

// send sends a request. Of the client's own header and query string nothing goes with it that is
// not mapped, also from $connect.
func (h *httpBackend) send(ctx context.Context, c *call, sent *sending) (
	integration.HTTPResponse, error,
) {
	outgoing, err := h.backend.CustomRequest(sent.httpInput(c))
	if err == nil {
		err = h.place.Locate(&outgoing)
	}
	if err != nil {
		return integration.HTTPResponse{}, err
	}
	if link := h.place.Link(); link != nil {
		c.Note("private target", link.String())
	}
	return c.callHTTP(ctx, h.caller, outgoing)
}

// httpInput is what the backend is told. A message has no method: where the integration names none,
// or ANY, it is taken to be POST. What AWS does there is not written down.
func (s *sending) httpInput(c *call) *integration.HTTPInput {
	return &integration.HTTPInput{
		Method: http.MethodPost, Body: s.body, Trace: c.vars.TraceID, Mapped: s.mapped,
	}
}

// callHTTP sends a request, and notes what came of it.
func (c *call) callHTTP(
	ctx context.Context, caller *integration.HTTP, outgoing integration.HTTPRequest,
) (integration.HTTPResponse, error) {
	c.Note("url", outgoing.Method+" "+outgoing.URL)
	c.traffic.sent = outgoing
	began := clock.Begin(c.clock)
	response, err := caller.Call(ctx, outgoing)
	c.vars.IntegrationLatency, c.traffic.answered = clock.Took(c.clock, began), response
	c.Note("latency", c.vars.IntegrationLatency.String())
	if err != nil {
		return response, err
	}
	status := strconv.Itoa(response.Status)
	c.vars.IntegrationStatus, c.vars.IntegrationBackendStatus = status, status
	c.vars.IntegrationRequestID = response.Header.Get("x-amzn-RequestId")
	c.Note("backend status", status)
	return response, nil
}

// httpCustom is the target of an HTTP integration.
type httpCustom struct{ httpBackend }

var _ target = (*httpCustom)(nil)

func (h *httpCustom) call(ctx context.Context, c *call, sent *sending) (answered, error) {
	response, err := h.send(ctx, c, sent)
	return answered{
		selects: strconv.Itoa(response.Status), status: response.Status,
		header: response.Header, body: response.Body,
	}, err
}

// httpProxy is an HTTP_PROXY integration: the message is the body that the backend gets, and its
// answer's body is what a two-way route sends back. Of mappings only those of request parameters
// have a say.
type httpProxy struct {
	httpBackend
	parameters *mapping.Parameters
	handling   string
}

var _ backend = (*httpProxy)(nil)

func (h *httpProxy) call(ctx context.Context, c *call) (outcome, error) {
	body, _, err := convertedRequest([]byte(c.body), h.handling)
	if err != nil {
		return outcome{}, err
	}
	sent := &sending{body: body}
	if err := sent.mapParameters(c, h.parameters); err != nil {
		return outcome{}, err
	}
	response, err := h.send(ctx, c, sent)
	if err != nil {
		return outcome{}, err
	}
	reply := integration.ProxyReply(&response)
	header := reply.Header
	if reply.Status/100 == 2 { // of the 101 that it becomes: what describes a body has no place there
		header = header.Clone(0)
		header.Del("Content-Type")
		header.Del("Content-Encoding")
	}
	return outcome{status: reply.Status, header: header, body: reply.Body}, nil
}
