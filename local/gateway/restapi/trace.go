package restapi

import (
	"math/rand/v2"
	"strings"
	"time"
)

// traces are the two forms of a call's X-Amzn-Trace-Id.
type traces struct {
	seen string // as functions see it: what came in, or a root of the gateway's own
	full string // for the backend and the reply: with a parent and a decision
	root string
}

// traceHeader returns the call's X-Amzn-Trace-Id: what the client sent is kept, what it left out is
// made when it is first needed; a MOCK and most refusals never need it.
//
// Unlike AWS: with active tracing every call is sampled that the client does not exclude; there is
// no sampling rule here.
func (c *call) traceHeader() *traces {
	if c.trace.full != "" {
		return &c.trace
	}
	incoming := c.request.Header.Get("X-Amzn-Trace-Id")
	if incoming == "" {
		c.newTrace()
		return &c.trace
	}
	fields := traceFields(incoming)
	c.trace.seen = incoming
	if fields.root == "" {
		c.trace.seen = string(appendRoot(make([]byte, 0, 48), c.vars.RequestTime))
		fields.root = c.trace.seen[len("Root="):]
	}
	c.trace.root = fields.root
	if fields.parent != "" && fields.sampled != "" {
		c.trace.full = c.trace.seen
		return &c.trace
	}
	if fields.sampled == "" {
		fields.sampled = c.sampled(fields.parent != "")
	}
	if fields.parent == "" {
		fields.parent = string(appendHex(make([]byte, 0, 16), rand.Uint64(), 16))
	}
	c.trace.full = "Root=" + fields.root + ";Parent=" + fields.parent + ";Sampled=" +
		fields.sampled + fields.rest
	return &c.trace
}

// sampled is the decision that a client left to the gateway.
func (c *call) sampled(hasParent bool) string {
	if hasParent || c.stage != nil && c.stage.def.TracingEnabled {
		return "1"
	}
	return "0"
}

// newTrace makes all of a trace, in one piece of memory: most clients send none.
func (c *call) newTrace() {
	var room [128]byte
	all := appendRoot(room[:0], c.vars.RequestTime)
	end := len(all)
	all = appendHex(append(all, ";Parent="...), rand.Uint64(), 16)
	c.trace.full = string(append(append(all, ";Sampled="...), c.sampled(false)...))
	c.trace.seen = c.trace.full[:end]
	c.trace.root = c.trace.seen[len("Root="):]
}

// appendRoot appends a root of the gateway's own.
func appendRoot(to []byte, at time.Time) []byte {
	to = append(appendHex(append(to, "Root=1-"...), uint64(uint32(at.Unix())), 8), '-')
	return appendHex(appendHex(to, rand.Uint64(), 16), rand.Uint64(), 8)
}

type traceParts struct{ root, parent, sampled, rest string }

func traceFields(header string) traceParts {
	var fields traceParts
	if header == "" {
		return fields
	}
	for field := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		switch {
		case strings.EqualFold(name, "Root"):
			fields.root = value
		case strings.EqualFold(name, "Parent"):
			fields.parent = value
		case strings.EqualFold(name, "Sampled"):
			fields.sampled = value
		case name != "":
			fields.rest += ";" + name + "=" + value
		}
	}
	return fields
}

// appendHex appends the lowest digits of n.
func appendHex(dst []byte, n uint64, digits int) []byte {
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		dst = append(dst, "0123456789abcdef"[n>>shift&0xf])
	}
	return dst
}
