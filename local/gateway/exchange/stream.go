package exchange

import (
	"context"
	"io"
)

// Streamed is a function's answer of which only the beginning has come.
type Streamed struct {
	ContentType string // as the function declared it; "" when it did not
	// Body yields bytes as the function sends them, and io.EOF at the end; any other error means that
	// the function failed midway. Close may be called while Read waits, and leaves the function
	// running. Body is nil with a FunctionError.
	Body io.ReadCloser
	// FunctionError is "Unhandled" when the function failed before it sent anything: Payload then is
	// the error document.
	FunctionError   string
	Payload         []byte
	ExecutedVersion string
	RequestID       string // Lambda's, not the gateway's
}

// Streamer is an Invoker that hands on an answer as it comes.
type Streamer interface {
	// InvokeStream returns when the answer begins. The end of ctx ends that wait, not the answer.
	InvokeStream(ctx context.Context, in Invocation) (Streamed, error)
}
