package payload

import (
	"encoding/base64"
	"strconv"

	"portico/local/gateway/exchange"
	"portico/local/gateway/route"
)

// REST is what a function behind a REST API is told of a call.
type REST struct {
	Variables      *exchange.Variables
	Path           string          // after the stage, still encoded
	Header         exchange.Header // as RESTHeader returns it
	Query          []Pair
	PathParameters []route.Param
	StageVariables []byte // their JSON object; nil when the stage has none
	Authorizer     *RESTAuthorizer
	// WithAPIKey says that the identity shows the API key: the method needs one, or an authorizer
	// is told which one the client sent.
	WithAPIKey bool
	Body       []byte // empty: null
	Base64     bool   // the body is binary and goes base64-encoded
}

// RESTAuthorizer is what a Lambda or Cognito authorizer said of a call.
type RESTAuthorizer struct {
	PrincipalID   string
	LatencyMillis int64 // 0 when the result was cached
	Context       []Pair
	Claims        []Pair // of a Cognito authorizer, which says nothing else; nil for Lambda's
}

// AppendEvent appends the event of an AWS_PROXY integration, its keys in AWS's order.
func (c *REST) AppendEvent(dst []byte) []byte {
	dst = append(dst, '{')
	dst = c.appendRoute(dst)
	dst = appendQuery(dst, c.Query, "null")
	dst = append(dst, `,"pathParameters":`...)
	dst = c.appendPathParameters(dst, "null")
	dst = append(dst, `,"stageVariables":`...)
	if c.StageVariables == nil {
		dst = append(dst, "null"...)
	}
	dst = append(dst, c.StageVariables...)
	dst = append(dst, `,"requestContext":`...)
	dst = c.appendContext(dst)
	dst = append(dst, `,"body":`...)
	dst = c.appendBody(dst)
	dst = append(dst, `,"isBase64Encoded":`...)
	dst = strconv.AppendBool(dst, c.Base64)
	return append(dst, '}')
}

// SizeHint returns about how long the event will be.
func (c *REST) SizeHint() int {
	size := 1536 + 2*len(c.Path) + 64*len(c.Query) + len(c.StageVariables) + len(c.Body)*4/3
	for i := range c.Header {
		size += 2*(len(c.Header[i].Name)+len(c.Header[i].Value)) + 12
	}
	return size
}

// appendRoute appends the members resource to multiValueHeaders, and a comma.
func (c *REST) appendRoute(dst []byte) []byte {
	dst = append(dst, `"resource":`...)
	dst = appendQuoted(dst, c.Variables.ResourcePath)
	dst = append(dst, `,"path":`...)
	dst = appendQuoted(dst, c.Path)
	dst = append(dst, `,"httpMethod":`...)
	dst = appendQuoted(dst, c.Variables.HTTPMethod)
	dst = append(dst, ',')
	dst = appendHeaders(dst, c.Header)
	return append(dst, ',')
}

func (c *REST) appendPathParameters(dst []byte, none string) []byte {
	if len(c.PathParameters) == 0 {
		return append(dst, none...)
	}
	dst = append(dst, '{')
	for i := range c.PathParameters {
		dst = appendKey(dst, i, c.PathParameters[i].Name)
		dst = appendQuoted(dst, c.PathParameters[i].Value)
	}
	return append(dst, '}')
}

func (c *REST) appendBody(dst []byte) []byte {
	switch {
	case len(c.Body) == 0:
		return append(dst, "null"...)
	case c.Base64:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, c.Body)
		return append(dst, '"')
	}
	return appendQuoted(dst, c.Body)
}

// appendContext appends the request context. Its keys come in the order in which Java's HashMap
// walks them, which is how AWS prints them.
func (c *REST) appendContext(dst []byte) []byte {
	v := c.Variables
	dst = append(dst, `{"resourceId":`...)
	dst = appendQuoted(dst, v.ResourceID)
	if c.Authorizer != nil {
		dst = append(dst, `,"authorizer":`...)
		dst = c.Authorizer.append(dst)
	}
	dst = append(dst, `,"resourcePath":`...)
	dst = appendQuoted(dst, v.ResourcePath)
	if v.OperationName != "" {
		dst = append(dst, `,"operationName":`...)
		dst = appendQuoted(dst, v.OperationName)
	}
	dst = append(dst, `,"httpMethod":`...)
	dst = appendQuoted(dst, v.HTTPMethod)
	dst = append(dst, `,"extendedRequestId":`...)
	dst = appendQuoted(dst, v.ExtendedRequestID)
	if v.CanaryRequest != nil {
		dst = append(dst, `,"isCanaryRequest":`...)
		dst = strconv.AppendBool(dst, *v.CanaryRequest)
	}
	dst = append(dst, `,"requestTime":"`...)
	dst = v.RequestTime.UTC().AppendFormat(dst, exchange.RequestTimeLayout)
	dst = append(dst, `","path":`...)
	dst = appendQuoted(dst, v.Path)
	dst = append(dst, `,"accountId":`...)
	dst = appendQuoted(dst, v.AccountID)
	dst = append(dst, `,"protocol":`...)
	dst = appendQuoted(dst, v.Protocol)
	dst = append(dst, `,"stage":`...)
	dst = appendQuoted(dst, v.Stage)
	dst = append(dst, `,"domainPrefix":`...)
	dst = appendQuoted(dst, v.DomainPrefix)
	dst = append(dst, `,"requestTimeEpoch":`...)
	dst = strconv.AppendInt(dst, v.RequestTime.UnixMilli(), 10)
	dst = append(dst, `,"requestId":`...)
	dst = appendQuoted(dst, v.RequestID)
	dst = append(dst, `,"identity":`...)
	dst = c.appendIdentity(dst)
	dst = append(dst, `,"domainName":`...)
	dst = appendQuoted(dst, v.DomainName)
	if v.DeploymentID != "" { // a test invocation is of no deployment
		dst = append(dst, `,"deploymentId":`...)
		dst = appendQuoted(dst, v.DeploymentID)
	}
	dst = append(dst, `,"apiId":`...)
	dst = appendQuoted(dst, v.APIID)
	return append(dst, '}')
}

