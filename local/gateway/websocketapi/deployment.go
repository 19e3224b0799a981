package websocketapi

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// compileDeployments compiles what the deployments froze that stages point at ("Deploy WebSocket
// APIs in API Gateway": changes to anything other than stage settings require a redeployment). A
// stage with AutoDeploy serves the definition as it is.
//
// An open connection belongs to its stage: its next message runs on the routes of the deployment
// that the stage points at by then, while what $connect's authorizer said stays. AWS's
// documentation says the latter; the former is a guess, from what it says of stages.
func (a *API) compileDeployments() error {
	a.deployed = map[string]*API{}
	compiled := map[string]*API{} // by deployment
	for _, s := range a.def.Stages {
		def, frozen := a.frozen(s)
		if !frozen {
			continue
		}
		made := compiled[s.DeploymentID]
		if made == nil {
			var err error
			if made, err = compile(def, a.deps); err != nil {
				return fmt.Errorf("deployment %s: %w", s.DeploymentID, err)
			}
			compiled[s.DeploymentID] = made
		}
		a.deployed[s.Name] = made
	}
	return nil
}

// frozen returns the definition of the deployment that a stage points at. Stages and usage plans
// take effect without one.
func (a *API) frozen(s api.Stage) (def api.WebSocket, ok bool) {
	if s.AutoDeploy || a.deps.Deployment == nil {
		return def, false
	}
	if def, ok = a.deps.Deployment(s.DeploymentID); !ok {
		return def, false
	}
	def.ID, def.Name, def.Account = a.def.ID, a.def.Name, a.def.Account
	def.Stages, def.UsagePlans = a.def.Stages, a.def.UsagePlans
	return def, true
}

// of returns what serves a stage.
func (a *API) of(stage string) *API {
	if made := a.deployed[stage]; made != nil {
		return made
	}
	return a
}

// share gives all deployments the same connections and buckets.
func (a *API) share(h *hub) {
	a.hub = h
	for _, made := range a.deployed {
		made.hub, made.throttle = h, a.throttle
	}
}

// stageOf returns the stage that a request names, whether there is one or not.
func stageOf(r *exchange.Request) string {
	if r.Domain != nil {
		return r.Domain.Stage
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(r.RawPath, "/"), "/")
	return name
}
