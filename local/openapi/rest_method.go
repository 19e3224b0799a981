package openapi

import (
	"regexp"
	"strings"

	"portico/local/gateway/api"
)

// paths reads the resources and methods.
func (r *restImporter) paths() {
	r.resource(nil, r.basePath)
	operations := r.operations(func(at *node, path string) bool {
		return r.resource(at, r.basePath+path) != nil
	})
	for _, o := range operations {
		at := r.resource(o.at, o.path)
		if at == nil {
			continue
		}
		if _, twice := at.Methods[o.verb]; twice {
			r.fail(o.at, "Unable to put method '%s' on resource at path '%s': the resource has this "+
				"method already", o.verb, at.Path)
			continue
		}
		if at.Methods == nil {
			at.Methods = map[string]api.Method{}
		}
		at.Methods[o.verb] = r.method(o, at)
	}
}

// pathPart is what AWS takes as one segment of a path.
var pathPart = regexp.MustCompile(`^([A-Za-z0-9._:,-]+|\{[A-Za-z0-9._:-]+\+?\})$`)

// resource returns the resource of a path, and makes it and those above it; nil when AWS has no
// such resource.
func (r *restImporter) resource(at *node, path string) *api.Resource {
	path = cleaned(path)
	if path == "" {
		if r.resources["/"] == nil {
			r.resources["/"] = &api.Resource{ID: r.rootID, Path: "/"}
		}
		return r.resources["/"]
	}
	if known := r.resources[path]; known != nil {
		return known
	}
	above, part := path[:strings.LastIndexByte(path, '/')], path[strings.LastIndexByte(path, '/')+1:]
	parent := r.resource(at, above)
	if parent == nil {
		return nil
	}
	if reason := r.badResource(above, part); reason != "" {
		r.fail(at, "Unable to create resource at path '%s': %s", path, reason)
		return nil
	}
	made := &api.Resource{ID: r.id(6, "resource", path), Path: path}
	r.resources[path] = made
	return made
}

// badResource says why AWS does not create a resource (control-plane.md §3).
func (r *restImporter) badResource(above, part string) string {
	if !pathPart.MatchString(part) {
		return "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and " +
			"curly braces at the beginning and the end: " + part + "."
	}
	if strings.HasSuffix(above, "+}") {
		return "Cannot create a child of a resource with a greedy path variable: " +
			above[strings.LastIndexByte(above, '/')+1:]
	}
	if !strings.HasPrefix(part, "{") {
		return ""
	}
	for path := range r.resources {
		last := strings.LastIndexByte(path, '/')
		if path[:last] == above && strings.HasPrefix(path[last+1:], "{") {
			return "A sibling (" + path[last+1:] + ") of this resource already has a variable path " +
				"part -- only one is allowed"
		}
	}
	return ""
}

// method reads an operation.
func (r *restImporter) method(o operation, at *api.Resource) api.Method {
	who := r.access(o.at, r.schemes)
	m := api.Method{
		AuthorizationType:   who.authorization,
		AuthorizerID:        who.authorizerID,
		AuthorizationScopes: who.scopes,
		APIKeyRequired:      who.keyRequired,
		OperationName:       o.at.get("operationId").string(),
		RequestParameters:   r.requestParameters(o, at.Path),
		RequestModels:       r.requestModels(o),
		RequestValidatorID:  r.validator(o.at),
		Responses:           r.methodResponses(o),
	}
	given := o.at.raw(extension + "integration")
	if given == nil {
		r.unfinished = append(r.unfinished, o.at.warning(
			"Unable to deploy method '"+o.verb+"' of resource '"+at.Path+"': "+noIntegration))
		return m
	}
	r.take(o.at, extension+"integration")
	if given.kind != object {
		r.fail(given, "Unable to parse API definition because of a malformed integration at path %s.",
			at.Path)
		return m
	}
	m.Integration = r.integration(given, o, at)
	mappings{restImporter: r, given: given, verb: o.verb, path: at.Path, method: &m}.check()
	return m
}

