package restapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
)

// gatewayResponse is a customised answer.
type gatewayResponse struct {
	status    int // 0: the refusal's own
	headers   []mappedHeader
	templates map[string][]substitution
}

// mappedHeader is a header line made from a source.
type mappedHeader struct {
	name string
	from source
}

// substitution is a part of a template: text, or what is put in its place. Gateway responses know
// plain substitution only, not the Velocity language.
type substitution struct {
	text string
	from source // kind 0: text
}

// compileGatewayResponses returns the customised answer of every type that has one: its own, else
// that of DEFAULT_4XX or DEFAULT_5XX as a whole. A type of its own inherits nothing.
func compileGatewayResponses(def map[string]api.GatewayResponse) (
	map[string]*gatewayResponse, error,
) {
	own := make(map[string]*gatewayResponse, len(def))
	for _, name := range slices.Sorted(maps.Keys(def)) {
		response := def[name]
		compiled, err := compileGatewayResponse(&response)
		if err != nil {
			return nil, fmt.Errorf("gateway response %s: %w", name, err)
		}
		own[name] = compiled
	}
	responses := make(map[string]*gatewayResponse, len(gatewayTypes))
	for name, known := range gatewayTypes {
		fallback := "DEFAULT_4XX"
		if known.status >= 500 {
			fallback = "DEFAULT_5XX"
		}
		for _, candidate := range []string{name, fallback} {
			if compiled := own[candidate]; compiled != nil {
				responses[name] = compiled
				break
			}
		}
	}
	delete(responses, "REQUEST_TOO_LARGE")
	if own["DEFAULT_4XX"] != nil {
		responses["DEFAULT_4XX"] = own["DEFAULT_4XX"] // of refusals without a type of their own
	}
	return responses, nil
}

func compileGatewayResponse(def *api.GatewayResponse) (*gatewayResponse, error) {
	g := &gatewayResponse{status: def.StatusCode, templates: map[string][]substitution{}}
	for _, key := range slices.Sorted(maps.Keys(def.Parameters)) {
		name, ok := strings.CutPrefix(key, "gatewayresponse.header.")
		if !ok {
			return nil, fmt.Errorf("parameter %q: allowed is gatewayresponse.header.NAME", key)
		}
		from, err := parseSource(def.Parameters[key])
		if err != nil {
			return nil, fmt.Errorf("parameter %q: %w", key, err)
		}
		g.headers = append(g.headers, mappedHeader{name: name, from: from})
	}
	for contentType, text := range def.Templates {
		g.templates[contentType] = nil // an empty text makes an empty body
		for _, piece := range exchange.SplitReferences(text, "context", "stageVariables", "method") {
			part := substitution{text: piece.Text}
			if piece.Name != "" {
				if from, err := parseSource(piece.Name); err == nil {
					part.from = from
				}
			}
			g.templates[contentType] = append(g.templates[contentType], part)
		}
	}
	return g, nil
}

// refuse makes the reply to what ended the call.
func (a *API) refuse(_ context.Context, c *call, err error) {
	var refused *refusal
	if !errors.As(err, &refused) {
		a.deps.Log.Error("a call failed", "api", a.def.Name, "requestId", c.vars.RequestID,
			"error", err)
		refused = failure(err)
	}
	c.refused = refused
	c.vars.ErrorMessage, c.vars.ErrorMessageNull = refused.message, refused.null
	c.vars.ErrorType = refused.responseType
	var custom *gatewayResponse
	if c.stage != nil {
		custom = c.stage.gatewayResponses[refused.responseType]
	}
	c.reply = exchange.Reply{
		Status: refused.status,
		Header: exchange.Header{
			{Name: "x-amzn-ErrorType", Value: refused.errorType},
			{Name: "Content-Type", Value: "application/json"},
		},
		Body: refused.body(),
	}
	switch {
	case refused.whole != nil:
		c.reply = *refused.whole
	case custom != nil:
		custom.apply(c)
	}
}

// body returns what AWS answers when nobody customised it.
func (r *refusal) body() []byte {
	body := append(make([]byte, 0, 64), r.opening...)
	if r.null {
		return append(body, "null}"...)
	}
	body, _ = jsontext.AppendQuote(body, r.message)
	return append(body, '}')
}

// apply changes the reply to what the API's owner wants. A header whose source has no value is not
// sent.
func (g *gatewayResponse) apply(c *call) {
	switch {
	case g.status >= leastStatus:
		c.reply.Status = g.status
	case g.status != 0:
		c.Note("not used",
			fmt.Sprintf("status %d of the gateway response, which ends no exchange", g.status))
	}
	if key, ok := integration.ChooseResponse(g.templates, c.request.Header.Get("Accept")); ok {
		c.reply.Header.Set("Content-Type", key)
		c.reply.Body = render(g.templates[key], c)
	}
	for i := range g.headers {
		if value, ok := g.headers[i].from.value(c); ok {
			c.reply.Header.Set(g.headers[i].name, value)
		}
	}
}

// render puts the values in; a missing one is empty.
func render(parts []substitution, c *call) []byte {
	var body []byte
	for i := range parts {
		if parts[i].from.kind == 0 {
			body = append(body, parts[i].text...)
			continue
		}
		value, _ := parts[i].from.value(c)
		body = append(body, value...)
	}
	return body
}
