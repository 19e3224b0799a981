package firewall

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// action is what follows when a rule matches.
type action struct {
	kind     Action
	inserted exchange.Header
	status   int // of a custom response; 0 for none
	headers  exchange.Header
	body     []byte
}

var actionKinds = map[string]Action{
	"Allow": Allow, "Block": Block, "Count": Count, "Captcha": Captcha, "Challenge": Challenge,
}

// customCodes are the status codes of custom responses ("Customizing web requests and responses").
var customCodes = []int{
	200, 201, 202, 204, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409,
	411, 412, 413, 414, 415, 416, 421, 429, 500, 501, 502, 503, 504, 505,
}

var contentTypes = map[string]string{
	"TEXT_PLAIN": "text/plain", "TEXT_HTML": "text/html", "APPLICATION_JSON": "application/json",
}

// maxResponseBody is how long AWS lets the body of a custom response be.
const maxResponseBody = 10_240

// insertedPrefix begins the name of every header that AWS WAF hands to a backend.
const insertedPrefix = "x-amzn-waf-"

func compileAction(def api.RuleAction, bodies map[string]api.CustomResponseBody) (*action, error) {
	kind, ok := actionKinds[def.Type]
	if !ok {
		return nil, fmt.Errorf("action %q, allowed are Allow, Block, Count, Captcha, Challenge", def.Type)
	}
	act := &action{kind: kind}
	for _, header := range def.InsertHeaders {
		if act.inserted.Has(insertedPrefix + header.Name) {
			return nil, fmt.Errorf("action %s inserts header %q twice", def.Type, header.Name)
		}
		act.inserted.Add(insertedPrefix+header.Name, header.Value)
	}
	if def.Response == nil {
		return act, nil
	}
	if kind != Block {
		return nil, fmt.Errorf("action %s has a custom response, only Block may", def.Type)
	}
	return act, act.respond(def.Response, bodies)
}

// respond compiles a custom response.
func (a *action) respond(
	def *api.CustomResponse, bodies map[string]api.CustomResponseBody,
) error {
	if !slices.Contains(customCodes, def.Code) {
		return fmt.Errorf("custom response code %d, allowed are %s", def.Code, list(customCodes))
	}
	a.status = def.Code
	for _, header := range def.Headers {
		if strings.EqualFold(header.Name, "content-type") || a.headers.Has(header.Name) {
			return fmt.Errorf("custom response header %q: AWS takes no Content-Type and no "+
				"name twice", header.Name)
		}
		a.headers.Add(header.Name, header.Value)
	}
	if def.BodyKey == "" {
		return nil
	}
	body, ok := bodies[def.BodyKey]
	if !ok {
		return fmt.Errorf("there is no custom response body %q", def.BodyKey)
	}
	contentType, ok := contentTypes[body.ContentType]
	if !ok {
		return fmt.Errorf("custom response body %q has content type %q, allowed are TEXT_PLAIN, "+
			"TEXT_HTML, APPLICATION_JSON", def.BodyKey, body.ContentType)
	}
	if len(body.Content) > maxResponseBody {
		return fmt.Errorf("custom response body %q has %d characters, allowed are %d", def.BodyKey,
			len(body.Content), maxResponseBody)
	}
	a.headers.Add("Content-Type", contentType)
	a.body = []byte(body.Content)
	return nil
}

func list(numbers []int) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

func (a *action) insertInto(v *Verdict) {
	for _, header := range a.inserted {
		v.Inserted.Set(header.Name, header.Value)
	}
}

// decide writes a verdict that an action ends.
func (a *ACL) decide(act *action, v *Verdict, r *exchange.Request) {
	v.Action = act.kind
	switch act.kind {
	case Allow:
		act.insertInto(v)
	case Block:
		v.Status, v.Headers, v.Body = act.status, slices.Clone(act.headers), act.body
	case Captcha:
		a.interrupt(v, r, captchaPage)
	case Challenge:
		a.interrupt(v, r, challengePage)
	}
	if !v.Allowed() {
		v.Inserted = nil // nothing reaches a backend
	}
}