// requestParameters are the parameters that the method knows. Those of the path are always
// required, also when the document does not declare them.
func (r *restImporter) requestParameters(o operation, path string) map[string]bool {
	all := map[string]bool{}
	places := map[string]string{"path": "path", "query": "querystring", "header": "header"}
	taken := map[string]string{}
	for _, name := range pathParameters(path) {
		all["method.request.path."+name], taken[name] = true, "path"
	}
	for _, parameter := range r.parameters(o) {
		in, name := parameter.get("in").string(), parameter.get("name").string()
		place, ok := places[in]
		if !ok {
			if in != "body" {
				r.ignored(parameter, "AWS takes no notice of parameters in "+in)
			}
			continue
		}
		if other, twice := taken[name]; twice && other != in {
			r.fail(parameter, "Unable to put method '%s' on resource at path '%s': Parameter names "+
				"must be unique across querystring, header and path", o.verb, path)
		}
		taken[name] = in
		required := r.truth(parameter.get("required")) || in == "path"
		key := "method.request." + place + "." + name
		r.declares(parameter, key, name, o)
		all[key] = required
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// requestModels are the models of the body: of the parameter in body in OpenAPI 2.0, of requestBody
// in 3.0.
func (r *restImporter) requestModels(o operation) map[string]string {
	all := map[string]string{}
	if !r.swagger {
		body := r.resolve(o.at.get("requestBody"))
		r.contentModels(all, body)
		r.contentTypes(body.get("content"), unableMethod, o)
		return orNil(all)
	}
	for _, parameter := range r.parameters(o) {
		if parameter.get("in").string() != "body" {
			continue
		}
		if name, ok := r.model(parameter.get("schema")); ok {
			for _, contentType := range r.mediaTypes(o.at, "consumes") {
				all[contentType] = name
			}
		}
	}
	return orNil(all)
}

// contentModels reads content of OpenAPI 3.0: a schema by media type.
func (r *restImporter) contentModels(into map[string]string, body *node) {
	for _, entry := range body.get("content").entries() {
		if name, ok := r.model(entry.get("schema")); ok {
			into[entry.key] = name
		}
	}
}

// mediaTypes returns what an OpenAPI 2.0 operation consumes or produces.
func (r *restImporter) mediaTypes(operation *node, what string) []string {
	for _, place := range []*node{operation, r.root} {
		if types := r.texts(place.get(what)); len(types) > 0 {
			return types
		}
	}
	return []string{"application/json"}
}

// statusCode is what AWS takes as the status of a method response.
var statusCode = regexp.MustCompile(`^[1-5][0-9][0-9]$`)

func (r *restImporter) methodResponses(o operation) map[string]api.MethodResponse {
	all := map[string]api.MethodResponse{}
	for _, entry := range o.at.get("responses").entries() {
		if strings.HasPrefix(entry.key, "x-") {
			continue
		}
		if entry.key == "default" {
			r.ignored(entry, "a method of a REST API has no default response; AWS drops it")
			continue
		}
		if !statusCode.MatchString(entry.key) {
			r.warn(entry, "Invalid method response status code specified: %s. Ignoring.", entry.key)
			continue
		}
		response := r.resolve(entry)
		made := api.MethodResponse{}
		for _, header := range response.get("headers").entries() {
			if made.Parameters == nil {
				made.Parameters = map[string]bool{}
			}
			made.Parameters[r.responseHeader(header, o)] = false
		}
		made.Models = r.responseModels(o, response)
		all[entry.key] = made
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

func (r *restImporter) responseModels(o operation, response *node) map[string]string {
	all := map[string]string{}
	if !r.swagger {
		r.contentModels(all, response)
		return orNil(all)
	}
	if name, ok := r.model(response.get("schema")); ok {
		for _, contentType := range r.mediaTypes(o.at, "produces") {
			all[contentType] = name
		}
	}
	return orNil(all)
}

func orNil(all map[string]string) map[string]string {
	if len(all) == 0 {
		return nil
	}
	return all
}
