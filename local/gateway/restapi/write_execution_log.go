package restapi

import (
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
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
	if !log.all && (!log.refused || c.refused == nil) {
		return
	}
	group := "API-Gateway-Execution-Logs_" + a.def.ID + "/" + c.vars.Stage
	if c.vars.CanaryRequest != nil && *c.vars.CanaryRequest {
		group += "/Canary"
	}
	a.deps.ExecutionLog(group, a.stageLog(c, marks, log.data))
}

// stageLog is the text of a call as CloudWatch has it: each line begins with the request id.
func (a *API) stageLog(c *call, marks []pipeline.Mark, data bool) string {
	log := &logLines{at: c.vars.RequestTime, id: c.vars.RequestID, data: data}
	log.add("Extended Request Id: " + c.vars.ExtendedRequestID)
	log.steps(a, c, marks)
	log.add("Method completed with status: " + strconv.Itoa(c.reply.Status))
	if c.vars.IntegrationRequestID != "" {
		log.add("AWS Integration Endpoint RequestId : " + c.vars.IntegrationRequestID)
	}
	if c.vars.TraceID != "" {
		log.add("X-ray Tracing ID : Root=" + c.vars.TraceID)
	}
	return strings.TrimSuffix(log.text.String(), "\n")
}

// authorizerBegins tells that a Lambda authorizer is asked; other guards leave no line.
func (l *logLines) authorizerBegins(c *call) (asked bool) {
	guard, asked := c.method.authorization.(*lambdaAuthorizer)
	if asked {
		l.add("Starting authorizer: " + guard.id + " for request: " + c.vars.RequestID)
	}
	return asked
}

func (l *logLines) authorizerEnds(c *call) {
	if c.vars.PrincipalID != "" {
		l.add("Using valid authorizer policy for principal: " + stars(c.vars.PrincipalID))
	}
	l.add("Successfully completed authorizer execution")
}

// usagePlanBegins tells whose usage plan is looked at.
func (l *logLines) usagePlanBegins(c *call) {
	l.add("Verifying Usage Plan for request: " + c.vars.RequestID + ". API Key: " + shownKey(c) +
		" API Stage: " + c.vars.APIID + "/" + c.vars.Stage)
}

func (l *logLines) usagePlanEnds(c *call) {
	method := "method '" + c.vars.HTTPMethod + " " + c.vars.ResourcePath + "'"
	if c.key == nil {
		l.add("API Key " + shownKey(c) + " authorized because " + method + " does not require API " +
			"Key. Request will not contribute to throttle or quota limits")
	} else {
		l.add("API Key " + shownKey(c) + " authorized because " + method + " requires API Key. " +
			"Request will contribute to throttle or quota limits")
	}
	l.add("Usage Plan check succeeded for API Key " + shownKey(c) + " and API Stage " +
		c.vars.APIID + "/" + c.vars.Stage)
}

func shownKey(c *call) string { return stars(c.vars.Caller.APIKey) }

// response tells what the client gets. Lines that every reply has are added after the execution.
func (l *logLines) response(c *call) {
	if l.data {
		body := c.reply.Body
		if c.plain != nil {
			body = c.plain
		}
		l.add("Method response body after transformations: " + printable(body))
		l.add("Method response headers: " + javaMap(methodHeader(c)))
	}
	l.add("Successfully completed execution")
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
