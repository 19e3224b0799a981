package runtimeapi

import (
	"bytes"
	"strings"
)

// route is one of the calls of the Runtime API that is served.
type route int

const (
	unknown route = iota
	next
	response
	failure
	initFailure
)

const base = "/2018-06-01/runtime/"

// head is what a request says before its body. Its byte slices point into the reader's buffer and
// are valid until the body is read.
type head struct {
	route     route
	method    []byte
	id        []byte // of the invocation, for response and failure
	errorType string
	// contentType is of the body, nil when not given.
	contentType []byte

	length  int64 // of the body; 0 with chunked
	chunked bool
	closes  bool // the runtime wants the connection closed afterwards
	expects bool // 100-continue
	sized   bool // Content-Length was given
}

// parseHead reads a request line and header lines, ending with the empty line.
func parseHead(text []byte) (head, *refusal) {
	var h head
	line, rest, ok := cutLine(text)
	if !ok {
		return h, badRequest("no request line")
	}
	if refused := h.parseRequestLine(line); refused != nil {
		return h, refused
	}
	for {
		line, rest, ok = cutLine(rest)
		if !ok {
			return h, badRequest("header lines must end with CRLF")
		}
		if len(line) == 0 {
			break
		}
		if refused := h.parseField(line); refused != nil {
			return h, refused
		}
	}
	if h.chunked && h.sized {
		return h, badRequest("both Content-Length and Transfer-Encoding")
	}
	return h, nil
}

func cutLine(text []byte) (line, rest []byte, ok bool) {
	end := bytes.IndexByte(text, '\n')
	if end < 1 || text[end-1] != '\r' {
		return nil, nil, false
	}
	return text[:end-1], text[end+1:], true
}

func (h *head) parseRequestLine(line []byte) *refusal {
	method, rest, ok := bytes.Cut(line, []byte{' '})
	if !ok || !isToken(method) {
		return badRequest("malformed request line")
	}
	target, version, ok := bytes.Cut(rest, []byte{' '})
	if !ok || len(target) == 0 || target[0] != '/' || !isVisible(target) {
		return badRequest("malformed request line")
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.closes = true
	default:
		if bytes.HasPrefix(version, []byte("HTTP/")) {
			return refuseVersion
		}
		return badRequest("malformed request line")
	}
	h.method = method
	h.route, h.id = match(target)
	return nil
}

// match finds the route of a request target; a query is ignored.
func match(target []byte) (route, []byte) {
	if at := bytes.IndexByte(target, '?'); at >= 0 {
		target = target[:at]
	}
	rest, ok := bytes.CutPrefix(target, []byte(base))
	if !ok {
		return unknown, nil
	}
	if string(rest) == "init/error" {
		return initFailure, nil
	}
	rest, ok = bytes.CutPrefix(rest, []byte("invocation/"))
	if !ok {
		return unknown, nil
	}
	if string(rest) == "next" {
		return next, nil
	}
	id, verb, ok := bytes.Cut(rest, []byte{'/'})
	switch {
	case !ok || len(id) == 0:
		return unknown, nil
	case string(verb) == "response":
		return response, id
	case string(verb) == "error":
		return failure, id
	}
	return unknown, nil
}

// wants is the method of a route.
func (r route) wants() string {
	if r == next {
		return "GET"
	}
	return "POST"
}

func (h *head) parseField(line []byte) *refusal {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 || !isToken(line[:colon]) {
		return badRequest("malformed header line")
	}
	name, value := line[:colon], bytes.Trim(line[colon+1:], " \t")
	if !isText(value) {
		return badRequest("control character in a header value")
	}
	switch len(name) { // few names matter: the length tells most others apart for nothing
	case len("Expect"):
		return h.parseExpect(name, value)
	case len("Connection"):
		if strings.EqualFold(string(name), "Connection") && hasWord(value, "close") {
			h.closes = true
		}
	case len("Content-Length"):
		return h.parseLength(name, value)
	case len("Content-Type"):
		if strings.EqualFold(string(name), "Content-Type") {
			h.contentType = value
		}
	case len("Transfer-Encoding"):
		return h.parseCoding(name, value)
	case len(errorTypeHeader):
		if strings.EqualFold(string(name), errorTypeHeader) {
			h.errorType = string(value)
		}
	}
	return nil
}

const (
	errorTypeHeader = "Lambda-Runtime-Function-Error-Type"
	errorBodyHeader = "Lambda-Runtime-Function-Error-Body"
)

func (h *head) parseExpect(name, value []byte) *refusal {
	if !strings.EqualFold(string(name), "Expect") {
		return nil
	}
	if !strings.EqualFold(string(value), "100-continue") {
		return refuseExpectation
	}
	h.expects = true
	return nil
}

func (h *head) parseLength(name, value []byte) *refusal {
	if !strings.EqualFold(string(name), "Content-Length") {
		return nil
	}
	length, ok := decimal(value)
	if !ok || h.sized && length != h.length {
		return badRequest("malformed Content-Length")
	}
	h.length, h.sized = length, true
	return nil
}

func (h *head) parseCoding(name, value []byte) *refusal {
	if !strings.EqualFold(string(name), "Transfer-Encoding") {
		return nil
	}
	if h.chunked || !strings.EqualFold(string(value), "chunked") {
		return refuseCoding
	}
	h.chunked = true
	return nil
}

func decimal(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	var n int64
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		n = n*10 + int64(digit-'0')
	}
	return n, true
}

func hasWord(list []byte, word string) bool {
	for part := range bytes.SplitSeq(list, []byte{','}) {
		if strings.EqualFold(string(bytes.TrimSpace(part)), word) {
			return true
		}
	}
	return false
}

func isToken(text []byte) bool {
	for _, c := range text {
		if !tokens[c] {
			return false
		}
	}
	return len(text) > 0
}

func isVisible(text []byte) bool {
	for _, c := range text {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

func isText(text []byte) bool {
	for _, c := range text {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// tokens marks the bytes a method or a header name may consist of (RFC 9110).
var tokens = func() (set [256]bool) {
	const allowed = "!#$%&'*+-.^_`|~0123456789" +
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for _, c := range []byte(allowed) {
		set[c] = true
	}
	return set
}()
