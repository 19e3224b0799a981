package websocketapi

import (
	"net/http"
	"strconv"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/executionlog"
	"portico/local/gateway/integration"
	"portico/local/gateway/pipeline"
)

// traffic is what went to a backend and back, as the execution log shows it.
type traffic struct {
	sent     integration.HTTPRequest // of HTTP and AWS services
	answered integration.HTTPResponse
	function string // the ARN of a function, "" of all others
	document []byte // what the function was sent
	isEvent  bool   // and it is the event of a proxy integration
	invoked  exchange.Invoked
}

// compileLogging reads which calls of a stage are in its execution log, by route key; "*" is for
// those that have no settings of their own.
func (a *API) compileLogging(def *api.Stage) map[string]executionlog.Settings {
	if a.deps.ExecutionLog == nil {
		return nil
	}
	logs := make(map[string]executionlog.Settings, len(def.MethodSettings))
	for key, settings := range def.MethodSettings {
		logs[key] = executionlog.SettingsOf(&settings)
	}
	return logs
}

// writeExecutionLog hands on what a stage logs of an event that reached it: of every one (INFO), or
// of one that was refused or failed (ERROR). The log group is that of recorded logs of WebSocket
// APIs, which is not named as a REST API's is.
//
// Unlike AWS: @connections calls are not in the log; no source shows what it says of them.
func (a *API) writeExecutionLog(c *call, marks []pipeline.Mark) {
	if c.stage == nil || len(c.stage.logs) == 0 || c.vars.EventType == "" {
		return
	}
	settings, own := c.stage.logs[c.vars.RouteKey]
	if !own {
		settings = c.stage.logs["*"]
	}
	if !settings.Logs(c.refused != nil) {
		return
	}
	log := &logLines{executionlog.Lines{
		At: c.vars.RequestTime, ID: c.vars.RequestID, Data: settings.Data,
	}}
	log.Add("Extended Request Id: " + c.vars.ExtendedRequestID)
	log.steps(c, marks, a.def.Account.Region)
	log.Ends(&c.vars)
	a.deps.ExecutionLog("/aws/apigateway/"+a.def.ID+"/"+c.stage.name,
		strings.TrimSuffix(log.String(), "\n"))
}

// logLines are the lines of an event. Those on backends, authorizers and usage plans are a REST
// API's, and that on a message is from a recorded log.
//
// Unlike AWS: no record of its own shows the lines on connecting, connected and disconnected
// clients, and on the answer to a message; they are what others report of them.
type logLines struct{ executionlog.Lines }

// steps tells what the steps did, up to the one that ended the event.
func (l *logLines) steps(c *call, marks []pipeline.Mark, region string) {
	for _, mark := range marks {
		l.At = l.At.Add(mark.Took)
		if mark.Verdict == pipeline.Refused || mark.Verdict == pipeline.Failed {
			l.refusal(c, mark.Step, region)
			return
		}
		switch mark.Step {
		case "authorize":
			if l.authorizerBegins(c) {
				l.AuthorizerEnds(c.vars.PrincipalID)
			}
		case "hold to usage plan":
			plan := usagePlanOf(c)
			l.UsagePlanBegins(plan)
			l.UsagePlanEnds(plan)
			l.request(c)
		case "match $connect":
			if c.route == nil { // the connection opens at once
				l.request(c)
			}
		case "select route", "match $disconnect":
			l.request(c)
		case "call integration":
			l.endpoint(c, region)
		}
	}
	l.ended(c)
}

// authorizerBegins tells that a Lambda authorizer is asked; other guards leave no line.
func (l *logLines) authorizerBegins(c *call) (asked bool) {
	asked = c.vars.EventType == eventConnect && c.route != nil && c.route.authorizer != nil
	if asked {
		l.AuthorizerBegins(c.route.authorizer.id, c.vars.RequestID)
	}
	return asked
}

func usagePlanOf(c *call) *executionlog.UsagePlan {
	return &executionlog.UsagePlan{
		RequestID: c.vars.RequestID, Key: c.vars.Caller.APIKey, Needed: c.key != nil,
		Stage: c.vars.APIID + "/" + c.vars.Stage, Of: "route '" + c.vars.RouteKey + "'",
	}
}

func (l *logLines) request(c *call) {
	l.Add("Starting execution for request: " + c.vars.RequestID)
	l.Add("WebSocket Request Route: [" + c.vars.RouteKey + "]")
	switch c.vars.EventType {
	case eventConnect:
		l.Add("Client [UserAgent: " + c.vars.UserAgent + ", SourceIp: " + c.vars.SourceIP +
			"] is connecting to WebSocket API [" + c.vars.APIID + "].")
	case eventMessage:
		line := "WebSocket API [" + c.vars.APIID + "] received message from client [" +
			c.vars.ConnectionID + "]."
		if l.Data {
			line += " Message: [" + executionlog.Body(c.message()) + "]"
		}
		l.Add(line)
	}
}

