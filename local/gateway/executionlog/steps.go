package executionlog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

// AuthorizerBegins tells that a Lambda authorizer is asked.
func (l *Lines) AuthorizerBegins(authorizerID, requestID string) {
	l.Add("Starting authorizer: " + authorizerID + " for request: " + requestID)
}

// AuthorizerEnds tells that it let the call in.
func (l *Lines) AuthorizerEnds(principal string) {
	if principal != "" {
		l.Add("Using valid authorizer policy for principal: " + Stars(principal))
	}
	l.Add("Successfully completed authorizer execution")
}

// UsagePlan is what the log says of a call's API key.
type UsagePlan struct {
	RequestID, Key string
	Stage          string // with the API: "abc/dev"
	Of             string // what is called: "method 'GET /orders'", "route '$connect'"
	Needed         bool   // what is called needs a key
}

// UsagePlanBegins tells whose usage plan is looked at.
func (l *Lines) UsagePlanBegins(p *UsagePlan) {
	l.Add("Verifying Usage Plan for request: " + p.RequestID + ". API Key: " + Stars(p.Key) +
		" API Stage: " + p.Stage)
}

// UsagePlanEnds tells that it lets the call pass.
func (l *Lines) UsagePlanEnds(p *UsagePlan) {
	if p.Needed {
		l.Add("API Key " + Stars(p.Key) + " authorized because " + p.Of + " requires API Key. " +
			"Request will contribute to throttle or quota limits")
	} else {
		l.Add("API Key " + Stars(p.Key) + " authorized because " + p.Of + " does not require API " +
			"Key. Request will not contribute to throttle or quota limits")
	}
	l.Add("Usage Plan check succeeded for API Key " + Stars(p.Key) + " and API Stage " + p.Stage)
}

// Sent is what a backend was sent.
type Sent struct {
	Address string // "" when there was none to send to
	Header  exchange.Header
	Body    []byte
}

// EndpointRequest tells what the backend was sent; a MOCK has none.
func (l *Lines) EndpointRequest(s *Sent) {
	if s.Address == "" {
		return
	}
	if l.Data {
		l.Add("Endpoint request URI: " + s.Address)
		l.Add("Endpoint request headers: " + Map(s.Header))
		l.Add("Endpoint request body after transformations: " + Body(s.Body))
	}
	l.Add("Sending request to " + s.Address)
}

// Received is what a backend answered.
type Received struct {
	Status  string
	Latency time.Duration
	Header  exchange.Header // in the order in which its lines came
	Body    []byte
}

// EndpointResponse tells what the backend answered.
func (l *Lines) EndpointResponse(r *Received) {
	l.Add(fmt.Sprintf("Received response. Status: %s, Integration latency: %d ms", r.Status,
		r.Latency.Milliseconds()))
	if l.Data {
		l.Add("Endpoint response headers: " + Listed(r.Header))
		l.Add("Endpoint response body before transformations: " + Body(r.Body))
	}
}

// LambdaAddress is where a function is called; path is that of the integration's URI.
func LambdaAddress(region, path string) string {
	return "https://lambda." + region + ".amazonaws.com/" + path
}

// LambdaHeader is what a function's call has for header lines; trace is its X-Amzn-Trace-Id.
//
// Unlike AWS: a function is not called over HTTP, so its request has neither signature nor date;
// the lines of its answer are those that its endpoint would have sent.
func LambdaHeader(v *exchange.Variables, trace string) exchange.Header {
	return exchange.Header{
		{Name: "x-amzn-lambda-integration-tag", Value: v.RequestID},
		{Name: "x-amzn-apigateway-api-id", Value: v.APIID},
		{Name: "Accept", Value: "application/json"},
		{Name: "User-Agent", Value: "AmazonAPIGateway_" + v.APIID},
		{Name: "X-Amzn-Trace-Id", Value: trace},
	}
}

// LambdaAnswer is a function's answer as its endpoint would have sent it at a time.
type LambdaAnswer struct {
	At        time.Time
	Length    int
	RequestID string // Lambda's
	Version   string // that was executed; "" for $LATEST
	Trace     string // X-Amzn-Trace-Id
}

// Header returns the header lines of the answer.
func (a *LambdaAnswer) Header() exchange.Header {
	version := a.Version
	if version == "" {
		version = "$LATEST"
	}
	return exchange.Header{
		{Name: "Date", Value: a.At.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")},
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Content-Length", Value: strconv.Itoa(a.Length)},
		{Name: "Connection", Value: "keep-alive"},
		{Name: "x-amzn-RequestId", Value: a.RequestID},
		{Name: "x-amzn-Remapped-Content-Length", Value: "0"},
		{Name: "X-Amz-Executed-Version", Value: version},
		{Name: "X-Amzn-Trace-Id", Value: a.Trace},
	}
}

// Ends adds the ids that end a log.
func (l *Lines) Ends(v *exchange.Variables) {
	if v.IntegrationRequestID != "" {
		l.Add("AWS Integration Endpoint RequestId : " + v.IntegrationRequestID)
	}
}

// Configuration begins the texts of failures that are the definition's fault.
const Configuration = "Execution failed due to configuration error: "

// knownFailures are the texts AWS's execution log ends with; what follows them in a reason is for
// the person at the terminal.
var knownFailures = []string{
	Configuration + "Malformed Lambda proxy response",
	Configuration + "Invalid permissions on Lambda function",
	Configuration + "Invalid endpoint address",
	"Execution failed due to a timeout error",
	"Execution failed due to a network error communicating with endpoint",
}

// KnownFailure returns what AWS's log says of a reason, "" when that is not known.
func KnownFailure(reason string) string {
	for _, known := range knownFailures {
		if strings.HasPrefix(reason, known) {
			return known
		}
	}
	return ""
}

// FunctionFailed is what the log says of a function that ended with an error.
func FunctionFailed(message, requestID string) string {
	return "Lambda execution failed with status 200 due to customer function error: " + message +
		". Lambda request id: " + requestID
}
