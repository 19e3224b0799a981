package websocketapi

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/integration"
)

// Backends knows where the backends that a template names by URL are reached.
type Backends interface {
	// Backend returns the origin (http://localhost:9000) to call in the place of the one that the
	// template names; an error says why it is not called at all.
	Backend(origin string) (string, error)
}

// PrivateTargets knows where the load balancers behind VPC links listen.
type PrivateTargets interface {
	// PrivateTarget returns the address of what goes by that name: the ARN of a load balancer, a
	// logical id, the id of a VPC link, or a DNS name; ok is false when none is set.
	PrivateTarget(name string) (url string, ok bool)
}

// place is where the backend of an integration is reached.
type place struct {
	backends Backends // of a public backend; nil calls what the definition names
	name     string   // of the target of a VPC link, as the setting has it; "" for a public backend
	link     *url.URL // where that target listens
}

// locate leads a request to where its backend is reached. Through a VPC link the URI says path,
// query and Host, the link says who is called ("Set up a private integration").
//
// Unlike AWS: a certificate is held against the name of the link's target, not against the URI's.
func (p *place) locate(c *call, request *integration.HTTPRequest) error {
	if p.backends == nil && p.link == nil {
		return nil
	}
	address, err := url.Parse(request.URL)
	if err != nil || address.Host == "" {
		return notReached(fmt.Errorf("%q is no URL", request.URL))
	}
	if p.link != nil {
		if !request.Header.Has("Host") { // or a mapping says it
			request.Header.Add("Host", address.Host)
		}
		address.Scheme, address.Host = p.link.Scheme, p.link.Host
		request.URL = address.String()
		c.Note("private target", p.name+" is "+p.link.String())
		return nil
	}
	named := address.Scheme + "://" + address.Host
	origin, err := p.backends.Backend(named)
	if err != nil {
		return notReached(err)
	}
	request.URL = origin + strings.TrimPrefix(request.URL, named)
	return nil
}

func notReached(err error) error {
	return &integration.Error{
		Kind: integration.Misconfigured, Text: "Execution failed due to configuration error: " +
			"Invalid endpoint address: " + err.Error(),
	}
}

// placeOf finds where an integration's backend is reached on a stage.
func (a *API) placeOf(s *stage, def *api.V2Integration) (place, error) {
	if def.ConnectionType != "VPC_LINK" {
		return place{backends: a.deps.Backends}, nil
	}
	names := privateNames(s, def)
	for _, name := range names {
		if a.deps.PrivateTargets == nil {
			break
		}
		if address, ok := a.deps.PrivateTargets.PrivateTarget(name); ok {
			link, err := parseBase(address)
			if err != nil {
				return place{}, fmt.Errorf("privateTargets.%s in portico.yaml: %w", name, err)
			}
			return place{name: name, link: link}, nil
		}
	}
	if len(names) == 0 {
		return place{}, errors.New("the integration has ConnectionType VPC_LINK and no ConnectionId")
	}
	return place{}, fmt.Errorf("nothing says where the target of the VPC link listens on this "+
		"machine: set privateTargets in portico.yaml, as in privateTargets: {%q: "+
		"http://localhost:9000}; it may be named by any of %s", names[0], strings.Join(names, ", "))
}

// privateNames returns what the target of an integration may be called, the most exact first.
func privateNames(s *stage, def *api.V2Integration) []string {
	names := slices.Clone(def.Targets)
	id := withVariables(def.ConnectionID, s.variables)
	for i := range def.Links {
		if def.Links[i].ID == id {
			names = append(names, def.Links[i].Names...)
		}
	}
	if id != "" {
		names = append(names, id)
	}
	address, err := url.Parse(withVariables(def.URI, s.variables))
	if err == nil && address.Hostname() != "" && len(names) > 0 {
		names = append(names, address.Hostname())
	}
	return names
}

func parseBase(address string) (*url.URL, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	isHTTP := base.Scheme == "http" || base.Scheme == "https"
	if !isHTTP || base.Hostname() == "" || strings.Trim(base.Path, "/") != "" || base.RawQuery != "" {
		return nil, errors.New("want http://HOST:PORT or https://HOST:PORT, not " + address)
	}
	return base, nil
}
