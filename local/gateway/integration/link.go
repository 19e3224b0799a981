package integration

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// PrivateTargets knows where the load balancers and services behind VPC links listen.
type PrivateTargets interface {
	// PrivateTarget returns the address of what goes by that name: the ARN of a load balancer, of a
	// listener or of a Cloud Map service, a logical id, the id of a VPC link, or a DNS name; ok is
	// false when none is set.
	PrivateTarget(name string) (url string, ok bool)
}

// Link is a VPC link whose target is known.
type Link struct {
	name string // of the target, as the setting has it
	base *url.URL
}

// LinkNames returns what the target of an integration behind VPC link id may be called, the most
// exact first.
func LinkNames(targets []string, links []api.VPCLink, id string) []string {
	names := slices.Clone(targets)
	for i := range links {
		if links[i].ID == id {
			names = append(names, links[i].Names...)
		}
	}
	if id != "" {
		names = append(names, id)
	}
	return names
}

// FindLink finds where the target of a VPC link listens: as the settings say of one of its names,
// else as the template itself does.
func FindLink(targets PrivateTargets, names, addresses []string) (*Link, error) {
	if targets != nil {
		for _, name := range names {
			if address, ok := targets.PrivateTarget(name); ok {
				return newLink(name, address)
			}
		}
	}
	switch {
	case len(addresses) > 0:
		return newLink("", addresses[0])
	case len(names) == 0:
		return nil, errors.New("the integration has ConnectionType VPC_LINK and no ConnectionId")
	}
	return nil, fmt.Errorf("nothing says where the target of the VPC link listens on this machine: "+
		"set privateTargets in portico.yaml, as in privateTargets: {%q: http://localhost:9000}; it "+
		"may be named by any of %s", names[0], strings.Join(names, ", "))
}

func newLink(name, address string) (*Link, error) {
	base, err := url.Parse(address)
	if err == nil && !isOrigin(base) {
		err = errors.New("want http://HOST:PORT or https://HOST:PORT, not " + address)
	}
	if err != nil {
		return nil, fmt.Errorf("privateTargets.%s in portico.yaml: %w", name, err)
	}
	return &Link{name: name, base: base}, nil
}

func isOrigin(u *url.URL) bool {
	isHTTP := u.Scheme == "http" || u.Scheme == "https"
	return isHTTP && u.Hostname() != "" && strings.Trim(u.Path, "/") == "" && u.RawQuery == ""
}

// Origin returns where the target listens.
func (l *Link) Origin() string { return l.base.Scheme + "://" + l.base.Host }

// String says which target it is, and where.
func (l *Link) String() string { return l.name + " is " + l.base.String() }

// Place leads b through the link: its URI says path, query and Host, the link says who is called
// ("Set up a private integration"). Only a URI whose host is a placeholder is left for the calls to
// look at.
//
// Unlike AWS: a certificate is held against the name of the target, not against the URI's, and the
// stage of a REST API is no part of the path.
func (l *Link) Place(b *HTTPBackend) Place {
	place := Place{link: l}
	if b.URI == nil {
		return place
	}
	if _, fixed := b.URI.Origin(); fixed {
		named, err := url.Parse(b.URI.sample())
		if err == nil && named.Hostname() != "" {
			place.host, b.URI = named.Host, b.URI.At(l.Origin())
		}
	}
	return place
}

// Link returns the link that calls go through; nil when they go through none.
func (p *Place) Link() *Link { return p.link }

func (p *Place) throughLink(request *HTTPRequest) error {
	host := p.host
	if host == "" {
		address, err := url.Parse(request.URL)
		if err != nil || address.Hostname() == "" {
			return notReached(MisconfiguredAddress, fmt.Errorf("%q", request.URL))
		}
		host = address.Host
		address.Scheme, address.Host = p.link.base.Scheme, p.link.base.Host
		request.URL = address.String()
	}
	if !request.Header.Has("Host") { // or a mapping says it
		request.Header.Add("Host", host)
	}
	return nil
}
