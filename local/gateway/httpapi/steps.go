package httpapi

import (
	"portico/local/gateway/clock"
	"portico/local/gateway/pipeline"
)

// steps is the way of a call.
func (a *API) steps() pipeline.Pipeline[*call] {
	return pipeline.Pipeline[*call]{
		Steps: []pipeline.Step[*call]{
			{Name: "check limits", Do: a.checkLimits},
			{Name: "choose stage", Do: a.chooseStage},
			// Before the route: a preflight is answered even where no route has OPTIONS.
			{Name: "answer preflight", Do: a.answerPreflight},
			{Name: "match route", Do: a.matchRoute},
			{Name: "throttle", Do: a.holdToRate},
			{Name: "authorize", Do: a.authorize},
			{Name: "call integration", Do: a.callIntegration},
		},
		Refuse: a.refuse,
		Always: []pipeline.Step[*call]{
			{Name: "add CORS headers", Do: a.addCORSHeaders}, // to refusals as well
			{Name: "finish reply", Do: a.finishReply},
			{Name: "write access log", Do: a.writeAccessLog},
		},
		Elapsed: clock.Stopwatch(a.deps.Clock),
	}
}
