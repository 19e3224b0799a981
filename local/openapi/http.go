package openapi

import (
	"strings"

	"portico/local/gateway/api"
)

// httpImporter reads a document for an HTTP API.
type httpImporter struct {
	*importer
	schemes map[string]*scheme
	api     api.HTTP
	routes  map[string]bool // by key
}

// HTTP imports the document over an HTTP API: base holds its id, account, stages and settings. What
// the document describes replaces what is there. The error is an *Error.
func (d *Document) HTTP(base api.HTTP, o Options) (*Imported[api.HTTP], error) {
	i := d.importer(base.ID, base.Account, o)
	if d.swagger {
		i.fail(i.root.get("swagger"), "%s HTTP APIs support only OpenAPI 3.0.", invalidInput)
		return nil, i.err()
	}
	h := &httpImporter{importer: i, schemes: i.schemes(), api: base, routes: map[string]bool{}}
	h.api.Routes = nil
	h.api.Integrations = map[string]api.V2Integration{}
	h.api.Authorizers = map[string]api.V2Authorizer{}
	h.top(d.Title())
	h.authorizers()
	h.sharedIntegrations()
	for _, o := range i.operations(func(*node, string) bool { return true }) {
		h.route(o)
	}
	i.unread()
	if err := i.err(); err != nil {
		return nil, err
	}
	return &Imported[api.HTTP]{API: h.api, Warnings: i.warnings, Findings: i.findings}, nil
}

// top reads what is said of the API itself.
func (h *httpImporter) top(title string) {
	if title != "" {
		h.api.Name = title
	}
	version := h.take(h.root, extension+"importexport-version")
	if version != nil && version.string() != "1.0" {
		h.fail(version, "%s = %s, want 1.0", version.key, version.shortened())
	}
	if disable := h.endpoint(); disable != nil {
		h.api.DisableExecuteAPIEndpoint = *disable
	}
	if cors := h.take(h.root, extension+"cors"); cors != nil {
		h.api.CORS = h.cors(cors)
	}
}

func (h *httpImporter) cors(given *node) *api.CORS {
	if given.kind != object {
		h.warn(given, "CORS Scheme is malformed. Ignoring.")
		return nil
	}
	h.know(given, []string{
		"allowOrigins", "allowCredentials", "exposeHeaders", "maxAge", "allowMethods",
		"allowHeaders",
	}, nil)
	c := &api.CORS{
		AllowCredentials: h.truth(given.get("allowCredentials")),
		AllowHeaders:     h.texts(given.get("allowHeaders")),
		AllowMethods:     h.texts(given.get("allowMethods")),
		AllowOrigins:     h.texts(given.get("allowOrigins")),
		ExposeHeaders:    h.texts(given.get("exposeHeaders")),
	}
	if age := given.get("maxAge"); age != nil {
		seconds := h.whole(age, 0, -1, 86_400)
		c.MaxAge = &seconds
	}
	return c
}

// route makes the route of an operation.
func (h *httpImporter) route(o operation) {
	who := h.access(o.at, h.schemes)
	if who.dropped {
		h.warn(o.at, "Unable to create route '%s %s': its authorizer was not created. Ignoring.",
			o.verb, o.path)
		return
	}
	key := h.routeKey(o)
	if h.routes[key] {
		h.fail(o.at, "Unable to create route '%s': Route with key %s already exists for this API",
			key, key)
		return
	}
	h.routes[key] = true
	h.missingModels(o)
	h.api.Routes = append(h.api.Routes, api.Route{
		ID: h.id(7, "route", key), Key: key,
		AuthorizationType:   who.authorization,
		AuthorizerID:        who.authorizerID,
		AuthorizationScopes: who.scopes,
		OperationName:       o.at.get("operationId").string(),
		IntegrationID:       h.integration(o, key),
	})
}

// routeKey is "$default" for the path /$default, or for the method that says it is the default.
func (h *httpImporter) routeKey(o operation) string {
	marked := o.at.raw("isDefaultRoute")
	if o.declared == "/$default" || marked != nil && h.truth(marked) {
		return "$default"
	}
	parts := strings.Split(o.path, "/")
	for at, part := range parts {
		if strings.HasSuffix(part, "+}") && at < len(parts)-1 {
			h.fail(o.at, "Unable to create route '%s %s': a greedy path variable can only stand at "+
				"the end", o.verb, o.path)
		}
	}
	return o.verb + " " + o.path
}

// missingModels warns of references to schemas that the document does not have; HTTP APIs have no
// models, yet the importer looks for them.
func (h *httpImporter) missingModels(o operation) {
	verb := strings.ToLower(o.verb)
	for _, response := range o.at.get("responses").entries() {
		for _, content := range response.get("content").entries() {
			ref := content.get("schema").get("$ref")
			if ref == nil || !strings.HasPrefix(ref.string(), "#/components/schemas/") {
				continue
			}
			name := strings.TrimPrefix(ref.string(), "#/components/schemas/")
			if h.root.get("components").get("schemas").get(name) == nil {
				h.warn(ref, "Parse issue: attribute paths.'%s'(%s).responses.%s.content.schema.%s is "+
					"missing", o.declared, verb, response.key, ref.string())
			}
		}
	}
}
