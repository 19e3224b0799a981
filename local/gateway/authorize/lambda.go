package authorize

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/javaregex"
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
	Role      string // its credentials; "" lets API Gateway make the call itself
	// Validation must match the whole of a token before the function is asked; "" lets any pass.
	Validation string
	TTL        time.Duration // how long a result is kept; 0 asks the function for every call
	Clock      clock.Clock
	Invoker    exchange.Invoker
}

// Lambda is a Lambda authorizer that answers with a policy: TOKEN or REQUEST, on one stage.
type Lambda struct {
	options    LambdaOptions
	validation *javaregex.Regexp
	cache      *lru[*LambdaResult]
	flight     singleflight.Group
	timeout    time.Duration
	parse      func(payload []byte) (*LambdaResult, error)
}

// NewLambda returns an authorizer. Its validation expression is one of Java's.
func NewLambda(o LambdaOptions) (*Lambda, error) {
	l := &Lambda{
		options: o, cache: newLRU[*LambdaResult](cacheEntries),
		timeout: lambdaTimeout, parse: parseResult,
	}
	if o.Validation == "" {
		return l, nil
	}
	validation, err := javaregex.Compile(o.Validation)
	if err != nil {
		return nil, fmt.Errorf("authorizer %s: identity validation expression: %w", o.Name, err)
	}
	l.validation = validation
	return l, nil
}

// Question asks whether a call may pass.
type Question struct {
	Identity  []string // the values of the identity sources in their order, "" for an absent one
	MethodARN string
	Alias     string // another spelling of the method's ARN; see policy.Request
	// Event makes what the function is sent; it is called only when the function is asked.
	Event func() []byte
	// Conditions makes the condition keys of the call; it is called only when the policy has some.
	Conditions func() map[string][]string
	Trace      string
	// ResourcePolicy is what the API's resource policy says of the call; nil for none.
	ResourcePolicy *policy.Decision
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
	if l.validation != nil {
		if why := mismatch(l.validation, q.Identity[0]); why != "" {
			return Verdict{}, deny(InvalidIdentity, "the token %s of authorizer %s", why, l.options.Name)
		}
	}
	verdict, err := l.result(ctx, &q)
	if err != nil {
		return verdict, err
	}
	return verdict, l.evaluate(&verdict, &q)
}

// mismatch says why a value does not match a validation expression, "" when it does. A search that
// takes too long is no match.
func mismatch(expression *javaregex.Regexp, value string) string {
	if expression == nil {
		return ""
	}
	matches, err := expression.MatchFull(value)
	switch {
	case err != nil:
		return fmt.Sprintf("cannot be held against the validation expression %q (%v)", expression, err)
	case !matches:
		return fmt.Sprintf("does not match the validation expression %q", expression)
	}
	return ""
}

// evaluate holds the policy, fresh or cached, against this very call: a cached policy that names
// one method only denies the others until it expires, as on AWS.
func (l *Lambda) evaluate(verdict *Verdict, q *Question) error {
	if verdict.simple {
		return l.evaluateSimple(verdict)
	}
	request := policy.Request{
		Action: "execute-api:Invoke", Resource: q.MethodARN, Alias: q.Alias,
	}
	if verdict.hasConditions && q.Conditions != nil {
		request.Conditions = q.Conditions()
	}
	decision := verdict.policy.Evaluate(request)
	verdict.Statement = decision.Statement
	effect := decision.Effect
	if q.ResourcePolicy != nil {
		effect = outcome(effect, q.ResourcePolicy.Effect, l.inAccountOf(q.MethodARN))
	}
	switch effect {
	case policy.Allow:
		return nil
	case policy.Deny:
		return deny(ExplicitDeny, "statement %s of the policy from authorizer %s denies %s",
			decision.Statement, l.options.Name, q.MethodARN)
	}
	if decision.Effect == policy.Allow {
		return deny(ImplicitDeny, "the function of authorizer %s is of another account than the "+
			"API, and no statement of the resource policy allows %s", l.options.Name, q.MethodARN)
	}
	return deny(ImplicitDeny, "the policy from authorizer %s for %s: %s%s", l.options.Name,
		q.MethodARN, verdict.policy.Explain(request), ifCached(verdict.Cached))
}

// inAccountOf reports whether the function is of the account of an ARN: AWS's table B is for an
// authorizer and a resource policy of different accounts.
func (l *Lambda) inAccountOf(arn string) bool {
	return accountOf(l.options.FunctionARN) == accountOf(arn)
}

// accountOf returns the account in an ARN.
func accountOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[4]
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
	stop := clock.Unmoved(l.options.Clock).AfterFunc(l.timeout, func() { cancel(errLambdaTimeout) })
	defer stop()
	began := clock.Begin(l.options.Clock)
	answer, err := l.options.Invoker.Invoke(ctx, exchange.Invocation{
		FunctionARN: l.options.FunctionARN, Payload: q.Event(), Trace: q.Trace,
		SourceARN: l.options.SourceARN, Role: l.options.Role,
	})
	verdict := Verdict{Latency: clock.Took(l.options.Clock, began)}
	switch {
	case context.Cause(ctx) == errLambdaTimeout:
		return verdict, deny(FunctionFailed, "authorizer %s did not answer within %v",
			l.options.Name, l.timeout)
	case err != nil:
		return verdict, l.invokeFailure(err)
	case answer.FunctionError != "":
		return verdict, l.functionFailure(answer.Payload)
	}
	verdict.LambdaResult, err = l.parse(answer.Payload)
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
