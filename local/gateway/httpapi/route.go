package httpapi

import (
	"context"
	"fmt"

	"portico/local/gateway/route"
)

// matchRoute finds the route: a full match, else a greedy one, else $default.
func (a *API) matchRoute(_ context.Context, c *call) error {
	c.endpoint, c.params = c.stage.find(c.request.Method, c.path)
	if c.endpoint == nil {
		return notFound(fmt.Sprintf("no route serves %s %s", c.request.Method, c.path))
	}
	c.vars.RouteKey, c.vars.OperationName = c.endpoint.key, c.endpoint.operation
	c.Note("route", c.endpoint.key)
	return nil
}

// find returns the endpoint of a method and path, nil when there is none.
func (s *stage) find(method, path string) (*endpoint, []route.Param) {
	if found, ok := s.routes.Match(method, path); ok {
		return found.Value, found.Params
	}
	return s.fallback, nil
}
