package restapi

import (
	"context"
	"encoding/base64"
	"strconv"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// mock is a MOCK integration: the rendered request template names the status code, and that selects
// the integration response.
type mock struct {
	templates       map[string]template
	passthrough     string
	contentHandling string
	binary          integration.BinaryTypes
	selector        *integration.Selector
	responses       []mockResponse
}

var _ backend = (*mock)(nil)

// mockResponse is an integration response.
type mockResponse struct {
	status    int
	declared  bool // the method has a response with this status
	headers   []mappedHeader
	templates map[string]template
}

// mappedHeader is a header line made from a source.
type mappedHeader struct {
	name string
	from source
}

func (m *mock) request(c *call) error {
	contentType := c.request.Header.Get("Content-Type")
	key, choice := integration.ChooseRequest(m.templates, contentType, m.passthrough)
	switch choice {
	case integration.Unsupported:
		return unsupportedMediaType(contentType)
	case integration.PassThrough:
		c.sent = c.request.Body
	case integration.Render:
		if m.isBinary(contentType) {
			return badConfiguration("the body is binary, and a mapping template takes text only: " +
				"set contentHandling to CONVERT_TO_TEXT")
		}
		rendered, err := m.templates[key].render(c, c.request.Body)
		if err != nil {
			return err
		}
		c.sent = rendered
	}
	status, err := integration.MockStatus(c.sent)
	if err != nil {
		return badConfiguration(err.Error())
	}
	c.mockStatus = status
	return nil
}

// isBinary reports whether the body reaches the template as bytes.
func (m *mock) isBinary(contentType string) bool {
	switch m.contentHandling {
	case "CONVERT_TO_BINARY":
		return true
	case "CONVERT_TO_TEXT":
		return false
	}
	return m.binary.IsContent(contentType)
}

// invoke calls nothing.
func (m *mock) invoke(_ context.Context, c *call) error {
	c.vars.IntegrationBackendStatus = strconv.Itoa(c.mockStatus)
	return nil
}

func (m *mock) respond(c *call) error {
	place, ok := m.selector.Select(strconv.Itoa(c.mockStatus))
	if !ok {
		return badConfiguration("No match for output mapping and no default output mapping " +
			"configured. Endpoint Response Status Code: " + strconv.Itoa(c.mockStatus))
	}
	selected := &m.responses[place]
	if !selected.declared {
		return badConfiguration("Output mapping refers to an invalid method response: " +
			strconv.Itoa(selected.status))
	}
	header := make(exchange.Header, 0, len(selected.headers)+4)
	for i := range selected.headers {
		value, ok := selected.headers[i].from.value(c)
		name, kept := integration.RemapMapped(selected.headers[i].name)
		if ok && kept {
			header.Add(name, value)
		}
	}
	if !header.Has("Content-Type") {
		header.Add("Content-Type", "application/json")
	}
	body, err := m.body(c, selected)
	if err != nil {
		return err
	}
	c.reply = exchange.Reply{Status: selected.status, Header: header, Body: body}
	return nil
}

// body renders the response template; a MOCK backend's own body is empty. For a client that takes
// binary the text is decoded ("Content type conversions in API Gateway").
func (m *mock) body(c *call, selected *mockResponse) ([]byte, error) {
	accept := ""
	if lines := c.request.Header.Values("Accept"); len(lines) > 0 {
		accept = lines[len(lines)-1]
	}
	key, ok := integration.ChooseResponse(selected.templates, accept)
	if !ok {
		return nil, nil
	}
	body, err := selected.templates[key].render(c, nil)
	if err != nil || !m.binary.IsAccepted(c.request.Header.Get("Accept")) {
		return body, err
	}
	decoded, err := base64.StdEncoding.DecodeString(string(body))
	if err != nil {
		return nil, badConfiguration("Unable to base64 decode the body: " + err.Error())
	}
	return decoded, nil
}
