package lambda

import (
	"errors"
	"net/http"

	"portico/local/control/model"
	plane "portico/local/lambda"
)

// invalid is the answer to what has no meaning, or is not served.
func invalid(format string, args ...any) *model.Error {
	return model.Refuse("InvalidParameterValueException", http.StatusBadRequest, format, args...)
}

func notFound(format string, args ...any) *model.Error {
	return model.Refuse("ResourceNotFoundException", http.StatusNotFound, format, args...)
}

func conflict(format string, args ...any) *model.Error {
	return model.Refuse("ResourceConflictException", http.StatusConflict, format, args...)
}

// stale is the answer to a RevisionId that is not the latest; ask is what tells that.
func stale(ask string) *model.Error {
	return model.Refuse("PreconditionFailedException", http.StatusPreconditionFailed,
		"The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve "+
			"the latest Revision Id", ask)
}

func unknownFunction(arn string) *model.Error { return notFound("Function not found: %s", arn) }

func unknownAlias(arn string) *model.Error { return notFound("Cannot find alias arn: %s", arn) }

// unknown is Lambda's word for most that does not exist.
func unknown() *model.Error { return notFound("The resource you requested does not exist.") }

func tooLarge(format string, args ...any) *model.Error {
	return model.Refuse("RequestEntityTooLargeException", http.StatusRequestEntityTooLarge, format, args...)
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
