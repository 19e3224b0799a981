// Package events holds sample events as AWS sends them, one folder per function, each with the
// expected answer beside it.
//
// The functions' tests run them through handlers, `portico replay` through real processes, and
// release-check replays those that are safe against a new version before it gets calls. The package
// itself is data: it has no code but the test that keeps the files in order.
//
// # Safe events
//
// An event is safe when its expected file says so, with the reason: "safe": "it only reads, …". Then
// it may be replayed where customers' data is. The rule is strict, because what is tried is a version
// that may have any mistake: not that a right version stores nothing of the event, but that there is
// nothing in it that a wrong one could store. So a safe event is
//
//   - a GET of something that no environment has, or that is refused before anything is read,
//   - a call whose body is empty or cut off, or
//   - a call of the authorizer, which stores nothing;
//
// it asks for no token and no event before it, and its answer is the same in every environment. An
// order with a quantity of zero is not safe: a version that forgets to look would store it. The test
// of this package holds every event that says to be safe against these rules.
package events

import "embed"

// Files are the events and expected answers, as <function>/<case>.json and
// <function>/<case>.expected.json.
//
//go:embed */*.json
var Files embed.FS
