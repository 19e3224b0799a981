package model

import "context"

// Call is one call of an operation.
type Call struct {
	Account, Region string // of the caller
	AccessKeyID     string // "" when it is not signed
	RequestID       string // what the answer is called
	Input           Object
}

// Handler is the behaviour of an operation. Its error is an *Error, or a failure of this program.
type Handler func(ctx context.Context, call Call) (Object, error)

// Handlers are the operations of a service that are implemented, by name.
type Handlers map[string]Handler

// Add makes the handlers of operations that are all handled alike: each reads, or each writes.
func Add[O any](to Handlers, handler func(O) Handler, all ...map[string]O) Handlers {
	for _, operations := range all {
		for name, do := range operations {
			to[name] = handler(do)
		}
	}
	return to
}
