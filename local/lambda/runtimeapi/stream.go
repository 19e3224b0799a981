package runtimeapi

import (
	"errors"
	"io"
)

// streamBuffer is how much of a stream is read at once.
const streamBuffer = 32 << 10

// stream hands an answer on as it comes. When the runtime breaks off nobody is told here: it cannot
// ask for another invocation, so its end, or the end of its time, ends the answer.
func (c *conn) stream(h *head) error {
	sink := c.server.host.Streaming(string(h.contentType))
	end, err := c.reader.stream(sink)
	tooLarge := errors.Is(err, refuseFlood)
	if err != nil && !tooLarge {
		return err
	}
	c.server.endStream()
	answer := Answer{TooLarge: tooLarge}
	if end.errorType != "" {
		answer.Failed, answer.ErrorType, answer.Payload = true, end.errorType, end.errorBody
	}
	c.server.host.Answered(answer)
	if tooLarge {
		return err
	}
	return c.acknowledge(false)
}

// stream passes a body in chunks on to sink, and returns what its trailer said. Only what was read
// at once is held.
func (r *reader) stream(sink io.Writer) (payload, error) {
	if len(r.buffer) < streamBuffer {
		r.buffer = append(r.buffer, make([]byte, streamBuffer-len(r.buffer))...)
	}
	for total := int64(0); ; {
		size, err := r.chunkSize()
		if err != nil {
			return payload{}, err
		}
		if size == 0 {
			return r.trailer()
		}
		if total += size; total > MaxStream {
			return payload{}, refuseFlood
		}
		if sink, err = r.pass(size, sink); err != nil {
			return payload{}, err
		}
	}
}

// pass writes one chunk's data to sink, and returns where the next goes: nowhere once sink has
// failed.
func (r *reader) pass(size int64, sink io.Writer) (io.Writer, error) {
	for size > 0 {
		if r.start == r.end {
			if err := r.fill(); err != nil {
				return sink, badRequest("the request ends within a chunk")
			}
		}
		n := int(min(size, int64(r.end-r.start)))
		if _, err := sink.Write(r.buffer[r.start : r.start+n]); err != nil {
			sink = io.Discard
		}
		r.start += n
		size -= int64(n)
	}
	line, err := r.line()
	if err == nil && len(line) > 0 {
		err = badRequest("a chunk is longer than its size")
	}
	return sink, err
}
