package restapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// PrivateTargets is what Endpoints may know beside services: where the load balancers behind VPC
// links listen on this machine.
type PrivateTargets interface {
	// PrivateTarget returns the address of what goes by that name: the ARN of a load balancer or a
	// listener, a logical id, the id of a VPC link, or a DNS name; ok is false when none is set.
	PrivateTarget(name string) (url string, ok bool)
}

// private is the backend of an integration that goes through a VPC link. The integration's URI says
// path, query and Host, the link says who is called ("Set up a private integration").
//
// Unlike AWS: a certificate is held against the name of the target, not against the URI's, and the
// stage is no part of the path.
type private struct {
	backend
	name string // as the setting has it
	base *url.URL
}

var _ backend = (*private)(nil)

// throughLink leads an integration to the target of its VPC link.
func (a *API) throughLink(s *stage, def *api.Integration, built backend) backend {
	if _, refused := built.(broken); refused {
		return built
	}
	names := privateNames(s, def)
	targets, ok := a.deps.Endpoints.(PrivateTargets)
	if !ok {
		return brokenBy(noPrivateTarget(names))
	}
	for _, name := range names {
		address, ok := targets.PrivateTarget(name)
		if !ok {
			continue
		}
		base, err := parseBase(address)
		if err != nil {
			return brokenBy(fmt.Sprintf("privateTargets.%s in portico.yaml: %v", name, err))
		}
		return &private{backend: built, name: name, base: base}
	}
	return brokenBy(noPrivateTarget(names))
}

func noPrivateTarget(names []string) string {
	if len(names) == 0 {
		return "the integration has ConnectionType VPC_LINK and no ConnectionId"
	}
	return fmt.Sprintf("nothing says where the target of the VPC link listens on this machine: set "+
		"privateTargets in portico.yaml, as in privateTargets: {%q: http://localhost:9000}; it may "+
		"be named by any of %s", names[0], strings.Join(names, ", "))
}

// privateNames returns what the target of an integration may be called, the most exact first.
func privateNames(s *stage, def *api.Integration) []string {
	names := slices.Clone(def.Targets)
	id := filled(def.ConnectionID, s.def.Variables)
	for i := range def.Links {
		if def.Links[i].ID == id {
			names = append(names, def.Links[i].Names...)
		}
	}
	if id != "" {
		names = append(names, id)
	}
	if address, err := url.Parse(filled(def.URI, s.def.Variables)); err == nil &&
		address.Hostname() != "" && len(names) > 0 {
		names = append(names, address.Hostname())
	}
	return names
}

// filled puts stage variables in; one that is not set becomes empty, as on AWS.
func filled(text string, variables map[string]string) string {
	var b strings.Builder
	for _, piece := range exchange.SplitReferences(text, "stageVariables") {
		if name, ok := strings.CutPrefix(piece.Name, "stageVariables."); ok {
			b.WriteString(variables[name])
			continue
		}
		b.WriteString(piece.Text)
	}
	return b.String()
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

func (p *private) request(ctx context.Context, c *call) error {
	if err := p.backend.request(ctx, c); err != nil {
		return err
	}
	address, err := url.Parse(c.outgoing.URL)
	if err != nil || address.Hostname() == "" {
		return &integration.Error{Kind: integration.Misconfigured, Text: fmt.Sprintf("Execution "+
			"failed due to configuration error: Invalid endpoint address: %q", c.outgoing.URL)}
	}
	if !c.outgoing.Header.Has("Host") { // or a mapping says it
		c.outgoing.Header.Add("Host", address.Host)
	}
	address.Scheme, address.Host = p.base.Scheme, p.base.Host
	c.outgoing.URL = address.String()
	c.Note("private target", p.name+" is "+p.base.String())
	return nil
}
