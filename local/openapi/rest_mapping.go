package openapi

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

// The forms of API Gateway's mapping expressions ("API Gateway API request and response data
// mapping reference"). A request may read the client's request, a response the backend's answer.
var (
	requestTarget = regexp.MustCompile(
		`^integration\.request\.(header|querystring|path)\.[a-zA-Z0-9._$-]+$`)
	responseTarget = regexp.MustCompile(`^method\.response\.header\.[a-zA-Z0-9._$-]+$`)
	anySource      = regexp.MustCompile(`(?s)^('.*'|context\..+|stageVariables\.[a-zA-Z0-9_]+|` +
		`\$context\..+|\$stageVariables\.[a-zA-Z0-9_]+)$`)
	requestSource = regexp.MustCompile(
		`^method\.request\.(multivalue)?(header|querystring|path)\.([a-zA-Z0-9._$-]+)$`)
	requestBody    = regexp.MustCompile(`^method\.request\.body(\..+)?$`)
	responseSource = regexp.MustCompile(
		`^integration\.response\.((multivalue)?header\.[a-zA-Z0-9._$-]+|body(\..+)?)$`)
)

// AWS says of a mapping that it refuses what its validator found.
const (
	unableIntegration = "Unable to put integration on '%s' for resource at path '%s': "
	unableResponse    = "Unable to put integration response on '%s' for resource at path '%s': "
	validation        = "Invalid mapping expression specified: Validation Result: warnings : [], " +
		"errors : "
	badForm    = validation + "[Invalid mapping expression specified: %s]"
	undeclared = validation + "[Invalid mapping expression parameter specified: %s]"
	noResponse = validation + "[No method response exists for method.]"
)

// mappings are what the integration of one method maps.
type mappings struct {
	*restImporter
	given      *node // x-amazon-apigateway-integration
	verb, path string
	method     *api.Method
}

// check holds what is mapped against what the method declares.
func (m mappings) check() {
	mapped := m.method.Integration.RequestParameters
	for _, key := range slices.Sorted(maps.Keys(mapped)) {
		m.checkRequest(m.given.get("requestParameters").get(key), key, mapped[key])
	}
	for _, response := range m.method.Integration.Responses {
		m.checkResponse(response)
	}
}

func (m mappings) checkRequest(at *node, key, source string) {
	if !requestTarget.MatchString(key) {
		m.fail(at, unableIntegration+badForm, m.verb, m.path, key)
		return
	}
	if anySource.MatchString(source) || requestBody.MatchString(source) {
		return
	}
	parts := requestSource.FindStringSubmatch(source)
	if parts == nil {
		m.fail(at, unableIntegration+badForm, m.verb, m.path, source)
		return
	}
	if _, ok := m.method.RequestParameters["method.request."+parts[2]+"."+parts[3]]; !ok {
		m.fail(at, unableIntegration+undeclared, m.verb, m.path, source)
	}
}

func (m mappings) checkResponse(response api.IntegrationResponse) {
	key := first(response.SelectionPattern, "default")
	at := m.given.get("responses").get(key)
	if _, err := javaregex.Compile(response.SelectionPattern); err != nil {
		m.fail(at, unableResponse+"the pattern %q is no regular expression of Java's: %v",
			m.verb, m.path, key, err)
	}
	declared, ok := m.method.Responses[response.StatusCode]
	if len(response.Parameters) > 0 && !ok {
		m.fail(at, unableResponse+noResponse, m.verb, m.path)
		return
	}
	for _, target := range slices.Sorted(maps.Keys(response.Parameters)) {
		source, place := response.Parameters[target], at.get("responseParameters").get(target)
		_, known := declared.Parameters[target]
		switch {
		case !responseTarget.MatchString(target):
			m.fail(place, unableResponse+badForm, m.verb, m.path, target)
		case !known:
			m.fail(place, unableResponse+undeclared, m.verb, m.path, target)
		case !anySource.MatchString(source) && !responseSource.MatchString(source):
			m.fail(place, unableResponse+badForm, m.verb, m.path, source)
		}
	}
}

const httpMethods = "GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"

func isMethod(verb string) bool {
	return verb != "" && strings.Contains(","+httpMethods+",", ","+verb+",")
}
