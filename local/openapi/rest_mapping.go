package openapi

import (
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

const (
	unableIntegration = "Unable to put integration on '%s' for resource at path '%s': "
	unableResponse    = "Unable to put integration response on '%s' for resource at path '%s': "
)

// isAnySource reports whether every mapping may read source. In a document references may also
// begin with "$".
func isAnySource(source string) bool {
	if reference, ok := strings.CutPrefix(source, "$"); ok && !strings.HasPrefix(reference, "'") {
		source = reference
	}
	return api.IsAnySource(source)
}

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
	if !api.IsRequestTarget(key) {
		m.fail(at, unableIntegration+api.BadMapping, m.verb, m.path, key)
		return
	}
	if isAnySource(source) || api.IsRequestBody(source) {
		return
	}
	declared, ok := api.RequestParameter(source)
	if !ok {
		m.fail(at, unableIntegration+api.BadMapping, m.verb, m.path, source)
		return
	}
	if _, ok := m.method.RequestParameters[declared]; !ok {
		m.fail(at, unableIntegration+api.UndeclaredMapping, m.verb, m.path, source)
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
		m.fail(at, unableResponse+api.NoMethodResponse, m.verb, m.path)
		return
	}
	for _, target := range slices.Sorted(maps.Keys(response.Parameters)) {
		source, place := response.Parameters[target], at.get("responseParameters").get(target)
		_, known := declared.Parameters[target]
		switch {
		case !api.IsResponseTarget(target):
			m.fail(place, unableResponse+api.BadMapping, m.verb, m.path, target)
		case !known:
			m.fail(place, unableResponse+api.UndeclaredMapping, m.verb, m.path, target)
		case !isAnySource(source) && !api.IsResponseSource(source):
			m.fail(place, unableResponse+api.BadMapping, m.verb, m.path, source)
		}
	}
}
