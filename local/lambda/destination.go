package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Why an asynchronous call is over (Capturing records of Lambda asynchronous invocations).
const (
	conditionSuccess = "Success"
	conditionRetries = "RetriesExhausted"
	conditionAge     = "EventAgeExceeded"
	conditionZero    = "ZeroReservedConcurrency"
)

// Delivery is the outcome of an asynchronous call on its way to who wants to know.
type Delivery struct {
	Function    Function // whose role sends it
	Source, To  string   // qualified ARN of the function; ARN of the queue, topic, bus or function
	Body        []byte   // a record of the invocation, or for a dead-letter queue the event itself
	Succeeded   bool
	DeadLetter  bool
	RequestID   string // of the invocation
	ErrorCode   string // of a dead letter: the status
	ErrorReason string // of a dead letter: its beginning
}

// invocationRecord is what destinations are told, in AWS's key order.
type invocationRecord struct {
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	RequestContext  requestContext   `json:"requestContext"`
	RequestPayload  json.RawMessage  `json:"requestPayload"`
	ResponseContext *responseContext `json:"responseContext,omitempty"`
	ResponsePayload json.RawMessage  `json:"responsePayload,omitempty"`
}

type requestContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	Invocations int    `json:"approximateInvokeCount"`
}

type responseContext struct {
	Status          int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion,omitempty"`
	FunctionError   string `json:"functionError,omitempty"`
}

// conclude tells the destinations of a call how it ended.
func (s *Service) conclude(a *attempt, t *target, condition string) {
	succeeded := condition == conditionSuccess
	destination := ""
	if t.async != nil {
		destination = t.async.OnFailure
		if succeeded {
			destination = t.async.OnSuccess
		}
	}
	told := false
	if destination != "" {
		told = true
		s.deliver(t, Delivery{
			To: destination, Body: a.record(t, condition, s.options.Clock.Now()),
			Succeeded: succeeded, RequestID: a.id,
		})
	}
	if queue := t.function.DeadLetterARN; !succeeded && queue != "" {
		told = true
		code, reason := a.deadLetter(condition)
		s.deliver(t, Delivery{
			To: queue, Body: a.input.Payload, DeadLetter: true, RequestID: a.id,
			ErrorCode: code, ErrorReason: reason,
		})
	}
	if !succeeded && !told {
		reason := condition
		if a.last.output.FunctionError != "" {
			reason += ": " + string(a.last.output.Payload)
		}
		s.drop(a, t, reason)
	}
}

// deliver sends an outcome: to a function that is served here, or over the wire.
func (s *Service) deliver(t *target, d Delivery) {
	d.Function, d.Source = t.function.Function, t.arn
	if t.arn == t.function.ARN {
		d.Source += ":" + latest
	}
	var err error
	switch {
	case strings.Contains(d.To, ":function:") && s.Serves(d.To):
		_, err = s.Invoke(s.delivering, Input{FunctionARN: d.To, Payload: d.Body, Async: true})
	case s.options.Deliver == nil:
		err = errors.New("nothing here delivers")
	default:
		err = s.options.Deliver(s.delivering, d)
	}
	if err != nil && s.delivering.Err() == nil {
		s.options.Logger.Error("the outcome of an asynchronous call was not delivered",
			"function", d.Source, "to", d.To, "requestId", d.RequestID, "error", err)
	}
}

// record writes what destinations are told.
func (a *attempt) record(t *target, condition string, now time.Time) []byte {
	r := invocationRecord{
		Version: "1.0", Timestamp: now.UTC().Format("2006-01-02T15:04:05.000Z"),
		RequestContext: requestContext{
			RequestID: a.id, FunctionARN: t.arn, Condition: condition, Invocations: a.calls,
		},
		RequestPayload: a.input.Payload,
	}
	if t.arn == t.function.ARN {
		r.RequestContext.FunctionARN += ":" + latest
	}
	switch {
	case condition == conditionZero:
	case a.last.refusal != nil:
		r.ResponseContext = &responseContext{
			Status: a.last.refusal.Status, FunctionError: a.last.refusal.Code,
		}
	default:
		out := a.last.output
		r.ResponseContext = &responseContext{
			Status: 200, ExecutedVersion: out.ExecutedVersion, FunctionError: out.FunctionError,
		}
		r.ResponsePayload = out.Payload
	}
	if !json.Valid(r.ResponsePayload) && r.ResponsePayload != nil { // of a custom runtime
		r.ResponsePayload = compact(string(r.ResponsePayload))
	}
	return compact(r)
}

// compact marshals what is known to marshal, and leaves <, > and & as they are.
func compact(value any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("lambda: a record of texts and JSON did not marshal: " + err.Error())
	}
	return bytes.TrimSuffix(text.Bytes(), []byte{'\n'})
}

// deadLetter returns the attributes of a dead letter: the status, and the first kilobyte of what
// went wrong.
func (a *attempt) deadLetter(condition string) (code, reason string) {
	const most = 1024
	var document struct {
		Message string `json:"errorMessage"`
	}
	switch {
	case condition == conditionZero:
		// AWS's own spelling.
		return "429", "Function not invoked. Function isconfigured with zero reserved concurrent " +
			"executions"
	case a.last.refusal != nil:
		return strconv.Itoa(a.last.refusal.Status), a.last.refusal.Message
	case json.Unmarshal(a.last.output.Payload, &document) != nil || document.Message == "":
		document.Message = string(a.last.output.Payload)
	}
	return "200", document.Message[:min(len(document.Message), most)]
}
