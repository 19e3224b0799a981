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

// place is where the backend of an integration is reached.
type place struct {
	backends Backends // asked with every call; nil when nothing is left to ask
	refused  error    // every call fails with it
}

// placeOf leads an integration to where its backend is reached; a VPC link has its own say. Only a
// URI whose host is a placeholder is left for the calls to ask about.
func (a *API) placeOf(b *integration.HTTPBackend, linked bool) place {
	if a.deps.Backends == nil || linked || b.URI == nil {
		return place{}
	}
	origin, fixed := b.URI.Origin()
	if !fixed {
		return place{backends: a.deps.Backends}
	}
	reached, err := a.deps.Backends.Backend(origin)
	if err != nil {
		return place{refused: notReached(err)}
	}
	b.URI = b.URI.At(reached)
	return place{}
}

func notReached(err error) error {
	return &integration.Error{Kind: integration.Misconfigured, Text: "Execution failed due to " +
		"configuration error: Invalid endpoint address: " + err.Error()}
}

// locate leads a built request to where its backend is reached.
func (p *place) locate(request *integration.HTTPRequest) error {
	if p.backends == nil {
		return p.refused
	}
	scheme, rest, found := strings.Cut(request.URL, "://")
	if !found {
		return nil // the call itself says what is wrong with it
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	origin, err := p.backends.Backend(scheme + "://" + rest[:end])
	if err != nil {
		return notReached(err)
	}
	request.URL = origin + rest[end:]
	return nil
}
