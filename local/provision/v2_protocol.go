package provision

import (
	"strings"

	"portico/local/cloudformation/coverage"
)

// webSocketOnly is said of properties that AWS documents as supported only for WebSocket APIs.
const webSocketOnly = "HTTP APIs do not have it: supported only for WebSocket APIs"

// httpOnly is said of properties that AWS documents as supported only for HTTP APIs.
const httpOnly = "WebSocket APIs do not have it: supported only for HTTP APIs"

// v2Protocols says what a template asks of HTTP APIs that they do not have: refused where AWS
// refuses it, in its words, and reported where nothing is known of AWS but that it has no effect.
func (r *reader) v2Protocols(apis map[string]*v2API) {
	r.httpOnly(apis, typeV2Model, func(p properties) {
		p.fail("ApiId", "Currently, Models are not permitted for APIs with a protocol type of HTTP")
	})
	r.httpOnly(apis, typeV2IntegrationResponse, func(p properties) {
		p.fail("ApiId", "IntegrationResponses are currently not supported for this API protocol type.")
	})
	r.httpOnly(apis, typeV2RouteResponse, func(p properties) {
		p.fail("ApiId", "RouteResponses are currently not supported for this API protocol type.")
	})
	for _, resource := range r.assembly.ByType(typeV2Integration, typeV2Route, typeV2Stage) {
		p := r.properties(resource)
		owner := apis[p.text("ApiId")]
		switch {
		case owner == nil:
		case owner.webSocket:
			r.checkWebSocketPart(p)
		default:
			r.checkHTTPPart(p)
		}
	}
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

// checkHTTPPart reports what integrations, routes and stages of HTTP APIs do not have.
func (r *reader) checkHTTPPart(p properties) {
	r.unsupported(p, webSocketOnly, "RequestTemplates", "TemplateSelectionExpression",
		"ContentHandlingStrategy", "RequestModels", "ModelSelectionExpression",
		"RouteResponseSelectionExpression", "ClientCertificateId")
	if passesThrough(p) {
		r.unsupported(p, webSocketOnly, "PassthroughBehavior")
	}
	switch p.resource.Type {
	case typeV2Route:
		r.unsupported(p, webSocketOnly, "RequestParameters")
	case typeV2Stage:
		checkHTTPStage(p)
	}
}

func passesThrough(p properties) bool {
	return p.textOr("PassthroughBehavior", "WHEN_NO_MATCH") != "WHEN_NO_MATCH"
}

func checkHTTPStage(p properties) {
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
			p.fail("ResourceArn", "WAFInvalidParameterException: AWS WAF protects stages of REST "+
				"APIs, and none of HTTP and WebSocket APIs")
		}
	}
}

// checkWebSocketPart reports what is not served of WebSocket APIs: the coverage rules speak of HTTP
// APIs as well.
func (r *reader) checkWebSocketPart(p properties) {
	report := func(needs feature, names ...string) {
		if !needs.served {
			r.unsupported(p, needs.why, names...)
		}
	}
	switch p.resource.Type {
	case typeV2Stage:
		report(v2ClientCertificates, "ClientCertificateId")
	case typeV2Integration:
		r.unsupported(p, httpOnly, "ResponseParameters", "TlsConfig")
	}
}
