package integration

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
)

const (
	// maxAnswerHead bounds the head of an answer, and its trailer.
	//
	// Unlike AWS: its limit is not published; the one for requests is 10,240 bytes.
	maxAnswerHead = 64 << 10
	// maxInterim is how many 1xx answers may come before the real one.
	maxInterim = 5
	// untilClose is the length of a body that ends with its connection.
	untilClose = -1
)

// answer is what a backend says, from when its head is there.
type answer struct {
	status  int
	header  exchange.Header
	source  *bufio.Reader
	length  int64 // of the body; untilClose
	chunked bool
	keep    bool      // the connection may be used again once the body has been read
	body    io.Reader // of a streamed answer
	sending *sending  // the request, while it goes out beside the answer; else nil

	minor                     byte // of the version HTTP/1.x
	hasLength, closes, stays  bool
	hasEncoding, isIdentified bool
}

// readAnswer reads heads until the answer's own: those of 1xx only say that it will come.
func (c *connection) readAnswer(method string) (*answer, error) {
	for range maxInterim + 1 {
		text, err := c.readHead()
		if err != nil {
			return nil, err
		}
		in, err := parseAnswer(text)
		switch {
		case err != nil:
			return nil, err
		case in.status == 101:
			return nil, errors.New("the answer 101 leaves HTTP, which no integration asks for")
		case in.status >= 200:
			in.source = c.in
			return in, in.frame(method)
		}
	}
	return nil, fmt.Errorf("more than %d answers 1xx", maxInterim)
}

// readHead reads up to the blank line.
func (c *connection) readHead() (string, error) {
	c.head = c.head[:0]
	for lineBegins := true; ; {
		piece, err := c.in.ReadSlice('\n')
		if len(c.head)+len(piece) > maxAnswerHead {
			return "", fmt.Errorf("the head of the answer is longer than %d bytes", maxAnswerHead)
		}
		c.head = append(c.head, piece...)
		if errors.Is(err, bufio.ErrBufferFull) {
			lineBegins = false
			continue
		}
		if err != nil {
			return "", c.headFailure(err)
		}
		if blank := string(piece) == "\r\n" || string(piece) == "\n"; blank && lineBegins {
			return string(c.head), nil
		}
		lineBegins = true
	}
}

// headFailure tells an end before the answer from one within its head.
func (c *connection) headFailure(err error) error {
	if len(c.head) == 0 {
		return fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("the connection ended within the head of the answer: %w",
			io.ErrUnexpectedEOF)
	}
	return err
}

// parseAnswer reads a head. Names and values are pieces of the text.
func parseAnswer(text string) (*answer, error) {
	first, rest, _ := strings.Cut(text, "\n")
	in := &answer{
		length: untilClose, header: make(exchange.Header, 0, strings.Count(rest, "\n")),
	}
	if err := in.readStatus(strings.TrimSuffix(first, "\r")); err != nil {
		return nil, err
	}
	for {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			return in, nil
		}
		if err := in.readLine(line); err != nil {
			return nil, err
		}
	}
}

// readStatus reads the first line: HTTP/1.1 200 OK.
func (in *answer) readStatus(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	status, err := strconv.ParseUint(code, 10, 16)
	if version != "HTTP/1.1" && version != "HTTP/1.0" || err != nil || len(code) != 3 || status < 100 {
		return fmt.Errorf("%q is no status line of HTTP/1.1", shown(line))
	}
	in.status, in.minor = int(status), version[len("HTTP/1.")]
	return nil
}

func (in *answer) readLine(line string) error {
	if line[0] == ' ' || line[0] == '\t' { // a folded line goes on with the one before
		if len(in.header) == 0 || !isFieldValue(line) {
			return fmt.Errorf("%q is no header line", shown(line))
		}
		last := &in.header[len(in.header)-1]
		last.Value = strings.Trim(last.Value+" "+strings.Trim(line, " \t"), " ")
		return in.note(last)
	}
	name, value, found := strings.Cut(line, ":")
	if !found || !isToken(name) || !isFieldValue(value) {
		return fmt.Errorf("%q is no header line", shown(line))
	}
	in.header = append(in.header, exchange.Field{Name: name, Value: strings.Trim(value, " \t")})
	return in.note(&in.header[len(in.header)-1])
}

func shown(line string) string { return line[:min(len(line), 80)] }

// note takes what a line says of the body and of the connection. Lengths that differ, and codings
// that are not chunked alone, would let two readers see two answers.
func (in *answer) note(field *exchange.Field) error {
	switch {
	case isNamed(field.Name, "Content-Length"):
		length, err := strconv.ParseUint(field.Value, 10, 63)
		if err != nil || in.hasLength && int64(length) != in.length {
			return fmt.Errorf("the answer has Content-Length %q, want one number of bytes",
				shown(field.Value))
		}
		in.length, in.hasLength = int64(length), true
	case isNamed(field.Name, "Transfer-Encoding"):
		in.chunked = strings.EqualFold(field.Value, "chunked")
		in.isIdentified = strings.EqualFold(field.Value, "identity") // RFC 2616: as if not there
		if in.hasEncoding || !in.chunked && !in.isIdentified {
			return fmt.Errorf("the answer has Transfer-Encoding %q, allowed is chunked", shown(field.Value))
		}
		in.hasEncoding = true
	case isNamed(field.Name, "Connection"):
		for option := range strings.SplitSeq(field.Value, ",") {
			option = strings.TrimSpace(option)
			in.closes = in.closes || strings.EqualFold(option, "close")
			in.stays = in.stays || strings.EqualFold(option, "keep-alive")
		}
	}
	return nil
}

// frame decides where the body ends (RFC 9112, section 6.3).
func (in *answer) frame(method string) error {
	if in.hasEncoding && in.minor == '0' {
		return errors.New("an answer of HTTP/1.0 has a Transfer-Encoding")
	}
	in.keep = !in.closes && (in.minor == '1' || in.stays)
	switch {
	case method == "HEAD", in.status == 204, in.status == 304:
		in.length, in.chunked = 0, false
	case in.chunked, in.isIdentified:
		in.length = untilClose
	}
	in.keep = in.keep && (in.chunked || in.length != untilClose)
	return nil
}
