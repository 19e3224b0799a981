package lambda

import (
	"context"
	"errors"
	"time"
)

// Asynchronous invocation (Lambda developer guide): function errors are tried again after one and
// two minutes; throttles and system errors for six hours, from one second up to five minutes apart.
const (
	maxEventAge    = 6 * time.Hour
	firstBackoff   = time.Second
	longestBackoff = 5 * time.Minute
)

// attempt is an asynchronous call on its way, with one request id for all its tries.
type attempt struct {
	input    Input
	id       string
	accepted time.Time
	failures int           // function errors so far
	backoff  time.Duration // of the next system error
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
	return Output{ExecutedVersion: t.version, RequestID: id}, nil
}

// try makes one call; Close ends it by ending its environment.
func (s *Service) try(a *attempt) {
	out, err := s.callAlone(a)
	var refused *Error
	switch {
	case err == nil && out.FunctionError == "":
	case err == nil:
		a.failures++
		if a.failures > 2 {
			s.drop(a, string(out.Payload))
			return
		}
		s.later(a, time.Duration(a.failures)*time.Minute)
	case errors.As(err, &refused) && refused.Status != 429 && refused.Status < 500:
		s.drop(a, err.Error())
	default:
		delay := a.backoff
		a.backoff = min(2*a.backoff, longestBackoff)
		s.later(a, delay)
	}
}

func (s *Service) callAlone(a *attempt) (Output, error) {
	t, err := s.findAgain(&a.input)
	if err != nil {
		return Output{}, err
	}
	return s.call(context.Background(), t, a.input, a.id)
}

// later tries again after a while, unless the event is too old or the service closes.
func (s *Service) later(a *attempt, delay time.Duration) {
	if s.options.Clock.Now().Add(delay).Sub(a.accepted) > maxEventAge {
		s.drop(a, "the event is older than six hours")
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

func (s *Service) drop(a *attempt, reason string) {
	s.options.Logger.Warn("asynchronous event dropped", "function", a.input.FunctionARN,
		"requestId", a.id, "attempts", a.failures, "reason", reason)
}
