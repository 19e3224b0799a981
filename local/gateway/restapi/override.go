package restapi

import (
	"strings"

	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
	"portico/local/gateway/payload"
)

// overrideRequest lets what the request template set in $context.requestOverride win over the
// mapped parameters ("Use a mapping template to override an API's request and response parameters
// and status codes").
func (c *call) overrideRequest() {
	for _, override := range c.overrides.RequestHeader() {
		c.mapped.Header.Set(override.Name, strings.Join(override.Values, ","))
	}
	c.mapped.Query = replaced(c.mapped.Query, c.overrides.RequestQuery())
	paths := c.overrides.RequestPath()
	for _, override := range paths {
		for i := range override.Values {
			override.Values[i] = escapedPercent(override.Values[i])
		}
	}
	c.mapped.Path = replaced(c.mapped.Path, paths)
}

// replaced returns pairs with every one that is overridden taken out, and then the overrides.
func replaced(pairs []payload.Pair, with []mapping.Override) []payload.Pair {
	if len(with) == 0 {
		return pairs
	}
	names := make(map[string]bool, len(with))
	for i := range with {
		names[with[i].Name] = true
	}
	kept := make([]payload.Pair, 0, len(pairs)+len(with))
	for i := range pairs {
		if !names[pairs[i].Name] {
			kept = append(kept, pairs[i])
		}
	}
	for _, override := range with {
		for _, value := range override.Values {
			kept = append(kept, payload.Pair{Name: override.Name, Value: value})
		}
	}
	return kept
}

// overrideReply lets what the templates set in $context.responseOverride win over the integration
// response; also what the request template set.
func (c *call) overrideReply() {
	for _, override := range c.overrides.ResponseHeader() {
		if name, kept := integration.RemapMapped(override.Name); kept {
			c.reply.Header.Set(name, strings.Join(override.Values, ","))
		}
	}
	if status, ok := c.overrides.Status(); ok {
		c.reply.Status = status
	}
}
