package websocketapi

import (
	"context"
	"strconv"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// target is what an integration calls that is mapped both ways: AWS, HTTP and MOCK.
type target interface {
	call(ctx context.Context, c *call, sent *sending) (answered, error)
}

// sending is what an integration is sent.
type sending struct {
	body      []byte
	mapped    integration.Mapped
	overrides *mapping.Overrides // of the request template
}

// answered is what a backend said.
type answered struct {
	selects string // what the keys of integration responses are held against
	status  int
	header  exchange.Header
	body    []byte
	failure *refusal // of a function; nil when it did not fail
}

// custom is an integration that is mapped both ways.
type custom struct {
	target      target
	templates   templates
	passthrough string
	handling    string
	parameters  *mapping.Parameters
	selector    *integration.Selector
	responses   []customResponse
}

var _ backend = (*custom)(nil)

func (b *custom) call(ctx context.Context, c *call) (outcome, error) {
	sent, err := b.request(c)
	if err != nil {
		return outcome{}, err
	}
	answer, err := b.target.call(ctx, c, sent)
	if err != nil {
		return outcome{}, err
	}
	if c.vars.IntegrationBackendStatus == "" {
		c.vars.IntegrationBackendStatus = strconv.Itoa(answer.status)
	}
	return b.respond(c, sent, &answer)
}

// request makes what the backend is sent: the body by a template, or as it came; then what is
// mapped beside it, over which what the template overrides wins.
func (b *custom) request(c *call) (*sending, error) {
	chosen, choice := b.templates.forRequest(c, b.passthrough)
	if choice == integration.Unsupported {
		return nil, unsupportedMediaType()
	}
	body, isText, err := convertedRequest([]byte(c.body), b.handling)
	if err != nil {
		return nil, err
	}
	sent := &sending{body: body}
	if choice == integration.Render {
		if !isText {
			return nil, misconfigured("the message is converted to binary, and a mapping template takes " +
				"text only")
		}
		made, err := chosen.render(c.mappingInput(body))
		if err != nil {
			return nil, err
		}
		sent.body, sent.overrides = []byte(made.Text), made.Overrides
	}
	if err := sent.mapParameters(c, b.parameters); err != nil {
		return nil, err
	}
	return sent, nil
}

// mock calls nothing: the request template names the status code, and that selects the integration
// response. One without templates answers 200, as it must for the $connect routes that AWS's own
// constructs make of it; what AWS says there is not written down.
type mock struct{ bare bool }

var _ target = mock{}

func (m mock) call(_ context.Context, _ *call, sent *sending) (answered, error) {
	status := statusOK
	if !m.bare {
		var err error
		if status, err = integration.MockStatus(sent.body); err != nil {
			return answered{}, err
		}
	}
	return answered{selects: strconv.Itoa(status), status: status}, nil
}
