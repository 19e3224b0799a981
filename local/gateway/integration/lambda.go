package integration

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// errTimeout is the cause of a call that took too long.
var errTimeout = errors.New("integration timeout")

// Lambda calls one function for one method.
type Lambda struct {
	FunctionARN string // qualified when the integration names a version or alias
	// SourceARN is held against the function's resource policy; "" when the integration has
	// credentials of its own and so needs no permission there.
	SourceARN string
	Timeout   time.Duration // of the machine's time, wherever Clock is moved
	Clock     clock.Clock
	Invoker   exchange.Invoker
}

// Call invokes the function. An error is always an *Error; a function that failed is no error but
// an answer with FunctionError set. API Gateway never retries.
func (l *Lambda) Call(
	ctx context.Context, event []byte, trace string,
) (exchange.Invoked, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := clock.Unmoved(l.Clock).AfterFunc(l.Timeout, func() { cancel(errTimeout) })
	defer stop()
	answer, err := l.Invoker.Invoke(ctx, exchange.Invocation{
		FunctionARN: l.FunctionARN, Payload: event, Trace: trace, SourceARN: l.SourceARN,
	})
	if context.Cause(ctx) == errTimeout {
		return exchange.Invoked{}, &Error{Kind: TimedOut, Text: fmt.Sprintf(
			"Execution failed due to a timeout error: %s did not answer within %v",
			FunctionName(l.FunctionARN), l.Timeout)}
	}
	if err != nil {
		return exchange.Invoked{}, l.failure(err)
	}
	return answer, nil
}

func (l *Lambda) failure(err error) error {
	name := FunctionName(l.FunctionARN)
	var refused *exchange.InvokeError
	if !errors.As(err, &refused) {
		return &Error{Kind: Unreachable, Text: fmt.Sprintf(
			"Execution failed due to a network error communicating with endpoint: invoking %s: %v",
			name, err)}
	}
	failed := &Error{Kind: Refused, Status: strconv.Itoa(refused.Status)}
	failed.Text = fmt.Sprintf("Execution failed due to configuration error: "+
		"Lambda refused to run %s: %v", name, refused)
	if refused.Status == 403 {
		failed.Text = fmt.Sprintf("Execution failed due to configuration error: "+
			"Invalid permissions on Lambda function: %s: %v", name, refused)
	}
	return failed
}

// FunctionARN returns the function that an integration or authorizer URI names. Stage variables in
// it (${stageVariables.x}) are filled in first; one that is not set becomes empty, as on AWS.
func FunctionARN(uri string, variables map[string]string) (string, error) {
	filled := fillStageVariables(uri, variables)
	_, path, found := strings.Cut(filled, ":lambda:path/")
	if !found {
		return "", fmt.Errorf("URI %q is no Lambda function, allowed is arn:{partition}:apigateway:"+
			"{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations", filled)
	}
	path = strings.TrimPrefix(path, "/")
	arn, isFunction := strings.CutPrefix(path, "2015-03-31/functions/")
	arn, isInvocation := strings.CutSuffix(arn, "/invocations")
	if !isFunction || !isInvocation {
		return "", fmt.Errorf("URI path %q is not served yet, served is "+
			"2015-03-31/functions/{function ARN}/invocations", path)
	}
	if FunctionName(arn) == "" {
		return "", fmt.Errorf("URI %q names no function: %q is no function's ARN", filled, arn)
	}
	return arn, nil
}

func fillStageVariables(text string, variables map[string]string) string {
	const opening = "${stageVariables."
	if !strings.Contains(text, opening) {
		return text
	}
	var filled strings.Builder
	for {
		before, after, found := strings.Cut(text, opening)
		filled.WriteString(before)
		if !found {
			return filled.String()
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			filled.WriteString(opening + after)
			return filled.String()
		}
		filled.WriteString(variables[name])
		text = rest
	}
}

// FunctionName returns the name in a function's ARN, without a qualifier; "" when there is none.
func FunctionName(arn string) string {
	_, rest, found := strings.Cut(arn, ":function:")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(rest, ":")
	return name
}
