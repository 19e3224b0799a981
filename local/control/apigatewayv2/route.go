package apigatewayv2

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

func fillRoute(c *call, a *entity, made model.Object) error {
	if err := checkRouteKey(a, c.in.Text("RouteKey"), nil); err != nil {
		return err
	}
	made["ApiKeyRequired"], made["AuthorizationType"] = false, "NONE"
	made.Take(c.in, "RequestParameters")
	takeRoute(made, c.in)
	return nil
}

func updateRoute(c *call, a *entity, part model.Object) error {
	if c.in.Has("RouteKey") {
		if err := checkRouteKey(a, c.in.Text("RouteKey"), part); err != nil {
			return err
		}
	}
	if part.Bool("ApiGatewayManaged") && c.in.Has("RouteKey") {
		return model.BadRequest("The key of a route that is managed by API Gateway cannot be modified")
	}
	takeRoute(part, c.in)
	merge(part, "RequestParameters", c.in.Object("RequestParameters"))
	return nil
}

func takeRoute(made, in model.Object) {
	made.Take(in, "ApiKeyRequired", "AuthorizationScopes", "AuthorizationType", "AuthorizerId",
		"ModelSelectionExpression", "OperationName", "RequestModels", "RouteKey",
		"RouteResponseSelectionExpression", "Target")
}

// checkRouteKey says why AWS would not give a route this key; route is the one that is to get it.
func checkRouteKey(a *entity, key string, route model.Object) error {
	if !a.isWebSocket() && key != "$default" {
		method, path, _ := strings.Cut(key, " ")
		methods := []string{"ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
		if !slices.Contains(methods, method) || !strings.HasPrefix(path, "/") {
			return model.BadRequest(`The provided route key is not formatted properly for HTTP protocol. ` +
				`Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`)
		}
	}
	if key == "" {
		return model.BadRequest("RouteKey must not be empty")
	}
	for id, other := range a.Parts[routes] {
		if other.Text("RouteKey") == key && id != route.Text("RouteId") {
			return model.Conflict("Route with key %s already exists for this API", key)
		}
	}
	return nil
}

func deleteRequestParameter(c *call) (model.Object, error) {
	_, err := update(routes, func(c *call, _ *entity, part model.Object) error {
		key := c.in.Text("RequestParameterKey")
		if part.Object("RequestParameters")[key] == nil {
			return model.NotFound("Invalid RequestParameter key specified %s", key)
		}
		delete(part.Object("RequestParameters"), key)
		if len(part.Object("RequestParameters")) == 0 {
			delete(part, "RequestParameters")
		}
		return nil
	})(c)
	return nil, err
}

func fillRouteResponse(c *call, a *entity, made model.Object) error {
	for _, other := range a.each(routeResponses) {
		if other.Text(owner) == made.Text(owner) &&
			other.Text("RouteResponseKey") == c.in.Text("RouteResponseKey") {
			return model.Conflict("RouteResponse with key %s already exists for this Route",
				c.in.Text("RouteResponseKey"))
		}
	}
	return updateRouteResponse(c, a, made)
}

func updateRouteResponse(c *call, _ *entity, part model.Object) error {
	part.Take(c.in, "ModelSelectionExpression", "ResponseModels", "ResponseParameters",
		"RouteResponseKey")
	return nil
}
