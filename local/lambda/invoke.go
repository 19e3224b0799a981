package lambda

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Payload limits (Lambda quotas).
const (
	maxPayload      = 6 * 1024 * 1024
	maxAsyncPayload = 1024 * 1024
)

// Input asks for a function.
type Input struct {
	FunctionARN string // or the name; with or without a qualifier
	Payload     []byte // JSON; {} when empty. It must not be changed before the answer
	Async       bool   // invocation type Event
	Trace       string // X-Amzn-Trace-Id; what it leaves out is made
	// SourceARN is held against the function's resource policy; "" is not checked.
	SourceARN string
	Principal string // apigateway.amazonaws.com when ""
	RequestID string // a new UUID when ""
	// ClientContext is JSON that the runtime gets beside the payload; "" is none.
	ClientContext string
	// Tail gets the end of the call's log, where it is not nil. There is none without Options.Log.
	Tail *Tail
}

// Output is a function's answer.
type Output struct {
	Payload         []byte
	FunctionError   string // "" or Unhandled: Payload then is the error document
	ExecutedVersion string
	RequestID       string
}

// Invoke runs a function and returns its answer, or for an asynchronous call the request id at
// once. An *Error means that Lambda refused; a context error that the caller left, in which case a
// function that has begun goes on.
func (s *Service) Invoke(ctx context.Context, in Input) (Output, error) {
	t, err := s.prepareCall(&in)
	if err != nil {
		return Output{}, err
	}
	if in.Async {
		return s.accept(t, in, in.RequestID)
	}
	return s.call(ctx, t, in, in.RequestID)
}

// prepareCall checks what is asked and fills in what was left out.
func (s *Service) prepareCall(in *Input) (*target, error) {
	if in.Principal == "" {
		in.Principal = apiGateway
	}
	t, err := s.find(in)
	if err != nil {
		return nil, err
	}
	if err := checkPayload(in); err != nil {
		return nil, err
	}
	in.Trace = t.function.traced(in.Trace, s.options.Clock.Now())
	if in.RequestID == "" {
		in.RequestID = uuid.NewString()
	}
	return t, nil
}

// Serves reports whether a function, named with or without a qualifier, is in the configuration.
func (s *Service) Serves(function string) bool {
	r, ok := parseReference(function)
	if !ok {
		return false
	}
	if r.prefix != "" {
		r.name = r.prefix + ":" + r.name
	}
	return s.current.Load().targets[r.name] != nil
}

// find resolves the function and holds the caller against its policy.
func (s *Service) find(in *Input) (*target, error) {
	t := s.current.Load().targets[in.FunctionARN]
	if t == nil {
		return nil, refuseUnknown(in.FunctionARN)
	}
	if in.SourceARN != "" && !t.isAllowed(in) {
		return nil, refusePermission(t, in)
	}
	if t.function.broken != nil {
		return nil, t.function.broken.refusal
	}
	return t, nil
}

func checkPayload(in *Input) error {
	limit := maxPayload
	if in.Async {
		limit = maxAsyncPayload
	}
	if len(in.Payload) > limit {
		return refuseSize(limit)
	}
	if len(in.Payload) == 0 {
		in.Payload = []byte("{}")
		return nil
	}
	value := jsontext.Value(in.Payload)
	if !value.IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		return refuseContent()
	}
	return nil
}

// call runs a function that was found.
func (s *Service) call(ctx context.Context, t *target, in Input, id string) (Output, error) {
	fl, fleet, err := s.launch(t, in, id, nil)
	if err != nil {
		return Output{}, err
	}
	select {
	case l := <-fl.landed:
		return l.output, l.err
	case <-ctx.Done():
		fleet.abandon(fl)
		return Output{}, ctx.Err()
	}
}

// launch hands a call to its fleet. A deployment may be swapped in at any time: the call then goes
// to the new one.
func (s *Service) launch(t *target, in Input, id string, answer *stream) (*flight, *fleet, error) {
	for {
		fn, counted := t.pick(s.options.Roll())
		if fn.broken != nil {
			return nil, nil, fn.broken.refusal
		}
		release, err := s.admit(fn)
		if err != nil {
			counted.throttled(s.options.Clock.Now())
			return nil, nil, err
		}
		fl := &flight{
			id: id, arn: t.arn, trace: in.Trace, payload: in.Payload, release: release,
			version: fn.version, meter: counted, landed: make(chan landing, 1), stream: answer,
			client: in.ClientContext, tail: in.Tail,
		}
		counted.flying.Add(1)
		if fn.fleet.submit(fl) == nil {
			return fl, fn.fleet, nil
		}
		fl.free()
		if t, err = s.findAgain(&in); err != nil {
			return nil, nil, err
		}
	}
}

// findAgain resolves the function in the deployment that replaced the one it was found in.
func (s *Service) findAgain(in *Input) (*target, error) {
	if s.isClosed() {
		return nil, refuseStopping()
	}
	return s.find(in)
}

func (s *Service) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// admit counts a call against the function's reserved concurrency, or else the account's pool.
func (s *Service) admit(fn *function) (release func(), err error) {
	counter, limit := &s.unreserved, s.current.Load().unreserved
	if fn.ReservedConcurrency != nil {
		counter, limit = fn.running, int64(*fn.ReservedConcurrency)
	}
	if counter.Add(1) <= limit {
		return func() { counter.Add(-1) }, nil
	}
	counter.Add(-1)
	if fn.ReservedConcurrency != nil {
		return nil, refuseReserved(fn)
	}
	return nil, refuseAccount(limit)
}
