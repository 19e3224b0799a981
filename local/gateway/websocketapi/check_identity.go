package websocketapi

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"portico/local/gateway/api"
)

// authorizer is a compiled REQUEST authorizer.
type authorizer struct {
	id, name string
	function string // ARN
	sources  []source
	unserved string // why it refuses everyone; "" when it does not
}

// source is an identity source: where in the upgrade something must be found.
type source struct {
	text, kind, name string // "route.request.header.Auth", "route.request.header", "Auth"
}

func (a *API) compileAuthorizer(id string) (*authorizer, error) {
	def, known := a.def.Authorizers[id]
	if !known {
		return nil, fmt.Errorf("there is no authorizer %q", id)
	}
	if def.Type != "REQUEST" {
		return nil, fmt.Errorf("authorizer %s has type %q, WebSocket APIs have REQUEST alone",
			def.Name, def.Type)
	}
	compiled := &authorizer{id: id, name: def.Name}
	function, ok := functionOf(def.URI)
	if !ok {
		compiled.unserved = fmt.Sprintf("the authorizer's URI %q names no Lambda function", def.URI)
	}
	compiled.function = function
	var err error
	compiled.sources, err = compileSources(def)
	return compiled, err
}

func compileSources(def api.V2Authorizer) ([]source, error) {
	kinds := []string{
		"route.request.header", "route.request.querystring", "stageVariables", "context",
	}
	sources := make([]source, 0, len(def.IdentitySource))
next:
	for _, text := range def.IdentitySource {
		for _, kind := range kinds {
			if name, found := strings.CutPrefix(text, kind+"."); found && name != "" {
				sources = append(sources, source{text: text, kind: kind, name: name})
				continue next
			}
		}
		return nil, fmt.Errorf("authorizer %s: identity source %q, allowed are %s, each with a name",
			def.Name, text, strings.Join(kinds, ", "))
	}
	return sources, nil
}

// checkIdentity refuses an upgrade that lacks an identity source, without calling the function.
func (a *API) checkIdentity(_ context.Context, c *call) error {
	if c.route.authorizer == nil {
		return nil
	}
	for _, s := range c.route.authorizer.sources {
		if s.value(c) == "" {
			return unauthorized("the identity source " + s.text + " is missing or empty")
		}
	}
	return nil
}

func (s source) value(c *call) string {
	switch s.kind {
	case "route.request.header":
		return c.request.Header.Get(s.name)
	case "route.request.querystring":
		return queryValue(c.request.RawQuery, s.name)
	case "stageVariables":
		return c.stage.variables[s.name]
	}
	value, _ := c.vars.Lookup(s.name)
	return value
}

// queryValue returns the first value of a parameter, decoded.
func queryValue(raw, name string) string {
	for pair := range strings.SplitSeq(raw, "&") {
		key, value, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(key); err != nil || decoded != name {
			continue
		}
		if decoded, err := url.QueryUnescape(value); err == nil {
			return decoded
		}
		return value
	}
	return ""
}
