package restapi

import (
	"fmt"
	"strconv"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/cache"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
	"portico/local/gateway/integration"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/policy"
	"portico/local/gateway/validate"
)

// refusal is an answer API Gateway gives by design. It is made only by the constructors of this
// file: they are all that a client can be told.
type refusal struct {
	responseType string // of the gateway response: "UNAUTHORIZED"; "" for one no API can customise
	status       int
	errorType    string // x-amzn-ErrorType
	opening      string // of the body; before the message
	message      string
	null         bool   // the message is JSON null
	reason       string // for the person at the terminal, never for the client
	// whole is the answer of somebody else, which no gateway response changes; nil for all others.
	whole *exchange.Reply
}

var _ pipeline.Refusal = (*refusal)(nil)

// Error returns the status and the reason.
func (r *refusal) Error() string { return strconv.Itoa(r.status) + ": " + r.reason }

// Refusal returns the reason.
func (r *refusal) Refusal() string { return r.reason }

// What a body begins with: front-layer answers have no blank after the colon, execution-layer ones
// do, and ACCESS_DENIED has a capital.
const (
	front     = `{"message":`
	execution = `{"message": `
	capital   = `{"Message":`
)

// gatewayType is a type of gateway response with what AWS answers when nobody customised it.
type gatewayType struct {
	status    int
	errorType string
	opening   string
}

const serverError = "InternalServerErrorException"

// gatewayTypes are all types but DEFAULT_4XX and DEFAULT_5XX ("Gateway response types").
var gatewayTypes = map[string]gatewayType{
	"ACCESS_DENIED":                  {403, "AccessDeniedException", capital},
	"API_CONFIGURATION_ERROR":        {500, serverError, execution},
	"AUTHORIZER_CONFIGURATION_ERROR": {500, "AuthorizerConfigurationException", front},
	"AUTHORIZER_FAILURE":             {500, "AuthorizerConfigurationException", front},
	"BAD_REQUEST_BODY":               {400, "BadRequestException", execution},
	"BAD_REQUEST_PARAMETERS":         {400, "BadRequestException", execution},
	"EXPIRED_TOKEN":                  {403, "ExpiredTokenException", front},
	"INTEGRATION_FAILURE":            {504, serverError, execution},
	"INTEGRATION_TIMEOUT":            {504, serverError, execution},
	"INVALID_API_KEY":                {403, "ForbiddenException", front},
	"INVALID_SIGNATURE":              {403, "InvalidSignatureException", front},
	"MISSING_AUTHENTICATION_TOKEN":   {403, "MissingAuthenticationTokenException", front},
	"QUOTA_EXCEEDED":                 {429, "LimitExceededException", front},
	"RESOURCE_NOT_FOUND":             {404, "NotFoundException", front},
	"THROTTLED":                      {429, "TooManyRequestsException", front},
	"UNAUTHORIZED":                   {401, "UnauthorizedException", front},
	"UNSUPPORTED_MEDIA_TYPE":         {415, "BadRequestException", execution},
	"WAF_FILTERED":                   {403, "ForbiddenException", front},
	// Customising it is allowed and has no effect ("Known issues").
	"REQUEST_TOO_LARGE": {413, "RequestTooLargeException", front},
}

// refuse returns the refusal of a gateway response type as AWS words it.
func refuse(responseType, message, reason string) *refusal {
	known := gatewayTypes[responseType]
	return &refusal{
		responseType: responseType, status: known.status, errorType: known.errorType,
		opening: known.opening, message: message, reason: reason,
	}
}

func unknownStage(name string) error {
	return &refusal{
		status: 403, errorType: "ForbiddenException", opening: front, message: "Forbidden",
		reason: fmt.Sprintf("the API has no stage %q (the first segment of the path)", name),
	}
}

func endpointDisabled() error {
	return &refusal{
		status: 403, errorType: "ForbiddenException", opening: front, message: "Forbidden",
		reason: "disableExecuteApiEndpoint is set: the API answers on custom domains only",
	}
}

