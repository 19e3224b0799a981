package httpapi

import (
	"fmt"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// callersCredentials asks for the caller's own credentials to be passed on. AWS takes it for an
// integration with a service, and fails every call.
const callersCredentials = "arn:aws:iam::*:user/*"

// compileService compiles an integration with a subtype. Its request parameters are those of the
// action; those of its responses map as for any other integration.
//
// Unlike AWS: what the integration's role may do is not looked at.
func (a *API) compileService(s *api.Stage, i *api.V2Integration) (target, error) {
	if err := i.CheckService(); err != nil {
		return target{}, err
	}
	parameters, err := mapping.CompileServiceParameters(i.RequestParameters)
	if err != nil {
		return target{}, fmt.Errorf("RequestParameters: %w", err)
	}
	replies := *i
	replies.RequestParameters = nil
	var made target
	if err := made.compileMappings(&replies); err != nil {
		return target{}, err
	}
	role := exchange.FillStageVariables(i.Credentials, s.Variables)
	if role == callersCredentials {
		made.backend = broken{"the integration asks for the caller's credentials (" + role + "), " +
			"with which no service can be called: name a role"}
		return made, nil
	}
	backend := integration.ServiceBackend{
		APIID: a.def.ID, Region: a.def.Account.Region, Clock: a.deps.Clock,
		Timeout:   time.Duration(i.TimeoutMillis) * time.Millisecond,
		Endpoints: a.deps.Endpoints,
	}
	if a.deps.Credentials != nil {
		backend.Credentials = a.deps.Credentials(role)
	}
	built, err := backend.ForSubtype(i.Subtype)
	if err != nil {
		return target{}, err
	}
	made.backend = &service{
		api: a, subtype: i.Subtype, parameters: parameters, backend: built,
	}
	return made, nil
}
