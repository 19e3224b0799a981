package openapi

import (
	"maps"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

const shared = "#/components/" + extension + "integrations/"

// sharedIntegrations notes the integrations that routes refer to; each becomes one integration.
func (h *httpImporter) sharedIntegrations() {
	all := h.take(h.root.get("components"), extension+"integrations")
	if !h.isObject(all) {
		return
	}
	for _, entry := range all.children {
		if h.isObject(entry) {
			h.addIntegration(h.id(7, "integration", entry.key), entry, "integration '"+entry.key+"'")
		}
	}
}

// integration returns the id of the integration of a route, "" when it has none.
func (h *httpImporter) integration(o operation, key string) string {
	given := o.at.raw(extension + "integration")
	if given == nil {
		h.warn(o.at, "The route '%s' has no integration.", key)
		return ""
	}
	h.take(o.at, extension+"integration")
	if given.kind != object {
		h.fail(given, "Unable to parse API definition because of a malformed integration at path %s.",
			o.path)
		return ""
	}
	id := h.id(7, "integration", key)
	if ref := given.get("$ref"); ref != nil {
		name, ok := strings.CutPrefix(ref.string(), shared)
		id = h.id(7, "integration", name)
		if _, known := h.api.Integrations[id]; !ok || !known {
			h.fail(ref, "there is no %s", ref.string())
		}
		return id
	}
	if !h.addIntegration(id, given, "route '"+key+"'") {
		return ""
	}
	return id
}

// ignoredByHTTP are the properties of an integration that only REST APIs have; AWS ignores them.
func ignoredByHTTP() map[string]string {
	ignored := map[string]string{"description": forPeople}
	for _, name := range []string{
		"cacheKeyParameters", "cacheNamespace", "contentHandling", "passthroughBehavior",
		"requestTemplates", "responses",
	} {
		ignored[name] = restOnly
	}
	return ignored
}

// addIntegration reads an integration; false when AWS drops it.
func (h *httpImporter) addIntegration(id string, given *node, of string) bool {
	h.know(given, []string{
		"connectionId", "connectionType", "credentials", "httpMethod", "integrationSubtype",
		"payloadFormatVersion", "requestParameters", "responseParameters", "timeoutInMillis",
		"tlsConfig", "type", "uri",
	}, ignoredByHTTP())
	kind := strings.ToUpper(given.get("type").string())
	if kind != "AWS_PROXY" && kind != "HTTP_PROXY" {
		h.warn(given, "Unable to create the integration of %s: HTTP APIs support only AWS_PROXY and "+
			"HTTP_PROXY integrations, not %q. Ignoring.", of, kind)
		return false
	}
	made := api.V2Integration{
		ID: id, Type: kind,
		Subtype:              given.get("integrationSubtype").string(),
		Method:               strings.ToUpper(given.get("httpMethod").string()),
		URI:                  given.get("uri").string(),
		Credentials:          given.get("credentials").string(),
		PayloadFormatVersion: h.payloadVersion(given, "payloadFormatVersion", "1.0"),
		TimeoutMillis:        h.whole(given.get("timeoutInMillis"), 30_000, 50, 30_000),
		ConnectionType:       h.choice(given.get("connectionType"), "INTERNET", "VPC_LINK"),
		ConnectionID:         given.get("connectionId").string(),
		RequestParameters:    h.stringMap(given.get("requestParameters"), of),
		ResponseParameters:   h.responseParameters(given.get("responseParameters"), of),
		PassthroughBehavior:  "WHEN_NO_MATCH",
		TLSServerName:        h.serverName(given.get("tlsConfig")),
	}
	if kind == "AWS_PROXY" && made.Subtype == "" && made.Method == "" {
		made.Method = "POST" // functions are only ever invoked so
	}
	h.checkIntegration(given, &made, of)
	h.api.Integrations[id] = made
	return true
}

func (h *httpImporter) checkIntegration(given *node, made *api.V2Integration, of string) {
	reason := ""
	switch {
	case made.Subtype != "":
		if err := made.CheckService(); err != nil {
			reason = err.Error()
		}
	case strings.HasPrefix(made.URI, "${stageVariables."):
	case made.URI == "":
		reason = "uri is required"
	case made.Type == "AWS_PROXY":
		if !strings.HasPrefix(made.URI, "arn:") {
			reason = "Invalid function ARN or invalid uri"
		}
	case made.ConnectionType == "INTERNET" && !strings.HasPrefix(made.URI, "http"):
		reason = "HttpUri must be a valid HTTP(S) URL"
	case made.Method == "":
		reason = "HttpMethod must be non-empty for integrations of type HTTP_PROXY"
	}
	if reason != "" {
		h.fail(given, "Unable to create the integration of %s: %s", of, reason)
	}
}

// payloadVersion reads "1.0" or "2.0", which YAML writers forget to quote.
func (h *httpImporter) payloadVersion(given *node, name, byDefault string) string {
	version := given.get(name)
	if version == nil {
		return byDefault
	}
	switch version.string() {
	case "1.0", "1":
		return "1.0"
	case "2.0", "2":
		return "2.0"
	}
	h.fail(version, "%s = %s, want 1.0 or 2.0", name, version.shortened())
	return byDefault
}

func (h *httpImporter) serverName(tls *node) string {
	if !h.isObject(tls) {
		return ""
	}
	h.know(tls, []string{"serverNameToVerify"},
		map[string]string{"insecureSkipVerification": restOnly})
	return tls.get("serverNameToVerify").string()
}

func (h *httpImporter) responseParameters(given *node, of string) map[string]map[string]string {
	if !h.isObject(given) || len(given.children) == 0 {
		return nil
	}
	all := map[string]map[string]string{}
	for _, entry := range given.children {
		if !statusCode.MatchString(entry.key) {
			h.fail(entry, "responseParameters of %s: %q is no status code", of, entry.key)
			continue
		}
		all[entry.key] = h.stringMap(entry, of)
	}
	return all
}

// authorizers reads the authorizers of all security schemes. One that AWS cannot create it drops,
// with the routes that want it (authorizers.md §8).
func (h *httpImporter) authorizers() {
	for _, name := range slices.Sorted(maps.Keys(h.schemes)) {
		s := h.schemes[name]
		given := h.take(s.at, extension+"authorizer")
		if !h.isObject(given) {
			continue
		}
		h.know(given, []string{
			"type", "authorizerUri", "authorizerCredentials", "identitySource", "jwtConfiguration",
			"authorizerPayloadFormatVersion", "enableSimpleResponses",
			"authorizerResultTtlInSeconds",
		}, map[string]string{"identityValidationExpression": restOnly, "providerARNs": restOnly})
		made := api.V2Authorizer{
			ID: h.id(6, "authorizer", name), Name: name,
			Type:                  strings.ToUpper(given.get("type").string()),
			IdentitySource:        h.identitySources(given.get("identitySource")),
			URI:                   given.get("authorizerUri").string(),
			Credentials:           given.get("authorizerCredentials").string(),
			PayloadFormatVersion:  h.payloadVersion(given, "authorizerPayloadFormatVersion", ""),
			EnableSimpleResponses: h.truth(given.get("enableSimpleResponses")),
			ResultTTL:             h.whole(given.get("authorizerResultTtlInSeconds"), 0, 0, 3600),
		}
		s.authorizer = "CUSTOM"
		if made.Type == "JWT" {
			s.authorizer = "JWT"
			h.readJWT(&made, s, given)
		}
		if reason := badAuthorizer(&made); reason != "" {
			h.warn(given, "Unable to create Authorizer '%s': %s. Ignoring.", name, reason)
			s.dropped = true
			continue
		}
		s.authorizerID = made.ID
		h.api.Authorizers[made.ID] = made
	}
}

// identitySources reads a list, or a string of expressions between commas.
func (h *httpImporter) identitySources(given *node) []string {
	if given == nil || given.kind == list {
		return h.texts(given)
	}
	var all []string
	for _, one := range strings.Split(given.string(), ",") {
		if one = strings.TrimSpace(one); one != "" {
			all = append(all, one)
		}
	}
	return all
}

// readJWT reads issuer and audience. Unlike AWS: the issuer of an openIdConnectUrl is what stands
// before /.well-known; the discovery document is not fetched.
func (h *httpImporter) readJWT(made *api.V2Authorizer, s *scheme, given *node) {
	configuration := given.get("jwtConfiguration")
	h.know(configuration, []string{"issuer", "audience"}, nil)
	made.Issuer = configuration.get("issuer").string()
	if audience := configuration.get("audience"); audience != nil && audience.kind != list {
		made.Audience = []string{audience.string()}
	} else {
		made.Audience = h.texts(audience)
	}
	if made.Issuer == "" {
		url := s.at.get("openIdConnectUrl").string()
		made.Issuer, _, _ = strings.Cut(url, "/.well-known/openid-configuration")
	}
	if len(made.IdentitySource) == 0 {
		made.IdentitySource = []string{"$request.header.Authorization"}
	}
}

func badAuthorizer(a *api.V2Authorizer) string {
	switch {
	case a.Type != "JWT" && a.Type != "REQUEST":
		return "type must be jwt or request"
	case a.Type == "JWT" && !strings.HasPrefix(a.Issuer, "https://") &&
		!strings.HasPrefix(a.Issuer, "http://"):
		return "Invalid issuer: " + a.Issuer + ". Issuer must be a valid URL"
	case a.Type == "JWT" && len(a.Audience) == 0:
		return "JwtConfiguration requires an audience"
	case a.Type == "JWT" && len(a.IdentitySource) > 1:
		return "a JWT authorizer has one identity source"
	case a.Type == "JWT":
		return ""
	case a.URI == "":
		return "authorizerUri is required"
	case a.PayloadFormatVersion == "":
		return "authorizerPayloadFormatVersion is required"
	case a.EnableSimpleResponses && a.PayloadFormatVersion == "1.0":
		return "enableSimpleResponses is supported only with authorizerPayloadFormatVersion 2.0"
	case a.ResultTTL > 0 && len(a.IdentitySource) == 0:
		return "an authorizer that caches needs an identitySource"
	}
	return ""
}