// appendIdentity appends who calls. With more than these twelve names Java's map is twice as wide,
// so the order is another one.
func (c *REST) appendIdentity(dst []byte) []byte {
	v := c.Variables
	if !c.WithAPIKey && v.ClientCertificate == nil && v.VPCEndpointID == "" {
		dst = append(dst, `{"cognitoIdentityPoolId":null,"accountId":`...)
		dst = appendOrNull(dst, v.Caller.AccountID)
		dst = append(dst, `,"cognitoIdentityId":null,"caller":`...)
		dst = appendOrNull(dst, v.Caller.Caller)
		dst = append(dst, `,"sourceIp":`...)
		dst = appendOrNull(dst, v.SourceIP)
		dst = append(dst, `,"principalOrgId":`...)
		dst = appendOrNull(dst, v.Caller.PrincipalOrgID)
		dst = append(dst, `,"accessKey":`...)
		dst = appendOrNull(dst, v.Caller.AccessKey)
		dst = append(dst, `,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null`...)
		dst = append(dst, `,"userArn":`...)
		dst = appendOrNull(dst, v.Caller.UserARN)
		dst = append(dst, `,"userAgent":`...)
		dst = appendOrNull(dst, v.UserAgent)
		dst = append(dst, `,"user":`...)
		dst = appendOrNull(dst, v.Caller.User)
		return append(dst, '}')
	}
	return c.appendWideIdentity(dst)
}

// appendWideIdentity appends an identity with an API key, a client certificate or a VPC endpoint.
func (c *REST) appendWideIdentity(dst []byte) []byte {
	v := c.Variables
	dst = append(dst, `{"cognitoIdentityPoolId":null,"cognitoIdentityId":null`...)
	if v.ClientCertificate != nil {
		dst = append(dst, ',')
		dst = appendClientCert(dst, v.ClientCertificate)
	}
	if v.VPCEndpointID != "" {
		dst = append(dst, `,"vpceId":`...)
		dst = appendQuoted(dst, v.VPCEndpointID)
	}
	if c.WithAPIKey {
		dst = append(dst, `,"apiKey":`...)
		dst = appendOrNull(dst, v.Caller.APIKey)
	}
	dst = append(dst, `,"principalOrgId":`...)
	dst = appendOrNull(dst, v.Caller.PrincipalOrgID)
	dst = append(dst, `,"cognitoAuthenticationType":null,"userArn":`...)
	dst = appendOrNull(dst, v.Caller.UserARN)
	if c.WithAPIKey {
		dst = append(dst, `,"apiKeyId":`...)
		dst = appendOrNull(dst, v.Caller.APIKeyID)
	}
	dst = append(dst, `,"userAgent":`...)
	dst = appendOrNull(dst, v.UserAgent)
	dst = append(dst, `,"accountId":`...)
	dst = appendOrNull(dst, v.Caller.AccountID)
	dst = append(dst, `,"caller":`...)
	dst = appendOrNull(dst, v.Caller.Caller)
	dst = append(dst, `,"sourceIp":`...)
	dst = appendOrNull(dst, v.SourceIP)
	dst = append(dst, `,"accessKey":`...)
	dst = appendOrNull(dst, v.Caller.AccessKey)
	if v.VPCEndpointID != "" {
		dst = append(dst, `,"vpcId":`...)
		dst = appendOrNull(dst, v.VPCID)
	}
	dst = append(dst, `,"cognitoAuthenticationProvider":null,"user":`...)
	dst = appendOrNull(dst, v.Caller.User)
	return append(dst, '}')
}

func (a *RESTAuthorizer) append(dst []byte) []byte {
	if a.Claims != nil {
		dst = append(dst, `{"claims":{`...)
		for i := range a.Claims {
			dst = appendKey(dst, i, a.Claims[i].Name)
			dst = appendQuoted(dst, a.Claims[i].Value)
		}
		return append(dst, "}}"...)
	}
	dst = append(dst, `{"principalId":`...)
	dst = appendQuoted(dst, a.PrincipalID)
	dst = append(dst, `,"integrationLatency":`...)
	dst = strconv.AppendInt(dst, a.LatencyMillis, 10)
	for i := range a.Context {
		dst = append(dst, ',')
		dst = appendQuoted(dst, a.Context[i].Name)
		dst = append(dst, ':')
		dst = appendQuoted(dst, a.Context[i].Value)
	}
	return append(dst, '}')
}
