package apigateway

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

// Unlike AWS: a certificate may be absent, and is not looked up; the local authority issues those
// that are shown. A domain is there at once. Private domains are described, and nothing reaches
// them.

const (
	privateEndpoint  = "PRIVATE"
	regionalEndpoint = "REGIONAL"
	edgeEndpoint     = "EDGE"
)

const distributionZone = "Z2FDTNDATAQYW2" // of every CloudFront distribution

var domainName = regexp.MustCompile(`^(\*\.)?([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]+$`)

func unknownDomain() error {
	return model.NotFound("Invalid domain name identifier specified")
}

// domainKey is what a domain is kept under: its name, and its id where several may have one name.
func domainKey(name, id string) string {
	if id == "" {
		return name
	}
	return name + "+" + id
}

// HasDomain says whether a domain was created here that others may share: no private one.
func (s *Service) HasDomain(region, name string) bool { return s.world(region).Domains[name] != nil }

// domain returns the domain that a call names, created or described by a template.
func (c *call) domain() (model.Object, error) {
	name, id := c.in.Text("domainName"), c.in.Text("domainNameId")
	if found := c.world.Domains[domainKey(name, id)]; found != nil {
		return found, nil
	}
	for _, definition := range c.service.options.Host.DescribedDomains() {
		if definition.Name == name && id == "" {
			return c.describeDomain(definition), nil
		}
	}
	return nil, unknownDomain()
}

// editDomain returns a copy of the domain that a call changes, which keepDomain puts in its place.
func (c *call) editDomain() (model.Object, error) {
	found, err := c.domain()
	if err != nil {
		return nil, err
	}
	if found.Bool("#described") {
		return nil, model.BadRequest("The domain name %s is described by the template that is served "+
			"here, or by another management API; change it there", found.Text("domainName"))
	}
	return found.Clone(), nil
}

func (c *call) keepDomain(own model.Object) {
	c.world.Domains[domainKey(own.Text("domainName"), own.Text("domainNameId"))] = own
	c.shared, c.routed = true, true
}

// viewDomain is what is printed of a domain: tags are absent from lists.
func viewDomain(domain model.Object, withTags bool) model.Object {
	seen := domain.Clone()
	if withTags && seen["tags"] == nil {
		seen["tags"] = model.Object{}
	}
	return seen
}

func getDomainName(c *call) (model.Object, error) {
	found, err := c.domain()
	if err != nil {
		return nil, err
	}
	return viewDomain(found, true), nil
}

func getDomainNames(c *call) (model.Object, error) {
	all := map[string]model.Object{}
	if c.in.Text("resourceOwner") != "OTHER_ACCOUNTS" {
		for _, definition := range c.service.options.Host.DescribedDomains() {
			all[definition.Name] = c.describeDomain(definition)
		}
		for key, domain := range c.world.Domains {
			all[key] = viewDomain(domain, false)
		}
	}
	return c.page(all, byID)
}

// describeDomain prints a domain that was not created here.
func (c *call) describeDomain(definition api.Domain) model.Object {
	made := model.Object{
		"domainName": definition.Name, "securityPolicy": definition.SecurityPolicy,
		"routingMode": strings.Replace(definition.RoutingMode, "API_MAPPING", "BASE_PATH_MAPPING", 1),
		"endpointConfiguration": model.Object{
			"types": []any{definition.EndpointType}, "ipAddressType": "ipv4",
		},
		"#described": true,
	}
	arn := "certificateArn"
	if definition.EndpointType == regionalEndpoint {
		arn = "regionalCertificateArn"
	}
	made.PutText(arn, definition.CertificateARN)
	if definition.MutualTLS != nil {
		mutual := model.Object{"truststoreUri": definition.MutualTLS.TruststoreURI}
		mutual.PutText("truststoreVersion", definition.MutualTLS.Version)
		made["mutualTlsAuthentication"] = mutual
	}
	for _, mapping := range definition.Mappings {
		own := model.Object{"basePath": cmp.Or(mapping.Path, noBasePath), "restApiId": mapping.APIID}
		own.PutText("stage", mapping.Stage)
		inner(made, "#mappings")[own.Text("basePath")] = own
	}
	c.settleDomain(made, stableID(definition.Name))
	return made
}

// settleDomain writes what follows from the name and the type of the endpoint.
func (c *call) settleDomain(domain model.Object, target string) {
	name := domain.Text("domainName")
	domain["domainNameStatus"] = "AVAILABLE"
	domain["domainNameArn"] = c.arn("/domainnames/" + name)
	for _, address := range []string{
		"distributionDomainName", "distributionHostedZoneId", "regionalDomainName",
		"regionalHostedZoneId",
	} {
		delete(domain, address) // of a type that it has no more
	}
	for _, kind := range domain.Object("endpointConfiguration").Texts("types") {
		switch kind {
		case edgeEndpoint:
			domain["distributionDomainName"] = target + ".cloudfront.net"
			domain["distributionHostedZoneId"] = distributionZone
		case regionalEndpoint:
			domain["regionalDomainName"] = "d-" + target + ".execute-api." + c.account.Region +
				".amazonaws.com"
			domain["regionalHostedZoneId"] = regionalZone(c.account.Region)
		default:
			domain["domainNameArn"] = c.account.ARN("apigateway",
				"/domainnames/"+name+"+"+domain.Text("domainNameId"))
		}
	}
}

