package apigateway

import (
	"encoding/json"
	"strings"

	"portico/local/control/model"
	"portico/local/control/sample"
)

const noSchema = "Model schema must have at least 1 property or array items defined"

// addDefaultModels gives an API the two models that every new one has, and no imported one.
func addDefaultModels(a *restAPI) {
	const draft = "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n"
	a.Models["Empty"] = model.Object{
		"id": newID(6, a.Models), "name": "Empty", "contentType": "application/json",
		"description": "This is a default empty schema model",
		"schema":      draft + "  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}",
	}
	a.Models["Error"] = model.Object{
		"id": newID(6, a.Models), "name": "Error", "contentType": "application/json",
		"description": "This is a default error schema model",
		"schema": draft + "  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n" +
			"  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}",
	}
}

func unknownModel(name string) error {
	return model.NotFound("Invalid model name specified: %s", name)
}

// model returns the model that a call names. That the API is unknown is said in the same words.
func (c *call) model() (model.Object, error) {
	name := c.in.Text("modelName")
	a, err := c.api()
	if err != nil || a.Models[name] == nil {
		return nil, unknownModel(name)
	}
	return a.Models[name], nil
}

// getModel gives the schema as it was written: no reference of ours is in it that would need
// flattening. Unlike AWS: with flatten, references stay.
func getModel(c *call) (model.Object, error) { return c.model() }

func getModels(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return c.page(a.Models, byID)
}

func createModel(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	name := c.in.Text("name")
	if name == "" {
		return nil, model.BadRequest("Model name must be non-empty")
	}
	if strings.ContainsFunc(name, func(r rune) bool { return !isAlphanumeric(r) }) {
		return nil, model.BadRequest("Model name must be alphanumeric: %s", name)
	}
	if a.Models[name] != nil {
		return nil, model.Conflict("Model name already exists for this REST API")
	}
	if err := checkSchema(c.in.Text("schema"), c.in.Text("contentType")); err != nil {
		return nil, err
	}
	made := model.Object{"id": newID(6, a.Models), "name": name}
	made.Take(c.in, "schema", "contentType")
	if c.in.Text("description") != "" {
		made.Take(c.in, "description")
	}
	a.Models[name] = made
	return made, nil
}

// checkSchema wants a schema, and JSON where the content type is JSON.
func checkSchema(schema, contentType string) error {
	if strings.TrimSpace(schema) == "" {
		return model.BadRequest(noSchema)
	}
	if !strings.Contains(contentType, "json") {
		return nil
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(schema), &tree); err != nil {
		return model.BadRequest("Invalid model specified: Validation Result: warnings : [], errors : "+
			"[Invalid model schema specified: %s]", err)
	}
	return nil
}

func updateModel(c *call) (model.Object, error) {
	if _, err := c.model(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	own := a.Models[c.in.Text("modelName")].Clone()
	for _, p := range c.patches() {
		if err := p.oneOf("/description", "/schema"); err != nil {
			return nil, err
		}
		if p.path == "/schema" {
			if err := checkSchema(p.text(), own.Text("contentType")); err != nil {
				return nil, err
			}
		}
		setText(own, p.path[1:], p)
	}
	a.Models[own.Text("name")] = own
	return own, nil
}

func deleteModel(c *call) (model.Object, error) {
	if _, err := c.model(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	name := c.in.Text("modelName")
	for _, id := range sortedKeys(a.Resources) {
		resource := a.Resources[id]
		methods := resource.Object("resourceMethods")
		for _, verb := range methods.Keys() {
			if used := modelUse(methods.Object(verb), name); used != "" {
				return nil, model.Conflict("Cannot delete model '%s', is referenced in %s: %s/%s", name,
					used, resource.Text("path"), verb)
			}
		}
	}
	delete(a.Models, name)
	return nil, nil
}

// modelUse says where a method refers to a model, "" for nowhere.
func modelUse(method model.Object, name string) string {
	refers := func(to model.Object) bool {
		for key := range to {
			if to.Text(key) == name {
				return true
			}
		}
		return false
	}
	if refers(method.Object("requestModels")) {
		return "method request"
	}
	responses := method.Object("methodResponses")
	for status := range responses {
		if refers(responses.Object(status).Object("responseModels")) {
			return "method response"
		}
	}
	return ""
}

// getModelTemplate returns a mapping template that copies what a model describes.
func getModelTemplate(c *call) (model.Object, error) {
	found, err := c.model()
	if err != nil {
		return nil, err
	}
	return model.Object{"value": sample.Template(found.Text("schema"))}, nil
}
