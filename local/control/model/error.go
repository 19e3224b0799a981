package model

import (
	"fmt"
	"net/http"
)

// Error is an error of AWS's, as its clients see it.
type Error struct {
	Code    string // NotFoundException
	Status  int
	Message string
	// Members are what the error says besides, by their names in the model; nil for most.
	Members map[string]string
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

func newError(code string, status int, format string, args []any) *Error {
	return &Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// BadRequest returns a 400 BadRequestException.
func BadRequest(format string, args ...any) error {
	return newError("BadRequestException", http.StatusBadRequest, format, args)
}

// NotFound returns a 404 NotFoundException.
func NotFound(format string, args ...any) error {
	return newError("NotFoundException", http.StatusNotFound, format, args)
}

// Conflict returns a 409 ConflictException.
func Conflict(format string, args ...any) error {
	return newError("ConflictException", http.StatusConflict, format, args)
}

// NotImplemented returns the answer to an operation that is not served here. AWS has none: it
// implements its operations.
func NotImplemented(service, operation, why string) error {
	return newError("NotImplemented", http.StatusNotImplemented,
		"%s %s is not implemented here: %s", []any{service, operation, why})
}

func (s *Service) validation(format string, args ...any) error {
	return newError(s.code(), http.StatusBadRequest, format, args)
}

func serialization(format string, args ...any) error {
	return newError("SerializationException", http.StatusBadRequest, format, args)
}

// UnknownOperation is the answer to a request that is no operation of its service.
func UnknownOperation(method, path string) error {
	return newError("UnknownOperationException", http.StatusNotFound,
		"%s %s is no operation of this service", []any{method, path})
}
