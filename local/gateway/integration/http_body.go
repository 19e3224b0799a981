package integration

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strings"
)

// readAll reads a body of at most 10 MB to its end. One that is large gets its memory as it comes,
// not on its word.
func (in *answer) readAll() ([]byte, error) {
	switch {
	case in.length == 0:
		return nil, nil
	case in.length > maxHTTPResponse:
		return nil, tooLarge(in.length)
	case in.length > 0:
		body, err := readFull(in.source, in.length)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(in.stream(), maxHTTPResponse+1))
	if err == nil && len(body) > maxHTTPResponse {
		return nil, tooLarge(int64(len(body)))
	}
	return body, err
}

// readFull reads a body of a known length.
func readFull(in io.Reader, length int64) ([]byte, error) {
	body := make([]byte, min(length, firstBodyRead))
	_, err := io.ReadFull(in, body)
	for err == nil && int64(len(body)) < length {
		grown := make([]byte, min(2*int64(len(body)), length))
		_, err = io.ReadFull(in, grown[copy(grown, body):])
		body = grown
	}
	return body, err
}

// stream returns what yields the body as it comes: io.EOF at its proper end, another error when the
// connection ends before.
func (in *answer) stream() io.Reader {
	switch {
	case in.chunked:
		return &chunks{chunk: httputil.NewChunkedReader(in.source), source: in.source}
	case in.length == untilClose:
		return in.source
	}
	return &piece{source: in.source, left: in.length}
}

// piece yields a body of a known length.
type piece struct {
	source io.Reader
	left   int64
}

func (p *piece) Read(into []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n, err := p.source.Read(into[:min(int64(len(into)), p.left)])
	p.left -= int64(n)
	if p.left == 0 {
		return n, io.EOF
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// chunks yields a chunked body, and passes over its trailer: API Gateway hands on no trailers.
type chunks struct {
	chunk  io.Reader
	source *bufio.Reader
}

func (c *chunks) Read(into []byte) (int, error) {
	n, err := c.chunk.Read(into)
	if errors.Is(err, io.EOF) {
		err = c.passTrailer()
	}
	return n, err
}

// passTrailer returns io.EOF at the end of the trailer.
func (c *chunks) passTrailer() error {
	for size := 0; size <= maxAnswerHead; {
		text, err := c.source.ReadSlice('\n')
		size += len(text)
		switch line := string(text); {
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		case line == "\r\n":
			return io.EOF
		case err != nil, !isTrailerLine(line):
			return fmt.Errorf("%q is no line of a trailer", shown(line))
		}
	}
	return errors.New("the trailer of the answer is too long")
}

func isTrailerLine(line string) bool {
	name, value, found := strings.Cut(line, ":")
	value, ended := strings.CutSuffix(value, "\r\n")
	return found && ended && isToken(name) && isFieldValue(value)
}
