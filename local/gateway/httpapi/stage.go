package httpapi

import (
	"context"
	"fmt"
	"strings"
)

// chooseStage takes the first segment for a stage if one has exactly that name; otherwise $default
// serves the whole path ("Develop an HTTP API in API Gateway", stages).
func (a *API) chooseStage(_ context.Context, c *call) error {
	if c.request.Domain != nil {
		return a.mappedStage(c)
	}
	if a.def.DisableExecuteAPIEndpoint {
		return forbidden("", "the API's default endpoint is disabled (DisableExecuteApiEndpoint)")
	}
	path := c.request.RawPath
	first, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if found, ok := a.stages[first]; ok && first != defaultStage {
		c.stage, c.path = found, "/"
		if more {
			c.path = "/" + rest
		}
	} else if found, ok := a.stages[defaultStage]; ok {
		c.stage, c.path = found, path
	} else {
		return notFound(fmt.Sprintf("no stage is named %q, and the API has no $default stage", first))
	}
	c.vars.Stage, c.vars.DeploymentID = c.stage.name, c.stage.deployment
	c.Note("stage", c.stage.name)
	return nil
}

// mappedStage takes the stage that the mapping of a custom domain name names: the path holds none.
func (a *API) mappedStage(c *call) error {
	domain := c.request.Domain
	found, ok := a.stages[domain.Stage]
	if !ok {
		return forbidden("", fmt.Sprintf("the mapping of %s names the stage %q, which the API does "+
			"not have", domain.Name, domain.Stage))
	}
	c.stage, c.path = found, domain.Path
	c.vars.Stage, c.vars.DeploymentID = found.name, found.deployment
	c.Note("custom domain", domain.Name)
	c.Note("stage", found.name)
	return nil
}
