package websocketapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// accessDenied is the error type of signers whom no policy lets in.
const accessDenied = "AccessDeniedException"

// refusal is what API Gateway says no with. On an upgrade the client sees all of it, on a message
// the text alone; the reason stays in the marks.
type refusal struct {
	status    int
	errorType string // of the header x-amzn-ErrorType
	message   string // "" for an empty body
	plain     bool   // the body has the message alone, without connection and request id
	invalid   bool   // the text to a client names the message, as of one that fits no model
	header    exchange.Header
	reason    string
	cause     error // what made the gateway refuse, when something broke
}

// Error returns the reason, and what broke.
func (r *refusal) Error() string {
	if r.cause != nil {
		return r.reason + ": " + r.cause.Error()
	}
	return r.reason
}

// Refusal says why, for the person at the terminal.
func (r *refusal) Refusal() string { return r.Error() }

// Unwrap returns what broke.
func (r *refusal) Unwrap() error { return r.cause }

func forbidden(reason string) error {
	return &refusal{
		status: http.StatusForbidden, errorType: "ForbiddenException", message: "Forbidden",
		reason: reason,
	}
}

func unauthorized(reason string) error {
	return &refusal{
		status: http.StatusUnauthorized, errorType: "UnauthorizedException",
		message: "Unauthorized", reason: reason,
	}
}

func authorizerFailed(cause error) error {
	return &refusal{
		status: http.StatusInternalServerError, errorType: "InternalServerErrorException",
		message: "Internal server error", reason: "the authorizer failed", cause: cause,
	}
}

func integrationFailed(cause error) error { return badGateway(cause) }

func badGateway(cause error) *refusal {
	return &refusal{
		status: http.StatusBadGateway, errorType: "InternalServerErrorException",
		message: "Internal server error", reason: "the integration failed", cause: cause,
	}
}

func integrationTimedOut(cause error) error {
	return &refusal{
		status: http.StatusGatewayTimeout, errorType: "InternalServerErrorException",
		message: "Endpoint request timed out", reason: "the integration took too long", cause: cause,
	}
}

// integrationFault answers for an integration that was not reached. The statuses are those of REST
// APIs; of WebSocket APIs it is known only what clients are told.
func integrationFault(failed *integration.Error) error {
	switch failed.Kind {
	case integration.TimedOut:
		return integrationTimedOut(failed)
	case integration.Unreachable:
		r := badGateway(failed)
		r.status = http.StatusGatewayTimeout
		return r
	}
	return misconfigured(failed.Text)
}

// misconfigured answers for an API that cannot do what its definition says.
func misconfigured(reason string) error {
	return &refusal{
		status: http.StatusInternalServerError, errorType: "InternalServerErrorException",
		message: "Internal server error", reason: reason,
	}
}

func badRequest(message, reason string) *refusal {
	return &refusal{
		status: http.StatusBadRequest, errorType: "BadRequestException", message: message,
		reason: reason,
	}
}

// badRequestBody answers a message that fits no model ("Request validation for WebSocket APIs").
func badRequestBody(reason string) error {
	r := badRequest("Bad request body", reason)
	r.invalid = true
	return r
}

// missingParameters says it in the words of REST APIs; those of WebSocket APIs are not known.
func missingParameters(message string) error { return badRequest(message, message) }

// invalidJSON answers a message that a parameter mapping cannot read, as REST APIs do.
func invalidJSON() error {
	const message = "Invalid JSON in request body"
	return badRequest(message, message)
}

func unsupportedMediaType() error {
	return &refusal{
		status: http.StatusUnsupportedMediaType, errorType: "BadRequestException",
		message: "Unsupported Media Type", reason: "no request template has the key that the template " +
			"selection expression yields, there is no $default, and the passthrough behavior forbids to " +
			"pass the message on",
	}
}

func badHandshake(reason string) error {
	return &refusal{
		status: http.StatusBadRequest, errorType: "BadRequestException", message: "Bad Request",
		reason: reason,
	}
}

func wrongVersion(version string) error {
	return &refusal{
		status: http.StatusUpgradeRequired, errorType: "BadRequestException",
		message: "Upgrade Required",
		header:  exchange.Header{{Name: "Sec-WebSocket-Version", Value: "13"}},
		reason:  "the client speaks WebSocket version " + version + ", allowed is 13",
	}
}

func closing() error {
	return &refusal{
		status: http.StatusServiceUnavailable, errorType: "ServiceUnavailableException",
		message: "Service Unavailable", reason: errClosing.Error(),
	}
}

// badSignature carries AWS's own words about a signature.
func badSignature(err *authorize.SignatureError) error {
	return &refusal{
		status: http.StatusForbidden, errorType: err.Type, message: err.Message, plain: true,
		reason: "the signature does not hold: " + err.Type,
	}
}

// signerRefused answers an upgrade whose signature does not hold, or whose signer may not connect.
// The body says no more than Forbidden; the error type tells them apart.
func signerRefused(errorType, reason string) error {
	return &refusal{
		status: http.StatusForbidden, errorType: errorType, message: "Forbidden", reason: reason,
	}
}

