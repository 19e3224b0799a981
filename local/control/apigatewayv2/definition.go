package apigatewayv2

import (
	"portico/local/control/model"
)

const twin = "AWS::ApiGatewayV2::"

// resources returns an API with all that belongs to it, in the shape of its CloudFormation twins.
// Stages that nothing was deployed to serve nothing, and are left out.
func (a *entity) resources(w *world) []Resource {
	about := a.About
	all := []Resource{{Type: twin + "Api", ID: a.id(), Properties: filled(about, "Name",
		"ProtocolType", "RouteSelectionExpression", "ApiKeySelectionExpression", "CorsConfiguration",
		"DisableExecuteApiEndpoint", "DisableSchemaValidation", "IpAddressType")}}
	add := func(kind, id string, o model.Object) {
		o["ApiId"] = a.id()
		all = append(all, Resource{Type: twin + kind, ID: id, Properties: o})
	}
	for _, o := range a.each(authorizers) {
		made := model.Object{}
		takeAuthorizer(made, o)
		add(authorizers, o.Text("AuthorizerId"), filled(made, made.Keys()...))
	}
	for _, o := range a.each(integrations) {
		add(integrations, o.Text("IntegrationId"), integrationTwin(o))
		if link := w.Links[o.Text("ConnectionId")]; link != nil {
			all = append(all, Resource{
				Type: twin + "VpcLink", ID: link.Text("VpcLinkId"),
				Properties: filled(link, "Name", "SecurityGroupIds", "SubnetIds"),
			})
		}
	}
	for _, o := range a.each(integrationResponses) {
		made := filled(o, "ContentHandlingStrategy", "IntegrationResponseKey", "ResponseParameters",
			"ResponseTemplates", "TemplateSelectionExpression")
		made["IntegrationId"] = o.Text(owner)
		add(integrationResponses, o.Text("IntegrationResponseId"), made)
	}
	for _, o := range a.each(models) {
		add(models, o.Text("ModelId"), filled(o, "ContentType", "Name", "Schema"))
	}
	for _, o := range a.each(routes) {
		made := model.Object{}
		takeRoute(made, o)
		made.Take(o, "RequestParameters")
		add(routes, o.Text("RouteId"), filled(made, made.Keys()...))
	}
	for _, o := range a.each(routeResponses) {
		add(routeResponses, o.Text("RouteResponseId"), model.Object{
			"RouteId": o.Text(owner), "RouteResponseKey": o.Text("RouteResponseKey"),
		})
	}
	a.deployed(add)
	return distinct(all)
}

// deployed adds the deployments and stages.
func (a *entity) deployed(add func(kind, id string, o model.Object)) {
	for _, o := range a.each(deployments) {
		add(deployments, o.Text("DeploymentId"), model.Object{})
	}
	for _, o := range a.each(stages) {
		names := []string{
			"StageName", "AccessLogSettings", "AutoDeploy", "ClientCertificateId",
			"DefaultRouteSettings", "RouteSettings", "StageVariables",
		}
		if !o.Bool("AutoDeploy") {
			if o.Text("DeploymentId") == "" {
				continue
			}
			names = append(names, "DeploymentId")
		}
		add(stages, o.Text("StageName"), filled(o, names...))
	}
}

// integrationTwin writes response parameters as CloudFormation has them.
func integrationTwin(o model.Object) model.Object {
	made := filled(o, "ConnectionId", "ConnectionType", "ContentHandlingStrategy", "CredentialsArn",
		"IntegrationMethod", "IntegrationSubtype", "IntegrationType", "IntegrationUri",
		"PassthroughBehavior", "PayloadFormatVersion", "RequestParameters", "RequestTemplates",
		"TemplateSelectionExpression", "TimeoutInMillis", "TlsConfig")
	statuses := model.Object{}
	for _, status := range o.Object("ResponseParameters").Keys() {
		var items []any
		mapped := o.Object("ResponseParameters").Object(status)
		for _, destination := range mapped.Keys() {
			items = append(items, model.Object{
				"Destination": destination, "Source": mapped.Text(destination),
			})
		}
		if len(items) > 0 {
			statuses[status] = model.Object{"ResponseParameters": items}
		}
	}
	if len(statuses) > 0 {
		made["ResponseParameters"] = statuses
	}
	return made
}

// filled takes the members of those names that are set: a text that was set to "", and a structure
// of nothing, are not.
func filled(from model.Object, names ...string) model.Object {
	made := model.Object{}.Take(from, names...)
	for name, value := range made {
		if object, ok := value.(model.Object); value == "" || ok && len(object) == 0 {
			delete(made, name)
		}
	}
	return made
}

// distinct drops what is there twice: a link that several integrations use.
func distinct(all []Resource) []Resource {
	seen := map[string]bool{}
	var kept []Resource
	for _, r := range all {
		if key := r.Type + " " + r.ID; !seen[key] {
			seen[key] = true
			kept = append(kept, r)
		}
	}
	return kept
}
