package restapi

import (
	"strings"

	"portico/local/gateway/executionlog"
)

// executionText returns the refusal as AWS's execution log words it.
func (r *refusal) executionText(c *call) string {
	switch r.responseType {
	case "UNAUTHORIZED":
		return "Unauthorized request: " + c.vars.RequestID
	case "ACCESS_DENIED":
		return "The client is not authorized to perform this operation."
	case "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE":
		return executionlog.Configuration + r.reason
	case "BAD_REQUEST_PARAMETERS", "UNSUPPORTED_MEDIA_TYPE":
		return r.message
	case "BAD_REQUEST_BODY":
		contentType := c.request.Header.Get("Content-Type")
		if contentType == "" {
			contentType = "application/json"
		}
		return "Request body does not match model schema for content type " + contentType + ": " +
			c.vars.ValidationError
	}
	if known := executionlog.KnownFailure(r.reason); known != "" {
		return known
	}
	switch {
	case c.answer.FunctionError != "":
		return executionlog.FunctionFailed(errorMessage(c.answer.Payload), c.answer.RequestID)
	case strings.HasPrefix(r.reason, "Execution failed due to "):
		return r.reason
	case r.errorType == serverError:
		return executionlog.Configuration + r.reason
	}
	return "Execution failed: " + r.message
}
