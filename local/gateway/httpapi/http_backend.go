package httpapi

import (
	"context"
	"errors"
	"strconv"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/route"
)

// httpBackend is what the HTTP_PROXY integration of a route on a stage calls.
type httpBackend struct {
	api     *API
	backend integration.HTTPBackend
	place   integration.Place
	// whole says that the path of the call is appended to the URI's: on a $default route ("Create
	// routes for HTTP APIs"). Any other route calls what its URI says.
	whole bool
	// private says that the target stands behind a VPC link: it gets the path as it was called, the
	// stage in it ("Create private integrations for HTTP APIs").
	private    bool
	serverName string
}

var _ backend = (*httpBackend)(nil)

func (h *httpBackend) call(ctx context.Context, c *call) error {
	outgoing, err := h.request(c)
	if err != nil {
		return h.failed(c, err)
	}
	c.Note("url", outgoing.Method+" "+outgoing.URL)
	began := clock.Begin(h.api.deps.Clock)
	answer, err := h.api.deps.HTTP.Call(ctx, outgoing)
	c.vars.IntegrationLatency = clock.Took(h.api.deps.Clock, began)
	if err != nil {
		return h.failed(c, err)
	}
	c.reply = integration.HTTPAPIReply(&answer, nil)
	c.vars.IntegrationStatus = strconv.Itoa(answer.Status)
	c.noteEndpoint(answer.Header)
	c.answered(answer.Status)
	return nil
}

func (h *httpBackend) request(c *call) (integration.HTTPRequest, error) {
	in := integration.HTTPAPIInput{
		Request: c.request, Trace: c.vars.TraceID, Changes: c.changes, Private: h.private,
		Path: func(name string) (string, bool) { return param(c.params, name) },
	}
	switch {
	case h.private:
		in.Rest = c.request.RawPath
	case h.whole:
		in.Rest = c.path
	}
	outgoing, err := h.backend.HTTPAPIRequest(&in)
	if err != nil {
		return outgoing, err
	}
	outgoing.ServerName = h.serverName
	return outgoing, h.place.Locate(&outgoing)
}

// param returns a path parameter, still encoded: what the client escaped stays so in the URI.
func param(params []route.Param, name string) (string, bool) {
	for i := range params {
		if params[i].Name == name {
			return params[i].Value, true
		}
	}
	return "", false
}

// noteEndpoint takes the ids that AWS services answer with.
func (c *call) noteEndpoint(header exchange.Header) {
	c.vars.EndpointRequestID = header.Get("x-amzn-requestid")
	if c.vars.EndpointRequestID == "" {
		c.vars.EndpointRequestID = header.Get("x-amz-request-id")
	}
	c.vars.EndpointRequestID2 = header.Get("x-amz-id-2")
	c.vars.IntegrationRequestID = c.vars.EndpointRequestID
}

// failed is for backends that did not answer. What could not be sent at all, and an answer that is
// too large, are the API's fault; everything else is an endpoint that is not there, also one that
// takes too long: a recorded answer of AWS to that is 503.
func (h *httpBackend) failed(c *call, err error) error {
	var failed *integration.Error
	if !errors.As(err, &failed) {
		return err
	}
	c.vars.IntegrationError = networkError
	switch {
	case errors.Is(err, integration.ErrTimeout):
		return serviceUnavailable("INTEGRATION_TIMEOUT", failed.Text)
	case errors.Is(err, integration.ErrConnect), errors.Is(err, integration.ErrNetwork),
		errors.Is(err, integration.ErrCertificate):
		return serviceUnavailable("INTEGRATION_FAILURE", failed.Text)
	}
	c.vars.IntegrationError = failed.Text
	return integrationFailed(failed.Text)
}
