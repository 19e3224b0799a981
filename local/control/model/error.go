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
}

// Error returns the code and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// BadRequest returns a 400 BadRequestException.
func BadRequest(format string, args ...any) error {
	return &Error{"BadRequestException", http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// NotFound returns a 404 NotFoundException.
func NotFound(format string, args ...any) error {
	return &Error{"NotFoundException", http.StatusNotFound, fmt.Sprintf(format, args...)}
}

// Conflict returns a 409 ConflictException.
func Conflict(format string, args ...any) error {
	return &Error{"ConflictException", http.StatusConflict, fmt.Sprintf(format, args...)}
}

// NotImplemented returns the answer to an operation that is not served here. AWS has none: it
// implements its operations.
func NotImplemented(service, operation, why string) error {
	return &Error{
		"NotImplemented", http.StatusNotImplemented,
		fmt.Sprintf("%s %s is not implemented here: %s", service, operation, why),
	}
}

func validation(format string, args ...any) error {
	return &Error{"ValidationException", http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func serialization(format string, args ...any) error {
	return &Error{"SerializationException", http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// UnknownOperation is the answer to a request that is no operation of its service.
func UnknownOperation(method, path string) error {
	return &Error{
		"UnknownOperationException", http.StatusNotFound,
		fmt.Sprintf("%s %s is no operation of this service", method, path),
	}
}
