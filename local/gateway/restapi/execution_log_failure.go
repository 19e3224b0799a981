package restapi

import "strings"

// knownFailures are the texts AWS's execution log ends with; what follows them in a reason is for
// the person at the terminal.
var knownFailures = []string{
	"Execution failed due to configuration error: Malformed Lambda proxy response",
	"Execution failed due to configuration error: Invalid permissions on Lambda function",
	"Execution failed due to configuration error: Invalid endpoint address",
	"Execution failed due to a timeout error",
	"Execution failed due to a network error communicating with endpoint",
}

// executionText returns the refusal as AWS's execution log words it.
func (r *refusal) executionText(c *call) string {
	switch r.responseType {
	case "UNAUTHORIZED":
		return "Unauthorized request: " + c.vars.RequestID
	case "ACCESS_DENIED":
		return "The client is not authorized to perform this operation."
	case "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE":
		return "Execution failed due to configuration error: " + r.reason
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
	for _, known := range knownFailures {
		if strings.HasPrefix(r.reason, known) {
			return known
		}
	}
	switch {
	case c.answer.FunctionError != "":
		return "Lambda execution failed with status 200 due to customer function error: " +
			errorMessage(c.answer.Payload) + ". Lambda request id: " + c.answer.RequestID
	case strings.HasPrefix(r.reason, "Execution failed due to "):
		return r.reason
	case r.errorType == serverError:
		return "Execution failed due to configuration error: " + r.reason
	}
	return "Execution failed: " + r.message
}
