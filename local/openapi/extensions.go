package openapi

import "strings"

// prefixes of the extensions that are API Gateway's.
const extension = "x-amazon-apigateway-"

// Why an extension that AWS takes has no effect here.
const (
	forPeople  = "documentation is for people; it changes no answer"
	forTags    = "tags are for bills and access rights"
	forExport  = "a label for import and export"
	withoutTLS = "the runner listens without TLS on this machine"
	restOnly   = "HTTP APIs have no such thing; AWS ignores it"
	httpOnly   = "REST APIs have no such thing; AWS ignores it"
)

// withoutEffect lists the extensions that AWS takes and that cannot change an answer of this kind
// of API.
func (i *importer) withoutEffect() map[string]string {
	none := map[string]string{
		extension + "documentation":        forPeople,
		extension + "importexport-version": forExport,
		extension + "tag-value":            forTags,
		extension + "security-policy":      withoutTLS,
		extension + "authtype":             forExport,
	}
	if i.rest {
		none[extension+"cors"] = httpOnly
		none[extension+"integrations"] = httpOnly
		return none
	}
	for _, name := range []string{
		"api-key-source", "binary-media-types", "gateway-responses", "minimum-compression-size",
		"request-validator", "request-validators", "policy",
	} {
		none[extension+name] = restOnly
	}
	return none
}

// unread reports every extension that nothing read: one that is unknown, or stands where AWS does
// not look for it.
func (i *importer) unread() {
	i.walk(i.root, i.withoutEffect())
}

func (i *importer) walk(n *node, none map[string]string) {
	if i.taken[n] {
		return
	}
	if strings.HasPrefix(strings.ToLower(n.key), "x-amazon-") && n.parent.kind == object &&
		!isNamed(n.parent) {
		if why, ok := none[n.key]; ok {
			i.ignored(n, why)
			return
		}
		i.refused(n, "API Gateway has no such extension here, or it is not served yet")
		return
	}
	switch n.key {
	case "example", "examples", "default", "enum":
		if n.parent.key != "responses" {
			return // data, not definitions
		}
	}
	for _, child := range n.children {
		i.walk(child, none)
	}
}

// isNamed says that the keys of an object are names its writer chose: headers, properties.
func isNamed(n *node) bool {
	switch n.key {
	case "headers", "properties":
		return n.parent != nil && n.parent.key != "paths"
	}
	return false
}

// endpoint reads the endpoint configuration: of the document in OpenAPI 2.0, of its servers in 3.0.
// AWS takes it in both places.
func (i *importer) endpoint() (disable *bool) {
	places := append([]*node{i.root}, i.root.get("servers").items()...)
	for _, place := range places {
		configuration := i.take(place, extension+"endpoint-configuration")
		if !i.isObject(configuration) {
			continue
		}
		ignored := map[string]string{"ipAddressType": "everything here shares this machine's network"}
		if !i.rest {
			ignored["vpcEndpointIds"] = restOnly
		}
		i.know(configuration, []string{"disableExecuteApiEndpoint"}, ignored)
		if given := configuration.get("disableExecuteApiEndpoint"); given != nil {
			disabled := i.truth(given)
			disable = &disabled
		}
	}
	return disable
}
