package executeapi

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"portico/local/gateway/exchange"
)

// maxHead bounds what is kept of one request head. AWS refuses 10,240 bytes of header values, so
// whatever is larger is refused long before its names matter.
const maxHead = 64 << 10

// headListener hands out connections that remember the heads of the requests read from them.
type headListener struct {
	net.Listener
	misled func() // told of each client that speaks TLS
}

// Accept returns the next connection, wrapped.
func (l headListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: conn, misled: l.misled}, nil
}

// tlsHandshake is the first byte that a client sends who speaks TLS (RFC 8446, 5.1).
const tlsHandshake = 22

// headConn tees the heads of HTTP/1.1 requests, because net/http canonicalises header names and
// REST APIs hand them to functions in the client's own casing. It follows message boundaries, so
// pipelined requests and bodies in the same packet are told apart.
type headConn struct {
	net.Conn
	tls    *tls.Conn                 // Conn, when it speaks TLS; nil when it does not
	client atomic.Pointer[judgement] // of the last domain that asked for one
	misled func()                    // nil once something was read, and where TLS is spoken

	mu    sync.Mutex // guards what follows; net/http reads in one goroutine, handlers take in another
	scan  scanner
	heads []exchange.Header // of complete heads that no handler has taken
}

// Read reads for net/http and looks at what passes.
func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil && c.tls != nil {
		c.linger()
	}
	if n > 0 {
		if c.misled != nil && p[0] == tlsHandshake {
			c.misled()
		}
		c.misled = nil
		c.mu.Lock()
		c.heads = c.scan.feed(p[:n], c.heads)
		c.mu.Unlock()
	}
	return n, err
}

// takeHead returns the header lines of the oldest request not yet taken, or nil when it was not
// followed (HTTP/2, or a head over maxHead).
func (c *headConn) takeHead() exchange.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.heads) == 0 {
		return nil
	}
	head := c.heads[0]
	c.heads = slices.Delete(c.heads, 0, 1)
	return head
}

// stop ends following, before the connection stops speaking HTTP.
func (c *headConn) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scan.state = opaque
	c.scan.head, c.heads = nil, nil
}

type scanState int

const (
	inHead scanState = iota
	inBody
	inChunkSize
	inChunkData
	inTrailer
	opaque
)

// scanner follows HTTP/1.1 message boundaries in a stream of bytes.
type scanner struct {
	state     scanState
	head      []byte // of the request under way
	line      []byte // of the chunk size or trailer line under way
	remaining int64  // bytes of body or chunk, including the chunk's CRLF
}

// feed takes the next bytes and returns heads with every head that they completed.
func (s *scanner) feed(p []byte, heads []exchange.Header) []exchange.Header {
	for len(p) > 0 && s.state != opaque {
		switch s.state {
		case inHead:
			var head exchange.Header
			if head, p = s.readHead(p); head != nil {
				heads = append(heads, head)
			}
		case inBody, inChunkData:
			p = s.skip(p)
		case inChunkSize, inTrailer:
			p = s.readLine(p)
		}
	}
	return heads
}

// readHead looks for the end of a head. Mostly all of it is in p; only else it is kept.
func (s *scanner) readHead(p []byte) (header exchange.Header, rest []byte) {
	before := len(s.head)
	if before == 0 {
		p = bytes.TrimLeft(p, "\r\n") // net/http too passes over blank lines before a request
	}
	head := p
	if before > 0 {
		head = append(s.head, p...)
	}
	from := max(0, before-3)
	end, size := bytes.Index(head[from:], []byte("\r\n\r\n")), 4
	if bare := bytes.Index(head[from:], []byte("\n\n")); bare >= 0 && (end < 0 || bare < end) {
		end, size = bare, 2
	}
	if end < 0 {
		s.keep(head, before > 0)
		return nil, nil
	}
	end += from + size
	s.head = nil
	header = parseHead(head[:end])
	s.enterBody(header, bytes.HasPrefix(head, []byte("PRI * HTTP/2")))
	return header, p[end-before:]
}

// keep holds on to the beginning of a head; ours says that the bytes are not net/http's.
func (s *scanner) keep(head []byte, ours bool) {
	switch {
	case len(head) > maxHead:
		s.state, s.head = opaque, nil
	case ours:
		s.head = head
	default:
		s.head = bytes.Clone(head)
	}
}

// enterBody decides what follows a head, as net/http decides it.
func (s *scanner) enterBody(header exchange.Header, isHTTP2 bool) {
	if isHTTP2 {
		s.state = opaque
		return
	}
	if strings.EqualFold(strings.TrimSpace(header.Get("Transfer-Encoding")), "chunked") {
		s.state = inChunkSize
		return
	}
	s.state = inHead
	declared := header.Get("Content-Length")
	if declared == "" {
		return
	}
	if length, err := strconv.ParseInt(declared, 10, 64); err == nil && length > 0 {
		s.state, s.remaining = inBody, length
	}
}

func (s *scanner) skip(p []byte) []byte {
	n := min(int64(len(p)), s.remaining)
	s.remaining -= n
	if s.remaining == 0 {
		if s.state == inBody {
			s.state = inHead
		} else {
			s.state = inChunkSize
		}
	}
	return p[n:]
}

func (s *scanner) readLine(p []byte) []byte {
	end := bytes.IndexByte(p, '\n')
	if end < 0 {
		s.line = append(s.line, p...)
		if len(s.line) > maxHead {
			s.state = opaque
		}
		return nil
	}
	line := strings.TrimRight(string(append(s.line, p[:end]...)), "\r")
	s.line = s.line[:0]
	switch {
	case s.state == inTrailer && line == "":
		s.state = inHead
	case s.state == inChunkSize:
		s.enterChunk(line)
	}
	return p[end+1:]
}

func (s *scanner) enterChunk(line string) {
	digits, _, _ := strings.Cut(line, ";")
	size, err := strconv.ParseInt(strings.TrimSpace(digits), 16, 63)
	switch {
	case err != nil || size < 0:
		s.state = opaque // net/http answers 400 and closes
	case size == 0:
		s.state = inTrailer
	default:
		s.state, s.remaining = inChunkData, size+2
	}
}

// parseHead returns the header lines of a head, in order and in the sender's casing.
func parseHead(head []byte) exchange.Header {
	text := string(head)
	header := make(exchange.Header, 0, strings.Count(text, "\n"))
	_, text, _ = strings.Cut(text, "\n")
	for text != "" {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			break
		}
		if folded := line[0] == ' ' || line[0] == '\t'; folded && len(header) > 0 {
			last := &header[len(header)-1]
			last.Value += " " + strings.Trim(line, " \t")
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if found {
			header.Add(name, strings.Trim(value, " \t"))
		}
	}
	return header
}
