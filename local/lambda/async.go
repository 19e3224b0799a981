package lambda

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Asynchronous invocation (Lambda developer guide): function errors are tried again after one and
// two minutes; throttles and system errors for six hours, from one second up to five minutes apart.
const (
	maxEventAge    = 6 * time.Hour
	maxRetries     = 2
	firstBackoff   = time.Second
	longestBackoff = 5 * time.Minute
)

// attempt is an asynchronous call on its way, with one request id for all its tries.
type attempt struct {
	input    Input
	id       string
	accepted time.Time
	calls    int           // tries that ran
	failures int           // function errors so far
	backoff  time.Duration // of the next system error
	last     outcome       // of the last try
}

// outcome is what a try came to: an answer, or why there was none.
type outcome struct {
	output  Output
	refusal *Error
}

// addAsync hangs each configuration on the qualifier that it is for.
func (d *deployment) addAsync() error {
	for i := range d.configuration.AsyncConfigurations {
		c := &d.configuration.AsyncConfigurations[i]
		t, err := d.qualified(c.FunctionARN)
		if err != nil {
			return fmt.Errorf("asynchronous configuration: %w", err)
		}
		t.async = c
	}
	return nil
}

// limits returns how often and how long an event of this target is tried.
func (t *target) limits() (retries int, age time.Duration) {
	retries, age = maxRetries, maxEventAge
	if t.async == nil {
		return retries, age
	}
	if t.async.Retries != nil {
		retries = *t.async.Retries
	}
	if t.async.MaxAge > 0 {
		age = t.async.MaxAge
	}
	return retries, age
}

// accept queues an asynchronous call and answers at once.
func (s *Service) accept(t *target, in Input, id string) (Output, error) {
	in.SourceARN = "" // the policy was held against it when the event was accepted
	a := &attempt{
		input: in, id: id, accepted: s.options.Clock.Now(), backoff: firstBackoff,
	}
	if !s.begin(func() { s.try(a) }) {
		return Output{}, refuseStopping()
	}
	return Output{ExecutedVersion: t.function.version, RequestID: id}, nil
}

// try makes one call; Close ends it by ending its environment.
func (s *Service) try(a *attempt) {
	t, err := s.findAgain(&a.input)
	if err != nil {
		if !s.isClosed() {
			s.drop(a, nil, err.Error())
		}
		return
	}
	out, err := s.call(context.Background(), t, a.input, a.id)
	a.last = outcome{output: out}
	var refused *Error
	if errors.As(err, &refused) {
		a.last.refusal = refused
	}
	if err == nil {
		a.calls++
	}
	retries, _ := t.limits()
	switch {
	case err == nil && out.FunctionError == "":
		s.conclude(a, t, conditionSuccess)
	case err == nil:
		a.failures++
		if a.failures > retries {
			s.conclude(a, t, conditionRetries)
			return
		}
		s.later(a, t, time.Duration(a.failures)*time.Minute)
	case t.function.ReservedConcurrency != nil && *t.function.ReservedConcurrency == 0:
		s.conclude(a, t, conditionZero)
	case refused != nil && refused.Status != 429 && refused.Status < 500:
		s.drop(a, t, err.Error())
	default:
		delay := a.backoff
		a.backoff = min(2*a.backoff, longestBackoff)
		s.later(a, t, delay)
	}
}

// later tries again after a while, unless the event is too old then or the service closes.
func (s *Service) later(a *attempt, t *target, delay time.Duration) {
	if _, age := t.limits(); s.options.Clock.Now().Add(delay).Sub(a.accepted) > age {
		s.conclude(a, t, conditionAge)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.retries[a] = s.options.Clock.AfterFunc(delay, func() { s.again(a) })
}

func (s *Service) again(a *attempt) {
	s.mu.Lock()
	delete(s.retries, a)
	s.mu.Unlock()
	s.begin(func() { s.try(a) }) // false: Close has ended it
}

// drop gives an event up that no configuration says anything of.
func (s *Service) drop(a *attempt, t *target, reason string) {
	function := a.input.FunctionARN
	if t != nil {
		function = t.arn
	}
	s.options.Logger.Warn("asynchronous event dropped", "function", function,
		"requestId", a.id, "attempts", a.calls, "reason", reason)
}
