package cloudformation

import (
	"net/http"

	"portico/local/control/model"
)

// invalid returns the error that CloudFormation gives for nearly everything.
func invalid(format string, args ...any) error {
	return model.Refuse("ValidationError", http.StatusBadRequest, format, args...)
}

// noStack is the answer of what reads a stack that is not there.
func noStack(name string) error { return invalid("Stack with id %s does not exist", name) }

// noStackInBrackets is that of what changes a stack, and of its events and change sets.
func noStackInBrackets(name string) error { return invalid("Stack [%s] does not exist", name) }

func stackExists(name string) error {
	return model.Refuse("AlreadyExistsException", http.StatusBadRequest, "Stack [%s] already exists", name)
}

func noChangeSet(name string) error {
	return model.Refuse("ChangeSetNotFound", http.StatusNotFound, "ChangeSet [%s] does not exist", name)
}

func cannotUpdate(one *stack) error {
	return invalid("Stack:%s is in %s state and can not be updated.", one.ID, one.Status)
}

// templatesOwn is the answer to a change of a stack that the runner was started with. AWS has no such
// stacks.
func templatesOwn(name string) error {
	return invalid("Stack [%s] comes from the template that the runner was started with, and cannot be "+
		"changed here; start the runner with --empty to deploy it", name)
}
