package exchange

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// RequestTimeLayout is how AWS prints $context.requestTime.
const RequestTimeLayout = "02/Jan/2006:15:04:05 -0700"

// Variables are the $context variables of one call. Each step fills what it is responsible for;
// access logs, mapping templates, gateway responses and authorizer identity sources read them by
// AWS's names through Lookup.
type Variables struct {
	// Written on arrival.
	AccountID, APIID, Stage, DomainName, DomainPrefix string
	RequestID, ExtendedRequestID                      string
	HTTPMethod, Path, Protocol                        string // Path with the stage, as sent
	RequestTime                                       time.Time
	Began                                             time.Time // RequestTime by clock.Begin, for latencies
	SourceIP, UserAgent                               string
	VPCEndpointID, VPCID                              string // of a private API
	DeploymentID                                      string
	// CanaryRequest says whether the canary serves the call; nil on a stage without one.
	CanaryRequest *bool
	// RequestIDReplaced says that the client asked for a request id that is no UUID: a new one is
	// used, and Lookup says so as AWS's logs do.
	RequestIDReplaced bool
	// Domain is the custom domain name the call came by, nil for the API's own names.
	Domain                  *Domain
	ClientCertificate       *ClientCertificate // nil without mutual TLS
	TLSVersion, CipherSuite string             // "" without TLS

	// Written by the step that inspects by a web ACL.
	WebACLARN, WAFResponseCode string // "" without a web ACL; WAF_ALLOW, WAF_BLOCK
	WAFLatency                 time.Duration

	// Written by the step that matches a resource or route.
	ResourceID, ResourcePath string // REST
	RouteKey                 string // HTTP, WebSocket
	OperationName            string

	// Written by the authorizer step. Values are strings for REST and WebSocket APIs.
	PrincipalID string
	Authorizer  map[string]any
	Claims      map[string]string
	Caller      Caller

	// Written by the WebSocket API.
	Authenticate, Authorize            Phase
	ConnectionID, EventType, MessageID string
	ConnectedAt                        time.Time

	// Written by the integration step.
	IntegrationStatus        string // of the Lambda service
	IntegrationBackendStatus string // of the code or backend
	IntegrationLatency       time.Duration
	IntegrationRequestID     string
	IntegrationError         string
	EndpointRequestID        string        // x-amzn-requestid or x-amz-request-id of an AWS service
	EndpointRequestID2       string        // its x-amz-id-2
	TransferMode             string        // BUFFERED, STREAMED; "" while no integration was called
	TimeToAllHeaders         time.Duration // of a streamed answer
	TimeToFirstContent       time.Duration // of a streamed answer; 0 when its headers came alone
	AuthorizerError          string
	AuthorizerLatency        time.Duration
	AuthorizerStatus         string
	AuthorizerRequestID      string
	TraceID                  string

	// Written when the reply is known.
	Status          int
	ResponseLength  int
	ResponseLatency time.Duration
	DataProcessed   int // HTTP APIs: bytes of both bodies; what AWS counts it does not say

	// Written by a refusal.
	ErrorMessage, ErrorType, ValidationError string
	ErrorMessageNull                         bool // the message is JSON null
}

// Phase is what came of a part of authorization: of checking a signature, and of asking what the
// signer, or the policy of an authorizer, allows. The zero value is one that did not take place.
type Phase struct {
	Status  int // 200, 403
	Latency time.Duration
	Error   string
}

func (p *Phase) lookup(name string) string {
	if p.Status == 0 {
		return ""
	}
	switch name {
	case "status":
		return strconv.Itoa(p.Status)
	case "latency":
		return strconv.FormatInt(p.Latency.Milliseconds(), 10)
	case "error":
		return p.Error
	}
	return ""
}

// Caller is who signed the call or which key it carried.
type Caller struct {
	AccountID, Caller, User, UserARN, AccessKey, PrincipalOrgID string
	APIKey, APIKeyID                                            string
}

// Lookup returns the value of a context variable by its name without "$context.": "requestId",
// "identity.sourceIp", "authorizer.tenant", "authorizer.claims.sub". ok is false when it has none.
func (v *Variables) Lookup(name string) (value string, ok bool) {
	switch {
	case strings.HasPrefix(name, "identity."):
		return present(v.identity(strings.TrimPrefix(name, "identity.")))
	case strings.HasPrefix(name, "authorizer."):
		return v.authorizer(strings.TrimPrefix(name, "authorizer."))
	case strings.HasPrefix(name, "authenticate."):
		return present(v.Authenticate.lookup(strings.TrimPrefix(name, "authenticate.")))
	case strings.HasPrefix(name, "authorize."):
		return present(v.Authorize.lookup(strings.TrimPrefix(name, "authorize.")))
	case strings.HasPrefix(name, "integration."):
		return present(v.integration(strings.TrimPrefix(name, "integration.")))
	case strings.HasPrefix(name, "waf."):
		return present(v.firewall(strings.TrimPrefix(name, "waf.")))
	case strings.HasPrefix(name, "customDomain."):
		return present(v.customDomain(strings.TrimPrefix(name, "customDomain.")))
	case strings.HasPrefix(name, "error."):
		return v.errorVariable(strings.TrimPrefix(name, "error."))
	}
	if value := v.call(name); value != "" {
		return value, true
	}
	return present(v.outcome(name))
}

func present(value string) (string, bool) { return value, value != "" }

