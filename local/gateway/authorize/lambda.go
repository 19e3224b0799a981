package authorize

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/policy"
)

// lambdaTimeout is how long API Gateway waits for an authorizer function.
const lambdaTimeout = 29 * time.Second

// cacheEntries bounds the results one authorizer keeps on one stage.
const cacheEntries = 10_000

// maxMethodARN is the longest method ARN that can be authorized ("Quotas").
const maxMethodARN = 1600

// Denial is why a Lambda authorizer does not let a call pass.
type Denial int

// The denials.
const (
	// MissingIdentity means that an identity source is absent or empty; the function is not asked.
	MissingIdentity Denial = iota + 1
	// InvalidIdentity means that the token does not match the validation expression.
	InvalidIdentity
	// Unauthorized means that the function failed with exactly that message.
	Unauthorized
	// FunctionFailed means that it failed otherwise, or did not answer in time.
	FunctionFailed
	// Misconfigured means that it could not be run, or that its answer is malformed.
	Misconfigured
	// ExplicitDeny means that a statement of its policy denies the call.
	ExplicitDeny
	// ImplicitDeny means that no statement of its policy speaks of the call.
	ImplicitDeny
	// ARNTooLong means that the method's ARN has more than 1,600 bytes.
	ARNTooLong
)

// LambdaError is a call that a Lambda authorizer does not let pass.
type LambdaError struct {
	Denial Denial
	Reason string // for the person at the terminal
}

// Error returns the reason.
func (e *LambdaError) Error() string { return e.Reason }

func deny(denial Denial, format string, args ...any) *LambdaError {
	return &LambdaError{Denial: denial, Reason: fmt.Sprintf(format, args...)}
}

// LambdaOptions make a Lambda authorizer.
type LambdaOptions struct {
	Name        string
	FunctionARN string
	// SourceARN is arn:…:{api}/authorizers/{id}; "" when it has credentials of its own.
	SourceARN string
	// Validation must match the whole of a token before the function is asked; "" lets any pass.
	Validation string
	TTL        time.Duration // how long a result is kept; 0 asks the function for every call
	Clock      clock.Clock
	Invoker    exchange.Invoker
}

// Lambda is a Lambda authorizer that answers with a policy: TOKEN or REQUEST, on one stage.
type Lambda struct {
	options    LambdaOptions
	validation *regexp.Regexp
	cache      *lru[*LambdaResult]
	flight     singleflight.Group
}

// NewLambda returns an authorizer.
//
// Unlike AWS: the validation expression is one of Go's, so look-around and back references of
// Java's are an error.
func NewLambda(o LambdaOptions) (*Lambda, error) {
	l := &Lambda{options: o, cache: newLRU[*LambdaResult](cacheEntries)}
	if o.Validation == "" {
		return l, nil
	}
	validation, err := regexp.Compile(`\A(?:` + o.Validation + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("authorizer %s: identity validation expression %q: %w",
			o.Name, o.Validation, err)
	}
	l.validation = validation
	return l, nil
}

// Question asks whether a call may pass.
type Question struct {
	Identity  []string // the values of the identity sources in their order, "" for an absent one
	MethodARN string
	// Event makes what the function is sent; it is called only when the function is asked.
	Event func() []byte
	// Conditions makes the condition keys of the call; it is called only when the policy has some.
	Conditions func() map[string][]string
	Trace      string
}

// Verdict is what an authorizer said of a call, also of one that may not pass.
type Verdict struct {
	*LambdaResult
	Cached    bool
	Latency   time.Duration // of the function; 0 when cached
	Statement string        // the policy statement that decided
}

// Authorize asks the authorizer. The error is a *LambdaError; the verdict's result is nil when the
// function gave none.
func (l *Lambda) Authorize(ctx context.Context, q Question) (Verdict, error) {
	if len(q.MethodARN) > maxMethodARN {
		return Verdict{}, deny(ARNTooLong, "the method's ARN has %d bytes, allowed are %d",
			len(q.MethodARN), maxMethodARN)
	}
	for _, value := range q.Identity {
		if value == "" {
			return Verdict{}, deny(MissingIdentity,
				"an identity source of authorizer %s is missing or empty", l.options.Name)
		}
	}
	if l.validation != nil && !l.validation.MatchString(q.Identity[0]) {
		return Verdict{}, deny(InvalidIdentity,
			"the token does not match the validation expression %q of authorizer %s",
			l.options.Validation, l.options.Name)
	}
	verdict, err := l.result(ctx, &q)
	if err != nil {
		return verdict, err
	}
	return verdict, l.evaluate(&verdict, &q)
}

