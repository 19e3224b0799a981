package provision

import (
	"strconv"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// v2IntegrationCoverage declares what routes call. HTTP and WebSocket APIs share the types, so a
// rule speaks for both.
func v2IntegrationCoverage() coverage.Table {
	return coverage.Table{
		typeV2Integration: rules(
			honoured("ApiId", "IntegrationUri", "IntegrationMethod", "TimeoutInMillis"),
			choice("IntegrationType", []string{"AWS_PROXY"},
				when("HTTP_PROXY", v2HTTPProxy), when("AWS", webSocketNonProxy),
				when("HTTP", webSocketNonProxy), when("MOCK", webSocketNonProxy)),
			choice("PayloadFormatVersion", []string{"2.0"}, when("1.0", payload1)),
			part(v2Services, "IntegrationSubtype"),
			part(v2ParameterMapping, "RequestParameters.*", "ResponseParameters.**"),
			// What v2Protocols reports by the protocol of the API.
			honoured("RequestTemplates.*", "TemplateSelectionExpression", "ContentHandlingStrategy",
				"PassthroughBehavior"),
			choice("ConnectionType", []string{"INTERNET"}, when("VPC_LINK", v2VPCLink)),
			part(v2VPCLink, "ConnectionId", "TlsConfig.ServerNameToVerify"),
			callersOwn("CredentialsArn"),
			irrelevant(noRoles, "CredentialsArn"),
			irrelevant(onlyText, "Description"),
		),
		typeV2IntegrationResponse: part(webSocketNonProxy,
			"ApiId", "ContentHandlingStrategy", "IntegrationId", "IntegrationResponseKey",
			"ResponseParameters.**", "ResponseTemplates.**", "TemplateSelectionExpression"),
	}
}

// v2Integrations reads the integrations of all HTTP and WebSocket APIs.
func (r *reader) v2Integrations(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeV2Integration) {
		p := r.properties(resource)
		owner, ok := v2Of(p, apis)
		if !ok || !p.require("IntegrationType") {
			continue
		}
		i := v2Integration(p, owner.webSocket)
		if owner.webSocket {
			r.checkWebSocketIntegration(p, &i)
		} else {
			checkHTTPIntegration(p, &i)
		}
		owner.checkService(p, &i)
		owner.integrations[resource.PhysicalID] = i
	}
}

func v2Integration(p properties, webSocket bool) api.V2Integration {
	timeout := 30_000
	if webSocket {
		timeout = 29_000
	}
	i := api.V2Integration{
		ID:                   p.resource.PhysicalID,
		Type:                 p.choice("IntegrationType", v2Types()...),
		Subtype:              p.text("IntegrationSubtype"),
		Method:               p.text("IntegrationMethod"),
		URI:                  p.text("IntegrationUri"),
		Credentials:          p.text("CredentialsArn"),
		PayloadFormatVersion: p.choice("PayloadFormatVersion", "1.0", "2.0"),
		TimeoutMillis:        v2Timeout(p, timeout),
		ConnectionType:       p.choice("ConnectionType", "INTERNET", "VPC_LINK"),
		ConnectionID:         p.text("ConnectionId"),
		RequestParameters:    p.textMap("RequestParameters"),
		ResponseParameters:   v2ResponseParameters(p),
		RequestTemplates:     p.textMap("RequestTemplates"),
		TemplateSelection:    p.text("TemplateSelectionExpression"),
		PassthroughBehavior:  passthrough(p),
		ContentHandling:      p.choice("ContentHandlingStrategy", conversions()...),
	}
	if tls, ok := p.object("TlsConfig"); ok {
		i.TLSServerName = tls.text("ServerNameToVerify")
	}
	if i.Type != "MOCK" && i.Subtype == "" {
		p.require("IntegrationUri")
	}
	if i.Type == "AWS_PROXY" && i.Subtype == "" && i.Method == "" {
		i.Method = "POST" // functions are only ever invoked so
	}
	return i
}

func v2Types() []string { return []string{"AWS_PROXY", "HTTP_PROXY", "AWS", "HTTP", "MOCK"} }

func v2Timeout(p properties, most int) int {
	timeout := p.integer("TimeoutInMillis", most)
	if timeout < 50 || timeout > most {
		p.fail("TimeoutInMillis", "Timeout should be between 50 ms and %d ms", most)
	}
	return timeout
}

// checkHTTPIntegration refuses what AWS refuses of an HTTP API's integration, in its words.
func checkHTTPIntegration(p properties, i *api.V2Integration) {
	switch i.Type {
	case "AWS_PROXY":
	case "HTTP_PROXY":
		if i.Method == "" {
			p.fail("IntegrationMethod",
				"HttpMethod parameter method must be specified for integrationType HTTPPROXY")
		}
		if i.PayloadFormatVersion != "1.0" {
			p.fail("PayloadFormatVersion", "PayloadFormatVersion %s is not supported for "+
				"integration of type HTTP_PROXY", i.PayloadFormatVersion)
		}
	default:
		p.fail("IntegrationType", "Currently, an API with a protocol type of HTTP may only be "+
			"associated with proxy integrations (AWS_PROXY, HTTP_PROXY)")
	}
	if i.ConnectionType != "VPC_LINK" {
		return
	}
	if i.Type != "HTTP_PROXY" {
		p.fail("ConnectionType", "VPC_LINK is for integrations of type HTTP_PROXY, this one is %s",
			i.Type)
	}
	if i.ConnectionID == "" {
		p.fail("ConnectionId", "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK")
	}
	if i.URI != "" && !isPrivateTarget(i.URI) {
		p.fail("IntegrationUri", "For VpcLink VPC_LINK, integration uri should be a valid ELB "+
			"listener ARN or a valid Cloud Map service ARN.")
	}
}

// isPrivateTarget says whether a URI names what stands behind a VPC link of API Gateway v2.
func isPrivateTarget(uri string) bool {
	if strings.Contains(uri, "${") {
		return true // stage variables, known only per stage
	}
	parts := strings.SplitN(uri, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return false
	}
	return parts[2] == "elasticloadbalancing" && strings.HasPrefix(parts[5], "listener/") ||
		parts[2] == "servicediscovery" && strings.HasPrefix(parts[5], "service/")
}

// v2ResponseParameters reads {"404": {ResponseParameters: [{Destination, Source}]}}.
func v2ResponseParameters(p properties) map[string]map[string]string {
	statuses, ok := p.object("ResponseParameters")
	if !ok || len(statuses.values) == 0 {
		return nil
	}
	byStatus := map[string]map[string]string{}
	for _, status := range statuses.names() {
		if code, err := strconv.Atoi(status); err != nil || code < 200 || code > 599 {
			statuses.fail(status, "Status Code %s is not valid", status)
			continue
		}
		given, _ := statuses.object(status)
		mapped := map[string]string{}
		for _, item := range given.objects("ResponseParameters") {
			destination := item.requiredText("Destination")
			if _, twice := mapped[destination]; twice {
				item.fail("Destination", "status %s maps it already", status)
			}
			mapped[destination] = item.text("Source")
		}
		byStatus[status] = mapped
	}
	return byStatus
}
