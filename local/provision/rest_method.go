package provision

import (
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// restMethodCoverage declares methods and their integrations.
func restMethodCoverage() coverage.Table {
	table := privateCoverage()
	table[typeMethod] = rules(
		honoured("HttpMethod", "ResourceId", "RestApiId", "AuthorizerId", "OperationName"),
		choice("AuthorizationType", []string{"NONE", "CUSTOM"},
			when("AWS_IAM", restIAM), when("COGNITO_USER_POOLS", restCognito)),
		part(restCognito, "AuthorizationScopes[]"),
		unless(apiKeys, "ApiKeyRequired", "false"),
		part(restValidation, "RequestModels.*", "RequestParameters.*", "RequestValidatorId"),
		honoured("MethodResponses[].StatusCode", "MethodResponses[].ResponseParameters.*"),
		irrelevant("AWS uses it to generate SDKs; answers are not checked against it",
			"MethodResponses[].ResponseModels.*"),
		integrationRules(),
	)
	return table
}

func integrationRules() []coverage.Rule {
	return rules(
		choice("Integration.Type", []string{"AWS_PROXY", "MOCK"},
			when("HTTP_PROXY", restHTTPProxy), when("HTTP", restHTTP), when("AWS", restAWS)),
		honoured("Integration.Uri", "Integration.IntegrationHttpMethod",
			"Integration.TimeoutInMillis", "Integration.PassthroughBehavior",
			"Integration.RequestTemplates.*",
			"Integration.IntegrationResponses[].StatusCode",
			"Integration.IntegrationResponses[].SelectionPattern",
			"Integration.IntegrationResponses[].ResponseTemplates.*",
			"Integration.IntegrationResponses[].ResponseParameters.*"),
		part(restParameterMapping, "Integration.RequestParameters.*"),
		part(restContentHandling, "Integration.ContentHandling",
			"Integration.IntegrationResponses[].ContentHandling"),
		part(restCache, "Integration.CacheNamespace", "Integration.CacheKeyParameters[]"),
		choice("Integration.ConnectionType", []string{"INTERNET"},
			when("VPC_LINK", restVPCLink)),
		part(restVPCLink, "Integration.ConnectionId", "Integration.IntegrationTarget"),
		choice("Integration.ResponseTransferMode", []string{"BUFFERED"},
			when("STREAM", restStreaming)),
		callersOwn("Integration.Credentials"),
		irrelevant(noRoles, "Integration.Credentials"),
	)
}

// restMethods reads the methods of all resources.
func (r *reader) restMethods(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeMethod) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok {
			continue
		}
		at, ok := lookUp(p, "ResourceId", "resource in this API", owner.resources)
		verb := p.requiredText("HttpMethod")
		if !ok || verb == "" {
			continue
		}
		checkVerb(p, "HttpMethod")
		if _, twice := at.Methods[verb]; twice {
			p.fail("HttpMethod", "resource %s has this method already", at.Path)
			continue
		}
		if at.Methods == nil {
			at.Methods = map[string]api.Method{}
		}
		at.Methods[verb] = method(p, at, owner.definition)
	}
	r.privateTargets(apis)
}

func method(p properties, at *api.Resource, owner api.REST) api.Method {
	m := api.Method{
		AuthorizationType: p.choice("AuthorizationType",
			"NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"),
		AuthorizationScopes: p.texts("AuthorizationScopes"),
		APIKeyRequired:      p.boolean("ApiKeyRequired"),
		OperationName:       p.text("OperationName"),
		RequestParameters:   p.truthMap("RequestParameters"),
		RequestModels:       p.textMap("RequestModels"),
		RequestValidatorID:  p.text("RequestValidatorId"),
		Responses:           methodResponses(p),
	}
	m.AuthorizerID = methodAuthorizer(p, m.AuthorizationType, owner)
	checkMethod(p, owner)
	if !p.has("Integration") {
		p.fail("Integration",
			"AWS refuses to deploy a method without one: No integration defined for method")
		return m
	}
	if given, ok := p.object("Integration"); ok {
		m.Integration = integration(given, at, owner.EndpointType)
		checkRequestMapping(given, m.RequestParameters)
		for _, item := range given.objects("IntegrationResponses") {
			checkResponseMapping(item, m.Responses)
		}
	}
	return m
}