// message is what AWS logs for a message: the event that a proxy integration makes of it.
func (c *call) message() []byte {
	if c.traffic.isEvent {
		return c.traffic.document
	}
	return []byte(c.body)
}

// endpoint tells what the backend was sent, and what it answered if it did.
func (l *logLines) endpoint(c *call, region string) {
	sent := executionlog.Sent{
		Address: c.traffic.sent.URL, Header: c.traffic.sent.Header, Body: c.traffic.sent.Body,
	}
	received := executionlog.Received{
		Status: c.vars.IntegrationStatus, Latency: c.vars.IntegrationLatency,
		Header: c.traffic.answered.Header, Body: c.traffic.answered.Body,
	}
	if c.traffic.function != "" {
		path := "2015-03-31/functions/" + c.traffic.function + "/invocations"
		sent = executionlog.Sent{
			Address: executionlog.LambdaAddress(region, path), Body: c.traffic.document,
			Header: executionlog.LambdaHeader(&c.vars, c.vars.TraceID),
		}
		received.Body = c.traffic.invoked.Payload
		answer := executionlog.LambdaAnswer{
			At: l.At, Length: len(received.Body), RequestID: c.vars.IntegrationRequestID,
			Version: c.traffic.invoked.ExecutedVersion, Trace: c.vars.TraceID,
		}
		received.Header = answer.Header()
	}
	l.EndpointRequest(&sent)
	if received.Status != "" {
		l.EndpointResponse(&received)
	}
}

// ended tells what became of an event that nothing refused.
func (l *logLines) ended(c *call) {
	client, target := "[Connection Id: "+c.vars.ConnectionID+"]", "API ["+c.vars.APIID+"]"
	status := "response status code [" + strconv.Itoa(c.reply.Status) + "]."
	switch c.vars.EventType {
	case eventConnect:
		if c.reply.Status == switchingProtocols {
			l.Add("Client " + client + " connected to " + target + " successfully.")
		}
	case eventMessage:
		l.Add("Message from client " + client + " sent to " + target + " with " + status)
	case eventDisconnect:
		line := "Client " + client + " disconnected from " + target
		if c.route == nil {
			line += "."
		} else {
			line += " with integration " + status
		}
		l.Add(line + " Close reason: [" + strconv.Itoa(c.end.Code) + ": " + c.end.Reason + "]")
	}
}

// refusal tells where the event ended, and why.
func (l *logLines) refusal(c *call, step, region string) {
	switch step {
	case "authorize":
		l.authorizerBegins(c)
	case "check API key", "hold to usage plan":
		l.UsagePlanBegins(usagePlanOf(c))
	case "call integration":
		l.endpoint(c, region)
	}
	l.Add(c.executionText(step))
}

// executionText returns the refusal in the words of a REST API's log.
func (c *call) executionText(step string) string {
	r := c.refused
	guarded := step == "authorize" || step == "check identity sources"
	switch {
	case r.status == http.StatusUnauthorized:
		return "Unauthorized request: " + c.vars.RequestID
	case guarded && r.status == http.StatusForbidden:
		return "The client is not authorized to perform this operation."
	case r.status < http.StatusInternalServerError:
		return "Execution failed: " + r.message
	case c.traffic.invoked.FunctionError != "":
		return executionlog.FunctionFailed(errorMessage(c.traffic.invoked.Payload),
			c.vars.IntegrationRequestID)
	case step == "call integration" && c.traffic.isEvent && c.vars.IntegrationStatus == "200":
		return executionlog.Configuration + "Malformed Lambda proxy response"
	}
	return c.failureText()
}

// failureText says what broke.
func (c *call) failureText() string {
	r := c.refused
	reason := r.Error()
	switch {
	case r.cause != nil:
		reason = r.cause.Error()
	case reason == "":
		reason = c.vars.IntegrationError
	}
	if c.traffic.function != "" && c.vars.IntegrationStatus == "403" {
		reason = executionlog.Configuration + "Invalid permissions on Lambda function"
	}
	switch known := executionlog.KnownFailure(reason); {
	case known != "":
		return known
	case r.status == http.StatusGatewayTimeout:
		return "Execution failed due to a timeout error"
	case strings.HasPrefix(reason, "Execution failed due to "):
		return reason
	}
	return executionlog.Configuration + reason
}
