package provision

import (
	"regexp"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// v2RouteCoverage declares routes and route responses.
func v2RouteCoverage() coverage.Table {
	return coverage.Table{
		typeV2Route: rules(
			honoured("ApiId", "RouteKey", "Target", "AuthorizerId", "AuthorizationScopes[]",
				"OperationName"),
			choice("AuthorizationType", []string{"NONE", "JWT", "CUSTOM"},
				when("AWS_IAM", v2IAM)),
			unless(apiKeys, "ApiKeyRequired", "false"),
			part(webSocketReplies, "RouteResponseSelectionExpression"),
			// What v2Protocols reports by the protocol of the API.
			honoured("ModelSelectionExpression", "RequestModels.**", "RequestParameters.**"),
		),
		typeV2RouteResponse: rules(
			part(webSocketReplies, "ApiId", "RouteId", "RouteResponseKey"),
			irrelevant("AWS takes it and never uses it", "ModelSelectionExpression",
				"ResponseModels.**", "ResponseParameters.**"),
		),
	}
}

// v2Routes reads the routes of all HTTP and WebSocket APIs.
func (r *reader) v2Routes(apis map[string]*v2API) {
	replies := r.routeResponses(apis)
	for _, resource := range r.assembly.ByType(typeV2Route) {
		p := r.properties(resource)
		owner, ok := v2Of(p, apis)
		key := p.requiredText("RouteKey")
		if !ok || key == "" {
			continue
		}
		if owner.routeKeys[key] {
			p.fail("RouteKey", "the API has a route of this key already")
			continue
		}
		owner.routeKeys[key] = true
		route := owner.route(p)
		route.HasRouteResponse = replies[route.ID]
		owner.routes = append(owner.routes, route)
	}
}

func (a *v2API) route(p properties) api.Route {
	authorizations := []string{"NONE", "AWS_IAM", "JWT", "CUSTOM"}
	if a.webSocket {
		authorizations = []string{"NONE", "AWS_IAM", "CUSTOM"}
	}
	route := api.Route{
		ID:                               p.resource.PhysicalID,
		Key:                              p.text("RouteKey"),
		AuthorizationType:                p.choice("AuthorizationType", authorizations...),
		AuthorizationScopes:              p.texts("AuthorizationScopes"),
		APIKeyRequired:                   p.boolean("ApiKeyRequired"),
		OperationName:                    p.text("OperationName"),
		RouteResponseSelectionExpression: p.text("RouteResponseSelectionExpression"),
	}
	route.AuthorizerID = a.routeAuthorizer(p, route.AuthorizationType)
	route.IntegrationID = a.routeTarget(p)
	a.checkAccess(p, &route)
	if a.webSocket {
		readWebSocketRoute(p, &route)
	} else if !httpRouteKey.MatchString(route.Key) {
		p.fail("RouteKey", `The provided route key is not formatted properly for HTTP protocol. `+
			`Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`)
	}
	return route
}

var httpRouteKey = regexp.MustCompile(
	`^(\$default|(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /.*)$`)

// checkAccess refuses what AWS does not take: scopes go with JWT alone, WebSocket APIs guard
// $connect and no other route, and HTTP APIs know no API keys.
func (a *v2API) checkAccess(p properties, route *api.Route) {
	const maxScopes = 10
	connect := a.webSocket && route.Key == "$connect"
	if a.webSocket && !connect && route.AuthorizationType != "NONE" {
		p.fail("AuthorizationType", "of WebSocket routes only $connect has one")
	}
	if route.APIKeyRequired && !connect {
		p.fail("ApiKeyRequired", "only $connect of WebSocket APIs takes API keys (ApiKeyRequired is "+
			"not currently supported for HTTP APIs.)")
	}
	if len(route.AuthorizationScopes) > maxScopes {
		p.fail("AuthorizationScopes", "a route has %d at most", maxScopes)
	}
	if len(route.AuthorizationScopes) > 0 && route.AuthorizationType != "JWT" {
		p.fail("AuthorizationScopes", "AWS takes them with AuthorizationType JWT only")
	}
}

// routeAuthorizer returns the authorizer that the type of authorization needs.
func (a *v2API) routeAuthorizer(p properties, authorization string) string {
	if authorization != "JWT" && authorization != "CUSTOM" {
		return ""
	}
	authorizer, ok := lookUp(p, "AuthorizerId", "authorizer in this API", a.authorizers)
	if !ok {
		return ""
	}
	if (authorizer.Type == "JWT") != (authorization == "JWT") {
		p.fail("AuthorizerId", "AuthorizationType %s does not go with an authorizer of type %s",
			authorization, authorizer.Type)
	}
	return authorizer.ID
}

// routeTarget returns the integration that "integrations/{id}" names.
func (a *v2API) routeTarget(p properties) string {
	if a.unfinished && !p.has("Target") || !p.require("Target") {
		return ""
	}
	id, ok := strings.CutPrefix(p.text("Target"), "integrations/")
	if !ok {
		p.fail("Target", "want integrations/{id}")
		return ""
	}
	if _, ok := a.integrations[id]; !ok {
		p.fail("Target", "there is no such integration in this API; there is %s",
			oneOf(a.integrations))
		return ""
	}
	return id
}

// routeResponses returns the ids of the routes with a response $default, the only key AWS takes.
func (r *reader) routeResponses(apis map[string]*v2API) map[string]bool {
	routes := r.byID(typeV2Route)
	replies := map[string]bool{}
	for _, resource := range r.assembly.ByType(typeV2RouteResponse) {
		p := r.properties(resource)
		p.require("RouteResponseKey")
		p.choice("RouteResponseKey", "$default")
		_, owned := v2Of(p, apis)
		route, found := lookUp(p, "RouteId", "route", routes)
		if owned && found {
			replies[route.PhysicalID] = true
		}
	}
	return replies
}
