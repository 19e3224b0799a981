package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// noPermission is what $context.integrationErrorMessage says when Lambda does not let the API in.
const noPermission = "The IAM role configured on the integration or API Gateway doesn't have " +
	"permissions to call the integration. Check the permissions and try again."

// networkError is what it says when no answer came.
const networkError = "Network error communicating with endpoint"

var errTimedOut = errors.New("integration timeout")

// function is the Lambda function of a route on a stage.
type function struct {
	api       *API
	arn, name string
	sourceARN string // "" for a role of the integration's own
	format    string
	timeout   time.Duration
}

var _ backend = (*function)(nil)

func (f *function) call(ctx context.Context, c *call) error {
	c.function = f.name
	c.Note("function", f.name)
	out, err := f.invoke(ctx, c)
	if err != nil {
		return f.refused(c, err)
	}
	c.vars.IntegrationStatus = strconv.Itoa(http.StatusOK)
	c.vars.IntegrationRequestID, c.vars.EndpointRequestID = out.RequestID, out.RequestID
	if out.FunctionError != "" {
		return f.failed(c, out.Payload)
	}
	read := payload.ReadHTTP20
	if f.format == format10 {
		read = payload.ReadHTTP10
	}
	reply, err := read(out.Payload)
	if err != nil {
		return f.malformed(c, err)
	}
	c.reply = *reply
	c.answered(reply.Status)
	return nil
}

func (f *function) invoke(ctx context.Context, c *call) (exchange.Invoked, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := clock.Unmoved(f.api.deps.Clock).AfterFunc(f.timeout, func() { cancel(errTimedOut) })
	defer stop()
	began := clock.Begin(f.api.deps.Clock)
	out, err := f.api.deps.Invoker.Invoke(ctx, exchange.Invocation{
		FunctionARN: f.arn,
		Payload:     c.event(f.format),
		Trace:       c.vars.TraceID,
		SourceARN:   f.sourceARN,
	})
	c.vars.IntegrationLatency = clock.Took(f.api.deps.Clock, began)
	if cause := context.Cause(ctx); errors.Is(cause, errTimedOut) {
		return out, cause
	}
	return out, err
}

// event writes what the function is sent.
func (c *call) event(format string) []byte {
	e := payload.HTTPCall{
		Request: c.mapped(), Variables: &c.vars, Params: c.params,
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

// refused is for functions that did not run to an end.
func (f *function) refused(c *call, err error) error {
	if errors.Is(err, errTimedOut) {
		c.vars.IntegrationError = networkError
		return serviceUnavailable("INTEGRATION_TIMEOUT",
			fmt.Sprintf("function %s did not answer within %v", f.name, f.timeout))
	}
	var no *exchange.InvokeError
	if !errors.As(err, &no) {
		return fmt.Errorf("invoking function %s: %w", f.name, err)
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

func (f *function) failed(c *call, document []byte) error {
	c.vars.IntegrationError = failureOf(f.name, document)
	return integrationFailed(c.vars.IntegrationError)
}

// failureOf says how a function failed.
func failureOf(name string, document []byte) string {
	var failure struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	reason := "function " + name + " failed"
	if err := json.Unmarshal(document, &failure); err == nil && failure.Type != "" {
		reason += ": " + failure.Type
	}
	if failure.Message != "" {
		reason += ": " + failure.Message
	}
	return reason
}

func (f *function) malformed(c *call, err error) error {
	c.vars.IntegrationError = err.Error()
	var format *payload.FormatError
	reason := "the answer of function " + f.name + " is no response"
	if errors.As(err, &format) && format.Field != "" {
		reason += ": " + format.Field
	}
	if cause := errors.Unwrap(err); cause != nil {
		reason += ": " + cause.Error()
	}
	return integrationFailed(reason)
}
