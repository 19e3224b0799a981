package websocketapi

import (
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
)

// customResponse is an integration response.
type customResponse struct {
	key       string
	templates templates
	headers   *mapping.Parameters // they reach clients of $connect alone
	handling  string
}

// respond makes of a backend's answer what goes to the client. A one-way route returns nothing
// whatever its integration responses say; a two-way route must select one ("Set up a WebSocket API
// integration response in API Gateway"). On $connect, where AWS says little, one that is selected
// is applied, and without one the client learns the status alone; a function that failed refuses
// the upgrade unless the response says otherwise.
func (b *custom) respond(c *call, sent *sending, answer *answered) (outcome, error) {
	out := outcome{status: answer.status}
	connecting := c.vars.EventType == eventConnect
	if !connecting && (!c.route.twoWay || c.vars.EventType == eventDisconnect) {
		return out, nil
	}
	failed := connecting && answer.failure != nil
	place, ok := b.selector.Select(answer.selects)
	switch {
	case !ok && failed:
		return out, answer.failure
	case !ok && connecting:
		return out, nil
	case !ok:
		return outcome{}, misconfigured("No match for output mapping and no default output mapping " +
			"configured: no integration response has a key for " + quoted(answer.selects) +
			", and there is no $default")
	case failed:
		out.status = answer.failure.status
	}
	selected := &b.responses[place]
	c.Note("integration response", selected.key)
	overrides, err := selected.body(c, sent.overrides, answer, &out)
	if err != nil {
		return outcome{}, err
	}
	if out.header, err = selected.header(c, answer); err != nil {
		return outcome{}, err
	}
	for _, override := range overrides.ResponseHeader() {
		if name, kept := integration.RemapMapped(override.Name); kept {
			out.header.Set(name, strings.Join(override.Values, ","))
		}
	}
	if status, ok := overrides.Status(); ok {
		out.status = status
	}
	return out, nil
}

// body writes the body that the template makes of the answer's, or the answer's own.
func (r *customResponse) body(
	c *call, before *mapping.Overrides, answer *answered, out *outcome,
) (*mapping.Overrides, error) {
	body, isText, err := convertedResponse(answer.body, r.handling)
	if err != nil {
		return nil, err
	}
	chosen, templated := r.templates.forResponse(c, answer)
	if !templated {
		out.body = body
		return before, nil
	}
	if !isText {
		return nil, misconfigured("the backend's answer is converted to binary, and a mapping " +
			"template takes text only")
	}
	in := c.mappingInput(body)
	in.Overrides = before
	made, err := chosen.render(in)
	out.body = []byte(made.Text)
	return made.Overrides, err
}

func (r *customResponse) header(c *call, answer *answered) (exchange.Header, error) {
	found, err := r.headers.Apply(&mapping.Input{
		Body: answer.body, Backend: answer.header, StageVariables: c.stage.variables,
		Variables: &c.vars,
	})
	if err != nil {
		return nil, misconfigured(err.Error())
	}
	header := make(exchange.Header, 0, len(found))
	for i := range found {
		if name, kept := integration.RemapMapped(found[i].Name); kept {
			header.Add(name, found[i].Values[0])
		}
	}
	return header, nil
}

func quoted(text string) string {
	const most = 100
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return `"` + text + `"`
}
