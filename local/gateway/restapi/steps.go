package restapi

import "portico/local/gateway/pipeline"

// admission decides whether a call may come in.
func (a *API) admission() []pipeline.Step[*call] {
	return []pipeline.Step[*call]{
		{Name: "choose stage", Do: a.chooseStage},
		{Name: "check limits", Do: a.checkLimits}, // after the stage: a URL without one is no API's
		{Name: "decompress body", Do: a.decompressBody},
		{Name: "inspect by web ACL", Do: a.inspect}, // before the resource: what it blocks learns nothing
		{Name: "match resource", Do: a.matchResource},
		{Name: "authorize", Do: a.authorize},
		{Name: "check API key", Do: a.checkAPIKey}, // after authorize: an authorizer may supply it
		{Name: "throttle", Do: a.throttle},         // after the key: its plan limits first
		{Name: "count quota", Do: a.countQuota},
	}
}

// service answers an admitted call. TestInvokeMethod runs these steps alone.
func (a *API) service() []pipeline.Step[*call] {
	return []pipeline.Step[*call]{
		{Name: "validate request", Do: a.validateRequest}, // parameters, then the body
		{Name: "look up cache", Do: a.lookUpCache},        // after: what is not valid gets no reply
		{Name: "build integration request", Do: a.buildIntegrationRequest},
		{Name: "call integration", Do: a.callIntegration},
		{Name: "build method response", Do: a.buildMethodResponse},
		{Name: "store in cache", Do: a.storeInCache},
	}
}

// delivery readies an answer for the client. Refusals go as they are.
func (a *API) delivery() []pipeline.Step[*call] {
	return []pipeline.Step[*call]{
		{Name: "compress reply", Do: a.compressReply}, // after all mapping: it counts the bytes
	}
}

// conclusion follows whatever the answer is.
func (a *API) conclusion() []pipeline.Step[*call] {
	return []pipeline.Step[*call]{
		{Name: "complete reply", Do: a.completeReply},
		{Name: "write access log", Do: a.writeAccessLog}, // last: it tells status and length
	}
}
