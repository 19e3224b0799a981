package restapi

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"strconv"
	"strings"
	"sync"
)

// compressReply compresses what the integration answered, if the API compresses and the client
// names a coding it takes ("Receive an API response with a compressed payload"). An answer that has
// a Content-Encoding is taken to be compressed already.
func (a *API) compressReply(_ context.Context, c *call) error {
	least := c.stage.deployed.MinimumCompressionSize
	if least == nil || len(c.reply.Body) == 0 || len(c.reply.Body) < *least ||
		c.method.def.Integration.ResponseMode == "STREAM" ||
		c.reply.Header.Has("Content-Encoding") || c.backend.header.Has("Content-Encoding") {
		return nil
	}
	coding := acceptedCoding(c.request.Header.Values("Accept-Encoding"))
	if coding == "" {
		return nil
	}
	body, err := compressed(coding, c.reply.Body)
	if err != nil {
		return err
	}
	c.Note("compressed", strconv.Itoa(len(c.reply.Body))+" to "+strconv.Itoa(len(body)))
	c.plain, c.reply.Body = c.reply.Body, body
	c.reply.Header.Add("Content-Encoding", coding)
	return nil
}

// acceptedCoding returns gzip or deflate, whichever the client prefers; of equals the first. It is
// "" when the client names neither, prefers identity, or only says "*".
func acceptedCoding(lines []string) string {
	best, weight := "", 0.0
	for entry := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		name, parameters, _ := strings.Cut(entry, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "gzip" && name != "deflate" && name != "identity" {
			continue
		}
		if q := quality(parameters); q > weight {
			best, weight = name, q
		}
	}
	if best == "identity" {
		return ""
	}
	return best
}

// quality returns the weight in a coding's parameters, 1 when there is none; one that is no weight
// is as good as a no.
func quality(parameters string) float64 {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || q > 1 {
			return 0
		}
		return q
	}
	return 1
}

var (
	gzipWriters    = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}
	deflateWriters = sync.Pool{New: func() any { return zlib.NewWriter(io.Discard) }}
)

// compressor is a gzip.Writer or a zlib.Writer.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

func compressed(coding string, body []byte) ([]byte, error) {
	pool := &gzipWriters
	if coding == "deflate" {
		pool = &deflateWriters
	}
	writer := pool.Get().(compressor)
	defer pool.Put(writer)
	var out bytes.Buffer
	out.Grow(len(body)/2 + 64)
	writer.Reset(&out)
	if _, err := writer.Write(body); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
