// Package executeapi listens: it turns what arrives on a socket into a call of one API.
//
// It is the first thing a call meets and the last it leaves. It keeps the request as the client sent
// it (raw path, header names in their own casing), finds the API by port, by host name or by path,
// reads the body, and writes the reply with exactly the header names it was given. Stages, routes,
// authorization and limits belong to restapi, httpapi and websocketapi; only what AWS decides before
// there is an API is decided here: the mappings and routing rules of custom domain names, their
// security policies, and whose certificates they take.
//
// Three addresses lead to an API, as design and habit have it: a port of its own; the host
// {api-id}.execute-api.localhost on the main port, with the path as on AWS; and on the main port the
// path /restapis/{api-id}/{stage}/_user_request_/… that other emulators made known. Custom domain
// names lead there too, by the Host header: api.example.com, or api.example.com.localhost. A second
// main address speaks TLS. HTTP/2 is spoken everywhere, with TLS and without.
package executeapi
