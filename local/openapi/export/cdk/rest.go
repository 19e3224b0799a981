package cdk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
	"portico/local/openapi/export"
)

// restProgram writes one REST API.
type restProgram struct {
	*program
	api     api.REST
	options Options
	names   map[string]string // of request validators, by id
}

// REST writes a REST API. An error names what CloudFormation cannot say.
func REST(definition api.REST, o Options) ([]byte, error) {
	p := &restProgram{
		program: newProgram(), api: definition, options: o,
		names: export.ValidatorNames(definition.RequestValidators, o.Validators),
	}
	stages, err := chosen(definition.Stages, o.Stages)
	if err != nil {
		return nil, fmt.Errorf("REST API %s: %w", definition.Name, err)
	}
	p.restAPI()
	p.models()
	p.parts()
	p.resources()
	if err := p.methods(); err != nil {
		return nil, fmt.Errorf("REST API %s: %w", definition.Name, err)
	}
	p.gatewayResponses()
	p.deployment(stages)
	if len(definition.UsagePlans) > 0 {
		p.leave("usage plans and API keys")
	}
	imports := []string{
		"", "github.com/aws/aws-cdk-go/awscdk/v2", "github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway",
		"github.com/aws/jsii-runtime-go",
	}
	if p.readsDocuments() {
		imports = append([]string{"encoding/json", "strings"}, imports...)
	}
	return p.source("REST", definition.Name, stackName(&o, definition.Name), imports...)
}

func (p *restProgram) readsDocuments() bool {
	return len(p.api.Policy) > 0 || len(p.ownModels()) > 0
}

// restAPI writes the API itself.
func (p *restProgram) restAPI() {
	props := literal{of: "awsapigateway.CfnRestApiProps"}
	props.put("Name", text(p.api.Name))
	props.put("Description", text(p.options.Description))
	endpoint := literal{of: "awsapigateway.CfnRestApi_EndpointConfigurationProperty"}
	endpoint.put("Types", texts([]string{cmp.Or(p.api.EndpointType, "EDGE")}))
	props.put("EndpointConfiguration", endpoint.String())
	props.put("ApiKeySourceType", text(p.api.APIKeySource))
	props.put("BinaryMediaTypes", texts(p.api.BinaryMediaTypes))
	if size := p.api.MinimumCompressionSize; size != nil {
		props.put("MinimumCompressionSize", number(float64(*size)))
	}
	props.put("DisableExecuteApiEndpoint", truth(p.api.DisableExecuteAPIEndpoint))
	if p.readsDocuments() {
		p.add(`// document reads JSON, in which ${API} is the id of the API.
document := func(text, id string) any {
	var value any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(text, "${API}", id)), &value); err != nil {
		panic(err)
	}
	return value
}`)
	}
	if len(p.api.Policy) > 0 {
		// The policy of an API cannot name its id, which it only has once it is there.
		account := p.api.Account
		own := "arn:" + account.Partition + ":execute-api:" + account.Region + ":" + account.ID + ":" +
			p.api.ID + "/"
		policy := strings.ReplaceAll(string(p.api.Policy), own, "execute-api:/")
		props.put("Policy", "document("+quote(policy)+`, "")`)
	}
	p.add("api := awsapigateway.NewCfnRestApi(stack, jsii.String(%s), %s)", p.id("Api"), props.String())
}

// ownModels are the models that an API is not created with.
func (p *restProgram) ownModels() []string {
	return slices.DeleteFunc(sortedKeys(p.api.Models), func(name string) bool {
		return name == "Empty" || name == "Error"
	})
}

func (p *restProgram) modelURL() string {
	return "https://apigateway.amazonaws.com/restapis/" + p.api.ID + "/models/"
}

func (p *restProgram) models() {
	names := p.ownModels()
	if len(names) == 0 {
		return
	}
	p.add("models := map[string]awsapigateway.CfnModel{}")
	for _, name := range names {
		model := p.api.Models[name]
		schema := strings.ReplaceAll(string(model.Schema), p.modelURL(),
			strings.Replace(p.modelURL(), p.api.ID, "${API}", 1))
		props := literal{of: "awsapigateway.CfnModelProps"}
		props.put("RestApiId", "api.Ref()")
		props.put("Name", text(name))
		props.put("ContentType", text(cmp.Or(model.ContentType, "application/json")))
		props.put("Schema", "document("+quote(schema)+", *api.Ref())")
		p.add("models[%s] = awsapigateway.NewCfnModel(stack, jsii.String(%s), %s)", quote(name),
			p.id("Model", name), props.String())
	}
	for _, name := range names {
		for _, other := range names {
			reference := strconv.Quote(p.modelURL() + other)
			if other != name && strings.Contains(compacted(p.api.Models[name].Schema), `"$ref":`+reference) {
				p.add("models[%s].AddDependency(models[%s])", quote(name), quote(other))
			}
		}
	}
}

