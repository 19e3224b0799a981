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

// Refuse returns an error of that code and HTTP status.
func Refuse(code string, status int, format string, args ...any) *Error {
	return &Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// BadRequest returns a 400 BadRequestException.
func BadRequest(format string, args ...any) error {
	return Refuse("BadRequestException", http.StatusBadRequest, format, args...)
}

// NotFound returns a 404 NotFoundException.
func NotFound(format string, args ...any) error {
	return Refuse("NotFoundException", http.StatusNotFound, format, args...)
}

// Conflict returns a 409 ConflictException.
func Conflict(format string, args ...any) error {
	return Refuse("ConflictException", http.StatusConflict, format, args...)
}

// NotImplemented returns the answer to an operation that is not served here. AWS has none: it
// implements its operations.
func NotImplemented(service, operation, why string) error {
	return Refuse("NotImplemented", http.StatusNotImplemented,
		"%s %s is not implemented here: %s", service, operation, why)
}

func (s *Service) validation(format string, args ...any) error {
	return Refuse(s.code(), http.StatusBadRequest, format, args...)
}

func serialization(format string, args ...any) error {
	return Refuse("SerializationException", http.StatusBadRequest, format, args...)
}

// UnknownOperation is the answer to a request that is no operation of its service.
func UnknownOperation(method, path string) error {
	return Refuse("UnknownOperationException", http.StatusNotFound,
		"%s %s is no operation of this service", method, path)
}
