package restapi

import (
	"context"
	"strconv"

	"portico/local/gateway/integration"
)

// mock calls nothing: the rendered request template names the status code, and that selects the
// integration response.
type mock struct{}

var _ target = mock{}

func (mock) prepare(_ context.Context, c *call) error {
	status, err := integration.MockStatus(c.sent)
	if err != nil {
		return err
	}
	c.vars.IntegrationBackendStatus = strconv.Itoa(status)
	return nil
}

func (mock) call(_ context.Context, c *call) (answered, error) {
	return answered{selects: c.vars.IntegrationBackendStatus}, nil
}
