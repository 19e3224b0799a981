// Package httpapi answers calls of an HTTP API.
//
// It stands between executeapi, which hands it a request, and the functions behind its routes.
// steps.go lists what happens to a call, top to bottom in AWS's order; each step has a file of its
// own; refusals.go holds everything a client can be told besides a function's answer. An API is
// compiled once, in New, and serves all of its stages.
//
// It does not listen, run functions or keep connections. What it cannot serve is answered
// fail-closed, with the reason in the call's marks.
package httpapi
