package lambda

import (
	"errors"
	"fmt"
	"net/http"

	"portico/local/control/model"
	plane "portico/local/lambda"
)

func refuse(code string, status int, format string, args []any) *model.Error {
	return &model.Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// invalid is the answer to what has no meaning, or is not served.
func invalid(format string, args ...any) *model.Error {
	return refuse("InvalidParameterValueException", http.StatusBadRequest, format, args)
}

func notFound(format string, args ...any) *model.Error {
	return refuse("ResourceNotFoundException", http.StatusNotFound, format, args)
}

func conflict(format string, args ...any) *model.Error {
	return refuse("ResourceConflictException", http.StatusConflict, format, args)
}

// stale is the answer to a RevisionId that is not the latest; ask is what tells that.
func stale(ask string) *model.Error {
	return refuse("PreconditionFailedException", http.StatusPreconditionFailed,
		"The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve "+
			"the latest Revision Id", []any{ask})
}

func unknownFunction(arn string) *model.Error { return notFound("Function not found: %s", arn) }

func unknownAlias(arn string) *model.Error { return notFound("Cannot find alias arn: %s", arn) }

// unknown is Lambda's word for most that does not exist.
func unknown() *model.Error { return notFound("The resource you requested does not exist.") }

func tooLarge(format string, args ...any) *model.Error {
	return refuse("RequestEntityTooLargeException", http.StatusRequestEntityTooLarge, format, args)
}

// fromTemplate is the answer to a change of what the template describes. AWS has none: it has no
// template that anybody holds it to.
func fromTemplate(what, name string) *model.Error {
	return invalid("%s %s is the template's: change it there. Of its functions, versions can be "+
		"published here and aliases moved", what, name)
}

// refusalOf says the refusals of the data plane as the API does.
func refusalOf(err error) error {
	var ours *model.Error
	var refused *plane.Error
	if errors.As(err, &ours) || !errors.As(err, &refused) {
		return err
	}
	said := &model.Error{Code: refused.Code, Status: refused.Status, Message: refused.Message}
	if refused.Reason != "" {
		said.Members = map[string]string{"Reason": refused.Reason}
		said.Message = "Rate Exceeded."
	}
	return said
}
