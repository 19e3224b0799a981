package remote

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"portico/local/lambda"
)

// InvokeStream runs a function through InvokeWithResponseStream, and returns when the endpoint
// begins to answer. The end of ctx ends the stream too.
func (c *Client) InvokeStream(ctx context.Context, in lambda.Input) (lambda.Stream, error) {
	in.Async = false
	answer, err := c.send(ctx, in, "2021-11-15", "response-streaming-invocations")
	if err != nil {
		return lambda.Stream{}, err
	}
	id := answer.Header.Get("X-Amzn-Requestid")
	return lambda.Stream{
		Body:            &events{source: answer.Body, id: id},
		ExecutedVersion: answer.Header.Get("X-Amz-Executed-Version"),
		RequestID:       id,
	}, nil
}

// maxEvent bounds one event: the largest that the format allows has 16 MB.
const maxEvent = 16 << 20

// events yields the payload of a stream of events (application/vnd.amazon.eventstream).
type events struct {
	source io.ReadCloser
	id     string
	chunk  []byte // of the event read last, not yet taken
	end    error  // once there is no more
}

// Close ends the call.
func (e *events) Close() error { return e.source.Close() }

// Read returns what the function sent; its failure is a *lambda.StreamError.
func (e *events) Read(p []byte) (int, error) {
	for len(e.chunk) == 0 {
		if e.end != nil {
			return 0, e.end
		}
		e.end = e.next()
	}
	n := copy(p, e.chunk)
	e.chunk = e.chunk[n:]
	return n, nil
}

// next reads one event. An answer is complete with its InvokeComplete only.
func (e *events) next() error {
	kind, body, err := readEvent(e.source)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	switch kind {
	case "PayloadChunk":
		e.chunk = body
		return nil
	case "InvokeComplete":
		return e.complete(body)
	}
	return &lambda.StreamError{RequestID: e.id, Document: body}
}

// complete returns io.EOF, or how the function failed.
func (e *events) complete(body []byte) error {
	var end struct {
		ErrorCode    string
		ErrorDetails string
	}
	if err := json.Unmarshal(body, &end); err != nil && len(body) > 0 {
		return fmt.Errorf("the end of a streamed answer: %w", err)
	}
	if end.ErrorCode == "" {
		return io.EOF
	}
	document, err := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{end.ErrorCode, end.ErrorDetails})
	if err != nil {
		return err
	}
	return &lambda.StreamError{RequestID: e.id, Document: document}
}

// readEvent reads one message: lengths and their checksum, headers, payload, and a checksum of all.
// The kind is its :event-type, else its :exception-type.
func readEvent(source io.Reader) (kind string, body []byte, err error) {
	const prelude, checksum = 12, 4
	head := make([]byte, prelude)
	if _, err := io.ReadFull(source, head); err != nil {
		return "", nil, err
	}
	total, headers := binary.BigEndian.Uint32(head), binary.BigEndian.Uint32(head[4:])
	if crc32.ChecksumIEEE(head[:8]) != binary.BigEndian.Uint32(head[8:]) {
		return "", nil, errors.New("an event of a streamed answer: its lengths are damaged")
	}
	if total < prelude+checksum || total > maxEvent || headers > total-prelude-checksum {
		return "", nil, fmt.Errorf("an event of a streamed answer has %d bytes, %d of headers",
			total, headers)
	}
	rest := make([]byte, total-prelude)
	if _, err := io.ReadFull(source, rest); err != nil {
		return "", nil, err
	}
	content := rest[:len(rest)-checksum]
	sum := crc32.Update(crc32.ChecksumIEEE(head), crc32.IEEETable, content)
	if sum != binary.BigEndian.Uint32(rest[len(content):]) {
		return "", nil, errors.New("an event of a streamed answer is damaged")
	}
	kind, err = eventKind(content[:headers])
	return kind, content[headers:], err
}

// eventKind finds the event's type among its headers, which are all texts.
func eventKind(headers []byte) (string, error) {
	const text = 7
	kind := ""
	for len(headers) > 0 {
		name, rest, ok := prefixed(headers, 1)
		if !ok || len(rest) == 0 || rest[0] != text {
			return "", errors.New("an event of a streamed answer: malformed headers")
		}
		var value []byte
		if value, headers, ok = prefixed(rest[1:], 2); !ok {
			return "", errors.New("an event of a streamed answer: malformed headers")
		}
		switch string(name) {
		case ":event-type", ":exception-type":
			kind = string(value)
		}
	}
	return kind, nil
}

// prefixed cuts off what its length, of that many bytes, stands before.
func prefixed(data []byte, size int) (value, rest []byte, ok bool) {
	if len(data) < size {
		return nil, nil, false
	}
	length := 0
	for _, b := range data[:size] {
		length = length<<8 | int(b)
	}
	if len(data) < size+length {
		return nil, nil, false
	}
	return data[size : size+length], data[size+length:], true
}
