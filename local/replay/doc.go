// Package replay runs recorded events through functions and compares the answers with those
// expected: a door beside the gateway.
//
// A fixture is an event exactly as AWS sends it, <function>/<case>.json, and beside it the answer
// the function should give, <case>.expected.json. Fixtures are invoked through the same Lambda
// service that serves calls, in real processes; they do not pass a gateway, so nothing here routes,
// authorizes or maps.
//
// The expected file is an object with one of
//
//	"answer": the payload of a function that succeeds
//	"error":  the error document of one that fails
//
// and, where needed, "before": fixtures of the same folder that are invoked first, in order. Objects
// must have exactly the expected members unless one of them is "...": true. A string that holds JSON
// is compared as JSON when an object or list is expected. Strings may be matchers: {{any}},
// {{uuid}}, {{time}}, {{number}}, {{regex:^…$}}. Strings of an event may hold {{token …}}, a token
// minted for the replay, and {{before.N.path}}, a field of the Nth earlier answer.
package replay
