// Package executeapi listens: it turns what arrives on a socket into a call of one API.
//
// It is the first thing a call meets and the last it leaves. It keeps the request as the client sent
// it (raw path, header names in their own casing), finds the API by port, by host name or by path,
// reads the body, and writes the reply with exactly the header names it was given. It decides
// nothing that API Gateway decides: stages, routes, authorization and limits belong to restapi,
// httpapi and websocketapi.
//
// Three addresses lead to an API, as design and habit have it: a port of its own; the host
// {api-id}.execute-api.localhost on the main port, with the path as on AWS; and on the main port the
// path /restapis/{api-id}/{stage}/_user_request_/… that other emulators made known.
package executeapi
