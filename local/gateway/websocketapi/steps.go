package websocketapi

import (
	"portico/local/gateway/clock"
	"portico/local/gateway/pipeline"
)

// connectPipeline decides about an upgrade; the connection opens only when every step has passed.
func (a *API) connectPipeline() pipeline.Pipeline[*call] {
	return pipeline.Pipeline[*call]{
		Steps: []pipeline.Step[*call]{
			{Name: "check handshake", Do: a.checkHandshake},
			{Name: "check limits", Do: a.checkLimits},
			{Name: "choose stage", Do: a.chooseStage},
			{Name: "throttle", Do: a.throttleConnect}, // also for an API without $connect
			{Name: "match $connect", Do: a.matchConnect},
			{Name: "check identity sources", Do: a.checkIdentity}, // a missing one spares the function
			{Name: "authorize", Do: a.authorize},
			{Name: "check API key", Do: a.checkAPIKey}, // after authorize: an authorizer may supply the key
			{Name: "hold to usage plan", Do: a.holdToPlan},
			{Name: "validate request", Do: a.validateRequest},
			{Name: "call integration", Do: a.callConnect},
		},
		Refuse:  a.refuseUpgrade,
		Elapsed: clock.Stopwatch(a.deps.Clock),
	}
}

// messagePipeline serves a message. What $connect's authorizer said holds as long as the connection;
// a signer's policies are asked about every route.
func (a *API) messagePipeline() pipeline.Pipeline[*call] {
	return pipeline.Pipeline[*call]{
		Steps: []pipeline.Step[*call]{
			{Name: "find stage", Do: a.findStage},
			{Name: "select route", Do: a.selectRoute},
			{Name: "authorize", Do: a.authorizeMessage},
			{Name: "throttle", Do: a.throttleMessage},
			{Name: "validate request", Do: a.validateRequest},
			{Name: "call integration", Do: a.callIntegration},
			{Name: "return response", Do: a.returnResponse},
		},
		Refuse:  a.refuseMessage,
		Elapsed: clock.Stopwatch(a.deps.Clock),
	}
}

// disconnectPipeline runs once a connection is closed; nobody is left to be told of a failure.
func (a *API) disconnectPipeline() pipeline.Pipeline[*call] {
	return pipeline.Pipeline[*call]{
		Steps: []pipeline.Step[*call]{
			{Name: "find stage", Do: a.findStage},
			{Name: "match $disconnect", Do: a.matchDisconnect},
			{Name: "call integration", Do: a.callIntegration},
		},
		Refuse:  a.noteStatus,
		Elapsed: clock.Stopwatch(a.deps.Clock),
	}
}

// managementPipeline answers plain HTTP: the @connections calls of a backend.
func (a *API) managementPipeline() pipeline.Pipeline[*call] {
	return pipeline.Pipeline[*call]{
		Steps: []pipeline.Step[*call]{
			{Name: "match command", Do: a.matchCommand},
			{Name: "verify signature", Do: a.verifySignature}, // always, whatever the routes say
			{Name: "authorize", Do: a.authorizeCommand},
			{Name: "throttle", Do: a.throttleCommand},
			{Name: "find connection", Do: a.findConnection},
			{Name: "carry out command", Do: a.carryOut},
		},
		Refuse:  a.refuseUpgrade,
		Elapsed: clock.Stopwatch(a.deps.Clock),
	}
}
