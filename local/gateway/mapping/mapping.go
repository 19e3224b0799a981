// Package mapping runs API Gateway's mapping templates and parameter mappings: what stands between
// a method and its integration, in both directions.
//
// A template is Velocity (gateway/vtl) with $input, $util, $context and $stageVariables; JSON paths
// in it are Jayway's (gateway/jsonpath). A parameter mapping pairs a target such as
// integration.request.header.X with a source such as method.request.path.Y. Both are compiled at
// deployment and only run by a call. The package does not choose templates, does not read or write
// HTTP, and does not apply the overrides a template makes: it hands them over.
package mapping

import (
	"strings"
	"sync"

	"portico/local/gateway/exchange"
	"portico/local/gateway/vtl"
)

// Template is a compiled mapping template. It may be rendered by several calls at once.
type Template struct {
	program  *vtl.Template
	text     string // of a template that has neither directive nor reference
	constant bool
	paths    *paths
}

// Input is what a template or parameter mapping reads of a call.
type Input struct {
	// Body is the request's, or in a response mapping the integration response's.
	Body []byte
	// Params are the request's, also in a response mapping.
	Params Params
	// Backend is the header of the integration response; only response parameters read it.
	Backend exchange.Header
	// StageVariables are the stage's, with a canary's overrides.
	StageVariables map[string]string
	// Variables are the call's $context.
	Variables *exchange.Variables
	// Canary is $context.isCanaryRequest; nil when the stage has no canary.
	Canary *bool
	// Overrides are those that the request template has made; nil in a request template.
	Overrides *Overrides
}

// Params are a request's parameters, decoded.
type Params struct {
	Path   []exchange.Field
	Query  []exchange.Field // in order, repeated names included
	Header exchange.Header
}

// Output is what a template makes.
type Output struct {
	Text string
	// Overrides are the given ones with what the template added; nil when there are none.
	Overrides *Overrides
}

// Compile parses a template; blanks around it are not part of it. Errors name line and column.
func Compile(text string) (*Template, error) {
	text = strings.TrimSpace(text)
	if !strings.ContainsAny(text, `#$\`) && len(text) <= vtl.MaxTemplate {
		return &Template{text: text, constant: true}, nil
	}
	program, err := vtl.Compile("mapping template", text)
	if err != nil {
		return nil, err
	}
	t := &Template{program: program, paths: &paths{}}
	t.text, t.constant = program.Constant()
	return t, nil
}

// Render makes the text and the overrides for a call.
func (t *Template) Render(in Input) (Output, error) {
	if t.constant {
		return Output{Text: t.text, Overrides: in.Overrides}, nil
	}
	return t.render(in)
}

func (t *Template) render(in Input) (Output, error) {
	r := renderings.Get().(*rendering)
	defer r.release()
	r.in, r.paths, r.overrides = &in, t.paths, in.Overrides
	r.overrides.renew()
	text, err := t.program.Render(r)
	return Output{Text: text, Overrides: r.overrides}, err
}

// rendering is one run of a template; it brings in the template's variables.
type rendering struct {
	in        *Input
	paths     *paths
	overrides *Overrides
	document  document

	input   input
	util    util
	context contextObject
	stage   stageVariables
}

var renderings = sync.Pool{New: func() any { return &rendering{} }}

// release lends r to another call, unless there are overrides: their values may lead back to it.
func (r *rendering) release() {
	if r.overrides != nil {
		return
	}
	*r = rendering{}
	renderings.Put(r)
}

// Lookup returns $input, $util, $context or $stageVariables.
func (r *rendering) Lookup(name string) any {
	switch name {
	case "input":
		r.input.r = r
		return &r.input
	case "util":
		return &r.util
	case "context":
		r.context.r = r
		return &r.context
	case "stageVariables":
		r.stage.variables = r.in.StageVariables
		return &r.stage
	}
	return nil
}

// changes returns the overrides of the call, making them when a template first asks.
func (r *rendering) changes() *Overrides {
	if r.overrides == nil {
		r.overrides = newOverrides()
	}
	return r.overrides
}
