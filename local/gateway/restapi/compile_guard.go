package restapi

import (
	"fmt"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/integration"
)

// compileAuthorizers returns the API's authorizers by id, each with a cache of its own: results are
// kept per authorizer and stage, whatever the method.
func (a *API) compileAuthorizers(s *stage) map[string]authorization {
	guards := make(map[string]authorization, len(a.def.Authorizers))
	for id, def := range a.def.Authorizers {
		guards[id] = a.compileAuthorizer(s, id, &def)
	}
	return guards
}

func (a *API) compileAuthorizer(s *stage, id string, def *api.RESTAuthorizer) authorization {
	var guard authorization
	var err error
	if def.Type == "COGNITO_USER_POOLS" {
		guard, err = a.compileCognito(def)
	} else {
		guard, err = a.compileLambdaAuthorizer(s, id, def)
	}
	if err != nil {
		reason := fmt.Sprintf("authorizer %s: %v", def.Name, err)
		return closed{func() error { return authorizerMisconfigured(reason) }}
	}
	return guard
}

func (a *API) compileLambdaAuthorizer(s *stage, id string, def *api.RESTAuthorizer) (
	*lambdaAuthorizer, error,
) {
	if def.Type != "TOKEN" && def.Type != "REQUEST" {
		return nil, fmt.Errorf("type %q is not served, served are TOKEN and REQUEST", def.Type)
	}
	sources, err := identitySources(def.IdentitySource)
	if err != nil {
		return nil, err
	}
	token := def.Type == "TOKEN"
	if token {
		if _, err := tokenSource(def.IdentitySource); err != nil {
			return nil, err
		}
	}
	function, err := integration.FunctionARN(def.URI, s.def.Variables)
	if err != nil {
		return nil, err
	}
	options := authorize.LambdaOptions{
		Name: def.Name, FunctionARN: function, SourceARN: a.arn() + "/authorizers/" + id,
		TTL: time.Duration(def.ResultTTL) * time.Second, Clock: a.deps.Clock,
		Invoker: a.deps.Invoker,
	}
	if def.Credentials != "" {
		options.SourceARN, options.Role = "", def.Credentials // the role calls, not the API
	}
	if token {
		options.Validation = def.IdentityValidation
	}
	lambda, err := authorize.NewLambda(options)
	if err != nil {
		return nil, err
	}
	return &lambdaAuthorizer{
		lambda: lambda, id: id, name: def.Name, token: token, sources: sources,
	}, nil
}

// guard returns what guards a method. Only NONE is open; what is not known is closed.
func (a *API) guard(
	s *stage, def *api.Method, guards map[string]authorization,
) authorization {
	const missing = "Missing Authentication Token"
	switch def.AuthorizationType {
	case "NONE":
		return open{}
	case "AWS_IAM":
		return a.compileIAM(s)
	case "CUSTOM", "COGNITO_USER_POOLS":
		if guard := guards[def.AuthorizerID]; guard != nil {
			return guard
		}
		reason := fmt.Sprintf("the method names authorizer %q, the API has no such authorizer",
			def.AuthorizerID)
		return closed{func() error { return authorizerMisconfigured(reason) }}
	}
	return closed{authorizationNotServed("MISSING_AUTHENTICATION_TOKEN", missing,
		fmt.Sprintf("authorization type %q", def.AuthorizationType))}
}
