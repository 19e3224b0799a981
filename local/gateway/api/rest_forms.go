package api

import (
	"regexp"
	"slices"
	"strings"
)

// What API Gateway says of a definition that it refuses; a mapping is refused with what AWS's
// validator found.
const (
	BadMapping        = validation + "[Invalid mapping expression specified: %s]"
	UndeclaredMapping = validation + "[Invalid mapping expression parameter specified: %s]"
	NoMethodResponse  = validation + "[No method response exists for method.]"
	BadContentType    = "Validation Result: warnings : [], errors : [Invalid content type specified: %s]"
	BadMethod         = "Invalid HttpMethod specified. Valid options are " + httpMethods
	BadAuthorizerURI  = "Invalid Authorizer URI: %s. Authorizer URI should be a valid API Gateway ARN " +
		"that represents a Lambda function invocation."
	BadTokenSource = "Invalid token source expression: %s. The source must be a method request " +
		"header, matching 'method.request.header.[a-zA-Z0-9._-]+'."
	BadIdentitySource = "%q is no source of a REQUEST authorizer, allowed are " +
		"method.request.header.NAME, method.request.querystring.NAME, context.NAME and " +
		"stageVariables.NAME, separated by commas"

	validation = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
)

const httpMethods = "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"

// IsMethod reports whether a method of a REST API may have that verb.
func IsMethod(verb string) bool { return slices.Contains(strings.Split(httpMethods, ","), verb) }

// The forms of API Gateway's mapping expressions ("API Gateway API request and response data
// mapping reference"). A request may read the client's request, a response the backend's answer.
var (
	requestTarget = regexp.MustCompile(
		`^integration\.request\.(header|querystring|path)\.[a-zA-Z0-9._$-]+$`)
	responseTarget = regexp.MustCompile(`^method\.response\.header\.[a-zA-Z0-9._$-]+$`)
	gatewayTarget  = regexp.MustCompile(`^gatewayresponse\.header\.[a-zA-Z0-9._$-]+$`)
	anySource      = regexp.MustCompile(`(?s)^('.*'|context\..+|stageVariables\.[a-zA-Z0-9_]+)$`)
	requestSource  = regexp.MustCompile(
		`^method\.request\.(multivalue)?(header|querystring|path)\.([a-zA-Z0-9._$-]+)$`)
	requestBody    = regexp.MustCompile(`^method\.request\.body(\..+)?$`)
	responseSource = regexp.MustCompile(
		`^integration\.response\.((multivalue)?header\.[a-zA-Z0-9._$-]+|body(\..+)?)$`)
)

// IsRequestTarget reports whether an integration may map what goes by key.
func IsRequestTarget(key string) bool { return requestTarget.MatchString(key) }

// IsResponseTarget reports whether an integration response may map what goes by key; methods declare
// it by the same name.
func IsResponseTarget(key string) bool { return responseTarget.MatchString(key) }

// IsGatewayTarget reports whether a gateway response may map what goes by key.
func IsGatewayTarget(key string) bool { return gatewayTarget.MatchString(key) }

// IsAnySource reports whether every mapping may read source: a text in quotes, a variable of the
// context or of the stage.
func IsAnySource(source string) bool { return anySource.MatchString(source) }

// IsRequestBody reports whether source is the body of the client's request, or a part of it.
func IsRequestBody(source string) bool { return requestBody.MatchString(source) }

// IsResponseSource reports whether source is of the backend's answer.
func IsResponseSource(source string) bool { return responseSource.MatchString(source) }

// RequestParameter returns the parameter that a method declares for source to be read; ok is false
// when source is no parameter of the client's request.
func RequestParameter(source string) (declared string, ok bool) {
	parts := requestSource.FindStringSubmatch(source)
	if parts == nil {
		return "", false
	}
	return "method.request." + parts[2] + "." + parts[3], true
}

var (
	lambdaPath = regexp.MustCompile(`^/?(2015-03-31/functions/.+/invocations|` +
		`2021-11-15/functions/.+/response-streaming-invocations)$`)
	authorizerURI = regexp.MustCompile(
		`^arn:[^:]+:apigateway:[^:]+:lambda:path//?2015-03-31/functions/.+/invocations$`)
	tokenSource   = regexp.MustCompile(`^method\.request\.header\.[a-zA-Z0-9._-]+$`)
	requestedFrom = regexp.MustCompile(
		`^(method\.request\.(header|querystring)\.[a-zA-Z0-9._-]+|context\..+|stageVariables\..+)$`)
)

// IsAuthorizerURI reports whether uri invokes a Lambda function for an authorizer.
func IsAuthorizerURI(uri string) bool { return authorizerURI.MatchString(uri) }

// IsTokenSource reports whether a TOKEN or COGNITO_USER_POOLS authorizer may read source.
func IsTokenSource(source string) bool { return tokenSource.MatchString(source) }

// IsIdentitySource reports whether a REQUEST authorizer may identify clients by source.
func IsIdentitySource(source string) bool { return requestedFrom.MatchString(source) }

// NoCredentials is what BadARN says of an integration with a service that names no role.
const NoCredentials = "Role ARN must be specified for AWS integrations"

// BadARN says what is wrong with the ARN of an AWS or AWS_PROXY integration, in which stage
// variables may stand for parts of the last part; "" when nothing is.
func (i *Integration) BadARN() string {
	parts := strings.SplitN(i.URI, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return "Invalid ARN specified in the request"
	}
	path, isPath := strings.CutPrefix(parts[5], "path/")
	if !isPath && !strings.HasPrefix(parts[5], "action/") {
		return "AWS ARN for integration must contain path or action"
	}
	service := parts[4]
	isFunction := service == "lambda" && lambdaPath.MatchString(path)
	switch {
	case i.Type == "AWS_PROXY" && !isFunction && (service != "firehose" || isPath):
		return "Integrations of type 'AWS_PROXY' currently only supports Lambda function and " +
			"Firehose stream invocations."
	case i.Type == "AWS" && service != "lambda" && i.Credentials == "":
		return NoCredentials
	}
	return ""
}
