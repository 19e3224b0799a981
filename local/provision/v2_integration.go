package provision

import (
	"strconv"

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
			part(webSocketNonProxy, "RequestTemplates.*", "TemplateSelectionExpression",
				"ContentHandlingStrategy"),
			unless(webSocketNonProxy, "PassthroughBehavior", "WHEN_NO_MATCH"),
			choice("ConnectionType", []string{"INTERNET"}, when("VPC_LINK", v2VPCLink)),
			part(v2VPCLink, "ConnectionId", "TlsConfig.ServerNameToVerify"),
			irrelevant(noRoles, "CredentialsArn"),
			irrelevant(onlyText, "Description"),
		),
		"AWS::ApiGatewayV2::IntegrationResponse": part(webSocketNonProxy,
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
		owner.integrations[resource.PhysicalID] = v2Integration(p, owner.webSocket)
	}
}

func v2Integration(p properties, webSocket bool) api.V2Integration {
	timeout := 30_000
	types := []string{"AWS_PROXY", "HTTP_PROXY"}
	if webSocket {
		timeout = 29_000
		types = append(types, "AWS", "HTTP", "MOCK")
	}
	i := api.V2Integration{
		ID:                   p.resource.PhysicalID,
		Type:                 p.choice("IntegrationType", types...),
		Subtype:              p.text("IntegrationSubtype"),
		Method:               p.text("IntegrationMethod"),
		URI:                  p.text("IntegrationUri"),
		Credentials:          p.text("CredentialsArn"),
		PayloadFormatVersion: p.choice("PayloadFormatVersion", "1.0", "2.0"),
		TimeoutMillis:        p.integerIn("TimeoutInMillis", timeout, 50, timeout),
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

// v2ResponseParameters reads {"404": {ResponseParameters: [{Destination, Source}]}}.
func v2ResponseParameters(p properties) map[string]map[string]string {
	statuses, ok := p.object("ResponseParameters")
	if !ok || len(statuses.values) == 0 {
		return nil
	}
	byStatus := map[string]map[string]string{}
	for _, status := range statuses.names() {
		if _, err := strconv.Atoi(status); err != nil {
			statuses.fail(status, "want a status code as the name")
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
