package provision

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"portico/local/gateway/api"
)

const (
	typeTargetGroup       = "AWS::ElasticLoadBalancingV2::TargetGroup"
	typeDiscoveryService  = "AWS::ServiceDiscovery::Service"
	typeDiscoveryInstance = "AWS::ServiceDiscovery::Instance"
)

// v2PrivateTargets adds to every private integration of an API what its target may be called in
// portico.yaml, and where the template itself says that it listens; also to those that an OpenAPI
// document describes.
func (r *reader) v2PrivateTargets(owner *v2API) {
	for id, i := range owner.integrations {
		if i.ConnectionType != "VPC_LINK" {
			continue
		}
		arn, filter, _ := strings.Cut(i.URI, "?")
		i.Targets = r.privateNames(arn)[1:]
		for _, link := range r.assembly.ByType(typeV2VPCLink) {
			if link.PhysicalID == i.ConnectionID || strings.Contains(i.ConnectionID, "${") {
				i.Links = append(i.Links, r.vpcLink(link))
			}
		}
		i.Addresses = r.privateAddresses(arn, filter, &i)
		owner.integrations[id] = i
	}
}

// privateAddresses returns where a target listens on this machine: the targets that a target group,
// or the instances that Cloud Map, has been given with a loopback address.
func (r *reader) privateAddresses(arn, filter string, i *api.V2Integration) []string {
	scheme := "http"
	if i.TLSServerName != "" {
		scheme = "https"
	}
	var addresses []string
	add := func(host, port string) {
		if address, err := netip.ParseAddr(host); err == nil && address.IsLoopback() && port != "" {
			addresses = append(addresses, scheme+"://"+net.JoinHostPort(host, port))
		}
	}
	for _, listener := range r.assembly.ByType(typeListener) {
		if listener.PhysicalID != arn {
			continue
		}
		for _, action := range r.properties(listener).objects("DefaultActions") {
			r.groupTargets(action.text("TargetGroupArn"), add)
		}
	}
	for _, service := range r.assembly.ByType(typeDiscoveryService) {
		if r.attribute(service, "Arn") == arn {
			r.discovered(service.PhysicalID, filter, add)
		}
	}
	return addresses
}

// groupTargets gives the targets that a target group names itself.
func (r *reader) groupTargets(arn string, add func(host, port string)) {
	for _, group := range r.assembly.ByType(typeTargetGroup) {
		if group.PhysicalID != arn {
			continue
		}
		p := r.properties(group)
		for _, target := range p.objects("Targets") {
			port := target.integer("Port", p.integer("Port", 0))
			if port > 0 {
				add(target.text("Id"), strconv.Itoa(port))
			}
		}
	}
}

// discovered gives the instances of a Cloud Map service that have the attributes of the filter.
func (r *reader) discovered(service, filter string, add func(host, port string)) {
	wanted, err := url.ParseQuery(filter)
	if err != nil {
		return
	}
	for _, instance := range r.assembly.ByType(typeDiscoveryInstance) {
		p := r.properties(instance)
		if p.text("ServiceId") != service {
			continue
		}
		attributes := p.textMap("InstanceAttributes")
		fits := true
		for name := range wanted {
			fits = fits && attributes[name] == wanted.Get(name)
		}
		if fits {
			add(attributes["AWS_INSTANCE_IPV4"], attributes["AWS_INSTANCE_PORT"])
		}
	}
}
