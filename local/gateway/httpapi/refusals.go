package httpapi

import (
	"context"
	"errors"
	"net/http"

	"portico/local/gateway/exchange"
)

// refusal is an answer API Gateway gives by design. Only the constructors below make one, so this
// file shows everything a client can be told besides what a function answers.
type refusal struct {
	status    int
	message   string
	kind      string // $context.error.responseType
	challenge string // www-authenticate
	reason    string // for the person at the terminal
}

// Error returns the status, the message and the reason.
func (r *refusal) Error() string { return r.message + ": " + r.reason }

// Refusal returns the reason.
func (r *refusal) Refusal() string { return r.reason }

// badRequest is for calls that lack what a service integration's parameters are mapped from.
func badRequest(reason string) error {
	return &refusal{
		status: http.StatusBadRequest, message: "Bad Request", kind: "BAD_REQUEST_PARAMETERS",
		reason: reason,
	}
}

func entityTooLarge(reason string) error {
	return &refusal{
		status: http.StatusRequestEntityTooLarge, message: "Request Entity Too Large",
		kind: "REQUEST_TOO_LARGE", reason: reason,
	}
}

func headersTooLarge(reason string) error {
	return &refusal{
		status:  http.StatusRequestHeaderFieldsTooLarge,
		message: "Request Header Fields Too Large", kind: "REQUEST_TOO_LARGE", reason: reason,
	}
}

func notFound(reason string) error {
	return &refusal{
		status: http.StatusNotFound, message: "Not Found", kind: "RESOURCE_NOT_FOUND",
		reason: reason,
	}
}

func tooManyRequests(reason string) error {
	return &refusal{
		status: http.StatusTooManyRequests, message: "Too Many Requests", kind: "THROTTLED",
		reason: reason,
	}
}

func unauthorized(challenge, reason string) error {
	return &refusal{
		status: http.StatusUnauthorized, message: "Unauthorized", kind: "UNAUTHORIZED",
		challenge: challenge, reason: reason,
	}
}

// forbidden is for who may not call; challenge is "" where no token was asked for.
func forbidden(challenge, reason string) error {
	return &refusal{
		status: http.StatusForbidden, message: "Forbidden", kind: "ACCESS_DENIED",
		challenge: challenge, reason: reason,
	}
}

// uriTooLong is for paths that no policy can be asked about. The message is a guess: no source
// shows an HTTP API's.
func uriTooLong(reason string) error {
	return &refusal{
		status: http.StatusRequestURITooLong, message: "Request URI Too Long",
		kind: "REQUEST_TOO_LARGE", reason: reason,
	}
}

// authorizerFailed is for authorizer functions that fail, cannot be run, or answer what is no
// decision.
func authorizerFailed(kind, reason string) error {
	return &refusal{
		status: http.StatusInternalServerError, message: "Internal Server Error",
		kind: kind, reason: reason,
	}
}

// integrationFailed is for functions that fail, cannot be run, or answer what is no response.
func integrationFailed(reason string) error {
	return &refusal{
		status: http.StatusInternalServerError, message: "Internal Server Error",
		kind: "INTEGRATION_FAILURE", reason: reason,
	}
}

// notServed is for what the definition asks for and this gateway does not do.
func notServed(reason string) error {
	return &refusal{
		status: http.StatusInternalServerError, message: "Internal Server Error",
		kind: "API_CONFIGURATION_ERROR", reason: reason,
	}
}

// serviceUnavailable is for functions that are throttled, and for functions and backends that do not
// answer in time or at all.
func serviceUnavailable(kind, reason string) error {
	return &refusal{
		status: http.StatusServiceUnavailable, message: "Service Unavailable",
		kind: kind, reason: reason,
	}
}

// refuse makes the reply of a call that was not served. A failure, which is no refusal, is answered
// 500 and logged, here only.
func (a *API) refuse(_ context.Context, c *call, err error) {
	var no *refusal
	if !errors.As(err, &no) {
		a.deps.Log.Error("a call failed", "api", a.def.Name, "request", c.vars.RequestID,
			"path", c.request.RawPath, "error", err)
		no = &refusal{
			status: http.StatusInternalServerError, message: "Internal Server Error",
			kind: "DEFAULT_5XX",
		}
	}
	c.vars.ErrorMessage, c.vars.ErrorType = no.message, no.kind
	c.reply = exchange.Reply{
		Status: no.status,
		Header: make(exchange.Header, 0, 4),
		Body:   []byte(`{"message":"` + no.message + `"}`),
	}
	if no.challenge != "" {
		// Captured refusals of JWT authorizers have no content type ("Troubleshooting issues with
		// HTTP API JWT authorizers").
		c.reply.Header.Add("www-authenticate", no.challenge)
		return
	}
	c.reply.Header.Add("content-type", "application/json")
}
