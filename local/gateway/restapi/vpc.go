package restapi

import (
	"net/url"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// linkable is a backend that can be called through a VPC link.
type linkable interface {
	lead(through *integration.Link)
}

var (
	_ linkable = (*httpCustom)(nil)
	_ linkable = (*httpProxy)(nil)
	_ linkable = (*custom)(nil)
)

func (h *httpCustom) lead(through *integration.Link) { h.place = through.Place(&h.backend) }

func (h *httpProxy) lead(through *integration.Link) { h.place = through.Place(&h.backend) }

func (b *custom) lead(through *integration.Link) {
	if called, ok := b.target.(linkable); ok {
		called.lead(through)
	}
}

// throughLink leads an integration to the target of its VPC link.
func (a *API) throughLink(s *stage, def *api.Integration, built backend) backend {
	called, ok := built.(linkable)
	if !ok {
		return built // it is refused for another reason
	}
	link, err := integration.FindLink(a.deps.PrivateTargets, privateNames(s, def), nil)
	if err != nil {
		return brokenBy(err.Error())
	}
	called.lead(link)
	return built
}

// privateNames returns what the target of an integration may be called: the DNS name in its URI is
// the last of them.
func privateNames(s *stage, def *api.Integration) []string {
	variables := s.def.Variables
	names := integration.LinkNames(def.Targets, def.Links,
		exchange.FillStageVariables(def.ConnectionID, variables))
	address, err := url.Parse(exchange.FillStageVariables(def.URI, variables))
	if err == nil && address.Hostname() != "" && len(names) > 0 {
		names = append(names, address.Hostname())
	}
	return names
}

// locate leads the request that was built to where its backend is reached.
func (c *call) locate(place *integration.Place) error {
	err := place.Locate(&c.outgoing)
	if link := place.Link(); link != nil && err == nil {
		c.Note("private target", link.String())
	}
	return err
}
