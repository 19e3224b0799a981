package provision

import (
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

var (
	lambdaPath = regexp.MustCompile(`^/?(2015-03-31/functions/.+/invocations|` +
		`2021-11-15/functions/.+/response-streaming-invocations)$`)
	authorizerURI = regexp.MustCompile(
		`^arn:[^:]+:apigateway:[^:]+:lambda:path//?2015-03-31/functions/.+/invocations$`)
	tokenSource   = regexp.MustCompile(`^method\.request\.header\.[a-zA-Z0-9._-]+$`)
	requestedFrom = regexp.MustCompile(
		`^(method\.request\.(header|querystring)\.[a-zA-Z0-9._-]+|context\..+|stageVariables\..+)$`)
)

// checkURI checks what an integration calls.
func checkURI(p properties, i *api.Integration) {
	if i.URI == "" {
		return
	}
	switch i.Type {
	case "HTTP", "HTTP_PROXY":
		if !strings.HasPrefix(i.URI, "http://") && !strings.HasPrefix(i.URI, "https://") {
			p.fail("Uri", "Invalid HTTP endpoint specified for URI: want http://… or https://…")
		}
	case "AWS", "AWS_PROXY":
		checkARN(p, i)
	}
}

// checkARN checks the ARN of an AWS or AWS_PROXY integration, in which stage variables may stand
// for parts of the last one.
func checkARN(p properties, i *api.Integration) {
	parts := strings.SplitN(i.URI, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		p.fail("Uri", "Invalid ARN specified in the request")
		return
	}
	path, isPath := strings.CutPrefix(parts[5], "path/")
	if !isPath && !strings.HasPrefix(parts[5], "action/") {
		p.fail("Uri", "AWS ARN for integration must contain path or action")
		return
	}
	service := parts[4]
	function := service == "lambda" && lambdaPath.MatchString(path)
	if i.Type == "AWS_PROXY" && !function && (service != "firehose" || isPath) {
		p.fail("Uri", "Integrations of type 'AWS_PROXY' currently only supports Lambda function "+
			"and Firehose stream invocations.")
	}
	if i.Type == "AWS" && service != "lambda" && i.Credentials == "" {
		p.fail("Credentials", "Role ARN must be specified for AWS integrations")
	}
}

// checkTimeout checks how long an integration may take. AWS raises the limit of 29 s on request for
// APIs that no CloudFront distribution of its own stands before.
func checkTimeout(p properties, i *api.Integration, endpointType string) int {
	most := 900_000
	if endpointType == "EDGE" && i.ResponseMode != "STREAM" {
		most = 29_000
	}
	timeout := p.integer("TimeoutInMillis", 29_000)
	if timeout >= 50 && timeout <= most {
		return timeout
	}
	if most == 29_000 {
		p.fail("TimeoutInMillis", "Timeout should be between 50 ms and 29000 ms; longer ones are for "+
			"REGIONAL and PRIVATE APIs and for STREAM")
	} else {
		p.fail("TimeoutInMillis", "Timeout should be between 50 ms and %d ms", most)
	}
	return 29_000
}

const httpMethods = "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"

// checkVerb checks the method of a method or integration.
func checkVerb(p properties, name string) {
	verb, ok := scalar(p.values[name])
	if ok && !slices.Contains(strings.Split(httpMethods, ","), verb) {
		p.fail(name, "Invalid HttpMethod specified. Valid options are "+httpMethods)
	}
}

// checkIdentity checks what an authorizer calls, and what it identifies clients by.
func checkIdentity(p properties, a *api.RESTAuthorizer) {
	if a.Type != "COGNITO_USER_POOLS" && a.URI != "" && !authorizerURI.MatchString(a.URI) {
		p.fail("AuthorizerUri", "Invalid Authorizer URI: %s. Authorizer URI should be a valid API "+
			"Gateway ARN that represents a Lambda function invocation.", a.URI)
	}
	checkPattern(p, "IdentityValidationExpression")
	if a.IdentitySource == "" {
		return
	}
	if a.Type != "REQUEST" {
		if !tokenSource.MatchString(a.IdentitySource) {
			p.fail("IdentitySource", "Invalid token source expression: %s. The source must be a "+
				"method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'.",
				a.IdentitySource)
		}
		return
	}
	for source := range strings.SplitSeq(a.IdentitySource, ",") {
		if source = strings.TrimSpace(source); !requestedFrom.MatchString(source) {
			p.fail("IdentitySource", "%q is no source of a REQUEST authorizer, allowed are "+
				"method.request.header.NAME, method.request.querystring.NAME, context.NAME and "+
				"stageVariables.NAME, separated by commas", source)
		}
	}
}