func (v *Variables) call(name string) string {
	switch name {
	case "accountId":
		return v.AccountID
	case "apiId":
		return v.APIID
	case "stage":
		return v.Stage
	case "domainName":
		return v.DomainName
	case "domainPrefix":
		return v.DomainPrefix
	case "requestId":
		if v.RequestIDReplaced {
			return "UUID_REPLACED_INVALID_REQUEST_ID"
		}
		return v.RequestID
	case "extendedRequestId":
		return v.ExtendedRequestID
	case "httpMethod":
		return v.HTTPMethod
	case "path":
		return v.Path
	case "protocol":
		return v.Protocol
	case "requestTime":
		return v.RequestTime.UTC().Format(RequestTimeLayout)
	case "requestTimeEpoch":
		return strconv.FormatInt(v.RequestTime.UnixMilli(), 10)
	case "deploymentId":
		return v.DeploymentID
	case "resourceId":
		return v.ResourceID
	case "resourcePath":
		return v.ResourcePath
	case "routeKey":
		return v.RouteKey
	case "operationName":
		return v.OperationName
	case "tlsVersion":
		return v.TLSVersion
	case "cipherSuite":
		return v.CipherSuite
	}
	return ""
}

func (v *Variables) outcome(name string) string {
	switch name {
	case "connectionId":
		return v.ConnectionID
	case "eventType":
		return v.EventType
	case "messageId":
		return v.MessageID
	case "messageDirection":
		if v.EventType == "" {
			return ""
		}
		return "IN"
	case "connectedAt":
		if v.ConnectedAt.IsZero() {
			return ""
		}
		return strconv.FormatInt(v.ConnectedAt.UnixMilli(), 10)
	case "status":
		return number(v.Status)
	case "responseLength":
		return strconv.Itoa(v.ResponseLength)
	case "responseLatency":
		return millis(v.ResponseLatency)
	case "integrationErrorMessage":
		return v.IntegrationError
	case "integrationStatus":
		return v.IntegrationStatus
	case "integrationLatency":
		return millis(v.IntegrationLatency)
	case "awsEndpointRequestId":
		return v.EndpointRequestID
	case "awsEndpointRequestId2":
		return v.EndpointRequestID2
	case "dataProcessed":
		return strconv.Itoa(v.DataProcessed)
	case "xrayTraceId":
		return v.TraceID
	case "webaclArn":
		return v.WebACLARN
	case "wafResponseCode":
		return v.WAFResponseCode
	case "isCanaryRequest":
		if v.CanaryRequest != nil {
			return strconv.FormatBool(*v.CanaryRequest)
		}
	}
	return ""
}

func (v *Variables) identity(name string) string {
	switch name {
	case "sourceIp":
		return v.SourceIP
	case "userAgent":
		return v.UserAgent
	case "accountId":
		return v.Caller.AccountID
	case "caller":
		return v.Caller.Caller
	case "user":
		return v.Caller.User
	case "userArn":
		return v.Caller.UserARN
	case "accessKey":
		return v.Caller.AccessKey
	case "principalOrgId":
		return v.Caller.PrincipalOrgID
	case "apiKey":
		return v.Caller.APIKey
	case "apiKeyId":
		return v.Caller.APIKeyID
	case "vpceId":
		return v.VPCEndpointID
	case "vpcId":
		return v.VPCID
	}
	if field, found := strings.CutPrefix(name, "clientCert."); found {
		return v.ClientCertificate.lookup(field)
	}
	return ""
}

func (v *Variables) authorizer(name string) (string, bool) {
	if claim, found := strings.CutPrefix(name, "claims."); found {
		value, ok := v.Claims[claim]
		return value, ok
	}
	switch name {
	case "principalId":
		return present(v.PrincipalID)
	case "error":
		return present(v.AuthorizerError)
	case "latency", "integrationLatency":
		return present(millis(v.AuthorizerLatency))
	case "status", "integrationStatus":
		return present(v.AuthorizerStatus)
	case "requestId":
		return present(v.AuthorizerRequestID)
	}
	value, ok := v.Authorizer[name]
	if !ok {
		return "", false
	}
	return Text(value), true
}

func (v *Variables) integration(name string) string {
	switch name {
	case "status":
		return v.IntegrationBackendStatus
	case "integrationStatus":
		return v.IntegrationStatus
	case "latency":
		return millis(v.IntegrationLatency)
	case "requestId":
		return v.IntegrationRequestID
	case "error":
		return v.IntegrationError
	case "responseTransferMode":
		return v.TransferMode
	case "timeToAllHeaders":
		return millis(v.TimeToAllHeaders)
	case "timeToFirstContent":
		return millis(v.TimeToFirstContent)
	}
	return ""
}

// firewall returns what is known of an inspection that came to a decision.
func (v *Variables) firewall(name string) string {
	if v.WAFResponseCode == "" {
		return ""
	}
	switch name {
	case "status":
		return "200"
	case "latency":
		return strconv.FormatInt(v.WAFLatency.Milliseconds(), 10)
	}
	return ""
}

func (v *Variables) errorVariable(name string) (string, bool) {
	switch name {
	case "message":
		return present(v.ErrorMessage)
	case "messageString":
		if v.ErrorMessageNull {
			return "null", true
		}
		if v.ErrorMessage == "" {
			return "", false
		}
		quoted, _ := jsontext.AppendQuote(nil, v.ErrorMessage)
		return string(quoted), true
	case "responseType":
		return present(v.ErrorType)
	case "validationErrorString":
		return present(v.ValidationError)
	}
	return "", false
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func millis(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}
