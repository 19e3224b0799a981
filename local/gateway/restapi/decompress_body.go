package restapi

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"strconv"
	"strings"
)

// decompressBody makes the body plain that a client compressed, so that everything behind reads
// what it means; the Content-Encoding line stays for those who are shown the client's lines ("Call
// an API method with a compressed payload"). What does not fit its coding is refused like an
// unknown coding. A body grows to the limit of bodies and no further.
func (a *API) decompressBody(_ context.Context, c *call) error {
	if len(c.request.Body) == 0 {
		return nil
	}
	lines := c.request.Header.Values("Content-Encoding")
	if len(lines) == 0 {
		return nil
	}
	coding := strings.ToLower(strings.TrimSpace(strings.Join(lines, ",")))
	if coding == "" || coding == "identity" {
		return nil
	}
	reader, err := decompressor(coding, c.request.Body)
	if err != nil {
		return unsupportedCoding(coding, err)
	}
	if reader == nil {
		return unsupportedCoding(coding, nil)
	}
	body, err := io.ReadAll(io.LimitReader(reader, maxBody+1))
	if err != nil {
		return unsupportedCoding(coding, err)
	}
	if len(body) > maxBody {
		return bodyTooLarge(len(body))
	}
	c.Note("decompressed", strconv.Itoa(len(c.request.Body))+" to "+strconv.Itoa(len(body)))
	plain := *c.request
	plain.Body = body
	c.request = &plain
	return nil
}

// decompressor returns a reader of what was compressed, nil for a coding that no API knows.
func decompressor(coding string, body []byte) (io.Reader, error) {
	switch coding {
	case "gzip":
		return gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		return zlib.NewReader(bytes.NewReader(body))
	}
	return nil, nil
}
