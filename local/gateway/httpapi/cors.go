package httpapi

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// cors is the CORS configuration of an API, compiled.
type cors struct {
	any     bool     // "*"
	origins []string // exact
	schemes []string // "https://" of "https://*"

	methods, headers, expose, maxAge string
	credentials                      bool
}

// newCORS compiles what a configuration says of allowed calls; whose they are it leaves out.
func newCORS(def *api.CORS) *cors {
	c := &cors{
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

// compileCORS compiles a configuration, which is there.
func compileCORS(def *api.CORS) (*cors, error) {
	c := newCORS(def)
	for _, origin := range def.AllowOrigins {
		switch {
		case origin == "*":
			c.any = true
		case origin == "https://*" || origin == "http://*":
			c.schemes = append(c.schemes, strings.TrimSuffix(origin, "*"))
		default:
			c.origins = append(c.origins, origin)
		}
	}
	if c.any && c.credentials {
		return nil, errors.New(
			`CORS: AllowCredentials is true and AllowOrigins has "*", allowed are named origins`)
	}
	return c, nil
}

// allow returns what access-control-allow-origin says to origin, "" for one that is not allowed.
func (p *cors) allow(origin string) string {
	if origin == "" {
		return ""
	}
	if p.any {
		return "*"
	}
	if slices.Contains(p.origins, origin) {
		return origin
	}
	for _, scheme := range p.schemes {
		if strings.HasPrefix(origin, scheme) {
			return origin
		}
	}
	return ""
}

// addCORSHeaders puts the configured headers in place of the function's own, which an API with a
// CORS configuration ignores.
func (a *API) addCORSHeaders(_ context.Context, c *call) error {
	p := a.cors
	if c.stage != nil {
		p = c.stage.of.cors
	}
	if p == nil {
		return nil
	}
	c.reply.Header = slices.DeleteFunc(c.reply.Header, isCORS)
	origin := c.request.Header.Get("Origin")
	allowed := p.allow(origin)
	if allowed == "" {
		if origin != "" {
			c.Note("origin not allowed", origin)
		}
		return nil
	}
	header := &c.reply.Header
	addSet(header, "access-control-allow-origin", allowed)
	if c.preflight {
		addSet(header, "access-control-allow-methods", p.methods)
		addSet(header, "access-control-allow-headers", p.headers)
		addSet(header, "access-control-max-age", p.maxAge)
	} else {
		addSet(header, "access-control-expose-headers", p.expose)
	}
	if p.credentials {
		header.Add("access-control-allow-credentials", "true")
	}
	return nil
}

// addSet adds a header line that has a value.
func addSet(header *exchange.Header, name, value string) {
	if value != "" {
		header.Add(name, value)
	}
}

func isCORS(f exchange.Field) bool {
	const prefix = "access-control-"
	return len(f.Name) > len(prefix) && strings.EqualFold(f.Name[:len(prefix)], prefix)
}
