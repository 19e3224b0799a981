package websocketapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/pipeline"
)

const (
	switchingProtocols = http.StatusSwitchingProtocols
	statusOK           = http.StatusOK
)

// errTimeout ends an invocation that takes longer than its integration allows.
var errTimeout = errors.New("timed out")

// callConnect asks the $connect integration. Any answer but 2xx goes to the client as it is, and no
// connection opens.
func (a *API) callConnect(ctx context.Context, c *call) error {
	event := payload.WebSocketConnect(c.forwarded(), &c.vars, c.stage.variables)
	if err := a.callFunction(ctx, c, event); err != nil {
		return err
	}
	for _, field := range c.answer.Header {
		if strings.ContainsAny(field.Name, "\r\n: ") || strings.ContainsAny(field.Value, "\r\n") {
			return integrationFailed(fmt.Errorf("the function's header %q cannot be sent", field.Name))
		}
	}
	if c.answer.Status/100 == 2 {
		c.reply = exchange.Reply{Status: switchingProtocols, Header: c.answer.Header}
		return nil
	}
	c.Note("status of the function", strconv.Itoa(c.answer.Status))
	c.reply = exchange.Reply{
		Status: c.answer.Status, Header: c.answer.Header, Body: []byte(c.answer.Body),
	}
	return pipeline.ErrAnswered
}

// callMessage asks the integration of the selected route.
func (a *API) callMessage(ctx context.Context, c *call) error {
	return a.callFunction(ctx, c, payload.WebSocketMessage(c.body, &c.vars, c.stage.variables))
}

// callDisconnect tells the $disconnect integration; AWS ignores what it answers.
func (a *API) callDisconnect(ctx context.Context, c *call) error {
	return a.callFunction(ctx, c, payload.WebSocketDisconnect(c.end, &c.vars, c.stage.variables))
}

// returnResponse sends the function's body back on a two-way route: one with a route response.
func (a *API) returnResponse(_ context.Context, c *call) error {
	if !c.route.twoWay {
		c.Note("response", "not returned: the route has no route response")
		return nil
	}
	if size := len(c.answer.Body); size > maxMessage {
		return integrationFailed(errors.New(overLimit(size, maxMessage)))
	}
	c.out = strings.ToValidUTF8(c.answer.Body, "\uFFFD")
	return nil
}

func (a *API) callFunction(ctx context.Context, c *call, event []byte) error {
	if c.route.unservedWhy != "" {
		return errors.New(c.route.unservedWhy)
	}
	arn := withVariables(c.route.function, c.stage.variables)
	c.function = functionName(arn)
	began := a.deps.Clock.Now()
	out, err := a.invoke(ctx, exchange.Invocation{
		FunctionARN: arn, Payload: event, Trace: c.vars.TraceID,
		SourceARN: a.arn(c.stage.name + "/" + c.route.key),
	}, c.route.timeout)
	c.vars.IntegrationLatency = a.deps.Clock.Now().Sub(began)
	c.vars.IntegrationRequestID = out.RequestID
	if err == nil {
		err = c.read(out)
	} else if errors.Is(err, errTimeout) {
		err = integrationTimedOut(fmt.Errorf("%s: %w after %v", c.function, err, c.route.timeout))
	} else {
		err = fmt.Errorf("invoking %s: %w", c.function, err)
	}
	if err != nil {
		c.vars.IntegrationError = err.Error()
	}
	return err
}

// read reads the function's answer.
func (c *call) read(out exchange.Invoked) error {
	c.vars.IntegrationStatus = strconv.Itoa(statusOK)
	if out.FunctionError != "" {
		return integrationFailed(fmt.Errorf("function %s failed: %s", c.function, out.Payload))
	}
	var err error
	if c.vars.EventType == "DISCONNECT" {
		c.reply.Status = statusOK
		return nil
	}
	if c.answer, err = payload.ReadWebSocketResponse(out.Payload); err != nil {
		return integrationFailed(fmt.Errorf("function %s: %w", c.function, err))
	}
	c.vars.IntegrationBackendStatus = strconv.Itoa(c.answer.Status)
	c.reply.Status = c.answer.Status
	return nil
}

// invoke runs a function for at most limit, on the injected clock.
func (a *API) invoke(ctx context.Context, in exchange.Invocation, limit time.Duration) (
	exchange.Invoked, error,
) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := a.deps.Clock.AfterFunc(limit, func() { cancel(errTimeout) })
	defer cancel(nil)
	defer stop()
	out, err := a.deps.Invoker.Invoke(ctx, in)
	if err != nil && errors.Is(context.Cause(ctx), errTimeout) {
		return out, errTimeout
	}
	return out, err
}

// withVariables fills ${stageVariables.x} in a function's ARN.
func withVariables(text string, variables map[string]string) string {
	const opening = "${stageVariables."
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, opening)
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return b.String()
		}
		b.WriteString(variables[name])
		text = after
	}
}

// overLimit says that a size is too large.
func overLimit(size, limit int) string {
	return strconv.Itoa(size) + " bytes, allowed are " + strconv.Itoa(limit)
}
