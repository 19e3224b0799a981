package export

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
)

// schemas are the models that a document holds.
type schemas struct {
	models map[string]api.Model
	apiID  string
	at     string // what a reference to one begins with
	found  map[string]object
}

// builtIn are the models that every REST API is created with; a template that refers to them need
// not describe them.
func builtIn(name string) (api.Model, bool) {
	schema := map[string]string{
		"Empty": `{"title":"Empty Schema","type":"object"}`,
		"Error": `{"title":"Error Schema","type":"object","properties":{"message":{"type":"string"}}}`,
	}[name]
	return api.Model{Name: name, Schema: []byte(schema)}, schema != ""
}

// reference returns what refers to a model, and puts the model into the document.
func (s *schemas) reference(name string) (object, error) {
	if err := s.add(name); err != nil {
		return nil, err
	}
	return object{{"$ref", s.at + name}}, nil
}

func (s *schemas) add(name string) error {
	if _, known := s.found[name]; known {
		return nil
	}
	model, ok := s.models[name]
	if !ok {
		if model, ok = builtIn(name); !ok {
			return fmt.Errorf("a method refers to the model %q, which the API does not have", name)
		}
	}
	s.found[name] = object{} // it may refer to itself
	tree, err := parse(model.Schema)
	if err != nil {
		return fmt.Errorf("the schema of model %s is no JSON: %w", name, err)
	}
	schema, ok := tree.(object)
	if !ok {
		return fmt.Errorf("the schema of model %s is no object", name)
	}
	translated, err := s.translate(schema, name, false)
	if err != nil {
		return err
	}
	s.found[name], _ = translated.(object)
	return nil
}

// translate writes the references of a schema as those of a document. names says that the keys of
// an object are names of properties, not keywords.
func (s *schemas) translate(value any, model string, names bool) (any, error) {
	switch value := value.(type) {
	case object:
		made := object{}
		for _, one := range value {
			if !names && one.key == "$schema" { // OpenAPI has no such keyword, and AWS drops it
				continue
			}
			own, err := s.keyword(one, model, names)
			if err != nil {
				return nil, err
			}
			made.put(one.key, own)
		}
		return made, nil
	case []any:
		made := make([]any, 0, len(value))
		for _, item := range value {
			own, err := s.translate(item, model, false)
			if err != nil {
				return nil, err
			}
			made = append(made, own)
		}
		return made, nil
	}
	return value, nil
}

func (s *schemas) keyword(one member, model string, names bool) (any, error) {
	if names {
		return s.translate(one.value, model, false)
	}
	switch one.key {
	case "$ref":
		if text, ok := one.value.(string); ok {
			return s.referred(text, model)
		}
	case "enum", "default", "example":
		return one.value, nil // data
	case "properties", "patternProperties", "definitions":
		return s.translate(one.value, model, true)
	}
	return s.translate(one.value, model, false)
}

// referred translates a reference to another model, or to a part of this one.
func (s *schemas) referred(text, model string) (string, error) {
	if inside, ok := strings.CutPrefix(text, "#"); ok {
		return s.at + model + inside, nil
	}
	const url = "https://apigateway.amazonaws.com/restapis/"
	rest, ok := strings.CutPrefix(text, url)
	_, name, isModel := strings.Cut(rest, "/models/")
	if !ok || !isModel {
		return "", fmt.Errorf("the schema of model %s refers to %q, want a model of the same API: "+
			"%s%s/models/NAME", model, text, url, s.apiID)
	}
	name, inside, _ := strings.Cut(name, "#")
	if err := s.add(name); err != nil {
		return "", fmt.Errorf("the schema of model %s: %w", model, err)
	}
	return s.at + name + inside, nil
}

// all returns the models that were referred to.
func (s *schemas) all() object {
	var all object
	for _, name := range sortedKeys(s.found) {
		all.put(name, s.found[name])
	}
	return all
}
