package websocketapi

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/pipeline"
)

// call is what travels through a pipeline: an upgrade, a message, a disconnect or a command.
type call struct {
	pipeline.Notes
	clock clock.Clock

	// Written on arrival.
	vars    exchange.Variables
	request *exchange.Request      // upgrade and command; nil for the others
	conn    *connection            // message and disconnect; "find connection" writes it for a command
	body    string                 // of a message
	end     payload.WebSocketClose // of a disconnect

	stage    *stage            // written by "choose stage", "find stage", "match command"
	command  string            // written by "match command": the connection id, decoded
	route    *route            // written by the step that matches or selects a route
	identity *grant            // written by "authorize"; nil where nothing is asked
	signer   *authorize.Signer // written by "verify signature" and "authorize"; nil: unsigned
	usageKey string            // written by "authorize": the key that an authorizer supplies
	key      *apiKey           // written by "check API key"; nil when the route needs none
	function string            // written by "call integration": the function's name
	answer   outcome           // written by "call integration"
	traffic  traffic           // written by "call integration": for the execution log
	refused  *refusal          // written by the refusal; nil when nothing was refused

	reply exchange.Reply // what an upgrade or command is answered; Status also of the others
	out   string         // the text sent to the client of a message; "" for none
}

// newCall begins an upgrade (event CONNECT) or a command (no event).
func (a *API) newCall(r *exchange.Request, event string) *call {
	path, _, _ := strings.Cut(r.RawPath, "?")
	id := exchange.NewExtendedID()
	prefix, _, _ := strings.Cut(r.Host, ".")
	c := &call{
		request: r, clock: a.deps.Clock,
		vars: exchange.Variables{
			AccountID: a.def.Account.ID, APIID: a.def.ID, DomainName: r.Host, DomainPrefix: prefix,
			RequestID: id, ExtendedRequestID: id, HTTPMethod: r.Method, Path: path,
			Protocol: r.Protocol, RequestTime: r.Received, SourceIP: r.SourceIP,
			UserAgent: r.Header.Get("User-Agent"), EventType: event, TraceID: traceID(r),
		},
	}
	c.vars.Arrive(r, a.deps.Clock)
	return c
}

// newEvent begins a message or a disconnect of an open connection.
func (a *API) newEvent(c *connection, event string) *call {
	id := exchange.NewExtendedID()
	now := a.deps.Clock.Now()
	prefix, _, _ := strings.Cut(c.host, ".")
	in := &call{
		conn: c, identity: c.identity, clock: a.deps.Clock,
		vars: exchange.Variables{
			AccountID: a.def.Account.ID, APIID: a.def.ID, Stage: c.stage, DomainName: c.host,
			DomainPrefix: prefix, RequestID: id, ExtendedRequestID: id, Path: "/" + c.stage,
			RequestTime: now, Began: clock.Begin(a.deps.Clock), SourceIP: c.sourceIP, UserAgent: c.userAgent, EventType: event,
			ConnectionID: c.id, ConnectedAt: c.connectedAt, TraceID: newTraceID(now.Unix()),
		},
	}
	in.identity.fill(&in.vars)
	return in
}

// report tells the observer and the logs of a finished call, before its reply is written.
func (a *API) report(c *call, marks []pipeline.Mark) {
	v := &c.vars
	v.Status = c.reply.Status
	v.ResponseLatency = clock.Took(a.deps.Clock, v.Began)
	v.ResponseLength = len(c.reply.Body) + len(c.out)
	if a.deps.Observer != nil {
		method := v.EventType
		if method == "" {
			method = v.HTTPMethod
		}
		a.deps.Observer.Observe(&exchange.Record{
			RequestID: v.RequestID, APIKind: "WEBSOCKET", APIID: v.APIID, APIName: a.def.Name,
			Stage: v.Stage, Method: method, Path: v.Path, Route: v.RouteKey, Function: c.function,
			Status: v.Status, Received: v.RequestTime, Took: v.ResponseLatency,
			Connection: v.ConnectionID, Marks: marks, Measured: v.Measure(),
		})
	}
	if a.deps.AccessLog != nil && c.stage != nil && c.stage.logFormat != nil {
		a.deps.AccessLog(c.stage.logARN, string(c.stage.logFormat.Append(nil, v)))
	}
	a.writeExecutionLog(c, marks)
}

// traceID returns the client's X-Amzn-Trace-Id, or a new one.
func traceID(r *exchange.Request) string {
	if id := r.Header.Get("X-Amzn-Trace-Id"); id != "" {
		return id
	}
	return newTraceID(r.Received.Unix())
}

func newTraceID(seconds int64) string {
	return fmt.Sprintf("Root=1-%08x-%08x%016x", uint32(seconds), rand.Uint32(), rand.Uint64())
}

// forwarded returns the request as functions see it: with the headers that API Gateway adds.
func (c *call) forwarded() *exchange.Request {
	r := *c.request
	r.Header = r.Header.Clone(4)
	for _, name := range []string{"X-Forwarded-Proto", "X-Forwarded-Port"} {
		r.Header.Del(name)
	}
	r.Header.Set("X-Amzn-Trace-Id", c.vars.TraceID)
	source := r.SourceIP
	if before := r.Header.Get("X-Forwarded-For"); before != "" {
		source = before + ", " + source
	}
	r.Header.Set("X-Forwarded-For", source)
	scheme, port := "http", "80"
	if r.TLS {
		scheme, port = "https", "443"
	}
	if _, own, err := net.SplitHostPort(r.Host); err == nil {
		port = own
	}
	r.Header.Add("X-Forwarded-Port", port)
	r.Header.Add("X-Forwarded-Proto", scheme)
	return &r
}
