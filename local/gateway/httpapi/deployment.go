package httpapi

import (
	"fmt"

	"portico/local/gateway/api"
)

// release is what a deployment of the API froze: routes, integrations, authorizers, CORS and whether
// the API's own name is served. Stages take effect without a deployment.
type release struct {
	api         *API
	authorizers *authorizers
}

// compileStages compiles every stage for the deployment it points at, or for the definition as it is
// when it deploys by itself.
func (a *API) compileStages() error {
	releases := map[string]*release{}
	for i := range a.def.Stages {
		s := &a.def.Stages[i]
		if a.stages[s.Name] != nil {
			return fmt.Errorf("stage %q appears twice", s.Name)
		}
		r, err := a.release(releases, s)
		if err != nil {
			return err
		}
		compiled, err := r.api.compileStage(s, r.authorizers)
		if err != nil {
			return fmt.Errorf("stage %q: %w", s.Name, err)
		}
		compiled.of = r.api
		a.stages[s.Name] = compiled
	}
	return nil
}

// release returns what a stage serves, made once for all stages of a deployment.
func (a *API) release(known map[string]*release, s *api.Stage) (*release, error) {
	id := s.DeploymentID
	if s.AutoDeploy {
		id = ""
	}
	if made := known[id]; made != nil {
		return made, nil
	}
	made := &release{api: a}
	if frozen, ok := a.frozen(id); ok {
		made.api = &API{def: frozen, deps: a.deps, domain: a.domain}
	}
	var err error
	if err = made.api.compileShared(); err != nil {
		return nil, err
	}
	if made.authorizers, err = made.api.compileAuthorizers(); err != nil {
		return nil, err
	}
	known[id] = made
	return made, nil
}

// frozen returns the definition of a deployment, if one is kept.
func (a *API) frozen(id string) (api.HTTP, bool) {
	if id == "" || a.deps.Deployment == nil {
		return api.HTTP{}, false
	}
	def, ok := a.deps.Deployment(id)
	if !ok {
		return api.HTTP{}, false
	}
	def.ID, def.Name, def.Account, def.Stages = a.def.ID, a.def.Name, a.def.Account, a.def.Stages
	return def, true
}

// compileShared compiles what all routes have in common.
func (a *API) compileShared() (err error) {
	if a.def.CORS != nil {
		a.cors, err = compileCORS(a.def.CORS)
	}
	return err
}
