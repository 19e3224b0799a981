package restapi

import (
	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

// template is a compiled mapping template.
type template interface {
	// render makes a body from the call and the body at hand; what the template overrides is kept
	// in the call.
	render(c *call, body []byte) ([]byte, error)
}

// compileTemplate compiles a mapping template. One that cannot be read refuses every call.
func compileTemplate(text string) template {
	compiled, err := mapping.Compile(text)
	if err != nil {
		return unrenderable(err.Error())
	}
	return (*velocity)(compiled)
}

func compileTemplates(texts map[string]string) map[string]template {
	templates := make(map[string]template, len(texts))
	for contentType, text := range texts {
		templates[contentType] = compileTemplate(text)
	}
	return templates
}

// velocity is a template in the Velocity language.
type velocity mapping.Template

func (t *velocity) render(c *call, body []byte) ([]byte, error) {
	made, err := (*mapping.Template)(t).Render(c.mappingInput(body))
	if err != nil {
		return nil, badConfiguration(err.Error())
	}
	c.overrides = made.Overrides
	return []byte(made.Text), nil
}

// unrenderable is a template that cannot be rendered, and why.
type unrenderable string

func (t unrenderable) render(*call, []byte) ([]byte, error) {
	return nil, badConfiguration(string(t))
}

// mappingInput returns the call as templates see it. Overrides of the request template are among
// what the response template sees.
func (c *call) mappingInput(body []byte) mapping.Input {
	in := mapping.Input{
		Body: body, StageVariables: c.stage.def.Variables, Variables: &c.vars,
		Overrides: c.overrides, Canary: c.vars.CanaryRequest,
		Params: mapping.Params{
			Header: c.visibleHeader(),
			Path:   make([]exchange.Field, len(c.params)),
			Query:  make([]exchange.Field, len(c.query)),
		},
	}
	for i, param := range c.params {
		in.Params.Path[i] = exchange.Field{Name: param.Name, Value: unescaped(param.Value)}
	}
	for i, pair := range c.query {
		in.Params.Query[i] = exchange.Field(pair)
	}
	return in
}
