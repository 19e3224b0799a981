package httpapi

import (
	"context"
	"errors"
	"strconv"

	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// service is the action of an AWS service that the integration of a route on a stage calls.
type service struct {
	api        *API
	subtype    string
	parameters *mapping.ServiceParameters
	backend    *integration.ServiceBackend
}

var _ backend = (*service)(nil)

// call hands on the service's answer as it is, status and body: an action that fails is an answer
// too.
func (s *service) call(ctx context.Context, c *call) error {
	c.Note("service", s.subtype)
	outgoing, err := s.request(ctx, c)
	if err != nil {
		return s.failed(c, err)
	}
	c.Note("url", outgoing.Method+" "+outgoing.URL)
	began := clock.Begin(s.api.deps.Clock)
	answer, err := s.api.deps.HTTP.Call(ctx, outgoing)
	c.vars.IntegrationLatency = clock.Took(s.api.deps.Clock, began)
	if err != nil {
		return s.failed(c, err)
	}
	c.reply = integration.HTTPAPIReply(&answer, nil)
	c.vars.IntegrationStatus = strconv.Itoa(answer.Status)
	c.noteEndpoint(answer.Header)
	c.answered(answer.Status)
	return nil
}

func (s *service) request(ctx context.Context, c *call) (integration.HTTPRequest, error) {
	values, err := s.parameters.Evaluate(c.readByMappings())
	if err != nil {
		return integration.HTTPRequest{}, err
	}
	return s.backend.Request(ctx, values, c.vars.TraceID)
}

// failed is for calls without an answer. What the client left out, or sent in a form that no
// parameter has, is the client's fault.
func (s *service) failed(c *call, err error) error {
	var unresolved *mapping.UnresolvedError
	var unfit *integration.ParameterError
	if errors.As(err, &unresolved) || errors.As(err, &unfit) {
		c.vars.IntegrationError = err.Error()
		return badRequest(err.Error())
	}
	return (&httpBackend{api: s.api}).failed(c, err)
}
