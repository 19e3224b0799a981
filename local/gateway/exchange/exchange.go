// Package exchange holds what travels through a gateway: the request as it arrived, the reply that
// goes back, the invocation of a function between them, the context variables every part may read,
// and the record that is left.
//
// It stands on floor 1: executeapi fills a Request, the three API packages read it and write a
// Reply. It decides nothing: no routing, no authorization, no mapping.
package exchange

import (
	"context"
	"io"
	"time"

	"portico/local/gateway/pipeline"
)

// Request is a call as it arrived. Nobody changes it after executeapi has filled it.
type Request struct {
	Method  string // as sent: "GET"
	RawPath string // still percent-encoded, with the stage segment: "/dev/orders/a%2Fb"; never empty
	// SentPath is the path as the client sent, and signed, it, where RawPath is another: the API was
	// found by path on the main address.
	SentPath string
	RawQuery string // as sent, without "?"; "" when there is none
	Protocol string // "HTTP/1.1"; also for HTTP/2 clients, as AWS reports it
	Host     string // the Host header as sent: "localhost:3001"
	Header   Header // original names and order, without Host's port changes; Host itself is included
	Body     []byte // nil when there is none
	SourceIP string // the client's address without port
	TLS      bool
	Received time.Time
	// Began is Received by clock.Begin, for latencies; zero when the work begins where it is served.
	Began time.Time
	// Domain is the custom domain name that led here; nil for a call by the API's own name.
	Domain *Domain
	// ClientCertificate is what mutual TLS has verified; nil without it.
	ClientCertificate *ClientCertificate
	TLSVersion        string // "TLSv1.3"; "" without TLS
	CipherSuite       string // "TLS_AES_128_GCM_SHA256"
}

// Reply is what goes back to the client.
type Reply struct {
	Status int
	Header Header // names are written to the wire in exactly this casing
	Body   []byte
	// Stream is the body of a reply that goes out as it comes, Body is nil then; nil for all others.
	// Whoever takes the reply closes it, also while a Read waits. A Read that fails otherwise than with
	// io.EOF means that the reply ends incomplete.
	Stream io.ReadCloser
	// Ended is to be told once when a streamed reply is over, after Stream was closed: how many bytes
	// of the body the client was sent. Nil for all others, and where nobody wants to know.
	Ended func(bytes int)
}

// Invocation asks for a Lambda function.
type Invocation struct {
	FunctionARN string // qualified or not: arn:aws:lambda:…:function:orders:live
	Payload     []byte
	Async       bool   // InvocationType Event: the answer is empty and comes at once
	Trace       string // the X-Amzn-Trace-Id header value
	// SourceARN is held against the function's resource policy for the principal
	// apigateway.amazonaws.com: arn:aws:execute-api:{region}:{account}:{api}/{stage}/{VERB}/{path}.
	// "" means the call is not made by API Gateway and is not checked.
	SourceARN string
	// Role is the role that an integration names to make the call; "" is API Gateway itself.
	Role string
	// RequestID is Lambda's, where the caller has it already, as function URLs do; "" makes one.
	RequestID string
}

// Invoked is a function's answer.
type Invoked struct {
	Payload         []byte
	FunctionError   string // "" or "Unhandled": Payload then is the error document
	ExecutedVersion string
	RequestID       string // Lambda's, not the gateway's
}

// Invoker runs functions. A nil error with FunctionError set means that the function failed; an
// error means that Lambda refused, as an *InvokeError, or that the machinery broke.
type Invoker interface {
	Invoke(ctx context.Context, in Invocation) (Invoked, error)
}

// InvokeError is Lambda's own refusal to run a function.
type InvokeError struct {
	Code    string // AccessDeniedException, ResourceNotFoundException, TooManyRequestsException, …
	Status  int    // 403, 404, 429, …
	Message string // a sentence for the person at the terminal
	Reason  string // of TooManyRequestsException: which limit; "" for all others
}

// Error returns the code and the sentence.
func (e *InvokeError) Error() string { return e.Code + ": " + e.Message }

// Record is what a finished call leaves: the console, the terminal, explain and tests read it.
type Record struct {
	RequestID  string          `json:"requestId"`
	APIKind    string          `json:"apiKind"` // REST, HTTP, WEBSOCKET, FUNCTION_URL
	APIID      string          `json:"apiId"`
	APIName    string          `json:"apiName"`
	Stage      string          `json:"stage"`
	Method     string          `json:"method"`             // a WebSocket message: "MESSAGE"
	Path       string          `json:"path"`               // as the client sent it, without query
	Route      string          `json:"route,omitempty"`    // "GET /orders/{id}", "$connect"
	Function   string          `json:"function,omitempty"` // name of the function that served it
	Status     int             `json:"status"`
	Received   time.Time       `json:"received"`
	Took       time.Duration   `json:"took"` // nanoseconds
	Connection string          `json:"connectionId,omitempty"`
	Marks      []pipeline.Mark `json:"marks"`

	Measured Measured `json:"-"`
}

// Measured is what metrics count of a call beside its status and how long it took.
type Measured struct {
	Canary      bool          // a REST API's canary served it
	Resource    string        // path of the resource or route that was matched; "" for none
	Integrated  bool          // an integration was called
	Integration time.Duration // until it had answered
	Answered    bool          // the integration answered, whatever it said
	Cached      bool          // the reply came from a cache
	CacheMissed bool          // the reply was looked for in a cache, and is not there
	Data        int           // bytes that an HTTP API processed
}

// Measure returns what the variables of a finished call say of its integration.
func (v *Variables) Measure() Measured {
	return Measured{
		Canary:     v.CanaryRequest != nil && *v.CanaryRequest,
		Integrated: v.IntegrationLatency > 0 || v.IntegrationStatus != "", Integration: v.IntegrationLatency,
		Answered: v.IntegrationBackendStatus != "" || v.IntegrationStatus == "200",
		Data:     v.DataProcessed,
	}
}

// Reason returns why the call was not served: the reason of the first mark that refused or failed.
func (r *Record) Reason() string {
	for _, mark := range r.Marks {
		if mark.Reason != "" {
			return mark.Reason
		}
	}
	return ""
}

// Keep makes kept a copy of the record that stays, in the memory of what kept was before.
func (r *Record) Keep(kept *Record) {
	marks := kept.Marks[:0]
	*kept = *r
	for i := range r.Marks {
		if i < cap(marks) {
			marks = marks[:i+1]
		} else {
			marks = append(marks, pipeline.Mark{})
		}
		facts := marks[i].Facts[:0]
		marks[i] = r.Marks[i]
		marks[i].Facts = append(facts, r.Marks[i].Facts...)
	}
	kept.Marks = marks
}

// Observer is told of every finished call, before its reply is written; of a streamed reply when it
// has ended. The record is lent: it is another call's when Observe has returned, and Keep copies it.
type Observer interface {
	Observe(*Record)
}
