package apigatewayv2

import (
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/control/sample"
)

func fillAuthorizer(c *call, a *entity, made model.Object) error {
	takeAuthorizer(made, c.in)
	if !a.isWebSocket() && made.Text("AuthorizerType") == "REQUEST" &&
		made.Text("AuthorizerPayloadFormatVersion") == "" {
		return model.BadRequest("AuthorizerPayloadFormatVersion is a required parameter for REQUEST " +
			"authorizer")
	}
	return nil
}

func takeAuthorizer(made, in model.Object) {
	made.Take(in, "AuthorizerCredentialsArn", "AuthorizerPayloadFormatVersion",
		"AuthorizerResultTtlInSeconds", "AuthorizerType", "AuthorizerUri", "EnableSimpleResponses",
		"IdentitySource", "IdentityValidationExpression", "JwtConfiguration", "Name")
}

// checkAuthorizerUnused is put in the words of checkIntegrationUnused, which is a guess.
func checkAuthorizerUnused(a *entity, part model.Object) error {
	return unused(a, authorizers, func(route model.Object) bool {
		return route.Text("AuthorizerId") == part.Text("AuthorizerId") &&
			slices.Contains([]string{"JWT", "CUSTOM"}, route.Text("AuthorizationType"))
	})
}

func checkIntegrationUnused(a *entity, part model.Object) error {
	return unused(a, integrations, func(route model.Object) bool {
		return route.Text("Target") == "integrations/"+part.Text("IntegrationId")
	})
}

func unused(a *entity, kind string, refers func(route model.Object) bool) error {
	var by []string
	for _, route := range a.each(routes) {
		if refers(route) {
			by = append(by, route.Text("RouteId"))
		}
	}
	if len(by) == 0 {
		return nil
	}
	return model.Conflict("Cannot delete %s because it is referenced by the following Routes with "+
		"Ids: [%s]", kind, strings.Join(by, ", "))
}

// fillIntegration writes AWS's defaults, which differ by protocol.
func fillIntegration(c *call, a *entity, made model.Object) error {
	made["ConnectionType"], made["PayloadFormatVersion"] = "INTERNET", "1.0"
	made["TimeoutInMillis"] = int64(30_000)
	if a.isWebSocket() {
		made["TimeoutInMillis"], made["PassthroughBehavior"] = int64(29_000), "WHEN_NO_MATCH"
	}
	takeIntegration(a, made, c.in)
	return nil
}

func updateIntegration(c *call, a *entity, part model.Object) error {
	takeIntegration(a, part, c.in)
	return nil
}

func takeIntegration(a *entity, made, in model.Object) {
	made.Take(in, "ConnectionId", "ConnectionType", "ContentHandlingStrategy", "CredentialsArn",
		"Description", "IntegrationMethod", "IntegrationSubtype", "IntegrationType", "IntegrationUri",
		"PassthroughBehavior", "PayloadFormatVersion", "RequestTemplates",
		"TemplateSelectionExpression", "TimeoutInMillis", "TlsConfig")
	merge(made, "RequestParameters", in.Object("RequestParameters"))
	merge(made, "ResponseParameters", in.Object("ResponseParameters"))
	for _, name := range []string{"TlsConfig", "RequestTemplates", "RequestParameters"} {
		if made.Has(name) && len(made.Object(name)) == 0 {
			delete(made, name)
		}
	}
	kind := made.Text("IntegrationType")
	isFunction := strings.HasPrefix(kind, "AWS") && made.Text("IntegrationSubtype") == ""
	if isFunction && made.Text("IntegrationMethod") == "" {
		made["IntegrationMethod"] = "POST" // functions are only ever invoked so
	}
	if !a.isWebSocket() {
		if made.Text("PassthroughBehavior") == "WHEN_NO_MATCH" {
			delete(made, "PassthroughBehavior") // HTTP APIs have none, and AWS takes it
		}
		return
	}
	made["IntegrationResponseSelectionExpression"] = "${integration.response.statuscode}"
	if strings.HasPrefix(kind, "AWS") {
		made["IntegrationResponseSelectionExpression"] = "${integration.response.body.errorMessage}"
	}
}

func fillIntegrationResponse(c *call, a *entity, made model.Object) error {
	for _, other := range a.each(integrationResponses) {
		if other.Text(owner) == made.Text(owner) &&
			other.Text("IntegrationResponseKey") == c.in.Text("IntegrationResponseKey") {
			return model.Conflict("IntegrationResponse with key %s already exists for this Integration",
				c.in.Text("IntegrationResponseKey"))
		}
	}
	return updateIntegrationResponse(c, a, made)
}

func updateIntegrationResponse(c *call, _ *entity, part model.Object) error {
	part.Take(c.in, "ContentHandlingStrategy", "IntegrationResponseKey", "ResponseParameters",
		"ResponseTemplates", "TemplateSelectionExpression")
	return nil
}

func fillModel(c *call, a *entity, made model.Object) error {
	for _, other := range a.each(models) {
		if other.Text("Name") == c.in.Text("Name") {
			return model.Conflict("Model with name %s already exists for this API", c.in.Text("Name"))
		}
	}
	return updateModel(c, a, made)
}

func updateModel(c *call, _ *entity, part model.Object) error {
	part.Take(c.in, "ContentType", "Description", "Name", "Schema")
	return nil
}

// getModelTemplate returns a template that prints what the model describes.
func getModelTemplate(c *call) (model.Object, error) {
	part, err := get(models)(c)
	if err != nil {
		return nil, err
	}
	return model.Object{"Value": sample.Template(part.Text("Schema"))}, nil
}
