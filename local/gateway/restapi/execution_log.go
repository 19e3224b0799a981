package restapi

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/route"
)

// executionLog is the text of a call in the format of AWS's execution logs, as TestInvokeMethod
// returns it. How far the marks go says which lines there are, and their times are the lines'.
//
// Unlike AWS: a function is not called over HTTP, so its request has neither signature nor date;
// the lines of its answer are those that its endpoint would have sent.
func (a *API) executionLog(c *call, marks []pipeline.Mark) string {
	log := &logLines{at: c.vars.RequestTime, data: true}
	log.text.WriteString("Execution log for request " + c.vars.RequestID + "\n")
	log.request(c)
	log.steps(a, c, marks)
	log.add("Method completed with status: " + strconv.Itoa(c.reply.Status))
	return log.text.String()
}

// logLines collects the lines of a log.
type logLines struct {
	text strings.Builder
	at   time.Time
	id   string // what lines begin with instead of the time; "" for the time
	data bool   // with headers and bodies
}

// lineLimit is how many bytes of a line a stage's log shows.
const lineLimit = 1_024

func (l *logLines) add(line string) {
	if l.id == "" {
		l.text.WriteString(l.at.UTC().Format("Mon Jan 02 15:04:05 UTC 2006"))
		l.text.WriteString(" : ")
	} else {
		l.text.WriteString("(" + l.id + ") ")
		if len(line) > lineLimit {
			line = printable([]byte(line[:lineLimit])) + " [TRUNCATED]"
		}
	}
	l.text.WriteString(line)
	l.text.WriteByte('\n')
}

// steps tells what the steps did, up to the one that ended the call.
func (l *logLines) steps(a *API, c *call, marks []pipeline.Mark) {
	region := a.def.Account.Region
	for _, mark := range marks {
		l.at = l.at.Add(mark.Took)
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
			l.usagePlanBegins(c)
			l.usagePlanEnds(c)
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
		l.usagePlanBegins(c)
	case "call integration":
		l.endpointRequest(c, region)
	}
	l.add(c.refused.executionText(c))
}

func (l *logLines) request(c *call) {
	l.add("Starting execution for request: " + c.vars.RequestID)
	l.add("HTTP Method: " + c.vars.HTTPMethod + ", Resource Path: " + c.path)
	if !l.data {
		return
	}
	l.add("Method request path: " + javaMap(pathFields(c.params)))
	query := make(exchange.Header, len(c.query))
	for i, pair := range c.query {
		query[i] = exchange.Field(pair)
	}
	l.add("Method request query string: " + javaMap(query))
	l.add("Method request headers: " + javaMap(c.visibleHeader()))
	l.add("Method request body before transformations: " + printable(c.request.Body))
}

func pathFields(params []route.Param) exchange.Header {
	fields := make(exchange.Header, len(params))
	for i, param := range params {
		fields[i] = exchange.Field{Name: param.Name, Value: unescaped(param.Value)}
	}
	return fields
}

// endpointRequest tells what the backend was sent; a MOCK has none.
func (l *logLines) endpointRequest(c *call, region string) {
	address, header, body := c.outgoing.URL, c.outgoing.Header, c.outgoing.Body
	if c.method.function != "" {
		address, header = lambdaEndpoint(c, region), lambdaHeader(c)
		body = c.sent
	}
	if address == "" {
		return
	}
	if l.data {
		l.add("Endpoint request URI: " + address)
		l.add("Endpoint request headers: " + javaMap(header))
		l.add("Endpoint request body after transformations: " + printable(body))
	}
	l.add("Sending request to " + address)
}

func lambdaEndpoint(c *call, region string) string {
	_, path, _ := strings.Cut(c.method.def.Integration.URI, ":lambda:path/")
	path = strings.TrimPrefix(path, "/")
	for name, value := range c.stage.def.Variables {
		path = strings.ReplaceAll(path, "${stageVariables."+name+"}", value)
	}
	return "https://lambda." + region + ".amazonaws.com/" + path
}

