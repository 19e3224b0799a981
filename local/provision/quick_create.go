package provision

import (
	"slices"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const (
	typeOverrides = "AWS::ApiGatewayV2::ApiGatewayManagedOverrides"
	// quickCreated is the id of what AWS makes of a Target.
	quickCreated = "quickcreate"
)

// quickCreateCoverage declares what a template says of the parts of quick-created APIs.
func quickCreateCoverage() coverage.Table {
	return coverage.Table{typeOverrides: rules(
		part(quickCreate, "ApiId", "Integration.IntegrationMethod",
			"Integration.PayloadFormatVersion", "Integration.TimeoutInMillis",
			"Route.AuthorizationScopes[]", "Route.AuthorizationType", "Route.AuthorizerId",
			"Route.OperationName", "Route.Target", "Stage.AutoDeploy", "Stage.StageVariables.*"),
		part(v2AccessLogs, "Stage.AccessLogSettings.DestinationArn",
			"Stage.AccessLogSettings.Format"),
		routeSettingRules("Stage.DefaultRouteSettings."),
		part(v2Throttling, "Stage.RouteSettings.**"), // HTTP APIs have no execution logs to ask for
		irrelevant(onlyText, "Integration.Description", "Stage.Description"),
	)}
}

// quickCreate adds what AWS makes of a Target: an integration, one route to it, and a stage
// $default that deploys by itself.
func (a *v2API) quickCreate(p properties) {
	target := p.text("Target")
	switch {
	case target == "":
		for _, name := range []string{"RouteKey", "CredentialsArn"} {
			if p.has(name) {
				p.fail(name, "it is part of quick create, which needs a Target")
			}
		}
		return
	case a.webSocket:
		p.fail("Target", "only HTTP APIs are quick-created")
		return
	case isDescribed(p):
		p.fail("Target", "an API that a document describes is not quick-created")
		return
	}
	i := api.V2Integration{
		ID: quickCreated, Type: "HTTP_PROXY", Method: "ANY", URI: target,
		Credentials:          p.text("CredentialsArn"),
		PayloadFormatVersion: "1.0", TimeoutMillis: 30_000,
		ConnectionType: "INTERNET", PassthroughBehavior: "WHEN_NO_MATCH",
	}
	switch {
	case strings.HasPrefix(target, "arn:"):
		i.Type, i.Method, i.PayloadFormatVersion = "AWS_PROXY", "POST", "2.0"
	case !strings.HasPrefix(target, "http://") && !strings.HasPrefix(target, "https://"):
		p.fail("Target", "want the ARN of a function, or a URL")
	}
	key := p.textOr("RouteKey", "$default")
	a.integrations[i.ID] = i
	a.routeKeys[key] = true
	a.routes = append(a.routes, api.Route{
		ID: quickCreated, Key: key, AuthorizationType: "NONE", IntegrationID: i.ID,
	})
	a.stages = append(a.stages, api.Stage{Name: "$default", AutoDeploy: true})
}

// managedOverrides reads what replaces settings of quick-created APIs.
func (r *reader) managedOverrides(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeOverrides) {
		p := r.properties(resource)
		owner, ok := v2Of(p, apis)
		if !ok {
			continue
		}
		if _, managed := owner.integrations[quickCreated]; !managed {
			p.fail("ApiId", "the API is not quick-created: it has no Target")
			continue
		}
		owner.overrideIntegration(p)
		owner.overrideRoute(p)
		owner.overrideStage(p)
	}
}

func (a *v2API) overrideIntegration(p properties) {
	given, ok := p.object("Integration")
	if !ok {
		return
	}
	i := a.integrations[quickCreated]
	i.Method = given.textOr("IntegrationMethod", i.Method)
	if given.has("PayloadFormatVersion") {
		i.PayloadFormatVersion = given.choice("PayloadFormatVersion", "1.0", "2.0")
	}
	i.TimeoutMillis = given.integerIn("TimeoutInMillis", i.TimeoutMillis, 50, 30_000)
	a.integrations[quickCreated] = i
}

func (a *v2API) overrideRoute(p properties) {
	given, ok := p.object("Route")
	at := slices.IndexFunc(a.routes, func(r api.Route) bool { return r.ID == quickCreated })
	if !ok || at < 0 {
		return
	}
	route := &a.routes[at]
	if given.has("AuthorizationType") {
		route.AuthorizationType = given.choice("AuthorizationType", "NONE", "AWS_IAM", "JWT", "CUSTOM")
	}
	route.AuthorizerID = a.routeAuthorizer(given, route.AuthorizationType)
	route.AuthorizationScopes = given.texts("AuthorizationScopes")
	route.OperationName = given.text("OperationName")
	if given.has("Target") {
		route.IntegrationID = a.routeTarget(given)
	}
	a.checkAccess(given, route)
}

func (a *v2API) overrideStage(p properties) {
	given, ok := p.object("Stage")
	at := slices.IndexFunc(a.stages, func(s api.Stage) bool { return s.Name == "$default" })
	if !ok || at < 0 {
		return
	}
	stage := &a.stages[at]
	if given.has("AutoDeploy") && !given.boolean("AutoDeploy") {
		given.fail("AutoDeploy", "without it AWS serves what was deployed when the API was made; "+
			"changes are not told apart here")
	}
	stage.Variables = given.textMap("StageVariables")
	stage.AccessLog = accessLog(given, "AccessLogSettings")
	a.routeSettings(given, stage)
}
