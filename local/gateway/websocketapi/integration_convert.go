package websocketapi

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"
)

// What ContentHandlingStrategy may say ("Binary media types for WebSocket APIs").
const (
	toBinary = "CONVERT_TO_BINARY"
	toText   = "CONVERT_TO_TEXT"
)

// convertedRequest converts a message for the backend; isText says whether a template may see it. A
// message is text already, so CONVERT_TO_TEXT, which the console sets everywhere, changes nothing.
func convertedRequest(body []byte, handling string) (converted []byte, isText bool, err error) {
	if handling != toBinary || len(body) == 0 {
		return body, true, nil
	}
	converted, err = decoded(body)
	return converted, false, err
}

// convertedResponse converts a backend's body for the client. WebSocket APIs have no list of binary
// media types: a body that is no UTF-8 is taken to be binary, which AWS does not say.
func convertedResponse(body []byte, handling string) (converted []byte, isText bool, err error) {
	isText = utf8.Valid(body)
	switch {
	case handling == toBinary:
		converted, err = decoded(body)
		return converted, false, err
	case handling == toText && !isText:
		return base64.StdEncoding.AppendEncode(nil, body), true, nil
	case !isText:
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), true, nil
	}
	return body, true, nil
}

func decoded(body []byte) ([]byte, error) {
	plain, err := base64.StdEncoding.AppendDecode(nil, body)
	if err != nil {
		return nil, misconfigured("Unable to base64 decode the body: " + err.Error())
	}
	return plain, nil
}
