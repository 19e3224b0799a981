package restapi

import (
	"context"
	"strconv"
	"strings"
)

// chooseStage takes the first segment of the path as the stage, unless the mapping of a custom domain
// name says which it is. Slashes before it and right after it are collapsed; the latter stay in
// $context.path.
func (a *API) chooseStage(_ context.Context, c *call) error {
	path := oneSlash(c.request.RawPath)
	c.vars.Path = path
	domain := c.request.Domain
	if domain != nil {
		path = oneSlash(domain.Path)
	}
	name, rest := path[1:], ""
	if domain != nil && domain.Stage != "" {
		name, rest = domain.Stage, path
	} else if end := strings.IndexByte(name, '/'); end >= 0 {
		name, rest = name[:end], name[end:]
	}
	stage := a.stages[name]
	if stage == nil {
		return unknownStage(name)
	}
	stage = a.release(c, stage)
	c.stage = stage
	c.path = oneSlash(rest)
	c.vars.Stage, c.vars.DeploymentID = name, stage.def.DeploymentID
	if stage.def.TracingEnabled {
		c.vars.TraceID = c.traceHeader().root
	}
	if stage.deployed.DisableExecuteAPIEndpoint && domain == nil {
		return endpointDisabled()
	}
	return a.enterPrivately(c)
}

// oneSlash returns a path that begins with one slash, however many it began with.
func oneSlash(path string) string {
	for strings.HasPrefix(path, "//") {
		path = path[1:]
	}
	if path == "" || path[0] != '/' {
		return "/" + path
	}
	return path
}

// release decides whether the stage's canary serves the call. The choice is by chance for each
// call: clients are not kept together ("Set up an API Gateway canary release deployment").
func (a *API) release(c *call, s *stage) *stage {
	if s.canary == nil {
		return s
	}
	isCanary := a.deps.Roll()*100 < s.def.Canary.PercentTraffic
	c.vars.CanaryRequest = &isCanary
	c.Note("canary", strconv.FormatBool(isCanary))
	if isCanary {
		return s.canary
	}
	return s
}
