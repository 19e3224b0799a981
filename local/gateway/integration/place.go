package integration

import "strings"

// Backends knows where the backends that a template names by URL are reached.
type Backends interface {
	// Backend returns the origin (http://localhost:9000) to call in the place of the one that the
	// template names; an error says why it is not called at all.
	Backend(origin string) (string, error)
}

// Place is where the backend of an integration is reached. The zero Place calls what the URI says.
type Place struct {
	backends Backends // asked with every call; nil when nothing is left to ask
	refused  error    // every call fails with it
	failure  string   // stands before the reason why a backend is not called
	link     *Link    // nil for a public backend
	host     string   // that the URI names, for calls through a link; "" reads it off each of them
}

// What stands before the reason why a backend is not called: in the texts of HTTP APIs, and in those
// of the other kinds, which say first that it is the configuration's fault.
const (
	InvalidAddress       = "Invalid endpoint address: "
	MisconfiguredAddress = configuration + InvalidAddress
)

// PlaceOf leads b to where it is reached; nil backends have it called as the URI says. Only a URI
// whose host is a placeholder is left for the calls to ask about.
func PlaceOf(backends Backends, b *HTTPBackend, failure string) Place {
	if backends == nil || b.URI == nil {
		return Place{}
	}
	origin, fixed := b.URI.Origin()
	if !fixed {
		return Place{backends: backends, failure: failure}
	}
	reached, err := backends.Backend(origin)
	if err != nil {
		return Place{refused: notReached(failure, err)}
	}
	b.URI = b.URI.At(reached)
	return Place{}
}

// Locate leads a built request to where its backend is reached.
func (p *Place) Locate(request *HTTPRequest) error {
	switch {
	case p.link != nil:
		return p.throughLink(request)
	case p.backends == nil:
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
		return notReached(p.failure, err)
	}
	request.URL = origin + rest[end:]
	return nil
}

func notReached(failure string, err error) error {
	return &Error{Kind: Misconfigured, Text: failure + err.Error()}
}
