package httpapi

import (
	"context"
	"net/http"

	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

// answerPreflight answers the OPTIONS that browsers send before another call. A route of its own
// for OPTIONS keeps it, and so does a route for any method that has an authorizer: that one refuses
// it, which "Configure CORS for HTTP APIs" describes for $default.
func (a *API) answerPreflight(_ context.Context, c *call) error {
	c.preflight = c.stage.of.cors != nil && isPreflight(c.request)
	if !c.preflight {
		return nil
	}
	if found, _ := c.stage.find(c.request.Method, c.path); found != nil {
		if found.method == http.MethodOptions || found.authorization != authorizationNone {
			c.Note("kept by route", found.key)
			return nil
		}
	}
	c.reply = exchange.Reply{Status: http.StatusNoContent, Header: make(exchange.Header, 0, 6)}
	return pipeline.ErrAnswered
}

func isPreflight(r *exchange.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" &&
		r.Header.Get("Access-Control-Request-Method") != ""
}
