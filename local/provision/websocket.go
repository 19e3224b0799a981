package provision

import "portico/local/gateway/api"

// webSocketAPI returns the definition of a WebSocket API whose parts are gathered.
func (r *reader) webSocketAPI(owner *v2API) api.WebSocket {
	p := r.properties(owner.resource)
	if p.has("CorsConfiguration") {
		p.fail("CorsConfiguration", "only HTTP APIs have it")
	}
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
		Stages:                    owner.stages,
		UsagePlans:                owner.plans,
	}
}
