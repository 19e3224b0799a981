package integration

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
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
}

// HTTPAPIChange is an evaluated parameter mapping of an HTTP API; one whose source is missing is
// left out.
type HTTPAPIChange struct {
	Action string // append, overwrite, remove
	Place  string // header, querystring, path, statuscode
	Name   string // of the header or parameter
	Value  string
}

// egress stands for the gateway in the Forwarded header.
const egress = "127.0.0.1"

// HTTPAPIRequest returns what the backend of an HTTP API's HTTP_PROXY integration is sent: the
// client's request with its whole query string, X-Forwarded-* turned into Forwarded, Via added, and
// the parameter mappings applied.
//
// Unlike AWS: a request without a payload gets no Content-Type of the gateway's ("Known issues":
// it might).
func (b *HTTPBackend) HTTPAPIRequest(in *HTTPAPIInput) (HTTPRequest, error) {
	address, err := b.URI.Fill(in.Path)
	if err != nil {
		return HTTPRequest{}, err
	}
	header := make(exchange.Header, 0, len(in.Request.Header)+4)
	for _, field := range in.Request.Header {
		if !isHopByHop(field.Name) && !isRewritten(field.Name) {
			header = append(header, field)
		}
	}
	header.Add("Forwarded", forwarded(in.Request))
	header.Add("Via", "HTTP/1.1 AmazonAPIGateway")
	header.Add("X-Amzn-Trace-Id", in.Trace)
	changeHeader(&header, in.Changes)
	address = withQuery(appendPath(address, in.Rest), in.Request.RawQuery, nil)
	return HTTPRequest{
		Method: b.method(in.Request.Method), URL: changeAddress(address, in.Changes),
		Header: header, Body: in.Request.Body, Timeout: b.Timeout, InsecureTLS: b.InsecureTLS,
	}, nil
}

// HTTPAPIReply returns the reply that the answer of an HTTP API's backend makes, with the mappings
// of its status applied.
func HTTPAPIReply(answer *HTTPResponse, changes []HTTPAPIChange) exchange.Reply {
	header := make(exchange.Header, 0, len(answer.Header)+2)
	for _, field := range answer.Header {
		// The length and the date are the gateway's own to write.
		if !isHopByHop(field.Name) && !strings.EqualFold(field.Name, "Date") {
			header = append(header, field)
		}
	}
	changeHeader(&header, changes)
	reply := exchange.Reply{Status: answer.Status, Header: header, Body: answer.Body}
	for i := range changes {
		if changes[i].Place != "statuscode" {
			continue
		}
		if status, err := strconv.Atoi(changes[i].Value); err == nil && status >= 200 && status < 600 {
			reply.Status = status
		}
	}
	return reply
}

// IsReservedHTTPAPIHeader reports whether parameter mappings of an HTTP API may not name a header.
func IsReservedHTTPAPIHeader(name string) bool {
	name = strings.ToLower(name)
	for _, prefix := range []string{"access-control-", "apigw-", "x-amz-", "x-amzn-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "authorization", "connection", "content-encoding", "content-length", "content-location",
		"forwarded", "keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te",
		"trailers", "transfer-encoding", "upgrade", "x-forwarded-for", "x-forwarded-host",
		"x-forwarded-proto", "via":
		return true
	}
	return false
}

// isHopByHop reports whether a line belongs to one connection only.
func isHopByHop(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
		"trailers", "transfer-encoding", "upgrade", "content-length", "expect", "proxy-connection":
		return true
	}
	return false
}

// isRewritten reports whether the gateway writes a line anew.
func isRewritten(name string) bool {
	switch strings.ToLower(name) {
	case "host", "forwarded", "via", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-host",
		"x-forwarded-port", "x-forwarded-proto":
		return true
	}
	return false
}

// forwarded returns the Forwarded header: what the client's Forwarded and X-Forwarded-For say, then
// the gateway's own element.
func forwarded(r *exchange.Request) string {
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
	element("by=" + egress + ";for=" + forwardedNode(r.SourceIP) + ";host=" + forwardedNode(r.Host) +
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
	base = strings.TrimSuffix(base, "/") + "/" + strings.TrimPrefix(rest, "/")
	if hasQuery {
		return base + "?" + query
	}
	return base
}

func changeHeader(header *exchange.Header, changes []HTTPAPIChange) {
	for i := range changes {
		if changes[i].Place != "header" {
			continue
		}
		switch changes[i].Action {
		case "append":
			header.Add(changes[i].Name, changes[i].Value)
		case "overwrite":
			header.Set(changes[i].Name, changes[i].Value)
		case "remove":
			header.Del(changes[i].Name)
		}
	}
}

func changeAddress(address string, changes []HTTPAPIChange) string {
	for i := range changes {
		switch changes[i].Place {
		case "path":
			address = replacePath(address, changes[i].Value)
		case "querystring":
			address = changeQuery(address, &changes[i])
		}
	}
	return address
}

// replacePath puts path in the place of the URL's own.
func replacePath(address, path string) string {
	base, query, hasQuery := strings.Cut(address, "?")
	if scheme, rest, ok := strings.Cut(base, "://"); ok {
		host, _, _ := strings.Cut(rest, "/")
		base = scheme + "://" + host
	}
	var b strings.Builder
	b.WriteString(base)
	b.WriteByte('/')
	writeEscaped(&b, strings.TrimPrefix(path, "/"), false)
	if hasQuery {
		b.WriteString("?" + query)
	}
	return b.String()
}

func changeQuery(address string, change *HTTPAPIChange) string {
	base, query, _ := strings.Cut(address, "?")
	var b strings.Builder
	separator := byte('?')
	write := func(parameter string) {
		b.WriteByte(separator)
		b.WriteString(parameter)
		separator = '&'
	}
	b.WriteString(base)
	for parameter := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(parameter, "=")
		decoded, err := url.QueryUnescape(name)
		if err != nil {
			decoded = name
		}
		if parameter != "" && (change.Action == "append" || decoded != change.Name) {
			write(parameter)
		}
	}
	if change.Action != "remove" {
		var own strings.Builder
		writeQueryText(&own, change.Name)
		own.WriteByte('=')
		writeQueryText(&own, change.Value)
		write(own.String())
	}
	return b.String()
}
