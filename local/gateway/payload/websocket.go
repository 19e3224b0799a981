package payload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/exchange"
)

// WebSocketClose is how a connection ended: the status code and reason of its close frame.
type WebSocketClose struct {
	Code   int
	Reason string
}

// WebSocketConnect returns the event of the $connect route: the headers and query string of the
// upgrade request, which no later event repeats.
func WebSocketConnect(
	r *exchange.Request, v *exchange.Variables, stageVariables map[string]string,
) []byte {
	w := webSocketWriter{buf: []byte{'{'}}
	w.headers(r.Header)
	if r.RawQuery != "" {
		w.query(r.RawQuery)
	}
	return w.finish(v, stageVariables, nil)
}

// WebSocketMessage returns the event of a message.
func WebSocketMessage(
	body string, v *exchange.Variables, stageVariables map[string]string,
) []byte {
	w := webSocketWriter{buf: []byte{'{'}, body: &body}
	return w.finish(v, stageVariables, nil)
}

// WebSocketBinaryMessage returns the event of a message that its integration converts to binary: the
// client has sent base64, and that is what the event holds.
func WebSocketBinaryMessage(
	body string, v *exchange.Variables, stageVariables map[string]string,
) []byte {
	w := webSocketWriter{buf: []byte{'{'}, body: &body, base64: true}
	return w.finish(v, stageVariables, nil)
}

// WebSocketDisconnect returns the event of the $disconnect route. Its headers are AWS's own
// leftovers: only Host has a value.
func WebSocketDisconnect(
	end WebSocketClose, v *exchange.Variables, stageVariables map[string]string,
) []byte {
	w := webSocketWriter{buf: []byte{'{'}}
	w.headers(exchange.Header{
		{Name: "Host", Value: v.DomainName},
		{Name: "x-api-key"},
		{Name: "X-Forwarded-For"},
		{Name: "x-restapi"},
	})
	return w.finish(v, stageVariables, &end)
}

// WebSocketAuthorizer returns the event of the REQUEST authorizer on $connect; maps that are empty
// are written all the same.
func WebSocketAuthorizer(
	methodARN string, r *exchange.Request, v *exchange.Variables, stageVariables map[string]string,
) []byte {
	w := webSocketWriter{buf: []byte{'{'}}
	w.key("type")
	w.text("REQUEST")
	w.key("methodArn")
	w.text(methodARN)
	w.headers(r.Header)
	w.query(r.RawQuery)
	w.key("stageVariables")
	w.texts(stageVariables)
	w.requestContext(v, nil)
	w.buf = append(w.buf, '}')
	return w.buf
}

// webSocketWriter appends an event in AWS's key order.
type webSocketWriter struct {
	buf    []byte
	body   *string
	base64 bool // the body is base64
}

func (w *webSocketWriter) finish(
	v *exchange.Variables, stageVariables map[string]string, end *WebSocketClose,
) []byte {
	if len(stageVariables) > 0 {
		w.key("stageVariables")
		w.texts(stageVariables)
	}
	w.requestContext(v, end)
	if w.body != nil {
		w.key("body")
		w.text(*w.body)
	}
	w.key("isBase64Encoded")
	w.buf = strconv.AppendBool(w.buf, w.base64)
	return append(w.buf, '}')
}

func (w *webSocketWriter) requestContext(v *exchange.Variables, end *WebSocketClose) {
	w.key("requestContext")
	w.buf = append(w.buf, '{')
	w.field("routeKey", v.RouteKey)
	if end != nil {
		w.number("disconnectStatusCode", int64(end.Code))
	}
	w.authorizer(v)
	if v.MessageID != "" {
		w.field("messageId", v.MessageID)
	}
	w.field("eventType", v.EventType)
	w.field("extendedRequestId", v.ExtendedRequestID)
	w.field("requestTime", v.RequestTime.UTC().Format(exchange.RequestTimeLayout))
	w.field("messageDirection", "IN")
	if end != nil {
		w.field("disconnectReason", end.Reason)
	}
	w.field("stage", v.Stage)
	w.number("connectedAt", v.ConnectedAt.UnixMilli())
	w.number("requestTimeEpoch", v.RequestTime.UnixMilli())
	w.key("identity")
	w.buf = append(w.buf, '{')
	if v.UserAgent != "" {
		w.field("userAgent", v.UserAgent)
	}
	w.field("sourceIp", v.SourceIP)
	w.caller(&v.Caller)
	w.buf = append(w.buf, '}')
	w.field("requestId", v.RequestID)
	w.field("domainName", v.DomainName)
	w.field("connectionId", v.ConnectionID)
	w.field("apiId", v.APIID)
	w.buf = append(w.buf, '}')
}

// caller writes who signed the upgrade, and its API key. What is unknown is absent.
func (w *webSocketWriter) caller(c *exchange.Caller) {
	for _, known := range []struct{ name, value string }{
		{"accountId", c.AccountID},
		{"caller", c.Caller},
		{"accessKey", c.AccessKey},
		{"user", c.User},
		{"userArn", c.UserARN},
		{"principalOrgId", c.PrincipalOrgID},
		{"apiKey", c.APIKey},
		{"apiKeyId", c.APIKeyID},
	} {
		if known.value != "" {
			w.field(known.name, known.value)
		}
	}
}

