package websocketapi

import (
	"context"
	"crypto/sha1" // RFC 6455 asks for it; it protects nothing
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// Upgrade decides about an upgrade, answers it, and, when it is granted, takes the connection
// over: it returns at once, and the connection lives on until one side closes it. Call is the same
// request as the client wrote it.
func (a *API) Upgrade(w http.ResponseWriter, r *http.Request, call *exchange.Request) {
	a = a.of(stageOf(call))
	call.Protocol = r.Proto // an upgrade is of HTTP/1.1, or none
	c := a.newCall(call, eventConnect)
	if !a.hub.enter() {
		a.refuseUpgrade(r.Context(), c, closing())
		writeReply(w, &c.reply)
		return
	}
	defer a.hub.running.Done()
	// On AWS $connect runs on when its client has gone.
	ctx, done := a.hub.work(context.WithoutCancel(r.Context()))
	defer done()
	marks := a.connects.Walk(ctx, c)
	a.report(c, marks)
	if c.reply.Status != switchingProtocols {
		writeReply(w, &c.reply)
		return
	}
	if err := a.accept(w, c); err != nil && a.deps.Log != nil {
		a.deps.Log.Error("taking a connection over", "api", a.def.ID, "error", err)
	}
}

// accept takes the socket from the HTTP server and opens the connection on it.
func (a *API) accept(w http.ResponseWriter, c *call) error {
	socket, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		a.refuseUpgrade(context.Background(), c, fmt.Errorf("upgrading: %w", err))
		writeReply(w, &c.reply)
		return err
	}
	var early []byte
	if n := rw.Reader.Buffered(); n > 0 {
		peeked, _ := rw.Reader.Peek(n) // what is buffered is there
		early = append(early, peeked...)
	}
	if err := socket.SetDeadline(time.Time{}); err != nil {
		return errors.Join(err, socket.Close())
	}
	v := &c.vars
	opened := &connection{
		hub: a.hub, socket: socket, id: v.ConnectionID, stage: c.stage.name,
		// Cloned: they would keep the whole head of the request alive.
		host: strings.Clone(v.DomainName), sourceIP: strings.Clone(v.SourceIP),
		userAgent: strings.Clone(v.UserAgent), connectedAt: v.ConnectedAt, identity: c.identity,
		slots: make(chan struct{}, concurrency),
	}
	opened.open(switchingHead(c), early)
	return nil
}

// switchingHead is the 101 answer, with the headers that $connect returned, such as
// Sec-WebSocket-Protocol. Extensions are never negotiated: AWS compresses nothing.
func switchingHead(c *call) []byte {
	const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // RFC 6455, section 1.3
	sum := sha1.Sum([]byte(c.request.Header.Get("Sec-WebSocket-Key") + guid))
	var b strings.Builder
	b.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
		"Connection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n")
	for _, field := range c.reply.Header {
		switch strings.ToLower(field.Name) {
		case "upgrade", "connection", "sec-websocket-accept", "sec-websocket-extensions",
			"content-length", "transfer-encoding":
		default:
			b.WriteString(field.Name + ": " + field.Value + "\r\n")
		}
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// writeReply answers an upgrade that is not granted.
func writeReply(w http.ResponseWriter, reply *exchange.Reply) {
	header := w.Header()
	header["Content-Type"] = nil // or net/http would guess one
	for _, field := range reply.Header {
		header[field.Name] = append(header[field.Name], field.Value)
	}
	header["Content-Length"] = []string{strconv.Itoa(len(reply.Body))}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // the client may have gone: nobody is left to tell
}

// message serves one message of an open connection.
func (a *API) message(ctx context.Context, conn *connection, text string) {
	c := a.newEvent(conn, eventMessage)
	c.body = text
	marks := a.messages.Walk(ctx, c)
	a.report(c, marks)
	if c.out == "" {
		return
	}
	if err := conn.send([]byte(c.out)); errors.Is(err, errFull) {
		conn.shut(payload.WebSocketClose{Code: 1008, Reason: "Client reads too slowly"})
	}
}

// disconnect tells the backend that a connection has ended.
func (a *API) disconnect(ctx context.Context, conn *connection, end payload.WebSocketClose) {
	c := a.newEvent(conn, eventDisconnect)
	c.end = end
	c.Note("close code", strconv.Itoa(end.Code))
	c.Note("close reason", end.Reason)
	marks := a.disconnects.Walk(ctx, c)
	a.report(c, marks)
}
