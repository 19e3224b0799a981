package restapi

import (
	"context"
	"strconv"
	"strings"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/payload"
)

// lambdaProxy is an AWS_PROXY integration with a function. Mappings, integration responses and
// method responses have no say in it.
type lambdaProxy struct {
	lambda   integration.Lambda
	binary   integration.BinaryTypes
	toBinary bool // contentHandling CONVERT_TO_BINARY
}

var _ backend = (*lambdaProxy)(nil)

func (p *lambdaProxy) request(_ context.Context, c *call) error {
	event := c.event()
	event.WithAPIKey = c.method.def.APIKeyRequired || c.tested
	event.Body = c.request.Body
	event.Base64 = len(event.Body) > 0 &&
		p.binary.IsContent(c.request.Header.Get("Content-Type"))
	if p.toBinary && !event.Base64 && len(event.Body) > 0 {
		plain, err := decoded(event.Body)
		if err != nil {
			return err
		}
		event.Body, event.Base64 = plain, true
	}
	event.Authorizer = authorizerOf(c)
	c.sent = event.AppendEvent(make([]byte, 0, event.SizeHint()))
	return nil
}

// authorizerOf returns what an authorizer said of a call, or nil.
func authorizerOf(c *call) *payload.RESTAuthorizer {
	if c.cognito != nil {
		return &payload.RESTAuthorizer{Claims: c.cognito.Claims}
	}
	if c.verdict == nil {
		return nil
	}
	shown := &payload.RESTAuthorizer{
		PrincipalID:   c.verdict.PrincipalID,
		LatencyMillis: c.verdict.Latency.Milliseconds(),
		Context:       make([]payload.Pair, len(c.verdict.Context)),
	}
	for i, entry := range c.verdict.Context {
		shown.Context[i] = payload.Pair(entry)
	}
	return shown
}

func (p *lambdaProxy) invoke(ctx context.Context, c *call) error {
	began := clock.Begin(p.lambda.Clock)
	answer, err := p.lambda.Call(ctx, c.sent, c.traceHeader().full)
	c.vars.IntegrationLatency = clock.Took(p.lambda.Clock, began)
	c.Note("latency", c.vars.IntegrationLatency.String())
	if err != nil {
		return err
	}
	c.answer = answer
	c.vars.IntegrationStatus, c.vars.IntegrationRequestID = "200", answer.RequestID
	if answer.FunctionError != "" {
		refused := functionFailed(c.method.function, answer)
		c.vars.IntegrationError = refused.reason
		return refused
	}
	return nil
}

func (p *lambdaProxy) respond(c *call) error {
	output, err := payload.ParseRESTResponse(c.answer.Payload)
	if err != nil {
		refused := malformedResponse(c.method.function, err)
		c.vars.IntegrationError = refused.reason
		return refused
	}
	c.vars.IntegrationBackendStatus = strconv.Itoa(output.Status)
	body := output.Body
	// The function's own Content-Type has no say in whether the text is decoded.
	if output.Base64 && p.binary.IsAccepted(c.request.Header.Get("Accept")) {
		if body, err = decoded(body); err != nil {
			return err
		}
	}
	c.reply = exchange.Reply{Status: output.Status, Header: p.header(c, &output), Body: body}
	return nil
}

// header returns the reply's header lines: the function's, renamed where they are the gateway's to
// set.
func (p *lambdaProxy) header(c *call, output *payload.RESTResponse) exchange.Header {
	header := make(exchange.Header, 0, len(output.Header)+4)
	typed := false
	for _, field := range output.Header {
		name, ok := integration.RemapProxy(field.Name)
		if !ok || strings.EqualFold(name, "X-Amzn-Trace-Id") {
			continue
		}
		typed = typed || strings.EqualFold(name, "Content-Type")
		header.Add(name, field.Value)
	}
	if !typed {
		header.Add("Content-Type", "application/json")
	}
	header.Add("X-Amzn-Trace-Id", c.traceHeader().full)
	return header
}
