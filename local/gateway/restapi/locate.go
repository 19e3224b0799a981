package restapi

import (
	"strings"

	"portico/local/gateway/integration"
)

// Backends knows where the backends that a template names by URL are reached.
type Backends interface {
	// Backend returns the origin (http://localhost:9000) to call in the place of the one that the
	// template names; an error says why it is not called at all.
	Backend(origin string) (string, error)
}

// locate leads a built request to where its backend is reached. A VPC link has its own say.
func (a *API) locate(request *integration.HTTPRequest, linked bool) error {
	if a.deps.Backends == nil || linked {
		return nil
	}
	scheme, rest, found := strings.Cut(request.URL, "://")
	if !found {
		return nil // the call itself says what is wrong with it
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	origin, err := a.deps.Backends.Backend(scheme + "://" + rest[:end])
	if err != nil {
		return &integration.Error{Kind: integration.Misconfigured, Text: "Execution failed due to " +
			"configuration error: Invalid endpoint address: " + err.Error()}
	}
	request.URL = origin + rest[end:]
	return nil
}
