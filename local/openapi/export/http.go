package export

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
)

// httpWriter writes one HTTP API.
type httpWriter struct {
	api     api.HTTP
	options Options
	schemes map[string]string // names of authorizers by id
	used    map[string]int    // how many routes an integration has
	names   map[string]string // of the integrations that stand by themselves, by id
}

// HTTP writes an HTTP API, as OpenAPI 3.0 whatever the format: AWS has no other. An error names what
// no document can say.
func HTTP(definition api.HTTP, o Options) ([]byte, error) {
	w := &httpWriter{
		api: definition, options: o, schemes: map[string]string{}, used: map[string]int{},
		names: map[string]string{},
	}
	document, err := w.document()
	if err != nil {
		return nil, fmt.Errorf("HTTP API %s: %w", definition.Name, err)
	}
	return o.print(document), nil
}

func (w *httpWriter) document() (object, error) {
	o := w.options
	info := object{{"title", w.api.Name}}
	info.putText("description", o.Description)
	info.put("version", o.Version)
	document := object{{"openapi", "3.0.1"}, {"info", info}}
	if servers := o.servers(w.api.ID, w.api.Account); servers != nil {
		document.put("servers", servers)
	}
	securitySchemes, err := w.securitySchemes()
	if err != nil {
		return nil, err
	}
	w.nameIntegrations()
	paths, err := w.paths()
	if err != nil {
		return nil, err
	}
	document.put("paths", paths)
	components := object{}
	components.putObject("securitySchemes", securitySchemes)
	if o.Extensions.Integrations {
		components.putObject(prefix+"integrations", w.shared())
	}
	document.putObject("components", components)
	if !o.Extensions.API {
		return document, nil
	}
	if cors := w.api.CORS; cors != nil {
		document.put(prefix+"cors", corsOf(cors))
	}
	if w.api.DisableExecuteAPIEndpoint {
		document.put(prefix+"endpoint-configuration", object{{"disableExecuteApiEndpoint", true}})
	}
	document.put(prefix+"importexport-version", "1.0")
	return document, nil
}

func corsOf(cors *api.CORS) object {
	made := object{}
	made.putTexts("allowMethods", cors.AllowMethods)
	made.putTexts("allowHeaders", cors.AllowHeaders)
	made.putTexts("exposeHeaders", cors.ExposeHeaders)
	if cors.MaxAge != nil {
		made.put("maxAge", *cors.MaxAge)
	}
	if cors.AllowCredentials {
		made.put("allowCredentials", true)
	}
	made.putTexts("allowOrigins", cors.AllowOrigins)
	return made
}

// nameIntegrations numbers the integrations that have several routes, or none: by their first route,
// so that ids do not matter.
func (w *httpWriter) nameIntegrations() {
	ids := sortedKeys(w.api.Integrations)
	for i := range slices.Backward(w.api.Routes) {
		id := w.api.Routes[i].IntegrationID
		w.used[id]++
		ids = append([]string{id}, slices.DeleteFunc(ids, func(other string) bool { return other == id })...)
	}
	for _, id := range ids {
		if w.used[id] != 1 && id != "" {
			w.names[id] = "integration" + strconv.Itoa(len(w.names)+1)
		}
	}
}

// paths writes the routes, those of one path together, in the order of the first of each.
func (w *httpWriter) paths() (object, error) {
	var order []string
	items := map[string]object{}
	for i := range w.api.Routes {
		route := &w.api.Routes[i]
		verb, path, ok := strings.Cut(route.Key, " ")
		if !ok {
			verb, path = "ANY", "/"+route.Key // $default
		}
		operation, err := w.operation(route)
		if err != nil {
			return nil, fmt.Errorf("route %s: %w", route.Key, err)
		}
		if items[path] == nil {
			order = append(order, path)
		}
		item := items[path]
		item.put(verbKey(verb), operation)
		items[path] = item
	}
	paths := object{}
	for _, path := range order {
		paths.put(path, items[path])
	}
	return paths, nil
}

