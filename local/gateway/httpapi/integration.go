package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// noPermission is what $context.integrationErrorMessage says when Lambda does not let the API in.
const noPermission = "The IAM role configured on the integration or API Gateway doesn't have " +
	"permissions to call the integration. Check the permissions and try again."

var errTimedOut = errors.New("integration timeout")

// callIntegration calls the function of the route and makes its answer the reply.
func (a *API) callIntegration(ctx context.Context, c *call) error {
	t := &c.endpoint.target
	if t.unserved != "" {
		return notServed(t.unserved)
	}
	c.function = t.function
	c.Note("function", t.function)
	out, err := a.invoke(ctx, c, t)
	if err != nil {
		return a.refusedByLambda(c, t, err)
	}
	c.vars.IntegrationStatus = strconv.Itoa(http.StatusOK)
	c.vars.IntegrationRequestID = out.RequestID
	if out.FunctionError != "" {
		return functionFailed(c, t, out.Payload)
	}
	read := payload.ReadHTTP20
	if t.format == format10 {
		read = payload.ReadHTTP10
	}
	reply, err := read(out.Payload)
	if err != nil {
		return malformed(c, t, err)
	}
	c.reply = *reply
	c.vars.IntegrationBackendStatus = strconv.Itoa(reply.Status)
	c.Note("status", c.vars.IntegrationBackendStatus)
	return nil
}

func (a *API) invoke(ctx context.Context, c *call, t *target) (exchange.Invoked, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := a.deps.Clock.AfterFunc(t.timeout, func() { cancel(errTimedOut) })
	defer stop()
	began := a.deps.Clock.Now()
	out, err := a.deps.Invoker.Invoke(ctx, exchange.Invocation{
		FunctionARN: t.functionARN,
		Payload:     c.event(t.format),
		Trace:       c.vars.TraceID,
		SourceARN:   t.sourceARN,
	})
	c.vars.IntegrationLatency = a.since(began)
	if cause := context.Cause(ctx); errors.Is(cause, errTimedOut) {
		return out, cause
	}
	return out, err
}

// event writes what the function is sent.
func (c *call) event(format string) []byte {
	e := payload.HTTPCall{
		Request: c.request, Variables: &c.vars, Params: c.params,
		StageVariables: c.stage.variables,
	}
	if c.identity != nil {
		e.Authorizer = c.identity.event(format)
	}
	const usual = 2048 // bytes; base64 makes a body a third longer
	event := make([]byte, 0, usual+len(c.request.Body)*4/3)
	if format == format10 {
		return payload.AppendHTTP10(event, &e)
	}
	return payload.AppendHTTP20(event, &e)
}

// refusedByLambda is for functions that did not run to an end.
func (a *API) refusedByLambda(c *call, t *target, err error) error {
	if errors.Is(err, errTimedOut) {
		c.vars.IntegrationError = "Network error communicating with endpoint"
		return serviceUnavailable("INTEGRATION_TIMEOUT",
			fmt.Sprintf("function %s did not answer within %v", t.function, t.timeout))
	}
	var no *exchange.InvokeError
	if !errors.As(err, &no) {
		return fmt.Errorf("invoking function %s: %w", t.function, err)
	}
	c.vars.IntegrationStatus = strconv.Itoa(no.Status)
	c.vars.IntegrationError = no.Message
	switch no.Status {
	case http.StatusTooManyRequests:
		return serviceUnavailable("INTEGRATION_FAILURE", no.Error())
	case http.StatusForbidden:
		c.vars.IntegrationError = noPermission
	}
	return integrationFailed(no.Error())
}

func functionFailed(c *call, t *target, document []byte) error {
	var failure struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	reason := "function " + t.function + " failed"
	if err := json.Unmarshal(document, &failure); err == nil && failure.Type != "" {
		reason += ": " + failure.Type
	}
	if failure.Message != "" {
		reason += ": " + failure.Message
	}
	c.vars.IntegrationError = reason
	return integrationFailed(reason)
}

func malformed(c *call, t *target, err error) error {
	c.vars.IntegrationError = err.Error()
	var format *payload.FormatError
	reason := "the answer of function " + t.function + " is no response"
	if errors.As(err, &format) && format.Field != "" {
		reason += ": " + format.Field
	}
	if cause := errors.Unwrap(err); cause != nil {
		reason += ": " + cause.Error()
	}
	return integrationFailed(reason)
}
