package httpapi

import (
	"context"
	"errors"
	"net/http"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// urlRefusal is an answer Lambda gives by design for a function URL. Only the constructors below make
// one.
type urlRefusal struct {
	status int
	kind   string // x-amzn-ErrorType; "" where AWS sends none
	body   []byte
	reason string // for the person at the terminal
}

// Error returns the body and the reason.
func (r *urlRefusal) Error() string { return string(r.body) + ": " + r.reason }

// Refusal returns the reason.
func (r *urlRefusal) Refusal() string { return r.reason }

// urlForbidden is for who may not invoke the function, and for a function that is not there.
func urlForbidden(reason string) error {
	const message = "Forbidden. For troubleshooting Function URL authorization issues, see: " +
		"https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
	return &urlRefusal{
		status: http.StatusForbidden, kind: "AccessDeniedException",
		body: payload.AppendLambdaRefusal(nil, "Message", message), reason: reason,
	}
}

func urlBadSignature(kind, message, reason string) error {
	return &urlRefusal{
		status: http.StatusForbidden, kind: kind,
		body: payload.AppendLambdaRefusal(nil, "message", message), reason: reason,
	}
}

// urlTooLarge is for events that are too large to invoke a function with. No source shows what a
// function URL answers; the words are those of Invoke.
func urlTooLarge(message, reason string) error {
	return &urlRefusal{
		status: http.StatusRequestEntityTooLarge, kind: "RequestTooLargeException",
		body: payload.AppendLambdaRefusal(nil, "message", message), reason: reason,
	}
}

// urlThrottled is for functions without concurrency left. No source shows the body; it is that of
// Invoke.
func urlThrottled(limit, reason string) error {
	return &urlRefusal{
		status: http.StatusTooManyRequests, kind: "TooManyRequestsException",
		body: payload.AppendLambdaThrottle(nil, limit), reason: reason,
	}
}

// urlFailed is for functions that fail, take longer than they may, or answer what is no response.
func urlFailed(reason string) error {
	return &urlRefusal{
		status: http.StatusBadGateway, body: []byte("Internal Server Error"), reason: reason,
	}
}

// urlRefused turns Lambda's own refusal into that of the URL.
func urlRefused(no *exchange.InvokeError) error {
	switch no.Status {
	case http.StatusTooManyRequests:
		return urlThrottled(no.Reason, no.Error())
	case http.StatusRequestEntityTooLarge:
		return urlTooLarge(no.Message, no.Error())
	case http.StatusNotFound, http.StatusForbidden:
		return urlForbidden(no.Error())
	}
	return urlFailed(no.Error())
}

// refuse makes the reply of a call that was not served. A failure, which is no refusal, is logged,
// here only.
func (u *FunctionURL) refuse(_ context.Context, c *urlCall, err error) {
	var no *urlRefusal
	if !errors.As(err, &no) {
		u.deps.Log.Error("a call failed", "url", u.def.Name, "request", c.vars.RequestID,
			"path", c.request.RawPath, "error", err)
		no = &urlRefusal{status: http.StatusBadGateway, body: []byte("Internal Server Error")}
	}
	c.reply = exchange.Reply{
		Status: no.status, Body: no.body,
		Header: exchange.Header{{Name: "Content-Type", Value: "application/json"}},
	}
	if no.kind != "" {
		c.reply.Header.Add("x-amzn-ErrorType", no.kind)
	}
}
