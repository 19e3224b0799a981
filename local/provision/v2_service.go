package provision

import "portico/local/gateway/api"

// checkService notes what AWS refuses of an integration with a service, in its words.
func (a *v2API) checkService(p properties, made *api.V2Integration) {
	if made.Subtype == "" {
		return
	}
	if a.webSocket {
		p.fail("IntegrationSubtype", "only HTTP APIs have integration subtypes")
		return
	}
	if err := made.CheckService(); err != nil {
		p.fail("IntegrationSubtype", "%v", err)
	}
}
