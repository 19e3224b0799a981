package provision

import (
	"encoding/json"
	"strings"

	"portico/local/cloudformation"
	"portico/local/gateway/api"
	"portico/local/gateway/javaregex"
)

// webSocketAPI returns the definition of a WebSocket API whose parts are gathered.
func (r *reader) webSocketAPI(owner *v2API) api.WebSocket {
	p := r.properties(owner.resource)
	if p.has("CorsConfiguration") {
		p.fail("CorsConfiguration", "only HTTP APIs have it")
	}
	r.webSocketLinks(owner)
	r.integrationResponses(owner)
	return api.WebSocket{
		ID:                        owner.resource.PhysicalID,
		Name:                      p.text("Name"),
		Account:                   r.account(owner.resource),
		RouteSelectionExpression:  p.requiredText("RouteSelectionExpression"),
		APIKeySelectionExpression: p.textOr("ApiKeySelectionExpression", defaultKeySelection),
		DisableExecuteAPIEndpoint: p.boolean("DisableExecuteApiEndpoint"),
		Routes:                    owner.routes,
		Integrations:              owner.integrations,
		Authorizers:               owner.authorizers,
		Models:                    r.webSocketModels(owner),
		Stages:                    owner.stages,
		UsagePlans:                owner.plans,
	}
}

// partsOf returns the resources of a type that belong to an API.
func (r *reader) partsOf(owner *v2API, kind string) []*cloudformation.Resource {
	var parts []*cloudformation.Resource
	for _, resource := range r.assembly.ByType(kind) {
		if r.properties(resource).text("ApiId") == owner.resource.PhysicalID {
			parts = append(parts, resource)
		}
	}
	return parts
}

// webSocketOwners notes the parts of WebSocket APIs whose ApiId leads nowhere.
func (r *reader) webSocketOwners(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeV2Model, typeV2IntegrationResponse) {
		v2Of(r.properties(resource), apis)
	}
}

// checkWebSocketIntegration refuses what AWS refuses of a WebSocket API's integration. Its VPC links
// are those of REST APIs: to network load balancers.
func (r *reader) checkWebSocketIntegration(p properties, i *api.V2Integration) {
	if i.ConnectionType != "VPC_LINK" {
		return
	}
	if i.Type != "HTTP" && i.Type != "HTTP_PROXY" {
		p.fail("ConnectionType",
			"VPC_LINK is for integrations of type HTTP and HTTP_PROXY, this one is %s", i.Type)
	}
	if p.require("ConnectionId") && r.byID(typeV2VPCLink)[i.ConnectionID] != nil {
		p.fail("ConnectionId", "an %s is for HTTP APIs, WebSocket APIs take an %s", typeV2VPCLink,
			typeVPCLink)
	}
}

// webSocketLinks adds to every integration through a VPC link what its target may be called in
// portico.yaml.
func (r *reader) webSocketLinks(owner *v2API) {
	for id, i := range owner.integrations {
		if i.ConnectionType != "VPC_LINK" {
			continue
		}
		for _, link := range r.assembly.ByType(typeVPCLink) {
			if link.PhysicalID == i.ConnectionID || strings.Contains(i.ConnectionID, "${") {
				i.Links = append(i.Links, r.vpcLink(link))
			}
		}
		owner.integrations[id] = i
	}
}

// integrationResponses adds to every integration of an API its responses.
func (r *reader) integrationResponses(owner *v2API) {
	for _, resource := range r.partsOf(owner, typeV2IntegrationResponse) {
		p := r.properties(resource)
		key := p.requiredText("IntegrationResponseKey")
		checkResponseKey(p, key)
		i, ok := lookUp(p, "IntegrationId", "integration in this API", owner.integrations)
		if !ok || key == "" {
			continue
		}
		for _, other := range i.Responses {
			if other.Key == key {
				p.fail("IntegrationResponseKey", "the integration has a response of this key already")
			}
		}
		i.Responses = append(i.Responses, api.V2IntegrationResponse{
			Key:               key,
			Templates:         p.textMap("ResponseTemplates"),
			TemplateSelection: p.text("TemplateSelectionExpression"),
			Parameters:        p.textMap("ResponseParameters"),
			ContentHandling:   p.choice("ContentHandlingStrategy", conversions()...),
		})
		owner.integrations[i.ID] = i
	}
}

