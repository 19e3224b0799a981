package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

// compileURLCORS compiles the CORS configuration of a function URL. Unlike an HTTP API's it may allow
// credentials to every origin.
func compileURLCORS(def *api.CORS) *cors {
	c := &cors{
		any:         slices.Contains(def.AllowOrigins, "*"),
		origins:     def.AllowOrigins,
		methods:     strings.Join(def.AllowMethods, ","),
		headers:     strings.Join(def.AllowHeaders, ","),
		expose:      strings.Join(def.ExposeHeaders, ","),
		credentials: def.AllowCredentials,
	}
	if def.MaxAge != nil {
		c.maxAge = strconv.Itoa(*def.MaxAge)
	}
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
	add := func(name, value string) {
		if value != "" {
			c.reply.Header.Add(name, value)
		}
	}
	add("Access-Control-Allow-Origin", origin)
	add("Vary", "Origin")
	if c.preflight {
		add("Access-Control-Allow-Methods", u.cors.methods)
		add("Access-Control-Allow-Headers", u.cors.headers)
		add("Access-Control-Max-Age", u.cors.maxAge)
	} else {
		add("Access-Control-Expose-Headers", u.cors.expose)
	}
	if u.cors.credentials {
		add("Access-Control-Allow-Credentials", "true")
	}
	return nil
}
