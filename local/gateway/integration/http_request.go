package integration

import (
	"strconv"
	"strings"
)

// checkRequest refuses what would not be one request on the wire: a method or the name of a header
// that is no token, a value with a line break.
func checkRequest(request *HTTPRequest) error {
	if !isToken(request.Method) {
		return misconfigured(ErrRequest, "%q is no HTTP method", request.Method)
	}
	for i := range request.Header {
		field := &request.Header[i]
		if !isToken(field.Name) {
			return misconfigured(ErrRequest, "%q is no name of a header", field.Name)
		}
		if !isFieldValue(field.Value) {
			return misconfigured(ErrRequest, "the header %s has the value %q; control characters are "+
				"not allowed there", field.Name, field.Value)
		}
	}
	return nil
}

// appendHead appends a request up to its body. Host comes first; the length of the body is this
// package's own to say, also of none, as API Gateway says it.
func appendHead(dst []byte, to *address, request *HTTPRequest) []byte {
	host := to.authority
	for i := range request.Header {
		if isNamed(request.Header[i].Name, "Host") {
			host = request.Header[i].Value
		}
	}
	dst = append(dst, request.Method...)
	dst = append(dst, ' ')
	dst = append(dst, to.target...)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = append(dst, host...)
	dst = append(dst, "\r\n"...)
	for i := range request.Header {
		field := &request.Header[i]
		if isFraming(field.Name) {
			continue
		}
		dst = append(dst, field.Name...)
		dst = append(dst, ": "...)
		dst = append(dst, field.Value...)
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(len(request.Body)), 10)
	return append(dst, "\r\n\r\n"...)
}

// isFraming reports whether appendHead writes a line by itself, or must not write it at all.
func isFraming(name string) bool {
	return isNamed(name, "Host") || isNamed(name, "Content-Length") ||
		isNamed(name, "Transfer-Encoding")
}

// isNamed compares the names of headers.
func isNamed(name, wanted string) bool {
	return len(name) == len(wanted) && strings.EqualFold(name, wanted)
}

// isToken reports whether a text may be a method or the name of a header (RFC 9110, section 5.6.2).
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		case strings.IndexByte("!#$%&'*+.^`|~", c) < 0:
			return false
		}
	}
	return text != ""
}

// isFieldValue reports whether a text may be the value of a header.
func isFieldValue(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
