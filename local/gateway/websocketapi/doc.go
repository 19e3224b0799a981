// Package websocketapi serves a WebSocket API: the way of a connection from its upgrade, through
// its messages, to its end, and the @connections calls by which a backend reaches it.
//
// It stands on floor 4, behind executeapi. Four pipelines are its whole order (steps.go): connect,
// message, disconnect and management. An API is compiled once, by New; a redeployed API takes the
// open connections of the one before with Adopt, and their next message runs on the new routes
// while what $connect's authorizer said stays with them, as on AWS.
//
// Goroutines: one reader for each connection, from the upgrade until $disconnect has run; one for
// each message under way, at most 16 to a connection; a writer only while there is something to
// write. Close ends and awaits them all.
//
// It does not evaluate the role policies of signed @connections calls, and it
// speaks to Lambda proxy integrations alone: others are answered as failures that say so.
package websocketapi
