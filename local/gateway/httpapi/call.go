package httpapi

import (
	"context"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/route"
)

// call is one call on its way. Each field is written by one step and read by later ones only.
type call struct {
	pipeline.Notes
	request *exchange.Request
	vars    exchange.Variables
	reply   exchange.Reply // by the last of Steps that was taken, or by Refuse

	stage     *stage        // choose stage
	path      string        // choose stage: raw, without the stage
	preflight bool          // answer preflight: whether the call asks before another
	endpoint  *endpoint     // match route
	params    []route.Param // match route

	identity identity         // authorize: nil without an authorizer
	changes  []mapping.Change // call integration: what the request mappings made
	function string           // call integration: the name of the function that was called
}

// Serve answers a call.
func (a *API) Serve(ctx context.Context, r *exchange.Request) *exchange.Reply {
	c := a.newCall(r)
	a.memory.Lend(&c.Notes)
	marks := a.walk.Walk(ctx, c)
	if a.deps.Observer != nil {
		a.deps.Observer.Observe(a.record(c, marks))
	}
	a.memory.TakeBack(&c.Notes)
	return &c.reply
}

func (a *API) newCall(r *exchange.Request) *call {
	id := exchange.NewExtendedID()
	c := &call{
		request: r,
		vars: exchange.Variables{
			AccountID:         a.def.Account.ID,
			APIID:             a.def.ID,
			DomainName:        a.domain,
			DomainPrefix:      a.def.ID,
			RequestID:         id,
			ExtendedRequestID: id,
			HTTPMethod:        r.Method,
			Path:              r.RawPath,
			Protocol:          r.Protocol,
			RequestTime:       r.Received,
			SourceIP:          r.SourceIP,
			UserAgent:         r.Header.Get("User-Agent"),
			TraceID:           trace(r),
		},
	}
	c.vars.Arrive(r, a.deps.Clock)
	return c
}

// trace returns the client's X-Ray trace header, or starts a trace.
func trace(r *exchange.Request) string {
	if sent := r.Header.Get("X-Amzn-Trace-Id"); strings.Contains(sent, "Root=") {
		return sent
	}
	var random [12]byte
	high, low := rand.Uint64(), rand.Uint32()
	for i := range 8 {
		random[i] = byte(high >> (8 * i))
	}
	for i := range 4 {
		random[8+i] = byte(low >> (8 * i))
	}
	id := make([]byte, 0, len("Root=1-")+8+1+24)
	id = append(id, "Root=1-"...)
	id = strconv.AppendInt(id, r.Received.Unix(), 16)
	id = append(id, '-')
	return string(hex.AppendEncode(id, random[:]))
}

func (a *API) record(c *call, marks []pipeline.Mark) *exchange.Record {
	return &exchange.Record{
		RequestID: c.vars.RequestID,
		APIKind:   "HTTP",
		APIID:     a.def.ID,
		APIName:   a.def.Name,
		Stage:     c.vars.Stage,
		Method:    c.request.Method,
		Path:      c.request.RawPath,
		Route:     c.vars.RouteKey,
		Function:  c.function,
		Status:    c.reply.Status,
		Received:  c.request.Received,
		Took:      c.vars.ResponseLatency,
		Marks:     marks,
		Measured:  c.vars.Measure(),
	}
}