// regionalZone is the hosted zone of regional domains ("Amazon API Gateway endpoints and quotas").
// A region that is not listed has a made-up one.
func regionalZone(region string) string {
	zones := map[string]string{
		"us-east-1": "Z1UJRXOUMOOFQ8", "us-east-2": "ZOJJZC49E0EPZ", "us-west-1": "Z2MUQ32089INYE",
		"us-west-2": "Z2OJLYMUO9EFXC", "eu-west-1": "ZLY8HYME6SFDD", "eu-central-1": "Z1U9ULNL0V5AJ3",
		"eu-west-2": "ZJ5UAJN8Y3Z2Q", "ap-southeast-1": "ZL327KTPIQFUL",
		"ap-southeast-2": "Z2RPCDW04V8134", "ap-northeast-1": "Z1YSHQZHG15GKL",
	}
	return cmp.Or(zones[region], "Z"+strings.ToUpper(stableID(region)))
}

func createDomainName(c *call) (model.Object, error) {
	name := c.in.Text("domainName")
	switch {
	case name == "":
		return nil, model.BadRequest("No Domain Name specified")
	case !domainName.MatchString(name):
		return nil, model.BadRequest("Invalid domain name specified: %s", name)
	}
	made := model.Object{"domainName": name, "routingMode": "BASE_PATH_MAPPING_ONLY"}
	for _, text := range []string{
		"certificateName", "certificateArn", "regionalCertificateName", "regionalCertificateArn",
		"securityPolicy", "endpointAccessMode", "ownershipVerificationCertificateArn", "policy",
		"routingMode",
	} {
		made.PutText(text, c.in.Text(text))
	}
	endpoint, err := domainEndpoint(c.in)
	if err != nil {
		return nil, err
	}
	made["endpointConfiguration"] = endpoint
	if isPrivate(made) {
		made["domainNameId"] = newID(10, c.world.Domains)
	}
	if c.nameTaken(name, isPrivate(made)) {
		return nil, model.BadRequest("The domain name you provided already exists.")
	}
	if len(c.in.Object("mutualTlsAuthentication")) > 0 {
		made.Take(c.in, "mutualTlsAuthentication")
	}
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	made["securityPolicy"] = cmp.Or(made.Text("securityPolicy"), "TLS_1_2")
	if made.Text("certificateArn")+made.Text("certificateName") != "" {
		made["certificateUploadDate"] = c.now.Unix()
	}
	if err := checkDomain(made); err != nil {
		return nil, err
	}
	c.settleDomain(made, newID(10, c.world.Domains))
	c.keepDomain(made)
	return viewDomain(made, false), nil
}

// nameTaken says whether another domain has the name; private ones may share it.
func (c *call) nameTaken(name string, private bool) bool {
	if private {
		return false
	}
	described := slices.ContainsFunc(c.service.options.Host.DescribedDomains(),
		func(d api.Domain) bool { return d.Name == name })
	return described || c.world.Domains[name] != nil
}

func isPrivate(domain model.Object) bool {
	return slices.Contains(domain.Object("endpointConfiguration").Texts("types"), privateEndpoint)
}

// domainEndpoint reads the endpoint configuration: edge-optimized, unless it says something else.
func domainEndpoint(in model.Object) (model.Object, error) {
	given := in.Object("endpointConfiguration")
	types := given.Texts("types")
	switch {
	case len(types) > 1:
		return nil, model.BadRequest("Cannot create a domain name with multiple Endpoint Types.")
	case len(types) == 0:
		types = []string{edgeEndpoint}
	}
	endpoint := model.Object{
		"types":         model.TextList(types),
		"ipAddressType": cmp.Or(given.Text("ipAddressType"), "ipv4"),
	}
	if types[0] == privateEndpoint {
		endpoint["ipAddressType"] = "dualstack"
	}
	return endpoint, nil
}

// checkDomain refuses what AWS does not serve together ("Security policies", "Mutual TLS"), in
// words of our own.
func checkDomain(domain model.Object) error {
	kind := servedType(domain)
	policy := domain.Text("securityPolicy")
	enhanced := strings.HasPrefix(policy, "SecurityPolicy_")
	edge := strings.HasSuffix(policy, "_EDGE")
	mutual := domain.Object("mutualTlsAuthentication")
	switch {
	case enhanced && edge != (kind == edgeEndpoint):
		return model.BadRequest("Security policy %s is not supported for the endpoint type %s", policy,
			kind)
	case enhanced && domain.Text("endpointAccessMode") == "":
		return model.BadRequest("Security policy %s requires an endpoint access mode", policy)
	case mutual == nil:
		return nil
	case kind != regionalEndpoint:
		return model.BadRequest("Mutual TLS is only supported for REGIONAL endpoints")
	case policy != "TLS_1_2":
		return model.BadRequest("Mutual TLS requires the security policy TLS_1_2, not %s", policy)
	}
	object, isS3 := strings.CutPrefix(mutual.Text("truststoreUri"), "s3://")
	if bucket, key, ok := strings.Cut(object, "/"); !isS3 || !ok || bucket == "" || key == "" {
		return model.BadRequest("Invalid truststore URI %q, want s3://bucket/key",
			mutual.Text("truststoreUri"))
	}
	return nil
}

func deleteDomainName(c *call) (model.Object, error) {
	own, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	for _, association := range c.world.Associations {
		if association.Text("domainNameArn") == own.Text("domainNameArn") {
			return nil, model.BadRequest("The domain name %s has access associations; delete them first",
				own.Text("domainName"))
		}
	}
	delete(c.world.Domains, domainKey(own.Text("domainName"), own.Text("domainNameId")))
	c.shared, c.routed = true, true
	return nil, nil
}