func compacted(text []byte) string {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return string(text)
	}
	same, _ := json.Marshal(value) // it was JSON
	return string(same)
}

// parts writes what methods refer to.
func (p *restProgram) parts() {
	if len(p.api.RequestValidators) > 0 {
		p.add("validators := map[string]*string{}")
	}
	for _, id := range sortedKeys(p.api.RequestValidators) {
		name := p.names[id]
		props := literal{of: "awsapigateway.CfnRequestValidatorProps"}
		props.put("RestApiId", "api.Ref()")
		props.put("Name", text(name))
		props.put("ValidateRequestBody", truth(p.api.RequestValidators[id].ValidateBody))
		props.put("ValidateRequestParameters", truth(p.api.RequestValidators[id].ValidateParameters))
		p.add("validators[%s] = awsapigateway.NewCfnRequestValidator(stack, jsii.String(%s), %s).Ref()",
			quote(name), p.id("Validator", name), props.String())
	}
	if len(p.api.Authorizers) > 0 {
		p.add("authorizers := map[string]*string{}")
	}
	for _, id := range sortedKeys(p.api.Authorizers) {
		authorizer := p.api.Authorizers[id]
		props := literal{of: "awsapigateway.CfnAuthorizerProps"}
		props.put("RestApiId", "api.Ref()")
		props.put("Name", text(authorizer.Name))
		props.put("Type", text(authorizer.Type))
		props.put("AuthorizerUri", text(authorizer.URI))
		props.put("AuthorizerCredentials", text(authorizer.Credentials))
		props.put("IdentitySource", text(authorizer.IdentitySource))
		props.put("IdentityValidationExpression", text(authorizer.IdentityValidation))
		props.put("AuthorizerResultTtlInSeconds", number(float64(authorizer.ResultTTL)))
		props.put("ProviderArns", texts(authorizer.ProviderARNs))
		p.add("authorizers[%s] = awsapigateway.NewCfnAuthorizer(stack, jsii.String(%s), %s).Ref()",
			quote(authorizer.Name), p.id("Authorizer", authorizer.Name), props.String())
	}
}

// resources writes every resource, those too that stand between others without having been named.
func (p *restProgram) resources() {
	p.add(`resources := map[string]*string{"/": api.AttrRootResourceId()}`)
	made := map[string]bool{"/": true}
	var add func(at string)
	add = func(at string) {
		if made[at] {
			return
		}
		made[at] = true
		parent := path.Dir(at)
		add(parent)
		props := literal{of: "awsapigateway.CfnResourceProps"}
		props.put("RestApiId", "api.Ref()")
		props.put("ParentId", "resources["+quote(parent)+"]")
		props.put("PathPart", text(path.Base(at)))
		p.add("resources[%s] = awsapigateway.NewCfnResource(stack, jsii.String(%s), %s).Ref()", quote(at),
			p.id("Resource", at), props.String())
	}
	for _, resource := range p.sorted() {
		add(resource.Path)
	}
}

func (p *restProgram) sorted() []api.Resource {
	return slices.SortedFunc(slices.Values(p.api.Resources), func(a, b api.Resource) int {
		return strings.Compare(a.Path, b.Path)
	})
}

func (p *restProgram) gatewayResponses() {
	for _, kind := range sortedKeys(p.api.GatewayResponses) {
		response := p.api.GatewayResponses[kind]
		props := literal{of: "awsapigateway.CfnGatewayResponseProps"}
		props.put("RestApiId", "api.Ref()")
		props.put("ResponseType", text(kind))
		if response.StatusCode != 0 {
			props.put("StatusCode", text(strconv.Itoa(response.StatusCode)))
		}
		props.put("ResponseParameters", textMap(response.Parameters))
		props.put("ResponseTemplates", textMap(response.Templates))
		p.add("methods = append(methods, awsapigateway.NewCfnGatewayResponse(stack, jsii.String(%s), %s))",
			p.id("GatewayResponse", strings.ToLower(kind)), props.String())
	}
}
