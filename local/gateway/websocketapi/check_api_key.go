package websocketapi

import (
	"context"
	"fmt"

	"portico/local/gateway/api"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
)

// keySource says where the API key of an upgrade is found.
type keySource int

const (
	headerKey     keySource = iota // $request.header.x-api-key
	authorizerKey                  // $context.authorizer.usageIdentifierKey
)

// apiKey is a key, and the usage plan that ties it to a stage.
type apiKey struct {
	def    api.APIKey
	plan   string
	quota  *api.Quota       // of the plan, nil for none
	meter  *usage.Meter     // counts what it uses of the plan
	bucket *throttle.Bucket // of the plan's throttle, nil for none
}

// compileKeySource reads the API key selection expression, of which AWS knows two ("WebSocket
// selection expressions").
func compileKeySource(def *api.WebSocket) (keySource, error) {
	switch def.APIKeySelectionExpression {
	case "", "$request.header.x-api-key":
		return headerKey, nil
	case "$context.authorizer.usageIdentifierKey":
		return authorizerKey, nil
	}
	return 0, fmt.Errorf("the API key selection expression is %q, allowed are "+
		"$request.header.x-api-key and $context.authorizer.usageIdentifierKey",
		def.APIKeySelectionExpression)
}

// keysOf returns the keys that usage plans tie to a stage, by value. Of two plans with the same key
// the first counts, as for REST APIs.
func (a *API) keysOf(stage string) (map[string]apiKey, error) {
	keys := map[string]apiKey{}
	for _, plan := range a.def.UsagePlans {
		for _, tied := range plan.Stages {
			if tied.APIID != a.def.ID || tied.Stage != stage {
				continue
			}
			for _, key := range plan.Keys {
				if _, known := keys[key.Value]; known {
					continue
				}
				held, err := a.holdKey(&plan, key)
				if err != nil {
					return nil, fmt.Errorf("usage plan %s: throttle: %w", plan.Name, err)
				}
				keys[key.Value] = held
			}
		}
	}
	return keys, nil
}

// checkAPIKey wants a key of a usage plan of the stage, when $connect requires one. What the plan
// limits is for the next step.
func (a *API) checkAPIKey(_ context.Context, c *call) error {
	if !c.route.needsKey {
		return nil
	}
	value := c.request.Header.Get("X-API-Key")
	if a.keySource == authorizerKey {
		value = c.usageKey
	}
	if value == "" {
		return forbidden("the route needs an API key, and the call has none")
	}
	key, known := c.stage.keys[value]
	if !known {
		return forbidden("the API key is unknown, or in no usage plan of stage " + c.stage.name)
	}
	if !key.def.Enabled {
		return forbidden("API key " + key.def.ID + " is disabled")
	}
	c.key = &key
	c.vars.Caller.APIKey, c.vars.Caller.APIKeyID = value, key.def.ID
	if c.identity == nil {
		c.identity = &grant{}
	}
	c.identity.caller = c.vars.Caller // later events show it as well
	c.Note("API key", key.def.ID)
	c.Note("usage plan", key.plan)
	return nil
}
