package restapi

import (
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/executionlog"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/route"
)

// executionLog is the text of a call in the format of AWS's execution logs, as TestInvokeMethod
// returns it. How far the marks go says which lines there are, and their times are the lines'.
func (a *API) executionLog(c *call, marks []pipeline.Mark) string {
	log := newTestLog(c)
	log.request(c)
	log.steps(a, c, marks)
	log.Add("Method completed with status: " + strconv.Itoa(c.reply.Status))
	return log.String()
}

// logLines are the lines of a call.
type logLines struct{ executionlog.Lines }

// newTestLog begins the log that a test shows.
func newTestLog(c *call) *logLines {
	log := &logLines{executionlog.Lines{At: c.vars.RequestTime, Data: true}}
	log.Title("Execution log for request " + c.vars.RequestID)
	return log
}

// steps tells what the steps did, up to the one that ended the call.
func (l *logLines) steps(a *API, c *call, marks []pipeline.Mark) {
	region := a.def.Account.Region
	for _, mark := range marks {
		l.At = l.At.Add(mark.Took)
		switch mark.Verdict {
		case pipeline.Refused, pipeline.Failed:
			l.refusal(c, mark.Step, region)
			return
		case pipeline.Answered:
			l.response(c)
			return
		}
		switch mark.Step {
		case "authorize":
			if l.authorizerBegins(c) {
				l.authorizerEnds(c)
			}
		case "count quota":
			plan := usagePlanOf(c)
			l.UsagePlanBegins(plan)
			l.UsagePlanEnds(plan)
			l.request(c)
		case "call integration":
			l.endpointRequest(c, region)
			l.endpointResponse(c)
		case "build method response":
			l.response(c)
		}
	}
}

// refusal tells where the call ended, and why.
func (l *logLines) refusal(c *call, step, region string) {
	switch step {
	case "authorize":
		l.authorizerBegins(c)
	case "check API key", "throttle", "count quota":
		l.UsagePlanBegins(usagePlanOf(c))
	case "call integration":
		l.endpointRequest(c, region)
	}
	l.Add(c.refused.executionText(c))
}

func (l *logLines) request(c *call) {
	l.Add("Starting execution for request: " + c.vars.RequestID)
	l.Add("HTTP Method: " + c.vars.HTTPMethod + ", Resource Path: " + c.path)
	if !l.Data {
		return
	}
	l.Add("Method request path: " + executionlog.Map(pathFields(c.params)))
	query := make(exchange.Header, len(c.query))
	for i, pair := range c.query {
		query[i] = exchange.Field(pair)
	}
	l.Add("Method request query string: " + executionlog.Map(query))
	l.Add("Method request headers: " + executionlog.Map(c.visibleHeader()))
	l.Add("Method request body before transformations: " + executionlog.Body(c.request.Body))
}

func pathFields(params []route.Param) exchange.Header {
	fields := make(exchange.Header, len(params))
	for i, param := range params {
		fields[i] = exchange.Field{Name: param.Name, Value: unescaped(param.Value)}
	}
	return fields
}

// endpointRequest tells what the backend was sent.
func (l *logLines) endpointRequest(c *call, region string) {
	sent := executionlog.Sent{
		Address: c.outgoing.URL, Header: c.outgoing.Header, Body: c.outgoing.Body,
	}
	if c.method.function != "" {
		sent = executionlog.Sent{
			Address: executionlog.LambdaAddress(region, lambdaPath(c)), Body: c.sent,
			Header: executionlog.LambdaHeader(&c.vars, c.traceHeader().full),
		}
	}
	l.EndpointRequest(&sent)
}

func lambdaPath(c *call) string {
	_, path, _ := strings.Cut(c.method.def.Integration.URI, ":lambda:path/")
	path = strings.TrimPrefix(path, "/")
	for name, value := range c.stage.def.Variables {
		path = strings.ReplaceAll(path, "${stageVariables."+name+"}", value)
	}
	return path
}

// endpointResponse tells what the backend answered.
func (l *logLines) endpointResponse(c *call) {
	received := executionlog.Received{
		Status: c.vars.IntegrationStatus, Latency: c.vars.IntegrationLatency,
		Header: c.backend.header, Body: c.backend.body,
	}
	switch {
	case c.method.function != "":
		if received.Body == nil {
			received.Body = c.answer.Payload
		}
		answer := executionlog.LambdaAnswer{
			At: l.At, Length: len(received.Body), RequestID: c.vars.IntegrationRequestID,
			Version: c.answer.ExecutedVersion, Trace: c.traceHeader().full,
		}
		received.Header = answer.Header()
	case c.outgoing.URL == "":
		return
	case c.incoming.Status != 0:
		received.Header, received.Body = c.incoming.Header, c.incoming.Body
	}
	l.EndpointResponse(&received)
}
