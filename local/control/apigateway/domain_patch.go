package apigateway

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

// domainPaths are what UpdateDomainName replaces ("Patch operations", UpdateDomainName).
var domainPaths = []string{
	"/certificateName", "/certificateArn", "/regionalCertificateName", "/regionalCertificateArn",
	"/securityPolicy", "/endpointAccessMode", "/ownershipVerificationCertificateArn", "/policy",
	"/routingMode", "/endpointConfiguration/ipAddressType",
	"/mutualTlsAuthentication/truststoreUri", "/mutualTlsAuthentication/truststoreVersion",
}

// domainTypes is where a domain has the types of its endpoints.
const domainTypes = "/endpointConfiguration/types"

func updateDomainName(c *call) (model.Object, error) {
	own, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches() {
		if err := patchDomain(own, p); err != nil {
			return nil, err
		}
	}
	if len(own.Object("mutualTlsAuthentication")) == 0 ||
		own.Object("mutualTlsAuthentication").Text("truststoreUri") == "" {
		delete(own, "mutualTlsAuthentication") // an empty URI turns mutual TLS off
	}
	if err := checkDomain(own); err != nil {
		return nil, err
	}
	c.settleDomain(own, targetOf(own))
	c.keepDomain(own)
	return viewDomain(own, true), nil
}

// targetOf is what the addresses of a domain are made of: it stays when the endpoint type changes.
func targetOf(domain model.Object) string {
	for _, name := range []string{"regionalDomainName", "distributionDomainName"} {
		if first, _, _ := strings.Cut(domain.Text(name), "."); first != "" {
			return strings.TrimPrefix(first, "d-")
		}
	}
	return stableID(domain.Text("domainName"))
}

func patchDomain(own model.Object, p patch) error {
	if p.path == domainTypes || strings.HasPrefix(p.path, domainTypes+"/") {
		return patchDomainType(own, p)
	}
	if !slices.Contains(domainPaths, p.path) {
		return p.invalidPath()
	}
	if err := p.only("replace", "add", "remove"); err != nil {
		return err
	}
	switch {
	case p.path == "/securityPolicy" && !slices.Contains(securityPolicies(), p.text()):
		return model.BadRequest("Invalid security policy specified: %s", p.text())
	case p.path == "/routingMode" && !slices.Contains(routingModes(), p.text()):
		return model.BadRequest("Invalid routing mode specified. Must be one of: [%s]",
			strings.Join(routingModes(), ", "))
	case p.path == "/endpointConfiguration/ipAddressType" && p.text() != "ipv4" &&
		p.text() != "dualstack":
		return model.BadRequest("ipAddressType must be either ipv4 or dualstack.")
	}
	if group, name, ok := strings.Cut(p.path[1:], "/"); ok {
		setText(inner(own, group), name, p)
		return nil
	}
	setText(own, p.path[1:], p)
	return nil
}

// patchDomainType moves a domain from one type of endpoint to the other: it has both until the old
// one is removed ("Migrate a custom domain name to a different API endpoint type").
func patchDomainType(own model.Object, p patch) error {
	if err := p.only("add", "remove", "replace"); err != nil {
		return err
	}
	kind := p.text()
	if p.op == "remove" && kind == "" {
		kind = strings.TrimPrefix(p.path, domainTypes+"/")
	}
	if !slices.Contains([]string{edgeEndpoint, regionalEndpoint}, kind) || isPrivate(own) {
		return model.BadRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE")
	}
	types := own.Object("endpointConfiguration").Texts("types")
	switch p.op {
	case "replace":
		types = []string{kind}
	case "add":
		types = slices.Compact(slices.Sorted(slices.Values(append(types, kind))))
	case "remove":
		types = slices.DeleteFunc(types, func(has string) bool { return has == kind })
	}
	if len(types) == 0 {
		return model.BadRequest("REGIONAL Configuration and EDGE Configuration cannot be both " +
			"DISABLED.")
	}
	inner(own, "endpointConfiguration")["types"] = model.TextList(types)
	return nil
}

// servedType is the type of endpoint that a domain is served as: the regional one of two.
func servedType(domain model.Object) string {
	types := domain.Object("endpointConfiguration").Texts("types")
	return types[len(types)-1]
}

func routingModes() []string {
	return []string{
		"BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
	}
}

func securityPolicies() []string {
	return []string{
		"TLS_1_0", "TLS_1_2", "SecurityPolicy_TLS13_1_3_2025_09",
		"SecurityPolicy_TLS13_1_3_FIPS_2025_09", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_2021_06",
		"SecurityPolicy_TLS13_2025_EDGE", "SecurityPolicy_TLS12_PFS_2025_EDGE",
		"SecurityPolicy_TLS12_2018_EDGE",
	}
}
