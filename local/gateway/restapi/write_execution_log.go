package restapi

import (
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/executionlog"
	"portico/local/gateway/pipeline"
)

// writeExecutionLog hands on what a stage logs of a call that reached a method: of every call
// (INFO), or of one that was refused or failed (ERROR). That of a canary's call goes to the log
// group of the canary ("Set up CloudWatch logging for REST APIs").
func (a *API) writeExecutionLog(c *call, marks []pipeline.Mark) {
	if c.stage == nil || !c.stage.logs || c.method == nil {
		return
	}
	log := c.method.settled[c.vars.HTTPMethod].log
	if !log.Logs(c.refused != nil) {
		return
	}
	group := "API-Gateway-Execution-Logs_" + a.def.ID + "/" + c.vars.Stage
	if c.vars.CanaryRequest != nil && *c.vars.CanaryRequest {
		group += "/Canary"
	}
	a.deps.ExecutionLog(group, a.stageLog(c, marks, log.Data))
}

// stageLog is the text of a call as CloudWatch has it: each line begins with the request id.
func (a *API) stageLog(c *call, marks []pipeline.Mark, data bool) string {
	log := &logLines{executionlog.Lines{
		At: c.vars.RequestTime, ID: c.vars.RequestID, Data: data,
	}}
	log.Add("Extended Request Id: " + c.vars.ExtendedRequestID)
	log.steps(a, c, marks)
	log.Add("Method completed with status: " + strconv.Itoa(c.reply.Status))
	log.Ends(&c.vars)
	if c.vars.TraceID != "" {
		log.Add("X-ray Tracing ID : Root=" + c.vars.TraceID)
	}
	return strings.TrimSuffix(log.String(), "\n")
}

// authorizerBegins tells that a Lambda authorizer is asked; other guards leave no line.
func (l *logLines) authorizerBegins(c *call) (asked bool) {
	guard, asked := c.method.authorization.(*lambdaAuthorizer)
	if asked {
		l.AuthorizerBegins(guard.id, c.vars.RequestID)
	}
	return asked
}

func (l *logLines) authorizerEnds(c *call) {
	l.AuthorizerEnds(c.vars.PrincipalID)
}

// usagePlanOf is what the log says of the call's API key.
func usagePlanOf(c *call) *executionlog.UsagePlan {
	return &executionlog.UsagePlan{
		RequestID: c.vars.RequestID, Key: c.vars.Caller.APIKey, Needed: c.key != nil,
		Stage: c.vars.APIID + "/" + c.vars.Stage,
		Of:    "method '" + c.vars.HTTPMethod + " " + c.vars.ResourcePath + "'",
	}
}

// response tells what the client gets. Lines that every reply has are added after the execution.
func (l *logLines) response(c *call) {
	if l.Data {
		body := c.reply.Body
		if c.plain != nil {
			body = c.plain
		}
		l.Add("Method response body after transformations: " + executionlog.Body(body))
		l.Add("Method response headers: " + executionlog.Map(methodHeader(c)))
	}
	l.Add("Successfully completed execution")
}

func methodHeader(c *call) exchange.Header {
	header := c.reply.Header.Clone(0)
	header.Del("x-amzn-RequestId")
	header.Del("x-amz-apigw-id")
	if c.plain != nil {
		header.Del("Content-Encoding")
	}
	return header
}
