package restapi

import (
	"cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/integration"
)

func compareRoutes(a, b Route) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
}

// authorizerName returns what guards a method: the name of an authorizer, or the type.
func (a *API) authorizerName(method *api.Method) string {
	if authorizer, ok := a.def.Authorizers[method.AuthorizerID]; ok {
		return authorizer.Name
	}
	return method.AuthorizationType
}

// targetName returns what a method calls: a function's name, an address, or the integration's type.
func targetName(def *api.Integration) string {
	switch def.Type {
	case "MOCK":
		return def.Type
	case "AWS_PROXY":
		if arn, err := integration.FunctionARN(def.URI, nil); err == nil {
			return integration.FunctionName(arn)
		}
	}
	return def.Type + " " + def.URI
}
