package export

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// paths writes the resources. The root, and resources that stand above others, are left out when
// they have no methods: the paths below say that they are there.
func (w *restWriter) paths() (object, error) {
	resources := slices.Clone(w.api.Resources)
	slices.SortFunc(resources, func(a, b api.Resource) int { return strings.Compare(a.Path, b.Path) })
	paths := object{}
	for i := range resources {
		at := &resources[i]
		if len(at.Methods) == 0 && (at.Path == "/" || hasBelow(resources, at.Path)) {
			continue
		}
		item := object{}
		for _, verb := range sortedKeys(at.Methods) {
			method := at.Methods[verb]
			operation, err := w.operation(&method, at)
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", verb, at.Path, err)
			}
			item.put(verbKey(verb), operation)
		}
		paths.put(at.Path, item)
	}
	return paths, nil
}

func hasBelow(all []api.Resource, path string) bool {
	return slices.ContainsFunc(all, func(r api.Resource) bool {
		return strings.HasPrefix(r.Path, path+"/")
	})
}

func verbKey(verb string) string {
	if verb == "ANY" {
		return prefix + "any-method"
	}
	return strings.ToLower(verb)
}

func (w *restWriter) operation(m *api.Method, at *api.Resource) (object, error) {
	var made object
	made.putText("operationId", m.OperationName)
	if w.swagger {
		made.putTexts("consumes", contentTypes(m.RequestModels, m.Integration.RequestTemplates))
		made.putTexts("produces", produced(m))
	}
	if err := w.request(&made, m); err != nil {
		return nil, err
	}
	responses, err := w.responses(m)
	if err != nil {
		return nil, err
	}
	made.put("responses", responses)
	security, err := w.schemes.of(m)
	if err != nil {
		return nil, err
	}
	if security != nil {
		made.put("security", security)
	}
	if w.options.Extensions.Validators && m.RequestValidatorID != "" {
		name, ok := w.names[m.RequestValidatorID]
		if !ok {
			return nil, fmt.Errorf("it names the request validator %q, which the API does not have",
				m.RequestValidatorID)
		}
		made.put(prefix+"request-validator", name)
	}
	if w.options.Extensions.Integrations && m.Integration.Type != "" {
		made.put(prefix+"integration", integration(&m.Integration, at.ID))
	}
	return made, nil
}

// contentTypes returns the keys of both, each once.
func contentTypes(all ...map[string]string) []string {
	var found []string
	for _, types := range all {
		for _, name := range sortedKeys(types) {
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	return found
}

func produced(m *api.Method) []string {
	var all []map[string]string
	for _, status := range sortedKeys(m.Responses) {
		all = append(all, m.Responses[status].Models)
	}
	for i := range m.Integration.Responses {
		all = append(all, m.Integration.Responses[i].Templates)
	}
	return contentTypes(all...)
}

// request writes the parameters and the body.
func (w *restWriter) request(into *object, m *api.Method) error {
	var parameters []any
	for _, key := range sortedKeys(m.RequestParameters) {
		parameter, err := w.parameter(key, m.RequestParameters[key])
		if err != nil {
			return err
		}
		parameters = append(parameters, parameter)
	}
	var content object
	for _, contentType := range sortedKeys(m.RequestModels) {
		model, err := w.schemas.reference(m.RequestModels[contentType])
		if err != nil {
			return err
		}
		content.put(contentType, object{{"schema", model}})
	}
	if name := preferred(m.RequestModels); w.swagger && name != "" {
		parameters = append(parameters, object{
			{"in", "body"},
			{"name", name},
			{"required", true},
			{"schema", object{{"$ref", w.schemas.at + name}}},
		})
	}
	if len(parameters) > 0 {
		into.put("parameters", parameters)
	}
	if !w.swagger && len(content) > 0 {
		into.put("requestBody", object{{"content", content}, {"required", true}})
	}
	return nil
}

// preferred returns the model that stands for all in OpenAPI 2.0.
func preferred(models map[string]string) string {
	if name, ok := models["application/json"]; ok {
		return name
	}
	for _, contentType := range sortedKeys(models) {
		return models[contentType]
	}
	return ""
}

func (w *restWriter) parameter(key string, required bool) (object, error) {
	place, name, ok := strings.Cut(strings.TrimPrefix(key, "method.request."), ".")
	in := map[string]string{"path": "path", "querystring": "query", "header": "header"}[place]
	if !ok || in == "" {
		return nil, fmt.Errorf("the request parameter %q has no place in a document, want "+
			"method.request.{path, querystring or header}.NAME", key)
	}
	made := object{{"name", name}, {"in", in}}
	if w.swagger {
		made.put("required", required)
		made.put("type", "string")
		return made, nil
	}
	if required {
		made.put("required", true)
	}
	made.put("schema", object{{"type", "string"}})
	return made, nil
}

func (w *restWriter) responses(m *api.Method) (object, error) {
	all := object{}
	for _, status := range sortedKeys(m.Responses) {
		response := m.Responses[status]
		made := object{{"description", status + " response"}}
		var headers, content object
		for _, key := range sortedKeys(response.Parameters) {
			header := object{{"type", "string"}}
			if !w.swagger {
				header = object{{"schema", header}}
			}
			headers.put(strings.TrimPrefix(key, "method.response.header."), header)
		}
		for _, contentType := range sortedKeys(response.Models) {
			model, err := w.schemas.reference(response.Models[contentType])
			if err != nil {
				return nil, err
			}
			content.put(contentType, object{{"schema", model}})
		}
		name := preferred(response.Models)
		switch {
		case !w.swagger:
			made.putObject("headers", headers)
			made.put("content", content)
		case name != "":
			made.put("schema", object{{"$ref", w.schemas.at + name}})
			fallthrough
		default:
			made.putObject("headers", headers)
		}
		all.put(status, made)
	}
	return all, nil
}
