package openapi

import (
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

// AWS puts an imported method, integration and so on as its operations do, and so refuses what they
// refuse (control-plane.md §2 to §6).
const (
	unableMethod  = "Unable to put method '%s' on resource at path '%s': "
	unableStatus  = "Unable to put method response on '%s' for resource at path '%s': "
	badTimeout    = "Timeout should be between 50 ms and %d ms"
	noIntegration = "No integration defined for method"
)

const longestTimeout = 900_000 // ms; AWS raises the limit of 29 s on request, and for streams

var parameterName = regexp.MustCompile(`^[a-zA-Z0-9._$-]+$`)

// badIntegration says why AWS does not create an integration.
func (r *restImporter) badIntegration(i *api.Integration) string {
	streams := i.ResponseMode == "STREAM"
	if streams && i.Type != "AWS_PROXY" && i.Type != "HTTP_PROXY" {
		return "STREAM is for integrations of type AWS_PROXY and HTTP_PROXY"
	}
	if reason := badConnection(i); reason != "" {
		return reason
	}
	switch {
	case i.Type == "":
		return "Invalid integration type specified: it is required"
	case i.Type == "MOCK":
		return ""
	case i.HTTPMethod == "":
		return "Enumeration value for HttpMethod must be non-empty"
	case !api.IsMethod(i.HTTPMethod):
		return api.BadMethod
	case strings.HasPrefix(i.Type, "AWS"):
		return i.BadARN()
	// A stage variable may hold the rest of the address, not its scheme.
	case !strings.HasPrefix(i.URI, "http://") && !strings.HasPrefix(i.URI, "https://"):
		return "Invalid HTTP endpoint specified for URI"
	}
	return ""
}

func badConnection(i *api.Integration) string {
	switch {
	case i.ConnectionType != "VPC_LINK":
		return ""
	case i.Type != "HTTP" && i.Type != "HTTP_PROXY":
		return "VPC_LINK is for integrations of type HTTP and HTTP_PROXY"
	case i.ConnectionID == "":
		return "connectionId is required with VPC_LINK"
	}
	return ""
}

// timeout returns how long an integration may take. AWS raises the limit of 29 s on request for
// APIs that no CloudFront distribution of its own stands before.
func (r *restImporter) timeout(given *node, o operation, isStream bool) int {
	most := longestTimeout
	if r.api.EndpointType == "EDGE" && !isStream {
		most = 29_000
	}
	n := given.get("timeoutInMillis")
	if n == nil {
		return 29_000
	}
	before := len(r.problems)
	timeout := r.whole(n, 29_000, 50, most)
	if len(r.problems) > before {
		r.problems = r.problems[:before]
		r.fail(n, unableIntegration+badTimeout+": timeoutInMillis = %s", o.verb, o.path, most,
			n.shortened())
	}
	return timeout
}

// contentTypes checks the keys of a map of templates or models.
func (r *restImporter) contentTypes(given *node, unable string, o operation) {
	for _, entry := range given.entries() {
		if entry.key != "$default" && !strings.Contains(entry.key, "/") {
			r.fail(entry, unable+api.BadContentType, o.verb, o.path, entry.key)
		}
	}
}

// declares checks the name of a parameter that a method declares.
func (r *restImporter) declares(parameter *node, key, name string, o operation) {
	if !parameterName.MatchString(name) {
		r.fail(parameter, unableMethod+api.BadMapping, o.verb, o.path, key)
	}
}

// responseHeader checks the name of a header that a method response declares.
func (r *restImporter) responseHeader(header *node, o operation) string {
	key := "method.response.header." + header.key
	if !api.IsResponseTarget(key) {
		r.fail(header, unableStatus+api.BadMapping, o.verb, o.path, key)
	}
	return key
}

// gatewayParameters checks the headers of a gateway response.
func (r *restImporter) gatewayParameters(given *node) {
	const unable = "Unable to put gateway response '%s': "
	for _, entry := range given.entries() {
		source := entry.string()
		switch {
		case !api.IsGatewayTarget(entry.key):
			r.fail(entry, unable+api.BadMapping, given.parent.key, entry.key)
		case entry.kind == text && !isAnySource(source) && !isRequestParameter(source) &&
			!api.IsRequestBody(source):
			r.fail(entry, unable+api.BadMapping, given.parent.key, source)
		}
	}
}

func isRequestParameter(source string) bool {
	_, ok := api.RequestParameter(source)
	return ok
}

// identity checks what an authorizer identifies clients by.
func (r *restImporter) identity(given *node, a *api.RESTAuthorizer) {
	const where = "Unable to create authorizer '%s': "
	if _, err := javaregex.Compile(a.IdentityValidation); err != nil {
		r.fail(given.get("identityValidationExpression"), where+"the expression %q is no regular "+
			"expression of Java's: %v", a.Name, a.IdentityValidation, err)
	}
	if a.IdentitySource == "" {
		return
	}
	if a.Type == "REQUEST" {
		all := strings.Split(a.IdentitySource, ",")
		at := slices.IndexFunc(all, func(source string) bool {
			return !api.IsIdentitySource(strings.TrimSpace(source))
		})
		if at >= 0 {
			r.fail(given, where+api.BadIdentitySource, a.Name, strings.TrimSpace(all[at]))
		}
		return
	}
	if !api.IsTokenSource(a.IdentitySource) {
		r.fail(given, where+api.BadTokenSource, a.Name, a.IdentitySource)
	}
}
