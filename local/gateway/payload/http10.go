package payload

import (
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
)

// AppendHTTP10 appends the event of payload format 1.0 as HTTP APIs write it: that of REST APIs
// with a version, lower-case header names, the stage in the path, and the route key as resource id.
func AppendHTTP10(dst []byte, c *HTTPCall) []byte {
	v := c.Variables
	path := decodePath(c.Request.RawPath)
	resource := routePath(v.RouteKey)
	dst = append(dst, `{"version":"1.0","resource":`...)
	dst = appendHTTPText(dst, resource)
	dst = append(dst, `,"path":`...)
	dst = appendHTTPText(dst, path)
	dst = append(dst, `,"httpMethod":`...)
	dst = appendHTTPText(dst, v.HTTPMethod)
	headers := headerPairs(c)
	headers = withCookies(headers, c.Request.Header)
	dst = append(dst, `,"headers":`...)
	dst = appendLast(dst, headers)
	dst = append(dst, `,"multiValueHeaders":`...)
	dst = appendLists(dst, headers)
	query := queryPairs(c.Request.RawQuery)
	dst = append(dst, `,"queryStringParameters":`...)
	dst = orNull(dst, query, appendLast)
	dst = append(dst, `,"multiValueQueryStringParameters":`...)
	dst = orNull(dst, query, appendLists)
	dst = append(dst, `,"requestContext":`...)
	dst = appendContext10(dst, c, path, resource)
	dst = append(dst, `,"pathParameters":`...)
	if len(c.Params) > 0 {
		dst = appendParams(dst, c.Params)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"stageVariables":`...)
	if c.StageVariables != nil {
		dst = append(dst, c.StageVariables...)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"body":`...)
	if len(c.Request.Body) == 0 {
		return append(dst, `null,"isBase64Encoded":false}`...)
	}
	return append(appendHTTPBody(dst, c.Request), '}')
}

// routePath is "/orders/{id}" of "GET /orders/{id}", and "$default" of itself.
func routePath(key string) string {
	if _, path, found := strings.Cut(key, " "); found {
		return path
	}
	return key
}

func orNull(dst []byte, pairs []pair, write func([]byte, []pair) []byte) []byte {
	if len(pairs) == 0 {
		return append(dst, "null"...)
	}
	return write(dst, pairs)
}

func appendContext10(dst []byte, c *HTTPCall, path, resource string) []byte {
	v := c.Variables
	dst = append(dst, `{"accountId":`...)
	dst = appendHTTPText(dst, v.AccountID)
	dst = append(dst, `,"apiId":`...)
	dst = appendHTTPText(dst, v.APIID)
	switch {
	case c.Authorizer == nil:
		dst = append(dst, `,"authorizer":{"claims":null,"scopes":null}`...)
	case len(c.Authorizer) > 0:
		dst = append(dst, `,"authorizer":`...)
		dst = append(dst, c.Authorizer...)
	}
	dst = append(dst, `,"domainName":`...)
	dst = appendHTTPText(dst, v.DomainName)
	dst = append(dst, `,"domainPrefix":`...)
	dst = appendHTTPText(dst, v.DomainPrefix)
	dst = append(dst, `,"extendedRequestId":`...)
	dst = appendHTTPText(dst, v.ExtendedRequestID)
	dst = append(dst, `,"httpMethod":`...)
	dst = appendHTTPText(dst, v.HTTPMethod)
	dst = append(dst, `,"identity":`...)
	dst = appendIdentity10(dst, v)
	dst = append(dst, `,"path":`...)
	dst = appendHTTPText(dst, path)
	dst = append(dst, `,"protocol":`...)
	dst = appendHTTPText(dst, v.Protocol)
	dst = append(dst, `,"requestId":`...)
	dst = appendHTTPText(dst, v.RequestID)
	dst = append(dst, `,"requestTime":"`...)
	dst = v.RequestTime.UTC().AppendFormat(dst, exchange.RequestTimeLayout)
	dst = append(dst, `","requestTimeEpoch":`...)
	dst = strconv.AppendInt(dst, v.RequestTime.UnixMilli(), 10)
	dst = append(dst, `,"resourceId":`...)
	dst = appendHTTPText(dst, v.RouteKey)
	dst = append(dst, `,"resourcePath":`...)
	dst = appendHTTPText(dst, resource)
	dst = append(dst, `,"stage":`...)
	dst = appendHTTPText(dst, v.Stage)
	return append(dst, '}')
}

func appendIdentity10(dst []byte, v *exchange.Variables) []byte {
	dst = append(dst, `{"accessKey":`...)
	dst = appendOrNull(dst, v.Caller.AccessKey)
	dst = append(dst, `,"accountId":`...)
	dst = appendOrNull(dst, v.Caller.AccountID)
	dst = append(dst, `,"caller":`...)
	dst = appendOrNull(dst, v.Caller.Caller)
	if v.ClientCertificate != nil {
		dst = append(dst, ',')
		dst = appendClientCert(dst, v.ClientCertificate)
	}
	dst = append(dst, `,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,`+
		`"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":`...)
	dst = appendOrNull(dst, v.Caller.PrincipalOrgID)
	dst = append(dst, `,"sourceIp":`...)
	dst = appendHTTPText(dst, v.SourceIP)
	dst = append(dst, `,"user":`...)
	dst = appendOrNull(dst, v.Caller.User)
	dst = append(dst, `,"userAgent":`...)
	dst = appendHTTPText(dst, v.UserAgent)
	dst = append(dst, `,"userArn":`...)
	dst = appendOrNull(dst, v.Caller.UserARN)
	return append(dst, '}')
}
