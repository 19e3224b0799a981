package provision

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const (
	typeDomain          = "AWS::ApiGateway::DomainName"
	typeV2Domain        = "AWS::ApiGatewayV2::DomainName"
	typeBasePathMapping = "AWS::ApiGateway::BasePathMapping"
	typeAPIMapping      = "AWS::ApiGatewayV2::ApiMapping"
	typeRoutingRule     = "AWS::ApiGatewayV2::RoutingRule"
)

// ownAddress is why the security policy of an API says nothing here: domains have their own.
const ownAddress = "the API's own address is this machine's, with TLS or without"

// domainCoverage declares custom domain names and what maps them to stages.
func domainCoverage() coverage.Table {
	return coverage.Table{
		typeDomain: rules(
			part(customDomains, "DomainName", "RoutingMode", "EndpointConfiguration.Types[]",
				"SecurityPolicy"),
			part(mutualTLS, "MutualTlsAuthentication.TruststoreUri",
				"MutualTlsAuthentication.TruststoreVersion"),
			unless(endpointAccess, "EndpointAccessMode", "BASIC"),
			irrelevant(noTLS, "CertificateArn", "OwnershipVerificationCertificateArn",
				"RegionalCertificateArn"),
			irrelevant(noNetwork, "EndpointConfiguration.IpAddressType"),
			irrelevant(onlyTags, "Tags.**"),
		),
		"AWS::ApiGateway::DomainNameV2": rules(
			part(privateDomains, "DomainName", "RoutingMode", "EndpointAccessMode",
				"EndpointConfiguration.**", "Policy.**", "SecurityPolicy"),
			irrelevant(noTLS, "CertificateArn"),
			irrelevant(onlyTags, "Tags.**"),
		),
		"AWS::ApiGateway::DomainNameAccessAssociation": rules(
			part(privateDomains, "AccessAssociationSource", "AccessAssociationSourceType",
				"DomainNameArn"),
			irrelevant(onlyTags, "Tags.**"),
		),
		typeBasePathMapping: part(customDomains, "BasePath", "DomainName", "RestApiId", "Stage"),
		"AWS::ApiGateway::BasePathMappingV2": part(privateDomains,
			"BasePath", "DomainNameArn", "RestApiId", "Stage"),
		typeV2Domain: rules(
			part(customDomains, "DomainName", "RoutingMode",
				"DomainNameConfigurations[].EndpointType", "DomainNameConfigurations[].SecurityPolicy"),
			part(mutualTLS, "MutualTlsAuthentication.TruststoreUri",
				"MutualTlsAuthentication.TruststoreVersion"),
			irrelevant(noTLS, "DomainNameConfigurations[].CertificateArn",
				"DomainNameConfigurations[].OwnershipVerificationCertificateArn"),
			irrelevant(onlyText, "DomainNameConfigurations[].CertificateName"),
			irrelevant(noNetwork, "DomainNameConfigurations[].IpAddressType"),
			irrelevant(onlyTags, "Tags.**"),
		),
		typeAPIMapping: part(customDomains, "ApiId", "ApiMappingKey", "DomainName", "Stage"),
		typeRoutingRule: part(customDomains,
			"Actions.**", "Conditions.**", "DomainNameArn", "Priority"),
	}
}

// domainReader gathers domains and what leads from them to APIs.
type domainReader struct {
	*reader
	domains map[string]*api.Domain // by name
	apis    map[string]target      // by id
	kinds   map[string]string      // of the APIs mapped so far, by domain: WEBSOCKET or other
	rules   map[string]map[int]bool
}

// target is an API that mappings may lead to.
type target struct {
	kind   string // REST, HTTP, WEBSOCKET
	stages []api.Stage
}

// domains reads every custom domain name with its mappings and routing rules.
func (r *reader) domains(app *Application) []api.Domain {
	d := &domainReader{
		reader: r, domains: map[string]*api.Domain{}, apis: map[string]target{},
		kinds: map[string]string{}, rules: map[string]map[int]bool{},
	}
	for _, definition := range app.REST {
		d.apis[definition.ID] = target{"REST", definition.Stages}
	}
	for _, definition := range app.HTTP {
		d.apis[definition.ID] = target{"HTTP", definition.Stages}
	}
	for _, definition := range app.WebSocket {
		d.apis[definition.ID] = target{"WEBSOCKET", definition.Stages}
	}
	var found []*api.Domain
	for _, resource := range r.assembly.ByType(typeDomain, typeV2Domain) {
		if domain, ok := d.domain(resource); ok {
			found = append(found, domain)
		}
	}
	for _, resource := range r.assembly.ByType(typeBasePathMapping, typeAPIMapping) {
		d.mapping(r.properties(resource))
	}
	for _, resource := range r.assembly.ByType(typeRoutingRule) {
		d.rule(r.properties(resource))
	}
	all := make([]api.Domain, 0, len(found))
	for _, domain := range found {
		slices.SortFunc(domain.Rules, func(a, b api.RoutingRule) int {
			return cmp.Compare(a.Priority, b.Priority)
		})
		all = append(all, *domain)
	}
	return all
}