// evaluate holds the policy, fresh or cached, against this very call: a cached policy that names
// one method only denies the others until it expires, as on AWS.
func (l *Lambda) evaluate(verdict *Verdict, q *Question) error {
	request := policy.Request{Action: "execute-api:Invoke", Resource: q.MethodARN}
	if verdict.hasConditions && q.Conditions != nil {
		request.Conditions = q.Conditions()
	}
	decision := verdict.policy.Evaluate(request)
	verdict.Statement = decision.Statement
	switch decision.Effect {
	case policy.Allow:
		return nil
	case policy.Deny:
		return deny(ExplicitDeny, "statement %s of the policy from authorizer %s denies %s",
			decision.Statement, l.options.Name, q.MethodARN)
	}
	return deny(ImplicitDeny, "no statement of the policy from authorizer %s allows %s%s",
		l.options.Name, q.MethodARN, ifCached(verdict.Cached))
}

func ifCached(cached bool) string {
	if cached {
		return " (the policy was cached from an earlier call)"
	}
	return ""
}

// result returns what the function says of an identity, from the cache while it is fresh. Calls
// with one identity that come together ask once. Errors are not kept.
func (l *Lambda) result(ctx context.Context, q *Question) (Verdict, error) {
	if l.options.TTL <= 0 || len(q.Identity) == 0 {
		return l.ask(ctx, q)
	}
	key := cacheKey(q.Identity)
	if kept, ok := l.cache.get(key, l.options.Clock.Now()); ok {
		return Verdict{LambdaResult: kept, Cached: true}, nil
	}
	// A client that goes away must not fail the others who wait for the same answer.
	shared := context.WithoutCancel(ctx)
	flown, err, _ := l.flight.Do(key, func() (any, error) {
		verdict, err := l.ask(shared, q)
		if err == nil {
			now := l.options.Clock.Now()
			l.cache.put(key, verdict.LambdaResult, now.Add(l.options.TTL))
		}
		return verdict, err
	})
	verdict, _ := flown.(Verdict)
	return verdict, err
}

// cacheKey joins the identity sources so that no two lists of values look alike.
func cacheKey(identity []string) string {
	if len(identity) == 1 {
		return identity[0]
	}
	var key strings.Builder
	for _, value := range identity {
		key.WriteString(strconv.Itoa(len(value)))
		key.WriteByte(':')
		key.WriteString(value)
	}
	return key.String()
}

var errLambdaTimeout = errors.New("authorizer timeout")

func (l *Lambda) ask(ctx context.Context, q *Question) (Verdict, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := l.options.Clock.AfterFunc(lambdaTimeout, func() { cancel(errLambdaTimeout) })
	defer stop()
	began := l.options.Clock.Now()
	answer, err := l.options.Invoker.Invoke(ctx, exchange.Invocation{
		FunctionARN: l.options.FunctionARN, Payload: q.Event(), Trace: q.Trace,
		SourceARN: l.options.SourceARN,
	})
	verdict := Verdict{Latency: l.options.Clock.Now().Sub(began)}
	switch {
	case context.Cause(ctx) == errLambdaTimeout:
		return verdict, deny(FunctionFailed, "authorizer %s did not answer within %v",
			l.options.Name, lambdaTimeout)
	case err != nil:
		return verdict, l.invokeFailure(err)
	case answer.FunctionError != "":
		return verdict, l.functionFailure(answer.Payload)
	}
	verdict.LambdaResult, err = parseResult(answer.Payload)
	if err != nil {
		return verdict, deny(Misconfigured, "the answer of authorizer %s is malformed: %v",
			l.options.Name, err)
	}
	verdict.LambdaResult.RequestID = answer.RequestID
	return verdict, nil
}

func (l *Lambda) invokeFailure(err error) error {
	var refused *exchange.InvokeError
	if errors.As(err, &refused) {
		return deny(Misconfigured, "Lambda refused to run authorizer %s: %v", l.options.Name, err)
	}
	return deny(FunctionFailed, "invoking authorizer %s: %v", l.options.Name, err)
}

func (l *Lambda) functionFailure(document []byte) error {
	message := errorMessage(document)
	if message == "Unauthorized" {
		return deny(Unauthorized, "authorizer %s says Unauthorized", l.options.Name)
	}
	return deny(FunctionFailed, "authorizer %s failed: %s", l.options.Name, message)
}
