package runtimeapi

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
)

// largePayload is from where an event is written from its own memory instead of being copied
// behind its head.
const largePayload = 32 << 10

const accepted = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n" +
	"Content-Length: 16\r\n\r\n" + `{"status":"OK"}` + "\n"

// conn is one connection of the runtime.
type conn struct {
	server *Server
	net    net.Conn
	reader reader

	write sync.Mutex // one message at a time; guards out
	out   []byte
}

func newConn(s *Server, accepted net.Conn) *conn {
	c := &conn{server: s, net: accepted, out: make([]byte, 0, smallBuffer)}
	c.reader = reader{source: accepted, buffer: make([]byte, smallBuffer)}
	return c
}

// serve answers one request after the other until the connection ends.
func (c *conn) serve() {
	defer func() { _ = c.net.Close() }()
	defer c.server.forget(c)
	for {
		h, err := c.reader.head()
		if err == nil && c.server.owes(c) {
			err = refusePipelined
		}
		closes := h.closes && h.route != next
		if err == nil {
			err = c.answer(&h)
		}
		if err != nil && !c.refuse(err) || closes {
			return
		}
		c.reader.shrink()
	}
}

// refuse writes what err says and reports whether the connection can be read on.
func (c *conn) refuse(err error) bool {
	var refused *refusal
	if !errors.As(err, &refused) {
		return false
	}
	c.writeRefusal(refused)
	return !refused.closes
}

// answer serves one request whose head was read.
func (c *conn) answer(h *head) error {
	if h.expects && (h.chunked || h.length > 0) {
		if !c.writeText("HTTP/1.1 100 Continue\r\n\r\n") {
			return io.ErrClosedPipe
		}
	}
	if h.chunked && h.route == response && string(h.method) == "POST" &&
		c.server.acceptStream(h.id) {
		return c.stream(h)
	}
	method, id := string(h.method), string(h.id) // before the body overwrites them
	body, err := c.reader.body(h)
	if err != nil && !errors.Is(err, refuseTooLarge) {
		return err
	}
	tooLarge := err != nil
	switch {
	case h.route == unknown:
		return refusePath
	case method != h.route.wants():
		return refuseMethod
	case h.route == next:
		return c.next()
	case h.route == initFailure:
		return c.initFailed(h, body, tooLarge)
	}
	return c.answered(h, id, body, tooLarge)
}

func (c *conn) next() error {
	if refused := c.server.wait(c); refused != nil {
		return refused
	}
	c.server.host.Ready()
	return nil
}

func (c *conn) initFailed(h *head, body payload, tooLarge bool) error {
	if refused := c.server.acceptInit(); refused != nil {
		return refused
	}
	c.server.host.InitFailed(Answer{
		Payload: body.body, Failed: true, ErrorType: h.errorType, TooLarge: tooLarge,
	})
	return c.acknowledge(tooLarge)
}

func (c *conn) answered(h *head, id string, body payload, tooLarge bool) error {
	target := "InvocationResponse"
	if h.route == failure {
		target = "InvocationErrorResponse"
	}
	if refused := c.server.accept(id, target); refused != nil {
		return refused
	}
	answer := Answer{
		Payload: body.body, Failed: h.route == failure,
		ErrorType: h.errorType, TooLarge: tooLarge,
	}
	if body.errorType != "" {
		answer.Failed, answer.ErrorType, answer.Payload = true, body.errorType, body.errorBody
	}
	// The caller first: it is woken while the acknowledgement is on its way.
	c.server.host.Answered(answer)
	return c.acknowledge(tooLarge)
}

func (c *conn) acknowledge(tooLarge bool) error {
	if tooLarge {
		return refuseTooLarge
	}
	if !c.writeText(accepted) {
		return io.ErrClosedPipe
	}
	return nil
}

func (c *conn) writeText(text string) bool {
	c.write.Lock()
	defer c.write.Unlock()
	c.out = append(c.out[:0], text...)
	_, err := c.net.Write(c.out)
	return err == nil
}

func (c *conn) writeRefusal(r *refusal) {
	c.write.Lock()
	defer c.write.Unlock()
	c.out = append(c.out[:0], "HTTP/1.1 "...)
	c.out = append(c.out, r.status...)
	c.out = append(c.out, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(r.body)), 10)
	if r.closes {
		c.out = append(c.out, "\r\nConnection: close"...)
	}
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, r.body...)
	_, _ = c.net.Write(c.out) // who cannot be told is gone: the next read says so
}

// writeInvocation answers the pending next call. A failed write is left to the reading side, which
// sees the connection end.
func (c *conn) writeInvocation(in *Invocation) {
	c.write.Lock()
	defer c.write.Unlock()
	out := append(c.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"...)
	out = appendField(out, "Lambda-Runtime-Aws-Request-Id", in.RequestID)
	out = append(out, "Lambda-Runtime-Deadline-Ms: "...)
	out = strconv.AppendInt(out, in.Deadline.UnixMilli(), 10)
	out = append(out, "\r\n"...)
	out = appendField(out, "Lambda-Runtime-Invoked-Function-Arn", in.FunctionARN)
	out = appendField(out, "Lambda-Runtime-Trace-Id", in.TraceID)
	if in.ClientContext != "" {
		out = appendField(out, "Lambda-Runtime-Client-Context", in.ClientContext)
	}
	out = append(out, "Content-Length: "...)
	out = strconv.AppendInt(out, int64(len(in.Payload)), 10)
	out = append(out, "\r\n\r\n"...)
	if len(in.Payload) < largePayload {
		out = append(out, in.Payload...)
		_, _ = c.net.Write(out)
	} else {
		parts := net.Buffers{out, in.Payload}
		_, _ = parts.WriteTo(c.net)
	}
	c.out = out
}

// appendField writes a header line; bytes that could end it early are left out.
func appendField(out []byte, name, value string) []byte {
	out = append(append(out, name...), ": "...)
	for i := range len(value) {
		if c := value[i]; c >= ' ' && c != 0x7f {
			out = append(out, c)
		}
	}
	return append(out, "\r\n"...)
}
