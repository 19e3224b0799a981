package provision

import (
	"strings"

	"portico/local/gateway/api"
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

// checkARN checks the ARN of an AWS or AWS_PROXY integration.
func checkARN(p properties, i *api.Integration) {
	switch reason := i.BadARN(); reason {
	case "":
	case api.NoCredentials:
		p.fail("Credentials", "%s", reason)
	default:
		p.fail("Uri", "%s", reason)
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

// checkVerb checks the method of a method or integration.
func checkVerb(p properties, name string) {
	verb, ok := scalar(p.values[name])
	if ok && !api.IsMethod(verb) {
		p.fail(name, api.BadMethod)
	}
}

// checkIdentity checks what an authorizer calls, and what it identifies clients by.
func checkIdentity(p properties, a *api.RESTAuthorizer) {
	if a.Type != "COGNITO_USER_POOLS" && a.URI != "" && !api.IsAuthorizerURI(a.URI) {
		p.fail("AuthorizerUri", api.BadAuthorizerURI, a.URI)
	}
	checkPattern(p, "IdentityValidationExpression")
	if a.IdentitySource == "" {
		return
	}
	if a.Type != "REQUEST" {
		if !api.IsTokenSource(a.IdentitySource) {
			p.fail("IdentitySource", api.BadTokenSource, a.IdentitySource)
		}
		return
	}
	for source := range strings.SplitSeq(a.IdentitySource, ",") {
		if source = strings.TrimSpace(source); !api.IsIdentitySource(source) {
			p.fail("IdentitySource", api.BadIdentitySource, source)
		}
	}
}
