package restapi

import (
	"context"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// awsService calls an action or path of an AWS service.
type awsService struct {
	caller  *integration.HTTP
	backend integration.AWSBackend
}

var _ target = (*awsService)(nil)

func (s *awsService) prepare(ctx context.Context, c *call) error {
	var err error
	c.outgoing, err = s.backend.Request(ctx, c.httpInput())
	return err
}

func (s *awsService) call(ctx context.Context, c *call) (answered, error) {
	response, err := c.callHTTP(ctx, s.caller)
	response = s.backend.Answer(&c.outgoing, response)
	return answered{
		selects: strconv.Itoa(response.Status), header: response.Header, body: response.Body,
	}, err
}

// lambdaCustom calls a function with what the templates make. Its answer selects by the
// errorMessage in it, never by a status.
type lambdaCustom struct {
	lambda, async integration.Lambda
}

var _ target = (*lambdaCustom)(nil)

// prepare gives the function an object where there is no body ("{}"), as AWS does.
func (l *lambdaCustom) prepare(_ context.Context, c *call) error {
	if len(c.sent) == 0 {
		c.sent = []byte("{}")
	}
	return nil
}

func (l *lambdaCustom) call(ctx context.Context, c *call) (answered, error) {
	chosen := &l.lambda
	if strings.EqualFold(c.mapped.Header.Get("X-Amz-Invocation-Type"), "Event") {
		chosen = &l.async
	}
	began := clock.Begin(c.clock)
	answer, err := chosen.Call(ctx, c.sent, c.traceHeader().full)
	c.vars.IntegrationLatency = clock.Took(c.clock, began)
	c.Note("latency", c.vars.IntegrationLatency.String())
	if err != nil {
		return answered{}, err
	}
	c.vars.IntegrationStatus, c.vars.IntegrationBackendStatus = "200", "200"
	c.vars.IntegrationRequestID = answer.RequestID
	if answer.FunctionError != "" {
		c.vars.IntegrationError = functionError(c.method.function, answer)
		c.Note("function error", c.vars.IntegrationError)
	}
	return answered{selects: errorMessage(answer.Payload), body: answer.Payload}, nil
}

// errorMessage returns the member of this name of a function's answer, "" when there is none.
func errorMessage(document []byte) string {
	var failed struct {
		Message any `json:"errorMessage"`
	}
	if err := json.Unmarshal(document, &failed,
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return ""
	}
	text, _ := failed.Message.(string)
	return text
}

// asynchronous invokes without waiting for the function: X-Amz-Invocation-Type 'Event'.
type asynchronous struct{ exchange.Invoker }

// Invoke asks for the function to run later.
func (a asynchronous) Invoke(ctx context.Context, in exchange.Invocation) (
	exchange.Invoked, error,
) {
	in.Async = true
	return a.Invoker.Invoke(ctx, in)
}
