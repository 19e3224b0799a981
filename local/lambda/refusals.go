package lambda

import (
	"errors"
	"fmt"
	"strings"
)

// Error is Lambda's own refusal to run a function.
type Error struct {
	Code    string // ResourceNotFoundException
	Status  int    // 404
	Message string // a sentence, AWS's where AWS has one
	Reason  string // of TooManyRequestsException: ConcurrentInvocationLimitExceeded, …
}

// Error returns the code and the sentence.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Reasons of a TooManyRequestsException.
const (
	reasonAccount  = "ConcurrentInvocationLimitExceeded"
	reasonReserved = "ReservedFunctionConcurrentInvocationLimitExceeded"
)

func refuseUnknown(name string) *Error {
	return &Error{
		Code: "ResourceNotFoundException", Status: 404, Message: "Function not found: " + name,
	}
}

func refusePermission(t *target, in *Input) *Error {
	return &Error{
		Code: "AccessDeniedException", Status: 403,
		Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because "+
			"no resource-based policy allows the %s action for source %s",
			in.Principal, invokeAction, t.arn, invokeAction, in.SourceARN),
	}
}

func refuseSize(limit int) *Error {
	return &Error{
		Code: "RequestTooLargeException", Status: 413,
		Message: fmt.Sprintf(
			"Request must be smaller than %d bytes for the InvokeFunction operation", limit),
	}
}

func refuseContent() *Error {
	return &Error{
		Code: "InvalidRequestContentException", Status: 400,
		Message: "Could not parse request body into json: Could not parse payload into json",
	}
}

func refuseParameter(format string, values ...any) *Error {
	return &Error{
		Code: "InvalidParameterValueException", Status: 400, Message: fmt.Sprintf(format, values...),
	}
}

func refuseRevision() *Error {
	return &Error{
		Code: "PreconditionFailedException", Status: 412,
		Message: "The Revision Id provided does not match the latest Revision Id. Call the " +
			"GetFunction/GetAlias API to retrieve the latest Revision Id",
	}
}

func refuseUnknownAlias(arn string) *Error {
	return &Error{
		Code: "ResourceNotFoundException", Status: 404, Message: "Alias not found: " + arn,
	}
}

func refuseReserved(fn *function) *Error {
	return &Error{
		Code: "TooManyRequestsException", Status: 429, Reason: reasonReserved,
		Message: fmt.Sprintf("Rate Exceeded: %s: function %s has a reserved concurrency of %d",
			reasonReserved, fn.Name, *fn.ReservedConcurrency),
	}
}

func refuseAccount(limit int64) *Error {
	return &Error{
		Code: "TooManyRequestsException", Status: 429, Reason: reasonAccount,
		Message: fmt.Sprintf("Rate Exceeded: %s: the account's unreserved concurrency is %d",
			reasonAccount, limit),
	}
}

func refuseWaiting(fn *function, limit int) *Error {
	return &Error{
		Code: "TooManyRequestsException", Status: 429, Reason: reasonAccount,
		Message: fmt.Sprintf("Rate Exceeded: %s: no environment of function %s became free in "+
			"time, of at most %d on this machine", reasonAccount, fn.Name, limit),
	}
}

func refuseStopping() *Error {
	return &Error{
		Code: "ServiceException", Status: 500, Message: "the service is stopping",
	}
}

// Failure is one function that a deployment could not make ready, and why.
type Failure struct {
	Function string
	Err      error // a *build.Error with the compiler's words when it does not compile
	refusal  *Error
}

// Failures are the functions a deployment could not make ready; all others are served.
type Failures []Failure

// Error names each function with its reason.
func (f Failures) Error() string {
	var text strings.Builder
	for i, failure := range f {
		if i > 0 {
			text.WriteByte('\n')
		}
		fmt.Fprintf(&text, "function %s cannot run: %v", failure.Function, failure.Err)
	}
	return text.String()
}

// Unwrap returns the reasons.
func (f Failures) Unwrap() []error {
	reasons := make([]error, len(f))
	for i := range f {
		reasons[i] = f[i].Err
	}
	return reasons
}

func unusable(name, code string, err error) *Failure {
	status := 502
	if code == "InvalidParameterValueException" {
		status = 400
	}
	message := fmt.Sprintf("function %s cannot run: %v", name, err)
	return &Failure{
		Function: name, Err: err,
		refusal: &Error{Code: code, Status: status, Message: message},
	}
}

// errRetired means that a newer deployment has taken over.
var errRetired = errors.New("the deployment was replaced")
