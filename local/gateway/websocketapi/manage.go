package websocketapi

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
)

// matchCommand reads /{stage}/@connections/{id}, or /{base path}/@connections/{id} where a custom
// domain name led here; the at sign and the id may be percent-encoded.
// Whatever else comes as plain HTTP is refused.
func (a *API) matchCommand(_ context.Context, c *call) error {
	const parts = 3
	target, domain := c.request.RawPath, c.request.Domain
	if domain != nil {
		target = domain.Stage + domain.Path
	}
	path := strings.SplitN(strings.TrimPrefix(target, "/"), "/", parts)
	for i := range path {
		if decoded, err := url.PathUnescape(path[i]); err == nil {
			path[i] = decoded
		}
	}
	c.vars.Stage = path[0]
	if domain == nil && a.def.DisableExecuteAPIEndpoint {
		return forbidden("the API's own endpoint is disabled (disableExecuteApiEndpoint)")
	}
	found, ok := a.stages[path[0]]
	if !ok {
		return forbidden("there is no stage " + path[0])
	}
	a.enterStage(c, found)
	if len(path) != parts || path[1] != "@connections" || path[2] == "" {
		return forbidden("plain HTTP reaches /{stage}/@connections/{id} alone; anything else must be " +
			"a WebSocket upgrade of /{stage}")
	}
	c.command, c.vars.RouteKey = path[2], c.request.Method+" @connections"
	switch c.request.Method {
	case http.MethodPost, http.MethodGet, http.MethodDelete:
	default:
		return unknownCommand(c.request.Method)
	}
	if size := len(c.request.Body); size > maxBody { // it was cut, and no signature would fit it
		return payloadTooLarge(size)
	}
	return nil
}

// verifySignature wants every command signed for execute-api in the API's region.
func (a *API) verifySignature(_ context.Context, c *call) error {
	err := a.verifySigner(c)
	var refused *authorize.SignatureError
	if errors.As(err, &refused) {
		return badSignature(refused)
	}
	return err
}

// authorizeCommand asks the signer's policies for execute-api:ManageConnections on this connection
// and method ("Use IAM authorization", WebSocket APIs).
func (a *API) authorizeCommand(_ context.Context, c *call) error {
	const action = "execute-api:ManageConnections"
	resource := a.arn(c.stage.name + "/" + c.request.Method + "/@connections/" + c.command)
	decision := a.decide(c, &authorize.IAMCall{
		Action: action, Resource: resource, Caller: c.signer.Credential,
		Conditions: authorize.RequestConditions(c.request),
	})
	if !decision.Allowed {
		return mayNot(action, c.signer, resource, decision)
	}
	c.Note("statement", decision.Why)
	return nil
}

// findConnection finds the connection among those of the stage. One whose $connect is still being
// answered is not there yet.
func (a *API) findConnection(_ context.Context, c *call) error {
	if !isConnectionID(c.command) {
		return malformedID(c.command)
	}
	c.vars.ConnectionID = c.command
	found, ok := a.hub.find(c.command)
	if !ok || found.stage != c.stage.name {
		return gone(c.command)
	}
	c.conn, c.vars.ConnectedAt = found, found.connectedAt
	return nil
}

// isConnectionID reports whether the text could be an id: base64 of either alphabet, padded.
func isConnectionID(id string) bool {
	const mostly = 64 // and more than any id has
	var in, out [mostly]byte
	standard, decoded := append(in[:0], id...), out[:]
	if len(id) > mostly {
		decoded = make([]byte, len(id))
	}
	for i, c := range standard {
		switch c {
		case '-':
			standard[i] = '+'
		case '_':
			standard[i] = '/'
		}
	}
	_, err := base64.StdEncoding.Decode(decoded, standard)
	return err == nil
}

// carryOut does what the method says: POST sends, GET describes, DELETE closes.
func (a *API) carryOut(_ context.Context, c *call) error {
	id := exchange.Field{Name: "x-amzn-RequestId", Value: c.vars.RequestID}
	c.reply = exchange.Reply{Status: http.StatusOK, Header: exchange.Header{id}}
	switch c.request.Method {
	case http.MethodPost:
		return c.post()
	case http.MethodDelete:
		c.reply.Status = http.StatusNoContent
		if !c.conn.shut(deleted) {
			return gone(c.command)
		}
		return nil
	}
	c.reply.Header.Add("Content-Type", "application/json")
	c.reply.Body = c.conn.describe()
	return nil
}

func (c *call) post() error {
	if len(c.request.Body) > maxMessage {
		return payloadTooLarge(len(c.request.Body))
	}
	if !utf8.Valid(c.request.Body) {
		return notText()
	}
	err := c.conn.send(c.request.Body)
	switch {
	case errors.Is(err, errGone):
		return gone(c.command)
	case errors.Is(err, errFull):
		return limitExceeded("the client reads too slowly: its buffer is full")
	}
	return err
}

// describe prints the answer to GET.
func (c *connection) describe() []byte {
	const iso8601 = "2006-01-02T15:04:05.000Z"
	text := func(buf []byte, before, value string) []byte {
		quoted, err := jsontext.AppendQuote(append(buf, before...), value)
		if err != nil {
			quoted, _ = jsontext.AppendQuote(append(buf, before...), strings.ToValidUTF8(value, "\uFFFD"))
		}
		return quoted
	}
	buf := text(nil, `{"connectedAt":`, c.connectedAt.UTC().Format(iso8601))
	buf = text(buf, `,"identity":{"sourceIp":`, c.sourceIP)
	buf = text(buf, `,"userAgent":`, c.userAgent)
	last := time.Unix(0, c.lastActive.Load())
	return append(text(buf, `},"lastActiveAt":`, last.UTC().Format(iso8601)), '}')
}
