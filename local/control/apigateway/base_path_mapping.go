package apigateway

import (
	"cmp"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

// ofV2 is a member that no client can give: what apigatewayv2 maps may have a path of several levels,
// and lead to an API of any kind.
const ofV2 = "#ofV2"

// OfV2 says of the input of an operation on mappings that apigatewayv2 was asked for it.
func OfV2(in model.Object) model.Object {
	in[ofV2] = true
	return in
}

// noBasePath is what AWS calls the mapping without a base path.
const noBasePath = "(none)"

// mapping returns the mapping that a call names, of a domain.
func (c *call) mapping(domain model.Object) (model.Object, error) {
	if found := domain.Object("#mappings").Object(c.in.Text("basePath")); found != nil {
		return found, nil
	}
	return nil, model.NotFound("Invalid base path mapping identifier specified")
}

func getBasePathMapping(c *call) (model.Object, error) {
	domain, err := c.domain()
	if err != nil {
		return nil, err
	}
	return c.mapping(domain)
}

func getBasePathMappings(c *call) (model.Object, error) {
	domain, err := c.domain()
	if err != nil {
		return nil, err
	}
	mappings := domain.Object("#mappings")
	all := map[string]model.Object{}
	for path := range mappings {
		all[path] = mappings.Object(path)
	}
	return c.page(all, byID)
}

func createBasePathMapping(c *call) (model.Object, error) {
	own, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	path := cmp.Or(c.in.Text("basePath"), noBasePath)
	made := model.Object{"basePath": path, "restApiId": c.in.Text("restApiId")}
	made.PutText("stage", c.in.Text("stage"))
	if err := c.checkMapping(made); err != nil {
		return nil, err
	}
	mappings := inner(own, "#mappings")
	if mappings.Has(path) {
		return nil, model.Conflict("Base path already exists for this domain name")
	}
	mappings[path] = made
	c.keepDomain(own)
	return made, nil
}

// checkMapping refuses a mapping that leads nowhere.
func (c *call) checkMapping(mapping model.Object) error {
	path := mapping.Text("basePath")
	levels := path
	if c.in.Bool(ofV2) {
		levels = strings.ReplaceAll(path, "/", "")
	}
	switch {
	case strings.Contains(levels, "/"):
		return model.BadRequest("API Gateway V1 doesn't support the slash character (/) in base path " +
			"mappings. To create a multi-level base path mapping, use API Gateway V2.")
	case path != noBasePath && strings.ContainsFunc(levels, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("$-_.+!*'()", r)
	}):
		return model.BadRequest("Invalid base path specified: %s", path)
	}
	id, stage := mapping.Text("restApiId"), mapping.Text("stage")
	var stages []string
	a, err := c.apiOf(id)
	ok := err == nil
	switch {
	case ok:
		stages = sortedKeys(a.Stages)
	case c.in.Bool(ofV2):
		stages, ok = c.service.options.Host.Stages(id)
	}
	switch {
	case !ok:
		return model.BadRequest("Invalid REST API identifier specified")
	case stage != "" && !slices.Contains(stages, stage):
		return model.BadRequest("Invalid stage identifier specified")
	}
	return nil
}

func updateBasePathMapping(c *call) (model.Object, error) {
	own, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	mapping, err := c.mapping(own)
	if err != nil {
		return nil, err
	}
	before := mapping.Text("basePath")
	for _, p := range c.patches() {
		switch p.path {
		case "/basePath", "/basepath":
			mapping["basePath"] = cmp.Or(p.text(), noBasePath)
		case "/restapiId", "/restApiId":
			mapping["restApiId"] = p.text()
		case "/stage":
			setText(mapping, "stage", p)
		default:
			return nil, p.invalidPath()
		}
		if err := p.only("replace"); err != nil {
			return nil, err
		}
	}
	if err := c.checkMapping(mapping); err != nil {
		return nil, err
	}
	mappings := own.Object("#mappings")
	if after := mapping.Text("basePath"); after != before {
		if mappings.Has(after) {
			return nil, model.Conflict("Base path already exists for this domain name")
		}
		delete(mappings, before)
		mappings[after] = mapping
	}
	c.keepDomain(own)
	return mapping, nil
}

func deleteBasePathMapping(c *call) (model.Object, error) {
	own, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	if _, err := c.mapping(own); err != nil {
		return nil, err
	}
	delete(own.Object("#mappings"), c.in.Text("basePath"))
	c.keepDomain(own)
	return nil, nil
}

// mappedBy returns the domains that lead to an API, those that were made elsewhere too.
func (c *call) mappedBy(id string) []string {
	var names []string
	for _, domain := range c.service.options.Host.DescribedDomains() {
		if slices.ContainsFunc(domain.Mappings, func(m api.Mapping) bool { return m.APIID == id }) {
			names = append(names, domain.Name)
		}
	}
	for _, key := range sortedKeys(c.world.Domains) {
		mappings := c.world.Domains[key].Object("#mappings")
		for path := range mappings {
			if mappings.Object(path).Text("restApiId") == id {
				names = append(names, c.world.Domains[key].Text("domainName"))
				break
			}
		}
	}
	return names
}

// domains are the domains of a region as the gateway takes them. Nothing reaches private ones.
func (w *world) domains() []api.Domain {
	var all []api.Domain
	for _, key := range sortedKeys(w.Domains) {
		domain := w.Domains[key]
		if isPrivate(domain) {
			continue
		}
		made := api.Domain{
			Name: domain.Text("domainName"), LogicalID: domain.Text("domainName"),
			EndpointType:   servedType(domain),
			SecurityPolicy: domain.Text("securityPolicy"),
			CertificateARN: cmp.Or(domain.Text("regionalCertificateArn"), domain.Text("certificateArn")),
			RoutingMode: strings.Replace(domain.Text("routingMode"), "BASE_PATH_MAPPING", "API_MAPPING",
				1),
		}
		if mutual := domain.Object("mutualTlsAuthentication"); mutual != nil {
			made.MutualTLS = &api.MutualTLS{
				TruststoreURI: mutual.Text("truststoreUri"), Version: mutual.Text("truststoreVersion"),
			}
		}
		mappings := domain.Object("#mappings")
		for _, path := range mappings.Keys() {
			mapping := mappings.Object(path)
			made.Mappings = append(made.Mappings, api.Mapping{
				Path:  strings.TrimPrefix(path, noBasePath),
				APIID: mapping.Text("restApiId"), Stage: mapping.Text("stage"),
			})
		}
		all = append(all, made)
	}
	return all
}
