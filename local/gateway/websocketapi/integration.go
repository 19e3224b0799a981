package websocketapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/payload"
)

// backend is what a route calls on a stage.
type backend interface {
	// call calls it, and returns what may go back to the client.
	call(ctx context.Context, c *call) (outcome, error)
}

// outcome is what an integration made of a call. Status and header go to clients of $connect alone.
type outcome struct {
	status int
	header exchange.Header
	body   []byte
}

// broken is an integration that cannot be called: every call is refused for the same reason.
type broken string

var _ backend = broken("")

func (b broken) call(context.Context, *call) (outcome, error) {
	return outcome{}, misconfigured(string(b))
}

// callIntegration calls what the route names on the stage of the call.
func (a *API) callIntegration(ctx context.Context, c *call) error {
	called, ok := c.route.backends[c.stage.name]
	if !ok {
		called = broken("the deployment knows no stage " + c.stage.name)
	}
	answer, err := called.call(ctx, c)
	if err == nil {
		c.answer, c.reply.Status = answer, answer.status
		return nil
	}
	if errors.Is(context.Cause(ctx), errClosing) {
		err = closing()
	}
	c.vars.IntegrationError = err.Error()
	var failed *integration.Error
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Status != "" {
		c.vars.IntegrationStatus = failed.Status
	}
	return integrationFault(failed)
}

// function is a Lambda function as an integration calls it.
type function struct {
	api       *API
	arn, name string
	source    string // ARN of the route; "" when a role makes the call
	role      string
	timeout   time.Duration
}

// invoke runs the function for at most its timeout.
func (f *function) invoke(ctx context.Context, c *call, document []byte, async bool) (
	exchange.Invoked, error,
) {
	c.function, c.traffic.function, c.traffic.document = f.name, f.arn, document
	began := clock.Begin(f.api.deps.Clock)
	out, err := f.api.invoke(ctx, exchange.Invocation{
		FunctionARN: f.arn, Payload: document, Async: async, Trace: c.vars.TraceID,
		SourceARN: f.source, Role: f.role,
	}, f.timeout)
	c.vars.IntegrationLatency = clock.Took(f.api.deps.Clock, began)
	c.vars.IntegrationRequestID, c.traffic.invoked = out.RequestID, out
	var refused *exchange.InvokeError
	switch {
	case err == nil:
		c.vars.IntegrationStatus = strconv.Itoa(statusOK)
		return out, nil
	case errors.Is(err, errTimeout):
		return out, integrationTimedOut(fmt.Errorf("%s: %w after %v", f.name, err, f.timeout))
	case errors.As(err, &refused):
		c.vars.IntegrationStatus = strconv.Itoa(refused.Status)
	}
	return out, fmt.Errorf("invoking %s: %w", f.name, err)
}

// lambdaProxy is an AWS_PROXY integration. Templates, mappings and integration responses have no
// say in it.
type lambdaProxy struct {
	function function
	toBinary bool // content handling CONVERT_TO_BINARY
}

var _ backend = (*lambdaProxy)(nil)

func (p *lambdaProxy) call(ctx context.Context, c *call) (outcome, error) {
	event, err := p.event(c)
	if err != nil {
		return outcome{}, err
	}
	c.traffic.isEvent = true
	out, err := p.function.invoke(ctx, c, event, false)
	if err != nil {
		return outcome{}, err
	}
	if out.FunctionError != "" {
		return outcome{}, functionFailed(p.function.name, out.Payload)
	}
	if c.vars.EventType == eventDisconnect { // AWS ignores what it answers
		return outcome{status: statusOK}, nil
	}
	answer, err := payload.ReadWebSocketResponse(out.Payload)
	if err != nil {
		return outcome{}, integrationFailed(fmt.Errorf("function %s: %w", p.function.name, err))
	}
	c.vars.IntegrationBackendStatus = strconv.Itoa(answer.Status)
	return outcome{status: answer.Status, header: answer.Header, body: []byte(answer.Body)}, nil
}

// event writes what the function is told.
func (p *lambdaProxy) event(c *call) ([]byte, error) {
	switch c.vars.EventType {
	case eventConnect:
		return payload.WebSocketConnect(c.forwarded(), &c.vars, c.stage.variables), nil
	case eventDisconnect:
		return payload.WebSocketDisconnect(c.end, &c.vars, c.stage.variables), nil
	}
	if !p.toBinary || c.body == "" {
		return payload.WebSocketMessage(c.body, &c.vars, c.stage.variables), nil
	}
	if _, err := decoded([]byte(c.body)); err != nil {
		return nil, err
	}
	return payload.WebSocketBinaryMessage(c.body, &c.vars, c.stage.variables), nil
}