func (w *httpWriter) operation(route *api.Route) (object, error) {
	var made object
	made.putText("operationId", route.OperationName)
	made.put("responses", object{
		{"default", object{{"description", "Default response for " + route.Key}}},
	})
	switch route.AuthorizationType {
	case "JWT", "CUSTOM":
		name, ok := w.schemes[route.AuthorizerID]
		if !ok {
			return nil, fmt.Errorf("it names the authorizer %q, which the API does not have",
				route.AuthorizerID)
		}
		made.put("security", []any{object{{name, texts(route.AuthorizationScopes)}}})
	case "AWS_IAM":
		made.put(prefix+"auth", object{{"type", "AWS_IAM"}})
	}
	if route.Key == "$default" {
		made.put("isDefaultRoute", true)
	}
	if !w.options.Extensions.Integrations || route.IntegrationID == "" {
		return made, nil
	}
	integration, ok := w.api.Integrations[route.IntegrationID]
	switch {
	case !ok:
		return nil, fmt.Errorf("it names the integration %q, which the API does not have",
			route.IntegrationID)
	case w.used[route.IntegrationID] > 1:
		made.put(prefix+"integration", object{
			{"$ref", "#/components/" + prefix + "integrations/" + w.names[route.IntegrationID]},
		})
	default:
		made.put(prefix+"integration", v2Integration(&integration))
	}
	return made, nil
}

// shared writes the integrations that have several routes, or none.
func (w *httpWriter) shared() object {
	var all object
	for _, id := range sortedKeys(w.names) {
		if integration, ok := w.api.Integrations[id]; ok {
			all.put(w.names[id], v2Integration(&integration))
		}
	}
	slices.SortFunc(all, func(a, b member) int { return cmp.Compare(a.key, b.key) })
	return all
}

func v2Integration(def *api.V2Integration) object {
	var made object
	made.putText("payloadFormatVersion", def.PayloadFormatVersion)
	made.putText("integrationSubtype", def.Subtype)
	made.putText("credentials", def.Credentials)
	made.put("type", strings.ToLower(def.Type))
	made.putText("httpMethod", def.Method)
	made.putText("uri", def.URI)
	made.putMap("requestParameters", def.RequestParameters)
	var responses object
	for _, status := range sortedKeys(def.ResponseParameters) {
		responses.putMap(status, def.ResponseParameters[status])
	}
	made.putObject("responseParameters", responses)
	made.put("connectionType", cmp.Or(def.ConnectionType, "INTERNET"))
	made.putText("connectionId", def.ConnectionID)
	if def.TLSServerName != "" {
		made.put("tlsConfig", object{{"serverNameToVerify", def.TLSServerName}})
	}
	if def.TimeoutMillis != 0 {
		made.put("timeoutInMillis", def.TimeoutMillis)
	}
	return made
}

// securitySchemes writes the authorizers, those that no route names too.
func (w *httpWriter) securitySchemes() (object, error) {
	var all object
	taken := map[string]bool{}
	for _, id := range sortedKeys(w.api.Authorizers) {
		authorizer := w.api.Authorizers[id]
		name := cmp.Or(authorizer.Name, id)
		if taken[name] {
			return nil, fmt.Errorf("two authorizers are called %q: a document has one of each name", name)
		}
		taken[name], w.schemes[id] = true, name
		all.put(name, v2Scheme(&authorizer, w.options.Extensions.Authorizers))
	}
	return all, nil
}

func v2Scheme(a *api.V2Authorizer, extensions bool) object {
	made := object{{"type", "oauth2"}}
	if a.Type != "JWT" {
		in, name := "header", "Unused"
		if len(a.IdentitySource) == 1 {
			if header, ok := strings.CutPrefix(a.IdentitySource[0], "$request.header."); ok {
				name = header
			}
		}
		made = apiKeyScheme(name, in)
	}
	if !extensions {
		return made
	}
	var own object
	if len(a.IdentitySource) > 0 {
		own.put("identitySource", strings.Join(a.IdentitySource, ","))
	}
	if a.Type == "JWT" {
		configuration := object{}
		configuration.putTexts("audience", a.Audience)
		configuration.putText("issuer", a.Issuer)
		own.put("jwtConfiguration", configuration)
	}
	own.putText("authorizerUri", a.URI)
	own.putText("authorizerCredentials", a.Credentials)
	own.putText("authorizerPayloadFormatVersion", a.PayloadFormatVersion)
	if a.ResultTTL != 0 {
		own.put("authorizerResultTtlInSeconds", a.ResultTTL)
	}
	if a.EnableSimpleResponses {
		own.put("enableSimpleResponses", true)
	}
	own.put("type", strings.ToLower(a.Type))
	made.put(prefix+"authorizer", own)
	return made
}