// mayNot tells a signer that no policy lets it do something. The account in the ARN is masked but
// for its last four digits.
func mayNot(action string, signer *authorize.Signer, resource string, d authorize.IAMDecision) error {
	masked := resource
	if parts := strings.SplitN(resource, ":", 6); len(parts) == 6 && len(parts[4]) > 4 {
		hidden := len(parts[4]) - 4
		parts[4] = strings.Repeat("*", hidden) + parts[4][hidden:]
		masked = strings.Join(parts, ":")
	}
	message := "User: " + signer.PrincipalARN + " is not authorized to perform: " + action +
		" on resource: " + masked
	if d.Explicit {
		message += " with an explicit deny"
	}
	return &refusal{
		status: http.StatusForbidden, errorType: accessDenied, message: message, plain: true,
		reason: action + " on " + resource + " by " + signer.PrincipalARN + ": " + d.Why,
	}
}

func gone(id string) error {
	return &refusal{
		status: http.StatusGone, errorType: "GoneException",
		reason: "there is no open connection " + id + ": it is closed, never was, or $connect has " +
			"not been answered yet",
	}
}

func malformedID(id string) error {
	return &refusal{
		status: http.StatusBadRequest, errorType: "BadRequestException", plain: true,
		message: "Invalid connectionId: " + id, reason: "the connection id is not base64",
	}
}

func payloadTooLarge(size int) error {
	return &refusal{
		status: http.StatusRequestEntityTooLarge, errorType: "PayloadTooLargeException", plain: true,
		message: "Message too long", reason: overLimit(size, maxMessage),
	}
}

// Unlike AWS: data that is no UTF-8 is refused; there the client gets a text frame it must reject.
func notText() error {
	return &refusal{
		status: http.StatusBadRequest, errorType: "BadRequestException", plain: true,
		message: "Data must be UTF-8 text", reason: "the data is not UTF-8, and messages are text",
	}
}

func limitExceeded(reason string) error {
	return &refusal{
		status: http.StatusTooManyRequests, errorType: "LimitExceededException", plain: true,
		message: "Limit exceeded", reason: reason,
	}
}

func tooManyRequests(reason string) error {
	return &refusal{
		status: http.StatusTooManyRequests, errorType: "LimitExceededException",
		message: "Too Many Requests", reason: reason,
	}
}

func quotaExceeded(reason string) error {
	return &refusal{
		status: http.StatusTooManyRequests, errorType: "LimitExceededException",
		message: "Limit Exceeded", reason: reason,
	}
}

func headersTooLarge(reason string) error {
	return &refusal{
		status: http.StatusRequestHeaderFieldsTooLarge, errorType: "BadRequestException",
		message: "Request Header Fields Too Large", reason: reason,
	}
}

// unknownCommand answers a method that @connections does not have.
func unknownCommand(method string) error {
	return &refusal{
		status: http.StatusForbidden, errorType: "ForbiddenException", message: "Forbidden",
		reason: "@connections has no " + method + ", allowed are POST, GET and DELETE",
	}
}

// refuseUpgrade turns what ended an upgrade or a command into its reply.
func (a *API) refuseUpgrade(_ context.Context, c *call, err error) {
	r := a.asRefusal(c, err)
	c.reply = exchange.Reply{Status: r.status, Header: append(exchange.Header{
		{Name: "x-amzn-RequestId", Value: c.vars.RequestID},
		{Name: "x-amzn-ErrorType", Value: r.errorType},
	}, r.header...)}
	if r.message != "" {
		c.reply.Header.Add("Content-Type", "application/json")
		c.reply.Body = []byte(r.text(c))
	}
}

// refuseMessage turns what ended a message into the text that its client is sent.
func (a *API) refuseMessage(_ context.Context, c *call, err error) {
	r := a.asRefusal(c, err)
	c.reply.Status, c.out = r.status, r.text(c)
}

// noteStatus records how a disconnect failed.
func (a *API) noteStatus(_ context.Context, c *call, err error) {
	c.reply.Status = a.asRefusal(c, err).status
}

// asRefusal makes a failure, which is logged here and nowhere else, an answer.
func (a *API) asRefusal(c *call, err error) *refusal {
	var r *refusal
	if !errors.As(err, &r) {
		if a.deps.Log != nil {
			a.deps.Log.Error("a call failed", "api", a.def.ID, "request", c.vars.RequestID, "error", err)
		}
		r = &refusal{
			status: http.StatusInternalServerError, errorType: "InternalServerErrorException",
			message: "Internal server error",
		}
	}
	c.refused, c.vars.ErrorMessage, c.vars.ErrorType = r, r.message, r.errorType
	return r
}

// text prints the message as AWS does, with the blank after each comma.
func (r *refusal) text(c *call) string {
	quoted, err := jsontext.AppendQuote([]byte(`{"message": `), r.message)
	if err != nil {
		return `{"message": "Internal server error"}`
	}
	if r.plain {
		return string(quoted) + "}"
	}
	if r.invalid && c.vars.MessageID != "" {
		return `{"message" : "` + r.message + `", "connectionId": "` + c.vars.ConnectionID +
			`", "messageId": "` + c.vars.MessageID + `"}`
	}
	text := string(quoted) + `, "connectionId":"` + c.vars.ConnectionID + `", "requestId":"` +
		c.vars.RequestID + `"}`
	return text
}
