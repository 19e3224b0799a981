package iam

import (
	"net/http"

	"portico/local/control/model"
)

func noSuchEntity(format string, args ...any) error {
	return model.Refuse("NoSuchEntity", http.StatusNotFound, format, args...)
}

func alreadyExists(format string, args ...any) error {
	return model.Refuse("EntityAlreadyExists", http.StatusConflict, format, args...)
}

func deleteConflict(message string) error {
	return model.Refuse("DeleteConflict", http.StatusConflict, "%s", message)
}

func limitExceeded(format string, args ...any) error {
	return model.Refuse("LimitExceeded", http.StatusConflict, format, args...)
}

func invalidInput(format string, args ...any) error {
	return model.Refuse("InvalidInput", http.StatusBadRequest, format, args...)
}

func validationError(format string, args ...any) error {
	return model.Refuse("ValidationError", http.StatusBadRequest, format, args...)
}

func malformed(format string, args ...any) error {
	return model.Refuse("MalformedPolicyDocument", http.StatusBadRequest, format, args...)
}

// describedBy refuses a change of what a template describes.
//
// Unlike AWS: it cannot be changed beside the template; the next edit of that would undo it.
func describedBy(what, name string) error {
	return model.Refuse("UnmodifiableEntity", http.StatusBadRequest,
		"%s %s is described by the template that is served here; change it there", what, name)
}

// accessDenied refuses who may not do something.
func accessDenied(format string, args ...any) error {
	return model.Refuse("AccessDenied", http.StatusForbidden, format, args...)
}
