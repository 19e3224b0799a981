package cdk

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
)

// methods writes the methods; a deployment waits for them.
func (p *restProgram) methods() error {
	p.add("var methods []awscdk.CfnResource // what a deployment holds")
	for _, resource := range p.sorted() {
		for _, verb := range sortedKeys(resource.Methods) {
			method := resource.Methods[verb]
			props, err := p.method(&method, verb, &resource)
			if err != nil {
				return fmt.Errorf("%s %s: %w", verb, resource.Path, err)
			}
			p.add("methods = append(methods, awsapigateway.NewCfnMethod(stack, jsii.String(%s), %s))",
				p.id("Method", strings.ToLower(verb), resource.Path), props)
		}
	}
	return nil
}

func (p *restProgram) method(m *api.Method, verb string, at *api.Resource) (string, error) {
	props := literal{of: "awsapigateway.CfnMethodProps"}
	props.put("RestApiId", "api.Ref()")
	props.put("ResourceId", "resources["+quote(at.Path)+"]")
	props.put("HttpMethod", text(verb))
	props.put("AuthorizationType", text(m.AuthorizationType))
	if m.AuthorizerID != "" {
		authorizer, ok := p.api.Authorizers[m.AuthorizerID]
		if !ok {
			return "", fmt.Errorf("it names the authorizer %q, which the API does not have", m.AuthorizerID)
		}
		props.put("AuthorizerId", "authorizers["+quote(authorizer.Name)+"]")
	}
	props.put("AuthorizationScopes", texts(m.AuthorizationScopes))
	props.put("ApiKeyRequired", truth(m.APIKeyRequired))
	props.put("OperationName", text(m.OperationName))
	props.put("RequestParameters", truthMap(m.RequestParameters))
	models, err := p.modelMap(m.RequestModels)
	if err != nil {
		return "", err
	}
	props.put("RequestModels", models)
	if id := m.RequestValidatorID; id != "" {
		if _, ok := p.api.RequestValidators[id]; !ok {
			return "", fmt.Errorf("it names the request validator %q, which the API does not have", id)
		}
		props.put("RequestValidatorId", "validators["+quote(p.names[id])+"]")
	}
	responses, err := p.methodResponses(m)
	if err != nil {
		return "", err
	}
	props.put("MethodResponses", responses)
	if m.Integration.Type != "" {
		integration, err := p.integration(&m.Integration, verb, at)
		if err != nil {
			return "", err
		}
		props.put("Integration", integration)
	}
	return props.String(), nil
}

func truthMap(values map[string]bool) string {
	return mapOf("map[string]interface{}", values, func(value bool) string {
		if value {
			return "true"
		}
		return "false"
	})
}

// modelMap refers to models by what makes them, so that they are there first.
func (p *restProgram) modelMap(values map[string]string) (string, error) {
	for contentType, name := range values {
		if _, ok := p.api.Models[name]; !ok && name != "Empty" && name != "Error" {
			return "", fmt.Errorf("the model %q of %s is none of the API", name, contentType)
		}
	}
	return mapOf("map[string]*string", values, func(name string) string {
		if name == "Empty" || name == "Error" {
			return text(name)
		}
		return "models[" + quote(name) + "].Ref()"
	}), nil
}

func (p *restProgram) methodResponses(m *api.Method) (string, error) {
	if len(m.Responses) == 0 {
		return "", nil
	}
	var b strings.Builder
	b.WriteString("&[]interface{}{\n")
	for _, status := range sortedKeys(m.Responses) {
		response := m.Responses[status]
		own := literal{of: "awsapigateway.CfnMethod_MethodResponseProperty"}
		own.put("StatusCode", text(status))
		own.put("ResponseParameters", truthMap(response.Parameters))
		models, err := p.modelMap(response.Models)
		if err != nil {
			return "", err
		}
		own.put("ResponseModels", models)
		b.WriteString(own.String() + ",\n")
	}
	return b.String() + "}", nil
}

func (p *restProgram) integration(
	def *api.Integration, verb string, at *api.Resource,
) (string, error) {
	if len(def.Targets) > 0 && strings.HasPrefix(def.Targets[0], "arn:") {
		p.leave("the integration target %s of %s %s", def.Targets[0], verb, at.Path)
	}
	if def.InsecureTLS {
		p.leave("tlsConfig of %s %s: CloudFormation cannot say it", verb, at.Path)
	}
	own := literal{of: "awsapigateway.CfnMethod_IntegrationProperty"}
	own.put("Type", text(def.Type))
	own.put("IntegrationHttpMethod", text(def.HTTPMethod))
	own.put("Uri", text(def.URI))
	own.put("Credentials", text(def.Credentials))
	own.put("PassthroughBehavior", text(def.PassthroughBehavior))
	own.put("ContentHandling", text(def.ContentHandling))
	if def.ConnectionType == "VPC_LINK" {
		own.put("ConnectionType", text(def.ConnectionType))
	}
	own.put("ConnectionId", text(def.ConnectionID))
	if def.CacheNamespace != at.ID {
		own.put("CacheNamespace", text(def.CacheNamespace))
	}
	own.put("CacheKeyParameters", texts(def.CacheKeyParameters))
	if def.TimeoutMillis != 0 {
		own.put("TimeoutInMillis", number(float64(def.TimeoutMillis)))
	}
	if def.ResponseMode == "STREAM" {
		own.put("ResponseTransferMode", text(def.ResponseMode))
	}
	own.put("RequestParameters", textMap(def.RequestParameters))
	own.put("RequestTemplates", textMap(def.RequestTemplates))
	own.put("IntegrationResponses", integrationResponses(def.Responses))
	return own.String(), nil
}

func integrationResponses(all []api.IntegrationResponse) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("&[]interface{}{\n")
	for i := range all {
		own := literal{of: "awsapigateway.CfnMethod_IntegrationResponseProperty"}
		own.put("StatusCode", text(all[i].StatusCode))
		own.put("SelectionPattern", text(all[i].SelectionPattern))
		own.put("ContentHandling", text(all[i].ContentHandling))
		own.put("ResponseParameters", textMap(all[i].Parameters))
		own.put("ResponseTemplates", textMap(all[i].Templates))
		b.WriteString(own.String() + ",\n")
	}
	return b.String() + "}"
}
