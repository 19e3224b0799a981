package httpapi

import (
	"fmt"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

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
	h.place = integration.PlaceOf(a.deps.Backends, &h.backend, integration.InvalidAddress)
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
	names := privateNames(s, i)
	if len(names) == 0 && len(i.Addresses) == 0 {
		return broken{"the integration has ConnectionType VPC_LINK, and neither a target nor a link"}, nil
	}
	link, err := integration.FindLink(a.deps.PrivateTargets, names, i.Addresses)
	if err != nil {
		return broken{err.Error()}, nil
	}
	h.private, h.serverName = true, i.TLSServerName
	h.backend.URI, err = integration.ParseHTTPAPIURI(link.Origin(), nil)
	return h, err
}

// privateNames returns what the target of an integration may be called: what its URI names is the
// first of them.
func privateNames(s *api.Stage, i *api.V2Integration) []string {
	var names []string
	uri := exchange.FillStageVariables(i.URI, s.Variables)
	if uri != "" {
		names = append(names, uri)
	}
	// Cloud Map: what selects instances may be left out.
	if service, _, selected := strings.Cut(uri, "?"); selected && service != "" {
		names = append(names, service)
	}
	return append(names, integration.LinkNames(i.Targets, i.Links,
		exchange.FillStageVariables(i.ConnectionID, s.Variables))...)
}