var domainName = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]+$`)

// domain reads a domain of either version of the management API.
func (d *domainReader) domain(resource *cloudformation.Resource) (*api.Domain, bool) {
	p := d.properties(resource)
	domain := &api.Domain{Name: p.requiredText("DomainName"), LogicalID: resource.LogicalID}
	if domain.Name == "" {
		return nil, false
	}
	if !domainName.MatchString(domain.Name) {
		p.fail("DomainName", "want a domain name in lower case, like api.example.com or *.example.com")
	}
	if d.domains[domain.Name] != nil {
		p.fail("DomainName", "The domain name you provided already exists.")
		return nil, false
	}
	d.domains[domain.Name] = domain
	if resource.Type == typeDomain {
		readV1Domain(p, domain)
	} else {
		readV2Domain(p, domain)
	}
	if given, ok := p.object("MutualTlsAuthentication"); ok {
		domain.MutualTLS = d.mutualTLS(given, domain)
	}
	return domain, true
}

// Security policies ("Supported security policies").
var (
	regionalPolicies = []string{
		"TLS_1_2", "TLS_1_0", "SecurityPolicy_TLS13_1_3_2025_09",
		"SecurityPolicy_TLS13_1_3_FIPS_2025_09", "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_2021_06",
	}
	edgePolicies = []string{
		"TLS_1_2", "TLS_1_0", "SecurityPolicy_TLS13_2025_EDGE",
		"SecurityPolicy_TLS12_PFS_2025_EDGE", "SecurityPolicy_TLS12_2018_EDGE",
	}
)

func readV1Domain(p properties, domain *api.Domain) {
	domain.EndpointType, domain.CertificateARN = "EDGE", p.text("CertificateArn")
	if given, ok := p.object("EndpointConfiguration"); ok {
		types := given.texts("Types")
		if len(types) > 0 {
			domain.EndpointType = types[0]
		}
		if len(types) > 1 || !slices.Contains([]string{"EDGE", "REGIONAL"}, domain.EndpointType) {
			given.fail("Types", "want one of EDGE, REGIONAL")
			domain.EndpointType = "REGIONAL"
		}
	}
	policies := edgePolicies
	if domain.EndpointType == "REGIONAL" {
		policies, domain.CertificateARN = regionalPolicies, p.text("RegionalCertificateArn")
	}
	domain.SecurityPolicy = p.choice("SecurityPolicy", policies...)
	if isEnhanced(domain) && !p.has("EndpointAccessMode") {
		p.fail("EndpointAccessMode", "a security policy %s wants an endpoint access mode",
			domain.SecurityPolicy)
	}
	mode := p.choice("RoutingMode", "BASE_PATH_MAPPING_ONLY", "ROUTING_RULE_THEN_BASE_PATH_MAPPING",
		"ROUTING_RULE_ONLY")
	domain.RoutingMode = strings.Replace(mode, "BASE_PATH_MAPPING", "API_MAPPING", 1)
}

func readV2Domain(p properties, domain *api.Domain) {
	domain.EndpointType, domain.SecurityPolicy = "REGIONAL", "TLS_1_2"
	configurations := p.objects("DomainNameConfigurations")
	if len(configurations) > 1 {
		p.fail("DomainNameConfigurations", "want one configuration")
	}
	for _, c := range configurations {
		domain.EndpointType = c.choice("EndpointType", "REGIONAL")
		domain.SecurityPolicy = c.choice("SecurityPolicy", regionalPolicies...)
		domain.CertificateARN = c.text("CertificateArn")
	}
	domain.RoutingMode = p.choice("RoutingMode", "API_MAPPING_ONLY",
		"ROUTING_RULE_THEN_API_MAPPING", "ROUTING_RULE_ONLY")
}

// isEnhanced says whether the domain has one of the newer security policies.
func isEnhanced(domain *api.Domain) bool {
	return strings.HasPrefix(domain.SecurityPolicy, "SecurityPolicy_")
}

// mutualTLS reads who may call a domain, and finds the truststore on this machine.
func (d *domainReader) mutualTLS(p properties, domain *api.Domain) *api.MutualTLS {
	m := &api.MutualTLS{
		TruststoreURI: p.requiredText("TruststoreUri"), Version: p.text("TruststoreVersion"),
	}
	switch {
	case domain.EndpointType != "REGIONAL":
		p.fail("TruststoreUri", "mutual TLS is for domains with the endpoint type REGIONAL")
	case isEnhanced(domain) || domain.SecurityPolicy == "TLS_1_0":
		p.fail("TruststoreUri", "mutual TLS is for domains with the security policy TLS_1_2, not %s",
			domain.SecurityPolicy)
	}
	object, ok := strings.CutPrefix(m.TruststoreURI, "s3://")
	bucket, key, deep := strings.Cut(object, "/")
	if !ok || !deep || bucket == "" || key == "" {
		p.fail("TruststoreUri", "want s3://bucket/key")
		return m
	}
	id, _, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], ".")
	if asset, found := p.resource.Stack.Assets[id]; found && id != "" {
		m.File = asset.Path
		return m
	}
	file, named := d.options.Documents[object]
	if !named {
		p.fail("TruststoreUri", "the assembly has no such asset, and nothing is fetched from S3; name "+
			"a copy of the file in portico.yaml, documents: {%s: FILE}", object)
		return m
	}
	m.File = d.absolute(file)
	return m
}
