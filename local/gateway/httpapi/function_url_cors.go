package httpapi

import (
	"context"
	"net/http"
	"slices"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

// compileURLCORS compiles the CORS configuration of a function URL. Unlike an HTTP API's it may allow
// credentials to every origin.
func compileURLCORS(def *api.CORS) *cors {
	c := newCORS(def)
	c.any, c.origins = slices.Contains(def.AllowOrigins, "*"), def.AllowOrigins
	return c
}

// answerPreflight answers the OPTIONS that browsers send before another call; without a
// configuration it goes to the function. The status is a guess: no source shows it.
func (u *FunctionURL) answerPreflight(_ context.Context, c *urlCall) error {
	c.preflight = u.cors != nil && isPreflight(c.request)
	if !c.preflight {
		return nil
	}
	c.reply = exchange.Reply{Status: http.StatusOK, Header: make(exchange.Header, 0, 8)}
	return pipeline.ErrAnswered
}

// addCORSHeaders adds the configured headers. Those of the function stay beside them, also where they
// say the same twice ("Creating and managing Lambda function URLs": only preflights have the
// configured ones alone). The origin is sent back even where all are allowed, as browsers have
// reported it of URLs that allow "*".
func (u *FunctionURL) addCORSHeaders(_ context.Context, c *urlCall) error {
	origin := c.request.Header.Get("Origin")
	if u.cors == nil || origin == "" {
		return nil
	}
	if u.cors.allow(origin) == "" {
		c.Note("origin not allowed", origin)
		return nil
	}
	header := &c.reply.Header
	header.Add("Access-Control-Allow-Origin", origin)
	header.Add("Vary", "Origin")
	if c.preflight {
		addSet(header, "Access-Control-Allow-Methods", u.cors.methods)
		addSet(header, "Access-Control-Allow-Headers", u.cors.headers)
		addSet(header, "Access-Control-Max-Age", u.cors.maxAge)
	} else {
		addSet(header, "Access-Control-Expose-Headers", u.cors.expose)
	}
	if u.cors.credentials {
		header.Add("Access-Control-Allow-Credentials", "true")
	}
	return nil
}
