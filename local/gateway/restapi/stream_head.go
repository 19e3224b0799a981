package restapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/payload"
)

// maxStreamHead is where the delimiter of a streamed answer must have come.
const maxStreamHead = 16 << 10

// headEnd stands between the head of a function's streamed answer and its body.
var headEnd = make([]byte, 8)

// headError says that a streamed answer does not begin as API Gateway wants it.
type headError struct{ text string }

func (e *headError) Error() string { return e.text }

// readHead reads a stream up to its delimiter, and returns what it read ahead of the body.
func readHead(source io.Reader) (head, ahead []byte, err error) {
	read := make([]byte, 0, maxStreamHead)
	for {
		n, err := source.Read(read[len(read):cap(read)])
		from := max(0, len(read)-len(headEnd)+1)
		read = read[:len(read)+n]
		if at := bytes.Index(read[from:], headEnd); at >= 0 {
			at += from
			return read[:at], read[at+len(headEnd):], nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil, &headError{"the stream ended without the delimiter of eight zero bytes " +
				"after the JSON with statusCode and headers"}
		case err != nil:
			return nil, nil, err
		case len(read) == cap(read):
			return nil, nil, &headError{"the first 16 KB have no delimiter of eight zero bytes after " +
				"the JSON with statusCode and headers"}
		}
	}
}

// parseHead reads the JSON before the body: statusCode, headers, multiValueHeaders and cookies, and
// nothing else.
func parseHead(head []byte) (payload.RESTResponse, []string, error) {
	var members map[string]jsontext.Value
	var none payload.RESTResponse
	if err := json.Unmarshal(head, &members, jsontext.AllowInvalidUTF8(true)); err != nil {
		return none, nil, fmt.Errorf("the head of the stream is no JSON object: %w", err)
	}
	for _, name := range []string{"body", "isBase64Encoded"} {
		if _, ok := members[name]; ok {
			return none, nil, fmt.Errorf("the head of the stream has %q, allowed are statusCode, "+
				"headers, multiValueHeaders and cookies", name)
		}
	}
	var cookies []string
	if given, ok := members["cookies"]; ok {
		delete(members, "cookies")
		if err := json.Unmarshal(given, &cookies); err != nil {
			return none, nil, fmt.Errorf("cookies in the head of the stream: %w, it must be a list "+
				"of strings", err)
		}
	}
	rest, err := json.Marshal(members, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return none, nil, fmt.Errorf("the head of the stream: %w", err)
	}
	output, err := payload.ParseRESTResponse(rest)
	return output, cookies, err
}
