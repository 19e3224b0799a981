package httpapi

import (
	"fmt"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
)

// authorizers are those of an API, compiled. A Lambda authorizer has a cache of its own on each
// stage, which the routes that name it share.
type authorizers struct {
	jwt    map[string]*authorize.JWT // by id
	lambda map[string]*lambdaGuard   // by stage and id
}

func (a *API) compileAuthorizers() (*authorizers, error) {
	all := &authorizers{jwt: map[string]*authorize.JWT{}, lambda: map[string]*lambdaGuard{}}
	keys := authorize.NewKeyCache(a.deps.Keys, a.deps.Clock)
	for id, def := range a.def.Authorizers {
		if def.Type != authorizationJWT {
			continue
		}
		made, err := authorize.NewJWT(def, keys, a.deps.Clock)
		if err != nil {
			return nil, err
		}
		all.jwt[id] = made
	}
	return all, nil
}

// compileGuard compiles what stands before a route on a stage.
func (a *API) compileGuard(
	s *stage, stageDef *api.Stage, def *api.Route, all *authorizers,
) (guard, error) {
	switch def.AuthorizationType {
	case authorizationNone:
		return open{}, nil
	case authorizationIAM:
		return a.compileIAM(s), nil
	case authorizationJWT:
		jwt := all.jwt[def.AuthorizerID]
		if jwt == nil {
			return nil, fmt.Errorf("authorizer %q is no JWT authorizer of this API", def.AuthorizerID)
		}
		return &jwtGuard{
			jwt: jwt, name: a.def.Authorizers[def.AuthorizerID].Name,
			scopes: def.AuthorizationScopes,
		}, nil
	case authorizationCustom:
		key := s.name + " " + def.AuthorizerID
		if all.lambda[key] == nil {
			made, err := a.compileLambda(s, stageDef, def.AuthorizerID)
			if err != nil {
				return nil, err
			}
			all.lambda[key] = made
		}
		return all.lambda[key], nil
	}
	return nil, fmt.Errorf("the authorization type is %q, allowed are %s, %s, %s and %s",
		def.AuthorizationType, authorizationNone, authorizationJWT, authorizationIAM,
		authorizationCustom)
}

func (a *API) compileLambda(s *stage, stageDef *api.Stage, id string) (*lambdaGuard, error) {
	def, ok := a.def.Authorizers[id]
	if !ok || def.Type != "REQUEST" {
		return nil, fmt.Errorf("authorizer %q is no REQUEST authorizer of this API", id)
	}
	g := &lambdaGuard{name: def.Name, arn: a.stageARN(s), format: def.PayloadFormatVersion}
	if g.format != format10 && g.format != format20 {
		return nil, fmt.Errorf("authorizer %s: the payload format version is %q, allowed are %s and %s",
			def.Name, g.format, format10, format20)
	}
	if def.EnableSimpleResponses && g.format == format10 {
		return nil, fmt.Errorf("authorizer %s: simple responses need payload format version %s",
			def.Name, format20)
	}
	for _, expression := range def.IdentitySource {
		source, err := parseIdentitySource(expression, stageDef.Variables)
		if err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", def.Name, err)
		}
		g.sources = append(g.sources, source)
	}
	uri := exchange.FillStageVariables(def.URI, stageDef.Variables)
	options := authorize.LambdaOptions{
		Name: def.Name, FunctionARN: functionARN(uri), Role: def.Credentials,
		TTL: time.Duration(def.ResultTTL) * time.Second, Clock: a.deps.Clock, Invoker: a.deps.Invoker,
	}
	if functionName(options.FunctionARN) == "" {
		g.unserved = fmt.Sprintf("URI %q of authorizer %s, with stage variables filled in, names no "+
			"Lambda function", uri, def.Name)
	}
	if def.Credentials == "" {
		options.SourceARN = a.arn("authorizers/" + id)
	}
	var err error
	g.lambda, err = authorize.NewHTTPLambda(options, authorize.HTTPAnswer{
		Simple: def.EnableSimpleResponses, Nested: g.format == format20,
	})
	return g, err
}

// arn names a part of this API.
func (a *API) arn(rest string) string {
	account := a.def.Account
	return "arn:" + account.Partition + ":execute-api:" + account.Region + ":" + account.ID + ":" +
		a.def.ID + "/" + rest
}

// stageARN is what the ARNs of a stage's routes begin with; $default appears literally.
func (a *API) stageARN(s *stage) string { return a.arn(s.name + "/") }
