package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"portico/shared/push"
)

// lifetime is how long API Gateway keeps a connection open at most.
const lifetime = 2 * time.Hour

// maxOrderID is the longest order id a client may name.
const maxOrderID = 64

// directory is where connections are kept; *push.Connections is one.
type directory interface {
	Connect(ctx context.Context, c push.Connection) error
	Subscribe(ctx context.Context, c push.Connection, orderID string) error
	Unsubscribe(ctx context.Context, connectionID, orderID string) error
	Disconnect(ctx context.Context, connectionID string) error
}

// sender posts messages; *push.Sender is one.
type sender interface {
	Send(ctx context.Context, connectionID string, message any) error
}

// handler answers WebSocket events.
type handler struct {
	connections directory
	sender      sender
	log         *slog.Logger
}

type (
	request  = events.APIGatewayWebsocketProxyRequest
	response = events.APIGatewayProxyResponse
)

// message is what a client sends.
type message struct {
	Action  string `json:"action"`
	OrderID string `json:"orderId"`
}

// reply is what a client is told.
type reply struct {
	Type    string `json:"type"`
	OrderID string `json:"orderId,omitempty"`
	Message string `json:"message,omitempty"`
}

// handle does what the route asks for.
func (h *handler) handle(ctx context.Context, r request) (response, error) {
	c := r.RequestContext
	log := h.log.With("route", c.RouteKey, "connection", c.ConnectionID,
		"apiRequestId", c.RequestID)
	answer, err := h.route(ctx, &r)
	if err != nil {
		log.ErrorContext(ctx, "failed", "error", err)
		return response{}, err
	}
	log.InfoContext(ctx, "answered", "status", answer.StatusCode)
	return answer, nil
}

func (h *handler) route(ctx context.Context, r *request) (response, error) {
	conn := connectionOf(r)
	switch r.RequestContext.RouteKey {
	case "$connect":
		return h.connect(ctx, conn)
	case "$disconnect":
		return ok(), h.connections.Disconnect(ctx, conn.ID)
	case "subscribe":
		return h.subscribe(ctx, conn, r.Body)
	case "unsubscribe":
		return h.unsubscribe(ctx, conn, r.Body)
	case "$default":
		return h.other(ctx, conn, r.Body)
	}
	return response{}, fmt.Errorf("route %q is not served; allowed: $connect, $disconnect,"+
		" subscribe, unsubscribe, $default", r.RequestContext.RouteKey)
}

// connect refuses a connection that no customer stands behind: nothing could ever be sent to it.
func (h *handler) connect(ctx context.Context, conn push.Connection) (response, error) {
	if conn.Customer == "" {
		return response{StatusCode: http.StatusForbidden}, nil
	}
	return ok(), h.connections.Connect(ctx, conn)
}

// subscribe stores that the connection wants to hear of an order. Whose order it is does not matter
// here: the sender tells a customer of its own orders only, so that ids cannot be probed either.
// The answer goes to the client as the route's response.
func (h *handler) subscribe(
	ctx context.Context, conn push.Connection, body string,
) (response, error) {
	id, fault := orderIDOf(body)
	if fault != "" {
		return refuse(fault)
	}
	if err := h.connections.Subscribe(ctx, conn, id); err != nil {
		return response{}, err
	}
	return say(http.StatusOK, reply{Type: "subscribed", OrderID: id})
}

func (h *handler) unsubscribe(
	ctx context.Context, conn push.Connection, body string,
) (response, error) {
	id, fault := orderIDOf(body)
	if fault != "" {
		return refuse(fault)
	}
	if err := h.connections.Unsubscribe(ctx, conn.ID, id); err != nil {
		return response{}, err
	}
	return say(http.StatusOK, reply{Type: "unsubscribed", OrderID: id})
}

// other answers what has no route of its own. $default has no route response, so the answer is
// posted to the connection; a post that fails is only logged, for the message has been dealt with.
func (h *handler) other(ctx context.Context, conn push.Connection, body string) (response, error) {
	switch err := h.sender.Send(ctx, conn.ID, replyTo(body)); {
	case errors.Is(err, push.ErrGone): // and forgotten by the sender
		h.log.InfoContext(ctx, "connection gone", "connection", conn.ID)
	case err != nil:
		h.log.WarnContext(ctx, "push failed", "connection", conn.ID, "error", err)
	}
	return ok(), nil
}

// replyTo answers a message without a route.
func replyTo(body string) reply {
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return reply{Type: "error", Message: "the message is no JSON"}
	}
	if m.Action == "ping" {
		return reply{Type: "pong"}
	}
	return reply{Type: "error", Message: fmt.Sprintf(
		"action is %q; allowed: subscribe, unsubscribe, ping", m.Action)}
}

// orderIDOf reads which order a message is about, or says what is wrong with it.
func orderIDOf(body string) (id, fault string) {
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return "", "the message is no JSON"
	}
	if n := len(m.OrderID); n < 1 || n > maxOrderID {
		return "", fmt.Sprintf("orderId has %d characters; allowed: 1 to %d", n, maxOrderID)
	}
	return m.OrderID, ""
}

// connectionOf reads the connection and its customer, which the authorizer of $connect has put
// into every event of the connection.
func connectionOf(r *request) push.Connection {
	c := r.RequestContext
	conn := push.Connection{
		ID: c.ConnectionID, Expires: time.UnixMilli(c.ConnectedAt).Add(lifetime),
	}
	authorizer, _ := c.Authorizer.(map[string]any)
	for _, name := range []string{"customer", "principalId"} {
		if conn.Customer, _ = authorizer[name].(string); conn.Customer != "" {
			break
		}
	}
	return conn
}

func ok() response { return response{StatusCode: http.StatusOK} }

func refuse(fault string) (response, error) {
	return say(http.StatusBadRequest, reply{Type: "error", Message: fault})
}

func say(status int, r reply) (response, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return response{}, fmt.Errorf("writing the answer: %w", err)
	}
	return response{StatusCode: status, Body: string(body)}, nil
}
