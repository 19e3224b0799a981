package provision

import (
	"regexp"
	"slices"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const maxBasePath = 300

var basePath = regexp.MustCompile(`^[A-Za-z0-9$_.+!*'()-]+(/[A-Za-z0-9$_.+!*'()-]+)*$`)

// mapping reads a base path mapping or an API mapping.
func (d *domainReader) mapping(p properties) {
	pathName, apiName := "ApiMappingKey", "ApiId"
	if p.resource.Type == typeBasePathMapping {
		pathName, apiName = "BasePath", "RestApiId"
	} else {
		p.require("Stage")
	}
	domain, isThere := d.domainOf(p, "DomainName", p.requiredText("DomainName"))
	to, ok := d.targetOf(p, apiName)
	if !isThere || !ok {
		return
	}
	m := api.Mapping{Path: p.text(pathName), APIID: p.text(apiName), Stage: p.text("Stage")}
	if m.Path == "(none)" {
		m.Path = ""
	}
	d.checkPath(p, pathName, m.Path, domain)
	d.checkKind(p, apiName, to.kind, domain)
	checkStage(p, m.Stage, to)
	taken := slices.ContainsFunc(domain.Mappings, func(other api.Mapping) bool {
		return other.Path == m.Path
	})
	if taken {
		p.fail(pathName, "The base path already exists for the domain name %s.", domain.Name)
	}
	domain.Mappings = append(domain.Mappings, m)
}

// domainOf finds the domain that a mapping or rule is of. One of another template is no mistake,
// but what it asks of its clients is not known here, so nothing is served by it.
func (d *domainReader) domainOf(p properties, property, name string) (*api.Domain, bool) {
	domain, ok := d.domains[name]
	if !ok && name != "" {
		d.elsewhere(p, property, name, "the domain is not among these templates, so nobody knows what "+
			"it asks of its clients: nothing is served by it")
	}
	return domain, ok
}

// targetOf finds the API that a mapping leads to.
func (d *domainReader) targetOf(p properties, property string) (target, bool) {
	id := p.requiredText(property)
	to, ok := d.apis[id]
	if !ok && id != "" {
		d.elsewhere(p, property, id, "the API is not among these templates: nothing leads to it")
	}
	return to, ok
}

func (d *domainReader) elsewhere(p properties, property, value, why string) {
	finding := about(p.resource, p.at(property))
	finding.Status, finding.Value, finding.Why = coverage.NotHonoured, value, why
	d.findings = append(d.findings, finding)
}

func (d *domainReader) checkPath(p properties, property, path string, domain *api.Domain) {
	isDeep := strings.Contains(path, "/")
	switch {
	case path == "":
	case isDeep && p.resource.Type == typeBasePathMapping:
		p.fail(property, "API Gateway V1 doesn't support the slash character (/) in base path "+
			"mappings. To create a multi-level base path mapping, use API Gateway V2.")
	case len(path) > maxBasePath:
		p.fail(property, "want at most %d characters", maxBasePath)
	case !basePath.MatchString(path):
		p.fail(property, "want segments of letters, digits and $-_.+!*'(), with one slash between them")
	case isDeep && (domain.EndpointType != "REGIONAL" || domain.SecurityPolicy == "TLS_1_0"):
		p.fail(property, "several segments want a domain with the endpoint type REGIONAL and at least "+
			"TLS 1.2; %s has %s and %s", domain.Name, domain.EndpointType, domain.SecurityPolicy)
	}
}

// checkKind holds the kind of an API against the domain and its other APIs.
func (d *domainReader) checkKind(p properties, property, kind string, domain *api.Domain) {
	if p.resource.Type == typeBasePathMapping && kind != "REST" {
		p.fail(property, "Invalid REST API identifier specified: the API is of the kind %s", kind)
	}
	suits := domain.EndpointType == "REGIONAL" && domain.SecurityPolicy == "TLS_1_2"
	if kind != "REST" && !suits {
		p.fail(property, "HTTP and WebSocket APIs want a domain with the endpoint type REGIONAL and the "+
			"security policy TLS_1_2; %s has %s and %s", domain.Name, domain.EndpointType,
			domain.SecurityPolicy)
	}
	before := d.kinds[domain.Name]
	if before != "" && (before == "WEBSOCKET") != (kind == "WEBSOCKET") {
		p.fail(property, "a WebSocket API cannot share the domain %s with other kinds of APIs",
			domain.Name)
	}
	if before != "HTTP" {
		d.kinds[domain.Name] = kind
	}
}

func checkStage(p properties, stage string, to target) {
	isIt := func(s api.Stage) bool { return s.Name == stage }
	if stage != "" && !slices.ContainsFunc(to.stages, isIt) {
		p.fail("Stage", "Invalid stage identifier specified: the API has no such stage")
	}
}
