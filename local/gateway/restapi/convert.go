package restapi

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"

	"portico/local/gateway/integration"
)

// conversion is what contentHandling makes of bodies ("Content type conversions in API Gateway").
type conversion struct {
	handling string // "", CONVERT_TO_BINARY, CONVERT_TO_TEXT
	binary   integration.BinaryTypes
}

const (
	toBinary = "CONVERT_TO_BINARY"
	toText   = "CONVERT_TO_TEXT"
)

// request converts the client's body for the backend; isText says whether a template may see it.
func (v *conversion) request(c *call) (body []byte, isText bool, err error) {
	body = c.request.Body
	isBinary := v.binary.IsContent(c.request.Header.Get("Content-Type"))
	switch {
	case isBinary && v.handling == toText:
		return encoded(body), true, nil
	case isBinary:
		return body, false, nil
	case v.handling == toBinary:
		body, err = decoded(body)
		return body, false, err
	}
	return validText(body), true, nil
}

// response converts a backend's body for the client, without a template.
func (v *conversion) response(c *call, contentType string, body []byte) ([]byte, error) {
	isBinary := contentType != "" && v.binary.IsContent(contentType)
	switch asText := v.asText(c); {
	case isBinary && asText:
		return encoded(body), nil
	case isBinary:
		return body, nil
	case asText:
		return validText(body), nil
	}
	return decoded(body)
}

// rendered gives a backend's body to a template, which takes text only, and converts what it makes.
func (v *conversion) rendered(
	c *call, render func([]byte) ([]byte, error),
) ([]byte, error) {
	contentType := c.backend.header.Get("Content-Type")
	isBinary := contentType != "" && v.binary.IsContent(contentType)
	asText := v.asText(c)
	body := c.backend.body
	switch {
	case v.handling == toBinary, isBinary && !asText:
		return nil, badConfiguration("the backend's body is binary, and a mapping template takes " +
			"text only: set contentHandling of the integration response to CONVERT_TO_TEXT")
	case isBinary:
		body = encoded(body)
	default:
		body = validText(body)
	}
	made, err := render(body)
	if err != nil || asText {
		return made, err
	}
	return decoded(made)
}

// asText reports whether the client gets text.
func (v *conversion) asText(c *call) bool {
	switch v.handling {
	case toText:
		return true
	case toBinary:
		return false
	}
	return !v.binary.IsAccepted(c.request.Header.Get("Accept"))
}

func encoded(body []byte) []byte {
	return base64.StdEncoding.AppendEncode(nil, body)
}

func decoded(body []byte) ([]byte, error) {
	plain, err := base64.StdEncoding.AppendDecode(nil, body)
	if err != nil {
		return nil, badConfiguration("Unable to base64 decode the body: " + err.Error())
	}
	return plain, nil
}

// validText returns a body whose bytes that are no UTF-8 have become U+FFFD.
func validText(body []byte) []byte {
	if utf8.Valid(body) {
		return body
	}
	return bytes.ToValidUTF8(body, []byte("\uFFFD"))
}
