package authorize_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

const (
	stageARN = "arn:aws:execute-api:us-east-1:123456789012:abc1234567/dev/"
	allowAll = `{"principalId":"me","policyDocument":{"Version":"2012-10-17","Statement":[` +
		`{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"` + stageARN + `*"}]}`
)

// function is a fake authorizer function that counts its calls.
type function struct {
	calls  atomic.Int32
	answer func(n int) (exchange.Invoked, error)
}

func (f *function) Invoke(context.Context, exchange.Invocation) (exchange.Invoked, error) {
	return f.answer(int(f.calls.Add(1)))
}

func answering(document string) *function {
	return &function{answer: func(int) (exchange.Invoked, error) {
		return exchange.Invoked{Payload: []byte(document), RequestID: "r"}, nil
	}}
}

func failing(message string) *function {
	return &function{answer: func(int) (exchange.Invoked, error) {
		return exchange.Invoked{
			FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":` + strconv.Quote(message) + `}`),
		}, nil
	}}
}

func refusing(status int) *function {
	return &function{answer: func(int) (exchange.Invoked, error) {
		return exchange.Invoked{}, &exchange.InvokeError{Code: "X", Status: status}
	}}
}

func authorizer(t *testing.T, f *function, o authorize.LambdaOptions) *authorize.Lambda {
	t.Helper()
	o.Name, o.Invoker = "guard", f
	if o.Clock == nil {
		o.Clock = clock.NewManual(time.Unix(0, 0))
	}
	l, err := authorize.NewLambda(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func question(method string, identity ...string) authorize.Question {
	return authorize.Question{
		Identity: identity, MethodARN: stageARN + method, Event: func() []byte { return nil },
	}
}

func denial(err error) authorize.Denial {
	var denied *authorize.LambdaError
	if errors.As(err, &denied) {
		return denied.Denial
	}
	return 0
}

// The rows are those of spec authorizers.md §2 to §4.1.
func TestLambdaAnswers(t *testing.T) {
	statement := func(text string) string {
		return `{"principalId":"me","policyDocument":{"Statement":[` + text + `]}}`
	}
	long := `{"Effect":"Allow","Action":"*","Resource":"` + stageARN + strings.Repeat("x", 512) + `"}`
	for _, r := range []struct {
		name     string
		function *function
		want     authorize.Denial
	}{
		{"allow", answering(allowAll + `}`), 0},
		{"wildcards cross slashes", answering(statement(`{"Effect":"Allow","Action":"execute-api:*","Resource":"arn:aws:execute-api:*/GET/ord?rs"}`)), 0},
		{"explicit deny wins", answering(statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}`)), authorize.ExplicitDeny},
		{"no matching statement", answering(statement(`{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:x"}`)), authorize.ImplicitDeny},
		{"another action", answering(statement(`{"Effect":"Allow","Action":"execute-api:ManageConnections","Resource":"*"}`)), authorize.ImplicitDeny},
		{"the error Unauthorized", failing("Unauthorized"), authorize.Unauthorized},
		{"any other error", failing("unauthorized"), authorize.FunctionFailed},
		{"no permission", refusing(403), authorize.Misconfigured},
		{"throttled", refusing(429), authorize.Misconfigured},
		{"no function", refusing(404), authorize.Misconfigured},
		{"no principal", answering(`{"policyDocument":{"Statement":[]}}`), authorize.Misconfigured},
		{"a principal that is a number", answering(strings.Replace(allowAll+`}`, `"me"`, `7`, 1)), authorize.Misconfigured},
		{"no policy", answering(`{"principalId":"me"}`), authorize.Misconfigured},
		{"a policy that is text", answering(`{"principalId":"me","policyDocument":"{}"}`), authorize.Misconfigured},
		{"a list in the context", answering(allowAll + `,"context":{"a":[]}}`), authorize.Misconfigured},
		{"an object in the context", answering(allowAll + `,"context":{"a":{}}}`), authorize.Misconfigured},
		{"a context that is text", answering(allowAll + `,"context":"x"}`), authorize.Misconfigured},
		{"null", answering(`null`), authorize.Misconfigured},
		{"no JSON", answering(`allow`), authorize.Misconfigured},
		{"a resource that is too long", answering(statement(long)), authorize.Misconfigured},
	} {
		t.Run(r.name, func(t *testing.T) {
			l := authorizer(t, r.function, authorize.LambdaOptions{})
			_, err := l.Authorize(t.Context(), question("GET/orders", "token"))
			if got := denial(err); got != r.want {
				t.Errorf("got %d (%v), want %d", got, err, r.want)
			}
		})
	}
}

func TestFunctionIsNotAsked(t *testing.T) {
	for _, r := range []struct {
		name       string
		validation string
		question   authorize.Question
		want       authorize.Denial
	}{
		{"without an identity source", "", question("GET/", "a", ""), authorize.MissingIdentity},
		{"for a token that does not match", "Bearer .+", question("GET/", "Basic x"), authorize.InvalidIdentity},
		{"for a token that matches in part", "Bearer", question("GET/", "Bearer x"), authorize.InvalidIdentity},
		{"for a token that Java's look-ahead refuses", "(?!Bearer root).+", question("GET/", "Bearer root"), authorize.InvalidIdentity},
		{"for a token that takes too long to tell", `(x+)+\1y`, question("GET/", strings.Repeat("x", 40)), authorize.InvalidIdentity},
		{"for an ARN that is too long", "", question(strings.Repeat("x", 1600), "a"), authorize.ARNTooLong},
	} {
		t.Run(r.name, func(t *testing.T) {
			f := answering(allowAll + `}`)
			l := authorizer(t, f, authorize.LambdaOptions{Validation: r.validation})
			_, err := l.Authorize(t.Context(), r.question)
			if got := denial(err); got != r.want || f.calls.Load() != 0 {
				t.Errorf("got %d after %d calls, want %d after none", got, f.calls.Load(), r.want)
			}
		})
	}
}

func TestContextIsText(t *testing.T) {
	l := authorizer(t, answering(allowAll+
		`,"context":{"s":"x","n":1,"b":true,"f":1.50,"z":null},"usageIdentifierKey":"k"}`),
		authorize.LambdaOptions{})
	got, err := l.Authorize(t.Context(), question("GET/", "a"))
	if err != nil {
		t.Fatal(err)
	}
	want := []authorize.ContextValue{
		{Name: "s", Value: "x"}, {Name: "n", Value: "1"}, {Name: "b", Value: "true"}, {Name: "f", Value: "1.50"},
	}
	if diff := cmp.Diff(want, got.Context); diff != "" || got.UsageKey != "k" || got.PrincipalID != "me" {
		t.Errorf("got %+v (-want +got):\n%s", got.LambdaResult, diff)
	}
}

func TestCache(t *testing.T) {
	now := clock.NewManual(time.Unix(0, 0))
	f := answering(`{"principalId":"me","policyDocument":{"Statement":[` +
		`{"Sid":"one","Action":"execute-api:Invoke","Effect":"Allow","Resource":"` + stageARN + `GET/orders"}]}}`)
	l := authorizer(t, f, authorize.LambdaOptions{TTL: 300 * time.Second, Clock: now})
	for _, r := range []struct {
		name    string
		advance time.Duration
		ask     authorize.Question
		want    authorize.Denial
		calls   int32
	}{
		{"the first call asks", 0, question("GET/orders", "a", "bc"), 0, 1},
		{"the second does not", 299 * time.Second, question("GET/orders", "a", "bc"), 0, 1},
		{"the cached policy denies another method", 0, question("GET/other", "a", "bc"), authorize.ImplicitDeny, 1},
		{"another identity asks", 0, question("GET/orders", "ab", "c"), 0, 2},
		{"an expired result is asked for again", time.Second, question("GET/orders", "a", "bc"), 0, 3},
	} {
		now.Advance(r.advance)
		_, err := l.Authorize(t.Context(), r.ask)
		if got := denial(err); got != r.want || f.calls.Load() != r.calls {
			t.Errorf("%s: got %d after %d calls, want %d after %d", r.name, got, f.calls.Load(), r.want, r.calls)
		}
	}
}

func TestErrorsAreNotCached(t *testing.T) {
	f := failing("Unauthorized")
	l := authorizer(t, f, authorize.LambdaOptions{TTL: time.Hour})
	for range 2 {
		_, _ = l.Authorize(t.Context(), question("GET/", "a"))
	}
	if got := f.calls.Load(); got != 2 {
		t.Errorf("asked %d times, want 2", got)
	}
}

func TestCallsThatComeTogetherAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := answering(allowAll + `}`)
		answer := f.answer
		f.answer = func(n int) (exchange.Invoked, error) { time.Sleep(time.Second); return answer(n) }
		l := authorizer(t, f, authorize.LambdaOptions{TTL: time.Hour, Clock: clock.System{}})
		for range 50 {
			go func() {
				if _, err := l.Authorize(t.Context(), question("GET/", "a")); err != nil {
					t.Error(err)
				}
			}()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := f.calls.Load(); got != 1 {
			t.Errorf("asked %d times, want once", got)
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	f := answering(allowAll + `}`)
	l := authorizer(t, f, authorize.LambdaOptions{TTL: time.Hour})
	for i := range 10_001 {
		_, _ = l.Authorize(t.Context(), question("GET/", strconv.Itoa(i)))
	}
	_, _ = l.Authorize(t.Context(), question("GET/", "0"))
	if got := f.calls.Load(); got != 10_002 {
		t.Errorf("asked %d times, want 10,002: the oldest result makes room", got)
	}
}

func TestFunctionThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := authorize.NewLambda(authorize.LambdaOptions{Clock: clock.System{}, Invoker: hanging{}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = l.Authorize(t.Context(), question("GET/", "a")); denial(err) != authorize.FunctionFailed {
			t.Errorf("got %v, want a failed function", err)
		}
	})
}

type hanging struct{}

func (hanging) Invoke(ctx context.Context, _ exchange.Invocation) (exchange.Invoked, error) {
	<-ctx.Done()
	return exchange.Invoked{}, ctx.Err()
}
