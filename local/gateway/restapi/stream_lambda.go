package restapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// lambdaStream is an AWS_PROXY integration whose answer goes to the client as it comes. The event is
// that of any AWS_PROXY integration.
type lambdaStream struct {
	lambdaProxy
	streamer exchange.Streamer
	limits   limits
}

var _ backend = (*lambdaStream)(nil)

// streamingURI turns the URI of a streaming invocation into that of the ordinary one; ok is false
// when it is none.
func streamingURI(uri string) (plain string, ok bool) {
	const version, call = "2021-11-15/functions/", "/response-streaming-invocations"
	path, isStreaming := strings.CutSuffix(uri, call)
	before, function, isVersion := strings.Cut(path, version)
	return before + "2015-03-31/functions/" + function + "/invocations", isStreaming && isVersion
}

func (a *API) compileLambdaStream(proxy *lambdaProxy) backend {
	streamer, ok := proxy.lambda.Invoker.(exchange.Streamer)
	if !ok {
		return brokenBy("response transfer mode STREAM is not served by this invoker of functions")
	}
	return &lambdaStream{
		lambdaProxy: *proxy, streamer: streamer, limits: a.streamLimits(proxy.lambda.Timeout),
	}
}

// invoke returns when the function has sent its prelude, or failed.
func (p *lambdaStream) invoke(ctx context.Context, c *call) error {
	c.vars.TransferMode = transferStreamed
	ctx, s := p.limits.begin(ctx)
	head, err := p.open(ctx, c, s)
	if err != nil {
		c.noReply(s)
		return err
	}
	c.beginReply(s)
	c.answer.Payload = head
	return nil
}

// open invokes the function and returns what stands before the body.
func (p *lambdaStream) open(ctx context.Context, c *call, s *stream) (head []byte, err error) {
	var answer exchange.Streamed
	err = s.await(func() (io.ReadCloser, error) {
		answer, err = p.streamer.InvokeStream(ctx, exchange.Invocation{
			FunctionARN: p.lambda.FunctionARN, Payload: c.sent, Trace: c.traceHeader().full,
			SourceARN: p.lambda.SourceARN,
		})
		return answer.Body, err
	})
	if err != nil {
		return nil, p.failure(s, err)
	}
	c.vars.IntegrationStatus, c.vars.IntegrationRequestID = "200", answer.RequestID
	if answer.FunctionError != "" {
		return nil, c.refusedAs(functionFailed(c.method.function, exchange.Invoked{
			Payload: answer.Payload, RequestID: answer.RequestID,
		}))
	}
	head, ahead, err := readHead(s)
	var wrong *headError
	switch {
	case err == nil:
		s.headRead(ahead)
		return head, nil
	case errors.As(err, &wrong):
		return nil, c.refusedAs(malformedResponse(c.method.function, err))
	}
	if late := p.late(s, err); late != nil {
		return nil, late
	}
	return nil, c.refusedAs(badGateway(fmt.Sprintf("Lambda execution failed with status 200 due to "+
		"customer function error: %s: %v", c.method.function, err)))
}

func (p *lambdaStream) late(s *stream, err error) error {
	return s.late(err, integration.FunctionName(p.lambda.FunctionARN))
}

// failure returns what a call that never began to answer tells the client.
func (p *lambdaStream) failure(s *stream, err error) error {
	if late := p.late(s, err); late != nil {
		return late
	}
	once := p.lambda // which says it as it says everything else
	once.Invoker = failing{err}
	_, err = once.Call(context.Background(), nil, "")
	return err
}

// failing is an invoker that has been asked already.
type failing struct{ err error }

func (f failing) Invoke(context.Context, exchange.Invocation) (exchange.Invoked, error) {
	return exchange.Invoked{}, f.err
}

// refusedAs writes a refusal down as the integration's error.
func (c *call) refusedAs(r *refusal) error {
	c.vars.IntegrationError = r.reason
	return r
}

func (p *lambdaStream) respond(c *call) error {
	output, cookies, err := parseHead(c.answer.Payload)
	if err != nil {
		_ = c.reply.Stream.Close()
		return c.refusedAs(malformedResponse(c.method.function, err))
	}
	c.vars.IntegrationBackendStatus = strconv.Itoa(output.Status)
	header := p.header(c, &output)
	for _, cookie := range cookies {
		header.Add("Set-Cookie", cookie)
	}
	return c.streamReply(exchange.Reply{Status: output.Status, Header: header})
}
