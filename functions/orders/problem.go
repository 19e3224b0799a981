package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"portico/shared/order"
)

// problem is a refusal as RFC 9457 writes it.
type problem struct {
	Type      string        `json:"type"`
	Title     string        `json:"title"`
	Status    int           `json:"status"`
	Detail    string        `json:"detail"`
	RequestID string        `json:"requestId,omitempty"`
	Errors    []order.Fault `json:"errors,omitempty"`
}

// Error is the detail.
func (p *problem) Error() string { return p.Title + ": " + p.Detail }

// refusal makes a problem of a kind; the type is a name to decide by, not an address to fetch.
func refusal(status int, kind, title, detail string) *problem {
	return &problem{
		Type: "urn:portico:problem:" + kind, Title: title, Status: status, Detail: detail,
	}
}

func forbidden(detail string) *problem {
	return refusal(http.StatusForbidden, "forbidden", "Forbidden", detail)
}

func notFound(detail string) *problem {
	return refusal(http.StatusNotFound, "not-found", "Not found", detail)
}

func badRequest(detail string) *problem {
	return refusal(http.StatusBadRequest, "bad-request", "Bad request", detail)
}

func unprocessable(detail string, faults []order.Fault) *problem {
	p := refusal(http.StatusUnprocessableEntity, "invalid-order", "Invalid order", detail)
	p.Errors = faults
	return p
}

func preconditionRequired() *problem {
	return refusal(http.StatusPreconditionRequired, "precondition-required",
		"Precondition required",
		"Send If-Match with the ETag of the order you have read, or * for any.")
}

func stale(current string) *problem {
	return refusal(http.StatusPreconditionFailed, "stale-version", "Stale version",
		"The order has the ETag "+current+" now; read it again before you change it.")
}

func conflict(kind, detail string) *problem {
	return refusal(http.StatusConflict, kind, "Conflict", detail)
}

func keyReused() *problem {
	return refusal(http.StatusUnprocessableEntity, "idempotency-key-reused",
		"Idempotency key reused",
		"This Idempotency-Key has made an order with other contents; use a new key.")
}

// asProblem hides a failure's words from the client; the log has them.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	return refusal(http.StatusInternalServerError, "failure", "Internal server error",
		"The order service failed; try again, and name the request id if it lasts.")
}

// write answers with the problem.
func (p *problem) write(w http.ResponseWriter, requestID string) {
	named := *p
	named.RequestID = requestID
	body, err := json.Marshal(named)
	if err != nil { // text and numbers always can be written
		body = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // into memory
}
