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
	found, path := a.namedStage(c.request.RawPath)
	switch {
	case found == nil && a.def.DisableExecuteAPIEndpoint,
		found != nil && found.of.def.DisableExecuteAPIEndpoint: // as the stage's deployment has it
		return forbidden("", "the API's default endpoint is disabled (DisableExecuteApiEndpoint)")
	case found == nil:
		first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return notFound(fmt.Sprintf("no stage is named %q, and the API has no $default stage", first))
	}
	c.stage, c.path = found, path
	c.vars.Stage, c.vars.DeploymentID = found.name, found.deployment
	c.Note("stage", found.name)
	return nil
}

// namedStage returns the stage that serves a path, nil for none, and the path without it.
func (a *API) namedStage(path string) (*stage, string) {
	first, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	found, ok := a.stages[first]
	switch {
	case !ok || first == defaultStage:
		return a.stages[defaultStage], path
	case more:
		return found, "/" + rest
	}
	return found, "/"
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
