package apigatewayv2

import (
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

func unknownDomain() error {
	return model.NotFound("The domain name resource specified in the request was not found.")
}

// HasDomain says whether a domain was created here.
func (s *Service) HasDomain(region, name string) bool {
	return s.store.Read(region).Domains[name] != nil
}

// domain returns the domain that a call names, created or described by a template.
func (c *call) domain() (*domain, error) {
	name := c.in.Text("DomainName")
	if d := c.world.Domains[name]; d != nil {
		return d, nil
	}
	for _, definition := range c.service.options.Host.Described().Domains {
		if definition.Name == name {
			return c.describeDomain(definition), nil
		}
	}
	return nil, unknownDomain()
}

// editDomain returns the domain that a call changes.
func (c *call) editDomain() (*domain, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	if d.described {
		return nil, model.BadRequest("Domain %s was made by the template that is served here, or by the "+
			"management API of REST APIs; change it there", d.About.Text("DomainName"))
	}
	c.domains = true
	return d, nil
}

// newDomain is what AWS prints of a domain that nothing more is said of.
func (c *call) newDomain(name, routing string) model.Object {
	return model.Object{
		"DomainName": name, "DomainNameArn": arn(c.account, "/domainnames/"+name),
		"ApiMappingSelectionExpression": "$request.basepath", "RoutingMode": routing,
		"Tags": model.Object{},
	}
}

func createDomain(c *call) (model.Object, error) {
	name := c.in.Text("DomainName")
	if _, err := c.domain(); err == nil {
		return nil, model.Conflict("The domain name resource already exists.")
	}
	about := c.newDomain(name, "API_MAPPING_ONLY")
	about[sequence] = c.next()
	about.Take(c.in, "MutualTlsAuthentication", "RoutingMode", "Tags")
	about["DomainNameConfigurations"] = c.configurations(nil, c.in.Objects("DomainNameConfigurations"))
	d := &domain{
		About: about, Mappings: map[string]model.Object{}, Rules: map[string]model.Object{},
	}
	if err := c.checkDomain(d); err != nil {
		return nil, err
	}
	c.world.Domains[name], c.domains = d, true
	return about, nil
}

// checkDomain holds what is said of a domain against what AWS takes.
func (c *call) checkDomain(d *domain) error {
	_, err := c.service.options.Host.DefineDomain(c.account, d.twin())
	return asBadRequest(err)
}

// configurations adds to what is said of the endpoints of a domain what AWS makes of it.
//
// Unlike AWS: they are available at once.
func (c *call) configurations(before, given []model.Object) []any {
	if len(given) == 0 {
		given = []model.Object{{}}
	}
	var all []any
	for i, configuration := range given {
		made := model.Object{
			"ApiGatewayDomainName": hostOf("d-"+model.NewID(10, map[string]bool{}), c.account),
			"HostedZoneId":         "Z" + strings.ToUpper(model.NewID(12, map[string]bool{})), "EndpointType": "REGIONAL",
			"IpAddressType": "ipv4", "SecurityPolicy": "TLS_1_2", "DomainNameStatus": "AVAILABLE",
		}
		if i < len(before) {
			made.Take(before[i], "ApiGatewayDomainName", "HostedZoneId")
		}
		made.Take(configuration, "CertificateArn", "CertificateName", "EndpointType", "IpAddressType",
			"OwnershipVerificationCertificateArn", "SecurityPolicy")
		all = append(all, made)
	}
	return all
}

// twin returns a domain in the shape of its CloudFormation twin.
func (d *domain) twin() Resource {
	made := filled(d.About, "DomainName", "MutualTlsAuthentication", "RoutingMode")
	var all []any
	for _, configuration := range d.About.Objects("DomainNameConfigurations") {
		all = append(all, filled(configuration, "CertificateArn", "CertificateName", "EndpointType",
			"IpAddressType", "OwnershipVerificationCertificateArn", "SecurityPolicy"))
	}
	made["DomainNameConfigurations"] = all
	return Resource{Type: twin + "DomainName", ID: d.About.Text("DomainName"), Properties: made}
}

// define makes a domain with all that leads from it.
func (s *Service) define(account api.Account, d *domain) (api.Domain, error) {
	made, err := s.options.Host.DefineDomain(account, d.twin())
	if err != nil {
		return api.Domain{}, err
	}
	for _, o := range oldestFirst(d.Mappings) {
		made.Mappings = append(made.Mappings, api.Mapping{
			Path: o.Text("ApiMappingKey"), APIID: o.Text("ApiId"), Stage: o.Text("Stage"),
		})
	}
	for _, o := range oldestFirst(d.Rules) {
		made.Rules = append(made.Rules, ruleOf(o))
	}
	return made, nil
}

func getDomain(c *call) (model.Object, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	return d.About, nil
}

func getDomains(c *call) (model.Object, error) {
	var all []model.Object
	for _, definition := range c.service.options.Host.Described().Domains {
		all = append(all, c.describeDomain(definition).About)
	}
	created := map[string]model.Object{}
	for name, d := range c.world.Domains {
		created[name] = d.About
	}
	return c.page("Items", before(all, created))
}

func updateDomain(c *call) (model.Object, error) {
	d, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	about := d.About
	about.Take(c.in, "RoutingMode")
	if given := c.in.Objects("DomainNameConfigurations"); len(given) > 0 {
		about["DomainNameConfigurations"] = c.configurations(
			about.Objects("DomainNameConfigurations"), given)
	}
	merge(about, "MutualTlsAuthentication", c.in.Object("MutualTlsAuthentication"))
	if trust := about.Object("MutualTlsAuthentication"); trust.Text("TruststoreUri") == "" {
		delete(about, "MutualTlsAuthentication")
	}
	return about, c.checkDomain(d)
}

func deleteDomain(c *call) (model.Object, error) {
	if _, err := c.editDomain(); err != nil {
		return nil, err
	}
	delete(c.world.Domains, c.in.Text("DomainName"))
	return nil, nil
}

// mapping returns the mapping that a call names.
func (c *call) mapping(d *domain) (model.Object, error) {
	if o := d.Mappings[c.in.Text("ApiMappingId")]; o != nil {
		return o, nil
	}
	return nil, model.NotFound("The api mapping resource specified in the request was not found.")
}

func getMapping(c *call) (model.Object, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	return c.mapping(d)
}

func getMappings(c *call) (model.Object, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	return c.page("Items", oldestFirst(d.Mappings))
}

func createMapping(c *call) (model.Object, error) {
	d, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	made := model.Object{
		"ApiMappingId": model.NewID(6, d.Mappings), "ApiMappingKey": "", sequence: c.next(),
	}
	if err := c.fillMapping(d, made); err != nil {
		return nil, err
	}
	d.Mappings[made.Text("ApiMappingId")] = made
	return made, nil
}

func (c *call) editMapping() (*domain, model.Object, error) {
	d, err := c.editDomain()
	if err != nil {
		return nil, nil, err
	}
	o, err := c.mapping(d)
	return d, o, err
}

func updateMapping(c *call) (model.Object, error) {
	d, o, err := c.editMapping()
	if err != nil {
		return nil, err
	}
	return o, c.fillMapping(d, o)
}

func deleteMapping(c *call) (model.Object, error) {
	d, o, err := c.editMapping()
	if err != nil {
		return nil, err
	}
	delete(d.Mappings, o.Text("ApiMappingId"))
	return nil, nil
}

// fillMapping writes what is said of a mapping, when AWS would take it.
func (c *call) fillMapping(d *domain, o model.Object) error {
	o.Take(c.in, "ApiId", "ApiMappingKey", "Stage")
	key := o.Text("ApiMappingKey")
	switch {
	case key == "(none)":
		o["ApiMappingKey"], key = "", ""
	case strings.HasPrefix(key, "/"), strings.Contains(key, "//"):
		return model.BadRequest(
			"API mapping key should not start with a '/' or have consecutive '/'s.")
	case strings.HasSuffix(key, "/"):
		return model.BadRequest("API mapping key should not end with a '/'.")
	case len(key) > 300 || strings.ContainsFunc(key, isOddInPath):
		return model.BadRequest("API mapping key should have at most 300 letters, digits and " +
			"$-_.+!*'()/")
	}
	kind, err := c.target(o)
	if err != nil {
		return err
	}
	for id, other := range d.Mappings {
		if id == o.Text("ApiMappingId") {
			continue
		}
		if other.Text("ApiMappingKey") == key {
			return model.Conflict("ApiMapping key already exists for this domain name")
		}
		before, err := c.target(other)
		if err == nil && (before == "WEBSOCKET") != (kind == "WEBSOCKET") {
			return model.BadRequest("a WebSocket API cannot share the domain %s with other kinds of APIs",
				d.About.Text("DomainName"))
		}
	}
	if kind != "REST" && len(d.Rules) > 0 {
		return model.BadRequest("a domain with routing rules has mappings to REST APIs alone")
	}
	return nil
}

func isOddInPath(r rune) bool {
	return isOdd(r) && !strings.ContainsRune("$.+!*'()/", r)
}

// target finds the API and stage that a mapping or rule leads to, and says what kind of API it is.
func (c *call) target(o model.Object) (kind string, err error) {
	id, wanted := o.Text("ApiId"), o.Text("Stage")
	var all []api.Stage
	for _, definition := range c.service.options.Host.Described().REST {
		if definition.ID == id {
			kind, all = "REST", definition.Stages
		}
	}
	if kind == "" {
		a, err := c.apiOf(id)
		if err != nil {
			return "", err
		}
		kind = a.About.Text("ProtocolType")
		for name := range a.Parts[stages] {
			all = append(all, api.Stage{Name: name})
		}
	}
	if !slices.ContainsFunc(all, func(s api.Stage) bool { return s.Name == wanted }) {
		return "", model.BadRequest("Invalid stage identifier specified")
	}
	return kind, nil
}

// mappedTo returns the domains that have mappings to an API, or to one stage of it, those that were
// made elsewhere too.
func (c *call) mappedTo(id, stage string) []string {
	var found []string
	for _, domain := range c.service.options.Host.Described().Domains {
		if slices.ContainsFunc(domain.Mappings, func(m api.Mapping) bool {
			return m.APIID == id && (stage == "" || m.Stage == stage)
		}) {
			found = append(found, domain.Name)
		}
	}
	for _, name := range sortedKeys(c.world.Domains) {
		for _, o := range c.world.Domains[name].Mappings {
			if o.Text("ApiId") == id && (stage == "" || o.Text("Stage") == stage) {
				found = append(found, name)
				break
			}
		}
	}
	return found
}
