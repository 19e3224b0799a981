package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/payload"
)

// invoke calls the function and makes its answer the reply. How long it may take says the function
// itself.
func (u *FunctionURL) invoke(ctx context.Context, c *urlCall) error {
	c.Note("function", functionName(u.def.FunctionARN))
	in := exchange.Invocation{
		FunctionARN: u.def.FunctionARN, Payload: c.event(), Trace: c.vars.TraceID,
		RequestID: c.vars.RequestID,
	}
	began := clock.Begin(u.deps.Clock)
	defer func() { c.vars.IntegrationLatency = clock.Took(u.deps.Clock, began) }()
	if u.def.InvokeMode == streamingMode {
		return u.stream(ctx, c, in)
	}
	out, err := u.deps.Invoker.Invoke(ctx, in)
	if err != nil {
		return u.notInvoked(err)
	}
	if out.FunctionError != "" {
		return urlFailed(failureOf(functionName(u.def.FunctionARN), out.Payload))
	}
	reply, err := payload.ReadFunctionURL(out.Payload)
	if err != nil {
		return u.malformed(err)
	}
	c.take(reply, "application/json")
	return nil
}

// event writes what the function is sent.
func (c *urlCall) event() []byte {
	e := payload.HTTPCall{Request: c.request, Variables: &c.vars}
	if c.signed {
		e.Authorizer = payload.AppendIAMAuthorizer20(nil, &c.vars.Caller)
	}
	const usual = 2048 // bytes; base64 makes a body a third longer
	return payload.AppendFunctionURL(make([]byte, 0, usual+len(c.request.Body)*4/3), &e)
}

// take makes what the function answered the reply: lines that are Lambda's own to write go under
// another name, and one without a content type gets one.
func (c *urlCall) take(reply *exchange.Reply, contentType string) {
	header := make(exchange.Header, 0, len(reply.Header)+6)
	for _, field := range reply.Header {
		if name, ok := integration.RemapProxy(field.Name); ok {
			header.Add(name, field.Value)
		}
	}
	if !header.Has("Content-Type") {
		header.Add("Content-Type", contentType)
	}
	c.reply = exchange.Reply{Status: reply.Status, Header: header, Body: reply.Body}
	c.vars.IntegrationStatus = strconv.Itoa(http.StatusOK)
	c.vars.IntegrationBackendStatus = strconv.Itoa(reply.Status)
	c.Note("status", c.vars.IntegrationBackendStatus)
}

func (u *FunctionURL) notInvoked(err error) error {
	var no *exchange.InvokeError
	if errors.As(err, &no) {
		return urlRefused(no)
	}
	return fmt.Errorf("invoking function %s: %w", functionName(u.def.FunctionARN), err)
}

func (u *FunctionURL) malformed(err error) error {
	var format *payload.FormatError
	reason := "the answer of function " + functionName(u.def.FunctionARN) + " is no response"
	if errors.As(err, &format) && format.Field != "" {
		reason += ": " + format.Field
	}
	if cause := errors.Unwrap(err); cause != nil {
		reason += ": " + cause.Error()
	}
	return urlFailed(reason)
}
