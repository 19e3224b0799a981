package restapi

import "context"

// checkAPIKey holds the key of the call against the usage plans of the stage, if the method asks
// for one. What the plan limits is for the next steps.
func (a *API) checkAPIKey(_ context.Context, c *call) error {
	if !c.method.def.APIKeyRequired {
		return nil
	}
	value := c.request.Header.Get("X-API-Key")
	if c.stage.deployed.APIKeySource == "AUTHORIZER" {
		value = ""
		if c.verdict != nil {
			value = c.verdict.UsageKey
		}
	}
	if value == "" {
		return invalidAPIKey("the method needs an API key, and the call has none")
	}
	key := c.stage.keys[value]
	if key == nil {
		return invalidAPIKey("the API key is unknown, or in no usage plan of stage " + c.vars.Stage)
	}
	if !key.def.Enabled {
		return invalidAPIKey("API key " + key.def.ID + " is disabled")
	}
	c.key = key
	c.vars.Caller.APIKey, c.vars.Caller.APIKeyID = value, key.def.ID
	c.Note("API key", key.def.ID)
	c.Note("usage plan", key.plan.Name)
	return nil
}
