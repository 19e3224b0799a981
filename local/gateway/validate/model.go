package validate

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"portico/local/gateway/api"
)

// unparsed is AWS's message for a body that is no JSON.
const unparsed = "Unknown error parsing request body"

// builtIn are the models every REST API has unless it was imported.
const (
	emptyModel = `{"title":"Empty Schema","type":"object"}`
	errorModel = `{"title":"Error Schema","type":"object","properties":{"message":{"type":"string"}}}`
)

// unchecked are formats that draft 4 does not know, so AWS lets every text pass.
var unchecked = []string{
	"date", "time", "duration", "period", "iri", "uri-reference", "iri-reference",
	"relative-json-pointer", "semver",
}

// Models are the models of one API, read at deployment. A model is compiled when a method that
// checks bodies names it, so one that nobody uses can break nothing.
type Models struct {
	prefix    string
	documents map[string]any // by name; a model that is no JSON is in broken instead
	broken    map[string]error
	compiled  map[string]*model
}

// model is a compiled model.
type model struct {
	name   string
	schema *jsonschema.Schema
	check  *check // says quickly what fits
	quick  bool   // there is such a check
}

// New reads the models of an API.
func New(apiID string, models map[string]api.Model) *Models {
	m := &Models{
		prefix:    "https://apigateway.amazonaws.com/restapis/" + apiID + "/models/",
		documents: map[string]any{}, broken: map[string]error{}, compiled: map[string]*model{},
	}
	m.read("Empty", []byte(emptyModel))
	m.read("Error", []byte(errorModel))
	for name, def := range models {
		m.read(name, def.Schema)
	}
	return m
}

func (m *Models) read(name string, schema []byte) {
	delete(m.documents, name)
	if len(bytes.TrimSpace(schema)) == 0 {
		schema = []byte(`{}`)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		m.broken[name] = fmt.Errorf("model %s: the schema is no JSON: %w", name, err)
		return
	}
	if object, ok := document.(map[string]any); ok {
		// Every model is read as draft 4, and is known by its own URL only.
		delete(object, "$schema")
		delete(object, "id")
	}
	m.documents[name] = document
}

func (m *Models) compile(name string) (*model, error) {
	if known, ok := m.compiled[name]; ok {
		return known, nil
	}
	if err, ok := m.broken[name]; ok {
		return nil, err
	}
	if _, ok := m.documents[name]; !ok {
		return nil, fmt.Errorf("the API has no model %q, it has %s", name,
			strings.Join(slices.Sorted(maps.Keys(m.documents)), ", "))
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft4)
	compiler.UseLoader(m)
	compiler.UseRegexpEngine(pattern)
	for _, format := range unchecked {
		compiler.RegisterFormat(&jsonschema.Format{
			Name: format, Validate: func(any) error { return nil },
		})
	}
	schema, err := compiler.Compile(m.prefix + name)
	if err != nil {
		return nil, fmt.Errorf("model %s is no JSON schema (draft 4) that is served: %w", name, err)
	}
	built := &model{name: name, schema: schema}
	built.check, built.quick = compileCheck(schema)
	m.compiled[name] = built
	return built, nil
}

var _ jsonschema.URLLoader = (*Models)(nil)

// Load returns the model behind a $ref. Only models of the same API can be referred to; nothing is
// fetched.
func (m *Models) Load(url string) (any, error) {
	name, ours := strings.CutPrefix(url, m.prefix)
	document, ok := m.documents[name]
	if !ours || !ok {
		return nil, fmt.Errorf("no such model, allowed are #/… and %sNAME with one of %s", m.prefix,
			strings.Join(slices.Sorted(maps.Keys(m.documents)), ", "))
	}
	return document, nil
}

// hold reads a body and holds it against the model. An empty body counts as {}. Bodies that fit are
// told by a quick check; what it refuses or cannot tell, the schema itself is asked.
func (m *model) hold(body []byte) error {
	text := string(body)
	if text == "" {
		text = `{}`
	}
	if m.quick {
		if ok, sure := fits(m.check, text); ok && sure {
			return nil
		}
	}
	return m.explain(text)
}

// explain holds a body against the schema. The error says what is wrong in AWS's words.
func (m *model) explain(body string) error {
	unreadable := &BodyError{Model: m.name, Messages: []string{unparsed}}
	if hasEndlessNumber(body) {
		return unreadable
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return unreadable
	}
	err = m.schema.Validate(value)
	if err == nil {
		return nil
	}
	r := &report{}
	r.check(m.schema, value)
	if len(r.messages) == 0 { // refused for a reason that AWS's validator has no words for
		r.messages = []string{strings.ReplaceAll(err.Error(), "\n", " ")}
	}
	return &BodyError{Model: m.name, Messages: r.messages}
}
