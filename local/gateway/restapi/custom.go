package restapi

import (
	"context"
	"fmt"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// target is what an integration calls that is mapped both ways: AWS, HTTP and MOCK.
type target interface {
	// prepare makes the backend's request of what templates and mappings yielded.
	prepare(ctx context.Context, c *call) error
	// call calls the backend.
	call(ctx context.Context, c *call) (answered, error)
}

// answered is what a backend said.
type answered struct {
	selects string // what selection patterns are held against
	header  exchange.Header
	body    []byte
}

// custom is an integration that is mapped both ways.
type custom struct {
	target      target
	templates   map[string]template
	passthrough string
	conversion  conversion
	parameters  requestMapping
	traced      bool // the reply has X-Amzn-Trace-Id
	selector    *integration.Selector
	responses   []customResponse
}

var _ backend = (*custom)(nil)

// request chooses the template before the body is converted, as AWS does: a type without one is
// refused whatever the body is.
func (b *custom) request(ctx context.Context, c *call) error {
	contentType := c.request.Header.Get("Content-Type")
	key, choice := integration.ChooseRequest(b.templates, contentType, b.passthrough)
	if choice == integration.Unsupported {
		return unsupportedMediaType(contentType)
	}
	body, isText, err := b.conversion.request(c)
	if err != nil {
		return err
	}
	c.sent = body
	if choice == integration.Render {
		if !isText {
			return badConfiguration("the body is binary, and a mapping template takes text only: " +
				"set contentHandling to CONVERT_TO_TEXT")
		}
		if c.sent, err = b.templates[key].render(c, body); err != nil {
			return err
		}
	}
	if err := c.mapParameters(&b.parameters); err != nil {
		return err
	}
	return b.target.prepare(ctx, c)
}

func (b *custom) invoke(ctx context.Context, c *call) error {
	answer, err := b.target.call(ctx, c)
	c.backend = answer
	return err
}

func (b *custom) respond(c *call) error {
	place, ok := b.selector.Select(c.backend.selects)
	if !ok {
		return badConfiguration("No match for output mapping and no default output mapping " +
			"configured. Endpoint Response Status Code: " + c.backend.selects)
	}
	selected := &b.responses[place]
	if !selected.declared {
		return badConfiguration("Output mapping refers to an invalid method response: " +
			selected.code)
	}
	body, err := selected.body(c)
	if err != nil {
		return err
	}
	header, err := c.mappedHeaders(selected.headers)
	if err != nil {
		return err
	}
	c.reply = exchange.Reply{Status: selected.status, Header: header, Body: body}
	c.overrideReply()
	if c.reply.Status < leastStatus {
		return badConfiguration(fmt.Sprintf("the reply has status %d, which ends no exchange: allowed "+
			"are %d to 599", c.reply.Status, leastStatus))
	}
	if !c.reply.Header.Has("Content-Type") {
		c.reply.Header.Add("Content-Type", "application/json")
	}
	if b.traced {
		c.reply.Header.Set("X-Amzn-Trace-Id", c.traceHeader().full)
	}
	return nil
}

// leastStatus is the least of a reply: after one of 1xx a client waits for another. What AWS makes
// of definitions that have one, no source says.
const leastStatus = 200

// customResponse is an integration response.
type customResponse struct {
	status     int
	code       string              // status, as it is written
	declared   bool                // the method has a response with this status
	headers    *mapping.Parameters // nil when there are none
	templates  map[string]template
	conversion conversion
}

func (r *customResponse) body(c *call) ([]byte, error) {
	accept := ""
	if lines := c.request.Header.Values("Accept"); len(lines) > 0 {
		accept = lines[len(lines)-1]
	}
	key, templated := integration.ChooseResponse(r.templates, accept)
	if !templated {
		return r.conversion.response(c, c.backend.header.Get("Content-Type"), c.backend.body)
	}
	return r.conversion.rendered(c, func(body []byte) ([]byte, error) {
		return r.templates[key].render(c, body)
	})
}
