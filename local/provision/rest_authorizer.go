package provision

import (
	"regexp"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// restAuthorizerCoverage declares the authorizers of REST APIs.
func restAuthorizerCoverage() coverage.Table {
	return coverage.Table{typeRESTAuthorizer: rules(
		honoured("Name", "RestApiId", "AuthorizerUri", "AuthorizerResultTtlInSeconds",
			"IdentitySource", "IdentityValidationExpression"),
		choice("Type", []string{"TOKEN", "REQUEST"}, when("COGNITO_USER_POOLS", restCognito)),
		part(restCognito, "ProviderARNs[]"),
		irrelevant(labelOnly, "AuthType"),
		irrelevant(noRoles, "AuthorizerCredentials"),
	)}
}

var userPoolARN = regexp.MustCompile(
	`^arn:[a-z-]+:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[\w-]+_[0-9A-Za-z]+$`)

// restAuthorizers reads the authorizers of all REST APIs.
func (r *reader) restAuthorizers(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeRESTAuthorizer) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		p.require("Name")
		if !ok || !p.require("Type") {
			continue
		}
		owner.definition.Authorizers[resource.PhysicalID] = restAuthorizer(p)
	}
}

func restAuthorizer(p properties) api.RESTAuthorizer {
	a := api.RESTAuthorizer{
		ID:                 p.resource.PhysicalID,
		Name:               p.text("Name"),
		Type:               p.choice("Type", "TOKEN", "REQUEST", "COGNITO_USER_POOLS"),
		URI:                p.text("AuthorizerUri"),
		Credentials:        p.text("AuthorizerCredentials"),
		IdentitySource:     p.text("IdentitySource"),
		IdentityValidation: p.text("IdentityValidationExpression"),
		ResultTTL:          p.integerIn("AuthorizerResultTtlInSeconds", 300, 0, 3600),
		ProviderARNs:       p.texts("ProviderARNs"),
	}
	if a.Type == "COGNITO_USER_POOLS" {
		p.require("ProviderARNs")
		for _, arn := range a.ProviderARNs {
			if !userPoolARN.MatchString(arn) {
				p.fail("ProviderARNs", "Invalid Cognito Provider ARN: %s", arn)
			}
		}
	} else {
		p.require("AuthorizerUri")
	}
	checkIdentity(p, &a)
	// AWS asks a REQUEST authorizer for identity sources only while its results are cached
	// (API reference, CreateAuthorizer, identitySource).
	if a.Type != "REQUEST" || a.ResultTTL > 0 {
		p.require("IdentitySource")
	}
	return a
}
