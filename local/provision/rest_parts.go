package provision

import (
	"encoding/json"
	"regexp"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// restPartsCoverage declares what methods refer to, and what belongs to an API beside its methods.
func restPartsCoverage() coverage.Table {
	return coverage.Table{
		typeModel: rules(
			part(restValidation, "Name", "RestApiId", "Schema.**"),
			irrelevant(labelOnly, "ContentType"),
			irrelevant(onlyText, "Description"),
		),
		typeValidator: part(restValidation,
			"RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters"),
		typeGatewayResponse: part(gatewayResponses,
			"RestApiId", "ResponseType", "StatusCode", "ResponseParameters.*",
			"ResponseTemplates.*"),
		"AWS::ApiGateway::Account": irrelevant("logs and metrics are kept here without a role",
			"CloudWatchRoleArn"),
		"AWS::ApiGateway::ClientCertificate": rules(
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
		),
		"AWS::ApiGateway::DocumentationPart": irrelevant(onlyText,
			"Location.**", "Properties", "RestApiId"),
		"AWS::ApiGateway::DocumentationVersion": irrelevant(onlyText,
			"Description", "DocumentationVersion", "RestApiId"),
		"AWS::ApiGateway::VpcLink": rules(
			part(restVPCLink, "Name", "TargetArns[]"),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
		),
	}
}

// builtInModels are in every new API (control-plane.md).
func builtInModels() map[string]api.Model {
	const schema = `{"$schema":"http://json-schema.org/draft-04/schema#","title":`
	return map[string]api.Model{
		"Empty": {
			Name: "Empty", ContentType: "application/json",
			Schema: json.RawMessage(schema + `"Empty Schema","type":"object"}`),
		},
		"Error": {
			Name: "Error", ContentType: "application/json",
			Schema: json.RawMessage(schema + `"Error Schema","type":"object",` +
				`"properties":{"message":{"type":"string"}}}`),
		},
	}
}

// restParts reads what methods refer to, before the methods themselves.
func (r *reader) restParts(apis map[string]*restAPI) {
	r.restAuthorizers(apis)
	r.models(apis)
	r.validators(apis)
	r.gatewayResponses(apis)
}

var modelName = regexp.MustCompile(`^[a-zA-Z0-9]+$`)

func (r *reader) models(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeModel) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok {
			continue
		}
		schema := p.document("Schema")
		if schema == nil {
			schema = json.RawMessage("{}")
		}
		name := p.textOr("Name", resource.PhysicalID)
		if !modelName.MatchString(name) {
			p.fail("Name", "Model name must be alphanumeric: %s", name)
		}
		owner.definition.Models[name] = api.Model{
			Name: name, ContentType: p.textOr("ContentType", "application/json"), Schema: schema,
		}
	}
	for _, resource := range r.assembly.ByType(typeModel) {
		p := r.properties(resource)
		if owner, ok := apis[p.text("RestApiId")]; ok {
			checkReferences(p, owner)
		}
	}
}

// checkReferences checks that the models exist which a model refers to.
func checkReferences(p properties, owner *restAPI) {
	prefix := "https://apigateway.amazonaws.com/restapis/" + owner.definition.ID + "/models/"
	for _, found := range modelReference.FindAllSubmatch(p.document("Schema"), -1) {
		name, ours := strings.CutPrefix(string(found[1]), prefix)
		name, _, _ = strings.Cut(name, "#")
		if _, ok := owner.definition.Models[name]; ours && !ok {
			p.fail("Schema", "Invalid model identifier specified: %s; there is %s", name,
				oneOf(owner.definition.Models))
		}
	}
}

var modelReference = regexp.MustCompile(`"\$ref"\s*:\s*"([^"]*)"`)

func (r *reader) validators(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeValidator) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok {
			continue
		}
		owner.definition.RequestValidators[resource.PhysicalID] = api.RequestValidator{
			ValidateBody:       p.boolean("ValidateRequestBody"),
			ValidateParameters: p.boolean("ValidateRequestParameters"),
		}
	}
}

// gatewayResponseTypes lists the kinds of refusal that can be customised (rest-api.md §10).
func gatewayResponseTypes() []string {
	return []string{
		"DEFAULT_4XX", "DEFAULT_5XX", "ACCESS_DENIED", "API_CONFIGURATION_ERROR",
		"AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE", "BAD_REQUEST_BODY",
		"BAD_REQUEST_PARAMETERS", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
		"INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
		"REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED",
		"UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
	}
}

func (r *reader) gatewayResponses(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeGatewayResponse) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok || !p.require("ResponseType") {
			continue
		}
		kind := p.choice("ResponseType", gatewayResponseTypes()...)
		if _, twice := owner.definition.GatewayResponses[kind]; twice {
			p.fail("ResponseType", "the API has a gateway response of this type already")
			continue
		}
		response := api.GatewayResponse{
			Type:       kind,
			Parameters: gatewayParameters(p),
			Templates:  p.textMap("ResponseTemplates"),
		}
		if p.has("StatusCode") {
			response.StatusCode = p.integerIn("StatusCode", 0, 100, 599)
		}
		owner.definition.GatewayResponses[kind] = response
	}
}

// gatewayParameters returns the headers of a gateway response.
func gatewayParameters(p properties) map[string]string {
	given, _ := p.parsedObject("ResponseParameters")
	for _, key := range given.names() {
		source, ok := scalar(given.values[key])
		switch {
		case !api.IsGatewayTarget(key):
			given.fail(key, api.BadMapping, key)
		case ok && !api.IsAnySource(source) && !isRequestParameter(source) &&
			!api.IsRequestBody(source):
			given.fail(key, api.BadMapping, source)
		}
	}
	return p.textMap("ResponseParameters")
}

func isRequestParameter(source string) bool {
	_, ok := api.RequestParameter(source)
	return ok
}
