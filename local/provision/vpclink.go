package provision

import (
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const (
	typeVPCLink      = "AWS::ApiGateway::VpcLink"
	typeV2VPCLink    = "AWS::ApiGatewayV2::VpcLink"
	typeLoadBalancer = "AWS::ElasticLoadBalancingV2::LoadBalancer"
	typeListener     = "AWS::ElasticLoadBalancingV2::Listener"
)

// privateCoverage declares what stands behind VPC links.
func privateCoverage() coverage.Table {
	const elsewhere = "privateTargets in portico.yaml says where the targets of VPC links listen here"
	return coverage.Table{
		typeLoadBalancer: irrelevant(elsewhere, "**"),
		typeListener:     irrelevant(elsewhere, "**"),
		"AWS::ElasticLoadBalancingV2::ListenerRule": irrelevant(elsewhere, "**"),
		typeTargetGroup:                              irrelevant(elsewhere, "**"),
		typeDiscoveryService:                         irrelevant(elsewhere, "**"),
		typeDiscoveryInstance:                        irrelevant(elsewhere, "**"),
		"AWS::ServiceDiscovery::HttpNamespace":       irrelevant(elsewhere, "**"),
		"AWS::ServiceDiscovery::PrivateDnsNamespace": irrelevant(elsewhere, "**"),
		"AWS::ServiceDiscovery::PublicDnsNamespace":  irrelevant(elsewhere, "**"),
	}
}

// connection reads how an integration is reached, and refuses what AWS refuses of it.
func connection(p properties, i *api.Integration) {
	i.ConnectionType = p.choice("ConnectionType", "INTERNET", "VPC_LINK")
	i.ConnectionID = p.text("ConnectionId")
	i.ResponseMode = p.choice("ResponseTransferMode", "BUFFERED", "STREAM")
	if i.ResponseMode == "STREAM" && i.Type != "AWS_PROXY" && i.Type != "HTTP_PROXY" {
		p.fail("ResponseTransferMode",
			"STREAM is for integrations of type AWS_PROXY and HTTP_PROXY, this one is %s", i.Type)
	}
	if target := p.text("IntegrationTarget"); target != "" {
		i.Targets = []string{target}
	}
	if i.ConnectionType != "VPC_LINK" {
		return
	}
	if i.Type != "HTTP" && i.Type != "HTTP_PROXY" {
		p.fail("ConnectionType",
			"VPC_LINK is for integrations of type HTTP and HTTP_PROXY, this one is %s", i.Type)
	}
	p.require("ConnectionId")
}

// privateTargets adds to every integration through a VPC link what its target may be called in
// portico.yaml; also to those that an OpenAPI document describes.
func (r *reader) privateTargets(apis map[string]*restAPI) {
	for _, owner := range apis {
		for _, resource := range owner.resources {
			for verb, m := range resource.Methods {
				if m.Integration.ConnectionType == "VPC_LINK" {
					r.privateTarget(&m.Integration)
					resource.Methods[verb] = m
				}
			}
		}
	}
}

func (r *reader) privateTarget(i *api.Integration) {
	if len(i.Targets) > 0 {
		i.Targets = r.privateNames(i.Targets[0])
	}
	for _, link := range r.assembly.ByType(typeVPCLink, typeV2VPCLink) {
		if link.PhysicalID == i.ConnectionID || strings.Contains(i.ConnectionID, "${") {
			i.Links = append(i.Links, r.vpcLink(link))
		}
	}
}

// vpcLink reads a link. One of API Gateway v2 has no target of its own: integrations name it.
func (r *reader) vpcLink(of *cloudformation.Resource) api.VPCLink {
	link := api.VPCLink{ID: of.PhysicalID}
	if of.Type == typeVPCLink {
		for _, target := range r.properties(of).texts("TargetArns") {
			link.Names = append(link.Names, r.privateNames(target)...)
		}
	}
	link.Names = append(link.Names, of.LogicalID)
	return link
}

// privateNames returns an ARN, and the logical id of the load balancer or listener that has it.
func (r *reader) privateNames(arn string) []string {
	names := []string{arn}
	for _, balancer := range r.assembly.ByType(typeLoadBalancer, typeListener) {
		if balancer.PhysicalID == arn {
			names = append(names, balancer.LogicalID)
		}
	}
	for _, service := range r.assembly.ByType(typeDiscoveryService) {
		if r.attribute(service, "Arn") == arn {
			names = append(names, service.LogicalID)
		}
	}
	return names
}
