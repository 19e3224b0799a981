package lambda

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"

	"portico/local/control/model"
	plane "portico/local/lambda"
)

// eventStream is how the answer of InvokeWithResponseStream is written.
const eventStream = "application/vnd.amazon.eventstream"

func invokeWithResponseStream(c *call) (model.Object, error) {
	in, err := c.input()
	if err != nil {
		return nil, err
	}
	if c.in.Text("InvocationType") == "DryRun" {
		return model.Object{"StatusCode": int64(http.StatusNoContent)}, nil
	}
	out, err := c.service.options.Host.Functions().InvokeStream(c, in)
	if err != nil {
		return nil, err
	}
	return model.Object{
		"StatusCode": int64(http.StatusOK), "ExecutedVersion": out.ExecutedVersion,
		"ResponseStreamContentType": eventStream,
		"EventStream":               &events{from: out, tail: in.Tail},
	}, nil
}

// events yields the answer of a function as the events PayloadChunk, and InvokeComplete at its end.
type events struct {
	from plane.Stream
	tail *plane.Tail
	left []byte // of the event that is being read
	done bool
}

var _ io.ReadCloser = (*events)(nil)

// Read waits for what the function sends next.
func (e *events) Read(p []byte) (int, error) {
	if len(e.left) == 0 {
		if e.done {
			return 0, io.EOF
		}
		e.next(min(len(p), 16<<10))
	}
	n := copy(p, e.left)
	e.left = e.left[n:]
	return n, nil
}

// Close drops what the function still sends.
func (e *events) Close() error {
	if e.from.Body == nil {
		return nil
	}
	return e.from.Body.Close()
}

// next makes the next event, of up to size bytes of the function's.
func (e *events) next(size int) {
	if e.from.Body == nil {
		e.complete(e.from.Payload)
		return
	}
	part := make([]byte, max(size, 1))
	n, err := e.from.Body.Read(part)
	if n > 0 {
		e.left = appendEvent(e.left[:0], "PayloadChunk", "application/octet-stream", part[:n])
	}
	if err == nil {
		return
	}
	var failed *plane.StreamError
	if errors.As(err, &failed) {
		e.complete(failed.Document)
		return
	}
	if errors.Is(err, io.EOF) {
		e.complete(nil)
		return
	}
	e.complete([]byte(`{"errorType":"ServiceException","errorMessage":"the service is stopping"}`))
}

// complete makes the last event; failure is the error document of a function that failed.
func (e *events) complete(failure []byte) {
	e.done = true
	end := map[string]string{}
	if failure != nil {
		var document struct{ ErrorType string }
		_ = json.Unmarshal(failure, &document) // of a custom runtime, it may be anything
		end["ErrorCode"], end["ErrorDetails"] = document.ErrorType, string(failure)
	}
	if e.tail != nil {
		end["LogResult"] = base64.StdEncoding.EncodeToString(e.tail.Text())
	}
	e.left = appendEvent(e.left, "InvokeComplete", "application/json", []byte(jsonText(end)))
}

// appendEvent writes one event as a message of the format vnd.amazon.eventstream: lengths and their
// checksum, headers, payload, and the checksum of it all.
func appendEvent(out []byte, kind, contentType string, payload []byte) []byte {
	var headers []byte
	for _, header := range [][2]string{
		{":event-type", kind}, {":content-type", contentType}, {":message-type", "event"},
	} {
		const text = 7 // the type of a value
		headers = append(append(headers, byte(len(header[0]))), header[0]...)
		headers = binary.BigEndian.AppendUint16(append(headers, text), uint16(len(header[1])))
		headers = append(headers, header[1]...)
	}
	first := len(out)
	const around = 16 // two lengths and two checksums
	out = binary.BigEndian.AppendUint32(out, uint32(around+len(headers)+len(payload)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(headers)))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[first:]))
	out = append(append(out, headers...), payload...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[first:]))
}