// checkMethod checks what a method refers to and declares.
func checkMethod(p properties, owner api.REST) {
	if id := p.text("RequestValidatorId"); id != "" {
		if _, ok := owner.RequestValidators[id]; !ok {
			p.fail("RequestValidatorId", "Invalid Request Validator identifier specified; there is %s",
				oneOf(owner.RequestValidators))
		}
	}
	models, _ := p.object("RequestModels")
	for _, contentType := range models.names() {
		if name := models.requiredText(contentType); name != "" {
			if _, ok := owner.Models[name]; !ok {
				models.fail(contentType, "Invalid model identifier specified: %s; there is %s", name,
					oneOf(owner.Models))
			}
		}
	}
	checkContentTypes(p, "RequestModels")
	checkDeclared(p)
}

// methodAuthorizer returns the authorizer that the type of authorization needs.
func methodAuthorizer(p properties, authorization string, owner api.REST) string {
	if authorization != "CUSTOM" && authorization != "COGNITO_USER_POOLS" {
		return ""
	}
	const invalid = "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or " +
		"COGNITO_USER_POOLS requires a valid authorizer."
	if !p.has("AuthorizerId") {
		p.fail("AuthorizerId", "the property is required: "+invalid)
		return ""
	}
	authorizer, ok := owner.Authorizers[p.text("AuthorizerId")]
	if !ok {
		p.fail("AuthorizerId", "there is no such authorizer in this API; there is %s: "+invalid,
			oneOf(owner.Authorizers))
		return ""
	}
	if (authorizer.Type == "COGNITO_USER_POOLS") != (authorization == "COGNITO_USER_POOLS") {
		p.fail("AuthorizerId", "AuthorizationType %s does not go with an authorizer of type %s",
			authorization, authorizer.Type)
	}
	return authorizer.ID
}

func methodResponses(p properties) map[string]api.MethodResponse {
	responses := map[string]api.MethodResponse{}
	for _, item := range p.objects("MethodResponses") {
		status := item.requiredText("StatusCode")
		checkStatus(item)
		declared, _ := item.object("ResponseParameters")
		for _, key := range declared.names() {
			if !api.IsResponseTarget(key) {
				declared.fail(key, api.BadMapping, key)
			}
		}
		responses[status] = api.MethodResponse{
			Parameters: item.truthMap("ResponseParameters"),
			Models:     item.textMap("ResponseModels"),
		}
	}
	if len(responses) == 0 {
		return nil
	}
	return responses
}

// integration reads what a method calls. AWS's defaults: cloudformation.md, "Method.Integration".
func integration(p properties, at *api.Resource, endpointType string) api.Integration {
	p.require("Type")
	i := api.Integration{
		Type:                p.choice("Type", "MOCK", "AWS_PROXY", "AWS", "HTTP_PROXY", "HTTP"),
		HTTPMethod:          p.text("IntegrationHttpMethod"),
		URI:                 p.text("Uri"),
		Credentials:         p.text("Credentials"),
		PassthroughBehavior: passthrough(p),
		RequestTemplates:    p.textMap("RequestTemplates"),
		RequestParameters:   p.textMap("RequestParameters"),
		ContentHandling:     p.choice("ContentHandling", conversions()...),
		CacheNamespace:      p.textOr("CacheNamespace", at.ID),
		CacheKeyParameters:  p.texts("CacheKeyParameters"),
	}
	connection(p, &i)
	i.TimeoutMillis = checkTimeout(p, &i, endpointType)
	if i.Type != "MOCK" {
		p.require("Uri")
		if !p.has("IntegrationHttpMethod") {
			p.fail("IntegrationHttpMethod", "the property is required: "+
				"Enumeration value for HttpMethod must be non-empty")
		}
		checkVerb(p, "IntegrationHttpMethod")
		checkURI(p, &i)
	}
	checkContentTypes(p, "RequestTemplates")
	i.Responses = integrationResponses(p)
	return i
}

func integrationResponses(p properties) []api.IntegrationResponse {
	var responses []api.IntegrationResponse
	for _, item := range p.objects("IntegrationResponses") {
		checkStatus(item)
		checkPattern(item, "SelectionPattern")
		checkContentTypes(item, "ResponseTemplates")
		responses = append(responses, api.IntegrationResponse{
			StatusCode:       item.requiredText("StatusCode"),
			SelectionPattern: item.text("SelectionPattern"),
			Templates:        item.textMap("ResponseTemplates"),
			Parameters:       item.textMap("ResponseParameters"),
			ContentHandling:  item.choice("ContentHandling", conversions()...),
		})
	}
	return responses
}

func passthrough(p properties) string {
	return p.choice("PassthroughBehavior", "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
}

// conversions lists the values of ContentHandling; "" passes bodies through.
func conversions() []string {
	return []string{"", "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"}
}
