package openapi

import (
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// authorizers reads the authorizers of all security definitions: AWS creates the unused ones too.
func (r *restImporter) authorizers() {
	for _, name := range slices.Sorted(maps.Keys(r.schemes)) {
		s := r.schemes[name]
		given := r.take(s.at, extension+"authorizer")
		if !r.isObject(given) {
			continue
		}
		r.know(given, []string{
			"type", "authorizerUri", "authorizerCredentials", "identitySource",
			"identityValidationExpression", "authorizerResultTtlInSeconds", "providerARNs",
		}, map[string]string{
			"authorizerPayloadFormatVersion": httpOnly, "enableSimpleResponses": httpOnly,
			"jwtConfiguration": httpOnly,
		})
		a := api.RESTAuthorizer{
			ID: r.id(6, "authorizer", name), Name: name,
			Type:               r.choice(given.get("type"), "", "TOKEN", "REQUEST", "COGNITO_USER_POOLS"),
			URI:                given.get("authorizerUri").string(),
			Credentials:        given.get("authorizerCredentials").string(),
			IdentitySource:     r.identitySource(s, given),
			IdentityValidation: given.get("identityValidationExpression").string(),
			ResultTTL:          r.whole(given.get("authorizerResultTtlInSeconds"), 300, 0, 3600),
			ProviderARNs:       r.texts(given.get("providerARNs")),
		}
		s.authorizer, s.authorizerID = "CUSTOM", a.ID
		if a.Type == "COGNITO_USER_POOLS" {
			s.authorizer = a.Type
		}
		r.check(given, &a)
		r.api.Authorizers[a.ID] = a
	}
}

// check refuses an authorizer that AWS does not create.
func (r *restImporter) check(given *node, a *api.RESTAuthorizer) {
	const where = "Unable to create authorizer '%s': "
	switch {
	case a.Type == "":
		r.fail(given, where+"type is required, want token, request or cognito_user_pools", a.Name)
	case a.Type == "COGNITO_USER_POOLS":
		if len(a.ProviderARNs) == 0 {
			r.fail(given, where+"providerARNs is required", a.Name)
		}
	case !api.IsAuthorizerURI(a.URI):
		r.fail(given, where+api.BadAuthorizerURI, a.Name, a.URI)
	}
	// AWS asks a REQUEST authorizer for identity sources only while its results are cached
	// (API reference, CreateAuthorizer, identitySource).
	if a.IdentitySource == "" && (a.Type != "REQUEST" || a.ResultTTL > 0) {
		r.fail(given, where+"identitySource is required", a.Name)
	}
	r.identity(given, a)
}

// identitySource is what the extension says, else the parameter that the security definition names.
// "Unused" is the name that AWS asks for when there is more than one source.
func (r *restImporter) identitySource(s *scheme, given *node) string {
	if source := given.get("identitySource"); source != nil {
		return source.string()
	}
	name := s.at.get("name").string()
	if name == "" || strings.EqualFold(name, "Unused") {
		return ""
	}
	if s.at.get("in").string() == "query" {
		return "method.request.querystring." + name
	}
	return "method.request.header." + name
}
