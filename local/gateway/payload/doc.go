// Package payload writes the events that functions get and reads what they answer.
//
// One file per kind: REST APIs (format 1.0 as REST has it) and their authorizers, HTTP APIs
// (formats 2.0 and 1.0), WebSocket APIs. Events are appended in AWS's key order by hand: they are
// made for every call. It invokes nothing, routes nothing and decides nothing about a call; it only
// knows what is well formed.
package payload