func urlTooLong(length, allowed int) error {
	return &refusal{
		status: 414, errorType: "RequestUriTooLongException", opening: front,
		message: "Request URI too long",
		reason:  fmt.Sprintf("the URL has %d bytes, allowed are %d", length, allowed),
	}
}

func headersTooLarge(length int) error {
	return &refusal{
		status: 431, errorType: "RequestHeaderFieldsTooLargeException", opening: front,
		message: "Request Header Fields Too Large",
		reason: fmt.Sprintf("the header values have %d bytes together, allowed are %d",
			length, maxHeaderValues),
	}
}

func bodyTooLarge(length int) error {
	return refuse("REQUEST_TOO_LARGE", "Request Too Long",
		fmt.Sprintf("the body has %d bytes or more, allowed are %d", length, maxBody))
}

func illegalQuery(character string) error {
	return &refusal{
		status: 400, errorType: "BadRequestException", opening: front, message: "Bad Request",
		reason: fmt.Sprintf("%q in a query string must be percent-encoded", character),
	}
}

// filtered is what a web ACL keeps out. An answer of the web ACL's own wins over gateway responses.
func filtered(verdict *firewall.Verdict) error {
	r := refuse("WAF_FILTERED", "Forbidden", verdict.Reason())
	if verdict.Status != 0 {
		r.whole = &exchange.Reply{
			Status: verdict.Status, Header: verdict.Headers, Body: verdict.Body,
		}
	}
	return r
}

// unknownWebACL lets nobody in where a web ACL stands that cannot be asked.
//
// Unlike AWS: a stage whose web ACL cannot be evaluated lets calls pass there, unless it is told
// otherwise.
func unknownWebACL(arn string) error {
	return badConfiguration("the stage's web ACL " + arn + " is not defined here, so nobody can say " +
		"what it lets in")
}

func unknownRoute(method, path string) error {
	return refuse("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token",
		fmt.Sprintf("no resource serves %s %s", method, path))
}

// noMethod tells a signer that there is nothing at a path; the message has it without its slash.
func noMethod(method, path string) error {
	route := strings.TrimPrefix(path, "/")
	if route == "" {
		route = "/"
	}
	return refuse("RESOURCE_NOT_FOUND",
		fmt.Sprintf("No method found matching route %s for http method %s.", route, method),
		fmt.Sprintf("the call is signed and allowed, and no resource serves %s %s", method, path))
}

func incompleteSignature(message, reason string) error {
	r := refuse("INVALID_SIGNATURE", message, reason)
	r.errorType = "IncompleteSignatureException"
	return r
}

func badSignature(wrong *authorize.SignatureError) error {
	responseType := "INVALID_SIGNATURE"
	switch wrong.Type {
	case "MissingAuthenticationTokenException":
		return refuse("MISSING_AUTHENTICATION_TOKEN", wrong.Message,
			"the method wants a signed call (AWS_IAM), and this one has no signature")
	case "ExpiredTokenException":
		responseType = "EXPIRED_TOKEN"
	}
	r := refuse(responseType, wrong.Message, "the signature: "+wrong.Error())
	r.errorType = wrong.Type
	return r
}

// signerDenied tells a signer that no policy lets it in. The account in the ARN is masked but for
// its last four digits.
func signerDenied(userARN, methodARN string, d authorize.IAMDecision) error {
	return refuse("ACCESS_DENIED", userDenied(userARN, methodARN, d.Explicit),
		"execute-api:Invoke on "+methodARN+" by "+userARN+": "+d.Why)
}

// anonymousDenied tells a client that the resource policy does not let it in.
func anonymousDenied(methodARN string, d policy.Decision, why string) error {
	return refuse("ACCESS_DENIED", userDenied("anonymous", methodARN, d.Effect == policy.Deny),
		"execute-api:Invoke on "+methodARN+" by anybody: "+why)
}

