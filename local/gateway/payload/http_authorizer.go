package payload

import (
	"strings"

	"portico/local/gateway/exchange"
)

// AppendJWTAuthorizer20 appends requestContext.authorizer of payload format 2.0 after a JWT
// authorizer. claims is a JSON object; scopes are nil for a route that asks for none.
func AppendJWTAuthorizer20(dst, claims []byte, scopes []string) []byte {
	dst = append(dst, `{"jwt":`...)
	return append(AppendJWTAuthorizer10(dst, claims, scopes), '}')
}

// AppendJWTAuthorizer10 appends requestContext.authorizer of payload format 1.0.
func AppendJWTAuthorizer10(dst, claims []byte, scopes []string) []byte {
	dst = append(dst, `{"claims":`...)
	dst = append(dst, claims...)
	dst = append(dst, `,"scopes":`...)
	if scopes == nil {
		return append(dst, "null}"...)
	}
	for i, scope := range scopes {
		dst = append(dst, opening(i, '['))
		dst = appendHTTPText(dst, scope)
	}
	return append(dst, "]}"...)
}

// AppendLambdaAuthorizer20 appends requestContext.authorizer of payload format 2.0 after a Lambda
// authorizer; context is its JSON object, or null.
func AppendLambdaAuthorizer20(dst, context []byte) []byte {
	dst = append(dst, `{"lambda":`...)
	dst = append(dst, context...)
	return append(dst, '}')
}

// AppendIAMAuthorizer20 appends requestContext.authorizer of payload format 2.0 for a signed call.
// There is no identity pool here, so cognitoIdentity is always null.
func AppendIAMAuthorizer20(dst []byte, c *exchange.Caller) []byte {
	dst = append(dst, `{"iam":{"accessKey":`...)
	dst = appendOrNull(dst, c.AccessKey)
	dst = append(dst, `,"accountId":`...)
	dst = appendOrNull(dst, c.AccountID)
	dst = append(dst, `,"callerId":`...)
	dst = appendOrNull(dst, c.Caller)
	dst = append(dst, `,"cognitoIdentity":null,"principalOrgId":`...)
	dst = appendOrNull(dst, c.PrincipalOrgID)
	dst = append(dst, `,"userArn":`...)
	dst = appendOrNull(dst, c.UserARN)
	dst = append(dst, `,"userId":`...)
	dst = appendOrNull(dst, c.User)
	return append(dst, "}}"...)
}

// AppendAuthorizerEvent20 appends the event of a Lambda authorizer in payload format 2.0: that of
// an integration without the body, and with what is to be judged. identity are the values of the
// identity sources, nil without any.
func AppendAuthorizerEvent20(dst []byte, c *HTTPCall, identity []string, routeARN string) []byte {
	path := decodePath(c.Request.RawPath)
	dst = append(dst, `{"version":"2.0","type":"REQUEST","routeArn":`...)
	dst = appendHTTPText(dst, routeARN)
	dst = append(dst, `,"identitySource":`...)
	if identity == nil {
		dst = append(dst, "null"...)
	}
	for i, value := range identity {
		dst = append(dst, opening(i, '['))
		dst = appendHTTPText(dst, value)
	}
	if identity != nil {
		dst = append(dst, ']')
	}
	dst = appendRequest20(dst, c, path, headerPairs(c))
	dst = appendCall20(dst, c, path)
	return append(dst, '}')
}

// AppendAuthorizerEvent10 appends the event of a Lambda authorizer in payload format 1.0. Its maps
// are objects even when they are empty, and there are none of several values, so repeated headers
// and parameters are joined with commas: nothing of a call is hidden from who judges it.
func AppendAuthorizerEvent10(dst []byte, c *HTTPCall, identity []string, methodARN string) []byte {
	v := c.Variables
	path, resource := decodePath(c.Request.RawPath), routePath(v.RouteKey)
	dst = append(dst, `{"version":"1.0","type":"REQUEST","methodArn":`...)
	dst = appendHTTPText(dst, methodARN)
	for _, name := range []string{"identitySource", "authorizationToken"} {
		dst = append(dst, `,"`+name+`":`...)
		if identity == nil {
			dst = append(dst, "null"...)
			continue
		}
		dst = appendHTTPText(dst, strings.Join(identity, ","))
	}
	dst = append(dst, `,"resource":`...)
	dst = appendHTTPText(dst, resource)
	dst = append(dst, `,"path":`...)
	dst = appendHTTPText(dst, path)
	dst = append(dst, `,"httpMethod":`...)
	dst = appendHTTPText(dst, v.HTTPMethod)
	dst = append(dst, `,"headers":`...)
	dst = appendJoined(dst, withCookies(headerPairs(c), c.Request.Header))
	dst = append(dst, `,"queryStringParameters":`...)
	dst = appendJoined(dst, queryPairs(c.Request.RawQuery))
	dst = append(dst, `,"pathParameters":`...)
	if len(c.Params) > 0 {
		dst = appendParams(dst, c.Params)
	} else {
		dst = append(dst, "{}"...)
	}
	dst = append(dst, `,"stageVariables":`...)
	if c.StageVariables != nil {
		dst = append(dst, c.StageVariables...)
	} else {
		dst = append(dst, "{}"...)
	}
	dst = append(dst, `,"requestContext":`...)
	judged := *c
	judged.Authorizer = []byte{} // there is none yet, not even an empty one
	dst = appendContext10(dst, &judged, path, resource)
	return append(dst, '}')
}
