package integration

import (
	"net/netip"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

// HTTPAPIInput is a call of an HTTP API on its way to an HTTP backend.
type HTTPAPIInput struct {
	Request *exchange.Request
	// Rest is appended to the URI's path: the whole path of a call of the $default route, still
	// encoded; "" for the other routes.
	Rest    string
	Path    func(name string) (string, bool) // parameters of the route, for the URI
	Trace   string                           // X-Amzn-Trace-Id
	Changes []HTTPAPIChange
	// Private says that the backend stands behind a VPC link.
	Private bool
}

// HTTPAPIChange is an evaluated parameter mapping of an HTTP API; one whose source is missing is
// left out.
type HTTPAPIChange = mapping.Change

// egress stands for the gateway in the Forwarded header.
const egress = "127.0.0.1"

// HTTPAPIRequest returns what the backend of an HTTP API's HTTP_PROXY integration is sent: the
// client's request with its whole query string, X-Forwarded-* turned into Forwarded, Via added, and
// the parameter mappings applied. Lines of the client keep their names, those of the gateway's are
// lower-case, as backends of AWS have logged them; a private one is told the Host that the client
// asked for, and not whom it was called by.
//
// Unlike AWS: a request without a payload gets no Content-Type of the gateway's ("Known issues":
// it might).
func (b *HTTPBackend) HTTPAPIRequest(in *HTTPAPIInput) (HTTPRequest, error) {
	address, err := b.URI.Fill(in.Path)
	if err != nil {
		return HTTPRequest{}, err
	}
	header := make(exchange.Header, 0, len(in.Request.Header)+6)
	for _, field := range in.Request.Header {
		if !isHopByHop(field.Name) && !isRewritten(field.Name) {
			header = append(header, field)
		}
	}
	if in.Private {
		header.Add("Host", in.Request.Host)
		header.Add("X-Forwarded-Port", listenedOn(in.Request))
	}
	header.Add("X-Amzn-Trace-Id", in.Trace)
	header.Add("forwarded", forwarded(in.Request, in.Private))
	header.Add("via", "HTTP/1.1 AmazonAPIGateway")
	changeHeader(&header, in.Changes)
	address = withQuery(appendPath(address, in.Rest), in.Request.RawQuery, nil)
	return HTTPRequest{
		Method: b.method(in.Request.Method), URL: changeAddress(address, in.Changes),
		Header: header, Body: in.Request.Body, Timeout: b.Timeout, InsecureTLS: b.InsecureTLS,
	}, nil
}

// HTTPAPIReply returns the reply that the answer of an HTTP API's backend makes, with the mappings
// of its status applied.
//
// Unlike AWS: no source says in which casing it hands on the names of HTTP/1.1; here they go as the
// backend wrote them.
func HTTPAPIReply(answer *HTTPResponse, changes []HTTPAPIChange) exchange.Reply {
	header := make(exchange.Header, 0, len(answer.Header)+2)
	for _, field := range answer.Header {
		// The length and the date are the gateway's own to write.
		if !isHopByHop(field.Name) && !strings.EqualFold(field.Name, "Date") {
			header = append(header, field)
		}
	}
	reply := exchange.Reply{Status: answer.Status, Header: header, Body: answer.Body}
	ChangeHTTPAPIReply(&reply, changes)
	return reply
}

// hopByHop are the lines that belong to one connection only, and rewritten those that the gateway
// writes anew.
var (
	hopByHop = []string{
		"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
		"trailers", "transfer-encoding", "upgrade", "content-length", "expect", "proxy-connection",
	}
	rewritten = []string{
		"host", "forwarded", "via", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-host",
		"x-forwarded-port", "x-forwarded-proto",
	}
)

func isHopByHop(name string) bool { return isOneOf(name, hopByHop) }

func isRewritten(name string) bool { return isOneOf(name, rewritten) }

func isOneOf(name string, names []string) bool {
	for _, other := range names {
		if isNamed(name, other) {
			return true
		}
	}
	return false
}

// forwarded returns the Forwarded header: what the client's Forwarded and X-Forwarded-For say, then
// the gateway's own element.
func forwarded(r *exchange.Request, private bool) string {
	var b strings.Builder
	element := func(text string) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(text)
	}
	for _, field := range r.Header {
		switch {
		case strings.EqualFold(field.Name, "Forwarded"):
			element(field.Value)
		case strings.EqualFold(field.Name, "X-Forwarded-For"):
			for address := range strings.SplitSeq(field.Value, ",") {
				if address = strings.TrimSpace(address); address != "" {
					element("for=" + forwardedNode(address))
				}
			}
		}
	}
	proto := "http"
	if r.TLS {
		proto = "https"
	}
	by := "by=" + egress + ";"
	if private {
		by = ""
	}
	element(by + "for=" + forwardedNode(r.SourceIP) + ";host=" + forwardedNode(r.Host) +
		";proto=" + proto)
	return b.String()
}

// forwardedNode quotes what is no token: IPv6 addresses stand in brackets (RFC 7239, section 6).
func forwardedNode(text string) string {
	if address, err := netip.ParseAddr(text); err == nil && address.Is6() {
		return `"[` + text + `]"`
	}
	if strings.ContainsAny(text, `:[]"\;, `) {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	return text
}

func appendPath(address, rest string) string {
	if rest == "" {
		return address
	}
	base, query, hasQuery := strings.Cut(address, "?")
	base = strings.TrimSuffix(base, "/") + "/" +
		withoutFragment(strings.TrimPrefix(rest, "/"))
	if hasQuery {
		return base + "?" + query
	}
	return base
}