// privateWithoutPolicy refuses every call of a private API that has no resource policy.
func privateWithoutPolicy(methodARN string) error {
	return refuse("ACCESS_DENIED", userDenied("anonymous", methodARN, false),
		"the API is private and has no resource policy, so nobody may call it")
}

func notThroughEndpoint() error {
	return &refusal{
		status: 403, errorType: "ForbiddenException", opening: front, message: "Forbidden",
		reason: "the API is private, and the call comes through no VPC endpoint: set vpcEndpoint in " +
			"portico.yaml, or send the header " + endpointHeader,
	}
}

func userDenied(user, methodARN string, explicit bool) string {
	masked := methodARN
	if parts := strings.SplitN(methodARN, ":", 6); len(parts) == 6 && len(parts[4]) > 4 {
		shown := len(parts[4]) - 4
		parts[4] = strings.Repeat("*", shown) + parts[4][shown:]
		masked = strings.Join(parts, ":")
	}
	message := "User: " + user + " is not authorized to perform: execute-api:Invoke on resource: " +
		masked
	if explicit {
		message += " with an explicit deny"
	}
	return message
}

func mayNotInvalidate(route string) error {
	return refuse("ACCESS_DENIED", "User is not authorized to access this resource",
		"Cache-Control: max-age=0 wants a new reply of "+route+", and no policy allows the caller "+
			cache.InvalidateAction)
}

func methodARNTooLong(length int) error {
	return &refusal{
		status: 414, errorType: "RequestUriTooLongException", opening: front,
		message: "Request URI too long",
		reason: fmt.Sprintf("the method ARN has %d bytes, allowed are %d with authorization",
			length, maxMethodARN),
	}
}

func authorizerRefusal(denied *authorize.LambdaError) *refusal {
	const notAuthorized = "User is not authorized to access this resource"
	reason := denied.Reason
	switch denied.Denial {
	case authorize.MissingIdentity, authorize.InvalidIdentity, authorize.Unauthorized:
		return refuse("UNAUTHORIZED", "Unauthorized", reason)
	case authorize.ExplicitDeny:
		return refuse("ACCESS_DENIED", notAuthorized+" with an explicit deny", reason)
	case authorize.ImplicitDeny:
		return refuse("ACCESS_DENIED", notAuthorized, reason)
	case authorize.ARNTooLong:
		return &refusal{
			status: 414, errorType: "RequestUriTooLongException", opening: front,
			message: "Request URI too long", reason: reason,
		}
	case authorize.FunctionFailed:
		r := refuse("AUTHORIZER_FAILURE", "", reason)
		r.null = true
		return r
	}
	return authorizerMisconfigured(reason)
}

func cognitoRefusal(denied *authorize.CognitoError) *refusal {
	switch denied.Denial {
	case authorize.ExpiredToken:
		return refuse("UNAUTHORIZED", "The incoming token has expired", denied.Reason)
	case authorize.NoKeys:
		return authorizerMisconfigured(denied.Reason)
	}
	return refuse("UNAUTHORIZED", "Unauthorized", denied.Reason)
}

func authorizerMisconfigured(reason string) *refusal {
	r := refuse("AUTHORIZER_CONFIGURATION_ERROR", "", reason)
	r.null = true
	return r
}

// authorizationNotServed lets nobody in: the words are those AWS has for a call that brings nothing
// to authorize it.
func authorizationNotServed(responseType, message, what string) func() error {
	return func() error { return refuse(responseType, message, what+" is not served yet") }
}

func invalidAPIKey(reason string) error { return refuse("INVALID_API_KEY", "Forbidden", reason) }

func tooManyRequests(reason string) error {
	return refuse("THROTTLED", "Too Many Requests", reason)
}

func quotaExceeded(reason string) error {
	return refuse("QUOTA_EXCEEDED", "Limit Exceeded", reason)
}

