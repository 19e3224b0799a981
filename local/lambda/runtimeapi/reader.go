package runtimeapi

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

const (
	smallBuffer = 4 << 10
	maxHead     = 64 << 10
	// maxDrained is how much of a body over the limit is read on, so that a runtime that writes
	// before it reads still learns of its 413.
	maxDrained = 64 << 20
)

// reader reads requests of one connection, one after the other.
type reader struct {
	source     io.Reader
	buffer     []byte
	start, end int // what of buffer is read from source and not yet consumed
	chunks     []byte
}

// payload is a body with what its trailer said.
type payload struct {
	body      []byte
	errorType string
	errorBody []byte
}

// fill reads once more from the source, growing the buffer when it is full.
func (r *reader) fill() error {
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	if r.end == len(r.buffer) {
		if r.start > 0 {
			r.end = copy(r.buffer, r.buffer[r.start:r.end])
			r.start = 0
		} else {
			r.buffer = append(r.buffer, make([]byte, max(smallBuffer, len(r.buffer)))...)
		}
	}
	n, err := r.source.Read(r.buffer[r.end:])
	r.end += n
	if n > 0 {
		return nil
	}
	if err == nil {
		return io.ErrNoProgress
	}
	return err
}

// head reads the next request up to its body. The error is a *refusal, or what the source said;
// io.EOF means that the runtime closed between two requests.
func (r *reader) head() (head, error) {
	searched := 0
	for {
		pending := r.buffer[r.start:r.end]
		if at := bytes.Index(pending[max(0, searched-3):], []byte("\r\n\r\n")); at >= 0 {
			size := max(0, searched-3) + at + 4
			r.start += size
			h, refused := parseHead(pending[:size])
			if refused != nil {
				return h, refused
			}
			return h, nil
		}
		if len(pending) >= maxHead {
			return head{}, refuseHead
		}
		searched = len(pending)
		if err := r.fill(); err != nil {
			if searched > 0 && errors.Is(err, io.EOF) {
				return head{}, badRequest("the request ends within its head")
			}
			return head{}, err
		}
	}
}

// body reads what h announced. refuseTooLarge means that it was read whole and dropped.
func (r *reader) body(h *head) (payload, error) {
	if h.chunked {
		return r.chunked()
	}
	if h.length == 0 {
		return payload{}, nil
	}
	if h.length > MaxPayload {
		return payload{}, r.drain(h.length)
	}
	body := make([]byte, h.length)
	return payload{body: body}, r.full(body)
}

// full fills target, first from the buffer.
func (r *reader) full(target []byte) error {
	n := copy(target, r.buffer[r.start:r.end])
	r.start += n
	if n == len(target) {
		return nil
	}
	if _, err := io.ReadFull(r.source, target[n:]); err != nil {
		return badRequest("the request ends within its body")
	}
	return nil
}

func (r *reader) drain(length int64) error {
	if length > maxDrained {
		return refuseFlood
	}
	buffered := min(length, int64(r.end-r.start))
	r.start += int(buffered)
	if _, err := io.CopyN(io.Discard, r.source, length-buffered); err != nil {
		return refuseFlood
	}
	return refuseTooLarge
}

// chunked reads a body in chunks and its trailer.
func (r *reader) chunked() (payload, error) {
	r.chunks = r.chunks[:0]
	var total int64
	for {
		size, err := r.chunkSize()
		if err != nil {
			return payload{}, err
		}
		if size == 0 {
			break
		}
		total += size
		if total > maxDrained {
			return payload{}, refuseFlood
		}
		if err := r.chunk(int(size), total > MaxPayload); err != nil {
			return payload{}, err
		}
	}
	p, err := r.trailer()
	if err != nil {
		return payload{}, err
	}
	if total > MaxPayload {
		return payload{}, refuseTooLarge
	}
	p.body = append(make([]byte, 0, total), r.chunks...)
	if cap(r.chunks) > maxHead {
		r.chunks = nil
	}
	return p, nil
}

func (r *reader) chunkSize() (int64, error) {
	line, err := r.line()
	if err != nil {
		return 0, err
	}
	digits, _, _ := bytes.Cut(line, []byte{';'})
	digits = bytes.TrimRight(digits, " \t")
	size, ok := hexadecimal(digits)
	if !ok {
		return 0, badRequest("malformed chunk size")
	}
	return size, nil
}

// chunk reads one chunk's data and the line end behind it; with drop the data is not kept.
func (r *reader) chunk(size int, drop bool) error {
	for size > 0 {
		if r.start == r.end {
			if err := r.fill(); err != nil {
				return badRequest("the request ends within a chunk")
			}
		}
		n := min(size, r.end-r.start)
		if !drop {
			r.chunks = append(r.chunks, r.buffer[r.start:r.start+n]...)
		}
		r.start += n
		size -= n
	}
	line, err := r.line()
	if err != nil {
		return err
	}
	if len(line) > 0 {
		return badRequest("a chunk is longer than its size")
	}
	return nil
}

// trailer reads the lines behind the last chunk, with the error a runtime met while it streamed.
func (r *reader) trailer() (payload, error) {
	var p payload
	for total := 0; ; {
		line, err := r.line()
		if err != nil {
			return p, err
		}
		if len(line) == 0 {
			return p, nil
		}
		if total += len(line); total > MaxPayload {
			return p, refuseHead
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok || !isToken(name) {
			return p, badRequest("malformed trailer line")
		}
		if err := p.setTrailer(string(name), string(bytes.TrimSpace(value))); err != nil {
			return p, err
		}
	}
}

func (p *payload) setTrailer(name, value string) error {
	if strings.EqualFold(name, errorTypeHeader) {
		p.errorType = value
	}
	if strings.EqualFold(name, errorBodyHeader) {
		document, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return badRequest(errorBodyHeader + " is not base64")
		}
		p.errorBody = document
	}
	return nil
}

// line reads up to CRLF and returns what stands before; valid until the next read.
func (r *reader) line() ([]byte, error) {
	searched := 0
	for {
		pending := r.buffer[r.start:r.end]
		if at := bytes.IndexByte(pending[searched:], '\n'); at >= 0 {
			at += searched
			r.start += at + 1
			if at == 0 || pending[at-1] != '\r' {
				return nil, badRequest("a line must end with CRLF")
			}
			return pending[:at-1], nil
		}
		if len(pending) > MaxPayload {
			return nil, refuseHead
		}
		searched = len(pending)
		if err := r.fill(); err != nil {
			return nil, badRequest("the request ends within a line")
		}
	}
}

// shrink gives a large buffer back once nothing is in it.
func (r *reader) shrink() {
	if r.start == r.end && len(r.buffer) > maxHead {
		r.buffer, r.start, r.end = make([]byte, smallBuffer), 0, 0
	}
}

func hexadecimal(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 15 {
		return 0, false
	}
	var n int64
	for _, c := range text {
		n <<= 4
		switch {
		case c >= '0' && c <= '9':
			n |= int64(c - '0')
		case c >= 'a' && c <= 'f':
			n |= int64(c-'a') + 10
		case c >= 'A' && c <= 'F':
			n |= int64(c-'A') + 10
		default:
			return 0, false
		}
	}
	return n, true
}
