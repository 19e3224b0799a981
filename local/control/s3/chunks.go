package s3

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"portico/local/control/model"
)

// The longest line between chunks, and the most lines after the last one.
const (
	maxLine     = 1024
	maxTrailers = 16
)

// chunks reads a body that is encoded as aws-chunked: "size;chunk-signature=…", the bytes, and after
// the last chunk, of size 0, headers that trail it. Signatures are not verified here.
type chunks struct {
	from    *bufio.Reader
	left    int64 // of the chunk that is being read
	begun   bool
	ended   bool
	trailer map[string]string // by name in lower case, once the end is reached
}

func newChunks(from io.Reader) *chunks {
	return &chunks{from: bufio.NewReaderSize(from, 32<<10), trailer: map[string]string{}}
}

// Read returns the bytes of the chunks.
func (c *chunks) Read(p []byte) (int, error) {
	for c.left == 0 {
		if c.ended {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// next reads the line before a chunk.
func (c *chunks) next() error {
	if c.begun {
		line, err := c.line()
		if err != nil {
			return err
		}
		if line != "" {
			return badChunk()
		}
	}
	c.begun = true
	line, err := c.line()
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	c.left, err = strconv.ParseInt(strings.TrimSpace(size), 16, 64)
	if err != nil || c.left < 0 {
		return badChunk()
	}
	if c.left > 0 {
		return nil
	}
	c.ended = true
	return c.trailers()
}

// trailers reads the headers after the last chunk, to an empty line or the end.
func (c *chunks) trailers() error {
	for range maxTrailers {
		line, err := c.line()
		if errors.Is(err, io.ErrUnexpectedEOF) || line == "" && err == nil {
			return nil
		}
		if err != nil {
			return err
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return badChunk()
		}
		c.trailer[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return badChunk()
}

// line reads a line without its end.
func (c *chunks) line() (string, error) {
	var line []byte
	for {
		b, err := c.from.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return string(line), io.ErrUnexpectedEOF
		case err != nil:
			return "", err
		case b == '\n':
			return strings.TrimSuffix(string(line), "\r"), nil
		case len(line) == maxLine:
			return "", badChunk()
		}
		line = append(line, b)
	}
}

func badChunk() error {
	return model.Refuse("InvalidChunkSizeError", http.StatusBadRequest,
		"The body is not encoded as x-amz-content-sha256 says")
}
