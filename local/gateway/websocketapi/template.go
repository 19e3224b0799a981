package websocketapi

import (
	"fmt"
	"net/url"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// templates are the mapping templates of an integration, or of one of its responses, by key.
type templates struct {
	byKey     map[string]template
	selection *expression // nil: none is set
}

// template is a mapping template. One that cannot be read refuses every call.
type template struct {
	compiled *mapping.Template
	broken   string
}

func (t template) render(in mapping.Input) (mapping.Output, error) {
	if t.compiled == nil {
		return mapping.Output{}, misconfigured(t.broken)
	}
	made, err := t.compiled.Render(in)
	if err != nil {
		return mapping.Output{}, misconfigured(err.Error())
	}
	return made, nil
}

func compileTemplates(
	texts map[string]string, selection string, variables []variable,
) (templates, error) {
	compiled := templates{byKey: make(map[string]template, len(texts))}
	for key, text := range texts {
		t, err := mapping.Compile(text)
		if err != nil {
			compiled.byKey[key] = template{broken: fmt.Sprintf("template %s: %v", key, err)}
			continue
		}
		compiled.byKey[key] = template{compiled: t}
	}
	if selection == "" {
		return compiled, nil
	}
	var err error
	if compiled.selection, err = compileExpression(selection, variables); err != nil {
		return compiled, fmt.Errorf("template selection expression: %w", err)
	}
	return compiled, nil
}

// forRequest says which template makes the body: the one that the expression selects, else
// $default; without one the passthrough behaviour decides. Without an expression the key is the
// content type, as for REST APIs; messages have none, and count as application/json.
func (t *templates) forRequest(c *call, behaviour string) (template, integration.Choice) {
	if t.selection == nil {
		contentType := ""
		if c.request != nil {
			contentType = c.request.Header.Get("Content-Type")
		}
		key, choice := integration.ChooseRequest(t.byKey, contentType, behaviour)
		return t.byKey[key], choice
	}
	chosen, ok := t.selected(c, &selectable{body: c.body})
	switch {
	case ok:
		return chosen, integration.Render
	case behaviour == "NEVER", behaviour == "WHEN_NO_TEMPLATES" && len(t.byKey) > 0:
		return template{}, integration.Unsupported
	}
	return template{}, integration.PassThrough
}

// forResponse says which template makes the answer: the one that the expression selects, else
// $default; ok is false when the body goes as it is. Without an expression it is $default, else
// application/json, else the first by name, as for REST APIs.
func (t *templates) forResponse(c *call, answer *answered) (chosen template, ok bool) {
	if t.selection == nil {
		key, ok := integration.ChooseResponse(t.byKey, defaultKey)
		return t.byKey[key], ok
	}
	return t.selected(c, &selectable{
		body: c.body, status: fmt.Sprint(answer.status), header: answer.header,
	})
}

func (t *templates) selected(c *call, from *selectable) (chosen template, ok bool) {
	key := t.selection.evaluate(from)
	c.Note("template key", key)
	if chosen, ok = t.byKey[key]; ok {
		return chosen, true
	}
	chosen, ok = t.byKey[defaultKey]
	return chosen, ok
}

// mappingInput returns the call as templates and mappings see it: header and query string are there
// on $connect alone.
func (c *call) mappingInput(body []byte) mapping.Input {
	in := mapping.Input{Body: body, StageVariables: c.stage.variables, Variables: &c.vars}
	if c.request == nil {
		return in
	}
	in.Params.Header = c.forwarded().Header
	for pair := range strings.SplitSeq(c.request.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		in.Params.Query = append(in.Params.Query, exchange.Field{
			Name: unescapedQuery(name), Value: unescapedQuery(value),
		})
	}
	return in
}

// unescapedQuery decodes what can be; a broken escape stays as it was sent.
func unescapedQuery(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}
