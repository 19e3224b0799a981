package httpapi

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/integration"
)

// Backends knows where the backends that a template names by URL are reached.
type Backends interface {
	// Backend returns the origin (http://localhost:9000) to call in the place of the one that the
	// template names; an error says why it is not called at all.
	Backend(origin string) (string, error)
}

// PrivateTargets knows where the load balancers and services behind VPC links listen.
type PrivateTargets interface {
	// PrivateTarget returns the address of what goes by that name: the ARN of a listener or of a
	// Cloud Map service, a logical id, or the id of a VPC link; ok is false when none is set.
	PrivateTarget(name string) (url string, ok bool)
}

func (a *API) compileHTTPBackend(
	s *api.Stage, def *api.Route, i *api.V2Integration,
) (backend, error) {
	h := &httpBackend{api: a, whole: def.Key == defaultRoute}
	h.backend = integration.HTTPBackend{
		APIID: a.def.ID, Method: i.Method, Timeout: time.Duration(i.TimeoutMillis) * time.Millisecond,
	}
	if i.ConnectionType == "VPC_LINK" {
		return a.throughLink(h, s, i)
	}
	if !strings.Contains(i.URI, "${") && !isHTTP(i.URI) {
		return nil, fmt.Errorf("URI %q: Invalid HTTP endpoint specified for URI", i.URI)
	}
	var err error
	if h.backend.URI, err = integration.ParseHTTPAPIURI(i.URI, s.Variables); err != nil {
		return nil, err
	}
	h.place = a.placeOf(&h.backend)
	return h, nil
}

func isHTTP(uri string) bool {
	return strings.HasPrefix(uri, "http://") || strings.HasPrefix(uri, "https://")
}

// throughLink leads an integration to the target of its VPC link.
//
// Unlike AWS: whether TLS is spoken says the address of the target, and tlsConfig only whom its
// certificate must name.
func (a *API) throughLink(h *httpBackend, s *api.Stage, i *api.V2Integration) (backend, error) {
	address, from, found := a.privateTarget(s, i)
	if !found {
		return broken{noPrivateTarget(privateNames(s, i))}, nil
	}
	base, err := url.Parse(address)
	if err == nil && (!isHTTP(address) || base.Host == "" || strings.Trim(base.Path, "/") != "") {
		err = errors.New("want http://HOST:PORT or https://HOST:PORT, not " + address)
	}
	if err != nil {
		return broken{fmt.Sprintf("privateTargets.%s in portico.yaml: %v", from, err)}, nil
	}
	h.private, h.serverName = true, i.TLSServerName
	h.backend.URI, err = integration.ParseHTTPAPIURI(strings.TrimSuffix(address, "/"), nil)
	return h, err
}

// privateTarget returns where the target of a private integration listens: as the settings say,
// else as the template itself does, if that is on this machine.
func (a *API) privateTarget(s *api.Stage, i *api.V2Integration) (address, from string, ok bool) {
	if a.deps.PrivateTargets != nil {
		for _, name := range privateNames(s, i) {
			if address, ok = a.deps.PrivateTargets.PrivateTarget(name); ok {
				return address, name, true
			}
		}
	}
	if len(i.Addresses) == 0 {
		return "", "", false
	}
	return i.Addresses[0], "", true
}

func noPrivateTarget(names []string) string {
	if len(names) == 0 {
		return "the integration has ConnectionType VPC_LINK, and neither a target nor a link"
	}
	return fmt.Sprintf("nothing says where the target of the VPC link listens on this machine: set "+
		"privateTargets in portico.yaml, as in privateTargets: {%q: http://localhost:9000}; it may "+
		"be named by any of %s", names[0], strings.Join(names, ", "))
}

// privateNames returns what the target of an integration may be called, the most exact first.
func privateNames(s *api.Stage, i *api.V2Integration) []string {
	var names []string
	add := func(name string) {
		if name != "" {
			names = append(names, name)
		}
	}
	uri := expand(i.URI, s.Variables)
	add(uri)
	service, _, _ := strings.Cut(uri, "?") // Cloud Map: what selects instances
	if service != uri {
		add(service)
	}
	for _, name := range i.Targets {
		add(name)
	}
	id := expand(i.ConnectionID, s.Variables)
	for _, link := range i.Links {
		if link.ID == id {
			names = append(names, link.Names...)
		}
	}
	add(id)
	return names
}

// place is where the backend of an integration is reached.
type place struct {
	backends Backends // asked with every call; nil when nothing is left to ask
	refused  error    // every call fails with it
}

// placeOf leads an integration to where its backend is reached. Only a URI whose host is a
// placeholder is left for the calls to ask about.
func (a *API) placeOf(b *integration.HTTPBackend) place {
	if a.deps.Backends == nil {
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
	return &integration.Error{
		Kind: integration.Misconfigured, Text: "Invalid endpoint address: " + err.Error(),
	}
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
