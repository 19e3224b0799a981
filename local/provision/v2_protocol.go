package provision

import (
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// webSocketOnly is said of properties that AWS documents as supported only for WebSocket APIs.
const webSocketOnly = "HTTP APIs do not have it: supported only for WebSocket APIs"

// v2Protocols says what a template asks of HTTP APIs that they do not have: refused where AWS
// refuses it, in its words, and reported where nothing is known of AWS but that it has no effect.
func (r *reader) v2Protocols(apis map[string]*v2API) {
	r.httpOnly(apis, "AWS::ApiGatewayV2::Model", func(p properties) {
		p.fail("ApiId", "Currently, Models are not permitted for APIs with a protocol type of HTTP")
	})
	r.httpOnly(apis, "AWS::ApiGatewayV2::IntegrationResponse", func(p properties) {
		p.fail("ApiId", "IntegrationResponses are currently not supported for this API protocol type.")
	})
	r.httpOnly(apis, typeV2RouteResponse, func(p properties) {
		p.fail("ApiId", "RouteResponses are currently not supported for this API protocol type.")
	})
	r.httpOnly(apis, typeV2Integration, func(p properties) {
		r.unsupported(p, webSocketOnly, "RequestTemplates", "TemplateSelectionExpression",
			"ContentHandlingStrategy")
		if p.textOr("PassthroughBehavior", "WHEN_NO_MATCH") != "WHEN_NO_MATCH" {
			r.unsupported(p, webSocketOnly, "PassthroughBehavior")
		}
	})
	r.httpOnly(apis, typeV2Route, func(p properties) {
		r.unsupported(p, webSocketOnly, "RequestModels", "RequestParameters",
			"ModelSelectionExpression", "RouteResponseSelectionExpression")
	})
	r.httpOnly(apis, typeV2Stage, r.checkHTTPStage)
	for _, owner := range apis {
		if !owner.webSocket {
			r.checkHTTPAPI(r.properties(owner.resource))
		}
	}
	r.refuseFirewalls(apis)
}

// httpOnly checks the resources of a type that belong to HTTP APIs.
func (r *reader) httpOnly(apis map[string]*v2API, kind string, check func(properties)) {
	for _, resource := range r.assembly.ByType(kind) {
		p := r.properties(resource)
		if owner := apis[p.text("ApiId")]; owner != nil && !owner.webSocket {
			check(p)
		}
	}
}

// unsupported reports the properties that are given.
func (r *reader) unsupported(p properties, why string, names ...string) {
	for _, name := range names {
		if !p.has(name) {
			continue
		}
		finding := about(p.resource, p.at(name))
		finding.Status, finding.Why = coverage.NotHonoured, why
		r.findings = append(r.findings, finding)
	}
}

func (r *reader) checkHTTPAPI(p properties) {
	const selection = "${request.method} ${request.path}"
	switch p.textOr("RouteSelectionExpression", selection) {
	case selection, "$request.method $request.path":
	default:
		p.fail("RouteSelectionExpression",
			"Route selection expression is currently limited to %q", selection)
	}
	if p.textOr("ApiKeySelectionExpression", defaultKeySelection) != defaultKeySelection {
		r.unsupported(p, webSocketOnly, "ApiKeySelectionExpression")
	}
}

func (r *reader) checkHTTPStage(p properties) {
	r.unsupported(p, webSocketOnly, "ClientCertificateId")
	settings := func(of properties) {
		const refusal = "Execution logs are not supported on protocolType HTTP"
		if of.has("LoggingLevel") {
			of.fail("LoggingLevel", refusal)
		}
		if of.boolean("DataTraceEnabled") {
			of.fail("DataTraceEnabled", refusal)
		}
	}
	if given, ok := p.object("DefaultRouteSettings"); ok {
		settings(given)
	}
	byKey, _ := p.parsedObject("RouteSettings")
	for _, key := range byKey.names() {
		given, _ := byKey.object(key)
		settings(given)
	}
}

// refuseFirewalls refuses web ACLs on stages of HTTP and WebSocket APIs, which AWS WAF does not
// protect ("Resources that you can protect with AWS WAF").
func (r *reader) refuseFirewalls(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeWebACLAssociation) {
		p := r.properties(resource)
		target := p.text("ResourceArn")
		_, path, ok := strings.Cut(target, "::/apis/")
		id, _, _ := strings.Cut(path, "/")
		if ok && apis[id] != nil {
			p.fail("ResourceArn", "WAFInvalidParameterException: Error reason: The ARN isn't valid. AWS "+
				"WAF protects stages of REST APIs, and none of HTTP and WebSocket APIs")
		}
	}
}

// checkWebSocketIntegration reports what is served for HTTP APIs alone: the coverage rules speak of
// both.
func (r *reader) checkWebSocketIntegration(p properties, i *api.V2Integration) {
	report := func(needs feature, names ...string) {
		if !needs.served {
			r.unsupported(p, needs.why, names...)
		}
	}
	if i.Type == "HTTP_PROXY" {
		report(webSocketHTTPProxy, "IntegrationType")
	}
	report(webSocketMapping, "RequestParameters", "ResponseParameters")
	if i.ConnectionType == "VPC_LINK" {
		report(webSocketVPCLink, "ConnectionType", "ConnectionId")
	}
	report(webSocketVPCLink, "TlsConfig")
}
