package payload

import (
	"encoding/base64"
	"strconv"

	"portico/local/gateway/exchange"
	"portico/local/gateway/route"
)

// HTTPCall is what the events of an HTTP API are written from.
type HTTPCall struct {
	Request   *exchange.Request
	Variables *exchange.Variables
	Params    []route.Param // still encoded; the event has them decoded
	// StageVariables is a JSON object, nil when the stage has none.
	StageVariables []byte
	// Authorizer is the JSON value of requestContext.authorizer, nil when there is no authorizer:
	// format 1.0 then shows one without claims. Empty, format 1.0 shows none either.
	Authorizer []byte
}

// AppendHTTP20 appends the event of payload format 2.0 ("Create AWS Lambda proxy integrations for
// HTTP APIs in API Gateway"). Keys stand in AWS's order, and those of maps are sorted, as captured
// events have them; optional keys are absent, not null.
func AppendHTTP20(dst []byte, c *HTTPCall) []byte {
	path := decodePath(c.Request.RawPath)
	dst = append(dst, `{"version":"2.0"`...)
	dst = appendRequest20(dst, c, path, headerPairs(c))
	dst = appendCall20(dst, c, path)
	return append(appendBody20(dst, c.Request), '}')
}

// appendRequest20 appends what the client asked for, from routeKey to queryStringParameters.
func appendRequest20(dst []byte, c *HTTPCall, path string, header []pair) []byte {
	dst = append(dst, `,"routeKey":`...)
	dst = appendHTTPText(dst, c.Variables.RouteKey)
	dst = append(dst, `,"rawPath":`...)
	dst = appendHTTPText(dst, path)
	dst = append(dst, `,"rawQueryString":`...)
	dst = appendHTTPText(dst, c.Request.RawQuery)
	dst = appendCookies(dst, c.Request.Header)
	dst = append(dst, `,"headers":`...)
	dst = appendJoined(dst, header)
	if query := queryPairs(c.Request.RawQuery); len(query) > 0 {
		dst = append(dst, `,"queryStringParameters":`...)
		dst = appendJoined(dst, query)
	}
	return dst
}

// appendCall20 appends what the gateway knows of the call, from requestContext to stageVariables.
func appendCall20(dst []byte, c *HTTPCall, path string) []byte {
	dst = append(dst, `,"requestContext":`...)
	dst = appendContext20(dst, c, path)
	if len(c.Params) > 0 {
		dst = append(dst, `,"pathParameters":`...)
		dst = appendParams(dst, c.Params)
	}
	if c.StageVariables != nil {
		dst = append(dst, `,"stageVariables":`...)
		dst = append(dst, c.StageVariables...)
	}
	return dst
}

// appendContext20 writes "authentication" with mutual TLS alone, as AWS does.
func appendContext20(dst []byte, c *HTTPCall, path string) []byte {
	v := c.Variables
	dst = append(dst, `{"accountId":`...)
	dst = appendHTTPText(dst, v.AccountID)
	dst = append(dst, `,"apiId":`...)
	dst = appendHTTPText(dst, v.APIID)
	if v.ClientCertificate != nil {
		dst = append(dst, `,"authentication":{`...)
		dst = appendClientCert(dst, v.ClientCertificate)
		dst = append(dst, '}')
	}
	if c.Authorizer != nil {
		dst = append(dst, `,"authorizer":`...)
		dst = append(dst, c.Authorizer...)
	}
	dst = append(dst, `,"domainName":`...)
	dst = appendHTTPText(dst, v.DomainName)
	dst = append(dst, `,"domainPrefix":`...)
	dst = appendHTTPText(dst, v.DomainPrefix)
	dst = append(dst, `,"http":{"method":`...)
	dst = appendHTTPText(dst, v.HTTPMethod)
	dst = append(dst, `,"path":`...)
	dst = appendHTTPText(dst, path)
	dst = append(dst, `,"protocol":`...)
	dst = appendHTTPText(dst, v.Protocol)
	dst = append(dst, `,"sourceIp":`...)
	dst = appendHTTPText(dst, v.SourceIP)
	dst = append(dst, `,"userAgent":`...)
	dst = appendHTTPText(dst, v.UserAgent)
	dst = append(dst, `},"requestId":`...)
	dst = appendHTTPText(dst, v.RequestID)
	dst = append(dst, `,"routeKey":`...)
	dst = appendHTTPText(dst, v.RouteKey)
	dst = append(dst, `,"stage":`...)
	dst = appendHTTPText(dst, v.Stage)
	dst = append(dst, `,"time":"`...)
	dst = v.RequestTime.UTC().AppendFormat(dst, exchange.RequestTimeLayout)
	dst = append(dst, `","timeEpoch":`...)
	dst = strconv.AppendInt(dst, v.RequestTime.UnixMilli(), 10)
	return append(dst, '}')
}

func appendBody20(dst []byte, r *exchange.Request) []byte {
	if len(r.Body) == 0 {
		return append(dst, `,"isBase64Encoded":false`...)
	}
	dst = append(dst, `,"body":`...)
	return appendHTTPBody(dst, r)
}

// appendHTTPBody writes the body and the isBase64Encoded that goes with it. An HTTP API looks at
// nothing but the content type.
func appendHTTPBody(dst []byte, r *exchange.Request) []byte {
	if isTextType(r.Header.Get("Content-Type")) {
		dst = appendHTTPText(dst, r.Body)
		return append(dst, `,"isBase64Encoded":false`...)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, r.Body)
	return append(dst, `","isBase64Encoded":true`...)
}
