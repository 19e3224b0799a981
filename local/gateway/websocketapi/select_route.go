package websocketapi

import (
	"context"
	"fmt"

	"portico/local/gateway/exchange"
)

// selectRoute evaluates the API's route selection expression once. A key without a route, a key the
// client may not choose ($connect, $disconnect) and text that is no JSON go to $default.
func (a *API) selectRoute(_ context.Context, c *call) error {
	c.vars.MessageID = exchange.NewExtendedID()
	message := &selectable{body: c.body}
	key := a.selection.evaluate(message)
	if !message.isJSON() {
		c.Note("route key", "none: the message is not JSON")
		key = defaultKey
	} else {
		c.Note("route key", key)
	}
	if found, ok := a.routes[key]; ok && key != connectKey && key != disconnectKey {
		return c.take(found)
	}
	if found, ok := a.routes[defaultKey]; ok {
		return c.take(found)
	}
	return forbidden(fmt.Sprintf("no route has the key %q, and there is no $default", key))
}
