package restapi

import (
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/api"
	"portico/local/gateway/integration"
	"portico/local/gateway/route"
)

// stage is a stage as its calls need it.
type stage struct {
	def              *api.Stage
	arn              string // arn:…:{api}/{stage}/, what method ARNs begin with
	tree             *route.Tree[*method]
	variables        []byte // as a JSON object; nil when there are none
	keys             map[string]*api.APIKey
	gatewayResponses map[string]*gatewayResponse
	accessLog        *accesslog.Format // nil when there is none
}

// method is a method on one stage.
type method struct {
	def           *api.Method
	resource      *api.Resource
	route         string // "GET /orders/{id}"
	target        string // the function's name, or the integration's type
	function      string // "" when it is none
	authorization authorization
	backend       backend
}

func (a *API) compileStage(def *api.Stage) (*stage, error) {
	s := &stage{
		def: def, tree: route.New[*method](route.REST), keys: a.keysOf(def.Name),
		arn: a.arn() + "/" + def.Name + "/",
	}
	var err error
	if s.gatewayResponses, err = compileGatewayResponses(a.def.GatewayResponses); err != nil {
		return nil, err
	}
	if def.AccessLog != nil {
		if s.accessLog, err = accesslog.Compile(def.AccessLog.Format); err != nil {
			return nil, fmt.Errorf("stage %s: access log: %w", def.Name, err)
		}
	}
	if len(def.Variables) > 0 {
		if s.variables, err = json.Marshal(def.Variables, json.Deterministic(true)); err != nil {
			return nil, fmt.Errorf("stage %s: variables: %w", def.Name, err)
		}
	}
	guards := a.compileAuthorizers(s)
	for i := range a.def.Resources {
		if err := a.compileResource(s, &a.def.Resources[i], guards); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// arn returns what the execute-api ARNs of the API begin with.
func (a *API) arn() string {
	account := a.def.Account
	return "arn:" + account.Partition + ":execute-api:" + account.Region + ":" + account.ID + ":" +
		a.def.ID
}

// keysOf returns the API keys whose usage plans name a stage, by value.
func (a *API) keysOf(name string) map[string]*api.APIKey {
	keys := map[string]*api.APIKey{}
	for i := range a.def.UsagePlans {
		plan := &a.def.UsagePlans[i]
		for j := range plan.Stages {
			if plan.Stages[j].APIID != a.def.ID || plan.Stages[j].Stage != name {
				continue
			}
			for k := range plan.Keys {
				keys[plan.Keys[k].Value] = &plan.Keys[k]
			}
		}
	}
	return keys
}

func (a *API) compileResource(
	s *stage, resource *api.Resource, guards map[string]authorization,
) error {
	for verb, def := range resource.Methods {
		m := &method{
			def: &def, resource: resource, route: verb + " " + resource.Path,
			target: def.Integration.Type, authorization: a.guard(&def, guards),
		}
		backend, err := a.compileIntegration(s, m, verb)
		if err != nil {
			return fmt.Errorf("resource %s, method %s: %w", resource.Path, verb, err)
		}
		m.backend = backend
		if err := s.tree.Add(verb, resource.Path, m); err != nil {
			return err
		}
	}
	return nil
}

func (a *API) compileIntegration(s *stage, m *method, verb string) (backend, error) {
	switch def := &m.def.Integration; def.Type {
	case "AWS_PROXY":
		return a.compileLambdaProxy(s, m, verb), nil
	case "MOCK":
		return a.compileMock(m)
	default:
		return brokenBy(fmt.Sprintf("integration type %q is not served yet", def.Type)), nil
	}
}

func brokenBy(reason string) broken {
	return broken{refuse: func() error { return badConfiguration(reason) }}
}

func (a *API) compileLambdaProxy(s *stage, m *method, verb string) backend {
	def := &m.def.Integration
	if def.HTTPMethod != "POST" {
		return broken{refuse: func() error { return wrongIntegrationMethod(def.HTTPMethod) }}
	}
	if header := integration.IllegalMapping(def.RequestParameters); header != "" {
		return brokenBy("Execution failed due to configuration error: " + header + " already present")
	}
	if def.ResponseMode == "STREAM" {
		return brokenBy("response transfer mode STREAM is not served yet")
	}
	function, err := integration.FunctionARN(def.URI, s.def.Variables)
	if err != nil {
		return brokenBy(err.Error())
	}
	m.function = integration.FunctionName(function)
	m.target = m.function
	permission := verb
	if verb == route.Any {
		permission = "*"
	}
	proxy := &lambdaProxy{
		binary: a.def.BinaryMediaTypes, toBinary: def.ContentHandling == "CONVERT_TO_BINARY",
		lambda: integration.Lambda{
			FunctionARN: function, SourceARN: s.arn + permission + m.resource.Path,
			Timeout: millis(def.TimeoutMillis), Clock: a.deps.Clock, Invoker: a.deps.Invoker,
		},
	}
	if def.Credentials != "" {
		proxy.lambda.SourceARN = "" // the role calls, not the API
	}
	if def.TimeoutMillis <= 0 {
		proxy.lambda.Timeout = millis(29_000)
	}
	return proxy
}

func (a *API) compileMock(m *method) (backend, error) {
	def := &m.def.Integration
	selector, err := integration.NewSelector(def.Responses)
	if err != nil {
		return brokenBy(err.Error()), nil
	}
	built := &mock{
		templates: compileTemplates(def.RequestTemplates), passthrough: def.PassthroughBehavior,
		contentHandling: def.ContentHandling, binary: a.def.BinaryMediaTypes, selector: selector,
	}
	for i := range def.Responses {
		response, err := compileMockResponse(m, &def.Responses[i])
		if err != nil {
			return nil, err
		}
		if def.Responses[i].ContentHandling == "CONVERT_TO_BINARY" {
			return brokenBy("content handling CONVERT_TO_BINARY of a MOCK response is not served yet"),
				nil
		}
		built.responses = append(built.responses, response)
	}
	return built, nil
}

func compileTemplates(texts map[string]string) map[string]template {
	templates := make(map[string]template, len(texts))
	for contentType, text := range texts {
		templates[contentType] = compileTemplate(text)
	}
	return templates
}

func compileMockResponse(m *method, def *api.IntegrationResponse) (mockResponse, error) {
	status, err := strconv.Atoi(def.StatusCode)
	if err != nil || status < 100 || status > 599 {
		return mockResponse{}, fmt.Errorf("integration response %q: the status code must be an "+
			"integer from 100 to 599", def.StatusCode)
	}
	_, declared := m.def.Responses[def.StatusCode]
	response := mockResponse{
		status: status, declared: declared, templates: compileTemplates(def.Templates),
	}
	response.headers, err = compileHeaders(def.Parameters)
	if err != nil {
		return mockResponse{}, fmt.Errorf("integration response %s: %w", def.StatusCode, err)
	}
	return response, nil
}