func lambdaHeader(c *call) exchange.Header {
	return exchange.Header{
		{Name: "x-amzn-lambda-integration-tag", Value: c.vars.RequestID},
		{Name: "x-amzn-apigateway-api-id", Value: c.vars.APIID},
		{Name: "Accept", Value: "application/json"},
		{Name: "User-Agent", Value: "AmazonAPIGateway_" + c.vars.APIID},
		{Name: "X-Amzn-Trace-Id", Value: c.traceHeader().full},
	}
}

// endpointResponse tells what the backend answered, in the order in which its lines came.
func (l *logLines) endpointResponse(c *call) {
	header, body := c.backend.header, c.backend.body
	switch {
	case c.method.function != "":
		if body == nil {
			body = c.answer.Payload
		}
		header = c.lambdaAnswerHeader(l.at, body)
	case c.outgoing.URL == "":
		return
	case c.incoming.Status != 0:
		header, body = c.incoming.Header, c.incoming.Body
	}
	status := c.vars.IntegrationStatus
	l.add(fmt.Sprintf("Received response. Status: %s, Integration latency: %d ms", status,
		c.vars.IntegrationLatency.Milliseconds()))
	if l.data {
		l.add("Endpoint response headers: " + printedMap(header))
		l.add("Endpoint response body before transformations: " + printable(body))
	}
}

func (c *call) lambdaAnswerHeader(at time.Time, body []byte) exchange.Header {
	version := c.answer.ExecutedVersion
	if version == "" {
		version = "$LATEST"
	}
	return exchange.Header{
		{Name: "Date", Value: at.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")},
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Content-Length", Value: strconv.Itoa(len(body))},
		{Name: "Connection", Value: "keep-alive"},
		{Name: "x-amzn-RequestId", Value: c.vars.IntegrationRequestID},
		{Name: "x-amzn-Remapped-Content-Length", Value: "0"},
		{Name: "X-Amz-Executed-Version", Value: version},
		{Name: "X-Amzn-Trace-Id", Value: c.traceHeader().full},
	}
}

// printable is a body as a log shows it.
func printable(body []byte) string {
	return string(bytes.ToValidUTF8(body, []byte("\uFFFD")))
}

// javaMap prints lines as Java prints a HashMap, in its order: of one name the last value.
func javaMap(fields exchange.Header) string {
	distinct := make(exchange.Header, 0, len(fields))
	for _, field := range fields {
		same := func(other exchange.Field) bool { return other.Name == field.Name }
		if at := slices.IndexFunc(distinct, same); at >= 0 {
			distinct[at] = field
			continue
		}
		distinct = append(distinct, field)
	}
	buckets := uint32(16)
	for len(distinct)*4 > int(buckets)*3 {
		buckets *= 2
	}
	slices.SortStableFunc(distinct, func(a, b exchange.Field) int {
		return int(javaHash(a.Name)&(buckets-1)) - int(javaHash(b.Name)&(buckets-1))
	})
	return printedMap(distinct)
}

// javaHash is java.util.HashMap's hash of a String.
func javaHash(text string) uint32 {
	hash := uint32(0)
	for _, r := range text {
		hash = 31*hash + uint32(r)
	}
	return hash ^ hash>>16
}

// mapLimit is how many characters of a map a log shows.
const mapLimit = 998

func printedMap(fields exchange.Header) string {
	var text strings.Builder
	text.WriteByte('{')
	for i, field := range fields {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(field.Name + "=" + masked(field))
	}
	text.WriteByte('}')
	if text.Len() > mapLimit {
		return text.String()[:mapLimit] + " [TRUNCATED]"
	}
	return text.String()
}

// masked hides all of a secret but its end.
func masked(field exchange.Field) string {
	switch strings.ToLower(field.Name) {
	case "authorization", "x-api-key", "x-amz-security-token":
		return stars(field.Value)
	}
	return field.Value
}

// stars hides all of a text but its last six characters.
func stars(text string) string {
	const shown = 6
	hidden := len(text)
	if hidden > shown {
		hidden -= shown
	}
	return strings.Repeat("*", hidden) + text[hidden:]
}