func missingParameters(lacking *validate.ParametersError) error {
	return refuse("BAD_REQUEST_PARAMETERS", lacking.Error(), "the request validator: "+lacking.Error())
}

func invalidBody(wrong *validate.BodyError) error {
	return refuse("BAD_REQUEST_BODY", wrong.Error(), fmt.Sprintf(
		"the request validator: the body does not fit model %s: %s", wrong.Model,
		wrong.ValidationError()))
}

func unsupportedMediaType(contentType string) error {
	return refuse("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", fmt.Sprintf(
		"no request template is for Content-Type %q, and the passthrough behaviour forbids to "+
			"pass it through", contentType))
}

// unsupportedCoding refuses a body whose Content-Encoding is none that an API knows, or not that of
// the body.
func unsupportedCoding(coding string, broken error) error {
	reason := fmt.Sprintf("Content-Encoding %q is not known, allowed are gzip, deflate and identity",
		coding)
	if broken != nil {
		reason = fmt.Sprintf("the body is not what its Content-Encoding %q says: %v", coding, broken)
	}
	return refuse("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type", reason)
}

// invalidJSON answers a body that a parameter mapping reads. It has no type of gateway response but
// DEFAULT_4XX.
func invalidJSON() error {
	const message = "Invalid JSON in request body"
	return &refusal{
		responseType: "DEFAULT_4XX", status: 400, errorType: "BadRequestException",
		opening: execution, message: message,
		reason: message + ": a parameter mapping reads it with a JSON path",
	}
}

const internal = "Internal server error"

// badConfiguration is an integration that cannot be called, or whose answer cannot be mapped.
func badConfiguration(detail string) error {
	return refuse("API_CONFIGURATION_ERROR", internal, detail)
}

// wrongIntegrationMethod answers 500, although INTEGRATION_FAILURE is listed as 504.
func wrongIntegrationMethod(method string) error {
	r := refuse("INTEGRATION_FAILURE", internal, fmt.Sprintf(
		"the integration calls Lambda with HTTP method %q, it must be POST", method))
	r.status = 500
	return r
}

func integrationRefusal(failed *integration.Error) *refusal {
	switch failed.Kind {
	case integration.TimedOut:
		return refuse("INTEGRATION_TIMEOUT", "Endpoint request timed out", failed.Text)
	case integration.Unreachable:
		return refuse("INTEGRATION_FAILURE", "Network error communicating with endpoint", failed.Text)
	case integration.Refused:
		if failed.Status != "403" { // throttled, not found: no fault of the API's definition
			r := refuse("INTEGRATION_FAILURE", internal, failed.Text)
			r.status = 500
			return r
		}
	}
	return refuse("API_CONFIGURATION_ERROR", internal, failed.Text)
}

func functionFailed(function string, answer exchange.Invoked) *refusal {
	return badGateway(functionError(function, answer))
}

// functionError returns what AWS logs of a function that failed.
func functionError(function string, answer exchange.Invoked) string {
	document := answer.Payload
	if len(document) > 512 {
		document = append(document[:512:512], "…"...)
	}
	return fmt.Sprintf("Lambda execution failed with status 200 due to customer function "+
		"error: %s: %s. Lambda request id: %s", function, document, answer.RequestID)
}

func malformedResponse(function string, err error) *refusal {
	return badGateway(fmt.Sprintf("Execution failed due to configuration error: Malformed Lambda "+
		"proxy response: %s: %v", function, err))
}

func badGateway(reason string) *refusal {
	r := refuse("INTEGRATION_FAILURE", internal, reason)
	r.status = 502
	return r
}

// failure is what a client is told of anything that is no refusal.
func failure(err error) *refusal {
	return &refusal{
		responseType: "API_CONFIGURATION_ERROR", status: 500, errorType: serverError,
		opening: execution, message: internal, reason: err.Error(),
	}
}
