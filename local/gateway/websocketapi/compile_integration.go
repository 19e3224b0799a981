package websocketapi

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// site is a route on a stage, for which an integration is compiled.
type site struct {
	api   *API
	stage *stage
	key   string
	def   api.V2Integration
}

// compileBackends compiles the route's integration for every stage: stage variables may stand in
// it.
func (a *API) compileBackends(r *route, def *api.Route) error {
	r.backends = make(map[string]backend, len(a.stages))
	found, known := a.def.Integrations[def.IntegrationID]
	if def.IntegrationID != "" && !known {
		return fmt.Errorf("there is no integration %q", def.IntegrationID)
	}
	r.shown = shownTarget(&found)
	for name, s := range a.stages {
		if def.IntegrationID == "" {
			r.backends[name] = broken("the route has no integration")
		} else {
			r.backends[name] = (&site{api: a, stage: s, key: def.Key, def: found}).compile()
		}
		if why, cannot := r.backends[name].(broken); cannot {
			r.shown = "(" + string(why) + ")"
		}
	}
	return nil
}

// shownTarget is what the table of routes says of an integration.
func shownTarget(def *api.V2Integration) string {
	arn, isFunction := functionOf(def.URI)
	switch {
	case def.Type == "MOCK" || def.URI == "":
		return def.Type
	case isFunction:
		return functionName(arn)
	}
	return def.URI
}

// compile returns what the route calls on the stage; what cannot be called refuses every call, and
// says why.
func (p *site) compile() backend {
	if p.def.ConnectionType == "VPC_LINK" && p.def.Type != "HTTP" && p.def.Type != "HTTP_PROXY" {
		return broken("connection type VPC_LINK is for integrations of type HTTP and HTTP_PROXY, this " +
			"one is " + p.def.Type)
	}
	built, err := p.build()
	if err != nil {
		return broken(err.Error())
	}
	return built
}

func (p *site) build() (backend, error) {
	switch p.def.Type {
	case "AWS_PROXY":
		called, err := p.function()
		return &lambdaProxy{
			function: called, toBinary: p.def.ContentHandling == toBinary,
		}, err
	case "HTTP_PROXY":
		called, err := p.httpBackend()
		if err != nil {
			return nil, err
		}
		parameters, err := compileParameters(p.def.RequestParameters)
		return &httpProxy{
			httpBackend: called, parameters: parameters, handling: p.def.ContentHandling,
		}, err
	}
	called, err := p.target()
	if err != nil {
		return nil, err
	}
	return p.custom(called)
}

func (p *site) function() (function, error) {
	uri, ok := functionOf(p.def.URI)
	if !ok {
		return function{}, fmt.Errorf("the integration's URI %q names no Lambda function", p.def.URI)
	}
	arn := exchange.FillStageVariables(uri, p.stage.variables)
	called := function{
		api: p.api, arn: arn, name: functionName(arn), role: p.def.Credentials, timeout: p.timeout(),
		source: p.api.arn(p.stage.name + "/" + p.key),
	}
	if called.role != "" {
		called.source = "" // the role calls, not the API
	}
	return called, nil
}

// timeout is at most, and by default, 29 s.
func (p *site) timeout() time.Duration {
	const most = 29 * time.Second
	if p.def.TimeoutMillis <= 0 {
		return most
	}
	return time.Duration(p.def.TimeoutMillis) * time.Millisecond
}

const alreadyPresent = " already present: no mapping may set it"

func (p *site) httpBackend() (httpBackend, error) {
	if header := integration.IllegalHTTPMapping(p.def.RequestParameters); header != "" {
		return httpBackend{}, errors.New(header + alreadyPresent)
	}
	uri, err := integration.ParseHTTPURI(p.def.URI, p.stage.variables)
	if err != nil {
		return httpBackend{}, err
	}
	if p.stage.caller == nil {
		return httpBackend{}, integration.UnknownCertificate(p.stage.presents, p.stage.name)
	}
	built := httpBackend{caller: p.stage.caller, backend: integration.HTTPBackend{
		APIID: p.api.def.ID, Method: p.def.Method, URI: uri, Timeout: p.timeout(),
	}}
	if p.def.ConnectionType != "VPC_LINK" {
		built.place = integration.PlaceOf(p.api.deps.Backends, &built.backend,
			integration.MisconfiguredAddress)
		return built, nil
	}
	link, err := integration.FindLink(p.api.deps.PrivateTargets, p.privateNames(), nil)
	if err == nil {
		built.place = link.Place(&built.backend)
	}
	return built, err
}

