package provision

import "portico/local/gateway/api"

// httpAPI returns the definition of an HTTP API whose parts are gathered.
func (r *reader) httpAPI(owner *v2API) api.HTTP {
	p := r.properties(owner.resource)
	r.v2PrivateTargets(owner)
	definition := api.HTTP{
		ID:                        owner.resource.PhysicalID,
		Name:                      p.text("Name"),
		Account:                   r.account(owner.resource),
		CORS:                      corsConfiguration(p),
		DisableExecuteAPIEndpoint: p.boolean("DisableExecuteApiEndpoint"),
		Routes:                    owner.routes,
		Integrations:              owner.integrations,
		Authorizers:               owner.authorizers,
		Stages:                    owner.stages,
	}
	if owner.described != nil {
		definition.Name, definition.CORS = owner.described.Name, owner.described.CORS
		definition.DisableExecuteAPIEndpoint = owner.described.DisableExecuteAPIEndpoint
	}
	return definition
}

func corsConfiguration(p properties) *api.CORS {
	given, ok := p.object("CorsConfiguration")
	if !ok {
		return nil
	}
	configuration := api.CORS{
		AllowCredentials: given.boolean("AllowCredentials"),
		AllowHeaders:     given.texts("AllowHeaders"),
		AllowMethods:     given.texts("AllowMethods"),
		AllowOrigins:     given.texts("AllowOrigins"),
		ExposeHeaders:    given.texts("ExposeHeaders"),
	}
	if given.has("MaxAge") {
		age := given.integerIn("MaxAge", 0, -1, 86_400)
		configuration.MaxAge = &age
	}
	return &configuration
}
