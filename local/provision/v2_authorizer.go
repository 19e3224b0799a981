package provision

import (
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// v2AuthorizerCoverage declares the authorizers of HTTP and WebSocket APIs. A Lambda authorizer of
// an HTTP API shows itself by the payload format, which it must have and WebSocket APIs lack.
func v2AuthorizerCoverage() coverage.Table {
	return coverage.Table{typeV2Authorizer: rules(
		honoured("ApiId", "Name", "AuthorizerType", "AuthorizerUri", "IdentitySource[]",
			"JwtConfiguration.Audience[]", "JwtConfiguration.Issuer"),
		part(httpLambdaAuthorizer, "AuthorizerPayloadFormatVersion",
			"AuthorizerResultTtlInSeconds", "EnableSimpleResponses"),
		irrelevant("AWS takes it and never uses it", "IdentityValidationExpression"),
		irrelevant(noRoles, "AuthorizerCredentialsArn"),
	)}
}

// v2Authorizers reads the authorizers of all HTTP and WebSocket APIs.
func (r *reader) v2Authorizers(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeV2Authorizer) {
		p := r.properties(resource)
		owner, ok := v2Of(p, apis)
		p.require("Name")
		if !ok || !p.require("AuthorizerType") {
			continue
		}
		owner.authorizers[resource.PhysicalID] = v2Authorizer(p, owner.webSocket)
	}
}

func v2Authorizer(p properties, webSocket bool) api.V2Authorizer {
	types := []string{"REQUEST", "JWT"}
	if webSocket {
		types = types[:1]
	}
	a := api.V2Authorizer{
		ID:                    p.resource.PhysicalID,
		Name:                  p.text("Name"),
		Type:                  p.choice("AuthorizerType", types...),
		IdentitySource:        p.texts("IdentitySource"),
		URI:                   p.text("AuthorizerUri"),
		Credentials:           p.text("AuthorizerCredentialsArn"),
		PayloadFormatVersion:  p.text("AuthorizerPayloadFormatVersion"),
		EnableSimpleResponses: p.boolean("EnableSimpleResponses"),
		ResultTTL:             p.integerIn("AuthorizerResultTtlInSeconds", 0, 0, 3600),
	}
	if a.Type == "JWT" {
		readJWT(p, &a)
		return a
	}
	p.require("AuthorizerUri")
	if webSocket {
		return a
	}
	if p.require("AuthorizerPayloadFormatVersion") {
		p.choice("AuthorizerPayloadFormatVersion", "2.0", "1.0")
	}
	if a.EnableSimpleResponses && a.PayloadFormatVersion == "1.0" {
		p.fail("EnableSimpleResponses", "AWS takes it with payload format 2.0 only")
	}
	if a.ResultTTL > 0 && len(a.IdentitySource) == 0 {
		p.fail("AuthorizerResultTtlInSeconds", "an authorizer that caches needs an IdentitySource")
	}
	return a
}

func readJWT(p properties, a *api.V2Authorizer) {
	if !p.require("JwtConfiguration") {
		return
	}
	configuration, ok := p.object("JwtConfiguration")
	if !ok {
		return
	}
	a.Issuer = configuration.requiredText("Issuer")
	configuration.require("Audience")
	a.Audience = configuration.texts("Audience")
	const maxAudiences = 50
	if len(a.Audience) > maxAudiences {
		configuration.fail("Audience", "an authorizer has %d at most", maxAudiences)
	}
	if len(a.IdentitySource) == 0 {
		a.IdentitySource = []string{"$request.header.Authorization"}
	}
	if len(a.IdentitySource) > 1 {
		p.fail("IdentitySource", "a JWT authorizer has one")
	}
}