// privateNames returns what the target of an integration may be called: the DNS name in its URI is
// the last of them.
func (p *site) privateNames() []string {
	variables := p.stage.variables
	names := integration.LinkNames(p.def.Targets, p.def.Links,
		exchange.FillStageVariables(p.def.ConnectionID, variables))
	address, err := url.Parse(exchange.FillStageVariables(p.def.URI, variables))
	if err == nil && address.Hostname() != "" && len(names) > 0 {
		names = append(names, address.Hostname())
	}
	return names
}

// target returns what an integration calls that is mapped both ways.
func (p *site) target() (target, error) {
	switch p.def.Type {
	case "MOCK":
		return mock{bare: len(p.def.RequestTemplates) == 0}, nil
	case "HTTP":
		called, err := p.httpBackend()
		return &httpCustom{called}, err
	case "AWS":
	default:
		return nil, fmt.Errorf("integration type %q is none of AWS, AWS_PROXY, HTTP, HTTP_PROXY and MOCK",
			p.def.Type)
	}
	if header := integration.IllegalMapping(p.def.RequestParameters); header != "" {
		return nil, errors.New(header + alreadyPresent)
	}
	if _, isFunction := functionOf(p.def.URI); isFunction {
		called, err := p.function()
		return &lambdaCustom{called}, err
	}
	return p.service()
}

// service returns an action or path of an AWS service. AWS wants a role for it; nobody checks here
// what the role may do.
func (p *site) service() (target, error) {
	service, err := integration.ParseAWS(p.def.URI, p.stage.variables)
	switch {
	case err != nil:
		return nil, err
	case p.def.Credentials == "":
		return nil, errors.New("the integration has no credentials: Role ARN must be specified for " +
			"AWS integrations")
	case p.def.Credentials == "arn:aws:iam::*:user/*":
		return nil, fmt.Errorf("passing the caller's credentials on (%s) is not served yet",
			p.def.Credentials)
	}
	built := integration.AWSBackend{
		APIID: p.api.def.ID, Method: p.def.Method, Service: service, Timeout: p.timeout(),
		Endpoints: p.api.deps.Endpoints, Clock: p.api.deps.Clock,
	}
	if p.api.deps.Credentials != nil {
		built.Credentials = p.api.deps.Credentials(p.def.Credentials)
	}
	return &awsService{caller: p.api.deps.HTTP, backend: built}, nil
}

// custom puts the mappings of an integration around what it calls.
func (p *site) custom(called target) (backend, error) {
	built := &custom{
		target: called, passthrough: p.def.PassthroughBehavior, handling: p.def.ContentHandling,
	}
	var err error
	built.templates, err = compileTemplates(p.def.RequestTemplates, p.def.TemplateSelection,
		requestVariables())
	if err != nil {
		return nil, err
	}
	if built.parameters, err = compileParameters(p.def.RequestParameters); err != nil {
		return nil, err
	}
	if built.selector, err = compileSelector(p.def.Responses); err != nil {
		return nil, err
	}
	for i := range p.def.Responses {
		response, err := compileResponse(&p.def.Responses[i])
		if err != nil {
			return nil, fmt.Errorf("integration response %s: %w", p.def.Responses[i].Key, err)
		}
		built.responses = append(built.responses, response)
	}
	return built, nil
}

// compileSelector reads the keys of integration responses: $default, or a regular expression
// between slashes that must match as a whole. Of several that match the first by name is taken;
// AWS does not say which.
func compileSelector(responses []api.V2IntegrationResponse) (*integration.Selector, error) {
	patterns := make([]api.IntegrationResponse, 0, len(responses))
	for i := range responses {
		key := responses[i].Key
		pattern := ""
		if key != defaultKey {
			inner, opened := strings.CutPrefix(key, "/")
			inner, closed := strings.CutSuffix(inner, "/")
			if !opened || !closed || inner == "" {
				return nil, fmt.Errorf("integration response key %q: allowed are $default and "+
					"/regular expression/", key)
			}
			pattern = inner
		}
		patterns = append(patterns, api.IntegrationResponse{StatusCode: key, SelectionPattern: pattern})
	}
	return integration.NewSelector(patterns)
}

func compileResponse(def *api.V2IntegrationResponse) (customResponse, error) {
	response := customResponse{key: def.Key, handling: def.ContentHandling}
	var err error
	response.templates, err = compileTemplates(def.Templates, def.TemplateSelection,
		responseVariables())
	if err != nil {
		return response, err
	}
	if len(def.Parameters) > 0 {
		response.headers, err = mapping.CompileResponse(def.Parameters)
	}
	return response, err
}
