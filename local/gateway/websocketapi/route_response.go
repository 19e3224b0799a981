package websocketapi

import (
	"context"
	"errors"
	"strings"
)

// returnResponse sends what the integration made back on a two-way route: one with a route response
// ("Set up route responses for a WebSocket API in API Gateway").
func (a *API) returnResponse(_ context.Context, c *call) error {
	if !c.route.twoWay {
		c.Note("response", "not returned: the route has no route response")
		return nil
	}
	if size := len(c.answer.body); size > maxMessage {
		return integrationFailed(errors.New(overLimit(size, maxMessage)))
	}
	c.out = strings.ToValidUTF8(string(c.answer.body), "\uFFFD")
	return nil
}