// checkResponseKey wants $default, or a regular expression of Java's between slashes.
func checkResponseKey(p properties, key string) {
	const name = "IntegrationResponseKey"
	if key == "" || key == "$default" {
		return
	}
	pattern, opened := strings.CutPrefix(key, "/")
	pattern, closed := strings.CutSuffix(pattern, "/")
	if !opened || !closed || pattern == "" {
		p.fail(name, `want $default or /regular expression/, like "/4\d\d/"`)
		return
	}
	if _, err := javaregex.Compile(pattern); err != nil {
		p.fail(name, "want a regular expression of Java's: %v", err)
	}
}

// webSocketModels reads the models of an API, and checks that those exist which routes name. A route
// may name a model by its name or by its id.
func (r *reader) webSocketModels(owner *v2API) map[string]api.Model {
	var models map[string]api.Model
	names := map[string]string{} // by id and by name
	for _, resource := range r.partsOf(owner, typeV2Model) {
		p := r.properties(resource)
		name := p.requiredText("Name")
		if !modelName.MatchString(name) {
			p.fail("Name", "Model name must be alphanumeric: %s", name)
			continue
		}
		if _, twice := models[name]; twice {
			p.fail("Name", "the API has a model of this name already")
			continue
		}
		if models == nil {
			models = map[string]api.Model{}
		}
		schema := p.document("Schema")
		if schema == nil && p.require("Schema") {
			schema = json.RawMessage("{}") // what is wrong with it is noted
		}
		models[name] = api.Model{
			Name: name, ContentType: p.textOr("ContentType", "application/json"), Schema: schema,
		}
		names[name], names[resource.PhysicalID] = name, name
	}
	routes := r.byID(typeV2Route)
	for i := range owner.routes {
		route := &owner.routes[i]
		for key, model := range route.RequestModels {
			name, known := names[model]
			if !known {
				r.properties(routes[route.ID]).fail("RequestModels",
					"Invalid model identifier specified: %s; there is %s", model, oneOf(models))
			}
			route.RequestModels[key] = name
		}
	}
	return models
}

// readWebSocketRoute reads what routes of WebSocket APIs have alone.
func readWebSocketRoute(p properties, route *api.Route) {
	route.ModelSelectionExpression = p.text("ModelSelectionExpression")
	route.RequestModels = p.textMap("RequestModels")
	route.RequestParameters = requiredParameters(p)
	switch route.Key {
	case "$connect", "$disconnect", "$default":
	default:
		if strings.HasPrefix(route.Key, "$") {
			p.fail("RouteKey", "The provided route key is not formatted properly: of those that begin "+
				"with $ there are $connect, $disconnect and $default")
		}
	}
	switch route.RouteResponseSelectionExpression {
	case "", "$default", `\$default`:
	default:
		p.fail("RouteResponseSelectionExpression", "AWS supports $default only")
	}
}

// requiredParameters reads {"route.request.header.X": {Required: true}}. Messages have neither header
// nor query string, so of the routes $connect alone can require any.
func requiredParameters(p properties) map[string]bool {
	given, ok := p.parsedObject("RequestParameters")
	if !ok || len(given.values) == 0 {
		return nil
	}
	required := map[string]bool{}
	for _, key := range given.names() {
		rest, ours := strings.CutPrefix(key, "route.request.")
		place, name, _ := strings.Cut(rest, ".")
		if !ours || name == "" || place != "header" && place != "querystring" {
			given.fail(key, "want route.request.header.NAME or route.request.querystring.NAME")
			continue
		}
		if _, isObject := given.values[key].(map[string]any); isObject {
			constraints, _ := given.object(key)
			required[key] = constraints.boolean("Required")
		} else {
			required[key] = given.boolean(key)
		}
		if required[key] && p.text("RouteKey") != "$connect" {
			given.fail(key, "of WebSocket routes only $connect has parameters that can be required")
		}
	}
	return required
}
