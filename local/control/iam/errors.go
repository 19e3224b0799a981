package iam

import (
	"fmt"
	"net/http"

	"portico/local/control/model"
)

func refusal(code string, status int, format string, args ...any) error {
	return &model.Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

func noSuchEntity(format string, args ...any) error {
	return refusal("NoSuchEntity", http.StatusNotFound, format, args...)
}

func alreadyExists(format string, args ...any) error {
	return refusal("EntityAlreadyExists", http.StatusConflict, format, args...)
}

func deleteConflict(message string) error {
	return refusal("DeleteConflict", http.StatusConflict, "%s", message)
}

func limitExceeded(format string, args ...any) error {
	return refusal("LimitExceeded", http.StatusConflict, format, args...)
}

func invalidInput(format string, args ...any) error {
	return refusal("InvalidInput", http.StatusBadRequest, format, args...)
}

func validationError(format string, args ...any) error {
	return refusal("ValidationError", http.StatusBadRequest, format, args...)
}

func malformed(format string, args ...any) error {
	return refusal("MalformedPolicyDocument", http.StatusBadRequest, format, args...)
}

// describedBy refuses a change of what a template describes.
//
// Unlike AWS: it cannot be changed beside the template; the next edit of that would undo it.
func describedBy(what, name string) error {
	return refusal("UnmodifiableEntity", http.StatusBadRequest,
		"%s %s is described by the template that is served here; change it there", what, name)
}

// accessDenied refuses who may not do something.
func accessDenied(format string, args ...any) error {
	return refusal("AccessDenied", http.StatusForbidden, format, args...)
}