// authorizer writes what the authorizer said at $connect: its context values are strings.
func (w *webSocketWriter) authorizer(v *exchange.Variables) {
	if v.PrincipalID == "" && len(v.Authorizer) == 0 {
		return
	}
	w.key("authorizer")
	w.buf = append(w.buf, '{')
	w.field("principalId", v.PrincipalID)
	w.number("integrationLatency", v.AuthorizerLatency.Milliseconds())
	for _, name := range webSocketKeys(v.Authorizer) {
		if name != "principalId" && name != "integrationLatency" {
			w.field(name, exchange.Text(v.Authorizer[name]))
		}
	}
	w.buf = append(w.buf, '}')
}

// headers writes the last value of every header, and all values. Those that belong to the
// connection, and that AWS therefore does not hand on, are left out.
func (w *webSocketWriter) headers(header exchange.Header) {
	all := newWebSocketValues(len(header))
	for _, field := range header {
		switch {
		case strings.EqualFold(field.Name, "Connection"), strings.EqualFold(field.Name, "Upgrade"):
		default:
			all.add(field.Name, field.Value, strings.EqualFold)
		}
	}
	w.values("headers", "multiValueHeaders", all)
}

func (w *webSocketWriter) query(raw string) {
	all := newWebSocketValues(0)
	for name, value := range webSocketQuery(raw) {
		all.add(name, value, func(a, b string) bool { return a == b })
	}
	w.values("queryStringParameters", "multiValueQueryStringParameters", all)
}

func (w *webSocketWriter) values(single, multi string, all *webSocketValues) {
	w.key(single)
	w.buf = append(w.buf, '{')
	for i, name := range all.names {
		w.field(name, all.values[i][len(all.values[i])-1])
	}
	w.buf = append(w.buf, '}')
	w.key(multi)
	w.buf = append(w.buf, '{')
	for i, name := range all.names {
		w.key(name)
		w.buf = append(w.buf, '[')
		for j, value := range all.values[i] {
			if j > 0 {
				w.buf = append(w.buf, ',')
			}
			w.text(value)
		}
		w.buf = append(w.buf, ']')
	}
	w.buf = append(w.buf, '}')
}

func (w *webSocketWriter) texts(values map[string]string) {
	w.buf = append(w.buf, '{')
	for _, name := range webSocketKeys(values) {
		w.field(name, values[name])
	}
	w.buf = append(w.buf, '}')
}

func (w *webSocketWriter) key(name string) {
	if last := w.buf[len(w.buf)-1]; last != '{' {
		w.buf = append(w.buf, ',')
	}
	w.text(name)
	w.buf = append(w.buf, ':')
}

func (w *webSocketWriter) field(name, value string) {
	w.key(name)
	w.text(value)
}

func (w *webSocketWriter) number(name string, value int64) {
	w.key(name)
	w.buf = strconv.AppendInt(w.buf, value, 10)
}

func (w *webSocketWriter) text(value string) {
	quoted, err := jsontext.AppendQuote(w.buf, value)
	if err != nil { // no UTF-8, which JSON cannot carry
		quoted, _ = jsontext.AppendQuote(w.buf, strings.ToValidUTF8(value, "\uFFFD"))
	}
	w.buf = quoted
}

// WebSocketResponse is what a function behind a Lambda proxy integration answered.
type WebSocketResponse struct {
	Status int
	Header exchange.Header
	Body   string
}

// ReadWebSocketResponse reads a function's answer. One that is no object with a statusCode is
// malformed. The body is taken as it is: messages are text, so isBase64Encoded means nothing.
func ReadWebSocketResponse(data []byte) (WebSocketResponse, error) {
	var raw struct {
		StatusCode        any
		Headers           map[string]any
		MultiValueHeaders map[string][]any
		Body              any
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return WebSocketResponse{}, fmt.Errorf("the function's answer is no proxy response: %w", err)
	}
	if raw.StatusCode == nil {
		return WebSocketResponse{}, errors.New("the function's answer has no statusCode")
	}
	status, err := strconv.Atoi(fmt.Sprint(raw.StatusCode))
	if err != nil || status < 200 || status > 599 {
		return WebSocketResponse{}, fmt.Errorf(
			"the function's statusCode is %v, allowed are 200 to 599", raw.StatusCode)
	}
	response := WebSocketResponse{Status: status}
	body, isText := raw.Body.(string)
	if raw.Body != nil && !isText {
		return WebSocketResponse{}, fmt.Errorf("the function's body is no string but %T", raw.Body)
	}
	response.Body = body
	for _, name := range webSocketKeys(raw.Headers) {
		if _, multi := raw.MultiValueHeaders[name]; !multi {
			response.Header.Add(name, exchange.Text(raw.Headers[name]))
		}
	}
	for _, name := range webSocketKeys(raw.MultiValueHeaders) {
		for _, value := range raw.MultiValueHeaders[name] {
			response.Header.Add(name, exchange.Text(value))
		}
	}
	return response, nil
}
