package httpapi

import (
	"context"
	"fmt"
)

// "Quotas for configuring and running an HTTP API".
const (
	maxHead = 10_240   // bytes of the request line and all headers
	maxBody = 10 << 20 // bytes
)

func (a *API) checkLimits(_ context.Context, c *call) error {
	if size := headSize(c); size > maxHead {
		return headersTooLarge(fmt.Sprintf(
			"the request line and headers have %d bytes, allowed are %d", size, maxHead))
	}
	if size := len(c.request.Body); size > maxBody {
		return entityTooLarge(fmt.Sprintf("the body has %d bytes or more, allowed are %d",
			size, maxBody))
	}
	return nil
}

// headSize counts bytes as they stand on the wire in HTTP/1.1.
func headSize(c *call) int {
	r := c.request
	const lineEnd, blank = len("\r\n"), len(" ")
	size := len(r.Method) + blank + len(r.RawPath) + blank + len(r.Protocol) + lineEnd
	if r.RawQuery != "" {
		size += len("?") + len(r.RawQuery)
	}
	for i := range r.Header {
		size += len(r.Header[i].Name) + len(": ") + len(r.Header[i].Value) + lineEnd
	}
	return size
}
