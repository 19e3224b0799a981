package restapi

import (
	"fmt"
	"maps"

	"portico/local/gateway/api"
	"portico/local/gateway/validate"
)

// compileStages compiles every stage for the deployment it points at, and its canary for the
// canary's.
func (a *API) compileStages() error {
	if err := a.checkPlans(); err != nil {
		return err
	}
	deployments := map[string]*API{}
	for i := range a.def.Stages {
		def := &a.def.Stages[i]
		compiled, err := a.deployment(deployments, def.DeploymentID).compileStage(def)
		if err != nil {
			return err
		}
		if def.Canary != nil {
			own := canaryStage(def)
			compiled.canary, err = a.deployment(deployments, own.DeploymentID).compileStage(own)
			if err != nil {
				return fmt.Errorf("canary of stage %s: %w", def.Name, err)
			}
		}
		if err := a.provideCache(compiled); err != nil {
			return err
		}
		a.stages[def.Name] = compiled
	}
	return nil
}

// canaryStage returns the stage as the canary has it: variables of the canary win, or are added.
func canaryStage(def *api.Stage) *api.Stage {
	own := *def
	if def.Canary.DeploymentID != "" {
		own.DeploymentID = def.Canary.DeploymentID
	}
	if len(def.Canary.Variables) > 0 {
		own.Variables = make(map[string]string, len(def.Variables)+len(def.Canary.Variables))
		maps.Copy(own.Variables, def.Variables)
		maps.Copy(own.Variables, def.Canary.Variables)
	}
	return &own
}

// deployment returns what compiles the stages of a deployment: an API of the definition that it
// froze. Limits count together over all deployments.
func (a *API) deployment(known map[string]*API, id string) *API {
	if made := known[id]; made != nil {
		return made
	}
	made := a.compiler(a.frozen(id))
	known[id] = made
	return made
}

// compiler returns an API that compiles stages of a definition, and serves nothing.
func (a *API) compiler(def api.REST) *API {
	return &API{
		def: def, deps: a.deps, keys: a.keys, models: validate.New(def.ID, def.Models),
	}
}

// frozen returns the definition of a deployment. Stages and usage plans take effect without one.
func (a *API) frozen(id string) api.REST {
	if a.deps.Deployment == nil {
		return a.def
	}
	def, ok := a.deps.Deployment(id)
	if !ok {
		return a.def
	}
	def.ID, def.Name, def.Account = a.def.ID, a.def.Name, a.def.Account
	def.EndpointType = a.def.EndpointType
	def.Stages, def.UsagePlans = a.def.Stages, a.def.UsagePlans
	return def
}
