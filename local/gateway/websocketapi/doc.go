// Package websocketapi serves a WebSocket API: the way of a connection from its upgrade, through
// its messages, to its end, and the @connections calls by which a backend reaches it.
//
// It stands on floor 4, behind executeapi. Four pipelines are its whole order (steps.go): connect,
// message, disconnect and management. An API is compiled once, by New, and what a deployment froze
// beside it (deployment.go); a redeployed API takes the open connections of the one before with
// Adopt. Their next message runs on the routes that their stage serves by then, while what $connect's
// authorizer said stays with them, as on AWS.
//
// Goroutines: one reader for each connection, from the upgrade until $disconnect has run; one for
// each message under way, at most 16 to a connection; a writer only while there is something to
// write. Close ends and awaits them all, with 16 $disconnect calls under way at most.
//
// An integration is compiled for every stage of its route (compile_integration.go): a proxy
// answers by itself, any other is a target (integration_http.go, integration_aws.go) between
// request templates and integration responses (integration_custom.go, integration_response.go).
// What cannot be called refuses every call, and says why.
//
// It does not check what the roles of integrations may do.
package websocketapi
