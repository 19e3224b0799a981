package restapi

import (
	"context"
	"strings"
)

// chooseStage takes the first segment of the path as the stage. Slashes before it and right after
// it are collapsed; the latter stay in $context.path.
func (a *API) chooseStage(_ context.Context, c *call) error {
	path := strings.TrimLeft(c.request.RawPath, "/")
	c.vars.Path = "/" + path
	name, rest, _ := strings.Cut(path, "/")
	stage := a.stages[name]
	if stage == nil {
		return unknownStage(name)
	}
	c.stage = stage
	c.path = "/" + strings.TrimLeft(rest, "/")
	c.vars.Stage, c.vars.DeploymentID = name, stage.def.DeploymentID
	if stage.def.TracingEnabled {
		c.vars.TraceID = c.traceHeader().root
	}
	if a.def.DisableExecuteAPIEndpoint {
		return endpointDisabled()
	}
	return nil
}
