// Package replay runs recorded events through functions and compares the answers with those
// expected: a door beside the gateway.
//
// A fixture is an event exactly as AWS sends it, <function>/<case>.json, and beside it the answer
// the function should give, <case>.expected.json. Fixtures are invoked through the same Lambda
// service that serves calls, in real processes; they do not pass a gateway, so nothing here routes,
// authorizes or maps.
//
// How events and expected answers are written, and how they are compared, stands in shared/fixture.
// A {{token …}} of an event is minted for the replay.
package replay
