// Package integration reaches what stands behind a method: it calls Lambda functions, stands in
// for MOCK backends, and holds the rules that all types of integration share (which template a
// request takes, which integration response an answer selects, which headers pass).
//
// It is called by the API packages when a call has been admitted. It renders no template, writes
// no event and makes no reply: it reports, in the words of AWS's execution log, what failed.
package integration

// Kind is how an integration failed.
type Kind int

// The kinds of failure.
const (
	// Misconfigured means that it could not be called at all.
	Misconfigured Kind = iota + 1
	// TimedOut means that no answer came within the integration's timeout.
	TimedOut
	// Unreachable means that the call broke on the way.
	Unreachable
	// Refused means that Lambda would not run the function.
	Refused
)

// Error is a failed integration.
type Error struct {
	Kind   Kind
	Status string // of the backend service, "" when it said none
	Text   string // as AWS's execution log says it, with what a person needs to know
}

// Error returns the text.
func (e *Error) Error() string { return e.Text }
