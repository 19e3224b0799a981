package restapi

import (
	"context"
	"strings"

	"portico/local/gateway/payload"
)

// The limits of "Amazon API Gateway quotas and important notes".
const (
	maxBody         = 10 << 20
	maxHeaderValues = 10_240
	maxURL          = 10_240
	maxURLEdge      = 8_192
	maxMethodARN    = 1_600 // with authorization
)

// checkLimits measures the request, and reads its query string.
func (a *API) checkLimits(_ context.Context, c *call) error {
	r := c.request
	allowed := maxURL
	if a.def.EndpointType == "EDGE" {
		allowed = maxURLEdge
	}
	if length := len(r.RawPath) + len("?") + len(r.RawQuery); length > allowed {
		return urlTooLong(length, allowed)
	}
	values := 0
	for i := range r.Header {
		values += len(r.Header[i].Value)
	}
	if values > maxHeaderValues {
		return headersTooLarge(values)
	}
	if len(r.Body) > maxBody {
		return bodyTooLarge(len(r.Body))
	}
	if at := strings.IndexAny(r.RawQuery, "|{}"); at >= 0 {
		return illegalQuery(r.RawQuery[at : at+1])
	}
	c.query = payload.RESTQuery(r.RawQuery)
	return nil
}
